"""Pieces of Markdown that are messages: blocks of a cell, and paragraphs of a `%%say` cell with their conditions."""

import re
from dataclasses import dataclass

SAY = "%%say"
"""First line of a cell that holds sentences."""


def blocks(source: str) -> list[tuple[str, str]]:
    """The blocks of a Markdown text: what stands before each (heading marks, a dash, a number), and its text.

    A paragraph, a heading and an item of a list are one block each; line breaks within are folded to spaces. A formula
    between lines of `$$` is one block and stays as it is.

    Examples
    --------
    >>> blocks("## Limits\\n\\n- One crop\\n  only.\\n- Two years.")
    [('## ', 'Limits'), ('- ', 'One crop only.'), ('- ', 'Two years.')]
    """
    found: list[tuple[str, str]] = []
    for paragraph in re.split(r"\n\s*\n", source.strip()):
        if is_formula(paragraph):
            found.append(("", paragraph.strip()))
            continue
        for number, line in enumerate(paragraph.split("\n")):
            mark, text = re.fullmatch(r"(#+ |\s*[-*] |\s*\d+\. )?(.*)", line).groups()
            if mark or number == 0:
                found.append((mark or "", text.strip()))
            else:
                before, begun = found[-1]
                found[-1] = (before, f"{begun} {text.strip()}")
    return [(mark, text) for mark, text in found if text]


def is_formula(paragraph: str) -> bool:
    """Whether a paragraph is a displayed formula, the same in every language but for its words."""
    text = paragraph.strip()
    return text.startswith("$$") and text.endswith("$$")


WORDS_OF_FORMULA = re.compile(r"(?<=\\text\{)[^{}]*[A-Za-z]{3}[^{}]*(?=\})")
"""The words in a formula, which are said in the language of the page: what stands in `\\text{...}`."""


def words_of_formula(formula: str) -> list[str]:
    """The words of a displayed formula, without the spaces that set them off.

    Examples
    --------
    >>> words_of_formula(r"$$\\text{effect} = y - \\text{what was } \\mathrm{E}$$")
    ['effect', 'what was']
    """
    return [text.strip() for text in WORDS_OF_FORMULA.findall(formula)]


def is_say(source: str) -> bool:
    """Whether a code cell holds sentences."""
    return source.lstrip().startswith(SAY)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a `%%say` cell: its condition (None: always; "else"), and its blocks (mark and message)."""

    condition: str | None
    blocks: tuple[tuple[str, str], ...]


def paragraphs(cell: str) -> list[Paragraph]:
    """The paragraphs of a `%%say` cell, with or without its first line.

    Examples
    --------
    >>> [(p.condition, p.blocks) for p in paragraphs("%%say\\n[if rose] It\\nrose.\\n\\n[else] It fell.")]
    [('rose', (('', 'It rose.'),)), ('else', (('', 'It fell.'),))]
    """
    found = []
    for text in re.split(r"\n\s*\n", re.sub(rf"\A\s*{SAY}[^\n]*\n", "", cell).strip()):
        condition, rest = re.fullmatch(r"(?:\[(if [^\]]+|else)\]\s*)?(.*)", text.strip(), re.S).groups()
        if rest:
            condition = condition and condition.removeprefix("if ").strip()
            found.append(Paragraph(condition, tuple(blocks(rest))))
    return found
