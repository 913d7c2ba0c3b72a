"""The explorer answers, and its arithmetic is that of the analysis."""

import csv
import re
import xml.etree.ElementTree as ET

import pytest
from playwright.sync_api import Page, expect

from pipeline.data.panel import yields_by_oblast
from pipeline.methods.difference_in_differences import did, placebo_did
from pipeline.paths import REPORTS
from pipeline.site.frame import page_file
from pipeline.text.results import read_results
from tests.browser.conftest import Watched

SERIES = "#chart-series svg"


def opened(watched: Watched, state: str = "") -> Page:
    page = watched.open(page_file("explorer", "en") + (f"#{state}" if state else ""))
    expect(page.locator("#chart-placebo svg")).to_be_visible()
    return page


def drawn(page: Page, act) -> None:
    """Do something and wait until the charts have been drawn again."""
    before = int(page.locator("#explorer").get_attribute("data-drawn"))
    act()
    page.wait_for_function(f"Number(document.getElementById('explorer').dataset.drawn) > {before}")


def numbers(page: Page) -> list[float]:
    """Numbers of the summary, in its order."""
    text = page.locator("#summary").inner_text().replace("\u2212", "-")
    return [float(n.replace(",", ".")) for n in re.findall(r"[+-]?\d+(?:[.,]\d+)?", text)]


def downloaded(page: Page, button: str) -> str:
    with page.expect_download() as download:
        page.locator(button).click()
    return download.value.path().read_text(encoding="utf-8-sig")


def test_it_opens_on_the_study_and_agrees_with_the_reports(watched: Watched):
    page = opened(watched)
    results = read_results("other_oblasts", REPORTS)
    found = numbers(page)
    assert results["did_all"]["value"] in found
    assert {results[n]["value"] for n in ("placebo_cells", "placebo_cells_at_least_as_large")} <= set(found)


@pytest.mark.parametrize("oblast, before, after", [("Osh", 2010, 2013), ("Chui", 2022, 2023), ("Naryn", 1991, 2025)])
def test_other_choices_agree_with_the_analysis(oblast, before, after, watched: Watched, panel):
    yields = yields_by_oblast(panel, "wheat")
    page = opened(watched, state=f"area={oblast}&before={before}&after={after}")
    cells = placebo_did(yields, after - before).to_numpy().ravel()
    own = did(yields, oblast, before, after).estimate
    found = numbers(page)
    assert pytest.approx(own, abs=0.0051) in found
    assert {float(cells.size), float((abs(cells) >= abs(own) - 1e-9).sum())} <= set(found)


def test_a_click_on_a_tile_chooses_the_area(watched: Watched):
    page = opened(watched)
    drawn(page, lambda: page.locator("#tiles .tile", has_text="Osh").click())
    assert page.locator("#area").input_value() == "Osh"
    expect(page.locator('#tiles .tile[aria-pressed="true"]')).to_contain_text("Osh")
    assert page.locator("#summary").inner_text().startswith("Osh")
    assert "area=Osh" in page.url
    assert page.locator('#members input[value="Jalal-Abad"]').is_checked()


def test_the_comparison_group_years_and_view_are_answered(watched: Watched):
    page = opened(watched)
    without = read_results("other_oblasts", REPORTS)["did_without_chui"]
    drawn(page, lambda: page.locator('#members input[value="Chui"]').uncheck())
    assert without["value"] in numbers(page)
    drawn(page, lambda: page.locator("#before").select_option("2022"))
    assert "2022" in page.locator("#summary").inner_text()
    title = page.locator(SERIES).get_attribute("aria-label")
    drawn(page, lambda: page.locator('input[name="view"][value="change"]').check())
    assert page.locator(SERIES).get_attribute("aria-label") != title
    drawn(page, lambda: page.locator("#crop").select_option("vegetables (FAO)"))
    assert page.locator("#tiles .tile").count() == 5
    drawn(page, lambda: page.locator("#reset").click())
    assert page.locator("#crop").input_value() == "wheat"


def test_choices_that_cannot_be_answered_say_why(watched: Watched):
    page = opened(watched)
    page.locator("#before").select_option("2025")
    expect(page.locator("#problem")).to_contain_text("must lie before")
    expect(page.locator("#charts")).to_be_hidden()


def test_a_point_tells_its_source(watched: Watched):
    page = opened(watched)
    point = page.locator(f"{SERIES} .mark-symbol path").last
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#point-source")).to_contain_text("National Statistical Committee")
    assert re.search(r"; figure \S+$", page.locator("#point-source").inner_text())


def test_the_shown_data_and_the_picture_can_be_kept(watched: Watched, panel):
    page = opened(watched)
    rows = list(csv.DictReader(downloaded(page, "[data-csv=series]").splitlines()))
    yields = yields_by_oblast(panel, "wheat")
    assert len(rows) == int(yields.notna().to_numpy().sum())
    kept = {(row["area"], int(row["year"])): float(row["value"]) for row in rows}
    assert kept["Jalal-Abad", 2024] == yields.loc[2024, "Jalal-Abad"]
    assert all(row["source"] == "nsc_wheat_yield" and row["figures"] for row in rows)
    assert len(downloaded(page, "[data-csv=placebo]").splitlines()) == 1 + 238
    assert ET.fromstring(downloaded(page, "[data-svg=placebo]")).tag.endswith("svg")


def test_a_view_stays_when_the_language_changes(watched: Watched):
    page = opened(watched)
    drawn(page, lambda: page.locator("#tiles .tile", has_text="Osh").click())
    page.locator('.languages a[hreflang="ky"]').click()
    page.wait_for_url("**/ky/explorer.html#*")
    expect(page.locator("#summary")).to_contain_text("Ош облусу")
