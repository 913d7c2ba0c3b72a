"""Numbers in README.md: read from the result files, never typed.

A number stands between two comments that a reader does not see: `<!-- yield_change.change:+ -->+4.0<!-- / -->`.
`update` writes the current values; a test compares, so that the page cannot fall behind.
"""

import re
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import REPORTS, RESULTS, ROOT, shown
from pipeline.text.results import read_results

README = ROOT / "README.md"

_MARKED = re.compile(r"<!-- (?P<notebook>\w+)\.(?P<name>\w+)(?P<signed>:\+)? -->(?P<text>.*?)<!-- / -->")


def current(text: str, reports: Path = REPORTS) -> str:
    """The text with every marked number as the results have it.

    Raises
    ------
    PipelineError
        If a mark names a result that does not exist.
    """

    def value(match: re.Match) -> str:
        notebook, name = match["notebook"], match["name"]
        results = read_results(notebook, reports / RESULTS.name)
        if name not in results:
            raise PipelineError(f"README.md names {notebook}.{name}, which is not in results/{notebook}.json.")
        number = results[name]["value"]
        shown_number = f"{number:+}" if match["signed"] else f"{number}"
        return match[0].replace(f"-->{match['text']}<!--", f"-->{shown_number}<!--")

    return _MARKED.sub(value, text)


def update(readme: Path = README, reports: Path = REPORTS) -> str:
    """Write the current numbers into README.md; a sentence saying whether anything changed."""
    before = readme.read_text(encoding="utf-8")
    after = current(before, reports)
    if after != before:
        readme.write_text(after, encoding="utf-8", newline="\n")
    number = len(_MARKED.findall(after))
    return f"{shown(readme)}: {number} numbers {'written' if after != before else 'were current'}."
