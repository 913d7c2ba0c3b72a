"""The front page: what the paper claims, what was found and how sure it is, what can be said, and what to do next.

Its sentences hold for any parameters of the study: each is said where its condition holds, in the grammar of `%%say`.
"""

import re
from collections.abc import Iterator, Mapping

from markupsafe import Markup

from pipeline.exhibits.tables import read_csv
from pipeline.ledger.verdicts import Replication
from pipeline.site.article import FIGURE, MadeReport, description, numbers
from pipeline.site.frame import PAGES, Page, groups, page_file
from pipeline.site.map import map_of_change, whole_percent
from pipeline.site.markdown import plain, to_html
from pipeline.site.replication import counts
from pipeline.text.fill import Value, described, fill, say
from pipeline.text.language import Catalogue
from pipeline.text.markdown import paragraphs
from pipeline.text.messages import SITE

FIGURES = (("yield_change", "slope"), ("synthesis", "forest"))
"""The pictures of the front page, by report and name."""

MAIN_CLAIM = "M03"
CLAIM = """
The paper says that green technologies raised the yields of main crops in Jalal-Abad oblast from January–August 2023
to January–August 2024. It prints no yield. Verdict on this statement: **{replication.verdict_M03}**.
"""

ANSWER = """
[if yield_change.change > 0] **{study.crop:capital} in {study.oblast} yielded more in {study.year_after} than in
{study.year_before}: {yield_change.yield_after} instead of {yield_change.yield_before} c/ha** (centners per hectare;
one centner is 100 kg).

[if yield_change.change < 0] **{study.crop:capital} in {study.oblast} yielded less in {study.year_after} than in
{study.year_before}: {yield_change.yield_after} instead of {yield_change.yield_before} c/ha** (centners per hectare;
one centner is 100 kg).

[if yield_change.change == 0] **{study.crop:capital} in {study.oblast}: the yields of {study.year_before} and
{study.year_after} are printed with one figure, {yield_change.yield_after} c/ha** (centners per hectare; one centner
is 100 kg).

[if yield_change.oblasts_that_rose == yield_change.number_of_oblasts] Yields rose in every oblast, so a rise alone
says nothing special about this one.

[if 0 < yield_change.oblasts_that_rose and yield_change.oblasts_that_rose < yield_change.number_of_oblasts] Yields
rose in {yield_change.oblasts_that_rose} of {yield_change.number_of_oblasts} oblasts.

[if synthesis.lead is not none and synthesis.lead_low <= 0 and synthesis.lead_high >= 0] Given how the oblast usually
follows the others, about {synthesis.lead:+.1} c/ha is left over. Single years often differ by more than that, so
nothing unusual can be seen.

[if synthesis.lead is not none and synthesis.lead_low > 0] Given how the oblast usually follows the others,
{synthesis.lead:+.1} c/ha is left over, more than single years usually differ by.

[if synthesis.lead is not none and synthesis.lead_high < 0] Given how the oblast usually follows the others, it fell
behind: {synthesis.lead:+.1} c/ha is left over.

[if synthesis.documented is not none] The field technology that sources document in the oblast could have added about
{synthesis.documented:.1} c/ha at most: too little for any comparison of oblasts to notice.
"""

STANDS_IN = """
{study.crop:capital} at year-end stands in for the main crops in January–August: no source gives a yield of the oblast
for January–August of both years, and only the series of wheat by oblast could be obtained.
"""

CAN = """
- Whether yields rose, where, and by how much, as the Statistics Committee publishes them.
- How much of the change the other oblasts led to expect, give or take what single years differ by.
- How much the documented technology could have added at most.
"""

CANNOT = """
- That green technology raised yields here, or that it did not: no source says which fields used which technology.
- Anything about other crops, or about January–August.
- Anything about farms: an oblast's mean hides them.
"""

NEXT = """
- Record yields of fields with and without the technology within the same farms, in the same year.
- Publish the area under each technology by district, with the year in which it began.
- Publish the yields of the other crops by oblast in a form that can be read; they exist and could not be obtained.
"""

IN_SHORT = """
- [**Can be said:** where and how yields changed](#can)
- [**Cannot:** whether technology raised them](#cannot)
- [**Needed:** fields with it and without it](#next)
"""
"""The three lists in a line each, for a phone, whose first screen has no room for them."""

MAP = """
Change of {study.crop} yields from {study.year_before} to {study.year_after} on a map of the oblasts: {study.oblast}
{yield_change.percent_change:+} %, place {yield_change.rank_among_oblasts} of {yield_change.number_of_oblasts}.
"""

NOTE_ON_THE_LARGEST = """
[if other_oblasts.collapsed_oblast is not none] {other_oblasts.collapsed_oblast} fell from
{other_oblasts.collapsed_from} c/ha in {other_oblasts.previous_year} to {other_oblasts.collapsed_to} in
{study.year_before} before it came back.
"""

_TEXTS = (CLAIM, ANSWER, STANDS_IN, CAN, CANNOT, NEXT, IN_SHORT, MAP, NOTE_ON_THE_LARGEST)


def messages() -> Iterator[str]:
    """The titles of the pages and the sentences above, for the translators."""
    yield from PAGES.values()
    for text in _TEXTS:
        for paragraph in paragraphs(text):
            yield from (message for _, message in paragraph.blocks)


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
    t = Catalogue(language, SITE)

    def said(text: str) -> Markup:
        return to_html("\n\n".join(paragraph for paragraph, _ in say(text, values, t)))

    page = Page(
        name="index",
        language=language,
        title=t(
            "Did yields rise in {oblast}, and can green technologies be the reason?",
            oblast=values["study.oblast"].shown(t),
        ),
        description=plain(said(ANSWER)),
        template="index.html.j2",
        depth=0,
    )
    verdict = rf'<a href="{page.way_to(page_file("replication", language))}#claim-{MAIN_CLAIM}">\g<0></a>'
    page.values.update(
        {
            "claim": Markup(re.sub("<strong>.*?</strong>", verdict, str(said(CLAIM)), flags=re.S)),
            "found": said(ANSWER),
            "stands_in": said(STANDS_IN),
            "can": said(CAN),
            "cannot": said(CANNOT),
            "next": said(NEXT),
            "in_short": said(IN_SHORT),
            "note": said(NOTE_ON_THE_LARGEST),
            "map": _map(made["yield_change"], plain(said(MAP)), t),
            "figures": [_figure(made[report], name, page) for report, name in FIGURES],
            "verdicts": counts(replication, language),
            "cards": [
                {"key": key, "title": t(message), "reports": [_card(made[name], page, t) for name in names]}
                for key, message, names in groups()
            ],
        }
    )
    return page


def _figure(report: MadeReport, name: str, page: Page) -> dict[str, str]:
    """A figure as the template shows it: file, alternative text, caption, and its place and number in its report."""
    t, declared = Catalogue(page.language, report.name), report.declared.figures[name]
    return {
        "file": f"{report.name}/figures/{name}.svg",
        "alt": described(declared.alt, report.values, t),
        "caption": fill(declared.caption, report.values, t),
        "place": f"{page.way_to(page_file(report.name, page.language))}#{FIGURE}-{report.name}-{name}",
        "title": report.title(t),
        "label": Catalogue(page.language, SITE)("Figure {number}", number=numbers(report)[FIGURE, name]),
    }


def _map(report: MadeReport, alt: str, t: Catalogue) -> dict[str, object]:
    """The map of the change, and the same values for those who do not see it."""
    rows = read_csv(report.folder / "tables" / "oblasts.csv").astype({"before": float, "after": float})
    percents = {row.oblast: whole_percent(row.before, row.after) for row in rows.itertuples()}
    return {
        "svg": Markup(map_of_change(percents, alt, t, report.parameters.oblast)),
        "heads": [t("Oblast"), str(report.parameters.year_before), str(report.parameters.year_after), t("Percent")],
        "rows": [
            [t.area(row.oblast), t.number(row.before, 1), t.number(row.after, 1), t.signed(percents[row.oblast], 0)]
            for row in rows.itertuples()
        ],
    }


def _card(report: MadeReport, page: Page, t: Catalogue) -> dict[str, str]:
    """A report on the front page: its page, title and question."""
    of_report = Catalogue(t.language, report.name)
    return {
        "file": page.way_to(page_file(report.name, t.language)),
        "title": report.title(of_report),
        "question": description(report, of_report, t),
    }
