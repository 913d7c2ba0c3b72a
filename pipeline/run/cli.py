"""The command line: `python -m pipeline <command>`.

People use reproduce, report, run, sweep, compare, lab, test, new, stages, messages, readme, slides, package, strip,
record, add-table, refresh, revisions and lock; the others are the stages of dvc.yaml.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.data.yaml_files import parse_yaml
from pipeline.errors import ParameterError, PipelineError, storage_problem
from pipeline.run.steps import perform, run_alone

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def reproduce() -> None:
    """Run every stage from raw data, nothing from a cache, and compare all reports with the committed ones."""
    from pipeline.run.reproduce import reproduce as run_all

    raise typer.Exit(run_all())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run all tests: unit, data, notebook and end to end. Options go to pytest (-k NAME, -x, …)."""
    from pipeline.run.reproduce import run_tests

    raise typer.Exit(run_tests(context.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def check(context: typer.Context) -> None:
    """Run the linter and the tests that need no long run and no browser. Options go to pytest."""
    from pipeline.run.reproduce import quick_check

    raise typer.Exit(quick_check(context.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure how long a reader waits, against the usual ways. Options go to benchmarks.reproduce (--runs, --only)."""
    from pipeline.run.reproduce import run_benchmark

    raise typer.Exit(run_benchmark(context.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def trials(context: typer.Context) -> None:
    """Stop runs, feed the readers nonsense, break the code on purpose. A name and options go to `python -m trials`."""
    from pipeline.run.reproduce import run_trials

    raise typer.Exit(run_trials(context.args))


@app.command()
def report() -> None:
    """Bring the reports up to date: run the stages whose inputs changed."""
    from pipeline.run.engine import Engine

    raise typer.Exit(Engine().run())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open JupyterLab on the notebooks. Options go to JupyterLab (--no-browser, --port, …)."""
    from pipeline.run.reproduce import start_lab

    raise typer.Exit(start_lab(context.args))


@app.command()
def lock(upgrade: Annotated[bool, typer.Option(help="Take newer releases too.")] = False) -> None:
    """Resolve pyproject.toml anew into requirements.lock and requirements-test.lock."""
    from pipeline.run.lock import lock as write_locks

    write_locks(upgrade=upgrade)


@app.command()
def run(
    report: Annotated[str | None, typer.Argument(help="A report; with --name none, for all of them.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Replace a parameter; may be repeated.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder for the report's folder.  [default: build/runs]")] = None,
    name: Annotated[str | None, typer.Option(help="Make a whole study, in build/studies/NAME.")] = None,
    stage: Annotated[
        bool, typer.Option("--stage", hidden=True, help="As DVC runs it: the frozen copy, into reports/.")
    ] = False,
) -> None:
    """Run one report, or with --name a whole study, perhaps with other parameters, without touching reports/."""
    from pipeline.paths import BUILD
    from pipeline.run.engine import Engine
    from pipeline.run.reproduce import make_tables
    from pipeline.text.parameters import read_parameters, run_parameters

    overrides = _assignments(set_ or [])
    if (report is None) is (name is None) or (name and (to or stage)):
        raise ParameterError("Name one report to run, or with --name a whole study: it has all reports in its folder.")
    if name:
        raise typer.Exit(_whole_study(name, overrides))
    if stage:
        raise typer.Exit(perform("run", report, "--stage"))
    destination = _outside(to or BUILD / "runs")
    read_parameters(report)  # an unknown name is refused before any table is made
    engine = Engine(quiet=True)
    engine.make_ready()  # what a run imports is imported while the tables are looked at
    code = make_tables(quiet=True)
    if code:
        raise typer.Exit(code)
    run_parameters(report, overrides)
    raise typer.Exit(engine.apart(run_alone, report, overrides, destination))


def _whole_study(name: str, overrides: dict[str, object]) -> int:
    from pipeline.run.reproduce import make_tables
    from pipeline.run.study import require_known, write_study

    require_known(name, overrides)  # before any table is made
    return make_tables(quiet=True) or write_study(name, overrides)


@app.command()
def compare(
    first: str,
    second: str,
    to: Annotated[Path | None, typer.Option(help="Folder for page and table.  [default: build/comparisons/…]")] = None,
) -> None:
    """Set two studies side by side, result by result: names given to run --name, `reports`, or folders."""
    from pipeline.paths import BUILD
    from pipeline.run.study import study_folder
    from pipeline.site.compare import Study, write_comparison

    names = [Path(name).name for name in (first, second)]
    destination = _outside(to or BUILD / "comparisons" / "-and-".join(names))
    one, other = (Study.read(n, study_folder(given)) for n, given in zip(names, (first, second), strict=True))
    print(write_comparison(one, other, destination))


def _outside(folder: Path) -> Path:
    """The folder for what a command writes, if it holds nothing that belongs to the project or to its stages.

    Raises
    ------
    ParameterError
        If it does.
    """
    from pipeline.paths import REPORTS, ROOT, shown

    try:
        destination = folder.resolve()
        destination.exists()
    except (OSError, ValueError) as error:  # a name too long for a file, a byte 0
        raise ParameterError(f"{str(folder)[-200:]!r} is no name of a folder: {error}") from error
    if destination.is_relative_to(REPORTS):
        raise ParameterError(f"{shown(REPORTS)}/ is written by the stages only: python -m pipeline report.")
    own = [ROOT / name for name in ("pipeline", "notebooks", "data", "tests")]
    if ROOT.is_relative_to(destination) or any(destination.is_relative_to(part) for part in own):
        raise ParameterError(f"--to {shown(destination)} holds the project's own files. Name another folder.")
    if destination.exists() and not destination.is_dir():
        raise ParameterError(f"--to {shown(destination)} is a file; name a folder for the report.")
    return destination


def _assignments(texts: list[str]) -> dict[str, object]:
    """`name=value` pairs; values are read as YAML, as in params.yaml.

    Raises
    ------
    ParameterError
        If a text is not of that form.
    """
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise ParameterError(f"--set {text!r} is not of the form NAME=VALUE, for example --set oblast=Osh.")
        values[name] = parse_yaml(
            value, f"--set {text!r} (quote a value with signs of YAML): the value", ParameterError
        )
    return values


@app.command()
def sweep(
    report: str,
    grid: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUES", help="oblast=Osh,Chui; year_before=2018..2022; year_after=year_before+1."),
    ] = None,
    parameters: Annotated[Path | None, typer.Option(help="A CSV or YAML file, a run a row; with --grid, each.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes here.  [default: one a processor]")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a dask scheduler, tcp://…, in their place.")] = None,
    retries: Annotated[int, typer.Option(min=0, help="How often a run is tried again when its worker is lost.")] = 2,
    show: Annotated[list[str] | None, typer.Option(metavar="RESULT", help="A result to draw; may be repeated.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder for tables and page.  [default: build/sweeps/REPORT]")] = None,
) -> None:
    """Run a report for many parameters, on all processors or machines; the same command goes on where it stopped."""
    from pipeline.run import sweep as sweeps
    from pipeline.run.engine import processors
    from pipeline.run.reproduce import make_tables

    sweeps.require_packages()
    destination = _outside(to or sweeps.SWEEPS / report)
    rows = sweeps.rows_of(grid or [], parameters)
    sweeps.require_known(report, rows, show or [])
    code = make_tables(quiet=True)
    if code:
        raise typer.Exit(code)
    runs = sweeps.runs_of(report, rows)
    here = sweeps.local_client(min(workers or processors(), max(1, len(runs))), retries)
    try:
        with (
            sweeps.remote_client(scheduler, report) if scheduler else here as client,
            sweeps.shown_progress(report) as progress,
        ):
            frame = sweeps.sweep(report, runs, client, retries=retries, progress=progress)
    except KeyboardInterrupt:
        print("Stopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        raise typer.Exit(130) from None
    print(sweeps.write_sweep(report, frame, destination, show or []))
    raise typer.Exit(1 if (frame["status"] == sweeps.FAILED).any() else 0)


@app.command()
def strip() -> None:
    """Remove outputs from the notebooks in notebooks/, as they are committed."""
    from pipeline.text.notebooks import strip_notebooks

    for path in strip_notebooks():
        print(f"cleaned {path}")


@app.command()
def record(source: str) -> None:
    """Accept a new release of a source: write its checksums and row counts into its card."""
    from pipeline.data.cards import read_card
    from pipeline.data.cards import record as record_source

    before, changed = read_card(source).tables, record_source(source)
    after = read_card(source).tables
    rows = ", ".join(f"{name} ({after[name].rows} rows, {before[name].rows} before)" for name in changed)
    print(f"{source}: {rows} recorded." if changed else f"{source}: nothing changed.")


def _option(text: str, metavar: str = "TEXT") -> object:
    return typer.Option(help=text, metavar=metavar)


@app.command("add-table")
def add_table(
    file: Path,
    source: Annotated[str, _option("The source that it is of: a folder of data/raw, there or new.", "NAME")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what was understood as CSV, one row a figure; write nothing.")
    ] = False,
    measure: Annotated[str | None, _option("yield, area_sown, area_harvested or production.")] = None,
    crop: Annotated[str | None, _option("The crop of all figures, where the table names none.")] = None,
    area: Annotated[str | None, _option("The area of all figures, where the table names none.")] = None,
    unit: Annotated[str | None, _option("The unit, where the table states none.")] = None,
    weight_basis: Annotated[str | None, _option("after-processing, bunker or unknown.")] = None,
    decimals: Annotated[int | None, typer.Option(help="Round unrounded figures to so many decimals.", min=0)] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A name whose figures are left out; may be repeated.", metavar="NAME")
    ] = None,
    table: Annotated[str | None, _option("File of the table.  [default: crops_<measure>.csv]", "FILE")] = None,
    title: Annotated[str | None, _option("Title of a new source.  [default: the table's]")] = None,
    licence: Annotated[str | None, _option("Licence of a new source, or `unclear`.")] = None,
    obtained: Annotated[str | None, _option("How the file of a new source was obtained, and when.")] = None,
    published: Annotated[str | None, _option("Date of publication.", "YYYY-MM-DD")] = None,
    url: Annotated[str | None, _option("Address of the file, for `refresh`.", "URL")] = None,
) -> None:
    """Read a table of the statistics committee (XLS, XLSX, CSV, JSON of its open data) and make it a source's."""
    from pipeline.data.workbook import read_workbook

    reading = read_workbook(file)
    print(reading.report(), file=sys.stderr)
    if dry_run:
        print(reading.frame().to_csv(index=False, lineterminator="\n"), end="")
        return
    from pipeline.data.adoption import Given, adopt
    from pipeline.run.stages import write_stages

    given = Given(
        measure=measure,
        crop=crop,
        area=area,
        unit=unit,
        weight_basis=weight_basis,
        decimals=decimals,
        leave_out=tuple(leave_out or ()),
        table=table,
        title=title,
        licence=licence,
        obtained=obtained,
        published=published,
        url=url,
    )
    print("\n".join(adopt(file, reading, source, given)))
    write_stages()
    print("Bring the reports up to date: make report (python -m pipeline report)")


@app.command()
def refresh(
    source: Annotated[str, typer.Argument(help="A source of the statistics committee, or nsc for all of them.")],
    url: Annotated[str | None, _option("Address to fetch from.  [default: url_download of the card]", "URL")] = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Put the last vintage in the place of the tables.")] = False,
    decimals: Annotated[int | None, typer.Option(help="Decimals of the tables.  [default: as they are]", min=0)] = None,
) -> None:
    """Fetch a new release beside the old and say what it changes; adopt nothing until --adopt is given."""
    from pipeline.run.vintages import adopt_last, fetch_and_compare

    if adopt:
        print("\n".join(adopt_last(source, decimals)))
    else:
        raise typer.Exit(fetch_and_compare(source, url, decimals))


@app.command()
def revisions(
    old: Path,
    new: Path,
    to: Annotated[Path | None, typer.Option(help="Folder for page and table.  [default: build/revisions]")] = None,
) -> None:
    """Compare two releases of a table: years added, values revised, labels reworded, rows withdrawn."""
    from pipeline.run.vintages import compare_files

    print(compare_files(old, new, to))


@app.command()
def messages(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; list what is missing.")] = False,
) -> None:
    """Bring the translators' catalogues (pipeline/locale) up to date with all texts."""
    from pipeline.text import messages as catalogues
    from pipeline.text.language import SOURCE_LANGUAGE, languages

    if not check:
        print(catalogues.update())
        return
    missing = [
        f"{language}/{domain}.po: {message}"
        for language in languages()
        if language != SOURCE_LANGUAGE
        for domain, messages in catalogues.untranslated(language).items()
        for message in messages
    ]
    print("\n".join(missing) or "Every text is translated.")
    raise typer.Exit(1 if missing else 0)


@app.command()
def readme() -> None:
    """Write the current result values into README.md."""
    from pipeline.site.readme import update

    print(update())


@app.command()
def ingest(group: str) -> None:
    """Stage: read the raw tables of one source group, checked against their cards."""
    raise typer.Exit(perform("ingest", group))


@app.command()
def harmonise() -> None:
    """Stage: bring all figures into one panel and one table of exposures."""
    raise typer.Exit(perform("harmonise"))


@app.command("check-data")
def check_data() -> None:
    """Stage: check the harmonised tables; stop when something is wrong."""
    raise typer.Exit(perform("check-data"))


@app.command()
def freeze() -> None:
    """Stage: make the cleaned copies that the notebooks run from."""
    raise typer.Exit(perform("freeze"))


@app.command()
def verify() -> None:
    """Stage: hold every statement of the paper against data and results; stop when a verdict changed."""
    raise typer.Exit(perform("verify"))


@app.command()
def publish() -> None:
    """Stage: write the pages of reports/ and the data card."""
    raise typer.Exit(perform("publish"))


@app.command()
def stages() -> None:
    """Write dvc.yaml from the declarations of the reports."""
    from pipeline.run.stages import write_stages

    print("dvc.yaml was written." if write_stages() else "dvc.yaml is what the declarations say.")


new = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(new, name="new", help="Write the working beginning of a new piece.")


@new.command("report")
def new_report(name: str) -> None:
    """Write an article, its declaration, a study and its test, that work as they are."""
    from pipeline.paths import shown
    from pipeline.run.new import new_report as write_report

    for path in write_report(name):
        print(f"wrote {shown(path)}")
    print(f"Run it: python -m pipeline run {name}    Change it: notebooks/{name}.ipynb and notebooks/{name}.yml")


@new.command("source")
def new_source(
    name: str,
    table: Annotated[Path | None, typer.Option(help="Your figures as CSV; without it the table is empty.")] = None,
) -> None:
    """Write the card of a source to be filled in, with its table and a test; its figures join the exposures."""
    from pipeline.paths import shown
    from pipeline.run.new import new_source as write_source

    for path in write_source(name, table):
        print(f"wrote {shown(path)}")
    print(f"Fill in the card: data/raw/{name}/source.yml    Then: python -m pipeline stages")


@new.command("method")
def new_method(name: str) -> None:
    """Write a method for any panel of units and years, and its test by hand, that work as they are."""
    from pipeline.paths import shown
    from pipeline.run.new import new_method as write_method

    for path in write_method(name):
        print(f"wrote {shown(path)}")
    print(f"Test it: python -m pipeline check tests/methods/test_{name}.py")


@app.command()
def package(
    to: Annotated[
        Path | None, typer.Option(help="The archive.  [default: build/green-clusters-kyrgyzstan-VERSION.zip]")
    ] = None,
) -> None:
    """Write one archive of the last commit that opens anywhere and reproduces the same bytes there."""
    from pipeline.run.package import write_package

    print(write_package(to))


@app.command()
def slides(
    report: str,
    to: Annotated[Path | None, typer.Option(help="Folder for the pictures.  [default: build/slides]")] = None,
) -> None:
    """Draw the figures of a report as pictures for slides (PNG, 300 dots per inch), in every language."""
    from pipeline.paths import BUILD, REPORTS, shown
    from pipeline.site.drawings import write_slides

    for path in write_slides(report, REPORTS, to or BUILD / "slides"):
        print(shown(path))


def main(argv: list[str]) -> int:
    """Run a command; an error of the pipeline becomes a message on stderr and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(argv, prog_name="python -m pipeline")
    except PipelineError as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if (problem := storage_problem(error)) is None:
            raise
        print(f"\nerror: {problem}", file=sys.stderr)
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0
