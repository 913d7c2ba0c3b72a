"""Resolving `pyproject.toml` into the two locks: what runs, and what the tests need beyond it.

Each package is pinned with its hashes for every system and Python; neither file names a host.
"""

import re
import sys
from pathlib import Path

from pipeline.paths import ROOT
from pipeline.run.environment import LOCK, TEST_LOCK, EnvironmentSetupError, process_environment, run_tool, say

OPTIONS = (
    "--universal",
    "--python-version",
    "3.11",
    "--fork-strategy",
    "fewest",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--quiet",
)


def lock(upgrade: bool = False, root: Path = ROOT) -> None:
    """Write `requirements.lock` and `requirements-test.lock` from `pyproject.toml`.

    Both come from one resolution: the tests run with the very versions that a reader runs with.

    Parameters
    ----------
    upgrade : bool
        Take newer releases; otherwise versions already pinned stay.

    Raises
    ------
    EnvironmentSetupError
        If there is no solution, or a lock would name a host; then nothing is written.
    """
    before = {name: (root / name).read_text(encoding="utf-8") for name in (LOCK, TEST_LOCK) if (root / name).exists()}
    everything = root / "build" / "requirements-all.txt"
    everything.parent.mkdir(exist_ok=True)
    everything.write_text("".join(sorted(pin for text in before.values() for pin in blocks(text))), encoding="utf-8")
    complete = _resolve(everything, ["--all-extras", *(["--upgrade"] if upgrade else [])], root)
    runs = _resolve(root / "build" / "requirements-run.txt", ["--constraints", str(everything)], root)
    beyond = [pin for pin in blocks(complete) if pin not in set(blocks(runs))]
    (root / LOCK).write_text(runs, encoding="utf-8", newline="\n")
    (root / TEST_LOCK).write_text(f"-r {LOCK}\n" + "".join(beyond), encoding="utf-8", newline="\n")
    old, new = {pin for text in before.values() for pin in pins(text)}, set(pins(complete))
    for sign, changed in (("-", old - new), ("+", new - old)):
        for pin in sorted(changed):
            say(f"  {sign} {pin}")
    say(f"{LOCK} ({len(blocks(runs))} packages) and {TEST_LOCK} ({len(beyond)} more) are written.")


def blocks(text: str) -> list[str]:
    """Every package of a lock, with its hashes, as it stands there."""
    return re.findall(r"^[A-Za-z0-9].*\n(?: +--hash.*\n)*", text, flags=re.MULTILINE)


def pins(text: str) -> list[str]:
    """Every requirement of a lock with its marker and without its hashes: ``name==version ; marker``."""
    return [block.splitlines()[0].rstrip("\\ ") for block in blocks(text)]


def _resolve(draft: Path, options: list[str], root: Path) -> str:
    """What uv finds; it keeps the versions that it reads in its output file."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *OPTIONS, *options]
    run_tool([*command, "--output-file", str(draft)], root, process_environment(root))
    text = draft.read_text(encoding="utf-8")
    if "://" in text or re.search(r"^-", text, flags=re.MULTILINE):
        raise EnvironmentSetupError(
            f"the new lock ({draft}) would name a host or an option of this machine; nothing was written.\n"
            "Look for a dependency given by address in pyproject.toml, or for options in uv's settings."
        )
    return text
