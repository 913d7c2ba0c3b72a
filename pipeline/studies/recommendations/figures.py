"""Figure of the report `recommendations`: from its published data."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from pipeline.exhibits.drawing import in_style
from pipeline.exhibits.text_grid import Box, Line, plain, text_grid
from pipeline.studies.recommendations.analysis import ASPECTS, Outcome
from pipeline.text.fill import Value
from pipeline.text.language import Catalogue
from pipeline.text.parameters import Parameters

SOURCE = "Source: proposals of the paper, in our words; verdicts of the ledger"
LOOK = {
    Outcome.SUPPORTED: ("\u25cf", "#DCEAF5"),
    Outcome.IN_PART: ("\u25d0", "#EEF5FA"),
    Outcome.OPEN: ("\u25cb", "white"),
    Outcome.AGAINST: ("\u00d7", "#F6E3DA"),
}


@in_style
def outcomes(table: pd.DataFrame, study: Parameters, values: Mapping[str, Value], t: Catalogue) -> Figure:
    """Every proposal with what is known of its need and its effect, and what follows; a row each, by group.

    `table` is `analysis.outcomes`.
    """
    heads = [
        t("Proposal"),
        t("Is the problem there, as the paper states it?"),
        t("Would it do what it is for?"),
        t("What follows"),
    ]
    rows: list[list[Box | None]] = [[plain(head, weight="bold") for head in heads]]
    for message, group in table.groupby("group", sort=False):
        name = t(message)
        rows.append(
            [
                Box((Line(name[:1].upper() + name[1:], weight="bold", size=8.5),), face="#EFEFEF", columns=4),
                None,
                None,
                None,
            ]
        )
        rows += [_row(row, t) for _, row in group.iterrows()]
    title = t("The paper's proposals: what the evidence says of their need and their effect")
    subtitle = t("After each word: links that say anything, of all links. An outcome follows from verdicts by rule.")
    return text_grid(rows, [3.5, 1.75, 1.75, 1.75], title=title, subtitle=subtitle, source=t(SOURCE))


def _row(row: pd.Series, t: Catalogue) -> list[Box]:
    message = row["text"]
    boxes = [plain(t(message))]
    for aspect in ASPECTS:
        message = row[aspect]
        speaking, links = row[f"{aspect}_speaking"], row[f"{aspect}_links"]
        words = t("{outcome}: {speaking} of {links}", outcome=t(message), speaking=speaking, links=links)
        boxes.append(_box(message, words if links else t("no link"), "normal"))
    message = row["outcome"]
    return [*boxes, _box(message, t(message), "bold")]


def _box(outcome: str, words: str, weight: str) -> Box:
    mark, face = LOOK[Outcome(outcome)]
    return Box((Line(words, mark=mark, weight=weight),), face=face)
