"""The content-security policy of the pages in a real browser, from disk and from a server on this machine."""

import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from pipeline.paths import REPORTS
from tests.browser.conftest import address

SCRIPTS = (
    "<script>document.title = 'it ran'</script>"
    "<img src='none.png' onerror=\"document.title = 'it ran'\">"
    "<iframe srcdoc=\"<script>parent.document.title = 'it ran'</script>\"></iframe>"
    "<svg onload=\"document.title = 'it ran'\"></svg>"
)
PAGES = ("index.html", "yield_change/index.html", "explorer.html")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages tried here with what they need, and beside each one with scripts that somebody put into it."""
    folder = tmp_path_factory.mktemp("site")
    for part in ("assets", "yield_change"):
        shutil.copytree(REPORTS / part, folder / part)
    for name in PAGES:
        text = (REPORTS / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name.replace(".html", "-hostile.html")).write_text(
            text.replace("</main>", SCRIPTS + "</main>"), encoding="utf-8"
        )
    for picture in re.findall(r'<img src="([^"]+)"', (REPORTS / "index.html").read_text(encoding="utf-8")):
        (folder / picture).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPORTS / picture, folder / picture)
    return folder


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("way", ["disk", "server"])
@pytest.mark.parametrize("name", PAGES)
def test_no_script_runs_that_the_page_did_not_bring(site, served, context: BrowserContext, way, name):
    begin = address(site) if way == "disk" else served
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{begin}/{name}")
    assert [c for c in complaints if "favicon" not in c] == []
    title = page.title()
    page.goto(f"{begin}/{name.replace('.html', '-hostile.html')}")
    page.wait_for_timeout(200)
    assert page.title() == title
    assert any("Content Security Policy" in c for c in complaints)  # the scripts were there, and were refused
    assert page.locator("header.site").evaluate("e => getComputedStyle(e).display") != "inline"  # styles were not
    page.close()
