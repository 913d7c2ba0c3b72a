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
from pipeline.text.language import Catalogue, languages
from tests.cells import run_cells
from tests.exhibits.shown import cut, marking, overlapping, published, study, texts, untranslated

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


def movements(yields, oblast="Jalal-Abad", before=2023, after=2024):
    predictions, _ = analysis.predictions_by_measure(yields, oblast, before, after)
    return analysis.movements(yields, oblast, before, after, predictions).reset_index()


def parts(yields, oblast="Jalal-Abad", before=2023, after=2024):
    return analysis.level_changes(analysis.predictions_by_measure(yields, oblast, before, after)[0])


def temperatures(yields, anomaly):
    return analysis.temperatures_and_slopes(anomaly, analysis.temperature_slopes(yields, anomaly))


@pytest.fixture(scope="module", params=PAIRS, ids=str)
def draw(request, yields, anomaly):
    """All figures of a pair of years in the language of a catalogue; what they show is worked out once."""
    oblast, before, after = request.param
    shock = published("weather", "common_shock", movements(yields, *request.param))
    table = published("weather", "shares", parts(yields, *request.param))
    slopes = published("weather", "temperature", temperatures(yields, anomaly))
    contrasts = published("weather", "drought", analysis.drought_contrasts(yields, DROUGHT, 1))
    values = {"change": Value(round(yields.loc[after, oblast] - yields.loc[before, oblast], 1), decimals=1)}
    still = {"change": Value(0.0, decimals=1)}

    def drawn(t):
        by = chosen(*request.param)
        return {
            "common_shock": figures.common_shock(shock, by, values, t),
            "shares": figures.shares(table, by, values, t),
            "temperature": figures.temperature(slopes, by, values, t),
            "drought": figures.drought(contrasts, by, values, t),
            "no shock": figures.common_shock(shock.assign(fitted=np.nan), by, values, t),
            "no shares": figures.shares(table.iloc[:0], by, values, t),
            "no change": figures.shares(table.assign(share=np.nan), by, still, t),
        }

    return drawn


def test_the_scatter_holds_the_earlier_years_and_the_predicted_one(yields):
    moved = movements(yields)
    main = analysis.common_shock_prediction(yields, "Jalal-Abad", 2023, 2024)
    left, right = figures.common_shock(moved, chosen(), {}, t).axes
    assert [list(line.get_ydata()) for line in left.get_lines()[1:3]] == [
        moved["others"].tolist(),
        moved["oblast"].tolist(),
    ]
    _, training, line, predicted, observed = right.get_lines()
    assert list(training.get_ydata()) == moved["oblast"].tolist()[:-1]
    constant, slope = main.coefficients["estimate"]
    assert line.get_ydata() == pytest.approx(constant + slope * line.get_xdata())
    assert predicted.get_ydata()[0] == pytest.approx(main.predicted) == pytest.approx(2.933, abs=0.001)
    assert observed.get_ydata()[0] == pytest.approx(4.0)
    year, mean = (c.get_segments()[0][:, 1] for c in right.collections)
    assert list(year) == [main.prediction_lower, main.prediction_upper]
    assert list(mean) == [main.predicted_lower, main.predicted_upper]


def test_the_parts_stand_beside_the_observed_change(yields):
    table = parts(yields)
    axes = figures.shares(table, chosen(), {"change": Value(4.0)}, t).axes[0]
    points = sorted(line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() in ("o", "D"))
    assert points == pytest.approx(sorted(table["predicted"]))
    bars = sorted(c.get_segments()[0][:, 0].tolist() for c in axes.collections)
    assert bars == sorted(table[["lower", "upper"]].to_numpy().tolist())
    assert {"+2.93", "0.73", "observed: +4.0"} <= set(texts(axes.figure))
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[-1] == "mean of all others" and names[0] == "mean of these only: Batken, Osh"
    assert "mean without: Chui" in names


def test_a_share_of_no_change_is_not_given(yields):
    table = parts(yields).assign(share=np.nan)
    assert "not defined" in texts(figures.shares(table, chosen(), {"change": Value(0.0)}, t))


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


@pytest.mark.parametrize("language", languages())
def test_no_label_covers_another_or_is_cut_in_any_language(draw, language):
    t = Catalogue(language, "weather")
    for name, figure in draw(t).items():
        assert overlapping(figure) == [], name
        assert cut(figure) == [], name
    assert t.missing == set()


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_answer_is_said_in_every_language_with_the_same_numbers(tmp_path, monkeypatch, panel, exposures, language):
    said = run_cells("weather", tmp_path, monkeypatch, panel, exposures, language=language)
    assert not re.search(r"[A-Za-z]{3}", said)  # no word left in English, no raw name
    for number in ("+5,27", "+2,93", "0,73", "0,44", "1,03", "+1,83", "+3,34", "0,552", "\u22122,03", "6\u00a0545"):
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
    assert [found[f"share_predicted{end}"] for end in ("", "_low", "_high", "_region")] == [0.73, 0.44, 1.03, 0.46]
    assert [found[k] for k in ("drought_difference", "drought_difference_p")] == [0.59, 0.734]
    assert [found[k] for k in ("drought_difference_detrended", "drought_difference_detrended_p")] == [-2.03, 0.138]
    assert found["temperature_part"] == 0.0 and found["local_weather_figures"] == 0
    assert found["local_weather_part"] is None
    assert scopes(tmp_path)["local_weather_part"].endswith("; not defined: no local weather is in the data")
    assert "**For Jalal-Abad the sign depends on whether the trend is taken off**" in said
    assert "**No local weather is in the data.**" in said
    assert pd.read_csv(tmp_path / "tables" / "local_weather.csv").empty


def test_a_pair_with_too_little_before_it_says_so_in_its_place(tmp_path, monkeypatch, panel, exposures):
    said = run_cells("weather", tmp_path, monkeypatch, panel, exposures, year_before=1992, year_after=1993)
    found = results(tmp_path)
    assert all(found[name] is None for name in ("predicted_part", "share_predicted_region", "temperature_part"))
    assert scopes(tmp_path)["remainder_p"].endswith("at least 5 are needed: add years or drop regressors.")
    assert found["drought_difference"] is not None
    assert said.count("1 year(s) before 1993 for 2 coefficients") == 3
    assert pd.read_csv(tmp_path / "tables" / "predicted_parts.csv").empty


def test_others_that_went_the_other_way_predict_nothing(tmp_path, monkeypatch, panel, exposures):
    said = run_cells(
        "weather", tmp_path, monkeypatch, panel, exposures, oblast="Naryn", year_before=2010, year_after=2011
    )
    assert "which changed by +1.6 c/ha**: nothing of the change is predicted." in said and "a share of" in said


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
        area_level="oblast", indicator="monthly_" + made["variable"], source="local_weather", publisher="", note="",
        as_of=made["year"].astype(str) + "-" + made["month"].astype(str).str.zfill(2), value_high=made["value"],
    )  # fmt: skip
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
    assert "they cannot be used here: no seasons for oblast" in said
