"""The front page: what was asked, what was found and how sure it is, and the way to everything else.

Its sentences hold for any parameters of the study: what depends on a result is chosen by the result, and a sentence
whose result does not exist for these parameters is left out.
"""

from collections.abc import Mapping
from functools import partial

from markupsafe import Markup
from nbformat import NotebookNode

from pipeline.errors import PipelineError
from pipeline.ledger.verdicts import Replication
from pipeline.site.frame import Page, groups
from pipeline.site.rendering import answer_of, figures_of, page_name, plain, question_of
from pipeline.site.replication import counts
from pipeline.site.texts import Values
from pipeline.text.language import Catalogue
from pipeline.text.messages import SITE
from pipeline.text.parameters import Study, read_parameters

FIGURE = "yield_change-slope"


def front_page(
    executed: Mapping[str, NotebookNode],
    titles: Mapping[str, str],
    values: Values,
    study: Study,
    replication: Replication,
    language: str,
) -> Page:
    """The front page in a language.

    Parameters
    ----------
    executed, titles
        The executed notebooks, and their titles in the language.
    """
    t = Catalogue(language, SITE)
    found = answer(values, study, t)
    figure = figures_of(executed["yield_change"], language).get(FIGURE)
    if figure is None:
        raise PipelineError(f"The front page shows {FIGURE!r}, which reports/notebooks/yield_change.ipynb lacks.")
    return Page(
        name="index",
        language=language,
        title=t("Did yields rise in {oblast}, and can green technologies be the reason?", oblast=t.area(study.oblast)),
        description=" ".join(found),
        template="index.html.j2",
        values={
            "found": found,
            "measures": measures(values, study, t),
            "figure": figure,
            "verdicts": counts(replication, language),
            "cards": [
                {
                    "key": key,
                    "title": t.read(title),
                    "reports": [_card(name, executed[name], titles[name], t) for name in names],
                }
                for key, title, names in groups()
            ],
        },
        depth=0,
    )


def _card(name: str, notebook: NotebookNode, title: str, t: Catalogue) -> dict[str, object]:
    """A report on the front page: its page, title, question, and the first paragraph of its answer."""
    first, end, _ = answer_of(notebook, t.language).partition("</p>")
    return {
        "file": page_name(f"notebooks/{name}", t.language),
        "title": title,
        "question": plain(question_of(notebook, Catalogue(t.language, name), t)),
        "answer": Markup(first + end),
    }


def answer(values: Values, study: Study, t: Catalogue) -> list[str]:
    """The answer in a few sentences."""
    text = partial(values.shown, "yield_change", t=t)
    named = {
        "oblast": t.area(study.oblast), "crop": t.crop(study.crop), "year_before": study.year_before,
        "year_after": study.year_after, "after": text("yield_after"),
    }  # fmt: skip
    change = values.result("yield_change", "change")
    if change == 0:
        first = t(
            "{oblast}, {crop}: the yields of {year_before} and {year_after} are printed with one figure, {after} c/ha.",
            **named,
        )
    elif change > 0:
        first = t(
            "{oblast}, {crop}: the yield rose from {before} c/ha in {year_before} to {after} c/ha in {year_after}.",
            before=text("yield_before"), **named,
        )  # fmt: skip
    else:
        first = t(
            "{oblast}, {crop}: the yield fell from {before} c/ha in {year_before} to {after} c/ha in {year_after}.",
            before=text("yield_before"), **named,
        )  # fmt: skip
    second = t(
        "It rose in {rose} of {number} oblasts; by percent change {oblast} has place {rank}.",
        rose=text("oblasts_that_rose"), number=text("number_of_oblasts"), oblast=named["oblast"],
        rank=text("rank_among_oblasts"),
    )  # fmt: skip
    third = t(
        "Whether green technologies are the reason cannot be told from these figures: none of them says which farms "
        "used which technology, and two harvests of one oblast do not identify a cause."
    )
    if values.result("power", "mde") is None:
        return [first, second, third]
    fourth = t(
        "Nor is an effect ruled out: the comparison with the other oblasts notices a rise of {mde} c/ha in {power} of "
        "100 cases, and a smaller one less often.",
        mde=values.shown("power", "mde", t), power=read_parameters("power")["power_percent"],
    )  # fmt: skip
    return [first, second, third, fourth]


def measures(values: Values, study: Study, t: Catalogue) -> list[dict[str, str]]:
    """Four figures that carry the answer, each with its uncertainty and the report it comes from."""
    found = [_of_change(values, study, t)]
    if values.result("other_oblasts", "did_all") is not None:
        found.append(_of_comparison(values, t))
    if values.result("weather", "predicted_part") is not None:
        found.append(_of_prediction(values, t))
    if values.result("power", "mde") is not None:
        found.append(_of_power(values, t))
    return found


def _of_change(values: Values, study: Study, t: Catalogue) -> dict[str, str]:
    text = partial(values.shown, "yield_change", t=t)
    return {
        "figure": t("{percent} %", percent=text("percent_change", signed=True)),
        "meaning": t(
            "change of the yield, {crop}, {year_before} to {year_after}; between {low} and {high} % with the rounding "
            "of printed yields",
            crop=t.crop(study.crop), year_before=study.year_before, year_after=study.year_after,
            low=text("percent_change_low"), high=text("percent_change_high"),
        ),
        "file": page_name("notebooks/yield_change", t.language),
    }  # fmt: skip


def _of_comparison(values: Values, t: Catalogue) -> dict[str, str]:
    text = partial(values.shown, "other_oblasts", t=t)
    placebo = t(
        "{cells} of {all} comparisons of any oblast and years are at least as large (p = {p})",
        cells=text("placebo_cells_at_least_as_large"), all=text("placebo_cells"), p=text("placebo_p_both", decimals=3),
    )  # fmt: skip
    if values.result("other_oblasts", "did_without_most_influential") is None:
        meaning = t("against the simple mean of the other oblasts; {placebo}", placebo=placebo)
    else:
        meaning = t(
            "against the simple mean of the other oblasts, {without} when one is left out ({neighbour}); {placebo}",
            without=text("did_without_most_influential", signed=True, decimals=2),
            neighbour=text("most_influential_neighbour"), placebo=placebo,
        )  # fmt: skip
    return {
        "figure": t("{change} c/ha", change=text("did_all", signed=True, decimals=2)),
        "meaning": meaning,
        "file": page_name("notebooks/other_oblasts", t.language),
    }


def _of_prediction(values: Values, t: Catalogue) -> dict[str, str]:
    text = partial(values.shown, "weather", t=t)
    return {
        "figure": t("{change} c/ha", change=text("predicted_part", signed=True, decimals=2)),
        "meaning": t(
            "of the change of {change} c/ha is what the movement of the other oblasts predicts "
            "(95 %: {low} to {high})",
            change=text("change", signed=True), low=text("predicted_low", decimals=2),
            high=text("predicted_high", decimals=2),
        ),
        "file": page_name("notebooks/weather", t.language),
    }  # fmt: skip


def _of_power(values: Values, t: Catalogue) -> dict[str, str]:
    text = partial(values.shown, "power", t=t)
    return {
        "figure": t("{change} c/ha", change=text("mde", decimals=2)),
        "meaning": t(
            "is the smallest rise that the comparison notices in {power} of 100 cases when the oblast's own years are "
            "the yardstick; with all oblasts and years as the yardstick it is {all} c/ha",
            power=read_parameters("power")["power_percent"], all=text("mde_all_cells", decimals=2),
        ),
        "file": page_name("notebooks/power", t.language),
    }  # fmt: skip
