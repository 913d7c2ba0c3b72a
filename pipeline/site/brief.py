"""The brief: question, data, answer, figure, table and limits on two pages to print, one PDF for each language.

Typst sets it from `templates/brief.typ`. All text goes into the document as data, never as markup, so that nothing in
a name can become code; numbers come from the result files, and a sentence whose result does not exist for the chosen
parameters is left out. No date and no system font enters, so the bytes are the same in every run.
"""

import json
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import typst

from pipeline.data.cards import decimals_of
from pipeline.errors import PipelineError
from pipeline.paths import REPORTS, RESULTS, shown
from pipeline.site.rendering import figure_file
from pipeline.text.language import Catalogue, languages, years_text
from pipeline.text.parameters import check_parameters, read_parameters
from pipeline.text.results import read_results

DOMAIN = "brief"
TEMPLATE = Path(__file__).parent / "templates" / "brief.typ"
FIGURE = "yield_change-slope"
QUOTED = ("yield_change", "history", "other_oblasts", "weather", "power", "claims")  # whose results the brief quotes

# What it says: messages of the catalogue `brief`.
ROSE_EVERYWHERE = "Yields rose, here and in every other oblast."
ROSE_HERE = "Yields rose here, but not in every oblast."
DID_NOT_RISE = "Yields did not rise here."
CHANGE = (
    "{oblast}, {crop}: {yield_change__yield_before} c/ha in {year_before}, {yield_change__yield_after} c/ha in "
    "{year_after}, a change of {yield_change__change:+} c/ha or {yield_change__percent_change:+} % (between "
    "{yield_change__percent_change_low} and {yield_change__percent_change_high} % with printed rounding). Oblasts that "
    "rose: {yield_change__oblasts_that_rose} of {yield_change__number_of_oblasts}; place of {oblast} by percent "
    "change: {yield_change__rank_among_oblasts}."
)
REASON = (
    "Whether green technologies are the reason cannot be told from these figures. Two harvests of one oblast describe "
    "a change; they do not say what caused it."
)
SIGN_TURNS = "Even the comparison with the other oblasts changes its sign when Chui is left out."
CHECKS = (
    (
        "Is the change unusual for {oblast}?",
        (
            "Place {history__change_rank} among {history__number_of_changes} changes of the oblast since the series "
            "began, the largest rise first; by size, falls included, place {history__change_rank_absolute}.",
            "{history__recovered_part} c/ha of it only lead back to the mean of {base_years}; with other bases of as "
            "many years it is {history__recovered_least} to {history__recovered_most}.",
        ),
    ),
    (
        "Did {oblast} do better than the other oblasts?",
        (
            "Difference to the simple mean of all others: {other_oblasts__did_all:+} c/ha.",
            "Without Chui: {other_oblasts__did_without_chui:+} c/ha.",
            "A difference at least as large stands in {other_oblasts__placebo_cells_at_least_as_large} of "
            "{other_oblasts__placebo_cells} comparisons of any oblast and years.",
        ),
    ),
    (
        "How much would the common movement of all oblasts predict?",
        ("{weather__predicted_part} of the {weather__change} c/ha.",),
    ),
    (
        "How large a rise would this design notice?",
        (
            "{power__mde} c/ha in {power_percent} of 100 cases by the oblast's own years, {power__mde_all_cells} c/ha "
            "by those of all oblasts; a smaller rise less often.",
        ),
    ),
)
STATEMENTS_ASKED = "And what else does the paper state?"
STATEMENTS = (
    "Of {claims__statements} statements, {agree} are reproduced or supported and "
    "{claims__statements_partly_supported} in part; {disagree} are not supported, contradicted or inconsistent within "
    "the paper; {open} cannot be tested or identified with what there is, and {claims__statements_normative} say what "
    "ought to be done. {claims__independent_origins} independent origins were read."
)
# Verdicts that the sentence counts together.
AGREE = ("reproduced", "within_precision", "supported")
DISAGREE = ("not_supported", "contradicted", "inconsistent")
OPEN = ("not_identified", "not_testable")
DATA_USED = (
    "Year-end yields of the National Statistical Committee by oblast: full year, weight after processing, all "
    "categories of farms. They stand in for January–August, for which no source prints a yield of the oblast in both "
    "years."
)
LIMITS = (
    "It shows no effect of a green technology, and rules none out: no figure says which farms used which technology.",
    "One crop has a series by oblast here. Those of other crops are published but could not be obtained.",
    "Where the first year was bad everywhere, a rise from it is a recovery as much as a gain.",
    "The sampling error of official yields is not published; rounding is the only uncertainty of a single figure here.",
)
PICTURE = "Slope chart of yields by oblast in {year_before} and {year_after}; all oblasts as lines, {oblast} bold."


def messages() -> Iterator[str]:
    """Everything above, for the translators."""
    yield from (ROSE_EVERYWHERE, ROSE_HERE, DID_NOT_RISE, CHANGE, REASON, SIGN_TURNS)
    for asked, found in CHECKS:
        yield from (asked, *found)
    yield from (STATEMENTS_ASKED, STATEMENTS, DATA_USED, *LIMITS, PICTURE)


PDF_STANDARD = "ua-1"  # readable by screen readers: tagged, with a title and described pictures


def brief_file(language: str) -> str:
    """The file of a brief below `reports/`."""
    return f"brief.{language}.pdf"


class Results:
    """The values of several result files, to be named in sentences as `{notebook__name}` (`:+` with its sign)."""

    def __init__(self, reports: Path):
        self._values: dict[str, object] = {}
        for notebook in QUOTED:
            for name, entry in read_results(notebook, reports / RESULTS.name).items():
                self._values[f"{notebook}__{name}"] = entry["value"]

    def __getitem__(self, name: str) -> object:
        if name not in self._values:
            raise PipelineError(f"The brief names {name!r}, which is in no result file.")
        return self._values[name]

    def said(self, t: Catalogue, message: str, **texts: str) -> str | None:
        """The message filled in; None where a result it names does not exist for these parameters.

        Raises
        ------
        PipelineError
            If the message names something that no result file has.
        """
        values: dict[str, object] = dict(texts)
        for _, field, _, _ in string.Formatter().parse(message):
            if field and field not in values:
                value = self[field]
                if value is None:
                    return None
                decimals = None if isinstance(value, str) else decimals_of(str(value)) or None
                values[field] = t.result(value, decimals)
        return t(message, **values)


def content(t: Catalogue, reports: Path = REPORTS) -> dict[str, object]:
    """Everything the brief of one language says, as the template reads it."""
    study = check_parameters("yield_change", read_parameters("yield_change"))
    names = {
        "oblast": t.area(study.oblast), "crop": t.crop(study.crop),
        "year_before": str(study.year_before), "year_after": str(study.year_after),
        "base_years": years_text(read_parameters("history")["base_years"]),
        "power_percent": str(read_parameters("power")["power_percent"]),
    }  # fmt: skip
    results = Results(reports)

    def said(*wanted: str) -> list[str]:
        sentences = [results.said(t, message, **_named(message, names)) for message in wanted]
        return [sentence for sentence in sentences if sentence is not None]

    checks = [(said(asked), said(*found)) for asked, found in CHECKS]
    figure = reports / "figures" / figure_file(FIGURE, t.language)
    return {
        "language": t.language,
        "title": t(
            "Did yields rise in {oblast}, and can green technologies be the reason?", oblast=t.area(study.oblast)
        ),
        "kind": t("Research brief"),
        "headings": {
            "question": t("Question"), "answer": t("Answer"), "data": t("Data"), "sure": t("How sure is this?"),
            "limits": t("What this cannot say"), "cite": t("How to cite"),
        },
        "question": t(
            "A paper on green clusters in the Kyrgyz Republic (Karbekova, Saipidinov and Karbekova) compares the "
            "yields of main crops in Jalal-Abad oblast in January–August 2023 and 2024, and says that green "
            "technologies contributed to higher yields. It prints no yield. What do official figures say?"
        ),
        "answer": _answer(results, said),
        "sure": [
            *([*asked, " ".join(found)] for asked, found in checks if found),
            [t(STATEMENTS_ASKED), results.said(t, STATEMENTS, **_counted(results))],
        ],
        "check_heads": [t("Asked"), t("Found")],
        "data": said(DATA_USED),
        "limits": said(*LIMITS),
        "cite": t(
            "The authors of the green-clusters replication: Green clusters in Kyrgyzstan: a reference replication. "
            "Every number in this brief stands in the result files of the project, with the code that made it. Text "
            "and figures: CC BY 4.0."
        ),
        "figure": figure.relative_to(reports).as_posix(),
        "figure_alt": said(PICTURE)[0],
        "table": _table(reports, study, t),
    }  # fmt: skip


def _named(message: str, names: dict[str, str]) -> dict[str, str]:
    wanted = {field for _, field, _, _ in string.Formatter().parse(message) if field}
    return {name: text for name, text in names.items() if name in wanted}


def _answer(results: Results, said: Callable[..., list[str]]) -> list[str]:
    """The answer in two paragraphs; what it says of direction and sign follows from the results."""
    change, rose = results["yield_change__change"], results["yield_change__oblasts_that_rose"]
    everywhere = rose == results["yield_change__number_of_oblasts"]
    headline = DID_NOT_RISE if change <= 0 else ROSE_EVERYWHERE if everywhere else ROSE_HERE
    against_all, without = results["other_oblasts__did_all"], results["other_oblasts__did_without_chui"]
    turns = None not in (against_all, without) and against_all * without < 0
    return [" ".join(said(headline, CHANGE)), " ".join(said(REASON, *([SIGN_TURNS] if turns else [])))]


def _counted(results: Results) -> dict[str, str]:
    """Numbers of statements by verdicts that belong together."""
    together = {"agree": AGREE, "disagree": DISAGREE, "open": OPEN}
    return {
        name: str(sum(results[f"claims__statements_{verdict}"] for verdict in verdicts))
        for name, verdicts in together.items()
    }


def _table(reports: Path, study, t: Catalogue) -> dict[str, object]:
    """The oblasts with both yields, largest percent change first."""
    frame = pd.read_csv(reports / "tables" / "yield_change-oblasts.csv").sort_values("percent", ascending=False)
    rows = [
        [
            t.area(row.oblast), t.number(row.before, 1), t.number(row.after, 1), t.signed(row.change, 1),
            t.signed(row.percent, 1), f"{t.number(row.percent_low, 1)}–{t.number(row.percent_high, 1)}",
        ]
        for row in frame.itertuples()
    ]  # fmt: skip
    return {
        "title": t("Yield by oblast, {unit}: {crop}", unit=t.unit("c_per_ha"), crop=t.crop(study.crop)),
        "heads": [
            t("Oblast"), str(study.year_before), str(study.year_after), t("Change"), t("Percent"), t("with rounding"),
        ],
        "rows": rows,
        "bold": [name == study.oblast for name in frame["oblast"]],
        "note": t("With rounding: the percent change that is possible when both yields are printed to 0.1."),
    }  # fmt: skip


def make(language: str, reports: Path = REPORTS) -> bytes:
    """The brief of one language as PDF, the same bytes in every run.

    Raises
    ------
    PipelineError
        If a result is missing, or Typst cannot set the document; the message is Typst's own.
    """
    told = content(Catalogue(language, DOMAIN), reports)
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    try:
        return typst.compile(
            TEMPLATE.read_bytes(), root=str(reports), font_paths=[str(fonts)], ignore_system_fonts=True, format="pdf",
            sys_inputs={"brief": json.dumps(told, ensure_ascii=False)}, timestamp=0, pdf_standards=PDF_STANDARD,
        )  # fmt: skip
    except typst.TypstError as error:
        why = f"{error.message}\n{error.diagnostic}"
        raise PipelineError(f"Typst could not set the brief ({language}): {why}") from error


def write(reports: Path = REPORTS) -> str:
    """Write the briefs of all languages; a sentence saying so."""
    made = {brief_file(language): make(language, reports) for language in languages()}
    for name, pdf in made.items():
        (reports / name).write_bytes(pdf)
    return f"{', '.join(made)} in {shown(reports)}/."
