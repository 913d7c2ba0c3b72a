"""The stages: `dvc.yaml` as this command writes it from the declarations, and what each stage depends on.

`python -m pipeline stages` writes the file. The stages that read the raw data and make the pages are the same for all;
one stage a report follows from its declaration and from what its notebook and its study import. A room of the package
counts as a whole: an edit of a method runs every report that uses methods.
"""

import ast
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from pipeline.errors import NotebookError
from pipeline.ledger.model import read_ledger
from pipeline.paths import NOTEBOOKS, RAW, ROOT, STAGES, shown
from pipeline.run.files import digest, files_of
from pipeline.text.declarations import STUDY, Declaration, declarations
from pipeline.text.language import SOURCE_LANGUAGE, languages
from pipeline.text.markdown import is_say

__all__ = ["Stage", "as_yaml", "digest", "files_of", "report_stage", "stages", "write_stages"]


@dataclass(frozen=True)
class Stage:
    """One stage; paths from the project's root with forward slashes.

    Attributes
    ----------
    kept
        Outputs that the repository keeps (and DVC's cache does not): reports, pages, the data card.
    """

    name: str
    description: str
    command: str
    deps: tuple[str, ...]
    outs: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    data: dict = field(default_factory=dict, compare=False)

    def written(self) -> dict:
        """The stage as dvc.yaml has it."""
        entry: dict = {"desc": self.description, "cmd": self.command, "deps": list(self.deps)}
        if self.params:
            entry["params"] = list(self.params)
        entry["outs"] = [*self.outs, *({out: {"cache": False, "persist": True}} for out in self.kept)]
        return entry


DATA_CODE = ("pipeline/data", "pipeline/errors.py", "pipeline/paths.py")
INGESTED = {
    "statistics_committee": "Wheat yields, water, population and national indicators of the Statistical Committee",
    "jalal_abad": "Harvest reports, green technology and raions of Jalal-Abad and the oblasts it is compared with",
    "context": "FAOSTAT, temperature, infrastructure, town positions and the paper's claims and tables",
}
INTERIM = tuple(f"data/interim/{group}" for group in INGESTED)
PROCESSED = tuple(f"data/processed/{name}.csv" for name in ("panel", "exposures", "sources", "claims", "evidence"))
PAGE_CODE = tuple(f"pipeline/{room}" for room in ("site", "studies", "exhibits", "ledger", "methods", "text", "locale"))
LEDGER_RESULTS = "reports/replication/results.json"


def data_stages() -> list[Stage]:
    """The stages that make and check the tables, in the order in which data flow; they need no declaration."""
    ingest = [
        Stage(
            f"ingest_{group}",
            description,
            f"python -m pipeline ingest {group}",
            (*_raw_of(group), "data/corrections.yml", *DATA_CODE),
            (f"data/interim/{group}",),
        )
        for group, description in INGESTED.items()
    ]
    return [
        *ingest,
        Stage(
            "harmonise",
            "One name, one unit and one period label for every figure",
            "python -m pipeline harmonise",
            (*INTERIM, "data/raw", "data/vocabulary", *DATA_CODE),
            PROCESSED,
        ),
        Stage(
            "check",
            "Checks of the harmonised tables that stop the run",
            "python -m pipeline check-data",
            ("data/expectations.yml", "data/interim/jalal_abad", *PROCESSED[:2], "data/vocabulary", *DATA_CODE),
            ("data/processed/checks.json",),
        ),
    ]


def _all_stages() -> list[Stage]:
    """Every stage in the order in which data flow."""
    reports = list(declarations().values())
    of_reports = [report_stage(declared) for declared in reports]
    for_ledger = tuple(f"reports/{name}/results.json" for name in read_ledger().reports)
    study = tuple(f"study.{name}" for name in (*STUDY, "language"))
    return [
        *data_stages(),
        Stage(
            "freeze",
            "The cleaned copies that the notebooks run from",
            "python -m pipeline freeze",
            (*(f"notebooks/{d.name}.ipynb" for d in reports), "pipeline/text/notebooks.py", *DATA_CODE[1:]),
            tuple(f"build/notebooks/{d.name}.ipynb" for d in reports),
        ),
        *of_reports,
        Stage(
            "verify",
            "Every statement of the paper held against data and results",
            "python -m pipeline verify",
            (
                "data/ledger.yml",
                "data/vocabulary",
                *INTERIM,
                *PROCESSED,
                *for_ledger,
                "pipeline/ledger",
                "pipeline/text",
                *DATA_CODE,
            ),
            kept=(LEDGER_RESULTS, "reports/replication/README.md", "reports/replication/tables"),
            params=study,
        ),
        Stage(
            "publish",
            "Every page in every language, the data card and the brief",
            "python -m pipeline publish",
            (
                "data/raw",
                "data/corrections.yml",
                "data/expectations.yml",
                "data/vocabulary",
                "data/ledger.yml",
                *INTERIM,
                *PROCESSED,
                "data/processed/checks.json",
                "CITATION.cff",
                "benchmarks/size_and_power.csv",
                *(f"notebooks/{d.name}.yml" for d in reports),
                *(out for s in of_reports for out in s.kept),
                LEDGER_RESULTS,
                *PAGE_CODE,
                *DATA_CODE,
                "requirements.lock",
            ),
            kept=_pages(reports),
            params=study,
        ),
    ]


def _pages(reports: list[Declaration]) -> tuple[str, ...]:
    """What `publish` owns: the English pages beside the reports, and a tree for every other language."""
    from pipeline.site.frame import GUIDES, PAGES  # pages are known above; only this list looks up

    english = [f"{name}.html" for name in (*PAGES, *GUIDES) if name != "replication"]
    folders = [f"{d.name}/index.html" for d in reports]
    others = [language for language in languages() if language != SOURCE_LANGUAGE]
    own = [*english, "replication/index.html", *folders, "brief.pdf", "assets", "README.md", *others]
    return ("data/README.md", *(f"reports/{name}" for name in own))


def report_stage(declared: Declaration) -> Stage:
    """The stage that runs the notebook of a report."""
    folder = f"reports/{declared.name}"
    written = {"results.json": declared.results, "figures": declared.figures, "tables": declared.tables}
    return Stage(
        declared.name,
        _title(declared.name),
        f"python -m pipeline run {declared.name} --stage",
        tuple(
            dict.fromkeys(
                (
                    f"build/notebooks/{declared.name}.ipynb",
                    f"notebooks/{declared.name}.yml",
                    *declared.inputs,
                    "data/processed/checks.json",
                    "data/vocabulary",
                    *_code_of(declared.name),
                    "pipeline/run/runner.py",
                    "requirements.lock",
                )
            )
        ),
        kept=(f"{folder}/notebook.ipynb", *(f"{folder}/{name}" for name, there in written.items() if there)),
        params=tuple(f"study.{name}" for name in declared.study),
    )


def _title(name: str) -> str:
    return _sources(name)[0][1].splitlines()[0].removeprefix("# ").strip()


def _sources(name: str) -> list[tuple[str, str]]:
    """Type and source of each cell of an article, read as JSON: to import nbformat takes longer than all else here.

    Raises
    ------
    NotebookError
        If the file is missing or is not a notebook.
    """
    path = NOTEBOOKS / f"{name}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except FileNotFoundError:
        raise NotebookError(f"{shown(path)} does not exist.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookError(
            f"{shown(path)} is not a readable notebook: {error!r}. Restore it with git checkout."
        ) from error


def _raw_of(group: str) -> tuple[str, ...]:
    """Folders of the sources whose card names the group."""
    return tuple(f"data/raw/{source}" for source, its_group in _groups().items() if its_group == group)


@cache
def _groups() -> dict[str, str]:
    """The group of each source, as its card says; whether the card is right is for `ingest` to say."""
    found = {}
    for path in sorted(RAW.glob("*/source.yml")):
        named = re.search(r"^group: *(\w+) *$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if named:
            found[path.parent.name] = named[1]
    return found


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement holds others."""

ROOMS = ("ledger", "methods", "exhibits", "text", "data")
"""Rooms that count as a whole."""


@cache
def _imports(path: Path) -> frozenset[str]:
    """Modules of the project that a file imports, with dots; of `from package import name` both."""
    return frozenset(_imported(path.read_text(encoding="utf-8")))


def _imported(source: str) -> set[str]:
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        # Imports are statements: to look at expressions too, which are most of a file, takes five times as long.
        waiting += [part for block in _BLOCKS for part in getattr(node, block, ())]
    return {name for name in found if name.startswith("pipeline.")}


def _code_of(name: str) -> tuple[str, ...]:
    """Rooms, the report's own study, and single modules of other studies that a report's notebook uses, directly or
    through others."""
    source = "\n".join(text for kind, text in _sources(name) if kind == "code" and not is_say(text))
    own = f"pipeline/studies/{name}"
    waiting, seen, used = _imported(source), set(), {"pipeline/errors.py", "pipeline/paths.py"}
    if (ROOT / own).is_dir():
        waiting |= {f"pipeline.studies.{name}"}
    while waiting:
        path = _place(waiting.pop(), own)
        if path is None or path in seen:
            continue
        seen.add(path)
        used.add(path)
        folder = ROOT / path
        for file in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]:
            waiting |= _imports(file)
    return tuple(sorted(used))


def _place(module: str, own: str) -> str | None:
    """The room, the report's own study or the file that a module counts as; None for what is none."""
    _, *rest = module.split(".")
    if not rest or rest[0] in ("errors", "paths"):
        return None
    if rest[0] in ROOMS:
        return f"pipeline/{rest[0]}"
    path = f"pipeline/{'/'.join(rest)}"
    if rest[0] != "studies" or len(rest) == 1:
        return None
    if path == own or path.startswith(f"{own}/"):
        return own
    return f"{path}.py" if (ROOT / f"{path}.py").is_file() else None  # a package itself holds a docstring


def stages() -> dict[str, Stage]:
    """All stages by name."""
    return {stage.name: stage for stage in _all_stages()}


def as_yaml() -> str:
    """What dvc.yaml holds."""
    entries = {stage.name: stage.written() for stage in _all_stages()}
    head = (
        "# Written by `python -m pipeline stages` from the declarations notebooks/<report>.yml; edit those.\n"
        "# `make report` runs the stages whose inputs changed, `make reproduce` all of them.\n"
    )
    return head + yaml.dump({"stages": entries}, sort_keys=False, allow_unicode=True, width=120)


def write_stages(path: Path = STAGES) -> bool:
    """Write dvc.yaml where it is not what the declarations say; whether it changed."""
    text = as_yaml()
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True
