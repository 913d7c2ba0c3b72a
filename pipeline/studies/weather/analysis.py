"""How much of a change does the weather predict? Temperature of the country, named drought years, growing seasons.

Input: `yields`, a wide frame (index: consecutive years, columns: oblasts, values: yield in c/ha).

What this licenses: "in the earlier years, when it was so warm, this oblast moved like that; what is left over is so and
so much". What it forbids: calling the rest a technology's. The temperature is one national value a year; what oblasts
share besides (prices, seed, how yields are counted) goes with the others' movement, which the report `other_oblasts`
shows. `growing_season` is the place where local monthly series enter once there are any.

References
----------
Moulton (1990), Review of Economics and Statistics 72(2) (regressors that vary only by year).
Cameron and Miller (2015), Journal of Human Resources 50(2) (cluster-robust inference, few clusters).
Dell, Jones and Olken (2014), Journal of Economic Literature 52(3) (weather panels).
Fisher (1935), The Design of Experiments (permutation test).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import AnalysisError, DataError, ParameterError
from pipeline.methods.own_response import own_response
from pipeline.methods.panels import (
    TOLERANCE,
    Outcome,
    check_level,
    check_panel,
    check_unit,
    check_year,
    check_year_pair,
    outcome_values,
    yearly_changes,
)
from pipeline.methods.regression import least_squares, predict
from pipeline.studies.history.analysis import DROUGHT_YEARS, OUTCOME_UNITS
from pipeline.text.fill import reason

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResults

Target = Literal["change", "deviation"]
Trend = Literal["none", "common", "oblast"]

TARGETS = ("change", "deviation")
MINIMUM_DEGREES_OF_FREEDOM = 3
"""Below it a t interval is wider than anything a yield can do."""
MAXIMUM_LABELLINGS = 500_000
"""Labellings of years are enumerated up to this many; 3 of 35 years are 6 545, 4 are 52 360."""
MEAN_OF_OBLASTS = "mean of oblasts"
"""Stands where an oblast does, in the last row of a contrast."""
GROWING_SEASON = (4, 5, 6, 7)
"""April to July: from spring growth to the harvest of wheat."""
MONTHLY_VARIABLES: dict[str, tuple[str, Literal["mean", "sum"]]] = {
    "temperature": ("degrees_c", "mean"),
    "precipitation": ("mm", "sum"),
}
"""Monthly variables that `growing_season` knows: unit, and how months make a season."""


def _check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ParameterError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")


def _movements(
    yields: pd.DataFrame, target: Target, outcome: Outcome, lag: int, last_training_year: int
) -> pd.DataFrame:
    """Changes over `lag` years, or deviations from each oblast's line through the years up to the last
    training one."""
    if target == "change":
        return yearly_changes(yields, outcome, lag)
    values = outcome_values(yields, outcome)
    time = (yields.index - last_training_year).to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(time)), time])
    training = time <= 0
    if training.sum() < 3:
        raise AnalysisError(f"{training.sum()} year(s) up to {last_training_year}; a trend line needs at least 3.")
    line, *_ = np.linalg.lstsq(design[training], values[training], rcond=None)
    return pd.DataFrame(values - design @ line, index=yields.index, columns=yields.columns)


# --- what a regression on earlier years predicts ------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the relation of earlier years predicts for one oblast and year, and what it leaves; in `unit`.

    observed : the change year_before -> year_after, or for target "deviation" the yield of year_after less
        the line through the training years.
    predicted, predicted_lower, predicted_upper : the fitted mean for that year's regressors and its
        confidence interval: how well the relation itself is known.
    prediction_lower, prediction_upper : exact t interval for one new year: how far a year falls from the
        relation.
    remainder = observed - predicted; remainder_lower, remainder_upper : observed less the prediction
    interval. It
        holds zero exactly when the year is within what earlier years led to expect; p_value is that two-sided
        t test.
    share = predicted / observed; share_lower, share_upper : the same for the confidence interval of the mean.
    May lie
        outside [0, 1]. None when the observed is zero.
    coefficients : indexed by term; estimate, standard_error.
    r_squared : in the training years, for "deviation" of what the line leaves.
    first_year, last_year : training years (the later year of each change).
    """

    oblast: str
    year_before: int
    year_after: int
    target: Target
    unit: str
    regressors: tuple[str, ...]
    level: float
    observed: float
    predicted: float
    predicted_lower: float
    predicted_upper: float
    prediction_lower: float
    prediction_upper: float
    remainder: float
    remainder_lower: float
    remainder_upper: float
    p_value: float
    share: float | None
    share_lower: float | None
    share_upper: float | None
    coefficients: pd.DataFrame
    r_squared: float
    number_of_years: int
    degrees_of_freedom: int
    first_year: int
    last_year: int


def _regression_prediction(
    yields: pd.DataFrame,
    regressors: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    target: Target,
    outcome: Outcome,
    level: float,
) -> Prediction:
    """Ordinary least squares of the oblast's movement on `regressors` in the years before year_after."""
    lag = year_after - year_before
    names = tuple(regressors.columns)
    own = yields[[oblast]]
    if target == "change":
        values = yearly_changes(own, outcome, lag)[oblast]
    else:
        values = pd.Series(outcome_values(own, outcome)[:, 0], index=own.index)
    before = values.index < year_after
    # "deviation": the line is estimated together with the slopes, so that the interval carries its uncertainty.
    base = [np.ones(len(values))]
    if target == "deviation":
        base.append((values.index - year_after + 1).to_numpy(dtype=float))
    base_design = np.column_stack(base)
    design = np.column_stack([base_design, regressors.loc[values.index].to_numpy(dtype=float)])
    new = values.index.get_loc(year_after)
    y = values.to_numpy()
    if before.sum() < design.shape[1] + MINIMUM_DEGREES_OF_FREEDOM:
        raise AnalysisError(
            "{number} year(s) before {year_after} for {coefficients} coefficients; at least {least} are needed: add "
            "years or drop regressors.",
            number=before.sum(),
            year_after=year_after,
            coefficients=design.shape[1],
            least=design.shape[1] + MINIMUM_DEGREES_OF_FREEDOM,
        )
    try:
        base_fit = least_squares(base_design[before], y[before])
        fit = least_squares(design[before], y[before])
    except AnalysisError as error:
        raise AnalysisError(
            "{oblast} by weather before {year_after}: {reason}", oblast=oblast, year_after=year_after, reason=error
        ) from error
    expected, error_of_mean, error_of_year = predict(fit, design[new])
    offset = 0.0 if target == "change" else predict(base_fit, base_design[new])[0]
    observed, predicted = float(y[new]) - offset, expected - offset
    t = float(stats.t.ppf((1 + level) / 2, fit.df_resid))
    remainder = observed - predicted
    share = share_lower = share_upper = None
    if abs(observed) > TOLERANCE:
        share = predicted / observed
        margin = abs(t * error_of_mean / observed)
        share_lower, share_upper = share - margin, share + margin
    terms = ["constant", "year"][: base_design.shape[1]] + list(names)
    return Prediction(
        oblast=oblast,
        year_before=year_before,
        year_after=year_after,
        target=target,
        unit=OUTCOME_UNITS[outcome],
        regressors=names,
        level=level,
        observed=observed,
        predicted=predicted,
        predicted_lower=predicted - t * error_of_mean,
        predicted_upper=predicted + t * error_of_mean,
        prediction_lower=predicted - t * error_of_year,
        prediction_upper=predicted + t * error_of_year,
        remainder=remainder,
        remainder_lower=remainder - t * error_of_year,
        remainder_upper=remainder + t * error_of_year,
        p_value=float(2 * stats.t.sf(abs(remainder) / error_of_year, fit.df_resid)),
        share=share,
        share_lower=share_lower,
        share_upper=share_upper,
        coefficients=_coefficient_table(fit, terms),
        r_squared=1 - float(fit.resid @ fit.resid / (base_fit.resid @ base_fit.resid)),
        number_of_years=int(before.sum()),
        degrees_of_freedom=int(fit.df_resid),
        first_year=int(values.index[0]),
        last_year=year_after - 1,
    )


def _coefficient_table(fit: "RegressionResults", terms: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"estimate": fit.params, "standard_error": fit.bse},
        index=pd.Index(terms, name="term"),
    )


def _check_prediction(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int, target: Target, level: float
) -> int:
    check_panel(yields, minimum_units=1)
    check_unit(yields, oblast)
    _check_choice("target", target, TARGETS)
    check_level(level)
    return check_year_pair(yields, year_before, year_after)


def weather_prediction(
    yields: pd.DataFrame,
    weather: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    target: Target = "change",
    outcome: Outcome = "level",
    level: float = 0.95,
) -> Prediction:
    """The part of an oblast's movement in year_after that weather variables predict.

    ``d_t = a + b w_t + e_t`` is fitted on the years before year_after; then ``a + b w`` of year_after is set against
    the observed. For target "change" both are changes over the same number of years; for "deviation" the yield is
    its own value and a linear trend stands beside that of the weather. The t intervals are exact for independent
    normal errors; for a pair more than one year apart the changes overlap and the intervals are too narrow.

    Parameters
    ----------
    weather : years x variables, any units: the national temperature anomaly as one column, or one oblast's
        growing seasons from `season_of_oblast`. It may reach beyond the panel; every year of the panel up to
        year_after must be there.

    Raises
    ------
    DataError : weather not a frame of finite numbers by year, or a year missing.
    ParameterError : unknown oblast, target or outcome; pair outside the panel or out of order; level outside (0, 1).
    AnalysisError : too few earlier years (at least 5 movements; 6 for "deviation"), weather that does not vary.
    """
    lag = _check_prediction(yields, oblast, year_before, year_after, target, level)
    used = yields.loc[:year_after]
    aligned = _aligned(weather, used.index, "weather")
    if target == "change":
        aligned = aligned.diff(lag).iloc[lag:]
    return _regression_prediction(used, aligned, oblast, year_before, year_after, target, outcome, level)


def _aligned(table: pd.DataFrame, years: pd.Index, what: str) -> pd.DataFrame:
    """The rows of `table` for `years`; DataError unless all are there once, as finite numbers."""
    if not isinstance(table, pd.DataFrame) or not pd.api.types.is_integer_dtype(table.index):
        raise DataError(f"{what} must be a frame indexed by whole years (a Series: use .to_frame()).")
    if table.index.has_duplicates or table.columns.has_duplicates or table.shape[1] == 0:
        raise DataError(f"{what} must have each year and each column once, and at least one column.")
    missing = sorted(set(years) - set(table.index))
    if missing:
        raise DataError(f"{what} has no rows for {missing}; nothing is filled in: add them or cut the panel.")
    aligned = table.loc[years]
    values = aligned.to_numpy()
    if not np.issubdtype(values.dtype, np.number) or not np.isfinite(values).all():
        raise DataError(f"{what} holds values that are missing or not numbers in {years[0]}-{years[-1]}.")
    return aligned.astype(float)


# --- weather panel ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class WeatherPanel:
    """A fixed-effects regression of yield on weather.

    coefficients : one row per variable (and oblast): variable, oblast ("all" for a common slope), estimate,
        standard_error, t_statistic, p_value, lower, upper; in `unit` per unit of the variable.
    r_squared_within : share of the variance within oblasts that weather, trend and year effects fit.
    """

    coefficients: pd.DataFrame
    unit: str
    slopes: Literal["common", "oblast"]
    trend: Trend
    year_effects: bool
    cluster: Literal["oblast", "year"]
    clusters: int
    degrees_of_freedom: int
    observations: int
    parameters: int
    r_squared_within: float
    level: float


def weather_panel(
    yields: pd.DataFrame,
    weather: Mapping[str, pd.Series | pd.DataFrame],
    slopes: Literal["common", "oblast"] = "common",
    trend: Trend = "none",
    year_effects: bool = False,
    cluster: Literal["oblast", "year"] = "oblast",
    outcome: Outcome = "level",
    level: float = 0.95,
) -> WeatherPanel:
    """``y_it = a_i + sum_k b_k w_kit + trend + e_it``, with b common or by oblast; cluster-robust (CR1).

    ``V = c (X'X)^-1 (sum_g X_g' e_g e_g' X_g) (X'X)^-1``, ``c = G/(G-1) (N-1)/(N-K)``, t with G - 1 degrees
    of freedom; K counts all parameters, the oblast effects as one when they are nested in the clusters (as
    fixest).

    Which clusters: a national series has one value a year, so the oblasts' common shocks do not average out
    and clusters by oblast alone make it look far better known than it is (Moulton 1990): take
    ``cluster="year"``. Slopes by oblast cannot be clustered by oblast at all: each oblast's score is zero by
    its own normal equation. With seven clusters, clustered standard errors are too small in any case (Cameron
    and Miller 2015).

    Parameters
    ----------
    yields : years x oblasts, c/ha.
    weather : name -> Series by year (national, the same for all oblasts) or frame years x oblasts (local).
    trend : none, one common line, or one line for each oblast.
    year_effects : a constant for each year; leaves nothing for a national series to explain, only for a local
        one.

    Raises
    ------
    ParameterError : unknown choice, no weather, slopes by oblast clustered by oblast.
    AnalysisError : regressors that the effects or the trend absorb, too few observations, fewer than 3
        clusters.
    DataError : weather missing for a year or an oblast; see `check_panel`.
    """
    check_panel(yields, minimum_units=2)
    check_level(level)
    _check_choice("slopes", slopes, ("common", "oblast"))
    _check_choice("trend", trend, ("none", "common", "oblast"))
    _check_choice("cluster", cluster, ("oblast", "year"))
    if not weather:
        raise ParameterError("weather names no variable; give at least one Series or frame.")
    if slopes == "oblast" and cluster == "oblast":
        raise ParameterError(
            "slopes by oblast cannot be clustered by oblast: each cluster's score is zero and so would be the "
            "variance; use cluster='year' or slopes='common'."
        )
    n_years, n_oblasts = yields.shape
    y = outcome_values(yields, outcome).ravel()
    own = np.tile(np.eye(n_oblasts), (n_years, 1))
    time = np.repeat(np.arange(n_years) - (n_years - 1) / 2, n_oblasts)
    terms: list[tuple[str, str]] = []
    columns: list[np.ndarray] = []
    for name, series in weather.items():
        local = _local(series, yields, name).ravel()
        if slopes == "common":
            terms.append((name, "all"))
            columns.append(local[:, None])
        else:
            terms.extend((name, oblast) for oblast in yields.columns)
            columns.append(own * local[:, None])
    if trend == "common":
        columns.append(time[:, None])
    elif trend == "oblast":
        # Year effects absorb the mean of the lines: with them, one line less spans the same space.
        columns.append((own * time[:, None])[:, int(year_effects) :])
    if year_effects:
        columns.append(np.repeat(np.eye(n_years), n_oblasts, axis=0)[:, 1:])
    design = np.column_stack([*columns, own])
    groups = np.arange(len(y)) % n_oblasts if cluster == "oblast" else np.arange(len(y)) // n_oblasts
    clusters = int(groups[-1]) + 1
    if clusters < 3:
        raise AnalysisError(f"{clusters} clusters by {cluster}; a cluster-robust error needs at least 3.")
    try:
        fit = least_squares(design, y)
    except AnalysisError as error:
        raise AnalysisError(
            f"weather panel of {', '.join(weather)}: {error} (Year effects absorb a national series; a trend "
            "absorbs a series that is a straight line.)"
        ) from error
    observations, k = design.shape
    counted = k - (n_oblasts - 1 if cluster == "oblast" else 0)
    bread = fit.normalized_cov_params
    scores = np.zeros((clusters, k))
    np.add.at(scores, groups, design * fit.resid[:, None])
    factor = clusters / (clusters - 1) * (observations - 1) / (observations - counted)
    covariance = factor * bread @ (scores.T @ scores) @ bread
    estimate = fit.params[: len(terms)]
    error = np.sqrt(np.diag(covariance)[: len(terms)])
    if (error <= TOLERANCE).any():
        raise AnalysisError(f"the clusters by {cluster} leave no variance; cluster the other way or drop terms.")
    t = estimate / error
    margin = stats.t.ppf((1 + level) / 2, clusters - 1) * error
    table = pd.DataFrame(terms, columns=["variable", "oblast"]).assign(
        estimate=estimate,
        standard_error=error,
        t_statistic=t,
        p_value=2 * stats.t.sf(np.abs(t), clusters - 1),
        lower=estimate - margin,
        upper=estimate + margin,
    )
    within = y - own @ (own.T @ y) / n_years
    return WeatherPanel(
        coefficients=table,
        unit=OUTCOME_UNITS[outcome],
        slopes=slopes,
        trend=trend,
        year_effects=year_effects,
        cluster=cluster,
        clusters=clusters,
        degrees_of_freedom=clusters - 1,
        observations=observations,
        parameters=k,
        r_squared_within=1 - float(fit.resid @ fit.resid / (within @ within)),
        level=level,
    )


def _local(series: pd.Series | pd.DataFrame, yields: pd.DataFrame, name: str) -> np.ndarray:
    """Weather as years x oblasts, in the order of `yields`."""
    if isinstance(series, pd.Series):
        return np.repeat(_aligned(series.to_frame(), yields.index, name).to_numpy(), yields.shape[1], axis=1)
    aligned = _aligned(series, yields.index, name)
    missing = [oblast for oblast in yields.columns if oblast not in aligned.columns]
    if missing:
        raise DataError(f"{name} has no column for {missing}; nothing is filled in: add it or drop the oblast.")
    return aligned[list(yields.columns)].to_numpy()


# --- drought years ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class DroughtContrast:
    """Yields in the drought years against all other years of the panel, in `unit`.

    table : indexed by oblast, last row "mean of oblasts" (years permuted together, so that what oblasts share
        stays shared); drought_mean, other_mean, difference, p_two_sided, p_less (lower in drought years).
    exact : all `labellings` were gone through; otherwise they are that many random draws.
    smallest_p_value : the smallest p-value that this many years can give.
    """

    table: pd.DataFrame
    drought_years: tuple[int, ...]
    number_of_years: int
    unit: str
    detrended: bool
    exact: bool
    labellings: int
    smallest_p_value: float


def drought_contrast(
    yields: pd.DataFrame,
    drought_years: Sequence[int] = DROUGHT_YEARS,
    detrend: bool = False,
    outcome: Outcome = "level",
    seed: int = 0,
    draws: int = 99_999,
    maximum_labellings: int = MAXIMUM_LABELLINGS,
) -> DroughtContrast:
    """Mean of the drought years less the mean of the other years, with a permutation p-value over year
    labels.

    Every choice of as many years as there are drought years is gone through when there are at most
    `maximum_labellings`; the p-value is then the exact share at least as extreme, the real labels included.
    Otherwise `draws` random choices give ``(1 + extreme) / (1 + draws)`` (Phipson and Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9(1)) and `exact` is False.

    The test takes years as exchangeable: a trend breaks that. `detrend` takes each oblast's least squares
    line through all years off first (means are then of deviations; the p-value is exact only for exchangeable
    deviations). Years called droughts *because* yields were low would make any p-value worthless: name them
    from weather reports.

    Raises
    ------
    ParameterError : no, repeated or unknown drought years; seed or draws not whole numbers.
    AnalysisError : fewer than two other years, a constant oblast. DataError : see `check_panel`.
    """
    check_panel(yields, minimum_units=1)
    years = tuple(drought_years)
    if not years or len(set(years)) < len(years):
        raise ParameterError(f"drought_years {list(years)} must name at least one year, each once.")
    marked = np.array([check_year(yields, year, "drought year") for year in years])
    n, k = len(yields), len(years)
    if n - k < 2:
        raise AnalysisError(f"{n - k} year(s) are no drought years; a contrast needs at least 2 of them.")
    for name, number, least in (
        ("seed", seed, 0),
        ("draws", draws, 1),
        ("maximum_labellings", maximum_labellings, 0),
    ):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
            raise ParameterError(f"{name} must be a whole number of at least {least}, not {number!r}.")
    values = outcome_values(yields, outcome)
    if detrend:
        values = _movements(yields, "deviation", outcome, 1, int(yields.index[-1])).to_numpy()
    constant = np.ptp(values, axis=0) <= TOLERANCE
    if constant.any():
        raise AnalysisError(
            f"{yields.columns[constant][0]} does not vary{' around its trend' if detrend else ''}; leave it out."
        )
    values = np.column_stack([values, values.mean(axis=1)])
    total = values.sum(axis=0)
    labellings = comb(n, k)
    exact = labellings <= maximum_labellings
    if exact:
        chosen = np.fromiter(chain.from_iterable(combinations(range(n), k)), dtype=np.int16).reshape(-1, k)
    else:
        labellings = int(draws)
        generator = np.random.default_rng(seed)
        chosen = generator.random((draws, n)).argsort(axis=1, kind="stable")[:, :k]

    def contrast(sums: np.ndarray) -> np.ndarray:
        return sums / k - (total - sums) / (n - k)

    observed = contrast(values[marked].sum(axis=0))
    # Summed one label at a time: labellings x oblasts in memory rather than labellings x labels x oblasts.
    permuted = contrast(sum(values[chosen[:, place]] for place in range(k)))
    two_sided = (np.abs(permuted) >= np.abs(observed) - TOLERANCE).sum(axis=0)
    less = (permuted <= observed + TOLERANCE).sum(axis=0)
    added = 0 if exact else 1
    drought_mean = values[marked].mean(axis=0)
    table = pd.DataFrame(
        {
            "drought_mean": drought_mean,
            "other_mean": drought_mean - observed,
            "difference": observed,
            "p_two_sided": (two_sided + added) / (labellings + added),
            "p_less": (less + added) / (labellings + added),
        },
        index=pd.Index([*yields.columns, MEAN_OF_OBLASTS], name="oblast"),
    )
    return DroughtContrast(
        table=table,
        drought_years=years,
        number_of_years=n,
        unit=OUTCOME_UNITS[outcome],
        detrended=detrend,
        exact=exact,
        labellings=labellings,
        smallest_p_value=1 / (labellings + added),
    )


# --- a place for local weather ------------------------------------------------------------------------------

MONTHLY_COLUMNS = ("oblast", "year", "month", "variable", "value", "unit")


def check_monthly(monthly: pd.DataFrame) -> None:
    """Refuse a tidy frame of monthly weather that is not complete and unambiguous.

    One row per oblast, year, month (1-12) and variable, with value and unit; variables and their units as in
    `MONTHLY_VARIABLES`. A year that is there for a variable has all its twelve months.

    Raises
    ------
    DataError : columns or rows missing, an unknown variable, a unit that is not the variable's, years or
        months not whole, a month outside 1-12, a value that is missing or not a number, negative
        precipitation, a repeated month, a year without all twelve months.
    """
    if not isinstance(monthly, pd.DataFrame):
        raise DataError(f"monthly weather must be a tidy frame, not {type(monthly).__name__}.")
    missing = [name for name in MONTHLY_COLUMNS if name not in monthly.columns]
    if missing:
        raise DataError(f"monthly weather lacks the columns {missing}; it needs {', '.join(MONTHLY_COLUMNS)}.")
    if monthly.empty:
        raise DataError("monthly weather has no rows.")
    for name in ("oblast", "variable", "unit"):
        if monthly[name].isna().any():
            raise DataError(f"monthly weather has {int(monthly[name].isna().sum())} row(s) without {name}.")
    for name in ("year", "month"):
        if not pd.api.types.is_integer_dtype(monthly[name]) or monthly[name].isna().any():
            raise DataError(f"{name} must be whole numbers without gaps, not {monthly[name].dtype}.")
    outside = sorted(set(monthly["month"]) - set(range(1, 13)))
    if outside:
        raise DataError(f"months must be 1 to 12; found {outside}.")
    unknown = sorted(set(monthly["variable"]) - set(MONTHLY_VARIABLES))
    if unknown:
        raise DataError(
            f"unknown variable(s) {unknown}; known: {', '.join(MONTHLY_VARIABLES)}. "
            "Add it to MONTHLY_VARIABLES with its unit and how months make a season."
        )
    for variable, units in monthly.groupby("variable")["unit"].unique().items():
        expected = MONTHLY_VARIABLES[variable][0]
        wrong = sorted(set(units) - {expected})
        if wrong:
            raise DataError(f"{variable} must be in {expected}; found {wrong}: convert it before it comes here.")
    if not pd.api.types.is_numeric_dtype(monthly["value"]) or not np.isfinite(monthly["value"].astype(float)).all():
        raise DataError("monthly weather holds values that are missing or not numbers; nothing is filled in.")
    if ((monthly["variable"] == "precipitation") & (monthly["value"] < 0)).any():
        raise DataError("precipitation must not be negative.")
    key = ["oblast", "year", "month", "variable"]
    repeated = monthly.duplicated(key)
    if repeated.any():
        raise DataError(f"{int(repeated.sum())} repeated month(s), the first {_row(monthly.loc[repeated, key])}.")
    counts = monthly.groupby(["oblast", "year", "variable"])["month"].count()
    if (counts != 12).any():
        short = counts[counts != 12]
        raise DataError(
            f"{len(short)} year(s) without all twelve months, the first {short.index[0]} with {short.iloc[0]}."
        )


def _row(rows: pd.DataFrame) -> str:
    return ", ".join(f"{name} {value}" for name, value in rows.iloc[0].items())


def growing_season(monthly: pd.DataFrame, months: Sequence[int] = GROWING_SEASON) -> pd.DataFrame:
    """Season values from monthly weather by oblast: the mean of the months, or their sum for precipitation.

    Parameters
    ----------
    monthly : tidy, see `check_monthly`: oblast, year, month, variable, value, unit.
    months : of one calendar year, 1-12; a season that begins in the autumn before is not made here. Months
        count alike in a mean, whatever their number of days.

    Returns
    -------
    One row per oblast, year and variable, sorted: oblast, year, variable, value, unit, statistic ("mean",
    "sum").

    Raises
    ------
    DataError : see `check_monthly`. ParameterError : months empty, repeated or outside 1-12.
    """
    check_monthly(monthly)
    chosen = list(months)
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(range(1, 13)):
        raise ParameterError(f"months must be some of 1 to 12, each once, not {chosen}.")
    season = (
        monthly[monthly["month"].isin(chosen)]
        .groupby(["oblast", "year", "variable"], as_index=False)["value"]
        .agg(["mean", "sum"])
    )
    statistic = season["variable"].map({name: how for name, (_, how) in MONTHLY_VARIABLES.items()})
    return season.assign(
        value=np.where(statistic == "sum", season["sum"], season["mean"]),
        unit=season["variable"].map({name: unit for name, (unit, _) in MONTHLY_VARIABLES.items()}),
        statistic=statistic,
    )[["oblast", "year", "variable", "value", "unit", "statistic"]]


def season_of_oblast(season: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """One oblast's seasons as years x variables, the `weather` of `weather_prediction`.

    Raises DataError if a variable lacks a year that another has, ParameterError for an oblast without rows.
    """
    _check_season(season)
    rows = season[season["oblast"] == oblast]
    if rows.empty:
        raise ParameterError(
            "no seasons for {oblast}; there are of: {oblasts}.",
            oblast=oblast,
            oblasts=", ".join(sorted(set(season["oblast"]))),
        )
    table = rows.pivot(index="year", columns="variable", values="value")
    _refuse_gaps(table, f"seasons of {oblast}")
    return table


def season_panel(season: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All seasons as variable -> years x oblasts, the `weather` of `weather_panel`.

    Raises DataError if an oblast lacks a year of a variable that another has.
    """
    _check_season(season)
    tables = {}
    for variable, rows in season.groupby("variable"):
        tables[variable] = rows.pivot(index="year", columns="oblast", values="value")
        _refuse_gaps(tables[variable], f"seasons of {variable}")
    return tables


def _check_season(season: pd.DataFrame) -> None:
    key = ["oblast", "year", "variable"]
    if not isinstance(season, pd.DataFrame) or not {*key, "value"} <= set(season.columns):
        raise DataError("season must be the frame that growing_season returns.")
    if season.duplicated(key).any():
        raise DataError("season has an oblast, year and variable more than once; it must come from one growing_season.")


def _refuse_gaps(table: pd.DataFrame, what: str) -> None:
    gaps = table.isna()
    if gaps.to_numpy().any():
        column = gaps.any()[gaps.any()].index[0]
        raise DataError(
            f"{what}: {column} lacks {table.index[gaps[column]].tolist()}, which others have; nothing is filled in."
        )


# --- what the report shows ----------------------------------------------------------------------------------


def common_part(
    yields: pd.DataFrame, oblast: str, year_before: int, year_after: int
) -> tuple[dict[str, float | None], str]:
    """The results on the change and on what the other oblasts' movement leads to expect of it, and why there is none.

    As the report `other_oblasts` works it out (`own_response`): the weather that oblasts share is in it, and much else.
    """
    names = ["predicted_part", "predicted_low", "predicted_high"]
    change = {"change": yields.loc[year_after, oblast] - yields.loc[year_before, oblast]}
    try:
        found = own_response(yields, oblast, year_before, year_after)
    except AnalysisError as error:
        return change | dict.fromkeys(names), str(error)
    return change | dict(zip(names, [found.expected, found.expected_low, found.expected_high], strict=True)), ""


def national_anomaly(exposures: pd.DataFrame) -> pd.Series:
    """The temperature anomaly of the country by year, degrees C."""
    rows = exposures[exposures["indicator"] == "temperature_anomaly"]
    return pd.Series(rows["value"].to_numpy(), index=rows["year"].astype(int).rename("year"), name="anomaly")


def temperature_slopes(yields: pd.DataFrame, anomaly: pd.Series) -> pd.DataFrame:
    """Slopes of yield on the national temperature, for each oblast and common to all, with and without trends.

    Parameters
    ----------
    yields, anomaly
        Years x oblasts, c/ha; by year, degrees C. Only years with both count; temperatures may end first.

    Returns
    -------
    DataFrame with `oblast` ("all" for the common slope), `trend` ("none", "oblast"), `estimate`, `standard_error`,
    `lower`, `upper` (c/ha per degree C) and `p_value`, clustered by year.
    """
    measured = yields.loc[yields.index.intersection(anomaly.index)]
    fits = [
        weather_panel(measured, {"temperature": anomaly}, kind, trend, cluster="year").coefficients.assign(trend=trend)
        for kind in ("oblast", "common")
        for trend in ("none", "oblast")
    ]
    columns = ["oblast", "trend", "estimate", "standard_error", "lower", "upper", "p_value"]
    return pd.concat(fits, ignore_index=True)[columns]


def temperature_summary(
    yields: pd.DataFrame, anomaly: pd.Series, slopes: pd.DataFrame, oblast: str
) -> dict[str, float | int]:
    """The results on the slopes of one oblast, and the first and last year with both a yield and a temperature."""
    measured = yields.index.intersection(anomaly.index)
    own = slopes[slopes["oblast"] == oblast].set_index("trend")
    return {
        "temperature_first_year": int(measured[0]),
        "temperature_last_year": int(measured[-1]),
        "temperature_slope": own.loc["none", "estimate"],
        "temperature_slope_p": own.loc["none", "p_value"],
        "temperature_slope_with_trend": own.loc["oblast", "estimate"],
        "temperature_slope_with_trend_p": own.loc["oblast", "p_value"],
    }


def temperature_part(
    yields: pd.DataFrame, anomaly: pd.Series, oblast: str, year_before: int, year_after: int
) -> tuple[dict[str, float | None], str]:
    """The results on the part of a change that the change of temperature predicts, or why there are none."""
    names = ("temperature_part", "temperature_part_low", "temperature_part_high")
    measured = yields.loc[yields.index.intersection(anomaly.index)]
    lacking = [str(year) for year in (year_before, year_after) if year not in measured.index]
    if lacking:
        return dict.fromkeys(names), reason("no temperature of {years}", years=", ".join(lacking))
    try:
        found = weather_prediction(measured, anomaly.to_frame("temperature"), oblast, year_before, year_after)
    except AnalysisError as error:
        return dict.fromkeys(names), str(error)
    return dict(zip(names, (found.predicted, found.predicted_lower, found.predicted_upper), strict=True)), ""


def temperatures_and_slopes(anomaly: pd.Series, slopes: pd.DataFrame) -> pd.DataFrame:
    """What the picture of the temperature shows, in one frame: `part` is "anomaly" (by `year`, in `estimate`) or
    "slope"."""
    by_year = pd.DataFrame({"part": "anomaly", "year": anomaly.index, "estimate": anomaly.to_numpy()})
    table = pd.concat([by_year, slopes.assign(part="slope")], ignore_index=True)
    return table.astype({"year": "Int64"})[["part", "year", *slopes.columns]]


def slopes_wide(slopes: pd.DataFrame) -> pd.DataFrame:
    """Slopes as `temperature_slopes` gives them, one row for each oblast; columns of those beside a trend end in
    `_trend`."""
    plain, beside = (slopes[slopes["trend"] == trend] for trend in ("none", "oblast"))
    return plain.merge(beside, on="oblast", suffixes=("", "_trend"))


def drought_contrasts(yields: pd.DataFrame, drought_years: Sequence[int], seed: int) -> pd.DataFrame:
    """The contrast of the named years with all others, for yields and with trends taken off; see `drought_contrast`.

    Returns
    -------
    DataFrame with `oblast` ("mean of oblasts" last), `detrended` (0 or 1), `drought_mean`, `other_mean`, `difference`
    (c/ha), `p_two_sided`, `p_less`, and `labellings`: how many choices of years were compared.
    """
    found = [drought_contrast(yields, drought_years, detrend, seed=seed) for detrend in (False, True)]
    tables = [c.table.reset_index().assign(detrended=int(c.detrended), labellings=c.labellings) for c in found]
    return pd.concat(tables, ignore_index=True)


def drought_summary(contrasts: pd.DataFrame, oblast: str) -> dict[str, float | int]:
    """The results on the named years: of one oblast and of the mean of all, each for yields and without trends."""
    rows = contrasts.set_index(["oblast", "detrended"])
    found: dict[str, float | int] = {"labellings": int(contrasts["labellings"].iloc[0])}
    for detrended, name in enumerate(("drought_difference", "drought_difference_detrended")):
        for area, suffix in ((oblast, ""), (MEAN_OF_OBLASTS, "_all")):
            found[f"{name}{suffix}"] = rows.loc[(area, detrended), "difference"]
            found[f"{name}{suffix}_p"] = rows.loc[(area, detrended), "p_two_sided"]
    return found


def contrasts_wide(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Contrasts as `drought_contrasts` gives them, one row for each oblast; columns of those without trends end in
    `_off`."""
    plain, off = (contrasts[contrasts["detrended"] == detrended] for detrended in (0, 1))
    return plain.merge(off, on="oblast", suffixes=("", "_off"))
