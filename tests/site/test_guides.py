"""The guides are true: every command, file and edit of theirs is made in a copy of the project, and says what it says.

In a guide ```console holds commands after `$ ` and what they print, … standing for anything; ```python title=FILE is a
file that the reader writes; ```diff title=FILE an edit of one that is there.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.site.frame import GUIDES
from pipeline.site.texts import source
from pipeline.text.language import languages
from tests.copies import call, clone
from tests.data.committee import BARLEY, COUNTRY, OBLASTS, title_rows, xlsx

BLOCK = re.compile(r"^```(.*?)\n(.*?)^```$", re.M | re.S)


def blocks(guide: str, language: str = "en") -> list[tuple[str, str]]:
    """What stands after the fence, and what within it."""
    return BLOCK.findall(source(guide, language))


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Commands of a console with what they print."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def shows(expected: str, printed: str) -> bool:
    """Whether a command printed what the guide says."""
    pattern = re.escape(expected.strip()).replace("…", ".*")
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


def edit(path: Path, difference: str) -> None:
    """Make the edit of a diff without line numbers; the lines that it shows stand there once."""
    lines = difference.splitlines()
    old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name}: these lines stand there {text.count(old)} times:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def made_workbook(path: Path) -> None:
    """A workbook of barley yields in the committee's look; its figures are made up, and are nowhere but here."""
    years = list(range(1991, 2026))
    rows = [*title_rows("yield", years), list(BARLEY)]
    for k, area in enumerate((COUNTRY, *OBLASTS)):
        rows.append([*area, *(round(15 + k + (year * (k + 3)) % 7 + 0.1 * k, 1) for year in years)])
    xlsx(path, rows)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """One copy for all guides, each of which takes away what it made; tables that are made are kept."""
    return clone(tmp_path_factory.mktemp("guides") / "copy", without=("reports",))


@pytest.fixture
def copy(project) -> Path:
    """The copy as it was, also after a guide that failed."""
    for command in ("git checkout -q -- .", "git clean -fdq"):
        subprocess.run(command.split(), cwd=project, check=True)
    return project


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_says_happens(copy, guide):
    if guide == "guide_crop":
        made_workbook(copy / "barley.xlsx")
    environment = call(copy)["env"]
    environment |= {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}", "PYTHONPATH": str(copy)}
    for head, text in blocks(guide):
        kind, _, title = head.partition(" title=")
        if kind == "console":
            for command, expected in commands(text):
                # No shell: what a guide asks for needs none of its tricks.
                done = subprocess.run(
                    shlex.split(command),
                    cwd=copy,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    encoding="utf-8",
                    timeout=600,
                    check=False,
                )
                assert shows(expected, done.stdout), f"$ {command}\n{done.stdout}\n--- the guide says:\n{expected}"
        elif kind == "diff":
            edit(copy / title, text)
        else:
            assert kind == "python"
            (copy / title).write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("guide", GUIDES)
def test_blocks_are_the_same_in_every_language(guide):
    """What was tried in English is what a reader of Kyrgyz or Russian copies."""
    assert blocks(guide)
    assert all(blocks(guide, language) == blocks(guide) for language in languages())


@pytest.mark.parametrize("guide", GUIDES)
@pytest.mark.parametrize("language", languages())
def test_the_page_on_extending_leads_to_every_guide(guide, language):
    assert f"](page:{guide})" in source("extend", language)


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\n…\nc", "a\nb\nc", True),
        ("a\n…", "a\n1 passed in 2 s", True),
        ("a", "a\nb", False),
        ("", "?? left.csv", False),
        ("2 passed…", "2 passed in 0.1s", True),
        ("…\n2 passed…", "12 passed", False),
    ],
)
def test_what_is_printed_is_compared_line_by_line(expected, printed, same):
    assert shows(expected, printed) is same
