"""Fuzzing of the readers of tables: a million inputs and more, none of which may end but in an answer or a refusal.

Run from the project's root:  python -m trials fuzz [--inputs 1000000] [--seed 15] [--only KIND ...] [--to FILE]
It writes trials/fuzz.csv and its section of trials/results.md; an hour or two. With `--to FILE` the figures go there
and neither of the two is touched.

The inputs are made by atheris (libFuzzer for Python), which keeps those that reach new branches of `pipeline/data` and
changes them further; what an input is, and what must hold of an answer, is said in trials/readers.py. atheris is no
dependency of the project; it has wheels for Linux and is looked for where it is installed and in build/atheris:

    python -m pip install --target build/atheris atheris==3.0.0

A fault is an exception that is none of the pipeline's, an answer that makes no sense, an input that takes longer than
`MOST_SECONDS`, or a process that grows beyond `MOST_MEMORY`. Before them come `BOMBS`, files made to take
all memory or all time.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from benchmarks.results import markdown_table, write_section
from pipeline.paths import BUILD, ROOT

TABLE = Path(__file__).with_suffix(".csv")
RESULTS = Path(__file__).with_name("results.md")
ATHERIS = BUILD / "atheris"
SHARED_MEMORY = Path("/dev/shm")
SEED, INPUTS = 15, 1_000_000
MOST_SECONDS, MOST_MEMORY = 30, 2048
"""For one input, and in MiB for a process."""
MOST_RESTARTS = 5
"""How often the inputs of a kind go on after one that ended the process."""
FORGET_EVERY = 5000
"""Inputs after which what the readers keep of names is forgotten."""


# --- the process that is fed ------------------------------------------------------------------------------------------


def feed(kind: str, folder: Path, options: list[str]) -> None:
    """Let libFuzzer feed a kind of input in this process, and note every sort of fault once; never returns."""
    import atheris

    with atheris.instrument_imports(include=["pipeline.data"]):
        from trials import readers
    corpus, faults, seen, fed = folder / "corpus", folder / "faults.jsonl", Counter(), 0
    if not corpus.is_dir():
        corpus.mkdir(parents=True)
        for number, seed in enumerate(readers.KINDS[kind].seeds()):
            (corpus / f"{number:03d}").write_bytes(seed)

    def one(data: bytes) -> None:
        nonlocal fed
        fed += 1
        if fed % FORGET_EVERY == 0:
            readers.workbook.kind_of.cache_clear()
        error = readers.fault_of(kind, data)
        if error is not None and not seen[where := place_of(error)]:
            seen[where] += 1
            with faults.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"kind": kind, "where": where, "said": str(error)[:300], "input": data.hex()}))
                file.write("\n")

    atheris.Setup([sys.argv[0], *options, f"-max_len={readers.KINDS[kind].longest}", str(corpus)], one)
    atheris.Fuzz()


def place_of(error: BaseException) -> str:
    """What an error is and in which line of the project it came up: faults of one place are one."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipeline" in Path(frame.filename).parts]
    return f"{type(error).__name__}, {Path(own[-1].filename).name}:{own[-1].lineno}" if own else type(error).__name__


# --- the trial --------------------------------------------------------------------------------------------------------


def fuzz(kind: str, inputs: int, seed: int, folder: Path) -> tuple[dict[str, object], list[dict[str, str]]]:
    """Feed so many inputs of a kind; the figures, and the faults."""
    began, done, faults, figures = time.monotonic(), 0, [], {}
    for again in range(MOST_RESTARTS):
        options = [f"-runs={inputs - done}", f"-seed={seed + again}", f"-timeout={MOST_SECONDS}"]
        options += [f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={folder}/", "-print_final_stats=1"]
        said, code = _child(kind, folder, options)
        figures = _figures(said)
        done += figures["inputs"]
        if not code or done >= inputs:
            break
        for path in filter(Path.is_file, folder.glob("*-*")):
            what, _, _ = path.name.partition("-")
            told = re.findall(r"ERROR: (.*)", said)[-1:] or [said[-300:]]
            faults.append({"kind": kind, "where": what, "said": told[0], "input": path.read_bytes().hex()})
            path.unlink()
    if (folder / "faults.jsonl").is_file():
        faults += [json.loads(line) for line in (folder / "faults.jsonl").read_text(encoding="utf-8").splitlines()]
    seconds = time.monotonic() - began
    kept = len(list((folder / "corpus").iterdir()))
    row = {"kind": kind, "inputs": done, "seconds": round(seconds), "kept": kept, "branches": figures["branches"]}
    return row | {"peak_mib": figures["peak_mib"], "faults": len(faults)}, faults


def _child(kind: str, folder: Path, options: list[str]) -> tuple[str, int]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "trials.fuzz", "--feed", kind, str(folder), *options]
    path = os.pathsep.join(filter(None, [str(ROOT), str(ATHERIS), os.environ.get("PYTHONPATH")]))
    variables = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "RUST_BACKTRACE": "0", "TMPDIR": str(folder)}
    with (folder / "said.txt").open("wb") as said:
        code = subprocess.run(command, cwd=ROOT, env=variables, stdout=said, stderr=said).returncode
    return (folder / "said.txt").read_text(encoding="utf-8", errors="replace"), code


def _figures(said: str) -> dict[str, int]:
    """What libFuzzer says at its end: inputs, branches reached, memory."""

    def last(pattern: str) -> int:
        return int((re.findall(pattern, said) or ["0"])[-1])

    return {
        "inputs": last(r"stat::number_of_executed_units: *(\d+)") or last(r"(?m)^#(\d+)\t"),
        "branches": last(r"\bcov: (\d+)"),
        "peak_mib": last(r"stat::peak_rss_mb: *(\d+)"),
    }


def keep(row: dict[str, object], path: Path) -> pd.DataFrame:
    """Put the figures of a kind into the table, in place of those from before; the whole table."""
    table = pd.DataFrame([row])
    if path.is_file():
        old = pd.read_csv(path)
        table = pd.concat([old[old["kind"] != row["kind"]], table], ignore_index=True)
    table.to_csv(path, index=False, lineterminator="\n")
    return table


def results(table: pd.DataFrame) -> str:
    """The section of `results.md`."""
    from trials.readers import KINDS

    shown = table.assign(what=[KINDS[kind].what for kind in table["kind"]])
    shown["inputs a second"] = (shown["inputs"] / shown["seconds"].clip(lower=1)).round().astype(int)
    order = ["kind", "what", "inputs", "inputs a second", "kept", "branches", "peak_mib", "faults"]
    shown = shown[order].rename(columns={"branches": "branches reached", "peak_mib": "most memory, MiB"})
    seeds = ", ".join(map(str, table["seed"].unique()))
    return (
        f"Seed {seeds}. {table['inputs'].sum():,} inputs, {table['faults'].sum()} faults: exceptions that are none of "
        f"the pipeline's, answers that make no sense, inputs that took longer than {MOST_SECONDS} s, processes beyond "
        f"{MOST_MEMORY} MiB. Kept are inputs that reached a new branch.\n\n{markdown_table(shown)}"
    )


def main(arguments: list[str] | None = None) -> None:
    """Feed every kind of input, and write the table and the section of results."""
    parser = argparse.ArgumentParser(prog="python -m trials fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=INPUTS, help="all kinds together")
    parser.add_argument("--only", nargs="+", metavar="KIND", help="some kinds; they get their share of the inputs")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--take", type=Path, nargs="+", metavar="FILE", help="only take over what was written with --to"
    )
    parser.add_argument("--to", type=Path, help="write the figures there, and leave the committed ones as they are")
    asked = parser.parse_args(arguments)
    sys.path.append(str(ATHERIS))
    if find_spec("atheris") is None and not asked.take:
        sys.exit("atheris is not installed: python -m pip install --target build/atheris atheris==3.0.0")
    from trials.readers import KINDS

    path, found = asked.to or TABLE, []
    for row in [row for other in asked.take or () for row in pd.read_csv(other).to_dict("records")]:
        table = keep(row, path)
    kinds = [] if asked.take else asked.only or KINDS
    memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory) as folder:
        for kind in kinds:
            inputs = round(asked.inputs * KINDS[kind].share)
            row, faults = fuzz(kind, inputs, asked.seed, Path(folder) / kind)
            table = keep(row | {"seed": asked.seed}, path)
            found += faults
            print(row, flush=True)
    for fault in found:
        print(json.dumps(fault, ensure_ascii=False))
    text = results(table)
    if not asked.to:
        write_section("fuzz", "Fuzzing of the readers", text, RESULTS)
    print(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--feed"]:
        feed(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    else:
        main()
