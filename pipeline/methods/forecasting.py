"""Forecasts of one year from the years before it: four methods, their intervals, and how good they were.

All four methods give ``mean +- t(df) x standard error``, so that one table holds them and an interval of any level
follows from it. Input: `series`, one unit's values by consecutive year, or a panel (years x units, see `panels`).
Forecasts are in the unit of the series: give ``np.log(series)`` for logs.

References
----------
Durbin and Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., ch. 2 (local level model).
Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter (concentrated likelihood).
Hyndman and Koehler (2006), International Journal of Forecasting 22(4) (errors against the naive forecast).
Sen (1968), Journal of the American Statistical Association 63(324) (slope and its interval).
Tashman (2000), International Journal of Forecasting 16(4) (rolling origin).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.panels import TOLERANCE, check_level, check_panel, check_year, unit_index, yearly_changes
from pipeline.methods.regression import least_squares, predict

Method = Literal["naive", "linear_trend", "theil_sen", "local_level"]

MINIMUM_YEARS: dict[str, int] = {"naive": 3, "linear_trend": 5, "theil_sen": 5, "local_level": 5}
"""Fewest years each method is fitted on; with fewer its interval is an ornament."""
NORMAL_MAD = 1 / float(stats.norm.ppf(0.75))
"""1.4826: makes the median absolute deviation of a normal variable its standard deviation."""


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


def checked_series(series: pd.Series, minimum: int) -> tuple[np.ndarray, np.ndarray]:
    """Years and values of a series with at least `minimum` consecutive years that are not all equal."""
    if not isinstance(series, pd.Series):
        raise DataError(f"the values of one unit must be a Series indexed by year, not {type(series).__name__}.")
    check_panel(series.to_frame(), minimum_units=1)
    values = series.to_numpy(dtype=float)
    first, last = series.index[[0, -1]]
    if len(values) < minimum:
        raise AnalysisError(
            "{number} year(s), {first}-{last}; this method needs at least {minimum}: add years.",
            number=len(values),
            first=first,
            last=last,
            minimum=minimum,
        )
    if np.ptp(values) <= TOLERANCE:
        raise AnalysisError(
            "the series is constant ({value} in {first}-{last}); it has no scatter to learn from.",
            value=f"{values[0]:g}",
            first=first,
            last=last,
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
    years, values = checked_series(series, MINIMUM_YEARS["naive"])
    changes = np.diff(values)
    error = np.sqrt((changes**2).mean())
    return _forecast("naive", years, values[-1], error, len(changes), level)


def linear_trend_forecast(series: pd.Series, level: float = 0.95) -> Forecast:
    """Least squares line, one year ahead; exact t prediction interval under independent normal errors.

    ``a + b t* +- t(n - 2) s sqrt(1 + 1/n + (t* - mean t)^2 / sum (t - mean t)^2)``. Raises AnalysisError
    (fewer than 5 years, constant, a perfect line), DataError, ParameterError.
    """
    years, values = checked_series(series, MINIMUM_YEARS["linear_trend"])
    time = years - years[-1] - 1.0
    fit = least_squares(np.column_stack([np.ones(len(time)), time]), values)
    mean, _, error = predict(fit, np.array([1.0, 0.0]))
    return _forecast("linear_trend", years, mean, error, int(fit.df_resid), level)


def theil_sen_forecast(series: pd.Series, level: float = 0.95) -> Forecast:
    """Theil-Sen line (median of pairwise slopes; intercept: median of y - slope t), one year ahead.

    The interval is residual-based and approximate: the formula of the least squares line with s replaced by
    the robust ``1.4826 x median |e - median e| x sqrt(n / (n - 2))``. A few collapses hardly widen it;
    whether it covers what it claims is for `rolling_origin_backtest` to show. Raises AnalysisError (fewer
    than 5 years, constant, half or more of the years on the line), DataError, ParameterError.
    """
    years, values = checked_series(series, MINIMUM_YEARS["theil_sen"])
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
    _, values = checked_series(series, MINIMUM_YEARS["local_level"])
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
    years, _ = checked_series(series, MINIMUM_YEARS["local_level"])
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
    checked_series(series, 2)
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
    checked_series(series, 2)
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

    Both intervals take the years as independent; values of neighbouring years are not quite. Raises
    ParameterError, AnalysisError (fewer than 5 years, constant), DataError.
    """
    check_level(level)
    if method not in ("linear_trend", "theil_sen"):
        raise ParameterError(f"method must be 'linear_trend' or 'theil_sen', not {method!r}.")
    years, values = checked_series(series, MINIMUM_YEARS[method])
    time = years - years.mean()
    if method == "theil_sen":
        slope, _, lower, upper = (float(part) for part in stats.theilslopes(values, time, alpha=level))
    else:
        fit = least_squares(np.column_stack([np.ones(len(time)), time]), values)
        slope = float(fit.params[1])
        lower, upper = (float(end) for end in fit.conf_int(1 - level)[1])
    return TrendSlope(method, slope, lower, upper, level, len(years))


# --- how good are the forecasts? ----------------------------------------------------------------------------


def rolling_origin_backtest(
    panel: pd.DataFrame,
    first_year: int,
    last_year: int | None = None,
    methods: Sequence[Method] = tuple(METHODS),
) -> pd.DataFrame:
    """Forecast every unit and year from `first_year` to `last_year` (default: the last) from all earlier
    years.

    Returns
    -------
    One row per unit, year and method: the unit (named as the panel names its columns), year, method,
    number_of_years, observed, mean,
    standard_error, degrees_of_freedom, error (observed - mean; positive: the forecast was too low). Unit:
    that of the panel. About ten milliseconds for each unit and year.

    Raises
    ------
    ParameterError : years outside the panel or out of order, unknown method.
    AnalysisError : too few years before `first_year`, a unit constant until some origin. DataError.
    """
    check_panel(panel, minimum_units=1)
    start, end = _evaluation_years(panel, first_year, last_year)
    names = _check_methods(methods)
    needed = max(MINIMUM_YEARS[name] for name in names)
    if start < needed:
        raise AnalysisError(
            f"only {start} year(s) before {first_year}; these methods need at least {needed}: "
            f"start the evaluation in {panel.index[0] + needed} or later."
        )
    name, rows = unit_index(panel).name, []
    for unit in panel.columns:
        values = panel[unit]
        for position in range(start, end + 1):
            year = int(panel.index[position])
            for method in names:
                try:
                    forecast = METHODS[method](values.iloc[:position], 0.95)
                except AnalysisError as error:
                    raise AnalysisError(f"{unit}, forecast for {year}: {error}") from error
                observed = float(values.iloc[position])
                rows.append(
                    {
                        name: unit,
                        "year": year,
                        "method": method,
                        "number_of_years": forecast.number_of_years,
                        "observed": observed,
                        "mean": forecast.mean,
                        "standard_error": forecast.standard_error,
                        "degrees_of_freedom": forecast.degrees_of_freedom,
                        "error": observed - forecast.mean,
                    }
                )
    return pd.DataFrame(rows)


def _evaluation_years(panel: pd.DataFrame, first_year: int, last_year: int | None) -> tuple[int, int]:
    """Positions of the first and the last year to be forecast."""
    start = check_year(panel, first_year, "first_year")
    end = len(panel) - 1 if last_year is None else check_year(panel, last_year, "last_year")
    if end < start:
        raise ParameterError(f"last_year {last_year} must not come before first_year {first_year}.")
    return start, end


def backtest_summary(
    backtest: pd.DataFrame, levels: Sequence[float] = (0.5, 0.8, 0.95), by_unit: bool = False
) -> pd.DataFrame:
    """Errors and empirical coverage of a `rolling_origin_backtest`, indexed by method (and unit).

    Columns: number (forecasts), mae, rmse, bias (mean error; positive: forecasts too low),
    mae_relative_to_naive (below 1: better than last year's value; Hyndman and Koehler 2006), and for each
    level p ``coverage_<100p>``, the share of years inside the nominal p interval. Unit of mae, rmse, bias:
    that of the panel.

    Years hit all units together, so the forecasts are far fewer independent trials than `number`.

    Raises ParameterError (a level outside (0, 1), no levels, the naive forecast not among the methods),
    AnalysisError (the naive forecast without any error), DataError (not a backtest frame).
    """
    unit = backtest.columns[0]
    missing = {"method", "error", "standard_error", "degrees_of_freedom"} - set(backtest.columns)
    if missing:
        raise DataError(f"the backtest lacks {sorted(missing)}; give what rolling_origin_backtest returns.")
    if not levels:
        raise ParameterError("levels is empty; name at least one nominal level, such as 0.95.")
    for level in levels:
        check_level(level)
    if "naive" not in set(backtest["method"]):
        raise ParameterError("the backtest has no 'naive' forecasts to compare with; run it with that method.")
    keys = [unit, "method"] if by_unit else ["method"]
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
    if by_unit:
        naive = table["mae"].xs("naive", level="method").reindex(table.index.get_level_values(unit)).to_numpy()
    else:
        naive = table.loc["naive", "mae"]
    if np.any(naive == 0):
        raise AnalysisError("the naive forecast has no error at all; nothing can be measured against it.")
    table["mae_relative_to_naive"] = table["mae"] / naive
    return table.join(means[list(coverage.values())])


@dataclass(frozen=True)
class PersistenceErrors:
    """Errors of the naive forecast, all units pooled, in the unit of the panel; bias = mean of observed - forecast."""

    first_year: int
    last_year: int
    number: int
    mae: float
    rmse: float
    bias: float


def persistence_errors(panel: pd.DataFrame, first_year: int, last_year: int | None = None) -> PersistenceErrors:
    """Errors of "this year as last year" for the years `first_year` to `last_year`, every unit.

    Needs no more than the year before each, so it can start earlier than a backtest. Raises ParameterError
    (years outside the panel or out of order), AnalysisError (no year before `first_year`), DataError.
    """
    check_panel(panel, minimum_units=1)
    start, end = _evaluation_years(panel, first_year, last_year)
    if start < 1:
        raise AnalysisError(f"there is no year before {first_year} in the panel; start the evaluation a year later.")
    errors = yearly_changes(panel).to_numpy()[start - 1 : end]
    return PersistenceErrors(
        first_year=first_year,
        last_year=int(panel.index[end]),
        number=errors.size,
        mae=float(np.abs(errors).mean()),
        rmse=float(np.sqrt((errors**2).mean())),
        bias=float(errors.mean()),
    )
