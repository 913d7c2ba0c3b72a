"""The frame of every page: address, navigation, languages, previews, footer.

A page is a template that extends `templates/base.html.j2`. It opens from disk: links are relative, styles, scripts and
the search index are files in `assets/`, and a policy in the page forbids every request to a network.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jinja2
from babel import Locale
from markupsafe import Markup

from pipeline.errors import PipelineError
from pipeline.run.stages import stage
from pipeline.site.citation import Citation
from pipeline.site.rendering import TEMPLATES, numbers_kept, page_name
from pipeline.site.search import sections_of
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue, Deferred, Text, languages
from pipeline.text.messages import SITE
from pipeline.text.parameters import NOTEBOOKS

t = Deferred()

# The notebooks in reading order, grouped as a reader meets them. Those that do not exist yet are left out.
GROUPS: tuple[tuple[str, Text, tuple[str, ...]], ...] = (
    ("yields", t("The yields"), ("data_audit", "yield_change", "history")),
    ("evidence", t("The evidence"), ("other_oblasts", "weather", "green_technology", "specification_curve", "power")),
    (
        "paper",
        t("The paper and its clusters"),
        ("international_clusters", "cluster_model", "energy_hub", "cold_chain", "circular", "recommendations"),
    ),
)

# The other pages in the order of the navigation.
PAGES: dict[str, Text] = {
    "index": t("Overview"),
    "replication": t("The paper checked"),
    "explorer": t("Explorer"),
    "data": t("Data"),
    "methods": t("Methods"),
    "glossary": t("Glossary"),
    "extend": t("Extend"),
    "cite": t("Cite"),
}

ASSETS = ("style.css", "site.js", "icon.svg")  # copied as they are from templates/assets
PICTURE = "yield_change-slope"  # of link previews, where a page has none of its own


@cache
def offered() -> frozenset[str]:
    """Files of `reports/` that the stage `publish` reads or makes: what the pages may link to."""
    publish = stage("publish")
    return frozenset(p.removeprefix("reports/") for p in (*publish.deps, *publish.outs) if p.startswith("reports/"))


def groups() -> list[tuple[str, Text, list[str]]]:
    """The groups of notebooks in reading order.

    Raises
    ------
    PipelineError
        If a notebook is in no group.
    """
    homeless = set(NOTEBOOKS) - {name for _, _, names in GROUPS for name in names}
    if homeless:
        raise PipelineError(f"{', '.join(sorted(homeless))}: name the group of the notebook in pipeline/site/frame.py.")
    return list(GROUPS)


def language_name(language: str) -> str:
    """A language as its readers call it."""
    name = Locale.parse(language).get_display_name(language)
    return name[:1].upper() + name[1:]


@dataclass(frozen=True)
class Page:
    """One page in one language.

    Attributes
    ----------
    name
        Its address below `reports/` without ending, `notebooks/power` for example.
    title, description
        Of the page; the description is what a link preview shows.
    template
        The template that makes it, below `templates/`.
    values
        What that template shows besides.
    picture
        The figure of link previews, its file below `figures/`, a PNG.
    depth
        Headings up to this level stand in the table of contents; 0 for none.
    notebook
        The notebook whose report it is.
    """

    name: str
    language: str
    title: str
    description: str
    template: str
    values: dict[str, object] = field(default_factory=dict)
    picture: str | None = None
    depth: int = 2
    notebook: str | None = None

    @property
    def file(self) -> str:
        """Its file below `reports/`."""
        return page_name(self.name, self.language)

    @property
    def root(self) -> str:
        """The way from it to `reports/`."""
        return "../" * self.name.count("/")


class Frame:
    """What the pages of one language share, and the making of a page.

    Parameters
    ----------
    titles
        The titles of the notebooks that have a page, in this language.
    alone
        For a page outside the site (a run with other parameters): without links to other pages and without search.
    """

    def __init__(self, language: str, titles: dict[str, str], *, alone: bool = False):
        self.language = language
        self.t = Catalogue(language, SITE)
        self.alone = alone
        self._titles = titles
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, page: Page) -> str:
        """The page as HTML, its table of contents made from its headings."""
        environment, frame = self._environment, self._shared(page)
        template = environment.get_template(page.template)
        bare = template.render(**frame, contents=[], **page.values)
        shown = [s for s in sections_of(bare) if s.address and 1 < s.level <= page.depth]
        contents = [{"level": s.level, "address": s.address, "heading": s.heading} for s in shown]
        made = template.render(**frame, contents=contents, **page.values) if len(contents) > 2 else bare
        return numbers_kept("\n".join(line.rstrip() for line in made.splitlines()) + "\n")

    def _shared(self, page: Page) -> dict[str, object]:
        root, language = page.root, page.language
        return {
            "t": self.t,
            "page": page,
            "root": root,
            "alone": self.alone,
            "languages": [
                {"code": other, "name": language_name(other), "file": page_name(page.name, other).rpartition("/")[2]}
                for other in languages()
            ],
            "navigation": [
                {"name": name, "label": self.t.read(PAGES[name]), "file": root + page_name(name, language)}
                for name in PAGES
            ],
            "menu": [
                {"key": key, "title": self.t.read(title), "reports": [self.link(name, root) for name in names]}
                for key, title, names in (() if self.alone else groups())
            ],
            "neighbours": self._neighbours(page),
            "href": lambda name: root + page_name(name, language),
            "picture": f"{root}figures/{page.picture or PICTURE.replace('-', '/') + f'.{language}.png'}",
            "brief": f"{root}brief.{language}.pdf" if f"brief.{language}.pdf" in offered() else None,
            "offered": offered(),
            "citation": Citation.read(),
        }

    def link(self, notebook: str, root: str) -> dict[str, str]:
        """A notebook as a link from a page."""
        file = root + page_name(f"notebooks/{notebook}", self.language)
        return {"name": notebook, "title": self._titles[notebook], "file": file}

    def _neighbours(self, page: Page) -> dict[str, dict[str, str] | None]:
        order = [name for _, _, names in groups() for name in names]
        if self.alone or page.notebook is None:
            return {"before": None, "after": None}
        at = order.index(page.notebook)
        before, after = order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None
        return {
            "before": self.link(before, page.root) if before else None,
            "after": self.link(after, page.root) if after else None,
        }


def write_assets(folder: Path, names: tuple[str, ...] = ASSETS) -> None:
    """Copy files of `templates/assets` into `assets/` below a folder."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    for name in names:
        text = (TEMPLATES / "assets" / name).read_text(encoding="utf-8")
        (folder / "assets" / name).write_text(text, encoding="utf-8", newline="\n")


def write_file(file: str, text: str, folder: Path) -> None:
    """Write a page, or what a page needs, below a folder."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def or_english(text: str, t: Catalogue) -> Markup:
    """A text of data in the language of the page; where it has no translation it stays English and is marked so."""
    if not text or t.has(text):
        return Markup.escape(t.look_up(text))
    return Markup('<span lang="{}">{}</span>').format(SOURCE_LANGUAGE, text)
