"""The front page: what was asked, what was found and how sure it is, and the way to everything else.

Its sentences hold for any parameters of the study: what depends on a result is chosen by the result, and a sentence
whose result does not exist for these parameters is left out.
"""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from pipeline.ledger.verdicts import Replication
from pipeline.site.article import MadeReport, description
from pipeline.site.frame import Page, groups, page_file
from pipeline.site.replication import counts
from pipeline.text.fill import Value, fill
from pipeline.text.language import Catalogue
from pipeline.text.messages import SITE

REPORT, FIGURE = "yield_change", "slope"


def front_page(
    made: Mapping[str, MadeReport], values: Mapping[str, Value], replication: Replication, language: str
) -> Page:
    """The front page in a language.

    Parameters
    ----------
    made
        The reports.
    values
        What the page may name; see `texts.page_values`.
    """
    t, of_report = Catalogue(language, SITE), Catalogue(language, REPORT)
    found, figure = answer(values, t), made[REPORT].declared.figures[FIGURE]
    page = Page(
        name="index",
        language=language,
        title=t(
            "Did yields rise in {oblast}, and can green technologies be the reason?",
            oblast=values["study.oblast"].shown(t),
        ),
        description=" ".join(found),
        template="index.html.j2",
        depth=0,
    )
    page.values.update(
        {
            "found": found,
            "measures": measures(values, page, t),
            "figure": {
                "file": f"{REPORT}/figures/{FIGURE}.svg",
                "alt": fill(figure.alt, made[REPORT].values, of_report),
                "caption": fill(figure.caption, made[REPORT].values, of_report),
            },
            "verdicts": counts(replication, language),
            "cards": [
                {"key": key, "title": t(message), "reports": [_card(made[name], page, t) for name in names]}
                for key, message, names in groups()
            ],
        }
    )
    return page


def _card(report: MadeReport, page: Page, t: Catalogue) -> dict[str, object]:
    """A report on the front page: its page, title, question, and the first paragraph of its answer."""
    of_report = Catalogue(t.language, report.name)
    first, end, _ = report.answer(of_report).partition("</p>")
    return {
        "file": page.way_to(page_file(report.name, t.language)),
        "title": report.title(of_report),
        "question": description(report, of_report, t),
        "answer": Markup(first + end),
    }


def _shown(values: Mapping[str, Value], report: str, t: Catalogue) -> Callable[..., str]:
    """Shows a result of one report by its name; the second argument is its form, as after the colon in a text."""
    return lambda name, form="": values[f"{report}.{name}"].shown(t, form)


def _is_there(values: Mapping[str, Value], name: str) -> bool:
    return name in values and values[name].value is not None


def answer(values: Mapping[str, Value], t: Catalogue) -> list[str]:
    """The answer in a few sentences."""
    text = _shown(values, REPORT, t)
    named = {name: text(name) for name in ("oblast", "crop", "year_before", "year_after")} | {
        "after": text("yield_after")
    }
    change = values["yield_change.change"].value
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
    if not _is_there(values, "power.mde"):
        return [first, second, third]
    fourth = t(
        "Nor is an effect ruled out: the comparison with the other oblasts notices a rise of {mde} c/ha in {power} of "
        "100 cases, and a smaller one less often.",
        mde=values["power.mde"].shown(t), power=values["power.power_percent"].shown(t),
    )  # fmt: skip
    return [first, second, third, fourth]


def measures(values: Mapping[str, Value], page: Page, t: Catalogue) -> list[dict[str, str]]:
    """Four figures that carry the answer, each with its uncertainty and the report it comes from."""
    found = [_of_change(values, t)]
    if _is_there(values, "other_oblasts.did_all"):
        found.append(_of_comparison(values, t))
    if _is_there(values, "weather.predicted_part"):
        found.append(_of_prediction(values, t))
    if _is_there(values, "power.mde"):
        found.append(_of_power(values, t))
    return [measure | {"file": page.way_to(page_file(measure["report"], t.language))} for measure in found]


def _of_change(values: Mapping[str, Value], t: Catalogue) -> dict[str, str]:
    text = _shown(values, "yield_change", t)
    return {
        "figure": t("{percent} %", percent=text("percent_change", "+")),
        "meaning": t(
            "change of the yield, {crop}, {year_before} to {year_after}; between {low} and {high} % with the rounding "
            "of printed yields",
            crop=text("crop"), year_before=text("year_before"), year_after=text("year_after"),
            low=text("percent_change_low"), high=text("percent_change_high"),
        ),
        "report": "yield_change",
    }  # fmt: skip


def _of_comparison(values: Mapping[str, Value], t: Catalogue) -> dict[str, str]:
    text = _shown(values, "other_oblasts", t)
    placebo = t(
        "{cells} of {all} comparisons of any oblast and years are at least as large (p = {p})",
        cells=text("placebo_cells_at_least_as_large"), all=text("placebo_cells"), p=text("placebo_p_both", ".3"),
    )  # fmt: skip
    if not _is_there(values, "other_oblasts.did_without_most_influential"):
        meaning = t("against the simple mean of the other oblasts; {placebo}", placebo=placebo)
    else:
        meaning = t(
            "against the simple mean of the other oblasts, {without} when one is left out ({neighbour}); {placebo}",
            without=text("did_without_most_influential", "+.2"),
            neighbour=text("most_influential_neighbour"), placebo=placebo,
        )  # fmt: skip
    return {
        "figure": t("{change} c/ha", change=text("did_all", "+.2")),
        "meaning": meaning,
        "report": "other_oblasts",
    }


def _of_prediction(values: Mapping[str, Value], t: Catalogue) -> dict[str, str]:
    text = _shown(values, "weather", t)
    return {
        "figure": t("{change} c/ha", change=text("predicted_part", "+.2")),
        "meaning": t(
            "of the change of {change} c/ha is what the movement of the other oblasts predicts "
            "(95 %: {low} to {high})",
            change=text("change", "+"), low=text("predicted_low", ".2"),
            high=text("predicted_high", ".2"),
        ),
        "report": "weather",
    }  # fmt: skip


def _of_power(values: Mapping[str, Value], t: Catalogue) -> dict[str, str]:
    text = _shown(values, "power", t)
    return {
        "figure": t("{change} c/ha", change=text("mde", ".2")),
        "meaning": t(
            "is the smallest rise that the comparison notices in {power} of 100 cases when the oblast's own years are "
            "the yardstick; with all oblasts and years as the yardstick it is {all} c/ha",
            power=text("power_percent"), all=text("mde_all_cells", ".2"),
        ),
        "report": "power",
    }  # fmt: skip
