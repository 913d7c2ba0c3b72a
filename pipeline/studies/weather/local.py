"""How much of a change does an oblast's own weather predict? Used once monthly series by oblast are there.

Input: `yields`, a wide frame (index: consecutive years, columns: oblasts, values: yield in c/ha), and `monthly`, tidy
monthly weather by oblast as `analysis.weather.check_monthly` describes it. Two regressions: the oblast's own yearly
changes on the changes of its own growing seasons, in the years before the one that is predicted; and all oblasts
together with oblast and year effects, where only what differs between oblasts within a year can tell.

References
----------
Schlenker and Roberts (2009), Proceedings of the National Academy of Sciences 106(37) (yields and weather).
Dell, Jones and Olken (2014), Journal of Economic Literature 52(3) (weather panels with year effects).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.errors import AnalysisError, ParameterError
from pipeline.methods.panels import check_panel, check_unit
from pipeline.studies.weather.analysis import (
    GROWING_SEASON,
    Prediction,
    WeatherPanel,
    growing_season,
    season_of_oblast,
    season_panel,
    weather_panel,
    weather_prediction,
)
from pipeline.text.fill import reason

MINIMUM_OBLASTS = 3


@dataclass(frozen=True, eq=False)
class LocalWeather:
    """What local weather predicts.

    prediction : the oblast's change from year_before to year_after by its own seasons; c/ha.
    panel : slopes common to all oblasts with year effects and a trend for each; None with weather for fewer than
        `MINIMUM_OBLASTS` oblasts.
    years : first and last year with both a yield and weather; oblasts : those with weather.
    """

    prediction: Prediction
    panel: WeatherPanel | None
    years: tuple[int, int]
    oblasts: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """All slopes: model ("oblast" or "panel"), variable, estimate, standard_error; c/ha per unit."""
        own = self.prediction.coefficients.loc[list(self.prediction.regressors)].rename_axis("variable").reset_index()
        parts = [own.assign(model="oblast")]
        if self.panel is not None:
            parts.append(self.panel.coefficients.assign(model="panel"))
        return pd.concat(parts, ignore_index=True)[["model", "variable", "estimate", "standard_error"]]


def local_weather(
    yields: pd.DataFrame,
    monthly: pd.DataFrame,
    oblast: str,
    year_before: int,
    year_after: int,
    months: Sequence[int] = GROWING_SEASON,
    level: float = 0.95,
) -> LocalWeather:
    """The part of an oblast's change that its own growing seasons predict, and the slopes of all oblasts together.

    ``d_t = a + sum_k b_k dw_kt + e_t`` is fitted on the years before year_after (see `weather_prediction`), and
    ``y_it = a_i + g_t + c_i t + sum_k b_k w_kit + e_it`` on all years, clustered by oblast (see `weather_panel`). Only
    years with both a yield and weather are used; nothing is filled in.

    Raises
    ------
    DataError : see `check_monthly`; an oblast or a variable without a year that others have; years not consecutive.
    ParameterError : an oblast without yields or weather, a year of the pair without weather.
    AnalysisError : too few earlier years, seasons that do not vary, no year with both a yield and weather.
    """
    check_panel(yields, minimum_units=1)
    check_unit(yields, oblast)
    season = growing_season(monthly, months)
    own = season_of_oblast(season, oblast)
    used = yields.loc[yields.index.isin(own.index)]
    if len(used) < 2:
        raise AnalysisError(
            "{number} year(s) with both a yield and weather of {oblast}; add years.", number=len(used), oblast=oblast
        )
    prediction = weather_prediction(used, own, oblast, year_before, year_after, level=level)
    tables = season_panel(season)
    known = tuple(name for name in used.columns if all(name in table for table in tables.values()))
    panel = None
    if len(known) >= MINIMUM_OBLASTS:
        panel = weather_panel(used[list(known)], tables, trend="oblast", year_effects=True, level=level)
    return LocalWeather(prediction, panel, (int(used.index[0]), int(used.index[-1])), known)


SLOPE_COLUMNS = ("model", "variable", "estimate", "standard_error")
PART = ("local_weather_part", "local_weather_part_low", "local_weather_part_high")


def local_part(
    yields: pd.DataFrame, monthly: pd.DataFrame, oblast: str, year_before: int, year_after: int
) -> tuple[dict[str, float | None], pd.DataFrame, str]:
    """The results on the part of a change that local weather predicts, the slopes behind it, or why there are none.

    Returns
    -------
    dict, DataFrame, str
        The results, each None where it cannot be done; slopes as `LocalWeather.table` gives them, empty then; the
        reason, empty where it can be done.
    """
    why = reason("no local weather is in the data")
    if not monthly.empty:
        try:
            found = local_weather(yields, monthly, oblast, year_before, year_after)
            p = found.prediction
            return dict(zip(PART, (p.predicted, p.predicted_lower, p.predicted_upper), strict=True)), found.table(), ""
        except (AnalysisError, ParameterError) as error:
            why = str(error)
    return dict.fromkeys(PART), pd.DataFrame(columns=list(SLOPE_COLUMNS)), why
