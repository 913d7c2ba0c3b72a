"""Local weather: the place where monthly series by oblast come in, and the one station that there is.

No source of weather by oblast is in the data. `data/templates/local_weather/README.md` says how one is added: a table
`monthly_weather.csv` with its card in `data/raw/local_weather/`. From there it goes the way of every source: it is
checked against its card and ingested, its names and units are resolved, and its figures stand in the table of
exposures, one row per oblast, month and variable. `monthly_weather` gives them back as analyses take them.

What is in the data is one station, Chatkal, by ten-day periods with gaps. It is the weather of one valley and stands
under its raion, so no analysis takes it for an oblast's; `station_weather` gives it back.
"""

from pathlib import Path

import pandas as pd

from pipeline.errors import DataError

SOURCE = "local_weather"
"""Name of the source; several producers take names that begin with it, such as `local_weather_stations`."""
GROUP = "context"
TABLE = "monthly_weather.csv"
INDICATOR = "monthly_"
"""Begins the name of the indicator; the variable follows: `monthly_temperature`, `monthly_precipitation`."""
STATION = "chatkal_station"
STATION_RAION = "Chatkal raion"
STATION_INDICATOR = "ten_day_"
"""Begins the name of the indicator: `ten_day_temperature` (mean), `ten_day_precipitation` (sum)."""
COLUMNS = ("oblast", "year", "month", "variable", "value", "unit")


def sources_in(interim: Path) -> list[str]:
    """The ingested sources of local weather, in the order of their names; empty as long as there is none."""
    return sorted(folder.name for folder in (interim / GROUP).glob(f"{SOURCE}*") if (folder / TABLE).is_file())


def monthly_weather(exposures: pd.DataFrame) -> pd.DataFrame:
    """Monthly weather by oblast, tidy and sorted: oblast, year, month, variable, value, unit.

    The input of `analysis.weather.growing_season`, which refuses what is incomplete. Without a source of local weather
    the frame has its columns and no rows.

    Raises
    ------
    DataError
        If a month is not written as in 2024-04.
    """
    rows = exposures[exposures["source"].str.startswith(SOURCE)]
    month = rows["as_of"].str.extract(r"^\d{4}-(\d{2})$")[0]
    if month.isna().any():
        wrong = rows[month.isna()].iloc[0]
        raise DataError(f"{wrong['figure_id']}: the month is {wrong['as_of']!r}, expected it as in 2024-04.")
    tidy = pd.DataFrame(
        {
            "oblast": rows["area"],
            "year": rows["year"].astype(int),
            "month": month.astype(int),
            "variable": rows["indicator"].str.removeprefix(INDICATOR),
            "value": rows["value"].astype(float),
            "unit": rows["unit"],
        }
    )
    return tidy.sort_values(["oblast", "year", "month", "variable"], ignore_index=True)[list(COLUMNS)]


def station_weather(exposures: pd.DataFrame) -> pd.DataFrame:
    """Weather of the station Chatkal by ten-day period, sorted: date (last day), variable, value, unit.

    Only periods with a record; temperature is a mean in degrees_c, precipitation a sum in mm.

    Raises
    ------
    DataError
        If the exposures hold no figure of the station.
    """
    rows = exposures[exposures["source"] == STATION]
    if rows.empty:
        raise DataError(f"The exposures hold no figure of {STATION}. Run `python -m pipeline harmonise`.")
    tidy = pd.DataFrame(
        {
            "date": pd.to_datetime(rows["as_of"]),
            "variable": rows["indicator"].str.removeprefix(STATION_INDICATOR),
            "value": rows["value"].astype(float),
            "unit": rows["unit"],
        }
    )
    return tidy.sort_values(["variable", "date"], ignore_index=True)
