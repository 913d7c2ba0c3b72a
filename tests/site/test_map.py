"""The map of a change: a picture of its own that tells every value in words, by colour and in grey."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from pipeline.data.vocabulary import oblasts
from pipeline.site.map import EDGES, FILLS, NO_VALUE, drawn_oblasts, fill_of, map_of_change, whole_percent
from pipeline.text.language import Catalogue, languages

WHEAT = {"Batken": 10, "Chui": 92, "Issyk-Kul": 18, "Jalal-Abad": 17, "Naryn": 9, "Osh": 15, "Talas": -27}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(percents, language="en", **options) -> ET.Element:
    return ET.fromstring(map_of_change(percents, "A <finding> & more", Catalogue(language), **options))


@pytest.mark.parametrize("language", languages())
def test_every_oblast_is_drawn_with_its_name_and_value(language):
    root = drawn(WHEAT, language)
    words = {text.get("data-area"): "".join(text.itertext()) for text in root.iter(f"{SVG}text")}
    assert set(oblasts()) <= set(words)
    assert words["Jalal-Abad"].endswith("+17\u00a0%") and words["Talas"].endswith("\u221227\u00a0%")
    assert words["Jalal-Abad"].startswith({"en": "Jalal-Abad", "ky": "Жалал-Абад+", "ru": "Джалал-Абадская+"}[language])
    assert root.get("aria-label") == "A <finding> & more"


def test_an_oblast_without_a_value_shows_a_dash_in_no_class():
    root = drawn({**WHEAT, "Osh": None})
    shapes = {p.get("data-area"): p.get("fill") for p in root.iter(f"{SVG}path") if p.get("data-area")}
    assert shapes["Osh"] == NO_VALUE not in FILLS
    assert shapes["Chui"] == fill_of(92)


def test_the_chosen_oblast_has_an_outline():
    outline = next(p for p in drawn(WHEAT, chosen="Osh").iter(f"{SVG}path") if p.get("class") == "outline")
    assert outline.get("d") == drawn_oblasts()[0]["Osh"]["d"]


def test_classes_begin_at_their_edges_and_all_stand_below_the_map():
    assert [fill_of(edge) for edge in EDGES] == list(FILLS[1:])
    assert fill_of(EDGES[0] - 1) == FILLS[0]
    fills = [r.get("fill") for r in drawn(WHEAT).iter(f"{SVG}rect")]
    assert fills[-len(FILLS) :] == list(FILLS)


def test_classes_differ_in_grey():
    """Rises grow darker by a step that an eye sees; falls are hatched, which no rise is."""

    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    rises = [grey(fill) for fill in FILLS if fill.startswith("#")]
    assert all(a - b > 15 for a, b in pairwise(rises))
    hatches = drawn(WHEAT).findall(f".//{SVG}pattern")
    assert {f"url(#{pattern.get('id')})" for pattern in hatches} == {fill for fill in FILLS if not fill.startswith("#")}


def test_north_is_up_east_is_right_and_names_stand_within():
    shapes, height = drawn_oblasts()
    at = {name: shape["at"] for name, shape in shapes.items()}
    assert at["Talas"][1] < at["Jalal-Abad"][1] < at["Osh"][1]
    assert at["Batken"][0] < at["Jalal-Abad"][0] < at["Naryn"][0] < at["Issyk-Kul"][0]
    assert all(0 < x < 360 and 0 < y < height for x, y in at.values())


def test_the_map_is_repeatable_and_asks_nobody():
    made = map_of_change(WHEAT, "", Catalogue("ky"))
    assert made == map_of_change(WHEAT, "", Catalogue("ky"))
    assert set(re.findall(r"https?://[^\"]+", made)) == {"http://www.w3.org/2000/svg"}


def test_percents_are_whole_with_halves_upwards():
    assert whole_percent(20.0, 20.1) == 1 and whole_percent(20.0, 19.9) == 0  # 0.5 and -0.5
    assert whole_percent(16.6, 31.9) == 92
