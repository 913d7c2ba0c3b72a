"""The brief: question, data, answer, figure, table and limits on two pages to print, one PDF for each language.

Typst sets it from `templates/brief.typ`. All text goes into the document as data, never as markup, so that nothing in
a name can become code; numbers come from the result files, and a sentence whose result does not exist for the chosen
parameters is left out. No date and no system font enters, so the bytes are the same in every run.
"""

import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import typst

from pipeline.errors import PipelineError
from pipeline.paths import REPORTS
from pipeline.site import front
from pipeline.site.citation import Citation
from pipeline.site.frame import tree
from pipeline.site.markdown import numbers_kept
from pipeline.text.fill import Value, described, fill, is_defined, say
from pipeline.text.language import Catalogue
from pipeline.text.markdown import paragraphs

DOMAIN = "brief"
TEMPLATE = Path(__file__).parent / "templates" / "brief.typ"
FIGURE = "yield_change/figures/slope.svg"

# What it says: messages of the catalogue `brief`.
CHECKS = (
    (
        "Is the change unusual for {oblast}?",
        (
            "Place {history.change_rank} among {history.number_of_changes} changes of the oblast since the series "
            "began, the largest rise first; by size, falls included, place {history.change_rank_absolute}.",
        ),
    ),
    (
        "Did {oblast} do better than the other oblasts?",
        (
            "By its own response to the others {synthesis.lead:+} c/ha, between {synthesis.lead_low:+} and "
            "{synthesis.lead_high:+} (95 %).",
            "[if synthesis.estimates_with_zero == synthesis.estimates] By every one of {synthesis.estimates} ways of "
            "comparing the interval holds zero.\n\n"
            "[else] Intervals that hold zero: {synthesis.estimates_with_zero} of {synthesis.estimates}, by all ways of "
            "comparing.",
        ),
    ),
    (
        "Which effects are excluded?",
        (
            "One in {oblast} alone above {synthesis.lead_high} c/ha lies outside this interval, if the relation of "
            "earlier years held; a smaller one, or none, does not.",
        ),
    ),
    (
        "Could the documented technology have made it?",
        (
            "At a gain of {green_technology.gain} % the {green_technology.documented_here} ha that sources document "
            "add at most {synthesis.documented} c/ha.",
            "For the whole change it would have to cover {green_technology.required_share} % of the area.",
        ),
    ),
)
STATEMENTS_ASKED = "And what else does the paper state?"
STATEMENTS = (
    "Of {replication.statements} statements, {agree} are reproduced or supported, and of "
    "{replication.statements_part_shown} a part is shown. {compatible} agree with what was found or with the paper "
    "itself, but no independent source shows them. {disagree} are not supported, contradicted or inconsistent within "
    "the paper. For {open} there is nothing that could decide, and {replication.statements_normative} say what ought "
    "to be done. {replication.independent_origins} independent sources were read."
)
# Verdicts that the sentences count together.
AGREE = ("reproduced", "within_precision", "supported")
COMPATIBLE = ("compatible", "consistent")
DISAGREE = ("not_supported", "contradicted", "inconsistent")
OPEN = ("not_identified", "not_testable")
DATA_USED = (
    "Year-end yields of the National Statistical Committee by oblast: full year, weight after processing, all "
    "categories of farms. They stand in for January–August, for which no source prints a yield of the oblast in both "
    "years."
)
LIMITS = (
    "One crop has a series by oblast here. Those of other crops are published but could not be obtained.",
    "Where the first year was bad everywhere, a rise from it is a recovery as much as a gain.",
    "The sampling error of official yields is not published; rounding is the only uncertainty of a single figure here.",
)
PICTURE = "Slope chart of yields by oblast in {year_before} and {year_after}; all oblasts as lines, {oblast} bold."


def messages() -> Iterator[str]:
    """Everything above, for the translators."""
    for asked, found in CHECKS:
        yield asked
        yield from (text for sentence in found for part in paragraphs(sentence) for _, text in part.blocks)
    yield from (STATEMENTS_ASKED, STATEMENTS, DATA_USED, *LIMITS, PICTURE)


PDF_STANDARD = "ua-1"  # readable by screen readers: tagged, with a title and described pictures


def content(t: Catalogue, values: Mapping[str, Value], reports: Path = REPORTS) -> dict[str, object]:
    """Everything the brief of one language says, as the template reads it.

    Parameters
    ----------
    values
        What it may name; see `texts.page_values`.
    """
    study = {name: values[f"study.{name}"] for name in ("oblast", "crop", "year_before", "year_after")}
    known = dict(values) | study

    def said(*wanted: str) -> list[str]:
        """The sentences whose values exist for these parameters."""
        return [described(message, known, t) for message in wanted if is_defined(message, known)]

    answer, wanted = (
        [message.removeprefix("- ") for paragraph, _ in say(text, values, t) for message in _lines(paragraph)]
        for text in (front.ANSWER, front.NEXT)
    )
    table = _table(reports, study, t)
    table["note"] = " ".join([table["note"], *(text for text, _ in say(front.NOTE_ON_THE_LARGEST, values, t))])
    cited = Citation.read().project
    checks = [(said(asked), said(*found)) for asked, found in CHECKS]
    return {
        "language": t.language,
        "title": t(
            "Did yields rise in {oblast}, and can green technologies be the reason?", oblast=study["oblast"].shown(t)
        ),
        "kind": t("Research brief"),
        "headings": {
            "question": t("Question"),
            "answer": t("Answer"),
            "data": t("Data"),
            "sure": t("How sure is this?"),
            "limits": t("What this cannot say"),
            "cite": t("How to cite"),
            "next": t("Which data would tell"),
        },
        "question": t(
            "A paper on green clusters in the Kyrgyz Republic (Karbekova, Saipidinov and Karbekova) compares the "
            "yields of main crops in Jalal-Abad oblast in January–August 2023 and 2024, and says that green "
            "technologies contributed to higher yields. It prints no yield. What do official figures say?"
        ),
        "answer": [" ".join(answer[:2]), " ".join(answer[2:])],
        "sure": [
            *([*asked, " ".join(found)] for asked, found in checks if found),
            [t(STATEMENTS_ASKED), fill(STATEMENTS, known | _counted(values), t)],
        ],
        "check_heads": [t("Asked"), t("Found")],
        "data": said(DATA_USED),
        "limits": said(*LIMITS),
        "next": wanted,
        "version": t("Version {version} of {date}", version=cited.version, date=t.date(cited.released)),
        "cite": " ".join(
            [
                cited.reference(),
                *([] if cited.doi else [t("It has no DOI yet; name the version.")]),
                t(
                    "Every number in this brief stands in the result files of the project, with the code that made it. "
                    "Text and figures: CC BY 4.0."
                ),
            ]
        ),
        "figure": tree(t.language) + FIGURE,
        "figure_alt": said(PICTURE)[0],
        "table": table,
    }


def _lines(paragraph: str) -> list[str]:
    """The lines of a Markdown paragraph as plain text."""
    return [html.unescape(line.replace("**", "")) for line in paragraph.split("\n")]


def _counted(values: Mapping[str, Value]) -> dict[str, Value]:
    """Numbers of statements by verdicts that belong together."""
    together = {"agree": AGREE, "compatible": COMPATIBLE, "disagree": DISAGREE, "open": OPEN}
    return {
        name: Value(sum(values[f"replication.statements_{verdict}"].value for verdict in verdicts))
        for name, verdicts in together.items()
    }


def _table(reports: Path, study: Mapping[str, Value], t: Catalogue) -> dict[str, object]:
    """The oblasts with both yields, largest percent change first."""
    frame = pd.read_csv(reports / "yield_change" / "tables" / "oblasts.csv").sort_values(
        "percent", ascending=False, kind="stable"
    )
    rows = [
        [
            t.area(row.oblast),
            t.number(row.before, 1),
            t.number(row.after, 1),
            t.signed(row.change, 1),
            t.signed(row.percent, 1),
            f"{t.number(row.percent_low, 1)}–{t.number(row.percent_high, 1)}",
        ]
        for row in frame.itertuples()
    ]
    return {
        "title": t("Yield by oblast, {unit}: {crop}", unit=t.unit("c_per_ha"), crop=study["crop"].shown(t)),
        "heads": [
            t("Oblast"),
            study["year_before"].shown(t),
            study["year_after"].shown(t),
            t("Change"),
            t("Percent"),
            t("with rounding"),
        ],
        "rows": rows,
        "bold": [name == study["oblast"].value for name in frame["oblast"]],
        "note": t("With rounding: the percent change that is possible when both yields are printed to 0.1."),
    }


def _numbers_kept(told: object) -> object:
    """All texts of the brief, with no line to end within a number or before its unit."""
    if isinstance(told, dict):
        return {name: _numbers_kept(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_numbers_kept(value) for value in told]
    return numbers_kept(told) if isinstance(told, str) else told


def make(language: str, values: Mapping[str, Value], reports: Path = REPORTS) -> bytes:
    """The brief of one language as PDF, the same bytes in every run.

    Raises
    ------
    PipelineError
        If a result is missing, or Typst cannot set the document; the message is Typst's own.
    """
    told = _numbers_kept(content(Catalogue(language, DOMAIN), values, reports))
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    try:
        return typst.compile(
            TEMPLATE.read_bytes(),
            root=str(reports),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"brief": json.dumps(told, ensure_ascii=False)},
            timestamp=0,
            pdf_standards=PDF_STANDARD,
        )
    except typst.TypstError as error:
        why = f"{error.message}\n{error.diagnostic}"
        raise PipelineError(f"Typst could not set the brief ({language}): {why}") from error
