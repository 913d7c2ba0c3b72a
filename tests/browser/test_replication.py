"""The paper checked: links to statements and verdicts land, filters keep what they say, and everything prints."""

import re

import pytest
from playwright.sync_api import Page, expect

from pipeline.site.frame import page_file
from pipeline.text.language import languages
from tests.browser.conftest import Watched

TOP = "selector => document.querySelector(selector).getBoundingClientRect().top"
STOOD_STILL = """() => new Promise((done) => {
  let last = -1;
  const look = () => (last === scrollY ? done() : ((last = scrollY), setTimeout(look, 150)));
  look();
})"""


def landed(page: Page, selector: str) -> bool:
    """Whether a place is in the upper half of the window once the page has stopped scrolling."""
    page.evaluate(STOOD_STILL)
    return -5 <= page.evaluate(TOP, selector) < page.viewport_size["height"] / 2


@pytest.mark.parametrize("width", [375, 1440])
def test_a_verdict_leads_to_the_filter_with_its_statements_below(width: int, watched: Watched):
    watched.page.set_viewport_size({"width": width, "height": 900})
    page = watched.open(f"{page_file('replication', 'en')}#verdict-contradicted")
    assert landed(page, "form.filter")
    shown = page.locator(".statement:visible")
    assert shown.count() == 2
    assert {one.get_attribute("data-verdict") for one in shown.all()} == {"contradicted"}
    expect(page.locator(".filter output")).to_contain_text("2")
    assert page.locator(".contents a[aria-current]").all_text_contents() in ([], ["The statements"])


def test_a_statement_opens_also_when_a_filter_hides_it(watched: Watched):
    page = watched.open(f"{page_file('replication', 'ru')}#verdict-contradicted")
    page.evaluate("location.hash = '#claim-M03'")
    expect(page.locator("#claim-M03")).to_be_visible()
    assert landed(page, "#claim-M03")
    assert page.locator("article[aria-labelledby=claim-M03] details").evaluate("box => box.open")


def test_a_part_of_the_contents_that_a_filter_hides_is_shown_again(watched: Watched):
    page = watched.open(f"{page_file('replication', 'en')}#verdict-contradicted")
    page.locator('.contents a[href="#section-methods"]').click()
    assert landed(page, "#section-methods") and page.locator("#claim-M03").is_visible()


def test_the_filters_work_together(watched: Watched):
    page = watched.open(page_file("replication", "en"))
    everything = page.locator(".statement:visible").count()
    page.locator("select[name=kind]").select_option("causal")
    page.locator("select[name=verdict]").select_option("not_identified")
    causes = page.locator(".statement:visible").count()
    page.locator("input[name=words]").fill("jalal-abad")
    assert page.locator(".statement:visible h4 .id").all_text_contents() == ["M03"]
    page.locator("button[type=reset]").click()
    expect(page.locator(".statement:visible")).to_have_count(everything)
    assert 1 < causes < everything


@pytest.mark.parametrize("language", languages())
def test_five_key_statements_come_first_and_each_statement_says_why(language: str, watched: Watched):
    page = watched.open(page_file("replication", language))
    assert page.locator("table.key tbody tr").count() == 5
    assert page.locator("table.key tbody tr .id").first.text_content() == "M03"
    assert page.evaluate("[...document.querySelectorAll('main h2')][0].id") == "key"
    reasons = page.locator(".statement .reason").all_text_contents()
    assert len(reasons) == page.locator(".statement").count() and all(len(reason) > 20 for reason in reasons)


def test_no_mark_of_a_verdict_depends_on_colour(watched: Watched):
    """Each tone has a sign of its own, which stays when backgrounds and colours go."""
    page = watched.open(page_file("replication", "en"))
    signs = page.evaluate(
        """() => Object.fromEntries(['good', 'partly', 'bad', 'open'].map((tone) =>
          [tone, getComputedStyle(document.querySelector('.verdict.' + tone), '::before').content]))"""
    )
    assert len({re.sub(r"[^●◐✕○]", "", sign) for sign in signs.values()}) == 4


def test_evidence_prints_and_navigation_does_not(watched: Watched):
    page = watched.open(page_file("replication", "en"))
    evidence = page.locator("article[aria-labelledby=claim-M03] details")
    assert not evidence.evaluate("box => box.open")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert evidence.locator("td").first.is_visible()
    for selector in ("header.site nav", "header.site button", ".contents", ".filter", ".neighbours", "dialog"):
        assert page.locator(selector).locator("visible=true").count() == 0, selector
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not evidence.evaluate("box => box.open")


@pytest.mark.parametrize("name", ["index", "yield_change"])
def test_no_printed_figure_is_taller_than_half_a_page(name: str, watched: Watched):
    page = watched.open(page_file(name, "en"))
    page.set_viewport_size({"width": 680, "height": 980})  # what A4 leaves between its margins, at 96 px an inch
    page.emulate_media(media="print")
    heights = page.evaluate("[...document.querySelectorAll('main figure img')].map((img) => img.clientHeight)")
    assert heights and max(heights) <= 490
