"""The explorer's data: the regular series with their sources, as text that cannot become markup."""

import json
import re

import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.site.explorer import TILES, charts, embedded, page_data, series, vega_bundle
from pipeline.text.language import Catalogue, languages
from pipeline.text.parameters import read_study


@pytest.fixture
def study():
    return read_study()


def data(panel, study, language="en"):
    return page_data(panel, study, Catalogue(language, "explorer"))


def test_the_series_are_those_of_the_analysis(panel, study):
    """A figure of a single report, of a campaign or of a part of a year must not slip into a series."""
    wheat = data(panel, study)["crops"][0]
    yields = yields_by_oblast(panel, "wheat")
    assert wheat["crop"] == "wheat" and wheat["years"] == yields.index.tolist()
    assert {a["name"] for a in wheat["areas"]} == set(yields)
    for name in yields:
        assert wheat["values"][name] == yields[name].tolist()
    assert not series(panel).duplicated(["crop", "area", "year"]).any()


def test_every_point_has_the_figure_it_stands_for(panel, study):
    values = panel.set_index("figure_id")
    for crop in data(panel, study)["crops"]:
        for name, ids in crop["figures"].items():
            for year, value, figure in zip(crop["years"], crop["values"][name], ids, strict=True):
                assert (value is None) == (figure is None)
                if figure:
                    row = values.loc[figure]
                    assert (row["area"], row["crop"], row["year"], row["value"]) == (name, crop["crop"], year, value)


def test_the_map_has_a_place_of_its_own_for_every_area(panel, study):
    for crop in data(panel, study)["crops"]:
        places = [tuple(area["tile"]) for area in crop["areas"]]
        assert len(set(places)) == len(places)
    assert TILES["Talas"][0] < TILES["Jalal-Abad"][0] < TILES["Osh"][0]  # north is up
    assert TILES["Batken"][1] < TILES["Jalal-Abad"][1] < TILES["Naryn"][1]  # and east is right


@pytest.mark.parametrize("language", languages())
def test_texts_keep_their_places_and_names_are_in_the_language(panel, study, language):
    english, here = data(panel, study), data(panel, study, language)
    assert {k: set(re.findall(r"\{\w+\}", v)) for k, v in here["texts"].items()} == {
        k: set(re.findall(r"\{\w+\}", v)) for k, v in english["texts"].items()
    }
    labels = {area["name"]: area["label"] for area in here["crops"][0]["areas"]}
    assert labels["Osh"] == {"en": "Osh", "ky": "Ош облусу", "ru": "Ошская область"}[language]
    assert here["decimalMark"] == ("." if language == "en" else ",")


def test_groups_are_of_the_areas_there(panel, study):
    for crop in data(panel, study)["crops"]:
        names = {area["name"] for area in crop["areas"]}
        assert all(set(group["areas"]) <= names for group in crop["groups"])
    without = next(g for g in data(panel, study)["crops"][0]["groups"] if g["label"] == "all but Chui")
    assert "Chui" not in without["areas"] and len(without["areas"]) == 6


def test_data_cannot_end_the_element_they_stand_in(panel, study, monkeypatch):
    monkeypatch.setattr(Catalogue, "area", lambda self, name: f"</script><script>alert({name!r})</script>&\u2028")
    text = embedded(data(panel, study))
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text)["crops"][0]["areas"][0]["label"].startswith("</script>")


def test_charts_hold_no_data_and_ask_nobody(panel, study):
    made = data(panel, study)["charts"]
    assert set(made) == {"series", "changes", "placebo"}
    assert "http" not in json.dumps(made)
    assert {d["data"]["name"] for chart in made.values() for d in chart["layer"]} == {"shown", "years"}
    assert all("datasets" not in chart.to_dict() for chart in charts().values())


def test_vega_is_in_one_script_that_loads_nothing():
    script = vega_bundle()
    assert "vegaEmbed" in script and script == vega_bundle()
    assert not re.search(r"^\s*(import|export)\s", script, re.M)
