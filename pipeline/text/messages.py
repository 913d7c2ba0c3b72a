"""Messages: every string that a reader sees, found in code, notebooks, templates and data, for the translators.

A message is a literal in a call of the catalogue: `t("…")`, `exhibits.prose("…")`, `exhibits.sentence("…")`; a block of
a Markdown cell (`blocks`); or what a function of `DATA` yields. They are kept in
`pipeline/locale/<language>/<domain>.po`, in the order in which they are found.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from pipeline.errors import PipelineError
from pipeline.paths import NOTEBOOKS as FOLDER
from pipeline.paths import ROOT, shown
from pipeline.text.language import COMMON, LOCALE, SOURCE_LANGUAGE, languages
from pipeline.text.notebooks import read_notebook
from pipeline.text.parameters import NOTEBOOKS

CALLS = ("t", "prose", "sentence")
SITE = "site"
PAGES = ("publish", "site", "rendering")  # modules and packages of pipeline/ whose strings are the site's
OWN = ("explorer", "brief")  # modules with a catalogue of their own

# Functions that yield messages which are no literals of a call: sentences kept in constants, words of data files that
# people write. By domain, as "module:function", so that nothing is imported before it is needed.
DATA: dict[str, str] = {
    "brief": "pipeline.site.brief:messages",
    "claims": "pipeline.ledger.wording:project_messages",
    COMMON: "pipeline.site.data_card:messages",
    "sources": "pipeline.site.sources:messages",
    "international_clusters": "pipeline.studies.international_clusters.analysis:messages",
    "cluster_model": "pipeline.studies.cluster_model.analysis:messages",
    "recommendations": "pipeline.studies.recommendations.analysis:messages",
}


def in_code(source: str, where: str) -> Iterator[str]:
    """Messages of Python source: the first argument of every call of the catalogue.

    Raises
    ------
    PipelineError
        If a message is neither a literal nor a constant of the module, so that it could not be found.
    """
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.args and called(n) in CALLS]
    for call in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
        message = call.args[0]
        if isinstance(message, ast.Constant) and isinstance(message.value, str):
            yield message.value
        elif isinstance(message, ast.Name) and message.id in constants:
            yield constants[message.id]
        elif not passes_on(message):
            raise PipelineError(
                f"{where}, line {call.lineno}: the message {ast.unparse(message)} is not a literal, so it cannot be "
                "found for translation. Write the sentence there, or read a deferred text with t.read(...)."
            )


def passes_on(message: ast.expr) -> bool:
    """Whether a message stands elsewhere: a constant of another module, or a message that was handed in."""
    return isinstance(message, ast.Name) and (message.id.isupper() or message.id == "message")


def called(call: ast.Call) -> str:
    """The name a call is made by: `t` of `t(...)` and of `exhibits.t(...)`."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def blocks(source: str) -> list[tuple[str, str]]:
    """The blocks of a Markdown cell: what stands before each (heading marks, a dash, a number), and its text.

    A paragraph, a heading and an item of a list are one block each; line breaks within are folded to spaces.

    Examples
    --------
    >>> blocks("## Limits\\n\\n- One crop\\n  only.\\n- Two years.")
    [('## ', 'Limits'), ('- ', 'One crop only.'), ('- ', 'Two years.')]
    """
    found: list[tuple[str, str]] = []
    for paragraph in re.split(r"\n\s*\n", source.strip()):
        for line in paragraph.split("\n"):
            mark, text = re.fullmatch(r"(#+ |\s*[-*] |\s*\d+\. )?(.*)", line).groups()
            if mark or line == paragraph.split("\n")[0]:
                found.append((mark or "", text.strip()))
            else:
                before, begun = found[-1]
                found[-1] = (before, f"{begun} {text.strip()}")
    return [(mark, text) for mark, text in found if text]


def in_notebook(path: Path) -> Iterator[str]:
    """Messages of a notebook, cell by cell."""
    for cell in read_notebook(path).cells:
        if cell.cell_type == "markdown":
            yield from (text for _, text in blocks(cell.source))
        elif cell.cell_type == "code":
            yield from in_code(cell.source, f"{shown(path)}, cell {cell.id}")


def in_template(path: Path) -> Iterator[str]:
    """Messages of a Jinja template: the literal that `t` is called with."""
    environment = jinja2.Environment()
    calls = environment.parse(path.read_text(encoding="utf-8")).find_all(jinja2.nodes.Call)
    for call in calls:
        if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "t":
            if not (call.args and isinstance(call.args[0], jinja2.nodes.Const)):
                raise PipelineError(f"{shown(path)}, line {call.lineno}: the message of t(...) is not a literal.")
            yield call.args[0].value


def domain_of(path: Path) -> str:
    """The catalogue that a file's messages belong to."""
    if path.stem in (*NOTEBOOKS, *OWN):
        return path.stem
    if path.parent.name == "ledger":
        return "claims"
    of_pages = path.stem in PAGES or path.parent.name in PAGES
    return SITE if of_pages or path.suffix == ".j2" else COMMON


def messages() -> dict[str, list[str]]:
    """All messages by domain, each once, in the order of the files.

    What several domains say is common, so that it is translated once and reads the same on every page.
    """
    package = ROOT / "pipeline"
    found: dict[str, dict[str, None]] = {}
    for path in sorted(package.rglob("*.py")):
        if path.name != "exhibits.py":  # hands on the message it was called with
            found.setdefault(domain_of(path), {}).update(
                dict.fromkeys(in_code(path.read_text(encoding="utf-8"), shown(path)))
            )
    for name in NOTEBOOKS:
        found.setdefault(name, {}).update(dict.fromkeys(in_notebook(FOLDER / f"{name}.ipynb")))
    for path in sorted((package / "templates").rglob("*.j2")):
        found.setdefault(SITE, {}).update(dict.fromkeys(in_template(path)))
    for domain, address in DATA.items():
        module, function = address.split(":")
        found.setdefault(domain, {}).update(dict.fromkeys(getattr(import_module(module), function)()))
    times = Counter(message for said in found.values() for message in said)
    common = found.setdefault(COMMON, {})
    common.update(dict.fromkeys(message for message, n in times.items() if n > 1))
    return {d: [m for m in ms if d == COMMON or m not in common] for d, ms in found.items() if ms}


def untranslated(language: str) -> dict[str, list[str]]:
    """Messages without a translation, by domain."""
    wanted = messages()
    there = {domain: _read(language, domain) for domain in wanted}
    return {d: [m for m in ms if not (m in there[d] and there[d][m].string)] for d, ms in wanted.items()}


def _read(language: str, domain: str) -> Catalog:
    path = LOCALE / language / f"{domain}.po"
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> str:
    """Bring all catalogues up to date: new messages are added without a translation, unused ones go.

    A message that came into another domain, because a second notebook says it too, takes its translation along.
    Returns a sentence saying how many still need a translation.
    """
    wanted, empty = messages(), 0
    translated_into = [language for language in languages() if language != SOURCE_LANGUAGE]
    for language in translated_into:
        old = {path.stem: _read(language, path.stem) for path in sorted((LOCALE / language).glob("*.po"))}
        anywhere = {m.id: m.string for catalogue in old.values() for m in catalogue if m.string}
        for domain, texts in wanted.items():
            new = Catalog(
                locale=language, project="green-clusters-kyrgyzstan", version="1", header_comment=f"# {domain}",
                last_translator="the project", language_team="the project", msgid_bugs_address="the project",
                creation_date=_NO_DATE, revision_date=_NO_DATE, fuzzy=False,
            )  # fmt: skip
            for text in texts:
                own = old[domain].get(text) if domain in old else None
                translation = (own and own.string) or anywhere.get(text, "")
                new.add(text, translation, flags=_flags(text))
                empty += not translation
            path = LOCALE / language / f"{domain}.po"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, new, width=0, no_location=True)
        for path in (LOCALE / language).glob("*.po"):
            if path.stem not in wanted:
                path.unlink()
    total = sum(map(len, wanted.values()))
    return f"{total} messages in {len(wanted)} domains, {len(translated_into)} languages; {empty} translations missing."


_NO_DATE = datetime(2024, 1, 1, tzinfo=UTC)  # the files are compared byte for byte; git knows when they changed


def _flags(text: str) -> tuple[str, ...]:
    return ("python-brace-format",) if re.search(r"\{\w+(:\+)?\}", text) else ()
