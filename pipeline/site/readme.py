"""README.md, made from `pipeline/site/pages/project.en.md`, whose numbers are read from the result files."""

from pathlib import Path

from pipeline.paths import REPORTS, ROOT, shown
from pipeline.site.article import MadeReport
from pipeline.site.texts import page_values, written_page
from pipeline.text.declarations import declarations
from pipeline.text.parameters import read_study

README = ROOT / "README.md"
PAGE = "project"


def current(reports: Path = REPORTS) -> str:
    """What README.md holds with the results as they are.

    Raises
    ------
    PipelineError
        If the text names a value that does not exist.
    """
    made = {name: MadeReport.read(name, reports) for name in declarations()}
    note = "<!-- Made by `python -m pipeline readme` from pipeline/site/pages/project.en.md; edit that. -->\n"
    return note + written_page(PAGE, page_values(made, read_study(), reports, {}))


def update(readme: Path = README, reports: Path = REPORTS) -> str:
    """Write README.md; a sentence saying whether anything changed."""
    before, after = readme.read_text(encoding="utf-8") if readme.is_file() else "", current(reports)
    if after != before:
        readme.write_text(after, encoding="utf-8", newline="\n")
    return f"{shown(readme)}: {'written' if after != before else 'is current'}."
