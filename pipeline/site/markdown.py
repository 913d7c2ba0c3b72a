"""Markdown as HTML: prose of notebooks, sentences and page texts, with formulas as MathML.

Headings get the same address in every language, made from the English text, so that a link to one holds after the
language is switched.
"""

import re
import unicodedata
from functools import cache
from html import escape, unescape

from latex2mathml.converter import convert as mathml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

from pipeline.data.vocabulary import units
from pipeline.errors import PipelineError
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, languages
from pipeline.text.markdown import WORDS_OF_FORMULA, blocks, is_formula


@cache
def _parser() -> MarkdownIt:
    """CommonMark with tables and formulas; HTML in a text is text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.use(dollarmath_plugin, renderer=_formula, allow_digits=False, double_inline=True)


def _formula(latex: str, details: dict) -> str:
    shown = mathml(latex.strip(), display="block" if details.get("display_mode") else "inline")
    words = f' lang="{SOURCE_LANGUAGE}"' if re.search(r"\\text\{[^}]*[A-Za-z]{3}", latex) else ""  # in it, English
    return shown.replace("<math ", f'<math{words} alttext="{escape(latex.strip(), quote=True)}" ', 1)


def to_html(markdown: str, addresses: "Addresses | None" = None, english: str | None = None) -> Markup:
    """Markdown as HTML.

    Parameters
    ----------
    addresses
        Gives each heading its address; without it headings have none.
    english
        The English text, which the addresses are made from; the text itself where it is not given.

    Raises
    ------
    PipelineError
        If the two do not have as many headings.
    """
    tokens = _parser().parse(markdown)
    for token in tokens:
        if str(token.attrGet("style") or "").endswith("right"):  # styles in a page are what its policy refuses
            token.attrSet("class", "number")
        token.attrs.pop("style", None)
    if addresses is not None:
        names = headings(tokens) if english is None else headings(_parser().parse(english))
        _give_addresses(tokens, [addresses.of(name) for name in names])
    html = _parser().renderer.render(tokens, _parser().options, {})
    return Markup(html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>"))


def headings(tokens: list[Token]) -> list[str]:
    """The texts of the headings."""
    return [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]


def _give_addresses(tokens: list[Token], addresses: list[str]) -> None:
    places = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    if len(places) != len(addresses):
        raise PipelineError(
            f"A translation has {len(places)} headings, the English text {len(addresses)}: {headings(tokens)}."
        )
    for place, address in zip(places, addresses, strict=True):
        tokens[place].attrSet("id", address)
        if tokens[place].tag != "h1":
            sign = Token("html_inline", "", 0)
            sign.content = f' <a class="anchor" href="#{address}" aria-hidden="true" tabindex="-1">#</a>'
            tokens[place + 1].children.append(sign)


def prose(source: str, t: Catalogue, of_site: Catalogue, addresses: "Addresses | None" = None) -> Markup:
    """Prose of a notebook as HTML in a language; what has no translation stays English and is marked so."""
    parts: list[tuple[bool, list[str], list[str]]] = []  # whether it is in the language, Markdown, the English of it
    for paragraph in re.split(r"\n\s*\n", source.strip()):
        found = blocks(paragraph)
        own = is_formula(paragraph) or all(t.has(text) for _, text in found)
        shown = paragraph
        if t.language != SOURCE_LANGUAGE and is_formula(paragraph):
            shown = _formula_in(t, paragraph)
        elif own and t.language != SOURCE_LANGUAGE:
            shown = "\n".join(mark + t.look_up(text) for mark, text in found)
        if not parts or parts[-1][0] != own:
            parts.append((own, [], []))
        parts[-1][1].append(shown)
        parts[-1][2].append(paragraph)
    mark_of_fractions = t.number(0.5, 1)[1]  # LaTeX knows a point only
    made = []
    for own, shown, original in parts:
        html = to_html("\n\n".join(shown), addresses, "\n\n".join(original))
        html = Markup(re.sub(r"(?<=<mn>)(\d+)\.(?=\d+</mn>)", rf"\1{mark_of_fractions}", html))
        made.append(html if own else marked_english(html, of_site))
    return Markup("\n").join(made)


def _formula_in(t: Catalogue, formula: str) -> str:
    """A displayed formula with its words in the language of a catalogue."""

    def said(match: re.Match) -> str:
        words = match[0].strip()
        return match[0].replace(words, t.look_up(words)) if t.has(words) else match[0]

    return WORDS_OF_FORMULA.sub(said, formula)


def marked_english(html: str, t: Catalogue) -> Markup:
    """HTML that stays English, marked as such for readers and for their screen readers."""
    if t.language == SOURCE_LANGUAGE:
        return Markup(html)
    label = f'<p class="english-label" lang="{t.language}">{escape(t("in English"))}</p>'
    return Markup(f'<div class="english" lang="{SOURCE_LANGUAGE}">{label}{html}</div>')


def plain(html: str) -> str:
    """The text of a piece of HTML on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def slug(text: str) -> str:
    """The address of a heading.

    Examples
    --------
    >>> slug("January–August: 2 counts")
    'january-august-2-counts'
    """
    ascii_text = unicodedata.normalize("NFKD", text.replace("\u2013", "-")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "section"


class Addresses:
    """Addresses of one page, each given once."""

    def __init__(self, taken: tuple[str, ...] = ("content",)):
        self._taken = set(taken)

    def of(self, text: str) -> str:
        """A free address for a heading: its slug, with a number where that is taken."""
        wanted, number = slug(text), 1
        free = wanted
        while free in self._taken:
            number += 1
            free = f"{wanted}-{number}"
        self._taken.add(free)
        return free


_LONGEST_SYMBOL = 5  # a longer unit is a word or more ("thousand persons"), before which a line may end


_YEARS = ("г.", "гг.")  # "2024 г.", as Russian writes a year


@cache
def _breaks() -> re.Pattern:
    """The places within a number, between it and its unit, and within that unit, where no line may end."""
    shown = {name for unit in units().entries.values() for name in map(unit.shown_in, languages())}
    shown |= {name.partition(" ")[0] for name in shown} | set(_YEARS)  # "млн" of "млн кВт·ч", "тыс." of "тыс. га"
    symbols = sorted((re.escape(s) for s in shown if len(s) <= _LONGEST_SYMBOL and " " not in s), key=len, reverse=True)
    halves = [symbol.split("/") for symbol in symbols if "/" in symbol]
    within = "|".join(rf"(?<=\b{first})/(?={second})" for first, second in halves)  # Kyrgyz adds case endings
    per = "|".join("/".join(half) for half in halves)
    return re.compile(
        r"(?P<as_written><(?:pre|script|style|math)\b.*?</(?:pre|script|style|math)>|<[^>]*>)"  # code, scripts, tags
        rf"|(?P<slash>{within})"
        rf"|(?:(?<=\d)|(?<=\d</em>)|(?<=\d</strong>)) (?={per}|(?:{'|'.join(symbols)})(?!\w))"
        r"|(?:(?<=\b\d)|(?<=\b\d\d)|(?<=\b\d{3})) (?=\d{3}\b)",  # between its thousands
        re.S,
    )


def numbers_kept(page: str) -> str:
    """A page in which no line ends within a number, before its unit or within that; code and scripts stay as written.

    Examples
    --------
    >>> numbers_kept('<p title="1 000"><em>10</em> % of 1 289 108 in 2024 150 times</p><pre>10 % 3</pre>')
    '<p title="1 000"><em>10</em>\\xa0% of 1\\xa0289\\xa0108 in 2024 150 times</p><pre>10 % 3</pre>'
    >>> numbers_kept("23.7 c/ha of 5 hats"), numbers_kept("4 ц/гадан")
    ('23.7\\xa0c\\u2060/\\u2060ha of 5 hats', '4\\xa0ц\\u2060/\\u2060гадан')
    >>> numbers_kept("5,6 млн т в 2024 г.")
    '5,6\\xa0млн т в 2024\\xa0г.'
    """

    def kept(match: re.Match) -> str:
        return match["as_written"] or ("\u2060/\u2060" if match["slash"] else "\u00a0")

    return _breaks().sub(kept, page)
