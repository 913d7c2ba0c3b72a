"""Messages: every string that a reader sees, for translators, found where it stands.

A message is a literal in a call of the catalogue, `t("…")`, `of_site("…")` or `fill("…", …)`; a block of a Markdown
cell, a paragraph of a `%%say` cell or a reason that a cell or a method gives; a title, heading, note, caption,
alternative text or word of a declaration; or what a function of `DATA` yields. They are kept in
`pipeline/locale/<language>/<domain>.po`, in the order in which they are found: a domain for each report, `common` for
what is said beside them, `site`, `claims`, `sources`, `reasons`. What stands in one domain is not repeated in a later
one: a language looks in all of them.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from pipeline.errors import PipelineError
from pipeline.paths import NOTEBOOKS, ROOT, shown
from pipeline.text.declarations import GROUPS, declarations
from pipeline.text.fill import REASONS
from pipeline.text.language import COMMON, LOCALE, SOURCE_LANGUAGE, languages, translations
from pipeline.text.markdown import blocks, is_formula, is_say, paragraphs, words_of_formula
from pipeline.text.notebooks import read_notebook

CALLS = ("t", "of_site", "fill")
SITE = "site"
OWN = ("explorer", "brief")  # modules with a catalogue of their own

# Functions that yield messages which are no literals of a call: sentences kept in constants, words of data files that
# people write. By domain, as "module:function", so that nothing is imported before it is needed.
DATA: dict[str, str] = {
    SITE: "pipeline.site.front:messages",
    "brief": "pipeline.site.brief:messages",
    "claims": "pipeline.ledger.wording:project_messages",
    COMMON: "pipeline.site.data_card:messages",
    "sources": "pipeline.site.sources:messages",
    "international_clusters": "pipeline.studies.international_clusters.analysis:messages",
    "cluster_model": "pipeline.studies.cluster_model.analysis:messages",
    "cold_chain": "pipeline.studies.cold_chain.analysis:messages",
    "circular": "pipeline.studies.circular.analysis:messages",
    "energy_hub": "pipeline.studies.energy_hub.analysis:messages",
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
                "found for translation. Write the sentence there."
            )


DECLARED = ("title", "heading", "note", "say", "words", "alt", "caption", "why")
"""Texts of declarations by their field, and the reason for which a value is not defined."""


def passes_on(message: ast.expr) -> bool:
    """Whether a message stands elsewhere: a constant of another module, a text of a declaration (`figure.alt`,
    `column.words[code]`), or a message that was handed in."""
    field = message.value if isinstance(message, ast.Subscript) else message
    if isinstance(field, ast.Attribute):
        return field.attr in DECLARED
    return isinstance(message, ast.Name) and (message.id.isupper() or message.id == "message")


def called(call: ast.Call) -> str:
    """The name a call is made by: `t` of `t(...)` and of `exhibits.t(...)`."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def in_notebook(path: Path) -> Iterator[str]:
    """Messages of an article, cell by cell; of a displayed formula its words."""
    for cell in read_notebook(path).cells:
        if cell.cell_type == "markdown":
            for _, text in blocks(cell.source):
                yield from words_of_formula(text) if is_formula(text) else [text]
        elif cell.cell_type == "code" and is_say(cell.source):
            yield from (text for paragraph in paragraphs(cell.source) for _, text in paragraph.blocks)
        elif cell.cell_type == "code":
            yield from reasons(cell.source)


def reasons(source: str) -> Iterator[str]:
    """The reasons that a cell gives where it hands over values that are not defined: the literals of `why=...`.

    Those with values in them stand in code, see `refusals`.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic of IPython
        return
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = next((k.value for k in call.keywords if k.arg == "why"), None)
        parts = given.values if isinstance(given, ast.BoolOp) else [given]
        yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def refusals(source: str) -> Iterator[str]:
    """The reasons that code gives: literals of `reason(...)` and of refusals, whose values are given by name.

    A refusal that is written with its values in it, `f"..."`, is for whoever calls the method; it stays English.
    """
    calls = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and n.args)
    for call in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
        message, by_name = call.args[0], bool(call.keywords)
        kind = called(call)
        wanted = kind in ("reason", "AnalysisError") or (kind.endswith("Error") and by_name)
        if wanted and isinstance(message, ast.Constant) and isinstance(message.value, str):
            yield message.value


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
    rooms = path.relative_to(ROOT / "pipeline").parts
    if path.stem in OWN:
        return path.stem
    if rooms[0] == "studies" and len(rooms) == 3:
        return rooms[1]
    return {"ledger": "claims", "site": SITE}.get(rooms[0], COMMON)


def messages() -> dict[str, list[str]]:
    """All messages by domain, each once: in the first domain that says it."""
    package = ROOT / "pipeline"
    found: dict[str, dict[str, None]] = {COMMON: {}}
    for path in sorted(package.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        found.setdefault(domain_of(path), {}).update(dict.fromkeys(in_code(source, shown(path))))
        found.setdefault(REASONS, {}).update(dict.fromkeys(refusals(source)))
    found.setdefault(SITE, {}).update(dict.fromkeys(GROUPS.values()))
    for name, declared in declarations().items():
        of_report = found.setdefault(name, {})
        of_report.update(dict.fromkeys(in_notebook(NOTEBOOKS / f"{name}.ipynb")))
        of_report.update(dict.fromkeys(declared.messages()))
    for path in sorted(package.rglob("*.j2")):
        found.setdefault(domain_of(path), {}).update(dict.fromkeys(in_template(path)))
    for domain, address in DATA.items():
        module, function = address.split(":")
        found.setdefault(domain, {}).update(dict.fromkeys(getattr(import_module(module), function)()))
    said: set[str] = set()
    first = {}
    for domain in sorted(found, key=lambda d: (d != COMMON, list(found).index(d))):
        first[domain] = [message for message in found[domain] if message not in said]
        said |= set(found[domain])
    return {domain: texts for domain, texts in first.items() if texts}


def untranslated(language: str) -> dict[str, list[str]]:
    """Messages without a translation, by domain; only domains that lack one."""
    there = translations(language)
    lacking = {domain: [m for m in texts if m not in there] for domain, texts in messages().items()}
    return {domain: texts for domain, texts in lacking.items() if texts}


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
                locale=language,
                project="green-clusters-kyrgyzstan",
                version="1",
                header_comment=f"# {domain}",
                last_translator="the project",
                language_team="the project",
                msgid_bugs_address="the project",
                creation_date=_NO_DATE,
                revision_date=_NO_DATE,
                fuzzy=False,
            )
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
    return ("python-brace-format",) if re.search(r"\{[\w.]+(:[^}]*)?\}", text) else ()
