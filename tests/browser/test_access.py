"""Thumbs and lines: what stands alone can be hit, the header keeps to its rows, a number stays with its unit."""

import pytest
from playwright.sync_api import Browser

from pipeline.site.frame import page_file
from pipeline.text.language import languages
from tests.browser.conftest import WINDOW, Watched
from tests.browser.test_pages import DRAWN, KINDS

# Links within a sentence may be lower (WCAG 2.2, 2.5.8): what stands alone is asked for.
LOW = """([selector, least]) => [...document.querySelectorAll(selector)]
  .filter((e) => e.checkVisibility() && !e.matches('.skip'))
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < least - 0.5 || box.width < least - 0.5)
  .map(([e, box]) => `${Math.round(box.width)} x ${Math.round(box.height)} px: ${e.outerHTML.slice(0, 140)}`)"""
BOXES = "[type=checkbox], [type=radio]"  # hit by their label
CONTROLS = (
    f"button, summary, select, input:not({BOXES}), label:has({BOXES}), "
    ".action, .files a, .offers > a, header.site a, .contents a, .in-short a"
)
MAIN_CONTROLS = "header.site button, .action, .filter select, .filter input, .filter button"

# Where a number and its unit, or the two halves of a unit, lie on two lines.
PARTED = r"""() => {
  const found = [];
  const unit = /[0-9][\s\u00a0]*(?:[cц]\u2060?\/\u2060?(?:ha|га)|%)/g;
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.checkVisibility() || node.parentElement.closest('svg, pre, math')) continue;
    for (const match of node.data.matchAll(unit)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1)
        found.push(node.data.slice(Math.max(0, match.index - 30), match.index + match[0].length));
    }
  }
  return found;
}"""


def test_what_stands_alone_can_be_hit_with_a_thumb(browser: Browser):
    context = browser.new_context(**{**WINDOW, "viewport": {"width": 375, "height": 812}, "has_touch": True})
    watched, found = Watched(context), []
    for name in KINDS:
        page = watched.open(page_file(name, "ru"))
        found += [f"{name}: {low}" for low in page.evaluate(LOW, [CONTROLS, 24])]
        found += [f"{name}: {low}" for low in page.evaluate(LOW, [MAIN_CONTROLS, 44])]
    context.close()
    assert sorted(set(found)) == []


@pytest.mark.parametrize("language", languages())
def test_on_a_phone_the_header_takes_two_rows(language: str, watched: Watched):
    watched.page.set_viewport_size({"width": 375, "height": 812})
    page = watched.open(page_file("replication", language))
    tops = page.evaluate(
        """() => [...document.querySelectorAll('header.site .bar > *, header.site .tools > *')]
          .filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())
          .map((box) => Math.round((box.top + box.bottom) / 2 / 20))"""
    )
    assert len(set(tops)) <= 2


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", ["index", "yield_change", "other_oblasts"])
def test_a_number_and_its_unit_stand_on_one_line(name: str, language: str, watched: Watched):
    page = watched.open(page_file(name, language))
    for width in (320, 375, 1440):
        page.set_viewport_size({"width": width, "height": 812})
        page.evaluate(DRAWN)
        assert page.evaluate(PARTED) == [], width
