"""Local weather: from the card template and a small made series to what the notebook reads."""

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from pipeline.data.cards import read_card, record
from pipeline.data.panel import load_exposures
from pipeline.data.weather_source import COLUMNS, INDICATOR, TABLE, monthly_weather, sources_in, station_weather
from pipeline.errors import DataError, UnknownNameError
from pipeline.paths import DATA
from pipeline.studies.weather.analysis import MONTHLY_VARIABLES, check_monthly, growing_season

TEMPLATE = DATA / "templates" / "local_weather"
UNITS = {"temperature": "degrees_c", "precipitation": "mm"}


def made(oblasts=("Jalal-Abad", "Чүй облусу"), years=(2023, 2024), seed=1) -> pd.DataFrame:
    """A made series, as a student would bring it; no weather of any place."""
    generator = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([oblasts, years, range(1, 13), UNITS], names=COLUMNS[:4])
    frame = index.to_frame(index=False)
    frame["value"] = np.where(
        frame["variable"] == "temperature",
        (generator.normal(10, 8, len(frame))).round(1),
        generator.gamma(2, 20, len(frame)).round(1),
    )
    return frame.assign(unit=frame["variable"].map(UNITS))


def add(project, frame, source="local_weather"):
    """The steps of the template's page: copy the card, put the table beside it, record it."""
    folder = project.raw / source
    folder.mkdir()
    shutil.copyfile(TEMPLATE / "source.yml", folder / "source.yml")
    project.edit(folder / "source.yml", "id: local_weather\n", f"id: {source}\n")
    frame.to_csv(folder / TABLE, index=False, encoding="utf-8", lineterminator="\n")
    record(source, project.raw)


@pytest.fixture
def with_weather(project, built):
    """The project with local weather in it, up to the table of exposures."""

    def build(frame, **options):
        add(project, frame, **options)
        shutil.copytree(built.interim, project.interim)
        project.ingest("context")
        project.harmonise()
        return load_exposures(project.exposures)

    return build


def test_the_data_hold_no_local_weather_and_that_is_a_frame_without_rows(exposures, built):
    found = monthly_weather(exposures)
    assert list(found.columns) == list(COLUMNS) and found.empty
    assert sources_in(built.interim) == []


def test_a_made_series_comes_through_card_and_exposures_as_it_was(with_weather):
    frame = made()
    found = monthly_weather(with_weather(frame))
    expected = frame.replace({"Чүй облусу": "Chui"}).sort_values(["oblast", "year", "month", "variable"])
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_dtype=False)
    check_monthly(found)
    seasons = growing_season(found)
    own = expected.query("oblast == 'Chui' and year == 2024 and month in (4, 5, 6, 7)")
    rain = own.loc[own["variable"] == "precipitation", "value"].sum()
    warmth = own.loc[own["variable"] == "temperature", "value"].mean()
    chui = seasons.query("oblast == 'Chui' and year == 2024").set_index("variable")["value"]
    assert chui["precipitation"] == pytest.approx(rain) and chui["temperature"] == pytest.approx(warmth)


def test_the_other_exposures_stay_as_they_were(with_weather, exposures):
    found = with_weather(made())
    rest = found[~found["source"].str.startswith("local_weather")].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, exposures)


def test_two_producers_have_two_folders(project, with_weather):
    frame = made()
    add(project, frame[frame["variable"] == "temperature"], "local_weather_stations")
    rain = frame[frame["variable"] == "precipitation"]
    found = monthly_weather(with_weather(rain, source="local_weather_satellite"))
    assert len(found) == len(frame)
    check_monthly(found)


def test_an_edited_table_stops_the_run(project):
    add(project, made())
    path = project.raw / "local_weather" / TABLE
    path.write_text(path.read_text(encoding="utf-8").replace("2024", "2025"), encoding="utf-8", newline="\n")
    with pytest.raises(DataError, match=r"monthly_weather\.csv is not the file its card describes"):
        project.ingest("context")


@pytest.mark.parametrize(
    "frame, message",
    [
        (made(oblasts=["Jallalabat"]), r"local_weather/monthly_weather\.csv, line .*Unknown oblast 'Jallalabat'"),
        (made().assign(unit="inches"), "local_weather.*Unknown unit 'inches'"),
    ],
)
def test_an_unknown_name_or_unit_is_named(with_weather, frame, message):
    with pytest.raises(UnknownNameError, match=message):
        with_weather(frame)


def test_a_month_that_is_none_is_refused(exposures):
    row = exposures.iloc[[0]].assign(source="local_weather", as_of="2024-04-15")
    with pytest.raises(DataError, match="the month is '2024-04-15', expected it as in 2024-04"):
        monthly_weather(row)


def test_the_template_is_a_card_for_the_documented_format(tmp_path):
    (tmp_path / "local_weather").mkdir()
    shutil.copyfile(TEMPLATE / "source.yml", tmp_path / "local_weather" / "source.yml")
    card = read_card("local_weather", tmp_path)
    assert list(card.tables[TABLE].columns) == list(COLUMNS)
    page = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    for word in (*COLUMNS, *MONTHLY_VARIABLES, *(unit for unit, _ in MONTHLY_VARIABLES.values())):
        assert f"`{word}`" in page, word
    given = yaml.safe_load((TEMPLATE / "source.yml").read_text(encoding="utf-8"))
    assert "«" in given["producer"] and "«" in given["licence"]["name"]  # nobody's data until somebody writes it
    assert INDICATOR == "monthly_"


def test_the_station_keeps_its_figures_and_leaves_out_what_was_not_recorded(exposures):
    found = station_weather(exposures)
    assert set(found["variable"]) == {"temperature", "precipitation"}
    january = found[(found["date"] == "1985-01-31") & (found["variable"] == "precipitation")]
    assert january["value"].tolist() == [10] and january["unit"].tolist() == ["mm"]
    by_year = found.groupby([found["date"].dt.year, "variable"]).size().unstack(fill_value=0)
    assert (by_year.loc[1999] == 36).all() and 1996 not in by_year.index
    assert by_year.loc[2008, "precipitation"] == 19 and by_year.loc[2012, "temperature"] == 29


def test_the_station_is_weather_of_its_raion_never_of_an_oblast(exposures):
    rows = exposures[exposures["source"] == "chatkal_station"]
    assert set(rows["area"]) == {"Chatkal raion"} and set(rows["area_level"]) == {"raion"}
    assert monthly_weather(exposures).empty


def test_without_the_station_one_is_told_what_to_do(exposures):
    with pytest.raises(DataError, match="pipeline harmonise"):
        station_weather(exposures[exposures["source"] != "chatkal_station"])
