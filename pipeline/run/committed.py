"""What a run is compared with: the last commit, or, in a copy without git, the checksums that travel along.

An archive that `python -m pipeline package` wrote holds `checksums.sha256`, in the form that the command sha256sum
reads. A download of the repository's files alone has neither; there a run is held against the files that came along.
"""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.run.files import files_of

CHECKSUMS = "checksums.sha256"


@dataclass(frozen=True)
class Reference:
    """Files to compare with.

    Attributes
    ----------
    name
        What they are, as it ends a sentence: "the committed ones".
    digests
        Hexadecimal digest of each file, by its path from the project's root.
    digest
        The same digest of any content.
    restore
        How a reader gets the file `{path}` back.
    remark
        What a reader should know of it; empty for a commit.
    """

    name: str
    digests: dict[str, str]
    digest: Callable[[bytes], str]
    restore: str
    remark: str = ""

    def holds(self, path: str) -> bool:
        """Whether it knows the file."""
        return path in self.digests

    def is_same(self, path: str, root: Path) -> bool:
        """Whether the file is there and has the same bytes."""
        file = root / path
        return file.is_file() and self.digest(file.read_bytes()) == self.digests.get(path)


def reference(paths: Iterable[str], root: Path) -> Reference:
    """What there is to compare files with: the package's checksums, else the last commit, else the files themselves.

    Parameters
    ----------
    paths
        Files and folders from the project's root.

    Raises
    ------
    PipelineError
        If git has a reason of its own not to read the repository (another owner), in git's words; if the checksums
        cannot be read.
    """
    wanted = list(paths)
    if (root / CHECKSUMS).is_file():
        known = {path: text for path, text in read_checksums(root).items() if _within(path, wanted)}
        return Reference(f"those of {CHECKSUMS}", known, sha256, "unpack the archive again")
    blobs, why = _blobs(wanted, root)
    if blobs:
        return Reference("the committed ones", blobs, _blob_digest(blobs), "git checkout -- {path}")
    lying = {path: sha256((root / path).read_bytes()) for path in files_of(wanted, root) if (root / path).is_file()}
    remark = (
        f"{why}, and there is no {CHECKSUMS}: what came out is compared with the files as they were before the run."
    )
    return Reference("those that were there before", lying, sha256, "download the project again", remark)


def sha256(content: bytes) -> str:
    """sha256 of a content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_checksums(root: Path) -> dict[str, str]:
    """Path and sha256 of every file of a package, as its `checksums.sha256` lists them.

    Raises
    ------
    PipelineError
        If a line is not of the form `sha256  path`.
    """
    found = {}
    for number, line in enumerate((root / CHECKSUMS).read_text(encoding="utf-8").splitlines(), start=1):
        digest, gap, path = line.partition("  ")
        if not gap or len(digest) != 64:
            raise PipelineError(
                f"{CHECKSUMS}, line {number}: expected a sha256, two spaces and a path, found {line!r}. "
                "Take the file from the archive again."
            )
        found[path] = digest
    return found


def git(*arguments: str, root: Path) -> subprocess.CompletedProcess[bytes]:
    """What git answers, in English, called in the project's root.

    Raises
    ------
    FileNotFoundError
        If git is not installed.
    """
    return subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"}
    )


def _blobs(paths: list[str], root: Path) -> tuple[dict[str, str], str]:
    """Object names of the committed files by path from `root`, and, where there are none, why.

    The paths count from the project's folder, so that it may lie in a folder of another repository.
    """
    try:
        top = git("rev-parse", "--show-toplevel", root=root)
    except FileNotFoundError:
        return {}, "git is not installed"
    if top.returncode:
        said = top.stderr.decode(errors="replace").strip()
        if "not a git repository" in said:
            return {}, "This is not a git repository"
        raise PipelineError(f"git does not read the repository of {root}, so nothing can be compared. It says:\n{said}")
    listed = git("ls-tree", "-r", "-z", "HEAD", "--", *paths, root=root)
    if listed.returncode:
        return {}, "The git repository has no commit"
    found = {}
    for entry in filter(None, listed.stdout.decode().split("\0")):
        about, _, path = entry.partition("\t")
        found[path] = about.split()[2]
    return found, f"The git repository {top.stdout.decode().strip()} does not hold these files"


def _blob_digest(blobs: dict[str, str]) -> Callable[[bytes], str]:
    """git's own digest of a content: sha1, or sha256 in a repository of the newer kind."""
    kind = "sha1" if len(next(iter(blobs.values()))) == 40 else "sha256"

    def digest(content: bytes) -> str:
        return hashlib.new(kind, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

    return digest


def _within(path: str, wanted: list[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in wanted)
