"""Is one year unusual in an oblast's own history? Ranks of changes, forecasts, recovery, volatility.

Input: `yields`, a wide frame (index: consecutive years, columns: oblasts, values: yield in c/ha), or
`series`, one column of it. Nothing here looks at other oblasts as a comparison, and nothing here says why a
year was unusual.

All four forecast methods give ``mean +- t(df) x standard error``, so that one table holds them and an
interval of any level follows from it. A forecast for a year uses only the years before it. Forecasts are in
the unit of the series: give ``np.log(series)`` for log yields.

References
----------
Durbin and Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., ch. 2 (local level model).
Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter (concentrated likelihood).
Hyndman and Koehler (2006), International Journal of Forecasting 22(4) (errors against the naive forecast).
Sen (1968), Journal of the American Statistical Association 63(324) (slope and its interval).
Tashman (2000), International Journal of Forecasting 16(4) (rolling origin).
Cuddy and Della Valle (1978), Oxford Bulletin of Economics and Statistics 40(1) (instability around a trend).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.panels import (
    PRINTED_STEP,
    TOLERANCE,
    Outcome,
    change_bounds,
    check_panel,
    check_unit,
    check_year,
    check_year_pair,
    outcome_values,
)
from pipeline.methods.randomisation import exact_p_value

OUTCOME_UNITS: dict[str, str] = {"level": "c/ha", "log": "log points"}

Method = Literal["naive", "linear_trend", "theil_sen", "local_level"]
Among = Literal["oblast", "panel"]

DROUGHT_YEARS = (2021, 2023, 2025)
"""The years treated as drought years unless the caller names others."""
BASE_YEARS = (2016, 2017, 2018, 2019, 2020)
"""The last five years before the first of the drought years."""
MINIMUM_YEARS: dict[str, int] = {"naive": 3, "linear_trend": 5, "theil_sen": 5, "local_level": 5}
"""Fewest years each method is fitted on; with fewer its interval is an ornament."""
NORMAL_MAD = 1 / float(stats.norm.ppf(0.75))
"""1.4826: makes the median absolute deviation of a normal variable its standard deviation."""


# --- changes and their rank ---------------------------------------------------------------------------------


def yearly_changes(yields: pd.DataFrame, outcome: Outcome = "level", lag: int = 1) -> pd.DataFrame:
    """Change over `lag` years of every oblast: (years - lag) x oblasts, indexed by the later year.

    In c/ha or log points.

    Raises
    ------
    ParameterError : lag not a whole number from 1 to years - 1, unknown outcome.
    AnalysisError : logarithm of a yield of zero or less. DataError : see `check_panel`.
    """
    check_panel(yields, minimum_units=1)
    if isinstance(lag, bool) or not isinstance(lag, int | np.integer) or not 1 <= lag < len(yields):
        raise ParameterError(f"lag must be a whole number from 1 to {len(yields) - 1}, not {lag!r}.")
    values = outcome_values(yields, outcome)
    return pd.DataFrame(values[lag:] - values[:-lag], index=yields.index[lag:], columns=yields.columns)


@dataclass(frozen=True)
class ChangeRank:
    """Place of one change among the changes over the same number of years; `change` is in `unit`.

    rank : 1 + number of strictly larger changes (1 = largest). Tied changes share the best of their places.
    ties : other changes equal to it.
    rank_best, rank_worst : the places between which rounding of the printed yields leaves the rank.
    share_at_least : share of changes at least as large, itself and its ties included.
    share_at_least_absolute : the same for absolute changes.
    rank_absolute : rank of the absolute change, ties as for `rank`.
    """

    oblast: str
    year_before: int
    year_after: int
    among: Among
    unit: str
    change: float
    rank: int
    ties: int
    rank_best: int
    rank_worst: int
    rank_absolute: int
    number_of_changes: int
    share_at_least: float
    share_at_least_absolute: float


def change_rank(
    yields: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    outcome: Outcome = "level",
    among: Among = "oblast",
    printed_step: float = PRINTED_STEP,
) -> ChangeRank:
    """Rank of the change year_before -> year_after among all changes over as many years.

    The tail shares are exact permutation-type p-values if every change were equally likely to be the one
    looked at (exchangeable). Neighbouring yearly changes share a year and tend to have opposite signs, so
    read them as a description. For a pair more than one year apart the changes also overlap.

    Rounding: a printed y stands for [y - step/2, y + step/2]. `rank_best` counts only the changes that are
    larger whatever the rounding, `rank_worst` those that can be as large; each pair of changes is bounded
    exactly, all pairs together may be a little less free, so the true rank lies within, not necessarily at,
    these bounds.

    Parameters
    ----------
    yields : years x oblasts, c/ha.
    among : "oblast" for the changes of the same oblast, "panel" for those of all oblasts together.
    printed_step : c/ha, the last printed place.

    Raises
    ------
    ParameterError : unknown oblast, outcome or `among`; pair outside the panel or out of order; step not
        positive.
    AnalysisError : fewer than three changes, or all of them equal. DataError : see `check_panel`.
    """
    check_panel(yields, minimum_units=1)
    column = check_unit(yields, oblast)
    lag = check_year_pair(yields, year_before, year_after)
    if among not in ("oblast", "panel"):
        raise ParameterError(f"among must be 'oblast' or 'panel', not {among!r}.")
    if not printed_step > 0:
        raise ParameterError(f"printed_step must be above 0 c/ha, not {printed_step}.")
    used = yields[[oblast]] if among == "oblast" else yields
    changes = yearly_changes(used, outcome, lag)
    cells = changes.to_numpy().ravel()
    if len(cells) < 3:
        raise AnalysisError(f"{len(cells)} change(s) over {lag} year(s); a rank needs at least 3: add years.")
    if np.ptp(cells) <= TOLERANCE:
        raise AnalysisError(f"all {len(cells)} changes are equal ({cells[0]:g}); a rank among them says nothing.")
    row = changes.index.get_loc(year_after)
    own = row * used.shape[1] + (0 if among == "oblast" else column)
    change = cells[own]
    printed = used.to_numpy(dtype=float)
    low, high = (bound.ravel() for bound in change_bounds(printed[:-lag], printed[lag:], outcome, printed_step))
    others = np.arange(len(cells)) != own
    return ChangeRank(
        oblast=oblast,
        year_before=year_before,
        year_after=year_after,
        among=among,
        unit=OUTCOME_UNITS[outcome],
        change=float(change),
        rank=1 + int((cells > change + TOLERANCE).sum()),
        ties=int((np.abs(cells - change) <= TOLERANCE).sum()) - 1,
        rank_best=1 + int((low > high[own] + TOLERANCE)[others].sum()),
        rank_worst=1 + int((high >= low[own] - TOLERANCE)[others].sum()),
        rank_absolute=1 + int((np.abs(cells) > abs(change) + TOLERANCE).sum()),
        number_of_changes=len(cells),
        share_at_least=float(exact_p_value(change, cells, "greater")),
        share_at_least_absolute=float(exact_p_value(change, cells, "two-sided")),
    )


# --- least squares ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """An ordinary least squares fit: coefficients (k,), their covariance (k, k), residuals (n,)."""

    coefficients: np.ndarray
    covariance: np.ndarray
    residuals: np.ndarray
    residual_variance: float
    degrees_of_freedom: int

    def predict(self, x: np.ndarray) -> tuple[float, float, float]:
        """At regressors x (k,): the mean, its standard error, and that of predicting one new value."""
        variance = float(x @ self.covariance @ x)
        return (
            float(x @ self.coefficients),
            float(np.sqrt(variance)),
            float(np.sqrt(variance + self.residual_variance)),
        )


def least_squares(design: np.ndarray, outcome: np.ndarray) -> LeastSquares:
    """``b = (X'X)^-1 X'y``, ``V = s^2 (X'X)^-1``, ``s^2 = e'e / (n - k)``, by QR.

    Parameters
    ----------
    design : (n, k) with its constant, if any; outcome : (n,).

    Raises
    ------
    AnalysisError : n <= k, regressors that are constant or combinations of each other, residuals all zero.
    """
    n, k = design.shape
    if n <= k:
        raise AnalysisError(f"{n} observations cannot carry {k} parameters and an error variance; add years.")
    scale = np.sqrt((design**2).sum(axis=0))
    if (scale == 0).any() or np.linalg.matrix_rank(design / scale, tol=1e-9) < k:
        raise AnalysisError("the regressors are constant or combinations of each other; leave one out.")
    q, r = np.linalg.qr(design / scale)
    inverse = np.linalg.inv(r) / scale[:, None]
    coefficients = inverse @ (q.T @ outcome)
    residuals = outcome - design @ coefficients
    if np.abs(residuals).max() <= TOLERANCE * max(1.0, np.abs(outcome).max()):
        raise AnalysisError("the fit leaves no residual at all; no interval can be formed from it.")
    variance = float(residuals @ residuals) / (n - k)
    return LeastSquares(coefficients, variance * inverse @ inverse.T, residuals, variance, n - k)


# --- forecasts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forecast:
    """A forecast for `year` from the `number_of_years` years just before it, in the unit of the series.

    ``lower, upper = mean -+ t(degrees_of_freedom; level) x standard_error``; the standard error is that of
    the forecast error (estimation and the new year's own scatter).
    """

    method: Method
    year: int
    mean: float
    lower: float
    upper: float
    level: float
    standard_error: float
    degrees_of_freedom: int
    number_of_years: int


def check_level(level: float) -> None:
    """ParameterError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, not {level}.")


def _checked(series: pd.Series, minimum: int) -> tuple[np.ndarray, np.ndarray]:
    """Years and values of a series with at least `minimum` consecutive years that are not all equal."""
    if not isinstance(series, pd.Series):
        raise DataError(f"one oblast's yields must be a Series indexed by year, not {type(series).__name__}.")
    check_panel(series.to_frame(), minimum_units=1)
    values = series.to_numpy(dtype=float)
    first, last = series.index[[0, -1]]
    if len(values) < minimum:
        raise AnalysisError(f"{len(values)} year(s), {first}-{last}; this method needs at least {minimum}: add years.")
    if np.ptp(values) <= TOLERANCE:
        raise AnalysisError(
            f"the series is constant ({values[0]:g} in {first}-{last}); it has no scatter to learn from."
        )
    return series.index.to_numpy(), values


def _forecast(method: Method, years: np.ndarray, mean: float, error: float, df: int, level: float) -> Forecast:
    check_level(level)
    margin = float(stats.t.ppf((1 + level) / 2, df)) * error
    return Forecast(
        method=method,
        year=int(years[-1]) + 1,
        mean=float(mean),
        lower=float(mean) - margin,
        upper=float(mean) + margin,
        level=level,
        standard_error=float(error),
        degrees_of_freedom=df,
        number_of_years=len(years),
    )


def naive_forecast(series: pd.Series, level: float = 0.95) -> Forecast:
    """Next year equals the last (random walk without drift).

    ``s^2 = sum of squared yearly changes / (n - 1)``; with independent normal changes of mean zero the
    interval ``y_n +- t(n - 1) s`` is exact. Raises AnalysisError (fewer than 3 years, constant), DataError,
    ParameterError.
    """
    years, values = _checked(series, MINIMUM_YEARS["naive"])
    changes = np.diff(values)
    error = np.sqrt((changes**2).mean())
    return _forecast("naive", years, values[-1], error, len(changes), level)


def linear_trend_forecast(series: pd.Series, level: float = 0.95) -> Forecast:
    """Least squares line, one year ahead; exact t prediction interval under independent normal errors.

    ``a + b t* +- t(n - 2) s sqrt(1 + 1/n + (t* - mean t)^2 / sum (t - mean t)^2)``. Raises AnalysisError
    (fewer than 5 years, constant, a perfect line), DataError, ParameterError.
    """
    years, values = _checked(series, MINIMUM_YEARS["linear_trend"])
    time = years - years[-1] - 1.0
    fit = least_squares(np.column_stack([np.ones(len(time)), time]), values)
    mean, _, error = fit.predict(np.array([1.0, 0.0]))
    return _forecast("linear_trend", years, mean, error, fit.degrees_of_freedom, level)


def theil_sen_forecast(series: pd.Series, level: float = 0.95) -> Forecast:
    """Theil-Sen line (median of pairwise slopes; intercept: median of y - slope t), one year ahead.

    The interval is residual-based and approximate: the formula of the least squares line with s replaced by
    the robust ``1.4826 x median |e - median e| x sqrt(n / (n - 2))``. A few collapses hardly widen it;
    whether it covers what it claims is for `rolling_origin_backtest` to show. Raises AnalysisError (fewer
    than 5 years, constant, half or more of the years on the line), DataError, ParameterError.
    """
    years, values = _checked(series, MINIMUM_YEARS["theil_sen"])
    n = len(years)
    time = years - years[-1] - 1.0
    slope, intercept, _, _ = stats.theilslopes(values, time, method="joint")
    residuals = values - intercept - slope * time
    mad = np.median(np.abs(residuals - np.median(residuals)))
    if mad <= TOLERANCE:
        raise AnalysisError("half or more of the years lie on the Theil-Sen line; its residuals give no interval.")
    scale = NORMAL_MAD * mad * np.sqrt(n / (n - 2))
    leverage = 1 / n + time.mean() ** 2 / ((time - time.mean()) ** 2).sum()
    return _forecast("theil_sen", years, intercept, scale * np.sqrt(1 + leverage), n - 2, level)


@dataclass(frozen=True)
class LocalLevel:
    """A fitted local level model ``y_t = m_t + e_t, m_(t+1) = m_t + h_t``; variances in the unit squared.

    level_share : var(h) / (var(e) + var(h)). 0: a constant mean; 1: a random walk (the naive forecast).
    log_likelihood : diffuse, without the first observation, at the estimates.
    next_level : mean of m_(n+1) given all years; next_variance : variance of y_(n+1) around it.
    """

    level_share: float
    irregular_variance: float
    level_variance: float
    log_likelihood: float
    next_level: float
    next_variance: float


def _local_level_filter(values: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, ...]:
    """Kalman filter with exact diffuse start for many level shares at once, variances as shares of their sum.

    Returns sum of v^2/F and of log F over observations 2..n, the next level and the next F; each shaped as
    `share`.
    """
    level = np.full_like(share, values[0])
    variance = np.ones_like(share)  # after one observation: irregular share + level share
    squares = np.zeros_like(share)
    logs = np.zeros_like(share)
    for value in values[1:]:
        total = variance + 1 - share
        innovation = value - level
        gain = variance / total
        squares += innovation**2 / total
        logs += np.log(total)
        level = level + gain * innovation
        variance = variance * (1 - gain) + share
    return squares, logs, level, variance + 1 - share


def fit_local_level(series: pd.Series) -> LocalLevel:
    """Local level model by maximum likelihood, diffuse initial level, one variance concentrated out.

    The likelihood depends on the level share alone once ``var(e) + var(h) = sum(v^2/F) / (n - 1)`` is put in
    (Durbin and Koopman 2012, section 2.10). It is evaluated on a grid over [0, 1], ends included, and refined
    around its best point four times: deterministic, and no local maximum is mistaken for the largest. Raises
    AnalysisError (fewer than 5 years, constant), DataError.
    """
    _, values = _checked(series, MINIMUM_YEARS["local_level"])
    steps = len(values) - 1

    def log_likelihood(share: np.ndarray) -> np.ndarray:
        squares, logs, _, _ = _local_level_filter(values, share)
        return -0.5 * (steps * (np.log(2 * np.pi * squares / steps) + 1) + logs)

    def share_of(logit: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-logit))

    width = 0.1
    logits = np.arange(-120, 121) * width
    inner = log_likelihood(share_of(logits))
    ends = log_likelihood(np.array([0.0, 1.0]))
    for _ in range(4):
        logits = logits[inner.argmax()] + np.linspace(-width, width, 41)
        inner = log_likelihood(share_of(logits))
        width /= 20
    # An end of the range wins ties: along a flat top the simpler model is reported.
    at_end = ends.max() >= inner.max() - TOLERANCE
    share = float(ends.argmax()) if at_end else float(share_of(logits[inner.argmax()]))
    squares, _, level, total = (float(part[0]) for part in _local_level_filter(values, np.array([share])))
    variance = squares / steps
    return LocalLevel(
        level_share=share,
        irregular_variance=variance * (1 - share),
        level_variance=variance * share,
        log_likelihood=float(log_likelihood(np.array([share]))[0]),
        next_level=level,
        next_variance=variance * total,
    )


def local_level_forecast(series: pd.Series, level: float = 0.95) -> Forecast:
    """One year ahead from `fit_local_level`; interval ``m +- t(n - 1) sqrt(F s^2)``.

    The interval is exact for a known level share; the estimated one is treated as known, as is usual, which
    makes it somewhat too narrow in short series. At a share of 1 it is the naive forecast, at 0 the mean of
    all years. Raises as `fit_local_level`, ParameterError.
    """
    years, _ = _checked(series, MINIMUM_YEARS["local_level"])
    fit = fit_local_level(series)
    return _forecast("local_level", years, fit.next_level, np.sqrt(fit.next_variance), len(years) - 1, level)


METHODS: dict[str, Callable[[pd.Series, float], Forecast]] = {
    "naive": naive_forecast,
    "linear_trend": linear_trend_forecast,
    "theil_sen": theil_sen_forecast,
    "local_level": local_level_forecast,
}


def _check_methods(methods: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods or len(set(methods)) < len(methods):
        raise ParameterError(f"methods must be some of {', '.join(METHODS)}, each once, not {list(methods)}.")
    return tuple(methods)


def one_step_forecast(series: pd.Series, year: int, method: Method, level: float = 0.95) -> Forecast:
    """Forecast for `year` from the years before it; later years may be in `series` and are not looked at.

    Raises ParameterError if `year` is neither in the series nor the one after its end, or the method is
    unknown; otherwise as the method's own function.
    """
    _check_methods((method,))
    _checked(series, 2)
    first, last = int(series.index[0]), int(series.index[-1])
    if not first < year <= last + 1:
        raise ParameterError(f"year {year} cannot be forecast one step ahead from {first}-{last}.")
    return METHODS[method](series.loc[: year - 1], level)


def forecast_table(
    series: pd.Series, years: Sequence[int], methods: Sequence[Method] = tuple(METHODS), level: float = 0.95
) -> pd.DataFrame:
    """What the years before each of `years` led to expect, and what came.

    Columns: year, method, number_of_years, observed, mean, lower, upper, error (observed - mean), inside
    (observed within [lower, upper]), p_value (two-sided t of the error). Unit: that of the series. Raises as
    `one_step_forecast` and ParameterError for a year that is not in the series.
    """
    _checked(series, 2)
    rows = []
    for year in years:
        check_year(series.to_frame(), year, "year")
        observed = float(series.loc[year])
        for method in _check_methods(methods):
            forecast = one_step_forecast(series, year, method, level)
            error = observed - forecast.mean
            t = abs(error) / forecast.standard_error
            rows.append(
                {
                    "year": year,
                    "method": method,
                    "number_of_years": forecast.number_of_years,
                    "observed": observed,
                    "mean": forecast.mean,
                    "lower": forecast.lower,
                    "upper": forecast.upper,
                    "error": error,
                    "inside": forecast.lower <= observed <= forecast.upper,
                    "p_value": float(2 * stats.t.sf(t, forecast.degrees_of_freedom)),
                }
            )
    if not rows:
        raise ParameterError("years is empty; name at least one year to forecast.")
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class TrendSlope:
    """Slope of a straight line through a series, per year, with its interval; `number_of_years` years."""

    method: Literal["linear_trend", "theil_sen"]
    slope: float
    lower: float
    upper: float
    level: float
    number_of_years: int


def trend_slope(
    series: pd.Series, method: Literal["linear_trend", "theil_sen"] = "theil_sen", level: float = 0.95
) -> TrendSlope:
    """Least squares slope with its t interval, or Theil-Sen slope with Sen's (1968) rank interval.

    Both intervals take the years as independent; yields of neighbouring years are not quite. Raises
    ParameterError, AnalysisError (fewer than 5 years, constant), DataError.
    """
    check_level(level)
    if method not in ("linear_trend", "theil_sen"):
        raise ParameterError(f"method must be 'linear_trend' or 'theil_sen', not {method!r}.")
    years, values = _checked(series, MINIMUM_YEARS[method])
    time = years - years.mean()
    if method == "theil_sen":
        slope, _, lower, upper = (float(part) for part in stats.theilslopes(values, time, alpha=level))
    else:
        fit = least_squares(np.column_stack([np.ones(len(time)), time]), values)
        slope = float(fit.coefficients[1])
        margin = float(stats.t.ppf((1 + level) / 2, fit.degrees_of_freedom) * np.sqrt(fit.covariance[1, 1]))
        lower, upper = slope - margin, slope + margin
    return TrendSlope(method, slope, lower, upper, level, len(years))


# --- how good are the forecasts? ----------------------------------------------------------------------------


def rolling_origin_backtest(
    yields: pd.DataFrame,
    first_year: int,
    last_year: int | None = None,
    methods: Sequence[Method] = tuple(METHODS),
) -> pd.DataFrame:
    """Forecast every oblast and year from `first_year` to `last_year` (default: the last) from all earlier
    years.

    Returns
    -------
    One row per oblast, year and method: oblast, year, method, number_of_years, observed, mean,
    standard_error, degrees_of_freedom, error (observed - mean; positive: the forecast was too low). Unit:
    c/ha.

    Raises
    ------
    ParameterError : years outside the panel or out of order, unknown method.
    AnalysisError : too few years before `first_year`, an oblast constant until some origin. DataError.
    """
    check_panel(yields, minimum_units=1)
    start, end = _evaluation_years(yields, first_year, last_year)
    names = _check_methods(methods)
    needed = max(MINIMUM_YEARS[name] for name in names)
    if start < needed:
        raise AnalysisError(
            f"only {start} year(s) before {first_year}; these methods need at least {needed}: "
            f"start the evaluation in {yields.index[0] + needed} or later."
        )
    rows = []
    for oblast in yields.columns:
        values = yields[oblast]
        for position in range(start, end + 1):
            year = int(yields.index[position])
            for name in names:
                try:
                    forecast = METHODS[name](values.iloc[:position], 0.95)
                except AnalysisError as error:
                    raise AnalysisError(f"{oblast}, forecast for {year}: {error}") from error
                observed = float(values.iloc[position])
                rows.append(
                    {
                        "oblast": oblast,
                        "year": year,
                        "method": name,
                        "number_of_years": forecast.number_of_years,
                        "observed": observed,
                        "mean": forecast.mean,
                        "standard_error": forecast.standard_error,
                        "degrees_of_freedom": forecast.degrees_of_freedom,
                        "error": observed - forecast.mean,
                    }
                )
    return pd.DataFrame(rows)


def _evaluation_years(yields: pd.DataFrame, first_year: int, last_year: int | None) -> tuple[int, int]:
    """Positions of the first and the last year to be forecast."""
    start = check_year(yields, first_year, "first_year")
    end = len(yields) - 1 if last_year is None else check_year(yields, last_year, "last_year")
    if end < start:
        raise ParameterError(f"last_year {last_year} must not come before first_year {first_year}.")
    return start, end


def backtest_summary(
    backtest: pd.DataFrame, levels: Sequence[float] = (0.5, 0.8, 0.95), by_oblast: bool = False
) -> pd.DataFrame:
    """Errors and empirical coverage of a `rolling_origin_backtest`, indexed by method (and oblast).

    Columns: number (forecasts), mae, rmse, bias (mean error; positive: forecasts too low),
    mae_relative_to_naive (below 1: better than last year's yield; Hyndman and Koehler 2006), and for each
    level p ``coverage_<100p>``, the share of years inside the nominal p interval. Unit of mae, rmse, bias:
    c/ha.

    Years hit all oblasts together, so the forecasts are far fewer independent trials than `number`.

    Raises ParameterError (a level outside (0, 1), no levels, the naive forecast not among the methods),
    AnalysisError (the naive forecast without any error), DataError (not a backtest frame).
    """
    missing = {"oblast", "method", "error", "standard_error", "degrees_of_freedom"} - set(backtest.columns)
    if missing:
        raise DataError(f"the backtest lacks {sorted(missing)}; give what rolling_origin_backtest returns.")
    if not levels:
        raise ParameterError("levels is empty; name at least one nominal level, such as 0.95.")
    for level in levels:
        check_level(level)
    if "naive" not in set(backtest["method"]):
        raise ParameterError("the backtest has no 'naive' forecasts to compare with; run it with that method.")
    keys = ["oblast", "method"] if by_oblast else ["method"]
    scored = backtest[keys].copy()
    scored["absolute"] = backtest["error"].abs()
    scored["squared"] = backtest["error"] ** 2
    scored["error"] = backtest["error"]
    coverage = {level: f"coverage_{round(100 * level, 4):g}" for level in levels}
    for level, name in coverage.items():
        margin = stats.t.ppf((1 + level) / 2, backtest["degrees_of_freedom"]) * backtest["standard_error"]
        scored[name] = scored["absolute"] <= margin + TOLERANCE
    grouped = scored.groupby(keys, sort=False)
    means = grouped.mean()
    table = pd.DataFrame(
        {
            "number": grouped.size(),
            "mae": means["absolute"],
            "rmse": np.sqrt(means["squared"]),
            "bias": means["error"],
        }
    )
    if by_oblast:
        naive = table["mae"].xs("naive", level="method").reindex(table.index.get_level_values("oblast")).to_numpy()
    else:
        naive = table.loc["naive", "mae"]
    if np.any(naive == 0):
        raise AnalysisError("the naive forecast has no error at all; nothing can be measured against it.")
    table["mae_relative_to_naive"] = table["mae"] / naive
    return table.join(means[list(coverage.values())])


@dataclass(frozen=True)
class PersistenceErrors:
    """Errors of the naive forecast, all oblasts pooled, c/ha; bias = mean of observed - forecast."""

    first_year: int
    last_year: int
    number: int
    mae: float
    rmse: float
    bias: float


def persistence_errors(yields: pd.DataFrame, first_year: int, last_year: int | None = None) -> PersistenceErrors:
    """Errors of "this year as last year" for the years `first_year` to `last_year`, every oblast.

    Needs no more than the year before each, so it can start earlier than a backtest. Raises ParameterError
    (years outside the panel or out of order), AnalysisError (no year before `first_year`), DataError.
    """
    check_panel(yields, minimum_units=1)
    start, end = _evaluation_years(yields, first_year, last_year)
    if start < 1:
        raise AnalysisError(f"there is no year before {first_year} in the panel; start the evaluation a year later.")
    errors = yearly_changes(yields).to_numpy()[start - 1 : end]
    return PersistenceErrors(
        first_year=first_year,
        last_year=int(yields.index[end]),
        number=errors.size,
        mae=float(np.abs(errors).mean()),
        rmse=float(np.sqrt((errors**2).mean())),
        bias=float(errors.mean()),
    )


# --- recovery and volatility --------------------------------------------------------------------------------


def recovery_table(
    yields: pd.DataFrame, year_before: int, year_after: int, base_years: Sequence[int] = BASE_YEARS
) -> pd.DataFrame:
    """Each oblast's change, seen from year_before and from the mean of the base years. Index: oblast; c/ha.

    Columns: yield_before, yield_after, change; base_mean, base_min, base_max; shortfall_before (base_mean -
    yield_before; negative: above the base), difference_from_base (yield_after - base_mean), ratio_to_base;
    recovered_part = min(max(change, 0), max(shortfall_before, 0)), what of a rise only leads back to the
    base, and rest_of_change = change - recovered_part. A rise that starts at or above the base has recovered
    nothing, and so has a fall. The base mean is known to half a printed step, as a printed yield is: each
    difference to 0.1 c/ha.

    Raises
    ------
    ParameterError : pair outside the panel or out of order; base years empty, repeated, outside the panel or
        including `year_after`.
    DataError : see `check_panel`. AnalysisError : a base mean of zero.
    """
    check_panel(yields, minimum_units=1)
    check_year_pair(yields, year_before, year_after)
    base_years = list(base_years)
    if not base_years or len(set(base_years)) < len(base_years) or year_after in base_years:
        raise ParameterError(f"base_years {base_years} must name years, each once, and not {year_after} itself.")
    for year in base_years:
        check_year(yields, year, "base year")
    base = yields.loc[base_years]
    mean = base.mean()
    if (mean == 0).any():
        raise AnalysisError(f"the mean of {base_years} is zero for {mean.index[mean == 0][0]}; take other base years.")
    before, after = yields.loc[year_before], yields.loc[year_after]
    change = after - before
    recovered = np.minimum(change.clip(lower=0), (mean - before).clip(lower=0))
    return pd.DataFrame(
        {
            "yield_before": before,
            "yield_after": after,
            "change": change,
            "base_mean": mean,
            "base_min": base.min(),
            "base_max": base.max(),
            "shortfall_before": mean - before,
            "difference_from_base": after - mean,
            "ratio_to_base": after / mean,
            "recovered_part": recovered,
            "rest_of_change": change - recovered,
        }
    ).rename_axis("oblast")


def recovered_by_window(series: pd.Series, year_before: int, year_after: int, length: int) -> pd.DataFrame:
    """How much of a rise only leads back, for every base of `length` consecutive years that ends before `year_before`.

    Parameters
    ----------
    series
        Yields of one oblast by year, c/ha.

    Returns
    -------
    DataFrame by `first_year` of the base, with `base_mean` and `recovered_part` (c/ha) as in `recovery_table`; empty
    where there are fewer than `length` years before.

    Raises
    ------
    ParameterError : pair outside the panel or out of order. DataError : see `check_panel`.
    """
    earlier = series.index[series.index < year_before]
    starts = earlier[: max(len(earlier) - length + 1, 0)]
    found = [
        recovery_table(series.to_frame(), year_before, year_after, range(first, first + length)).iloc[0]
        for first in starts
    ]
    return pd.DataFrame(found, index=pd.Index(starts, name="first_year"), columns=["base_mean", "recovered_part"])


def volatility(yields: pd.DataFrame) -> pd.DataFrame:
    """How much each oblast's yield moves. Index: oblast.

    Columns: mean (c/ha); sd_change (c/ha) and sd_log_change (log points), standard deviations of yearly
    changes (n - 1); cv_around_trend (%), residual standard deviation around the least squares line (n - 2)
    over the mean, the Cuddy-Della Valle (1978) index; min_year, min_yield, max_year, max_yield (the first
    year if there are ties).

    Raises AnalysisError (fewer than 5 years, a constant oblast, a yield of zero or less), DataError.
    """
    check_panel(yields, minimum_units=1)
    rows = {}
    for oblast in yields.columns:
        series = yields[oblast]
        try:
            years, values = _checked(series, MINIMUM_YEARS["linear_trend"])
            fit = least_squares(np.column_stack([np.ones(len(years)), years - years.mean()]), values)
        except AnalysisError as error:
            raise AnalysisError(f"{oblast}: {error}") from error
        rows[oblast] = {
            "mean": values.mean(),
            "sd_change": np.diff(values).std(ddof=1),
            "sd_log_change": np.diff(outcome_values(series.to_frame(), "log")[:, 0]).std(ddof=1),
            "cv_around_trend": 100 * np.sqrt(fit.residual_variance) / values.mean(),
            "min_year": int(years[values.argmin()]),
            "min_yield": values.min(),
            "max_year": int(years[values.argmax()]),
            "max_yield": values.max(),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("oblast")
    return table.astype({"min_year": int, "max_year": int})


# --- what the report shows ----------------------------------------------------------------------------------


def pair_summary(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> dict[str, float | int | str]:
    """Results on the two years and the series: yields, change, the usual size of a yearly change, its extent.

    `span` is `yearly` or `longer`: what the changes are that the one between the two years is ranked among.
    """
    own = yields[oblast]
    return {
        "first_year": int(yields.index[0]),
        "last_year": int(yields.index[-1]),
        "number_of_years": len(own),
        "span": "yearly" if year_after == year_before + 1 else "longer",
        "yield_before": own[year_before],
        "yield_after": own[year_after],
        "change": own[year_after] - own[year_before],
        "sd_change": yearly_changes(yields)[oblast].std(),
        "place_before": int((own > own[year_before]).sum()) + 1,
    }


def change_ranks(yields: pd.DataFrame, oblast: str, year_before: int, year_after: int) -> tuple[pd.DataFrame, str]:
    """The place of a change among the oblast's own and among all, in c/ha and in log points; and why there is none.

    Returns
    -------
    One row per pair of `among` (oblast, panel) and `measure` (level, log) with `change`, `rank`, `best`, `worst`,
    `rank_absolute`, `of` (number of changes), `share`, `share_absolute` as in `ChangeRank`; without rows, and with a
    reason, where a change cannot be ranked.
    """
    columns = ["among", "measure", "change", "rank", "best", "worst", "rank_absolute", "of", "share", "share_absolute"]
    cases = [("oblast", "level"), ("oblast", "log"), ("panel", "level"), ("panel", "log")]
    try:
        ranks = [change_rank(yields, oblast, year_before, year_after, measure, among) for among, measure in cases]
    except AnalysisError as error:
        return pd.DataFrame(columns=columns), str(error)
    rows = [
        (*case, r.change, r.rank, r.rank_best, r.rank_worst, r.rank_absolute, r.number_of_changes, r.share_at_least,
         r.share_at_least_absolute)
        for case, r in zip(cases, ranks, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns), ""


def rank_summary(ranks: pd.DataFrame) -> dict[str, float | int | None]:
    """The results on the place of the change; all None where it has none."""
    cells = ranks.set_index(["among", "measure"])
    found = {
        "change_rank": ("oblast", "level", "rank"),
        "change_rank_best": ("oblast", "level", "best"),
        "change_rank_worst": ("oblast", "level", "worst"),
        "change_rank_absolute": ("oblast", "level", "rank_absolute"),
        "change_rank_log": ("oblast", "log", "rank"),
        "change_rank_panel": ("panel", "level", "rank"),
        "change_rank_panel_log": ("panel", "log", "rank"),
        "number_of_changes": ("oblast", "level", "of"),
        "number_of_changes_panel": ("panel", "level", "of"),
        "share_at_least": ("oblast", "level", "share"),
    }
    return {
        name: cells.at[(among, measure), column] if len(ranks) else None
        for name, (among, measure, column) in found.items()
    }


def ranked_changes(yields: pd.DataFrame, year_before: int, year_after: int) -> pd.DataFrame:
    """Every oblast's changes over as many years as lie between the two, each with its rank among the oblast's own.

    Returns
    -------
    `oblast`, `year` (the later one), `change` (c/ha), `rank` (1 is the largest rise; missing with fewer than three
    changes), `chosen` (1 for the change between the two years).
    """
    lag = year_after - year_before
    wide = yearly_changes(yields, lag=lag).rename_axis(index="year", columns="oblast")
    changes = wide.stack().rename("change").reset_index()
    by_oblast = changes["change"].round(9).groupby(changes["oblast"])  # printed ties are ties
    ranks = by_oblast.rank(ascending=False, method="min").where(by_oblast.transform("size") >= 3)
    changes["rank"] = ranks.astype("Int64")
    changes["chosen"] = (changes["year"] == year_after).astype(int)
    return changes


def volatility_summary(volatile: pd.DataFrame, oblast: str) -> dict[str, int]:
    """The results on one oblast among all, most volatile first, as `volatility` gives them sorted by `sd_change`."""
    return {"volatility_rank": 1 + list(volatile.index).index(oblast), "number_of_oblasts": len(volatile)}


def recovery(
    yields: pd.DataFrame, year_before: int, year_after: int, base_years: Sequence[int]
) -> tuple[pd.DataFrame, str]:
    """`recovery_table` where all base years lie before the change; otherwise no rows, and why."""
    if max(base_years) <= year_before:
        return recovery_table(yields, year_before, year_after, base_years).reset_index(), ""
    columns = [
        "oblast", "yield_before", "yield_after", "change", "base_mean", "base_min", "base_max", "shortfall_before",
        "recovered_part", "rest_of_change", "difference_from_base",
    ]  # fmt: skip
    return pd.DataFrame(columns=columns), "the base years do not all lie before the change"


def recovery_summary(table: pd.DataFrame, oblast: str) -> dict[str, float | None]:
    """The results on how much of the oblast's change only leads back to the base; all None without rows."""
    own = table.set_index("oblast")
    names = ("base_mean", "shortfall_before", "recovered_part", "rest_of_change", "difference_from_base")
    return {name: own.at[oblast, name] if len(own) else None for name in names}


def other_bases(
    series: pd.Series, year_before: int, year_after: int, length: int
) -> tuple[dict[str, float | int | None], str]:
    """The smallest and the largest recovered part over every base of `length` years before the change; or why none."""
    part = recovered_by_window(series, year_before, year_after, length)["recovered_part"]
    found = {"number_of_base_years": length, "recovered_least": None, "recovered_most": None}
    if part.empty:
        return found, f"fewer than {length} years before {year_before}"
    return found | {"recovered_least": part.min(), "recovered_most": part.max()}, ""


def following_year(
    series: pd.Series, year_before: int, year_after: int, recovered: pd.DataFrame, oblast: str
) -> tuple[dict[str, float | int | None], str]:
    """The year that follows, against both years and against the base; None, and why, where the series ends.

    Parameters
    ----------
    recovered
        As `recovery` gives it; without rows the difference from the base is None.
    """
    names = ("yield_next", "change_next", "next_less_before", "next_from_base")
    found = {"year_next": year_after + 1} | dict.fromkeys(names)
    if year_after + 1 not in series.index:
        return found, f"the series ends with {year_after}"
    value, base = series[year_after + 1], recovery_summary(recovered, oblast)["base_mean"]
    from_base = None if base is None else value - base
    differences = (value, value - series[year_after], value - series[year_before], from_base)
    return found | dict(zip(names, differences, strict=True)), ""


def forecasts(series: pd.Series, year_after: int) -> tuple[pd.DataFrame, str]:
    """`forecast_table` of the second year and the one after it, if the series has it; otherwise no rows, and why."""
    columns = ["year", "method", "number_of_years", "observed", "mean", "lower", "upper", "error", "inside", "p_value"]
    years = [year for year in (year_after, year_after + 1) if year in series.index]
    try:
        return forecast_table(series, years).astype({"inside": int}), ""
    except AnalysisError as error:
        return pd.DataFrame(columns=columns), str(error)


def forecast_summary(table: pd.DataFrame, year: int, method: Method) -> dict[str, float | int | None]:
    """The results on what earlier years led to expect of a year; all None without rows."""
    own = table[table["year"] == year].set_index("method")
    cells = {"forecast": "mean", "forecast_low": "lower", "forecast_high": "upper", "forecast_p": "p_value"}
    found = {name: own.at[method, column] if len(own) else None for name, column in cells.items()}
    return found | {"methods_inside": int(own["inside"].sum()) if len(own) else None, "number_of_methods": len(METHODS)}


def track(series: pd.Series, first_year: int, method: Method) -> pd.DataFrame:
    """`forecast_table` of every year from `first_year` on, by one method."""
    table = forecast_table(series, range(first_year, int(series.index[-1]) + 1), [method])
    return table.astype({"inside": int})


def trend_summary(series: pd.Series) -> dict[str, float]:
    """The results on the trend of the whole series: slopes with their intervals, and the share of the level."""
    found = {"level_share": fit_local_level(series).level_share}
    for name in ("linear_trend", "theil_sen"):
        slope = trend_slope(series, name)
        found |= {f"slope_{name}": slope.slope, f"slope_{name}_low": slope.lower, f"slope_{name}_high": slope.upper}
    return found


RECENT = (2019, 2025)
"""Years of the drought years and those around them, for which errors are reported apart."""


def backtest_results(yields: pd.DataFrame, tested: pd.DataFrame, method: Method) -> dict[str, float | int]:
    """The results on how good the forecasts are: errors and coverage of one method, all years and the recent ones.

    Parameters
    ----------
    tested
        As `backtest_summary` gives it, by method.
    """
    own, recent = tested.loc[method], persistence_errors(yields, *RECENT)
    lately = backtest_summary(rolling_origin_backtest(yields, *RECENT)).loc[method]
    return {
        "coverage_95": own["coverage_95"],
        "backtest_forecasts": int(own["number"]),
        "backtest_mae": own["mae"],
        "backtest_mae_naive": tested.loc["naive", "mae"],
        "mae_relative_to_naive": own["mae_relative_to_naive"],
        "persistence_mae_2019_2025": recent.mae,
        "persistence_rmse_2019_2025": recent.rmse,
        "coverage_95_2019_2025": lately["coverage_95"],
    }


def errors_by_oblast(backtest: pd.DataFrame, method: Method) -> pd.DataFrame:
    """Errors of all methods pooled (`oblast` is `all`), then of one method by oblast."""
    pooled = backtest_summary(backtest).reset_index().assign(oblast="all")
    by_oblast = backtest_summary(backtest, by_oblast=True).reset_index()
    return pd.concat([pooled, by_oblast[by_oblast["method"] == method]], ignore_index=True)
