"""Every page of every language in a real browser, from disk with the network off: errors, overflow, accessibility,
language switch, search and theme."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from pipeline.paths import REPORTS
from pipeline.site.rendering import page_name
from pipeline.text.language import languages

PAGES = sorted(REPORTS.rglob("*.html"))
WIDTHS = (375, 1440)
AXE = Axe()


def address(path: Path) -> str:
    return path.resolve().as_uri()


class Watched:
    """A page with everything it complains of, and every request that is not for a file of the reports."""

    def __init__(self, context: BrowserContext):
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.on("console", lambda m: self._note(m.type, m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("requestfailed", lambda request: self._note("failed", request.url))
        self.page.on("request", self._seen)

    def _note(self, kind: str, text: str) -> None:
        self.complaints.append(f"{kind}: {text}")

    def _seen(self, request) -> None:
        if not request.url.startswith((REPORTS.resolve().as_uri(), "data:", "blob:")):
            self._note("request", request.url)

    def open(self, path: Path, fragment: str = "") -> Page:
        self.page.goto(address(path) + fragment)
        return self.page


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_there_are_pages_to_try():
    assert {page_name("index", language) for language in languages()} <= {path.name for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(REPORTS).as_posix())
def test_a_page_opens_from_disk_without_a_fault(path: Path, context: BrowserContext):
    """No error in the console, no failed request, nothing wider than a phone or a desk, no serious fault of axe-core
    in light and dark colours."""
    context.set_offline(True)
    watched = Watched(context)
    page = watched.open(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(50)
        assert overflow(page) <= 0, f"{overflow(page)} px wider than {width} px"
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        page.wait_for_timeout(50)
        # preload: axe would fetch the style sheets again, which the page's own policy forbids
        found = AXE.run(page, options={"preload": False}).response["violations"]
        faults = [
            f"{colours}, {fault['id']} ({fault['impact']}): {fault['help']}: {node['html'][:160]}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"][:3]
        ]
        assert faults == []
    pictures = page.evaluate(
        "Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode().then(() => '', () => i.src))))"
    )
    assert [source for source in pictures if source] == []
    assert watched.complaints == []


@pytest.mark.parametrize("name", ["index", "notebooks/yield_change", "glossary"])
def test_the_language_switch_keeps_the_page(name: str, context: BrowserContext):
    page = Watched(context).open(REPORTS / page_name(name, "en"))
    for language in [*languages()[1:], "en"]:
        page.locator(f'.languages a[hreflang="{language}"]').click()
        page.wait_for_url(address(REPORTS / page_name(name, language)) + "**")
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator(".languages a[aria-current]")).to_have_attribute("hreflang", language)


def test_the_language_switch_keeps_the_place(context: BrowserContext):
    page = Watched(context).open(REPORTS / "notebooks" / "yield_change.html")
    page.evaluate("location.hash = '#figure-yield_change-percent'")
    page.locator('.languages a[hreflang="ru"]').click()
    page.wait_for_url("**/yield_change.ru.html#figure-yield_change-percent")
    assert page.locator("#figure-yield_change-percent").is_visible()


@pytest.mark.parametrize(
    "language, words, expected",
    [
        ("en", "placebo chui", "notebooks/other_oblasts.html"),
        ("ky", "плацебо", "notebooks/other_oblasts.ky.html"),
        ("ky", "тушум", ".ky.html"),  # у for ү: not every keyboard has the letter
        ("ru", "засуха", ".ru.html"),
    ],
)
def test_search_finds_and_leads_there(language: str, words: str, expected: str, context: BrowserContext):
    watched = Watched(context)
    page = watched.open(REPORTS / page_name("index", language))
    page.keyboard.press("/")
    page.locator("#search-words").fill(words)
    links = page.locator("dialog.search .results a")
    expect(links.first).to_be_visible()
    assert any(expected in link.get_attribute("href") for link in links.all())
    page.keyboard.press("ArrowDown")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{target.split('#')[0].split('/')[-1]}*")
    if "#" in target:
        assert page.locator(f'[id="{target.split("#")[1]}"]').count() == 1
    assert watched.complaints == []


def test_search_shows_markup_as_text(context: BrowserContext):
    page = Watched(context).open(REPORTS / "index.html")
    page.locator(".search-open").click()
    page.locator("#search-words").fill("<img src=x onerror=alert(1)> zzzz")
    expect(page.locator("dialog.search .found")).not_to_be_empty()
    assert page.locator("dialog.search .results img").count() == 0
    page.keyboard.press("Escape")
    expect(page.locator("dialog.search")).to_be_hidden()


def test_dark_and_light_are_chosen_and_remembered(context: BrowserContext):
    page = Watched(context).open(REPORTS / "index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("button.theme").click()
    dark = page.evaluate(ground)
    assert light == "rgb(255, 255, 255)" and dark != light
    page.goto(address(REPORTS / "glossary.html"))
    assert page.evaluate(ground) == dark


def test_a_page_can_be_read_with_the_keyboard_alone(context: BrowserContext):
    page = Watched(context).open(REPORTS / "notebooks" / "yield_change.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    outlines = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        outlines.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert outlines == {"solid"}  # where one is, is seen


def test_a_page_prints_without_what_belongs_to_the_screen(context: BrowserContext):
    page = Watched(context).open(REPORTS / "notebooks" / "yield_change.html")
    page.emulate_media(media="print")
    for selector in ("header.site .tools", ".contents", "details.code"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("figure img").first.is_visible()
    assert re.match(rb"%PDF-", page.pdf())
