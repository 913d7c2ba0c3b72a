"""The workflow of GitHub Actions: what it calls exists here, and what it uses is pinned. It has not been run there."""

import re

import pytest
import yaml

from pipeline.paths import ROOT
from pipeline.run.cli import app

FILE = ROOT / ".github" / "workflows" / "check.yml"


@pytest.fixture(scope="module")
def jobs() -> dict[str, dict]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))["jobs"]


def steps(jobs) -> list[dict]:
    return [step for job in jobs.values() for step in job["steps"]]


def test_what_it_calls_exists(jobs):
    said = "\n".join(step.get("run", "") for step in steps(jobs))
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    called = re.findall(r"python3? -m pipeline ([\w-]+)", said)
    assert {"test", "reproduce"} <= set(called) <= commands
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"^make (\w+)", said, re.M))
    assert ".ci/run" in said and (ROOT / ".ci" / "run").is_file()


def test_every_action_is_pinned_and_every_job_ends(jobs):
    used = [step["uses"] for step in steps(jobs) if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[\w-]+@v\d+", each) for each in used)
    assert all(job["timeout-minutes"] <= 90 for job in jobs.values())


def test_only_what_was_tested_and_reproduced_is_published_and_only_from_main(jobs):
    pages = jobs["pages"]
    assert set(pages["needs"]) == set(jobs) - {"pages"} and "refs/heads/main" in pages["if"]
    writers = [name for name, job in jobs.items() if "write" in str(job.get("permissions", ""))]
    assert writers == ["pages"]
