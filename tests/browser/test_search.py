"""The search of the pages: what it finds, where it leads, and that what is typed stays text."""

import pytest
from playwright.sync_api import expect

from pipeline.paths import REPORTS
from pipeline.site.frame import page_file
from tests.browser.conftest import Watched, address


@pytest.mark.parametrize(
    "language, words, expected",
    [
        ("en", "placebo chui", "other_oblasts/index.html"),
        ("ky", "плацебо", "ky/other_oblasts/index.html"),
        ("ky", "тушум", "ky/"),
        ("ru", "засуха", "ru/"),
    ],
)
def test_search_finds_and_leads_there(language: str, words: str, expected: str, watched: Watched):
    page = watched.open(page_file("index", language))
    page.keyboard.press("/")
    page.locator("#search-words").fill(words)
    links = page.locator("dialog.search .results a")
    expect(links.first).to_be_visible()
    page.wait_for_function(  # the list is made anew with every letter, so it is asked as a whole
        "wanted => [...document.querySelectorAll('.results a')].some((link) => link.href.includes(wanted))",
        arg=address(REPORTS / expected),
    )
    page.keyboard.press("ArrowDown")
    target = page.evaluate("document.activeElement.href")
    page.keyboard.press("Enter")
    page.wait_for_url(target.split("#")[0] + "**")
    page.wait_for_load_state()
    expect(page.locator("dialog.search")).to_be_hidden()
    if "#" in target:
        assert page.locator(f'[id="{target.split("#")[1]}"]').count() == 1


def test_search_shows_markup_as_text(watched: Watched):
    page = watched.open("index.html")
    page.locator(".search-open").click()
    page.locator("#search-words").fill("<img src=x onerror=alert(1)> zzzz")
    expect(page.locator("dialog.search .found")).not_to_be_empty()
    assert page.locator("dialog.search .results img").count() == 0
    page.keyboard.press("Escape")
    expect(page.locator("dialog.search")).to_be_hidden()


def test_a_result_on_the_same_page_does_not_load_it_again(watched: Watched):
    """A window that is closed while it loads the page it shows makes Chromium stand still; a reader waits in vain."""
    page = watched.open("ky/index.html#more")
    page.evaluate("window.still = true")
    page.keyboard.press("/")
    page.locator("#search-words").fill("тушум")
    page.locator('.results a[href$="ky/index.html"]').first.click()
    expect(page.locator("dialog.search")).to_be_hidden()
    page.wait_for_function("() => scrollY === 0 && !location.hash")
    assert page.evaluate("window.still")
