"""Does the one weather station of the data go with the yields? Seasons at Chatkal beside yields, trends taken off.

A station in a mountain valley can show whether the oblasts' yields went with rain and warmth there. It cannot show that
they did not go with the weather of their own fields. Input: what `data.weather_source.station_weather` gives, and
`yields`, wide (years x oblasts, c/ha).
"""

import numpy as np
import pandas as pd

from pipeline.errors import AnalysisError
from pipeline.methods.regression import least_squares
from pipeline.studies.weather.analysis import GROWING_SEASON

FIRST_YEAR = 1999
"""Before it the station's record is almost empty for six years."""
VARIABLES = ("precipitation", "temperature")
PERIODS = 3  # ten-day periods of a month


def seasons(weather: pd.DataFrame, first_year: int = FIRST_YEAR) -> pd.DataFrame:
    """April to July at the station, years x `precipitation` (sum, mm) and `temperature` (mean, degrees C).

    A year counts only if every ten-day period of the season has both; nothing is filled in.

    Raises
    ------
    AnalysisError
        If no year is complete.
    """
    season = weather[weather["date"].dt.month.isin(GROWING_SEASON) & (weather["date"].dt.year >= first_year)]
    by_year = season.groupby([season["date"].dt.year.rename("year"), "variable"])["value"].agg(["count", "sum", "mean"])
    whole = by_year[by_year["count"] == PERIODS * len(GROWING_SEASON)].unstack()
    if whole.empty:
        raise AnalysisError(f"The station has no whole season from {first_year} on; take an earlier year.")
    table = pd.DataFrame({"precipitation": whole["sum"]["precipitation"], "temperature": whole["mean"]["temperature"]})
    return table.dropna()


def _off_trend(values: pd.Series) -> np.ndarray:
    """Residuals of a straight line in the year; its index."""
    years = values.index.to_numpy(dtype=float)
    return least_squares(np.column_stack([np.ones(len(years)), years - years.mean()]), values.to_numpy()).resid


def off_trend(yields: pd.DataFrame, season: pd.DataFrame, oblast: str) -> pd.DataFrame:
    """`year`, `variable`, `season` (value less its own line in the year) and `yield` (likewise), for a picture."""
    years = season.index.intersection(yields.index)
    own = _off_trend(yields.loc[years, oblast])
    parts = [
        pd.DataFrame({"year": years, "variable": name, "season": _off_trend(season.loc[years, name]), "yield": own})
        for name in VARIABLES
    ]
    return pd.concat(parts, ignore_index=True)


def slopes(yields: pd.DataFrame, season: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Of every oblast the slope of its yield on the station's season beside a straight line in the year.

    ``y_t = a + c t + b w_t + e_t`` for one variable w at a time, by least squares; by Frisch, Waugh and Lovell b is
    the slope through what `off_trend` gives.

    Returns
    -------
    DataFrame
        `oblast`, `variable`, `estimate` (c/ha per 10 mm, or per degree C), `lower`, `upper`, `p_value` (two-sided t).

    Raises
    ------
    AnalysisError
        With fewer years than the line and its error need.
    """
    years = season.index.intersection(yields.index)
    time = years.to_numpy(dtype=float)
    rows = []
    for oblast in yields:
        for name in VARIABLES:
            measured = season.loc[years, name].to_numpy() / (10 if name == "precipitation" else 1)
            fit = least_squares(
                np.column_stack([np.ones(len(years)), time - time.mean(), measured]),
                yields.loc[years, oblast].to_numpy(),
            )
            low, high = fit.conf_int(1 - level)[2]
            rows.append((oblast, name, fit.params[2], low, high, fit.pvalues[2]))
    return pd.DataFrame(rows, columns=["oblast", "variable", "estimate", "lower", "upper", "p_value"])


def summary(yields: pd.DataFrame, season: pd.DataFrame, oblast: str) -> dict[str, float | int]:
    """Results of the report on the station: its years, the oblast's slopes, how many of all are unlike zero at 5 %."""
    table = slopes(yields, season)
    years = season.index.intersection(yields.index)
    found: dict[str, float | int] = {
        "station_years": len(years),
        "station_first_year": int(years[0]),
        "station_last_year": int(years[-1]),
        "station_slopes": len(table),
        "station_slopes_unlike_zero": int((table["p_value"] < 0.05).sum()),
    }
    for name, short in zip(VARIABLES, ("rain", "warmth"), strict=True):
        own = table[(table["oblast"] == oblast) & (table["variable"] == name)].iloc[0]
        found |= {
            f"station_{short}": own["estimate"],
            f"station_{short}_low": own["lower"],
            f"station_{short}_high": own["upper"],
            f"station_{short}_p": own["p_value"],
        }
    return found
