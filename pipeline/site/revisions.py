"""The page on what changed between two releases of a table, in every language, and the table of the changes."""

from pathlib import Path

from pipeline.data.revisions import CHANGES, Revisions
from pipeline.site.frame import Frame, Page, write_assets, write_file
from pipeline.text.documents import without_formulas
from pipeline.text.language import Catalogue, languages
from pipeline.text.messages import SITE

TABLE = "revisions.csv"


def revision_page(found: Revisions, old: str, new: str, language: str) -> Page:
    """The page in a language; `old` and `new` are what the two releases are called."""
    t = Catalogue(language, SITE)
    return Page(
        name="revisions",
        language=language,
        title=t("What changed in the table"),
        description=t("{old} and {new}, compared figure by figure.", old=old, new=new),
        template="revisions.html.j2",
        values={
            "found": found,
            "changes": [(change, found.table[found.table["change"] == change]) for change in CHANGES],
            "table": TABLE if language == "en" else f"../{TABLE}",
        },
    )


def write_revisions(found: Revisions, old: str, new: str, folder: Path) -> Path:
    """Write the page in all languages and the table into a folder; the file to open."""
    write_assets(folder)
    for language in languages():
        page = revision_page(found, old, new, language)
        write_file(page.file, Frame(language, {}, alone=True).render(page), folder)
    write_file(TABLE, without_formulas(found.table).to_csv(index=False, lineterminator="\n"), folder)
    return folder / "revisions.html"
