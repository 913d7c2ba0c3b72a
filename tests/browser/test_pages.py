"""Every page of every language in a real browser, from disk with the network off: errors, overflow, accessibility,
language switch and theme."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from pipeline.paths import REPORTS
from pipeline.site.frame import page_file, tree
from pipeline.text.language import languages
from tests.browser.conftest import Watched, address

FILES = sorted(path.relative_to(REPORTS).as_posix() for path in REPORTS.rglob("*.html"))
REPORT = "yield_change/index.html"
WIDTHS = (375, 1440)
AXE = Axe()

DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"  # px that do not fit the window
BROKEN = """Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode().then(() => '', () => i.src))))
    .then(found => found.filter(source => source))"""


def test_there_are_pages_to_try():
    assert {page_file(name, language) for name in ("index", "yield_change") for language in languages()} <= set(FILES)


@pytest.mark.parametrize("language", languages())
def test_pages_open_from_disk_without_a_fault(language: str, context: BrowserContext):
    """No error in the console, no failed request, nothing wider than a phone or a desk, no serious fault of axe-core
    in light and dark colours, no broken picture."""
    context.set_offline(True)
    own = tuple(map(tree, languages()[1:]))
    files = [f for f in FILES if (f.startswith(tree(language)) if tree(language) else not f.startswith(own))]
    found: list[str] = []
    for file in files:
        watched = Watched(context)
        page = watched.open(file)
        found += [f"{file}: {fault}" for fault in [*_faults(page), *watched.complaints]]
        page.close()
    assert files and not "\n".join(found)


def _faults(page: Page) -> list[str]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(DRAWN)
        wider = page.evaluate(WIDER)
        found += [f"{wider} px wider than {width} px"] if wider > 0 else []
    found += [f"broken picture: {source}" for source in page.evaluate(BROKEN)]
    found += _serious(page, "light", {})
    page.emulate_media(color_scheme="dark")
    page.evaluate(DRAWN)
    return found + _serious(page, "dark", {"runOnly": ["color-contrast"]})  # nothing else depends on the colours


def _serious(page: Page, colours: str, options: dict) -> list[str]:
    # preload: axe would fetch the style sheets again, which the page's own policy forbids
    options = {"preload": False, "resultTypes": ["violations"], **options}
    violations = AXE.run(page, options=options).response["violations"]
    return [
        f"{colours}, {fault['id']} ({fault['impact']}): {fault['help']}: {node['html'][:160]}"
        for fault in violations
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]


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
