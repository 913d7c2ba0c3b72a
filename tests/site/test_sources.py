"""The page on data and sources says of figures what they are, never how the tables name them."""

import re
from decimal import Decimal

import pytest

from pipeline.data.panel import load_exposures, load_panel
from pipeline.site.data_card import read_data
from pipeline.site.sources import shown_figures, sources_page
from pipeline.text.documents import English
from pipeline.text.language import Catalogue, languages

PANEL, EXPOSURES = load_panel().set_index("figure_id"), load_exposures().set_index("figure_id")


def said(language: str, **figures: str) -> list[str]:
    given = {key.replace("_", "/"): Decimal(value) for key, value in figures.items()}
    return [figure.said for figure in shown_figures(given, PANEL, EXPOSURES, Catalogue(language, "site"))]


def test_figures_say_what_they_do_not_share():
    """Two oblasts; a figure said to be over 600; two indicators of one country; one indicator alone needs no name."""
    assert said("en", hr116="202.5", hr168="294.9") == ["202.5 c/ha, Chui", "294.9 c/ha, Jalal-Abad"]
    assert said("en", hr223="710", hr386="600") == ["710 c/ha", "more than 600 c/ha"]
    assert said("ru", infrastructure_line111="16.86", infrastructure_line112="14.17") == [
        "16,86 млрд кВт·ч, производство электроэнергии, всего",
        "14,17 млрд кВт·ч, производство электроэнергии, ГЭС",
    ]
    assert said("en", adoption_line2="265") == ["265 units"]


def test_a_figure_leads_to_the_page_that_printed_it():
    (figure,) = shown_figures({"hr216": Decimal("27.7")}, PANEL, EXPOSURES, Catalogue("en", "site"))
    assert figure.origin.address.startswith("https://24.kg/") and figure.origin.name == "24.kg, 30 Jan 2025"


@pytest.mark.parametrize("language", languages()[1:])
def test_corrected_statements_are_said_in_the_language_of_the_page(language: str):
    page = sources_page(language, read_data())
    cells = {c for s in page.values["view"].sources for corr in s.corrections for c in (corr.expect, corr.becomes)}
    sentences = [cell for cell in cells if re.search(r"[a-z] [a-z]+ [a-z]", cell)]
    assert len(sentences) > 10
    said = {cell: page.values["corrected"](cell) for cell in sentences}
    assert {cell for cell in sentences if isinstance(said[cell], English) or said[cell] == cell} == set()
