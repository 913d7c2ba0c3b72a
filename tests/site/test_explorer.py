"""The explorer's data: the regular series with their sources, as text that cannot become markup; the page without
scripts."""

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from pipeline.data.panel import yields_by_oblast
from pipeline.site.explorer import COLOURS, TABS, TILES, embedded, explorer_page, page_data, series, without_scripts
from pipeline.site.frame import TEMPLATES, Frame
from pipeline.text.declarations import declarations
from pipeline.text.language import Catalogue, languages
from pipeline.text.parameters import read_study


@pytest.fixture
def study():
    return read_study()


def data(panel, study, language="en"):
    return page_data(panel, study, Catalogue(language, "explorer"))


def html(panel, study, language="en") -> str:
    return Frame(language, {name: name for name in declarations()}).render(explorer_page(panel, study, language))


def test_the_series_are_those_of_the_analysis(panel, study):
    """A figure of a single report, of a campaign or of a part of a year must not slip into a series."""
    wheat = data(panel, study)["crops"][0]
    yields = yields_by_oblast(panel, "wheat")
    assert wheat["crop"] == "wheat" and wheat["years"] == yields.index.tolist()
    assert {a["name"] for a in wheat["areas"]} == set(yields)
    for name in yields:
        assert list(map(float, wheat["values"][name])) == yields[name].tolist()
    assert not series(panel).duplicated(["crop", "area", "year"]).any()


def test_every_point_is_the_figure_it_stands_for_with_its_printed_decimals(panel, study):
    values = panel.set_index("figure_id")
    for crop in data(panel, study)["crops"]:
        for name, ids in crop["figures"].items():
            for year, value, figure in zip(crop["years"], crop["values"][name], ids, strict=True):
                assert (value is None) == (figure is None)
                if figure:
                    row = values.loc[figure]
                    assert (row["area"], row["crop"], row["year"]) == (name, crop["crop"], year)
                    assert float(value) == pytest.approx(row["value"], abs=1e-9)
                    assert len(value.partition(".")[2]) == max(row["decimals"], 0)


def test_the_map_has_a_place_of_its_own_for_every_area(panel, study):
    for crop in data(panel, study)["crops"]:
        places = [tuple(area["tile"]) for area in crop["areas"]]
        assert len(set(places)) == len(places)
    assert TILES["Talas"][0] < TILES["Jalal-Abad"][0] < TILES["Osh"][0]  # north is up
    assert TILES["Batken"][1] < TILES["Jalal-Abad"][1] < TILES["Naryn"][1]  # and east is right


def test_every_area_of_a_chart_has_a_colour_of_its_own_that_can_be_read_on_white(panel, study):
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for crop in data(panel, study)["crops"]:
        colours = [area["colour"] for area in crop["areas"]]
        assert len(set(colours)) == len(colours)
    assert all(1.05 / (light(colour) + 0.05) >= 4.5 for colour in COLOURS.values())


@pytest.mark.parametrize("language", languages())
def test_texts_keep_their_places_and_names_are_in_the_language(panel, study, language):
    english, here = data(panel, study), data(panel, study, language)
    assert {k: set(re.findall(r"\{\w+\}", v)) for k, v in here["texts"].items()} == {
        k: set(re.findall(r"\{\w+\}", v)) for k, v in english["texts"].items()
    }
    labels = {area["name"]: area["label"] for area in here["crops"][0]["areas"]}
    assert labels["Osh"] == {"en": "Osh", "ky": "Ош облусу", "ru": "Ошская область"}[language]
    assert here["decimalMark"] == ("." if language == "en" else ",")


@pytest.mark.parametrize("language", [other for other in languages() if other != "en"])
def test_sources_are_named_in_the_language(panel, study, language):
    english = {crop["crop"]: crop["source"] for crop in data(panel, study)["crops"]}
    for crop in data(panel, study, language)["crops"]:
        for what in ("title", "producer"):
            assert crop["source"][what] != english[crop["crop"]][what]


def test_groups_are_of_the_areas_there(panel, study):
    for crop in data(panel, study)["crops"]:
        names = {area["name"] for area in crop["areas"]}
        assert all(set(group["areas"]) <= names for group in crop["groups"])
    without = next(g for g in data(panel, study)["crops"][0]["groups"] if g["label"] == "all but Chui")
    assert "Chui" not in without["areas"] and len(without["areas"]) == 6


def test_series_by_oblast_and_by_country_are_told_apart(panel, study):
    levels = {crop["crop"]: crop["level"] for crop in data(panel, study)["crops"]}
    assert levels.pop("wheat") == "oblast" and set(levels.values()) == {"country"}


def test_data_cannot_end_the_element_they_stand_in(panel, study, monkeypatch):
    monkeypatch.setattr(Catalogue, "area", lambda self, name: f"</script><script>alert({name!r})</script>&\u2028")
    text = embedded(data(panel, study))
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text)["crops"][0]["areas"][0]["label"].startswith("</script>")


@pytest.mark.parametrize("language", languages())
def test_without_scripts_the_page_shows_the_study(panel, study, language):
    t = Catalogue(language, "explorer")
    shown = without_scripts(page_data(panel, study, t), t)
    finding = shown["finding"].replace(",", ".")
    assert "+4.0" in finding and "+5.27" in finding and t.area("Jalal-Abad").replace(",", ".") in finding
    for name in ("chart", "map"):
        assert ET.fromstring(shown[name]).get("aria-label") == shown["finding"]
    yields = yields_by_oblast(panel, "wheat")
    assert [row["year"] for row in shown["table"]["rows"]] == yields.index.tolist()
    assert [row["year"] for row in shown["table"]["rows"] if row["chosen"]] == [2023, 2024]
    last = shown["table"]["rows"][-1]["cells"]
    assert [float(cell.replace(",", ".")) for cell in last] == yields.iloc[-1].tolist()


def test_names_of_the_chart_without_scripts_do_not_cover_each_other(panel, study):
    t = Catalogue("ru", "explorer")
    root = ET.fromstring(without_scripts(page_data(panel, study, t), t)["chart"])
    places = sorted(float(text.get("y")) for text in root.iter() if text.get("font-weight"))
    assert len(places) == 7 and min(b - a for a, b in pairwise(places)) >= 12.9


@pytest.mark.parametrize("language", languages())
def test_the_page_keeps_its_policy_and_every_tab_has_its_panel(panel, study, language):
    page = html(panel, study, language)
    assert "unsafe" not in page and "vega" not in page and " style=" not in page
    for tab in TABS:
        assert f'id="tab-{tab}"' in page and f'id="panel-{tab}"' in page and f'aria-labelledby="tab-{tab}"' in page


def test_the_script_asks_nobody():
    script = (TEMPLATES / "assets" / "explorer.js").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"'`]+", script)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(eval|fetch|XMLHttpRequest|innerHTML|new Function)\b", script)
