"""The package: one archive that opens anywhere and reproduces the same bytes there, without git and without a network
address of the project.

It holds every committed file and, made on the way, what describes it to programs (`metadata`), the checksums of all of
it, which `reproduce` compares with (`committed`), and a setting that lets DVC's own commands work without git. The same
commit gives the same bytes: names are sorted, times are the commit's, nothing of the machine enters.
"""

import io
import json
import tarfile
import time
import zipfile
from collections.abc import Container, Iterable
from pathlib import Path

from pipeline.data.cards import read_cards
from pipeline.errors import PipelineError
from pipeline.paths import BUILD, REPORTS, ROOT, shown
from pipeline.run.committed import CHECKSUMS, git, sha256
from pipeline.run.metadata import NAME, codecheck, data_package, ro_crate, validate_data_package
from pipeline.site.article import MadeReport
from pipeline.site.citation import Citation
from pipeline.site.readme import exhibits
from pipeline.text.declarations import declarations
from pipeline.text.language import SOURCE_LANGUAGE, Catalogue

WITHOUT_GIT = (
    b"# In this package DVC's own commands (dvc status, dvc repro) work without git.\n[core]\n    no_scm = true\n"
)
LISTED = 10
"""So many files of a tree that is not clean are named."""


def default_file() -> Path:
    """Where the package goes unless told otherwise: `build/<name>-<version>.zip`."""
    return BUILD / f"{NAME}-{Citation.read().project.version}.zip"


def write_package(to: Path | None = None) -> str:
    """Write the package from the last commit; a sentence saying what it holds.

    Raises
    ------
    PipelineError
        If this is no git repository with a commit, if a file differs from the commit, if the raw tables are not what
        their cards describe, or if `to` is no name of a zip file. Then nothing is written.
    """
    target = to or default_file()
    if target.suffix.lower() != ".zip" or target.is_dir():
        raise PipelineError(
            f"--to {shown(target)} is not the name of a .zip file, for example {shown(default_file())}."
        )
    require_clean(ROOT)
    contents, modes, when = committed_files(ROOT)
    contents |= _described(contents)
    contents[".dvc/config.local"] = WITHOUT_GIT
    lines = "".join(f"{sha256(contents[name])}  {name}\n" for name in sorted(contents))
    contents[CHECKSUMS] = lines.encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.new")
    write_zip(draft, contents, modes, when)
    draft.replace(target)
    megabytes = target.stat().st_size / 1e6
    return (
        f"{shown(target)}: {len(contents)} files, {megabytes:.0f} MB, sha256 {sha256(target.read_bytes())}.\n"
        "Try it: unpack it into an empty folder and call python3 -m pipeline reproduce there."
    )


def require_clean(root: Path) -> None:
    """Refuse a project with files that differ from the last commit, by name.

    Raises
    ------
    PipelineError
        If there are any, or if git cannot say.
    """
    try:
        answer = git("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ".", root=root)
    except FileNotFoundError:
        raise PipelineError("A package is made from a commit, which needs git; git is not installed.") from None
    if answer.returncode or git("rev-parse", "--verify", "HEAD", root=root).returncode:
        said = answer.stderr.decode(errors="replace").strip() or "there is no commit yet"
        raise PipelineError(f"A package is made from a commit; git says of {root}: {said}")
    changed = [entry[3:] for entry in answer.stdout.decode().split("\0") if entry]
    if changed:
        more = f"\n  and {len(changed) - LISTED} more" if len(changed) > LISTED else ""
        listed = "".join(f"\n  {name}" for name in changed[:LISTED])
        raise PipelineError(
            f"A package is made from the last commit, and these files differ from it or are not in it:{listed}{more}\n"
            "Commit them, or put them back (git status shows them)."
        )


def committed_files(root: Path) -> tuple[dict[str, bytes], dict[str, int], int]:
    """Contents and modes of the committed files, by path from the project's root, and the time of the commit.

    git itself writes them, so line ends are those that .gitattributes asks for, on every system.
    """
    archive = git("-c", "core.autocrlf=false", "archive", "--format=tar", "HEAD", root=root)
    stamp = git("log", "-1", "--format=%ct", root=root)
    if archive.returncode or stamp.returncode:
        raise PipelineError(f"git could not read the commit: {archive.stderr.decode(errors='replace').strip()}")
    contents, modes = {}, {}
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        for member in tar:
            if member.isfile():
                contents[member.name] = tar.extractfile(member).read()
                modes[member.name] = 0o755 if member.mode & 0o100 else 0o644
    return contents, modes, int(stamp.stdout)


def _described(contents: dict[str, bytes]) -> dict[str, bytes]:
    """The files that describe the others to programs."""
    cards, citation = read_cards(), Citation.read()
    require_outputs((f"reports/{name}/notebook.ipynb" for name in declarations()), contents)
    made = {name: MadeReport.read(name, REPORTS) for name in declarations()}
    tables, shown_there = data_package(cards, citation), list(exhibits(made))
    validate_data_package(tables)
    values = [f"reports/{name}/results.json" for name, report in made.items() if report.declared.results]
    require_outputs([*values, *(file for each in shown_there for file in (each.file, each.data) if file)], contents)
    found = {
        "datapackage.json": _as_json(tables),
        "codecheck.yml": codecheck(shown_there, [*values, "reports/replication/results.json"], citation).encode(),
    }
    titles = {name: report.title(Catalogue(SOURCE_LANGUAGE, name)) for name, report in made.items()}
    return found | {"ro-crate-metadata.json": _as_json(ro_crate(cards, titles, citation, contents | found))}


def require_outputs(outputs: Iterable[str], contents: Container[str]) -> None:
    """Refuse a commit without something that the reports make: the package could not be compared with it.

    Raises
    ------
    PipelineError
        Naming what is not there.
    """
    missing = [name for name in outputs if name not in contents]
    if missing:
        listed = "".join(f"\n  {name}" for name in missing[:LISTED])
        raise PipelineError(
            f"The commit lacks {len(missing)} files that the reports make:{listed}\n"
            "Run python -m pipeline report and commit what it writes."
        )


def _as_json(content: dict) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def write_zip(path: Path, contents: dict[str, bytes], modes: dict[str, int], when: int) -> None:
    """A zip file that the same contents give again: sorted, with one time, as made on a system that knows modes."""
    moment = time.gmtime(when)[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system, entry.compress_type = 3, zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | modes.get(name, 0o644)) << 16
            archive.writestr(entry, contents[name])
