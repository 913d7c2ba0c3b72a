"""Reproducing: running the stages through DVC, comparing what came out with what is committed, running the tests."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import BUILD, NOTEBOOKS, PARAMETERS, REPORTS, RESULTS, ROOT, shown
from pipeline.run.environment import process_environment
from pipeline.run.stages import read_stages
from pipeline.site.rendering import page_name
from pipeline.text.language import Catalogue
from pipeline.text.parameters import check_parameters, read_parameters
from pipeline.text.results import read_results

LOCK = "dvc.lock"


def repro(options: list[str]) -> int:
    """`dvc repro` with the project's environment; its exit code.

    What runs is shown as it goes, a line a stage and our own sentence below it; DVC's remarks on pushing and
    tracking are left out, since nothing here is pushed.
    """
    started = time.monotonic()
    command = [sys.executable, "-m", "dvc", "repro", *options]
    with subprocess.Popen(
        command, cwd=ROOT, env=process_environment() | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
        encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        for line in process.stdout:
            shown_line = progress(line.rstrip("\n"), time.monotonic() - started)
            if shown_line is not None:
                print(shown_line, flush=True)
    return process.returncode


_REMARKS = (
    "> ",
    "\t",
    "Use `dvc",
    "Updating lock file",
    "Generating lock file",
    "To track the changes",
    "To enable auto",
)


def progress(line: str, elapsed: float) -> str | None:
    """What of a line of DVC's output a reader wants to see; None for nothing.

    Examples
    --------
    >>> progress("Running stage 'check':", 72.4)
    '1:12  check'
    >>> progress("> python -m pipeline check", 72.4) is None
    True
    >>> progress("8 checks passed.", 73.0)
    '      8 checks passed.'
    """
    running = re.fullmatch(r"Running stage '([^']+)':", line)
    if running:
        return f"{int(elapsed) // 60}:{int(elapsed) % 60:02d}  {running[1]}"
    if not line or line.startswith(_REMARKS) or (line.startswith("Stage '") and line.endswith("skipping")):
        return None
    return f"      {line}"


def _call(command: list[str]) -> int:
    """Run a command to its end. Told to end meanwhile, tell it so and wait for it: no server is left behind."""
    with subprocess.Popen(command, cwd=ROOT, env=process_environment()) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            return process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            signal.signal(signal.SIGTERM, before)


def committed_outputs() -> list[str]:
    """What the stages write and the repository keeps, from the project's root: data card, reports, index."""
    outs = {out for stage in read_stages().values() for out in stage.outs if not _is_ignored(out)}
    return sorted(file for out in outs for file in _files_of(out))


def _files_of(out: str) -> set[str]:
    """An output as files: of a folder those that are there and those that are committed."""
    if Path(out).suffix:
        return {out}
    there = {p.relative_to(ROOT).as_posix() for p in (ROOT / out).rglob("*") if p.is_file()}
    return there | set(_git("ls-tree", "-r", "-z", "--name-only", "HEAD", out).stdout.decode().split("\0")) - {""}


def _is_ignored(path: str) -> bool:
    return path.startswith(("data/interim/", "data/processed/", "build/"))


def committed_content(path: str) -> bytes | None:
    """The bytes of a file in the last commit; None if it is not committed.

    Raises
    ------
    PipelineError
        If the project is not a git clone.
    """
    if _git("rev-parse", "--verify", "HEAD").returncode:
        raise PipelineError(
            f"{ROOT} is not a git clone with a commit, so there is nothing to compare with. Clone it with git."
        )
    found = _git("cat-file", "blob", f"HEAD:{path}")
    return None if found.returncode else found.stdout


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


def reproduce() -> int:
    """Run every stage by force, compare all outputs with the committed ones, say what was found; 0 if none differs.

    A file counts as rebuilt when this run wrote it.
    """
    started = time.time()
    committed_content(LOCK)  # before minutes of work, not after
    code = repro(["--force", "--no-run-cache"])
    if code:
        print(
            "\nThe run stopped; see the message above. Reports that were there before are as they were.",
            file=sys.stderr,
        )
        return code
    outputs = committed_outputs()
    rebuilt = [path for path in outputs if (ROOT / path).is_file() and (ROOT / path).stat().st_mtime >= started - 1]
    not_rebuilt = sorted(set(outputs) - set(rebuilt))
    differing = [path for path in outputs if not _same(path)]
    print(f"\n{finding()}\n")
    print(f"{len(rebuilt)} of {len(outputs)} outputs rebuilt in {time.time() - started:.0f} s.")
    print(f"{len(outputs) - len(differing)} are byte-identical to the committed ones, {len(differing)} are not.")
    for path in differing:
        print(f"  differs: {path}" + ("" if committed_content(path) is not None else "  (not committed)"))
    for path in not_rebuilt:
        print(f"  not rebuilt: {path}")
    if differing and committed_content(shown(PARAMETERS)) != PARAMETERS.read_bytes():
        print(
            "params.yaml is not the committed one, so other results are expected. "
            "To go back: git checkout -- params.yaml"
        )
    print(f"Read them: {shown(REPORTS / page_name('index', read_parameters('yield_change')['language']))}")
    return 1 if differing or not_rebuilt else 0


def _same(path: str) -> bool:
    file = ROOT / path
    return file.is_file() and file.read_bytes() == committed_content(path)


def finding(reports: Path = REPORTS) -> str:
    """What the study found for the chosen oblast, in two lines, from the result file."""
    study = check_parameters("yield_change", read_parameters("yield_change"))
    r = {name: entry["value"] for name, entry in read_results("yield_change", reports / RESULTS.name).items()}
    t = Catalogue(study.language)
    return t(
        "{oblast}, {crop}: {before} c/ha in {year_before}, {after} in {year_after}: {change} c/ha, {percent} % "
        "({low} to {high} with printed rounding).\n"
        "Rank {rank} of {n} oblasts by percent change; {rose} of {n} rose. A description of two years, not an effect.",
        oblast=t.area(study.oblast), crop=t.crop(study.crop),
        year_before=study.year_before, year_after=study.year_after,
        before=t.number(r["yield_before"], 1), after=t.number(r["yield_after"], 1), change=t.signed(r["change"], 1),
        percent=t.signed(r["percent_change"], 1), low=t.number(r["percent_change_low"], 1),
        high=t.number(r["percent_change_high"], 1), rank=r["rank_among_oblasts"], n=r["number_of_oblasts"],
        rose=r["oblasts_that_rose"],
    )  # fmt: skip


def _make_tables() -> int:
    """Bring the harmonised tables up to date, which notebooks read and a fresh clone does not have; the exit code."""
    return repro([s.name for s in read_stages().values() if any(_is_ignored(out) for out in s.outs)])


def run_tests(options: list[str]) -> int:
    """All tests: pytest on tests/ and, by nbval, on the executed notebooks; on data that are up to date."""
    return _make_tables() or _call([sys.executable, "-m", "pytest", *options])


def start_lab(options: list[str]) -> int:
    """JupyterLab on the landing notebook, until it is stopped; it asks nobody for news or updates.

    Its layout is kept in `build/`, for by default it would bring the open files of another folder's session.
    """
    return _make_tables() or _call(
        [
            sys.executable, "-m", "jupyterlab", f"--notebook-dir={ROOT}",
            f"--LabApp.default_url=/lab/tree/{NOTEBOOKS.name}/index.ipynb",
            f"--LabApp.workspaces_dir={BUILD / 'jupyterlab'}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None", *options,
        ]
    )  # fmt: skip
