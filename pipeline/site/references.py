"""Works that texts cite: found by their authors and year, led to a list with their DOI."""

import re
from functools import cache
from html import escape
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.data.yaml_files import read_yaml
from pipeline.errors import PipelineError
from pipeline.paths import shown
from pipeline.site.markdown import slug
from pipeline.site.origins import replaced_in_text

REFERENCES = Path(__file__).parent / "references.yml"


class Reference(BaseModel):
    """A work: family names of its authors and its year, as texts cite it; its entry in a list; its DOI, if known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authors: tuple[str, ...]
    year: int
    reference: str
    doi: str = ""

    @property
    def id(self) -> str:
        """Its place on a page."""
        return slug(f"ref {self.authors[0]} {self.year}")

    @property
    def address(self) -> str:
        """Where it is to be found; "" where no DOI is known."""
        return f"https://doi.org/{self.doi}" if self.doi else ""

    def cited(self) -> str:
        """A pattern of how texts cite it: between the last two authors stands an "and" of any language."""
        *first, last = map(re.escape, self.authors)
        names = r",?\s+".join(first) + (r",?\s+\w+\s+" if first else "") + last
        return rf"{names},?\s+\(?{self.year}\b"


@cache
def references(path: Path = REFERENCES) -> tuple[Reference, ...]:
    """All works that texts may cite.

    Raises
    ------
    PipelineError
        If the file is not of its form.
    """
    entries = read_yaml(path, PipelineError)
    try:
        return tuple(map(Reference.model_validate, entries))
    except (ValidationError, TypeError) as error:
        raise PipelineError(f"{shown(path)} must list works with authors, year, reference and doi: {error}") from error


def linked(html: str) -> tuple[str, list[Reference]]:
    """HTML in which each work that it cites leads to its place in the list, and these works, in order of the list."""
    found = []
    for work in references():
        place = f'<a class="cited" href="#{work.id}">\\g<0></a>'
        changed = replaced_in_text(html, re.compile(work.cited()), lambda match, place=place: match.expand(place))
        if changed != html:
            found.append(work)
            html = changed
    return html, found


def listed(works: list[Reference], no_doi: str) -> str:
    """The list of works as HTML; `no_doi` is said of one without a DOI."""
    items = []
    for work in works:
        there = escape(work.address)
        lead = f'<a href="{there}">{there}</a>' if there else f"({escape(no_doi)})"
        items.append(f'<li id="{work.id}"><span lang="en">{escape(work.reference)}</span> {lead}</li>')
    return f'<ul class="references">{"".join(items)}</ul>'
