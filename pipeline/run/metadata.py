"""What describes a package to programs: a Frictionless data package, an RO-Crate, a CODECHECK manifest.

All three follow from what people wrote elsewhere: the cards of the sources, the declarations of the reports,
`CITATION.cff`. What is not known (a DOI, a licence without doubts) is left out or said, never made up.

Frictionless Data Package v1: https://specs.frictionlessdata.io; RO-Crate: https://w3id.org/ro/crate; CODECHECK
configuration file 1.0, the last one that does not ask for ORCIDs: https://codecheck.org.uk/spec/config/1.0/.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import yaml

from pipeline.data.cards import Card, Column, Table
from pipeline.errors import PipelineError
from pipeline.paths import ROOT
from pipeline.site.citation import Citation
from pipeline.site.readme import Exhibit

NAME = "green-clusters-kyrgyzstan"
CODECHECK = "https://codecheck.org.uk/spec/config/1.0/"

_TYPES = {"text": "string", "integer": "integer", "number": "number", "date": "date", "figure": "string"}
FIGURE = r">\d+(\.\d+)?|-?\d+(\.\d+)?|\d+(\.\d+)?-\d+(\.\d+)?"
"""A printed figure as cards know it: a number, a range `45-112`, or `>80`."""


# The data package ---------------------------------------------------------------------------------------------------


def data_package(cards: Iterable[Card], citation: Citation, root: Path = ROOT) -> dict:
    """The raw tables as a Frictionless data package: one resource a table, its schema as its card describes it."""
    return {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": f"{citation.project.title}: the published tables",
        "description": (
            "Each table as it was published; what is wrong in one stands in data/corrections.yml. A producer's licence "
            "is given in the producer's words, with our doubts in data/README.md."
        ),
        "version": citation.project.version,
        "contributors": [{"title": author, "role": "author"} for author in citation.project.authors],
        "resources": [_resource(card, name, table, root) for card in cards for name, table in card.tables.items()],
    }


def validate_data_package(package: dict, root: Path = ROOT) -> None:
    """Have `frictionless` read every table of a data package and hold it against its schema.

    Raises
    ------
    PipelineError
        Naming the first faults, table by table.
    """
    from frictionless import Package

    report = Package.from_descriptor(package, basepath=str(root)).validate()
    faults = [f"{of_package.message}" for of_package in report.errors]
    faults += [f"{task.place}: {error.message}" for task in report.tasks for error in task.errors]
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults[:10])
        raise PipelineError(
            f"The raw tables are not the data package that their cards describe ({len(faults)} faults):\n{listed}\n"
            "Make the cards (data/raw/*/source.yml) and the tables agree."
        )


def _resource(card: Card, name: str, table: Table, root: Path) -> dict:
    path = f"data/raw/{card.id}/{name}"
    schema: dict = {"fields": [_field(column, about) for column, about in table.columns.items()], "missingValues": [""]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    resource = {
        "profile": "tabular-data-resource",
        "name": f"{card.id}-{Path(name).stem}".lower(),
        "path": path,
        "title": card.title,
        "description": table.describes or card.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": (root / path).stat().st_size,
        "hash": f"sha256:{table.sha256}",
        "schema": schema,
        "sources": [{"title": card.producer, **({"path": card.url_main} if _is_address(card.url_main) else {})}],
        "licenses": [{"path": "data/README.md", "title": _licence(card)}],
    }
    return resource


def _field(name: str, column: Column) -> dict:
    field: dict = {"name": name, "type": _TYPES[column.type], "description": column.description}
    if column.unit:
        field["unit"] = column.unit
    constraints: dict = {} if column.optional else {"required": True}
    if column.type == "figure":
        constraints["pattern"] = FIGURE
    else:  # a figure is a text there, such as 45-112, and a text has no minimum
        limits = {"minimum": column.at_least, "maximum": column.at_most}
        constraints |= {name: _json_number(limit) for name, limit in limits.items() if limit is not None}
    if column.one_of:
        constraints["enum"] = list(column.one_of)
    return field | ({"constraints": constraints} if constraints else {})


def _json_number(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)


def _licence(card: Card) -> str:
    return card.licence.name + (f" ({card.licence.note})" if card.licence.note else "")


def _is_address(text: str | None) -> bool:
    return bool(text) and text.startswith(("https://", "http://")) and " " not in text


# The RO-Crate -------------------------------------------------------------------------------------------------------

MAIN_FILES = {
    "README.md": ("What this is, and how to run it", "text/markdown"),
    "LICENSE": ("Licence of the code (MIT), and what holds for texts and data", "text/plain"),
    "LICENSES/CC-BY-4.0.txt": ("Licence of the texts and figures", "text/plain"),
    "CITATION.cff": ("How to cite", "application/yaml"),
    "codecheck.yml": ("What a reproduction has to make again", "application/yaml"),
    "datapackage.json": ("The published tables, described column by column", "application/json"),
    "requirements.lock": ("The packages of the run, each with its version and hashes", "text/plain"),
    "requirements-test.lock": ("The packages of the tests beyond them", "text/plain"),
    "params.yaml": ("The study's parameters", "application/yaml"),
    "data/README.md": ("The data card: producers, licences and doubts, coverage, known problems", "text/markdown"),
    "reports/index.html": ("The reports, English", "text/html"),
}
WORKFLOW = "dvc.yaml"


def ro_crate(cards: Iterable[Card], titles: dict[str, str], citation: Citation, files: dict[str, bytes]) -> dict:
    """The whole package as an RO-Crate: sources, notebooks, what each makes, the paper, licences.

    Parameters
    ----------
    titles
        Title of each report by its name.
    files
        Every file of the package by its path; only files of it are described.
    """
    from rocrate.model import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate()

    def entity(identifier: str, kind: str, **properties: object) -> ContextEntity:
        return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))

    def file(path: str, name: str, form: str, **properties: object):
        content = files[path]
        about = {"name": name, "encodingFormat": form, "contentSize": str(len(content))}
        about["sha256"] = hashlib.sha256(content).hexdigest()
        return crate.add_file(dest_path=path, properties=about | properties)

    project, paper = citation.project, citation.paper
    of_code = entity("https://spdx.org/licenses/MIT", "CreativeWork", name="MIT License")
    of_texts = entity("https://creativecommons.org/licenses/by/4.0/", "CreativeWork", name="CC BY 4.0")
    team = entity("#authors", "Organization", name="; ".join(project.authors))
    writers = [entity(f"#{author.replace(' ', '_')}", "Person", name=author) for author in paper.authors]
    article = entity("#paper", "ScholarlyArticle", name=paper.title, author=writers, description=paper.note)
    root = crate.root_dataset
    for name, value in {
        "name": project.title,
        "description": citation.abstract,
        "datePublished": project.released,
        "version": project.version,
        "author": team,
        "publisher": team,
        "license": of_code,
        "isBasedOn": article,
        "creditText": project.reference(),
        "conditionsOfAccess": "Code: MIT. Texts and figures: CC BY 4.0. Data: the licence of each source, with doubts.",
    }.items():
        root[name] = value
    if project.doi:
        root["identifier"] = project.url

    for path, (name, form) in MAIN_FILES.items():
        file(path, name, form, **({"license": of_texts} if path.startswith("reports/") else {}))
    sources = [_source(crate, entity, file, card) for card in cards]
    python = entity("#python", "ComputerLanguage", name="Python", url="https://www.python.org")
    dvc = entity("#dvc", "ComputerLanguage", name="DVC", url="https://dvc.org")
    program = {"@type": ["File", "SoftwareSourceCode"]}
    stages = {"@type": [*program["@type"], "ComputationalWorkflow"], "programmingLanguage": dvc}
    root["mainEntity"] = file(WORKFLOW, "The stages from the tables to the reports", "application/yaml", **stages)
    for report, title in titles.items():
        form = "application/x-ipynb+json"
        notebook = file(f"notebooks/{report}.ipynb", title, form, **program, programmingLanguage=python)
        made = crate.add_dataset(dest_path=f"reports/{report}/", properties={"name": title, "license": of_texts})
        done = {"name": f"python -m pipeline run {report} --stage"}
        crate.add_action(notebook, identifier=f"#run-{report}", object=sources, result=made, properties=done)
    found = crate.metadata.generate()
    found["@graph"].sort(key=lambda each: each["@id"])  # the library keeps no order of its own
    return found


def _source(crate, entity, file, card: Card):
    """A source as a data set of the crate, with its tables, its producer and its licence."""
    licence = entity(f"#licence-{card.id}", "CreativeWork", name=card.licence.name, description=_licence(card))
    producer = entity(f"#producer-{card.id}", "Organization", name=card.producer)
    about = {
        "name": card.title,
        "description": card.how_obtained,
        "license": licence,
        "publisher": producer,
        "url": card.url_main if _is_address(card.url_main) else "",
        "datePublished": str(card.date_published or ""),
        "sdDatePublished": str(card.date_accessed or ""),
    }
    made = crate.add_dataset(dest_path=f"data/raw/{card.id}/", properties={k: v for k, v in about.items() if v})
    folder, parts = f"data/raw/{card.id}", []
    for name, table in card.tables.items():
        parts.append(file(f"{folder}/{name}", table.describes or name, "text/csv", license=licence))
    made["hasPart"] = [*parts, file(f"{folder}/source.yml", f"The card of {card.id}", "application/yaml")]
    return made


# The CODECHECK manifest ---------------------------------------------------------------------------------------------


def codecheck(exhibits: Iterable[Exhibit], results: Iterable[str], citation: Citation) -> str:
    """`codecheck.yml`: every figure, table and result file that a check has to make again.

    Parameters
    ----------
    results
        The files of values, from the project's root.
    """
    head = (
        "%YAML 1.1\n"
        "# What a CODECHECK has to make again: make reproduce. The ORCIDs of the authors and a reference of the paper\n"
        "# are not known here; codechecker, report, summary and certificate are the codechecker's to add.\n"
        "---\n"
    )
    manifest = [{"file": file, "comment": f"Values of the report {file.split('/')[1]}"} for file in results]
    for exhibit in exhibits:
        label = f"{exhibit.label} of the report {exhibit.report}"
        manifest.append({"file": exhibit.file, "comment": f"{label}. {exhibit.says}"})
        if exhibit.data:
            manifest.append({"file": exhibit.data, "comment": f"The data of {label}"})
    content = {
        "version": CODECHECK,
        "manifest": manifest,
        "paper": {
            "title": citation.project.title,
            "authors": [{"name": author} for author in citation.project.authors],
            "reference": citation.project.reference(),
        },
    }
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
