"""The explorer answers, its arithmetic is that of the methods, and it can be used by hand, by key and without scripts.

The pages are made for these tests in a folder of their own, so that they try the code as it is.
"""

import csv
import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pipeline.data.panel import yields_by_oblast
from pipeline.methods.difference_in_differences import did, placebo_did
from pipeline.site.explorer import ASSETS as OWN_ASSETS
from pipeline.site.explorer import TABS, explorer_page
from pipeline.site.frame import ASSETS, Frame, page_file, write_assets, write_file
from pipeline.site.publish import search_file
from pipeline.text.declarations import declarations
from pipeline.text.language import languages
from pipeline.text.parameters import read_study
from tests.browser.conftest import axe_faults

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def site(real_panel, tmp_path_factory) -> Path:
    """The explorer in every language with what it needs."""
    folder = tmp_path_factory.mktemp("site")
    for language in languages():
        page = explorer_page(real_panel, read_study(), language)
        write_file(page.file, Frame(language, {name: name for name in declarations()}).render(page), folder)
        write_file(search_file(language), "", folder)
    write_assets(folder, ASSETS + OWN_ASSETS)
    return folder


class Opened:
    """The page in a window, with what it complains of and every request that is not for a file of the site."""

    def __init__(self, site: Path, context: BrowserContext, language: str = "en", state: str = ""):
        context.set_offline(True)
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        inside = (site.as_uri(), "data:", "blob:")
        self.page.on("request", lambda r: None if r.url.startswith(inside) else self.complaints.append(r.url))
        self.address = (site / page_file("explorer", language)).as_uri()
        self.page.goto(self.address + (f"#{state}" if state else ""))


@pytest.fixture
def page(site, context):
    """The page in English, which must have complained of nothing at the end."""
    opened = Opened(site, context)
    yield opened.page
    assert opened.complaints == []


def numbers(page: Page) -> list[float]:
    """Numbers of the summary, in its order."""
    text = page.locator("#summary").inner_text().replace("\u2212", "-")
    return [float(n.replace(",", ".")) for n in re.findall(r"[+-]?\d+(?:[.,]\d+)?", text)]


def line(name: str) -> str:
    return f'#chart-series .line[data-area="{name}"]'


def downloaded(page: Page, button: str) -> str:
    with page.expect_download() as download:
        page.locator(button).click()
    return download.value.path().read_text(encoding="utf-8-sig")


def covering(page: Page, texts: str) -> list[tuple[str, str]]:
    """Pairs of shown words that cover one another by more than a pixel."""
    boxes = page.locator(texts).evaluate_all(
        "all => all.filter(e => e.textContent).map(e => [e.textContent, e.getBoundingClientRect()])"
        ".map(([t, b]) => [t, b.left, b.right, b.top, b.bottom])"
    )
    return [
        (a[0], b[0])
        for a, b in combinations(boxes, 2)
        if min(a[2], b[2]) - max(a[1], b[1]) > 1 and min(a[4], b[4]) - max(a[3], b[3]) > 1
    ]


# Answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "oblast, before, after",
    [("Jalal-Abad", 2023, 2024), ("Osh", 2010, 2013), ("Chui", 2022, 2023), ("Naryn", 1991, 2025)],
)
def test_choices_agree_with_the_methods(oblast, before, after, site, context, panel):
    yields = yields_by_oblast(panel, "wheat")
    state = f"area={oblast}&before={before}&after={after}&tab=usual" if (oblast, before) != ("Jalal-Abad", 2023) else ""
    page = Opened(site, context, state=state).page
    page.locator("#tab-usual").click()
    cells = placebo_did(yields, after - before).to_numpy().ravel()
    own = did(yields, oblast, before, after).estimate
    found = numbers(page)
    assert pytest.approx(own, abs=0.0051) in found
    assert {float(cells.size), float((abs(cells) >= abs(own) - 1e-9).sum())} <= set(found)
    word = "above" if own > 0 else "below"
    assert f"{word} the average" in page.locator("#finding").inner_text()


def test_the_finding_is_the_one_without_scripts(site, context):
    page = Opened(site, context).page
    written = re.search(r'<h2 id="finding">(.*?)</h2>', (site / "explorer.html").read_text(encoding="utf-8"))[1]
    assert page.locator("#finding").inner_text() == written


def test_the_comparison_group_years_and_view_are_answered(page, panel):
    yields = yields_by_oblast(panel, "wheat")
    page.locator('#members input[value="Chui"]').uncheck()
    page.locator("#tab-usual").click()
    assert pytest.approx(did(yields.drop(columns="Chui"), "Jalal-Abad", 2023, 2024).estimate, abs=0.0051) in numbers(
        page
    )
    page.locator("#before").select_option("2022")
    assert "2022" in page.locator("#summary").inner_text()
    page.locator("#tab-chart").click()
    title = page.locator("#series-title").inner_text()
    page.locator('input[name="view"][value="change"]').check()
    assert page.locator("#series-title").inner_text() != title
    page.locator("#reset").click()
    assert page.locator("#before").input_value() == "2023" and page.locator("#members input:checked").count() == 6


def test_choices_that_cannot_be_answered_say_why(page):
    page.locator("#before").select_option("2025")
    expect(page.locator("#problem")).to_contain_text("must lie before")
    expect(page.locator("#panel-chart")).to_be_hidden()
    page.locator("#before").select_option("2023")
    expect(page.locator("#problem")).to_be_hidden()


def test_an_area_without_a_yield_in_both_years_is_left_out_of_the_comparison(site, context):
    """FAO gives no tree nuts of Kazakhstan before 1995."""
    opened = Opened(site, context, state="crop=tree+nuts+(FAO)&area=Kyrgyzstan&before=1994&after=1995&tab=usual")
    expect(opened.page.locator("#summary")).to_contain_text("(3 areas)")
    opened.page.locator("#area").select_option("Kazakhstan")
    expect(opened.page.locator("#problem")).to_contain_text("Kazakhstan has no yield")
    assert opened.complaints == []


def test_a_crop_without_a_series_is_said(site, context):
    page = Opened(site, context, state="crop=barley").page
    expect(page.locator("#problem")).to_contain_text("barley")
    expect(page.locator("#panel-chart")).to_be_visible()


def test_a_change_of_crop_keeps_the_years_where_both_exist(page):
    page.locator("#area").select_option("Osh")
    page.locator("#before").select_option("2015")
    page.locator("#after").select_option("2020")
    page.locator("#crop").select_option("vegetables (FAO)")
    assert (page.locator("#before").input_value(), page.locator("#after").input_value()) == ("2015", "2020")
    assert page.locator("#area").input_value() == "Kyrgyzstan"
    page.locator("#crop").select_option("wheat")
    assert (page.locator("#before").input_value(), page.locator("#after").input_value()) == ("2015", "2020")
    page.locator("#before").select_option("1991")
    page.locator("#crop").select_option("fruit (FAO)")  # begins in 1992
    expect(page.locator("#problem")).to_be_hidden()


def test_series_by_oblast_and_by_country_stand_apart_in_the_choice(page):
    groups = page.locator("#crop optgroup")
    assert groups.count() == 2
    assert groups.first.locator("option").all_text_contents() == ["Wheat"]
    assert all("FAO" in text for text in groups.last.locator("option").all_text_contents())


# Tabs, lines, points ----------------------------------------------------------------------------------------------


def test_tabs_by_click_and_by_key(page):
    for tab in (*TABS, "chart"):
        page.locator(f"#tab-{tab}").click()
        assert [t for t in TABS if page.locator(f"#panel-{t}").is_visible()] == [tab]
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-map")).to_be_focused()
    expect(page.locator("#tab-map")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(page.locator("#panel-usual")).to_be_visible()


def test_a_line_comes_to_the_front_by_pointer_and_by_key(page):
    page.locator(f"{line('Osh')} .end").hover()
    expect(page.locator(line("Osh"))).to_have_class(re.compile("front"))
    expect(page.locator(line("Talas"))).to_have_class(re.compile("behind"))
    page.mouse.move(5, 5)
    expect(page.locator(line("Talas"))).not_to_have_class(re.compile("behind"))
    page.locator(line("Batken")).focus()
    expect(page.locator(line("Batken"))).to_have_class(re.compile("front"))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#point-text")).to_contain_text("Batken, 2023: 17.0")
    page.keyboard.press("Home")
    expect(page.locator("#point-text")).to_contain_text("Batken, 1991: 15.8")
    page.keyboard.press("Enter")
    assert page.locator("#area").input_value() == "Batken"
    expect(page.locator(line("Batken"))).to_be_focused()


def test_a_tap_tells_a_point_and_its_source(site, browser: Browser):
    window = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = Opened(site, window).page
    page.locator(f"{line('Talas')} circle").nth(2).tap()
    expect(page.locator("#point-source")).to_contain_text("National Statistical Committee")
    assert re.search(r"; figure \S+$", page.locator("#point-source").inner_text())
    expect(page.locator("#chart-series .line.front")).to_have_count(1)
    window.close()


def test_a_source_closes_and_follows_the_choice(page):
    page.locator(line("Osh")).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#point-text")).to_contain_text("Osh, 2023")
    page.locator("#point-close").click()
    expect(page.locator("#point")).to_be_hidden()
    page.locator(line("Osh")).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.locator("#point")).to_be_hidden()
    page.locator(line("Osh")).focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#area").select_option("Naryn")
    expect(page.locator("#point-text")).to_contain_text("Naryn, 2023: 19.4")
    page.locator('input[name="view"][value="change"]').check()
    expect(page.locator("#point-text")).to_contain_text("Naryn, 2022 to 2023")
    page.locator("#crop").select_option("fruit (FAO)")
    expect(page.locator("#point")).to_be_hidden()


def test_the_map_chooses_and_shows_its_values_in_a_table(page, panel):
    page.locator("#tab-map").click()
    rows = page.locator("#map-table tbody tr").all_inner_texts()
    yields = yields_by_oblast(panel, "wheat")
    assert any(re.fullmatch(r"Chui\s+16\.6\s+31\.9\s+\+15\.3\s+\+92\s%", row) for row in rows)
    assert len(rows) == yields.shape[1]
    osh = page.locator('#map-boundaries path[data-area="Osh"]')
    osh.focus()
    page.keyboard.press("Enter")
    assert page.locator("#area").input_value() == "Osh" and "area=Osh" in page.url
    expect(osh).to_be_focused()
    expect(osh).to_have_attribute("aria-pressed", "true")
    page.locator("#before").select_option("2020")
    page.locator("#after").select_option("2021")
    expect(page.locator('#map-boundaries text[data-area="Chui"]')).to_contain_text("\u2212")
    expect(page.locator('#map-boundaries path[data-area="Chui"]')).to_have_attribute("fill", "url(#fall-3)")


def test_the_map_of_tiles_stays_as_a_choice_and_serves_countries(page):
    page.locator("#tab-map").click()
    page.locator('input[name="map"][value="tiles"]').check()
    assert page.locator("#tiles .tile").count() == 7 and page.locator("#map-boundaries").is_hidden()
    page.locator("#tiles .tile", has_text="Osh").click()
    assert page.locator("#area").input_value() == "Osh"
    assert page.locator('#members input[value="Jalal-Abad"]').is_checked()
    page.locator('input[name="map"][value="boundaries"]').check()
    page.locator("#crop").select_option("vegetables (FAO)")
    assert page.locator("#tiles .tile").count() == 5


def test_the_table_shows_the_panel_as_printed(page, panel):
    page.locator("#tab-table").click()
    yields = yields_by_oblast(panel, "wheat")
    assert page.locator("#series-table tbody tr").count() == len(yields)
    row = page.locator("#series-table tbody tr", has_text="2024").locator("td").all_inner_texts()
    assert row == [f"{value:.1f}" for value in yields.loc[2024]]
    page.locator("#crop").select_option("vegetables (FAO)")
    first = page.locator("#series-table tbody tr").last.locator("td").all_inner_texts()
    assert "211.62" in first and "350.056" in first


# To take along ----------------------------------------------------------------------------------------------------


def test_the_shown_data_and_the_picture_can_be_kept(page, panel):
    rows = list(csv.DictReader(downloaded(page, "#panel-chart [data-csv=series]").splitlines()))
    yields = yields_by_oblast(panel, "wheat")
    assert len(rows) == int(yields.notna().to_numpy().sum())
    kept = {(row["area"], int(row["year"])): float(row["value"]) for row in rows}
    assert kept["Jalal-Abad", 2024] == yields.loc[2024, "Jalal-Abad"]
    assert all(row["source"] == "nsc_wheat_yield" and row["figures"] for row in rows)
    picture = ET.fromstring(downloaded(page, "[data-svg=series]"))
    words = " ".join(picture.itertext())
    assert "below the average" in words and "National Statistical Committee" in words and "Issyk-Kul" in words
    page.locator("#tab-map").click()
    assert len(downloaded(page, "[data-csv=map]").splitlines()) == 1 + 7
    assert "+92" in " ".join(ET.fromstring(downloaded(page, "[data-svg=map]")).itertext())
    page.locator("#tab-usual").click()
    assert len(downloaded(page, "[data-csv=placebo]").splitlines()) == 1 + 238
    assert ET.fromstring(downloaded(page, "[data-svg=placebo]")).tag.endswith("svg")


def test_a_link_restores_the_view(site, context, browser: Browser):
    page = Opened(site, context).page
    page.locator("#area").select_option("Osh")
    page.locator("#before").select_option("2015")
    page.locator('#members input[value="Chui"]').uncheck()
    page.locator("#tab-table").click()
    page.locator("#copy-link").click()
    expect(page.locator("#copied, #link-by-hand").filter(visible=True).first).to_be_visible()
    address, finding = page.locator("#link").input_value(), page.locator("#finding").inner_text()
    assert address == page.url
    window = browser.new_context()
    other = window.new_page()
    other.goto(address)
    expect(other.locator("#panel-table")).to_be_visible()
    assert other.locator("#finding").inner_text() == finding
    assert not other.locator('#members input[value="Chui"]').is_checked()
    window.close()


def test_a_view_stays_when_the_language_changes(page):
    page.locator("#area").select_option("Osh")
    page.locator('.languages a[hreflang="ky"]').click()
    page.wait_for_url("**/ky/explorer.html#*")
    expect(page.locator("#finding")).to_contain_text("Ош облусу")


# For everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_chart_stands_in_the_first_screen_and_nothing_is_wider(language, size, site, browser: Browser):
    window = browser.new_context(viewport=size)
    page = Opened(site, window, language).page
    box = page.locator("#chart-series svg").bounding_box()
    assert box["y"] + box["height"] <= size["height"]
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    window.close()


@pytest.mark.parametrize("language", languages())
def test_no_words_cover_others_on_a_phone(language, site, browser: Browser):
    window = browser.new_context(viewport=PHONE)
    page = Opened(site, window, language).page
    for crop in ("wheat", "vegetables (FAO)", "tree nuts (FAO)"):
        page.locator("#crop").select_option(crop)
        for view in ("level", "change"):
            page.locator(f'input[name="view"][value="{view}"]').check()
            assert covering(page, "#chart-series text:not(.tip)") == []
    page.locator("#reset").click()
    page.locator("#tab-map").click()
    assert covering(page, "#map-boundaries .names text, #map-boundaries .classes text") == []
    page.locator("#tab-usual").click()
    assert covering(page, "#chart-changes text") == [] == covering(page, "#chart-placebo text")
    window.close()


LOOKS = [("en", size, colours) for size in (PHONE, DESK) for colours in ("light", "dark")]


@pytest.mark.parametrize("language, size, colours", [*LOOKS, *((own, PHONE, "light") for own in languages()[1:])])
def test_axe_finds_no_fault(language, size, colours, site, browser: Browser):
    """In the other languages where there is least room: no language changes the colours."""
    window = browser.new_context(viewport=size, color_scheme=colours)
    page = Opened(site, window, language).page
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        if tab == "chart":
            page.locator(line("Osh")).focus()
            page.keyboard.press("ArrowLeft")
        assert axe_faults(page, "#explorer") == [], tab
    window.close()


@pytest.mark.parametrize("language", languages())
def test_without_scripts_the_study_is_there(language, site, browser: Browser):
    window = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = Opened(site, window, language).page
    for shown in ("#finding", "#chart-series svg", "#map-boundaries svg", "#series-table"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (".controls", ".tabs", "#panel-usual", "#map-kinds", "#point"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.locator("#series-table tbody tr").count() == 35
    window.close()
