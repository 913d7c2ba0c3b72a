"""Documents: what a page and a Markdown file share when both show one view of something.

A view holds texts in the reader's language. A template sets them: as HTML (`site`), or as Markdown (`markdown`). In
both, a text can become neither markup nor a link unless the template makes it one.
"""

import re
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from pipeline.text.language import SOURCE_LANGUAGE, Catalogue


class English(str):
    """A text that stands in English on a page of another language; HTML marks it, so that it is read out as English."""

    __slots__ = ()

    def __html__(self) -> Markup:
        return Markup('<span lang="{}">{}</span>').format(SOURCE_LANGUAGE, str(self))


def or_english(message: str, t: Catalogue) -> str:
    """A text of data in the reader's language; where it has no translation it stays English. Empty stays empty."""
    if not message:
        return ""
    return t(message) if t.has(message) else English(t(message))


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


_WEB = re.compile(r"https?://[^\s<>|\\]+")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: object) -> Markdown:
    """Text on one line that shows as it is wherever it stands in Markdown; what is Markdown already stays.

    Examples
    --------
    >>> escaped("a|b <c> x * y, snake_case, _d_")
    'a\\\\|b &lt;c&gt; x \\\\* y, snake_case, \\\\_d\\\\_'
    """
    if isinstance(text, Markdown):
        return text
    line = " ".join(str(text).split())
    line = re.sub(r"[&<>]", lambda m: _ENTITIES[m[0]], line)
    line = re.sub(r"([\\`*\[\]|~])", r"\\\1", line)
    return Markdown(re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", line))


def link(text: str, target: str) -> Markdown:
    """A link to a page of the web; any other address is shown as text."""
    if _WEB.fullmatch(target):
        return Markdown(f"[{escaped(text)}](<{target}>)")
    return escaped(target)


def address(text: str) -> Markdown:
    """An address of the web as a link that shows itself; any other address is shown as text."""
    return Markdown(f"<{text}>") if _WEB.fullmatch(text) else escaped(text)


def code(name: str | None) -> Markdown:
    """A name of a file, a column or a figure, set as code; empty where there is none."""
    return Markdown(f"`{name}`" if name else "")


_FORMULA = re.compile(r"\s*[=@]|[\t\r]|\s*[+-].*[(|!=]", re.S)


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for a CSV file in which no text is a formula to a spreadsheet program.

    A text that such a program would compute, or fetch, gets an apostrophe before it, which the program does not show.
    Numbers stay as they are, and so does a text that begins with one: -14.6 grain yield.

    Examples
    --------
    >>> list(without_formulas(pd.DataFrame({"a": ["=1+1", "-cmd|x", "-1.2", "-14.6 grain", "@A1", "Osh"]}))["a"])
    ["'=1+1", "'-cmd|x", '-1.2', '-14.6 grain', "'@A1", 'Osh']
    """

    def plain(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell

    made = frame.copy()
    for place, kind in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            made.isetitem(place, frame.iloc[:, place].map(plain))
    return made


def markdown(template: Path, **values: object) -> str:
    """A Markdown template filled with values; every text that it shows is escaped.

    Parameters
    ----------
    template
        The template's file. It has the filters `code`, `address` and `link(text)` besides those of Jinja.
    **values
        What it shows.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        finalize=escaped,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"code": code, "address": address, "link": lambda target, text: link(text, target)}
    return environment.get_template(template.name).render(**values)
