"""The page of a sweep: its runs in small multiples, in every language, beside the table of all of them."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.errors import ParameterError
from pipeline.exhibits.drawing import ACCENT, GREY, LIGHT, finish, in_style
from pipeline.exhibits.svg import svg_of
from pipeline.site.frame import Frame, Page, page_file, tree, write_assets, write_file
from pipeline.text.declarations import Declaration
from pipeline.text.language import Catalogue, languages
from pipeline.text.messages import SITE
from pipeline.text.notebooks import read_notebook

PANELS = 24
"""More panels than this nobody compares."""
SHOWN = 3
"""Results that are drawn where the user names none."""
ERRORS = 20
"""Runs without results that the page lists; the table has all."""


def write_sweep_page(
    report: Declaration, article: Path, runs: pd.DataFrame, made: str, folder: Path, shown: Sequence[str] = ()
) -> None:
    """Write the page of a sweep and its figures, in every language.

    Parameters
    ----------
    article
        The notebook of the report, which names it.
    runs
        The table of `pipeline.run.sweep`.
    made
        The digest of code and data.
    folder
        Where the tables lie, `runs.csv` and `runs.parquet`.
    shown
        Results to draw; without any the first that differ between the runs.

    Raises
    ------
    ParameterError
        If a result to draw is none of the report, or no number.
    """
    done = runs[runs["status"] == "done"]
    names = [*report.study, *report.parameters]
    values = _drawable(report, done, shown)
    across, panels = axes_of(done, names)
    title = next(cell.source for cell in read_notebook(article).cells if "title" in cell.metadata.get("tags", []))
    write_assets(folder)
    for language in languages():
        t, of_site = Catalogue(language, report.name), Catalogue(language, SITE)
        page = Page(
            name="index",
            language=language,
            title=of_site(
                "{count} runs: {title}",
                count=len(runs),
                title=t.look_up(title.splitlines()[0].removeprefix("# ").strip()),
            ),
            description=of_site("One run for each set of parameters."),
            template="sweep.html.j2",
        )
        figures = []
        for value in values if across else ():
            file = f"{tree(language)}figures/{value}.svg"
            alt = of_site("{result} in every run, by {parameter}", result=value, parameter=across)
            unit = report.results[value].unit
            write_file(file, svg_of(small_multiples(done, value, unit, across, panels, of_site), value, alt), folder)
            figures.append({"file": page.way_to(file), "alt": alt, "name": value, "scope": _scope(report, value, t)})
        page.values.update(
            {
                "counts": runs["status"].value_counts().to_dict(),
                "varied": [(name, _range(runs[name])) for name in names if runs[name].nunique(dropna=False) > 1],
                "fixed": [(name, runs[name].iloc[0]) for name in names if runs[name].nunique(dropna=False) == 1],
                "figures": figures,
                "seconds": of_site.number(float(done["seconds"].sum() or 0), 0),
                "errors": _errors(runs, names),
                "without": int((runs["status"] != "done").sum()),
                "made": made,
                "csv": page.way_to("runs.csv"),
                "parquet": page.way_to("runs.parquet"),
            }
        )
        write_file(page_file("index", language), Frame(language, {}, alone=True).render(page), folder)


def _scope(report: Declaration, result: str, t: Catalogue) -> str:
    """A declared scope with names in place of parameters, which differ from run to run."""
    return re.sub(r"\{(\w+)[^}]*\}", r"\1", report.scope(result, t.look_up))


def _errors(runs: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, str]]:
    """The first runs without results: the parameters that vary, and why."""
    varied = [name for name in names if runs[name].nunique(dropna=False) > 1]
    rows = runs[runs["status"] != "done"].head(ERRORS).to_dict("records")
    return [(", ".join(f"{name} = {row[name]}" for name in varied), row["error"]) for row in rows]


def _range(column: pd.Series) -> str:
    """The values of a parameter, or the first, the last and how many there are."""
    values = list(dict.fromkeys(column.dropna()))
    if len(values) <= 8:
        return ", ".join(map(str, values))
    return f"{min(values)} … {max(values)} ({len(values)})"


def _drawable(report: Declaration, done: pd.DataFrame, shown: Sequence[str]) -> list[str]:
    for name in shown:
        if name not in report.results or (len(done) and not pd.api.types.is_numeric_dtype(done[name].dtype)):
            raise ParameterError(
                f"--show {name} is no result of {report.name} that is a number. Results: {', '.join(report.results)}."
            )
    differing = [
        name
        for name, result in report.results.items()
        if result.decimals is not None and pd.api.types.is_numeric_dtype(done[name].dtype) and done[name].nunique() > 1
    ]
    return list(shown) or differing[:SHOWN]


def axes_of(done: pd.DataFrame, names: Sequence[str]) -> tuple[str | None, str | None]:
    """The parameter along the horizontal axis, and the one that a panel holds a value of; None where none varies.

    Of parameters that go together (year_before and year_after) the last one counts.
    """
    varying: list[str] = []
    for name in reversed([name for name in names if done[name].nunique() > 1]):
        goes_with = any(
            done.groupby(other)[name].nunique().max() == 1 and done.groupby(name)[other].nunique().max() == 1
            for other in varying
        )
        if not goes_with:
            varying.append(name)
    numbers = [name for name in varying if pd.api.types.is_numeric_dtype(done[name].dtype)]
    across = max(numbers or varying, key=lambda name: done[name].nunique(), default=None)
    rest = [name for name in varying if name != across and done[name].nunique() <= PANELS]
    return across, max(rest, key=lambda name: done[name].nunique(), default=None)


@in_style
def small_multiples(done: pd.DataFrame, value: str, unit: str, across: str, panels: str | None, t: Catalogue) -> Figure:
    """A result along one parameter, a panel for each value of another; behind each panel the runs of all others.

    Where the report has results of the same name with `_low` and `_high`, they are drawn as an interval.
    """
    keys = list(dict.fromkeys(done[panels])) if panels else [None]
    columns = min(4, len(keys))
    rows = -(-len(keys) // columns)
    width, height = 9.2 if columns > 1 else 7.4, 1.0 + 1.75 * rows + (1.2 if rows == 1 else 0)
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    place = _places(done[across])
    number = pd.to_numeric(done[value]).astype(float)
    ends = [f"{value}_low", f"{value}_high"]
    interval = all(end in done and pd.api.types.is_numeric_dtype(done[end].dtype) for end in ends)
    for axes, key in zip(grid.flat, keys, strict=False):
        own = done[panels] == key if panels else pd.Series(True, index=done.index)
        axes.axhline(0, color=LIGHT, lw=0.8, zorder=1)
        axes.plot(place[~own], number[~own], ".", color=LIGHT, ms=2.5, zorder=2)
        if interval:
            low, high = (done.loc[own, end].astype(float) for end in ends)
            axes.vlines(place[own], low, high, color=ACCENT, lw=1.2, alpha=0.5, zorder=3)
        axes.plot(place[own], number[own], "o", color=ACCENT, ms=3.2, zorder=4)
        if key is not None:
            axes.set_title(_named(panels, key, t), fontsize=9.5)
        axes.grid(axis="y", zorder=0)
    for axes in list(grid.flat)[len(keys) :]:
        axes.set_axis_off()
    if not pd.api.types.is_numeric_dtype(done[across].dtype):
        names = list(dict.fromkeys(done[across]))
        for axes in grid[-1]:
            axes.set_xticks(range(len(names)), [_named(across, name, t) for name in names], rotation=45, ha="right")
    elif (done[across] % 1 == 0).all():
        for axes in grid[-1]:
            axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    for axes in list(grid.flat)[max(0, len(keys) - columns) : len(keys)]:
        axes.set_xlabel(across)
        axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel(unit)
    handles = [Line2D([], [], ls="", marker="o", color=ACCENT, ms=4, label=t("a run"))]
    if interval:
        handles.append(Line2D([], [], color=ACCENT, lw=1.6, alpha=0.5, label=t("its interval")))
    if panels:
        handles.append(Line2D([], [], ls="", marker=".", color=GREY, ms=4, label=t("runs of the other panels")))
    return finish(figure, value, t("One mark for each run"), "", legend=handles)


def _places(column: pd.Series) -> pd.Series:
    """Where values stand along the axis: numbers at their value, names one after the other."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype(float)
    return pd.Series(pd.factorize(column)[0], index=column.index)


def _named(parameter: str, value: object, t: Catalogue) -> str:
    if parameter == "oblast":
        return t.area(str(value))
    if parameter == "crop":
        return t.crop(str(value))
    return f"{parameter} = {value}"
