"""`benchmarks/results.md`: a section for each benchmark, rewritten when that benchmark is run."""

import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).with_name("results.md")
TITLE = "# Benchmarks\n\nWritten by the scripts beside this file. Figures of one section come from one run.\n"
LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")


def write_section(name: str, heading: str, text: str, path: Path = RESULTS) -> None:
    """Put a section into `results.md`: in place of the one of that name, else at the end."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{begin}\n\n## {heading}\n\n{machine()}\n\n{text.strip()}\n\n{end}\n"
    page = path.read_text(encoding="utf-8") if path.is_file() else TITLE
    if begin in page:
        page = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}\n", lambda _: section, page, flags=re.S)
    else:
        page = f"{page.rstrip()}\n\n{section}"
    path.write_text(page, encoding="utf-8")


def machine() -> str:
    """Machine, versions and day, as every section says them."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{_processor()}; Python {platform.python_version()}, {versions}; {datetime.now(UTC):%Y-%m-%d}."


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", listed.read_text()) if listed.is_file() else []
    return f"{len(models)} x {models[0]}" if models else platform.machine()


def markdown_table(frame: pd.DataFrame) -> str:
    """A frame of texts and numbers as a Markdown table; missing cells stay empty."""
    shown = frame.astype(object).where(frame.notna(), "")
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|---" * len(frame.columns) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in shown.itertuples(index=False, name=None)]
    return "\n".join(lines)
