"""The environment: that it is made only when needed, what it refuses, and how a command gets into it.

No test makes a real environment or uses the network: the installers are replaced by a recorder.
"""

import ast
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

from pipeline import __main__ as entry
from pipeline.paths import ROOT
from pipeline.run import environment
from pipeline.run.environment import LOCK, STAMP, SWITCH, TEST_LOCK, EnvironmentSetupError

SMALL_LOCK = """\
appnope==1.0.0 ; sys_platform == 'darwin' \\
    --hash=sha256:aa
setuptools==84.2.1 \\
    --hash=sha256:cc
uv==0.13.9 \\
    --hash=sha256:dd \\
    --hash=sha256:ee
uvicorn==1.0 \\
    --hash=sha256:ff
"""


# --- the way in --------------------------------------------------------------------------------------------


def test_an_old_python_is_told_what_is_found_and_what_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(entry.sys, "version_info", (3, 10, 13, "final", 0))
    assert entry.start(["reproduce"]) == 1
    said = capsys.readouterr().err
    assert "needs Python 3.11 or newer; this is Python 3.10.13" in said
    assert "make PYTHON=python3.12" in said


def test_supported_pythons_pass_and_two_places_state_the_same_minimum():
    assert [entry.python_problem(version) for version in ((3, 11, 0), (3, 12, 1), (4, 0, 0))] == [None] * 3
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=" + ".".join(map(str, entry.NEEDED))


def test_the_first_file_can_be_read_by_an_old_python():
    source = (ROOT / "pipeline" / "__main__.py").read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 7))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]


def test_help_and_the_environment_need_no_package():
    def without_packages(*arguments):
        command = [sys.executable, "-S", "-E", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    done = without_packages("-m", "pipeline", "help")
    assert (done.returncode, done.stderr) == (0, "")
    for target in ("reproduce", "test", "report", "lab", "lock", "help"):
        assert re.search(rf"^  {target} +\w", done.stdout, flags=re.MULTILINE), target
    assert without_packages("-c", "import pipeline.run.environment").returncode == 0


def test_the_makefile_is_one_liners_over_the_command_line():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*\n((?:\t.*\n?)*)", makefile, flags=re.MULTILINE)
    assert {name for name, _ in targets} == {
        "reproduce",
        "test",
        "check",
        "report",
        "lab",
        "package",
        "bench",
        "trials",
        "lock",
        "help",
    }
    for name, recipe in targets:
        assert recipe == f"\t@$(PYTHON) -m pipeline {name}\n"
    assert set(re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE).group(1).split()) == dict(targets).keys()


def test_continuous_integration_calls_make_test():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"


# --- making it ---------------------------------------------------------------------------------------------


class Tools:
    """Stands in for venv, pip and uv: keeps what was called, makes Python's file, fails on request."""

    def __init__(self):
        self.calls: list[list[str]] = []
        self.variables: dict[str, str] = {}
        self.fail_at: str | None = None
        self.finished_meanwhile = False

    def __call__(self, command, root, variables):
        self.calls.append(command)
        self.variables = variables
        self.finished_meanwhile |= environment._stamp(root) != {}
        if "venv" in command:
            python = environment._python(root)
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        if self.fail_at and self.fail_at in command:
            raise EnvironmentSetupError("could not")

    @property
    def made_from_nothing(self) -> bool:
        return any("venv" in command for command in self.calls)

    @property
    def installed(self) -> str:
        """The lock that was installed."""
        return next(command[-1] for command in self.calls if "sync" in command)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv(SWITCH, raising=False)
    root = tmp_path / "a project"
    root.mkdir()
    (root / LOCK).write_text(SMALL_LOCK)
    (root / TEST_LOCK).write_text(f"-r {LOCK}\npytest==9.2.0 \\\n    --hash=sha256:aa\n")
    return root


@pytest.fixture
def tools(project, monkeypatch):
    recorder = Tools()
    monkeypatch.setattr(environment, "run_tool", recorder)
    return recorder


@pytest.fixture
def made(project, tools):
    """A project whose environment is right, and the recorder wiped clean."""
    environment.ensure(project)
    tools.__init__()
    return project


def test_the_tools_are_called_in_order_with_hashes_and_byte_code(project, tools, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "somebody else's")
    environment.ensure(project)
    create, bootstrap, sync, editable, warm = tools.calls
    assert create[-3:] == ["-m", "venv", str(project / ".venv")]
    assert bootstrap[1:4] == ["-m", "pip", "install"] and {"--require-hashes", "--no-deps"} <= set(bootstrap)
    assert Path(bootstrap[-1]).read_text() == (
        "uv==0.13.9 \\\n    --hash=sha256:dd \\\n    --hash=sha256:ee\nsetuptools==84.2.1 \\\n    --hash=sha256:cc\n"
    )
    assert sync[1:5] == ["-m", "uv", "pip", "sync"] and sync[-1] == LOCK
    assert {"--require-hashes", "--compile-bytecode", "--no-build-isolation"} <= set(sync)
    assert editable[-2:] == ["--editable", "."]
    assert "matplotlib.font_manager" in warm[-1]
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"} & tools.variables.keys()
    assert not tools.finished_meanwhile, "what it was made from is written last"
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"making the environment .* once: .*\nthe environment is ready \(\d+ s\)\n", said.err)


def test_a_right_environment_calls_nothing_and_prints_nothing(made, tools, capsys):
    capsys.readouterr()
    environment.ensure(made)
    assert tools.calls == []
    assert capsys.readouterr() == ("", "")


def test_what_tests_need_is_installed_when_asked_for_and_then_kept(made, tools):
    environment.ensure(made, tests=True)
    assert tools.installed == TEST_LOCK and not tools.made_from_nothing
    tools.__init__()
    environment.ensure(made)
    assert tools.calls == []
    (made / LOCK).write_text(SMALL_LOCK.replace("1.0.0", "1.0.1"))
    environment.ensure(made)
    assert tools.installed == TEST_LOCK


def test_a_changed_lock_updates_in_place(made, tools):
    (made / LOCK).write_text(SMALL_LOCK.replace("1.0.0", "1.0.1"))
    environment.ensure(made)
    assert tools.installed == LOCK and not tools.made_from_nothing
    assert not tools.finished_meanwhile, "a start killed while it updates must leave no stamp"
    tools.__init__()
    environment.ensure(made)
    assert tools.calls == []


def unfinished(root):
    (root / ".venv" / STAMP).write_text("{")


def without_python(root):
    environment._python(root).unlink()


@pytest.mark.parametrize("damage", [unfinished, without_python])
def test_an_unfinished_or_damaged_environment_is_made_from_nothing(made, tools, damage, tmp_path):
    left_over = made / ".venv" / "lib" / "half.py"
    left_over.parent.mkdir()
    left_over.touch()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (made / ".venv" / "lib64").symlink_to(outside)
    damage(made)
    environment.ensure(made)
    assert tools.made_from_nothing
    assert not left_over.exists() and not (made / ".venv" / "lib64").exists()
    assert (outside / "kept").exists(), "a link within it is removed, not what it leads to"


def test_a_moved_project_is_made_from_nothing(made, tools, tmp_path):
    moved = tmp_path / "elsewhere"
    made.rename(moved)
    environment.ensure(moved)
    assert tools.made_from_nothing


@pytest.mark.parametrize("step", ["venv", "install", "sync", "-c"])
def test_a_failed_step_is_begun_anew(project, tools, step):
    tools.fail_at = step
    with pytest.raises(EnvironmentSetupError, match="could not"):
        environment.ensure(project)
    assert environment._stamp(project) == {}
    tools.__init__()
    environment.ensure(project)
    assert tools.made_from_nothing and environment._is_current(project, tests=False)


def test_an_update_that_cannot_download_keeps_the_environment_and_tries_again(made, tools):
    (made / LOCK).write_text(SMALL_LOCK.replace("1.0.0", "1.0.1"))
    tools.fail_at = "sync"
    with pytest.raises(EnvironmentSetupError):
        environment.ensure(made)
    tools.__init__()
    environment.ensure(made)
    assert tools.calls and not tools.made_from_nothing


def test_clearing_never_takes_the_mark_of_its_maker_away(made, tools, monkeypatch):
    """Else a start killed while it clears would leave a folder that the next start takes for somebody else's."""

    def killed(path):
        raise KeyboardInterrupt

    unfinished(made)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shutil, "rmtree", killed)
        environment.ensure(made)
    environment.ensure(made)
    assert tools.made_from_nothing


# --- what is not ours --------------------------------------------------------------------------------------


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_linked_venv_is_refused_by_name_and_left_whole(project, tools, tmp_path):
    shared = tmp_path / "shared environment"
    venv.create(shared, with_pip=False)
    (shared / "precious.txt").write_text("mine")
    (shared / STAMP).write_text("{}")  # even one that a copy of this project made
    before = contents(shared)
    (project / ".venv").symlink_to(shared)
    with pytest.raises(EnvironmentSetupError) as caught:
        environment.ensure(project)
    assert str(caught.value) == (
        f"{project / '.venv'} is a link to {shared}, so it is left alone: "
        "the project makes a folder of its own there.\n"
        f"Remove the link and run the command again; or, to use it as it is, activate it and set {SWITCH}=current."
    )
    assert contents(shared) == before and (project / ".venv").is_symlink()
    assert tools.calls == []


@pytest.mark.parametrize("kind", ["environment", "folder", "file"])
def test_a_venv_that_the_project_did_not_make_is_refused_and_left_whole(project, tools, kind):
    folder = project / ".venv"
    if kind == "environment":
        venv.create(folder, with_pip=False)
    elif kind == "folder":
        folder.mkdir()
    mine = folder if kind == "file" else folder / "thesis.txt"
    mine.write_text("mine")
    before = contents(project)
    with pytest.raises(EnvironmentSetupError, match=rf"not made by this project \(it holds no {STAMP}\).*left alone"):
        environment.ensure(project)
    assert contents(project) == before
    assert tools.calls == []


def test_an_empty_venv_is_used(project, tools):
    (project / ".venv").mkdir()
    environment.ensure(project)
    assert tools.made_from_nothing


@pytest.mark.parametrize("name", [LOCK, "build"])
def test_a_missing_lock_or_a_folder_that_cannot_be_written_to_is_named(project, tools, name):
    (project / LOCK).unlink() if name == LOCK else (project / name).write_text("in the way")
    with pytest.raises(EnvironmentSetupError, match=r"(?s)cannot be made: .*git checkout") as caught:
        environment.ensure(project)
    assert str(project / name) in str(caught.value)


def test_a_lock_without_the_installer_or_its_hashes_is_refused():
    with pytest.raises(EnvironmentSetupError, match=r"pins no pip with hashes.*git checkout requirements\.lock"):
        environment.block(SMALL_LOCK, "pip")
    with pytest.raises(EnvironmentSetupError, match="pins no uv with hashes"):
        environment.block("uv==0.13.9\n", "uv")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock, as environment.py says")
def test_a_second_start_waits_and_then_finds_the_work_done(made, tools, capsys, monkeypatch):
    """The other start is a process that holds the lock until it is told to end."""
    (made / LOCK).write_text(SMALL_LOCK.replace("1.0.0", "1.0.1"))
    program = (
        "import sys; from pathlib import Path; from pipeline.run import environment\n"
        "root = Path(sys.argv[1])\n"
        "with environment._alone(root):\n"
        "    print('held', flush=True); sys.stdin.readline()\n"
        "    environment._write_stamp(root, environment._wanted(root, False))\n"
    )
    command = [sys.executable, "-c", program, str(made)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        said = []

        def release(text):
            said.append(text)
            other.stdin.close()  # only now, when this start was seen to wait

        monkeypatch.setattr(environment, "say", release)
        environment.ensure(made)
    assert said == ["another start of the pipeline is making the environment; waiting for it ..."]
    assert tools.calls == []


# --- tools that fail ---------------------------------------------------------------------------------------


def run_program(tmp_path, program):
    environment.run_tool([sys.executable, "-c", program], tmp_path, dict(os.environ))


def test_a_tool_that_fails_is_quoted_with_its_exit_code(tmp_path):
    with pytest.raises(EnvironmentSetupError) as caught:
        run_program(tmp_path, "import sys; print('one'); print('two', file=sys.stderr); sys.exit(7)")
    message = str(caught.value)
    assert "ended with exit code 7" in message and "  | one" in message and "  | two" in message
    assert "online" not in message
    assert message.endswith("Then run the same command again.")


@pytest.mark.parametrize("said", ["error: Failed to fetch: x", "dns error", "ERROR: Could not find a version that"])
def test_a_missing_network_is_called_so(tmp_path, said):
    with pytest.raises(EnvironmentSetupError, match=r"Is this machine online\?[\s\S]*HTTPS_PROXY"):
        run_program(tmp_path, f"import sys; sys.exit({said!r})")


def test_a_tool_that_succeeds_shows_only_its_big_downloads(tmp_path, capsys):
    run_program(tmp_path, "print('Resolved 3 packages'); print('Downloading scipy (33MiB)')")
    assert capsys.readouterr() == ("", "  Downloading scipy (33MiB)\n")


# --- the variables of every process ------------------------------------------------------------------------


def test_settings_of_the_project_s_environment(project, monkeypatch):
    programs = environment._python(project).parent
    monkeypatch.setenv("PATH", os.pathsep.join(["first", str(programs), "last"]))
    for name in ("PYTHONPATH", "PYTHONHOME", "MPLBACKEND", "MATPLOTLIBRC", "MPLCONFIGDIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, "somebody's own")
    variables = environment.process_environment(project)
    assert environment.QUIET.items() <= variables.items()
    assert variables["PATH"].split(os.pathsep) == [str(programs), "first", "last"]
    assert "somebody's own" not in variables.values()
    assert variables["VIRTUAL_ENV"] == str(project / ".venv")


def test_settings_with_the_running_interpreter(project, monkeypatch):
    monkeypatch.setenv(SWITCH, "current")
    monkeypatch.setenv("PYTHONPATH", "module from a cluster")
    monkeypatch.setenv("MPLCONFIGDIR", "kept")
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    variables = environment.process_environment(project)
    assert variables["PYTHONPATH"].split(os.pathsep) == [str(project), "module from a cluster"]
    assert variables["MPLCONFIGDIR"] == "kept"
    assert "MPLBACKEND" not in variables
    assert shutil.which("python", path=variables["PATH"].split(os.pathsep)[0]) is not None
    assert environment.QUIET.items() <= variables.items()


@pytest.mark.parametrize("switch", [None, "current"])
def test_a_child_of_a_child_has_the_same_variables(project, monkeypatch, switch):
    if switch:
        monkeypatch.setenv(SWITCH, switch)
    once = environment.process_environment(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", once)
        assert environment.process_environment(project) == once


def test_an_unknown_value_of_the_switch_is_refused(monkeypatch, capsys):
    monkeypatch.setenv(SWITCH, "conda")
    assert entry.start(["check"]) == 1
    assert "PIPELINE_ENVIRONMENT is 'conda'; expected is 'current'" in capsys.readouterr().err


def test_a_running_interpreter_without_what_tests_need_is_told_what_to_install(monkeypatch, capsys):
    monkeypatch.setenv(SWITCH, "current")
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    assert environment.enter(["test"]) == 1
    assert f"lacks what `test` needs: pip install -r {TEST_LOCK}" in capsys.readouterr().err


# --- handing over ------------------------------------------------------------------------------------------


@pytest.fixture
def runnable(project):
    """A copy of the way in, with a small command line and an empty virtual environment that is in order."""
    for name in ("__init__.py", "__main__.py", "errors.py", "paths.py", "run/__init__.py", "run/environment.py"):
        (project / "pipeline" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "pipeline" / name, project / "pipeline" / name)
    (project / "pipeline" / "run" / "cli.py").write_text(
        "import json, os, sys\n"
        "def main(argv):\n"
        "    print(json.dumps([argv, sys.prefix, sys.flags.utf8_mode, os.environ['PATH'].split(os.pathsep)[0]]))\n"
        "    return 5\n"
    )
    venv.create(project / ".venv", with_pip=False)
    stamp = environment._wanted(project, tests=False) | {"python": environment.PYTHON_VERSION}
    environment._write_stamp(project, stamp)
    return project


def call(root, *arguments, **variables):
    kept = {name: value for name, value in os.environ.items() if name not in (SWITCH, "PYTHONPATH")}
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, cwd=root, env={**kept, **variables}, capture_output=True, text=True)


def test_the_command_runs_in_the_project_s_python_and_its_exit_code_comes_back(runnable):
    done = call(runnable, "run", "a notebook", "--language=ky", "--", "*")
    assert (done.returncode, done.stderr) == (5, "")
    arguments, prefix, utf8, first = json.loads(done.stdout)
    assert arguments == ["run", "a notebook", "--language=ky", "--", "*"]
    assert Path(prefix).samefile(runnable / ".venv")
    assert utf8 == 1
    assert Path(first).samefile(environment._python(runnable).parent)


def test_the_running_interpreter_is_used_when_asked_for(runnable):
    done = call(runnable, "check", PIPELINE_ENVIRONMENT="current")
    assert done.returncode == 5
    assert json.loads(done.stdout)[1] == sys.prefix


def test_a_package_missing_from_the_running_interpreter_is_named(runnable):
    (runnable / "pipeline" / "run" / "cli.py").write_text("import no_such_package\n")
    done = call(runnable, "check", PIPELINE_ENVIRONMENT="current")
    assert done.returncode == 1
    assert "which lacks no_such_package" in done.stderr and "pip install -r requirements.lock" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_environment_whose_python_was_replaced_is_refused(runnable):
    """What was installed for Python 3.10 is out of the sight of the Python that is there now."""
    environment._write_stamp(runnable, environment._stamp(runnable) | {"python": "3.10"})
    done = call(runnable, "check-data")
    assert done.returncode == 1
    assert "was made with Python 3.10 and now runs Python" in done.stderr
    assert "Delete the folder .venv" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="user ids are Unix's")
@pytest.mark.parametrize("home", [None, "/", "/nowhere"])
def test_a_user_id_without_a_name_gets_a_name_and_a_home_in_the_project(monkeypatch, home):
    """A container under any user id: DVC and platformdirs ask the system for a name and a home, and end without."""
    import pwd

    def unknown(number):
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    for name in ("HOME", "USER", "LOGNAME"):
        monkeypatch.delenv(name, raising=False)
    if home:
        monkeypatch.setenv("HOME", home)
    found = environment.process_environment(ROOT)
    assert found["USER"] == found["LOGNAME"] == "somebody"
    assert Path(found["HOME"]).is_relative_to(ROOT)


def test_a_home_that_cannot_be_written_to_keeps_its_settings_of_git(monkeypatch, tmp_path):
    (tmp_path / ".gitconfig").write_text("[user]\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert environment.process_environment(ROOT)["HOME"] == str(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    found = environment.process_environment(ROOT)
    assert found["HOME"] != str(tmp_path) and found["GIT_CONFIG_GLOBAL"] == str(tmp_path / ".gitconfig")
