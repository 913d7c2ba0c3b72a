"""The two locks: that they are complete, hashed and installed, name no host, and how the command writes them."""

import ast
import contextlib
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.paths import ROOT
from pipeline.run import lock
from pipeline.run.environment import LOCK, SWITCH, TEST_LOCK, EnvironmentSetupError

TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in (LOCK, TEST_LOCK)}
PINS = {name: [Requirement(pin) for pin in lock.pins(text)] for name, text in TEXTS.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLATFORMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def applies(marker: Marker | None, platform: str, python: str) -> bool:
    surroundings = {**PLATFORMS[platform], "python_version": python, "python_full_version": f"{python}.1", "extra": ""}
    surroundings |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    surroundings |= {"platform_machine": "AMD64" if platform == "Windows" else "x86_64"}
    return marker is None or marker.evaluate(surroundings)


def names(requirements) -> set[str]:
    return {canonicalize_name(Requirement(str(each)).name) for each in requirements}


@pytest.mark.parametrize("name", [LOCK, TEST_LOCK])
def test_every_package_is_pinned_exactly_and_hashed_and_no_host_is_named(name):
    for block, pin in zip(lock.blocks(TEXTS[name]), PINS[name], strict=True):
        assert [part.operator for part in pin.specifier] == ["=="], pin
        assert re.fullmatch(r"[^\n]+(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n", block), pin
    first = {LOCK: "", TEST_LOCK: f"-r {LOCK}\n"}[name]
    assert TEXTS[name] == first + "".join(lock.blocks(TEXTS[name]))  # nothing else: no option, no comment
    assert "://" not in TEXTS[name] and " @ " not in TEXTS[name]


def test_every_direct_dependency_is_pinned_where_it_belongs():
    assert names(PROJECT["dependencies"]) <= names(PINS[LOCK])
    assert names(PROJECT["optional-dependencies"]["test"]) <= names(PINS[LOCK] + PINS[TEST_LOCK])
    assert not names(PINS[LOCK]) & names(PINS[TEST_LOCK])


def test_what_the_package_imports_is_a_dependency_of_its_own():
    """A reader installs what runs, not what tests; single commands (room `run`) need what an extra names for them."""
    distributions, extras = importlib.metadata.packages_distributions(), PROJECT["optional-dependencies"]
    direct = names(PROJECT["dependencies"])
    of_commands = direct | names([*extras["sweep"], *extras["package"]])
    lacking = {}
    for path in (ROOT / "pipeline").rglob("*.py"):
        imported = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
        imported -= {*sys.stdlib_module_names, "pipeline"}
        allowed = of_commands if path.is_relative_to(ROOT / "pipeline" / "run") else direct
        lacking[path.name] = {name for name in imported if not names(distributions.get(name, [])) & allowed}
    assert {name: packages for name, packages in lacking.items() if packages} == {}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_the_locks_are_complete_on_every_system(platform, python):
    """What the packages say that they require there is pinned there, at a version that they accept."""
    for chosen in ([LOCK], [LOCK, TEST_LOCK]):
        pinned = {
            canonicalize_name(pin.name): next(iter(pin.specifier)).version
            for name in chosen
            for pin in PINS[name]
            if applies(pin.marker, platform, python)
        }
        problems = []
        for name in pinned:
            try:
                requires = importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue  # a package of another system
            for needed in map(Requirement, requires):
                if applies(needed.marker, platform, python):
                    version = pinned.get(canonicalize_name(needed.name))
                    if version is None or not needed.specifier.contains(version, prereleases=True):
                        problems.append(f"{name} requires {needed}, pinned is {version}")
        assert problems == []
    system = {"Linux": {"ptyprocess"}, "macOS": {"appnope"}, "Windows": {"colorama", "pywin32", "pywinpty"}}
    assert system[platform] <= pinned.keys()
    assert ("pywin32" in pinned) == (platform == "Windows")


def test_what_is_installed_is_what_the_locks_pin():
    installed, wanted = {}, {}
    for pin in PINS[LOCK] + PINS[TEST_LOCK]:
        if pin.marker is None or pin.marker.evaluate():
            wanted[pin.name] = next(iter(pin.specifier)).version
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                installed[pin.name] = importlib.metadata.version(pin.name)
    assert installed == wanted


def test_conda_users_get_the_locked_packages():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert conda["dependencies"] == [f"python={oldest}", "pip", {"pip": [f"-r {LOCK}"]}]
    assert conda["variables"] == {SWITCH: "current", "PYTHONUTF8": "1"}


# --- the command -------------------------------------------------------------------------------------------

RUNS = """\
appnope==1.0.0 ; sys_platform == 'darwin' \\
    --hash=sha256:aa \\
    --hash=sha256:ab
numpy==2.4.6 \\
    --hash=sha256:cc
"""
PYTEST = "pytest==9.2.0 \\\n    --hash=sha256:dd\n"


@pytest.fixture
def resolver(tmp_path, monkeypatch):
    """Stands in for uv: keeps what was called and what it found, and writes what a resolution would."""
    calls = []

    def run(command, root, variables):
        draft = Path(command[command.index("--output-file") + 1])
        calls.append((command, draft.read_text() if draft.exists() else None))
        draft.write_text(run.prefix + RUNS + (PYTEST if "--all-extras" in command else ""))

    run.prefix, run.calls = "", calls
    monkeypatch.setattr(lock, "run_tool", run)
    return run


def test_the_command_writes_what_runs_and_what_tests_need_beyond_it(tmp_path, resolver, capsys):
    (tmp_path / LOCK).write_text(RUNS.replace("2.4.6", "2.4.5"))
    (tmp_path / TEST_LOCK).write_text(f"-r {LOCK}\n{PYTEST}")
    lock.lock(upgrade=True, root=tmp_path)
    assert (tmp_path / LOCK).read_text() == RUNS
    assert (tmp_path / TEST_LOCK).read_text() == f"-r {LOCK}\n{PYTEST}"
    (complete, found), (runs, _) = resolver.calls
    assert found == RUNS.replace("2.4.6", "2.4.5") + PYTEST, "uv keeps the versions it finds in its output file"
    assert "--upgrade" in complete and "--upgrade" not in runs
    assert runs[runs.index("--constraints") + 1] == complete[-1], "both sets hold the same versions"
    for command in (complete, runs):
        assert {"--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate"} <= set(command)
        assert command[command.index("--python-version") + 1] == "3.11"
    said = capsys.readouterr().err
    assert said.startswith("  - numpy==2.4.5\n  + numpy==2.4.6\n") and "pytest==" not in said
    assert lock.pins(RUNS) == ["appnope==1.0.0 ; sys_platform == 'darwin'", "numpy==2.4.6"]


@pytest.mark.parametrize("line", ["--index-url https://example.org/simple", "--find-links wheels", "x @ file:///x"])
def test_a_lock_that_names_a_host_is_not_written(tmp_path, resolver, line):
    resolver.prefix = f"{line}\n"
    with pytest.raises(EnvironmentSetupError, match="would name a host or an option of this machine; nothing was"):
        lock.lock(root=tmp_path)
    assert not (tmp_path / LOCK).exists() and not (tmp_path / TEST_LOCK).exists()
