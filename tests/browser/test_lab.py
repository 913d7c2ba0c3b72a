"""JupyterLab really starts on the landing notebook, and a notebook runs there from top to bottom without a warning."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from queue import Empty, Queue

import pytest
from playwright.sync_api import BrowserContext, expect

from pipeline.environment import process_environment
from pipeline.notebooks import read_notebook
from pipeline.parameters import NOTEBOOKS
from pipeline.paths import NOTEBOOKS as FOLDER
from pipeline.paths import ROOT

SECONDS = 120
OPEN = "yield_change"


@pytest.fixture(scope="module")
def lab(browser) -> Iterator[str]:
    """The address that `python -m pipeline lab` says to open; the server is ended afterwards."""
    command = [sys.executable, "-m", "pipeline", "lab", "--no-browser", "--port=0", "--allow-root"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=process_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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
        yield found[0]
    except Empty:
        pytest.fail("JupyterLab did not say its address:\n" + "".join(said))
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_the_lab_opens_on_the_landing_notebook_and_runs_a_notebook(lab: str, context: BrowserContext):
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(lab)
    expect(page.locator(".jp-NotebookPanel h1").first).to_contain_text("start here", timeout=SECONDS * 1000)
    assert "notebooks/index.ipynb" in page.url

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('[data-command="runmenu:run-all"], [data-command="notebook:run-all-cells"]').first.click()
    listed = page.locator(".jp-RenderedMarkdown ol li a")
    expect(listed).to_have_count(len(NOTEBOOKS), timeout=SECONDS * 1000)
    assert [a.get_attribute("href").split("/")[-1].split("?")[0] for a in listed.all()] == [
        f"{name}.ipynb" for name in NOTEBOOKS
    ]
    expect(page.locator(".jp-RenderedHTMLCommon td").first).to_be_visible(timeout=SECONDS * 1000)

    listed.nth(list(NOTEBOOKS).index(OPEN)).click()
    panel = page.locator(f'.jp-NotebookPanel:not(.lm-mod-hidden):has-text("{_title(OPEN)}")')
    expect(panel).to_be_visible(timeout=SECONDS * 1000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('[data-command="runmenu:run-all"], [data-command="notebook:run-all-cells"]').first.click()
    figure = panel.locator(".jp-RenderedSVG").first
    expect(figure).to_be_visible(timeout=SECONDS * 1000)
    last = panel.locator(".jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text(re.compile(r"\[\d+\]:"), timeout=SECONDS * 1000)

    assert figure.bounding_box()["width"] > 300
    assert panel.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert panel.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    page.keyboard.press("Escape")


def _title(name: str) -> str:
    return read_notebook(FOLDER / f"{name}.ipynb").cells[0].source.removeprefix("# ").splitlines()[0]
