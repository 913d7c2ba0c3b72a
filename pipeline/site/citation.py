"""How to cite: the reference and its BibTeX, the version and its date, from `CITATION.cff`.

What that file does not give (a DOI, an address, a year) is left out, never made up.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.data.yaml_files import read_yaml
from pipeline.errors import PipelineError
from pipeline.paths import CITATION, shown


@dataclass(frozen=True)
class Work:
    """A work to cite.

    Attributes
    ----------
    authors
        As `Family, Given` or as one name.
    released
        The day of the version, ISO 8601.
    url
        Its address; a DOI as an address where there is one.
    entry
        The type of its BibTeX entry.
    """

    authors: tuple[str, ...]
    title: str
    note: str = ""
    version: str = ""
    year: str = ""
    released: str = ""
    doi: str = ""
    url: str = ""
    entry: str = "misc"

    def reference(self) -> str:
        """The work in one line, as a list of references has it."""
        dated = f" ({self.year})" if self.year else ""
        parts = [f"{'; '.join(self.authors)}{dated}", self.title, f"Version {self.version}" if self.version else ""]
        return ". ".join(part.rstrip(".") for part in [*parts, self.note, self.url] if part) + "."

    def bibtex(self, key: str) -> str:
        """The work as BibTeX, with braces around what must keep its letters."""
        fields = {
            "author": " and ".join(a if "," in a else f"{{{a}}}" for a in self.authors),
            "title": f"{{{self.title}}}",
            "version": self.version,
            "year": self.year,
            "note": self.note,
            "doi": self.doi,
            "url": self.url,
        }
        lines = ",\n".join(f"  {name} = {{{_plain(text)}}}" for name, text in fields.items() if text)
        return f"@{self.entry}{{{key},\n{lines}\n}}"


@dataclass(frozen=True)
class Citation:
    """This project and the paper it replicates."""

    project: Work
    paper: Work
    licence: str
    abstract: str = ""

    @classmethod
    def read(cls, path: Path = CITATION) -> "Citation":
        """The two works as `CITATION.cff` gives them.

        Raises
        ------
        PipelineError
            If the file lacks what a reference needs.
        """
        try:
            given = read_yaml(path, PipelineError)
            (paper,) = [entry for entry in given["references"] if entry["type"] == "article"]
            return cls(_work(given), _work(paper), given["license"], given.get("abstract", ""))
        except (KeyError, TypeError, ValueError) as error:
            raise PipelineError(
                f"{shown(path)} must give title, authors and license, and one reference of type article: {error!r}"
            ) from error


def _plain(text: str) -> str:
    """Text with the signs that BibTeX would act on."""
    return re.sub(r"([&%$#_])", r"\\\1", text)


def _work(entry: dict) -> Work:
    doi, released = entry.get("doi", ""), str(entry.get("date-released", ""))
    return Work(
        authors=tuple(map(_author, entry["authors"])),
        title=entry["title"],
        note=entry.get("notes", ""),
        version=str(entry.get("version", "")),
        year=released[:4] or str(entry.get("year", "")),
        released=released,
        doi=doi,
        url=f"https://doi.org/{doi}" if doi else entry.get("url", entry.get("repository-code", "")),
        entry="software" if entry.get("type") == "software" else "misc",
    )


def _author(entry: dict) -> str:
    return entry["name"] if "name" in entry else f"{entry['family-names']}, {entry['given-names']}"
