"""Every page of every language in a real browser, from disk with the network off: errors, overflow, accessibility,
language switch and theme."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pipeline.paths import REPORTS
from pipeline.site.frame import page_file, tree
from pipeline.text.language import languages
from tests.browser.conftest import Watched, address, axe_faults

FILES = sorted(path.relative_to(REPORTS).as_posix() for path in REPORTS.rglob("*.html"))
REPORT = "yield_change/index.html"
PHONE, DESK = 375, 1440  # px
KINDS = ("index", "replication", "yield_change", "explorer", "data")
"""One page of each kind."""

DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"  # px that do not fit the window
BROKEN = """Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode().then(() => '', () => i.src))))
    .then(found => found.filter(source => source))"""


def test_there_are_pages_to_try():
    assert {page_file(name, language) for name in ("index", "yield_change") for language in languages()} <= set(FILES)


@pytest.mark.parametrize("language", languages())
def test_pages_open_from_disk_without_a_fault(language: str, context: BrowserContext):
    """No error in the console, no failed request, nothing wider than a phone or a desk, no broken picture, and on a
    phone no fault of axe-core of any weight, in dark colours neither; in another language than English of one page of
    each kind."""
    context.set_offline(True)
    own = tuple(map(tree, languages()[1:]))
    files = [f for f in FILES if (f.startswith(tree(language)) if tree(language) else not f.startswith(own))]
    looked_at = files if language == "en" else {page_file(name, language) for name in KINDS}
    found: list[str] = []
    watched = Watched(context)
    for file in files:
        page = watched.open(file)
        page.emulate_media(color_scheme="light")
        faults = [*_too_wide(page, DESK), *_too_wide(page, PHONE)]
        faults += axe_faults(page) if file in looked_at else []
        if language == "en":  # no language changes colours, and nothing else depends on them
            page.emulate_media(color_scheme="dark")
            page.evaluate(DRAWN)
            faults += [f"dark, {fault}" for fault in axe_faults(page, runOnly=["color-contrast"])]
        faults += [f"broken picture: {source}" for source in page.evaluate(BROKEN)]
        found += [f"{file}: {fault}" for fault in [*faults, *watched.complaints]]
        watched.complaints.clear()
    assert files and not "\n".join(found)


@pytest.mark.parametrize("name", KINDS)
def test_a_page_of_each_kind_has_no_fault_on_a_desk_and_in_dark_colours(name: str, context: BrowserContext):
    """In the language of the longest words; no language changes colours."""
    page = Watched(context).open(page_file(name, "ru"))
    assert axe_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe_faults(page, runOnly=["color-contrast"]) == []


def test_a_picture_that_is_not_there_is_noted(context: BrowserContext, tmp_path):
    """Else the test above could not fail for one."""
    (tmp_path / "page.html").write_text('<!doctype html><img src="gone.png">', encoding="utf-8")
    watched = Watched(context)
    watched.page.goto((tmp_path / "page.html").as_uri())
    assert any("gone.png (net::ERR_FILE_NOT_FOUND)" in said for said in watched.complaints)


def test_a_page_that_shuts_readers_out_is_noted(context: BrowserContext, tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><title>x</title><p style='color: #eee'>pale", encoding="utf-8")
    page = Watched(context).page
    page.goto((tmp_path / "page.html").as_uri())
    assert {"html-has-lang", "landmark-one-main"} <= {fault.split()[0] for fault in axe_faults(page)}
    assert [fault.split()[0] for fault in axe_faults(page, runOnly=["color-contrast"])] == ["color-contrast"]


def _too_wide(page: Page, width: int) -> list[str]:
    """Sets the page to a width, px."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(DRAWN)
    wider = page.evaluate(WIDER)
    return [f"{wider} px wider than {width} px"] if wider > 0 else []


@pytest.mark.parametrize("name", ["index", "yield_change", "glossary"])
def test_the_language_switch_keeps_the_page(name: str, watched: Watched):
    page = watched.open(page_file(name, "en"))
    for language in [*languages()[1:], "en"]:
        page.locator(f'.languages a[hreflang="{language}"]').click()
        page.wait_for_url(address(REPORTS / page_file(name, language)) + "**")
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator(".languages a[aria-current]")).to_have_attribute("hreflang", language)


def test_the_language_switch_keeps_the_place(watched: Watched):
    page = watched.open(REPORT)
    page.evaluate("location.hash = '#figure-yield_change-percent'")
    page.locator('.languages a[hreflang="ru"]').click()
    page.wait_for_url("**/ru/yield_change/index.html#figure-yield_change-percent")
    assert page.locator("#figure-yield_change-percent").is_visible()


def test_dark_and_light_are_chosen_and_remembered(context: BrowserContext):
    watched = Watched(context)
    page = watched.open("index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("button.theme").click()
    dark = page.evaluate(ground)
    assert light == "rgb(255, 255, 255)" and dark != light
    watched.open("glossary.html")
    assert page.evaluate(ground) == dark


def test_a_page_can_be_read_with_the_keyboard_alone(watched: Watched):
    page = watched.open(REPORT)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    outlines = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        outlines.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert outlines == {"solid"}  # where one is, is seen


def test_a_page_prints_without_what_belongs_to_the_screen(watched: Watched):
    page = watched.open(REPORT)
    page.emulate_media(media="print")
    for selector in ("header.site .tools", ".contents", "details.code"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("figure img").first.is_visible()
    assert re.match(rb"%PDF-", page.pdf())


# Sizes of what is tapped, by selector, and the parts of the first screen.
TAPPED = ".files a, .files summary, .offers > a, .offers summary, .offers button, .tools button, .menu-open"
LOW = f"""[...document.querySelectorAll('{TAPPED}')]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 80))"""
BELOW = """([parts, height]) => [...document.querySelectorAll(parts)]
    .filter(e => e.getBoundingClientRect().bottom > height).map(e => e.id || e.className)"""
CODE = "details.code"


@pytest.mark.parametrize("language", languages())
def test_what_is_tapped_is_as_high_as_a_thumb_needs(language: str, watched: Watched):
    for name in ("index", "history", "recommendations"):
        page = watched.open(page_file(name, language))
        page.set_viewport_size({"width": 375, "height": 812})
        assert page.evaluate(LOW) == [], name


def test_one_switch_shows_the_code_of_every_report_and_hides_it_again(context: BrowserContext):
    page = Watched(context).open(REPORT)
    assert page.locator(f"{CODE}:visible").count() == 0
    page.locator(".code-switch").click()
    assert page.locator(f"{CODE} .highlight:visible").count() == page.locator(CODE).count() > 3
    page.goto(address(REPORTS / page_file("history", "ru")))  # remembered, in any language
    assert page.locator(f"{CODE} .highlight:visible").count() == page.locator(CODE).count()
    page.locator(".code-switch").click()
    assert page.locator(f"{CODE}:visible").count() == 0


def test_code_can_be_opened_without_scripts(browser: Browser):
    with browser.new_context(java_script_enabled=False) as plain:
        page = plain.new_page()
        page.goto(address(REPORTS / REPORT))
        assert page.locator(".code-switch").is_hidden() and page.locator("button.copy").is_hidden()
        first = page.locator(CODE).first
        assert not first.locator(".highlight").is_visible()
        first.locator("summary").click()
        assert first.locator(".highlight").is_visible()


def test_a_link_into_a_folded_part_opens_it(watched: Watched):
    page = watched.open("other_oblasts/index.html")
    folded = page.locator("details.referee .exhibit").first
    assert not folded.is_visible()
    page.evaluate("id => (location.hash = id)", folded.get_attribute("id"))
    expect(folded).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_matrix_is_whole_and_every_field_has_its_head(width: int, watched: Watched):
    page = watched.open("cluster_model/index.html")
    page.set_viewport_size({"width": width, "height": 900})
    box = page.locator("#table-cluster_model-gaps")
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")  # nothing lies beyond its edge
    head = box.locator("td[data-head]").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert ("Physical" in head) == (width == PHONE)


@pytest.mark.parametrize("language", languages())
def test_the_first_screen_has_claim_answer_and_what_can_be_said(language: str, watched: Watched):
    """Everything that a reader in a hurry needs: the claim, the verdict, the whole answer, what stands in, the buttons,
    and what can be said, what cannot and what would tell, on a phone in a line each."""
    page = watched.open(page_file("index", language))
    parts = {
        1440: ".question, .answer, .action, .stand-in, #can, #cannot, #next",
        375: ".question, .answer > p, .action, .in-short li, .stand-in",
    }
    for width, height in ((1440, 900), (375, 812)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(BELOW, [parts[width], height]) == [], width
    assert page.locator('.question a[href*="#claim-M03"]').count() == 1
