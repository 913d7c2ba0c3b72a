"""The figures of `weather` show the numbers they were given; the notebook runs where parts of it are impossible, and
with local weather in the data."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.studies.weather import analysis, figures
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from tests.cells import run_cells
from tests.exhibits.shown import in_languages, marking, published, study, texts, unreadable, untranslated

t = Catalogue("en")
PAIRS = [("Jalal-Abad", 2023, 2024), ("Chui", 2023, 2024), ("Naryn", 2010, 2011), ("Talas", 2022, 2025)]
DROUGHT = [2021, 2023, 2025]


@pytest.fixture(scope="module")
def yields(real_panel):
    return yields_by_oblast(real_panel, "wheat")


@pytest.fixture(scope="module")
def anomaly(real_exposures):
    return analysis.national_anomaly(real_exposures)


def chosen(oblast="Jalal-Abad", before=2023, after=2024):
    return study("weather", oblast=oblast, year_before=before, year_after=after)


def temperatures(yields, anomaly):
    return analysis.temperatures_and_slopes(anomaly, analysis.temperature_slopes(yields, anomaly))


@pytest.fixture(scope="module", params=PAIRS, ids=str)
def draw(request, yields, anomaly):
    """All figures of a pair of years in the language of a catalogue; what they show is worked out once."""
    oblast, before, after = request.param
    slopes = published("weather", "temperature", temperatures(yields, anomaly))
    contrasts = published("weather", "drought", analysis.drought_contrasts(yields, DROUGHT, 1))
    values = {"change": Value(round(yields.loc[after, oblast] - yields.loc[before, oblast], 1), decimals=1)}

    def drawn(t):
        by = chosen(*request.param)
        return {
            "temperature": figures.temperature(slopes, by, values, t),
            "drought": figures.drought(contrasts, by, values, t),
        }

    return drawn


def test_slopes_and_anomalies_are_the_given_ones(yields, anomaly):
    table = temperatures(yields, anomaly)
    slopes = table[table["part"] == "slope"]
    left, right = figures.temperature(table, chosen("Osh"), {}, t).axes
    assert list(left.get_lines()[1].get_ydata()) == anomaly.tolist()
    assert list(left.get_lines()[2].get_ydata()) == anomaly.loc[[2023, 2024]].tolist()
    for trend, marker in (("none", "o"), ("oblast", "D")):
        points = sorted(line.get_xdata()[0] for line in right.get_lines() if line.get_marker() == marker)
        assert points == pytest.approx(sorted(slopes.loc[slopes["trend"] == trend, "estimate"]))
    names = [label.get_text() for label in right.get_yticklabels()]
    osh = slopes.query("oblast == 'Osh' and trend == 'none'")["estimate"].item()
    offsets = [line.get_ydata()[0] for line in right.get_lines() if osh in line.get_xdata()]
    assert offsets == [pytest.approx(names.index("Osh") + 0.16)]


def test_drought_marks_and_p_values_are_the_contrast(yields):
    table = analysis.drought_contrasts(yields, DROUGHT, 1)
    axes = figures.drought(table, chosen(), {}, t).axes[0]
    for detrended, marker in ((0, "o"), (1, "D")):
        points = sorted(line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == marker)
        assert points == pytest.approx(sorted(table.loc[table["detrended"] == detrended, "difference"]))
    assert {"0.734", "0.138"} <= set(texts(axes.figure))


def test_every_text_can_be_translated(draw):
    for name, figure in draw(marking()).items():
        assert untranslated(figure) == [], name


@pytest.mark.parametrize("draw, language", in_languages([(pair,) for pair in PAIRS]), indirect=["draw"])
def test_no_label_covers_another_or_is_cut(draw, language):
    t = Catalogue(language, "weather")
    for name, figure in draw(t).items():
        assert unreadable(figure) == [], name
    assert t.missing == set()


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_answer_is_said_in_every_language_with_the_same_numbers(tmp_path, monkeypatch, panel, exposures, language):
    said = run_cells("weather", tmp_path, monkeypatch, panel, exposures, language=language)
    assert not re.search(r"[A-Za-z]{3}", said)  # no word left in English, no raw name
    for number in ("+2,93", "0,00", "+0,98", "0,734", "\u22122,03", "6\u00a0545"):
        assert number in said


def written(folder, what):
    return {k: r[what] for k, r in json.loads((folder / "results.json").read_text("utf-8")).items()}


def results(folder):
    return written(folder, "value")


def scopes(folder):
    return written(folder, "scope")


def test_the_notebook_finds_the_known_numbers(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("weather", tmp_path, monkeypatch, panel, exposures)
    found = results(tmp_path)
    assert [found[f"predicted_{end}"] for end in ("part", "low", "high")] == [2.93, 1.77, 4.1]
    assert [found[k] for k in ("drought_difference", "drought_difference_p")] == [0.59, 0.734]
    assert [found[k] for k in ("drought_difference_detrended", "drought_difference_detrended_p")] == [-2.03, 0.138]
    assert found["temperature_part"] == 0.0 and found["local_weather_figures"] == 0
    assert found["local_weather_part"] is None
    assert scopes(tmp_path)["local_weather_part"].endswith("; not defined: no local weather is in the data")
    assert "**For Jalal-Abad the sign depends on whether the trend is taken off**" in said
    assert "no weather of the oblasts' own fields is in the data.**" in said
    assert pd.read_csv(tmp_path / "tables" / "local_weather.csv").empty


def test_a_pair_with_too_little_before_it_says_so_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("weather", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    found = results(tmp_path)
    assert all(found[name] is None for name in ("predicted_part", "temperature_part"))
    assert "needs at least 5" in scopes(tmp_path)["predicted_part"]
    assert found["drought_difference"] is not None
    assert said.count("1 year(s) before 1993 for 2 coefficients") == 1


def test_local_weather_is_used_once_it_is_there(tmp_path, monkeypatch, panel, exposures, yields):
    """Made weather in which the oblast's yield follows its spring rain: the notebook must find that."""
    generator = np.random.default_rng(3)
    rows = []
    for name in yields.columns:
        for year in yields.index:
            rain = (yields.loc[year, name] - 10) * 5 + generator.normal(0, 1)
            rows += [(name, year, month, "precipitation", rain, "mm") for month in range(1, 13)]
            rows += [(name, year, month, "temperature", generator.normal(15, 5), "degrees_c") for month in range(1, 13)]
    made = pd.DataFrame(rows, columns=["area", "year", "month", "variable", "value", "unit"])
    made = made.assign(
        area_level="oblast",
        indicator="monthly_" + made["variable"],
        source="local_weather",
        publisher="",
        note="",
        as_of=made["year"].astype(str) + "-" + made["month"].astype(str).str.zfill(2),
        value_high=made["value"],
    )
    made["figure_id"] = made["area"] + made["indicator"] + made["as_of"]
    both = pd.concat([exposures, made[exposures.columns]], ignore_index=True)
    said = run_cells("weather", tmp_path, monkeypatch, panel, both)
    found = results(tmp_path)
    assert found["local_weather_figures"] == len(made)
    assert found["local_weather_part"] == pytest.approx(4.0, abs=0.5)
    assert "The seasons of Jalal-Abad predict" in said and "No local weather is in the data" not in said
    table = pd.read_csv(tmp_path / "tables" / "local_weather.csv")
    assert table["estimate"].iloc[[0, 2]].tolist() == pytest.approx([1 / 20, 1 / 20], abs=0.005)  # 4 months x 5 mm

    said = run_cells("weather", tmp_path, monkeypatch, panel, both[~both["area"].eq("Osh")], oblast="Osh")
    assert "they cannot be used here: no seasons for " in said
