"""The environment: that it is the lock's, that it is made only when needed, and what it refuses.

No test makes a real environment or uses the network: the tools are replaced by a recorder.
"""

import ast
import contextlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline import __main__ as entry
from pipeline.paths import ROOT
from pipeline.run import environment
from pipeline.run.environment import EnvironmentSetupError

LOCK_TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA_TEXT = (ROOT / "environment.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PINS = [Requirement(pin) for pin in environment.pins(LOCK_TEXT)]

PLATFORMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
SMALL_LOCK = """\
appnope==1.0.0 ; sys_platform == 'darwin' \\
    --hash=sha256:aa \\
    --hash=sha256:ab
setuptools==84.2.1 \\
    --hash=sha256:cc
uv==0.13.9 \\
    --hash=sha256:dd \\
    --hash=sha256:ee
uvicorn==1.0 \\
    --hash=sha256:ff
"""


def applies(marker: Marker | None, platform: str, python: str, extra: str = "") -> bool:
    surroundings = {**PLATFORMS[platform], "python_version": python, "python_full_version": f"{python}.1"}
    surroundings |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    surroundings |= {"platform_machine": "AMD64" if platform == "Windows" else "x86_64", "extra": extra}
    return marker is None or marker.evaluate(surroundings)


def pinned_on(platform: str, python: str) -> dict[str, str]:
    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in PINS
        if applies(pin.marker, platform, python)
    }


# --- the lock and the conda file ---------------------------------------------------------------------------


def test_conda_pins_are_the_lock_s_both_ways_with_their_markers():
    *pinned, project = yaml.safe_load(CONDA_TEXT)["dependencies"][-1]["pip"]
    assert project == "-e ."
    assert sorted(pinned) == sorted(environment.pins(LOCK_TEXT))


def test_conda_file_is_what_the_lock_command_writes():
    assert environment.conda_environment(LOCK_TEXT, PROJECT["name"]) == CONDA_TEXT
    parsed = yaml.safe_load(CONDA_TEXT)
    assert CONDA_TEXT.startswith("# Generated from requirements.lock by: python -m pipeline lock")
    assert parsed["name"] == PROJECT["name"]
    assert parsed["channels"] == ["conda-forge", "nodefaults"]
    assert parsed["dependencies"][:2] == ["python=3.11", "pip"]
    assert parsed["variables"] == {environment.SWITCH: "current", "PYTHONUTF8": "1"}


def test_every_requirement_of_the_lock_is_pinned_exactly_and_hashed():
    for pin in PINS:
        assert [part.operator for part in pin.specifier] == ["=="], pin
        hashes = environment.block(LOCK_TEXT, pin.name).split("--hash=")[1:]
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", text.rstrip("\\\n ")) for text in hashes), pin


@pytest.mark.parametrize("name", ["requirements.lock", "environment.yml"])
def test_no_host_and_no_option_of_a_machine_is_named(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host", "file:", " @ "):
        assert word not in text, word


def test_every_direct_dependency_is_pinned():
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    direct = [text for group in groups for text in group]
    names = {canonicalize_name(pin.name) for pin in PINS}
    assert {canonicalize_name(Requirement(text).name) for text in direct} <= names


def test_the_lock_knows_what_each_system_needs():
    needed = {
        "Linux": {"pexpect", "ptyprocess"},
        "macOS": {"appnope", "pexpect", "ptyprocess"},
        "Windows": {"colorama", "pywin32", "pywinpty"},
    }
    for platform, names in needed.items():
        assert names <= pinned_on(platform, "3.11").keys(), platform
    assert "pywin32" not in pinned_on("Linux", "3.11")


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_the_lock_is_complete_on_every_system(platform, python):
    """What the packages say that they require there is pinned there, at a version that they accept."""
    pinned = pinned_on(platform, python)
    problems = []
    for name in pinned:
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # a package of another system
        for text in requires:
            needed = Requirement(text)
            if applies(needed.marker, platform, python):
                version = pinned.get(canonicalize_name(needed.name))
                if version is None or not needed.specifier.contains(version, prereleases=True):
                    problems.append(f"{name} requires {text}, pinned is {version}")
    assert problems == []


def test_what_is_installed_is_what_the_lock_pins():
    installed, wanted = {}, {}
    for pin in PINS:
        if pin.marker is None or pin.marker.evaluate():
            wanted[pin.name] = next(iter(pin.specifier)).version
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                installed[pin.name] = importlib.metadata.version(pin.name)
    assert installed == wanted


def test_a_block_is_one_package_with_all_its_hashes_and_nothing_else():
    assert environment.block(SMALL_LOCK, "uv") == ("uv==0.13.9 \\\n    --hash=sha256:dd \\\n    --hash=sha256:ee\n")
    assert environment.block(SMALL_LOCK, "uvicorn") == "uvicorn==1.0 \\\n    --hash=sha256:ff\n"
    for name in environment.BOOTSTRAP:
        assert environment.block(LOCK_TEXT, name).startswith(f"{name}==")


def test_a_lock_without_uv_or_without_its_hashes_is_refused():
    with pytest.raises(EnvironmentSetupError, match=r"pins no pip with hashes.*git checkout requirements\.lock"):
        environment.block(SMALL_LOCK, "pip")
    with pytest.raises(EnvironmentSetupError, match="pins no uv with hashes"):
        environment.block("uv==0.13.9\n", "uv")


def test_pins_keep_markers_and_drop_hashes_and_comments():
    assert environment.pins("# a comment\n" + SMALL_LOCK) == [
        "appnope==1.0.0 ; sys_platform == 'darwin'",
        "setuptools==84.2.1",
        "uv==0.13.9",
        "uvicorn==1.0",
    ]


# --- the way in --------------------------------------------------------------------------------------------


def test_an_old_python_is_told_what_is_found_and_what_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(entry.sys, "version_info", (3, 10, 13, "final", 0))
    assert entry.start(["reproduce"]) == 1
    said = capsys.readouterr().err
    assert "needs Python 3.11 or newer; this is Python 3.10.13" in said
    assert "make PYTHON=python3.12" in said


def test_supported_pythons_pass_and_two_places_state_the_same_minimum():
    assert [entry.python_problem(version) for version in ((3, 11, 0), (3, 12, 1), (4, 0, 0))] == [None] * 3
    assert PROJECT["requires-python"] == ">=" + ".".join(map(str, entry.NEEDED))


def test_the_first_file_can_be_read_by_an_old_python():
    source = (ROOT / "pipeline" / "__main__.py").read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 7))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]


@pytest.mark.parametrize("name", ["__main__.py", "environment.py", "errors.py", "paths.py"])
def test_nothing_but_the_standard_library_is_imported(name):
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "pipeline" / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    ours = {"pipeline", "pipeline.run.cli", "pipeline.errors", "pipeline.paths"}
    assert {module.split(".")[0] for module in imported - ours} <= sys.stdlib_module_names


def test_help_needs_no_environment_and_no_package():
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "pipeline", "help"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    for target in ("reproduce", "test", "report", "lab", "lock", "help"):
        assert re.search(rf"^  {target} +\w", done.stdout, flags=re.MULTILINE), target


def test_the_makefile_is_one_liners_over_the_command_line():
    targets = re.findall(r"^([a-z]+):.*\n((?:\t.*\n?)*)", MAKEFILE, flags=re.MULTILINE)
    assert {name for name, _ in targets} == {"reproduce", "test", "report", "lab", "lock", "help"}
    for name, recipe in targets:
        assert recipe == f"\t@$(PYTHON) -m pipeline {name}\n"
    assert set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE).group(1).split()) == dict(targets).keys()
    assert ".DEFAULT_GOAL := help" in MAKEFILE
    assert "PYTHON ?= python3\n" in MAKEFILE


def test_continuous_integration_calls_make_test():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"


# --- making it ---------------------------------------------------------------------------------------------


class Tools:
    """Stands in for venv, pip and uv: keeps what was called, makes the files that count, fails on request."""

    def __init__(self, root):
        self.root = root
        self.calls: list[list[str]] = []
        self.variables: dict[str, str] = {}
        self.fail_at: str | None = None
        self.stamp_seen = False

    def __call__(self, what, command, root, variables, held=None):
        self.calls.append(command)
        self.variables = variables
        self.stamp_seen |= (root / ".venv" / environment.STAMP).exists()
        if "venv" in command:
            for name in ("python", "uv"):
                program = environment._program(root, name)
                program.parent.mkdir(parents=True, exist_ok=True)
                program.write_text("")
        if self.fail_at and self.fail_at in command:
            raise EnvironmentSetupError(f"could not {what}")

    @property
    def made_from_nothing(self) -> bool:
        return any("venv" in command for command in self.calls)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv(environment.SWITCH, raising=False)
    root = tmp_path / "a project"
    root.mkdir()
    (root / "requirements.lock").write_text(SMALL_LOCK)
    (root / "pyproject.toml").write_text("[project]\nname = 'p'\n")
    return root


@pytest.fixture
def tools(project, monkeypatch):
    recorder = Tools(project)
    monkeypatch.setattr(environment, "_run", recorder)
    return recorder


@pytest.fixture
def made(project, tools):
    """A project whose environment is right, and the recorder wiped clean."""
    environment.ensure(project)
    tools.calls.clear()
    tools.stamp_seen = False
    return project


def test_the_tools_are_called_in_order_with_hashes_and_byte_code(project, tools, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "somebody else's")
    environment.ensure(project)
    create, bootstrap, sync, editable, warm = tools.calls
    assert create[-3:] == ["-m", "venv", str(project / ".venv")]
    assert bootstrap[1:4] == ["-m", "pip", "install"]
    assert {"--require-hashes", "--no-deps"} <= set(bootstrap)
    assert sync[1:3] == ["pip", "sync"]
    assert {"--require-hashes", "--compile-bytecode", "--no-build-isolation", "requirements.lock"} <= set(sync)
    assert editable[-2:] == ["--editable", "."]
    assert "matplotlib.font_manager" in warm[-1]
    assert (project / ".venv" / "bootstrap.txt").read_text() == (
        environment.block(SMALL_LOCK, "uv") + environment.block(SMALL_LOCK, "setuptools")
    )
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"} & tools.variables.keys()
    assert not tools.stamp_seen, "the stamp is written last"
    said = capsys.readouterr()
    assert said.out == ""
    assert "about half a minute" in said.err


def test_a_right_environment_calls_nothing_and_prints_nothing(made, tools, capsys):
    capsys.readouterr()
    environment.ensure(made)
    assert tools.calls == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_input_updates_in_place(made, tools, name):
    with (made / name).open("a") as file:
        file.write("# changed\n")
    environment.ensure(made)
    assert tools.calls and not tools.made_from_nothing
    assert not tools.stamp_seen, "a start killed while it updates must leave no stamp"
    tools.calls.clear()
    environment.ensure(made)
    assert tools.calls == []


def break_stamp(root):
    (root / ".venv" / environment.STAMP).write_text("{")


def remove_stamp(root):
    (root / ".venv" / environment.STAMP).unlink()


def remove_python(root):
    environment._program(root, "python").unlink()


def change_uv(root):
    lock = root / "requirements.lock"
    lock.write_text(lock.read_text().replace("uv==0.13.9", "uv==0.14.0"))


@pytest.mark.parametrize("damage", [break_stamp, remove_stamp, remove_python, change_uv])
def test_an_unfinished_or_damaged_environment_is_made_from_nothing(made, tools, damage):
    left_over = made / ".venv" / "lib" / "half.py"
    left_over.parent.mkdir()
    left_over.touch()
    damage(made)
    environment.ensure(made)
    assert tools.made_from_nothing
    assert not left_over.exists()


def test_a_moved_project_is_made_from_nothing(made, tools, tmp_path):
    moved = tmp_path / "elsewhere"
    made.rename(moved)
    environment.ensure(moved)
    assert tools.made_from_nothing


@pytest.mark.parametrize("step", ["venv", "install", "sync", "-c"])
def test_a_failed_step_leaves_no_stamp(project, tools, step):
    tools.fail_at = step
    with pytest.raises(EnvironmentSetupError, match="could not"):
        environment.ensure(project)
    assert not (project / ".venv" / environment.STAMP).exists()
    tools.fail_at = None
    environment.ensure(project)
    assert json.loads((project / ".venv" / environment.STAMP).read_text())["installer"] == "uv==0.13.9"


def test_an_update_that_cannot_download_keeps_the_environment_and_tries_again(made, tools):
    (made / "requirements.lock").write_text(SMALL_LOCK + "zipp==4.1.2 \\\n    --hash=sha256:aa\n")
    tools.fail_at = "sync"
    with pytest.raises(EnvironmentSetupError):
        environment.ensure(made)
    tools.fail_at = None
    tools.calls.clear()
    environment.ensure(made)
    assert tools.calls and not tools.made_from_nothing


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_venv_that_is_no_virtual_environment_is_left_alone(project, tools, kind):
    if kind == "folder":
        (project / ".venv").mkdir()
        mine = project / ".venv" / "thesis.txt"
    else:
        mine = project / ".venv"
    mine.write_text("mine")
    with pytest.raises(EnvironmentSetupError, match=r"not a virtual environment \(it has no pyvenv.cfg\)"):
        environment.ensure(project)
    assert mine.read_text() == "mine"
    assert tools.calls == []


def test_clearing_never_takes_the_mark_of_a_virtual_environment_away(tmp_path, monkeypatch):
    """Else a start killed while it clears would leave a folder that the next start refuses."""
    folder = tmp_path / ".venv"
    (folder / "lib").mkdir(parents=True)
    for name in ("pyvenv.cfg", "a", "z", environment.STAMP):
        (folder / name).touch()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()

    def killed(path):
        assert not (folder / environment.STAMP).exists(), "the stamp goes first"
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            environment._clear(folder)
    assert (folder / "pyvenv.cfg").is_file()
    environment._clear(folder)
    assert [entry.name for entry in folder.iterdir()] == ["pyvenv.cfg"]


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_or_pip_says_what_to_install(project, tools, monkeypatch, missing):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find(name))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(EnvironmentSetupError, match=rf"lacks the standard module {missing}") as caught:
        environment.ensure(project)
    assert f"sudo apt install python{version}-venv" in str(caught.value)
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_missing_input_is_named(project, tools, name):
    (project / name).unlink()
    with pytest.raises(EnvironmentSetupError, match=rf"{name} is missing.*git checkout {name}"):
        environment.ensure(project)


def test_a_folder_that_cannot_be_written_to_is_named(project, tools):
    (project / "build").write_text("in the way")
    with pytest.raises(EnvironmentSetupError, match="cannot be made") as caught:
        environment.ensure(project)
    assert str(project / ".venv") in str(caught.value)


def test_a_second_start_waits_and_then_finds_the_work_done(made, tools, capsys):
    """The other start is a process that holds the lock until it is told to end."""
    (made / "pyproject.toml").write_text("[project]\nname = 'changed'\n")
    program = (
        "import sys; from pathlib import Path; from pipeline import environment\n"
        "with environment._alone(Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.readline()\n"
        "    root = Path(sys.argv[1]); stamp = environment._stamp(root)\n"
        "    environment._write_stamp(root / '.venv', {**stamp, **environment._fingerprint(root)})\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(made)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout.readline() == "held\n"
        say = environment._say

        def release(text):
            say(text)
            if not other.stdin.closed:
                other.stdin.close()  # only now, when this start was seen to wait

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(environment, "_say", release)
            environment.ensure(made)
    assert "another start of the pipeline is making the environment" in capsys.readouterr().err
    assert tools.calls == []


# --- tools that fail ---------------------------------------------------------------------------------------


def run_tool(tmp_path, program):
    environment._run("do it", [sys.executable, "-c", program], tmp_path, dict(os.environ))


def test_a_tool_that_fails_is_quoted_with_its_exit_code(tmp_path):
    with pytest.raises(EnvironmentSetupError) as caught:
        run_tool(tmp_path, "import sys; print('one'); print('two', file=sys.stderr); sys.exit(7)")
    message = str(caught.value)
    assert "could not do it" in message and "exit code 7" in message
    assert "  | one" in message and "  | two" in message


def test_a_tool_that_succeeds_shows_only_its_big_downloads(tmp_path, capsys):
    run_tool(tmp_path, "print('Resolved 3 packages'); print('Downloading scipy (33MiB)')")
    assert capsys.readouterr() == ("", "    Downloading scipy (33MiB)\n")


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("error: Failed to fetch: `x`\n cause: dns error", "Is this machine online"),
        (
            "ERROR: Could not find a version that satisfies the requirement uv==1\nNo matching distribution found",
            "HTTPS_PROXY",
        ),
        ("  cause: Hash mismatch for `pysyncon==1.7.0`", "git checkout requirements.lock"),
        (
            "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
            "git checkout requirements.lock",
        ),
        ("failed to write: No space left on device", "disk is full"),
        ("  x Failed to build `antlr4-python3-runtime==4.9.3`", "another Python"),
        ("something new", "Mend what it names"),
    ],
)
def test_the_hint_fits_the_failure(said, hint):
    message = environment._failure("do it", ["uv"], 1, said.splitlines())
    assert hint in message
    assert message.endswith("run the same command again.")


# --- the variables of every process ------------------------------------------------------------------------


def test_settings_of_the_project_s_environment(project, monkeypatch):
    monkeypatch.setenv("PATH", os.pathsep.join(["first", str(environment._programs(project)), "last"]))
    for name in ("PYTHONPATH", "PYTHONHOME", "MPLBACKEND", "MATPLOTLIBRC", "MPLCONFIGDIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, "somebody's own")
    variables = environment.process_environment(project)
    for name in (
        "PYTHONUTF8",
        "DVC_NO_ANALYTICS",
        "PYDEVD_DISABLE_FILE_VALIDATION",
        "JUPYTER_PREFER_ENV_PATH",
    ):
        assert variables[name] == "1"
    assert variables["JUPYTER_PLATFORM_DIRS"] == "1"
    assert variables["PATH"].split(os.pathsep) == [str(environment._programs(project)), "first", "last"]
    assert "somebody's own" not in variables.values()
    assert variables["VIRTUAL_ENV"] == str(project / ".venv")


def test_settings_with_the_running_interpreter(project, monkeypatch):
    monkeypatch.setenv(environment.SWITCH, "current")
    monkeypatch.setenv("PYTHONPATH", "module from a cluster")
    monkeypatch.setenv("MPLCONFIGDIR", "kept")
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    variables = environment.process_environment(project)
    assert variables["PYTHONPATH"].split(os.pathsep) == [str(project), "module from a cluster"]
    assert variables["MPLCONFIGDIR"] == "kept"
    assert "MPLBACKEND" not in variables
    assert shutil.which("python", path=variables["PATH"].split(os.pathsep)[0]) is not None
    assert variables["PYTHONUTF8"] == "1"


@pytest.mark.parametrize("switch", [None, "current"])
def test_a_child_of_a_child_has_the_same_variables(project, monkeypatch, switch):
    if switch:
        monkeypatch.setenv(environment.SWITCH, switch)
    once = environment.process_environment(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", once)
        assert environment.process_environment(project) == once


def test_an_unknown_value_of_the_switch_is_refused(monkeypatch, capsys):
    monkeypatch.setenv(environment.SWITCH, "conda")
    assert environment.start(["check"]) == 1
    assert "PIPELINE_ENVIRONMENT is 'conda'; expected is 'current'" in capsys.readouterr().err


# --- handing over ------------------------------------------------------------------------------------------


@pytest.fixture
def runnable(project):
    """A copy of the way in, with a small command line and an empty virtual environment that is in order."""
    package = project / "pipeline"
    package.mkdir()
    for name in ("__init__.py", "__main__.py", "environment.py", "errors.py", "paths.py"):
        shutil.copyfile(ROOT / "pipeline" / name, package / name)
    (package / "cli.py").write_text(
        "import json, os, sys\n"
        "def main(argv):\n"
        "    print(json.dumps([argv, sys.prefix, sys.flags.utf8_mode, os.environ['PATH'].split(os.pathsep)[0]]))\n"
        "    return 5\n"
    )
    venv.create(project / ".venv", with_pip=False)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment._write_stamp(project / ".venv", {**environment._fingerprint(project), "python": version})
    return project


def call(root, *arguments, **variables):
    kept = {name: value for name, value in os.environ.items() if name != environment.SWITCH}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=root,
        env={**kept, **variables},
        capture_output=True,
        text=True,
    )


def test_the_command_runs_in_the_project_s_python_and_its_exit_code_comes_back(runnable):
    done = call(runnable, "run", "a notebook", "--language=ky", "--", "*")
    assert (done.returncode, done.stderr) == (5, "")
    arguments, prefix, utf8, first = json.loads(done.stdout)
    assert arguments == ["run", "a notebook", "--language=ky", "--", "*"]
    assert Path(prefix).samefile(runnable / ".venv")
    assert utf8 == 1
    assert Path(first).samefile(environment._programs(runnable))


def test_the_running_interpreter_is_used_when_asked_for(runnable):
    done = call(runnable, "check", PIPELINE_ENVIRONMENT="current")
    assert done.returncode == 5
    assert json.loads(done.stdout)[1] == sys.prefix


def test_a_package_missing_from_the_running_interpreter_is_named(runnable):
    (runnable / "pipeline" / "cli.py").write_text("import no_such_package\n")
    done = call(runnable, "check", PIPELINE_ENVIRONMENT="current")
    assert done.returncode == 1
    assert "which lacks no_such_package" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_environment_of_another_python_is_used_with_a_note_or_refused_when_it_broke(runnable):
    stamp = environment._stamp(runnable)
    environment._write_stamp(runnable / ".venv", {**stamp, "python": "3.10"})
    done = call(runnable, "check")
    assert "note: .venv was made with Python 3.10 and is used; delete it to use" in done.stderr
    # Its Python is not 3.10 any more, so what was installed for 3.10 is out of its sight.
    assert done.returncode == 1
    assert "was made with Python 3.10 and now runs Python" in done.stderr
    assert "Delete the folder .venv" in done.stderr


# --- writing the lock --------------------------------------------------------------------------------------


@pytest.fixture
def resolver(project, monkeypatch):
    """Stands in for uv: writes the given text where the output is wanted."""
    calls = []

    def run(what, command, root, variables, held=None):
        calls.append(command)
        run.found = run.draft(command).read_text() if run.draft(command).exists() else None
        run.draft(command).write_text(run.text)

    run.draft = lambda command: Path(command[command.index("--output-file") + 1])
    run.text, run.calls = SMALL_LOCK + "zipp==4.1.2 \\\n    --hash=sha256:ab\n", calls
    monkeypatch.setattr(environment, "_run", run)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: "uv")
    return run


def test_the_lock_command_writes_both_files(project, resolver):
    environment.lock(root=project)
    assert resolver.found == SMALL_LOCK, "uv keeps the versions it finds in its output file"
    assert (project / "requirements.lock").read_text() == resolver.text
    assert yaml.safe_load((project / "environment.yml").read_text())["name"] == "p"
    (command,) = resolver.calls
    needed = {"--all-extras", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate"}
    assert needed <= set(command)
    assert command[command.index("--python-version") + 1] == "3.11"
    assert "--upgrade" not in command
    environment.lock(upgrade=True, root=project)
    assert "--upgrade" in resolver.calls[-1]


def test_the_lock_command_names_what_came_and_went(project, resolver, capsys):
    (project / "requirements.lock").write_text(SMALL_LOCK.replace("uvicorn==1.0", "uvicorn==0.9"))
    environment.lock(root=project)
    said = capsys.readouterr().err
    assert "  - uvicorn==0.9\n" in said and "  + uvicorn==1.0\n" in said and "  + zipp==4.1.2\n" in said


@pytest.mark.parametrize("line", ["--index-url https://example.org/simple", "--find-links wheels", "x @ file:///x"])
def test_a_lock_that_names_a_host_is_not_written(project, resolver, line):
    resolver.text = f"{line}\n{SMALL_LOCK}"
    with pytest.raises(EnvironmentSetupError, match="nothing was written"):
        environment.lock(root=project)
    assert (project / "requirements.lock").read_text() == SMALL_LOCK
    assert not (project / "environment.yml").exists()
