"""JupyterLab really starts on the landing notebook, and a notebook runs there from top to bottom without a warning."""

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from pipeline.paths import NOTEBOOKS
from pipeline.text.declarations import declarations
from pipeline.text.notebooks import read_notebook
from tests.copies import call, clone

SECONDS = 120
SOON = SECONDS * 1000.0  # milliseconds: kernels start, cells run
OPEN = "yield_change"
HERE = r"(?:https?|wss?)://(?:127\.0\.0\.1|localhost):|data:|blob:"


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory) -> Iterator[str]:
    """The address that `python -m pipeline lab` says to open; the server is ended afterwards.

    It runs in a copy: JupyterLab saves what is open, and would change the notebooks under the other tests. The copy
    is like a fresh clone, without the tables of `data/`.
    """
    folder = clone(tmp_path_factory.mktemp("lab") / "project", without=("reports", "tests"))
    process = subprocess.Popen(
        **call(folder, "lab", "--no-browser", "--port=0", "--allow-root"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines: Queue[str] = Queue()
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True).start()
    said = []
    try:
        while True:
            said.append(lines.get(timeout=SECONDS))
            found = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+/lab\S*", said[-1])
            if found:
                break
        _wait_for(folder / "data" / "processed" / "checks.json", process)
        yield found[0]
    except Empty:
        pytest.fail("JupyterLab did not say its address:\n" + "".join(said))
    finally:
        process.terminate()
        process.wait(timeout=60)
        if found := re.search(r":(\d+)/lab", "".join(said)):
            with socket.socket() as ask:  # told to end, the command has ended the server too
                assert ask.connect_ex(("127.0.0.1", int(found[1]))) != 0


def _wait_for(table: Path, process: subprocess.Popen) -> None:
    """Until the tables are made, which begins as the server starts."""
    end = time.monotonic() + SECONDS
    while not table.is_file():
        assert process.poll() is None and time.monotonic() < end, f"{table} was not made"
        time.sleep(0.2)


def test_the_lab_opens_on_the_landing_notebook_and_runs_a_notebook(lab: str, context: BrowserContext):
    page = context.new_page()
    page.set_default_timeout(SOON)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lab)
    landing = _panel(page, "index")
    assert "notebooks/index.ipynb" in page.url

    _run_all(page, landing, landing.locator(".jp-RenderedHTMLCommon td").first)
    listed = landing.locator(".jp-RenderedMarkdown ol li a")
    expect(listed).to_have_count(len(declarations()), timeout=SOON)
    assert [a.get_attribute("href").split("/")[-1].split("?")[0] for a in listed.all()] == [
        f"{name}.ipynb" for name in declarations()
    ]

    listed.nth(list(declarations()).index(OPEN)).click()
    opened = _panel(page, OPEN)
    figure = opened.locator(".jp-RenderedSVG").first
    _run_all(page, opened, figure)
    assert figure.bounding_box()["width"] > 300
    assert opened.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert opened.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0

    assert page.get_by_text("Would you like to get notified").count() == 0  # nobody is asked for news, no reader either
    assert [url for url in asked if "/lab/api/news" in url or not re.match(HERE, url)] == []

    page.goto(lab)  # the next day: what was open is there again, and the landing notebook is in front
    expect(page.get_by_role("tab", name=f"{OPEN}.ipynb")).to_be_visible(timeout=SOON)
    _panel(page, "index")


def _panel(page: Page, name: str) -> Locator:
    """The notebook in front, once it is this one and its kernel waits for work."""
    panel = page.locator(f'.jp-NotebookPanel:not(.lm-mod-hidden):has(h1:text-is("{_title(name)}"))')
    expect(panel).to_be_visible(timeout=SOON)
    expect(panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible(timeout=SOON)
    return panel


def _run_all(page: Page, panel: Locator, shown: Locator) -> None:
    """Run all cells, until the last one ran and what the notebook shows is there.

    Once in some forty runs JupyterLab showed no output of a kernel that had just started; whoever sees that runs all
    again, and so does the test, once. A notebook that fails does so both times.
    """
    prompts = panel.locator(".jp-CodeCell .jp-InputPrompt")
    for last in (False, True):
        panel.locator("h1").first.click()  # the menu acts on the notebook that was last touched
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('[data-command="runmenu:run-all"], [data-command="notebook:run-all-cells"]').first.click()
        try:
            expect(prompts.last).to_have_text(re.compile(r"\[\d+\]:"), timeout=SOON / 2)
            expect(shown).to_be_visible(timeout=SOON / 8)
            return
        except AssertionError as error:
            if last:
                said = panel.locator(".jp-OutputArea-output").all_inner_texts()
                pytest.fail(f"{error}\nPrompts: {prompts.all_inner_texts()}\nThe notebook says: {said}")


def _title(name: str) -> str:
    return read_notebook(NOTEBOOKS / f"{name}.ipynb").cells[0].source.removeprefix("# ").splitlines()[0]
