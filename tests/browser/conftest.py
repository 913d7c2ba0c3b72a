"""A real browser: Playwright driving the system's Chromium, with the network off.

A machine without Chromium skips these tests and says so; where `PIPELINE_REQUIRE_BROWSER` is set, as in continuous
integration, its absence is a failure.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
)  # fmt: skip


def chromium() -> str | None:
    """The system's Chromium, or the one that `PIPELINE_CHROMIUM` names."""
    named = os.environ.get("PIPELINE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


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


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh window at desktop width, in light colours."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", accept_downloads=True)
    yield made
    made.close()
