"""A real browser: Playwright driving the system's Chromium, with the network off.

A machine without Chromium skips these tests and says so; where `PIPELINE_REQUIRE_BROWSER` is set, as in continuous
integration, its absence is a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from pipeline.paths import REPORTS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
WINDOW = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "accept_downloads": True}


def chromium() -> str | None:
    """The system's Chromium, or the one that `PIPELINE_CHROMIUM` names."""
    named = os.environ.get("PIPELINE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are slow: a browser has to be started."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        said = "no Chromium on this machine, so pages were not tried in a browser; README.md says how to get it"
        if os.environ.get("PIPELINE_REQUIRE_BROWSER"):
            pytest.fail(said)
        pytest.skip(said)  # a student without a browser still runs everything else, and reads what was left out
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A window at desktop width, in light colours, that tests share which leave nothing behind in it."""
    made = browser.new_context(**WINDOW)
    yield made
    if browser.is_connected():  # a browser that ended by itself has failed the test that it was used by
        made.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh window, for tests that leave something behind: a chosen theme, a network switched off."""
    made = browser.new_context(**WINDOW)
    yield made
    made.close()


@pytest.fixture
def watched(window: BrowserContext) -> Iterator["Watched"]:
    """A page in the shared window; a test that leaves it with a complaint fails."""
    made = Watched(window)
    yield made
    made.page.close()
    assert made.complaints == []


class Watched:
    """A page with everything it complains of, and every request that is not for a file of the reports."""

    def __init__(self, context: BrowserContext):
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.on("console", lambda m: self._note(m.type, m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._seen)

    def _note(self, kind: str, text: str) -> None:
        self.complaints.append(f"{kind}: {text}")

    def _failed(self, request: Request) -> None:
        """Note what is not there or is forbidden; what the browser gave up because the page is left is no fault."""
        if request.failure != "net::ERR_ABORTED":
            self._note("failed", f"{request.url} ({request.failure})")

    def _seen(self, request: Request) -> None:
        if not request.url.startswith((address(REPORTS), "data:", "blob:")):
            self._note("request", request.url)

    def open(self, file: str) -> Page:
        """Open a file below reports/; it may name a place, `glossary.html#top`."""
        name, sign, place = file.partition("#")
        self.page.goto(address(REPORTS / name) + sign + place)
        return self.page


def axe_faults(page: Page, within: str = "html", **options: object) -> list[str]:
    """What axe-core finds wrong within an element of a page, at most three places a rule; brought once to each page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    # preload: axe would fetch the style sheets again, which the page's own policy forbids
    chosen = {"preload": False, "resultTypes": ["violations"], **options}
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {node['html'][:160]}"
        for fault in page.evaluate("([place, chosen]) => axe.run(place, chosen)", [within, chosen])["violations"]
        for node in fault["nodes"][:3]
    ]


def address(path: Path) -> str:
    """The address of a file on disk."""
    return path.resolve().as_uri()
