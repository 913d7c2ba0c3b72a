"""The project's own Python environment: `.venv`, made with uv from the locked packages and kept equal to them.

Only the standard library is imported here, since this runs before anything is installed. A stamp in `.venv`, written
first as a mark of who made the folder and last with what it was made from, tells whether there is anything to do; a
folder without it, or a link, is somebody else's and is left alone. The variable ``PIPELINE_ENVIRONMENT=current`` turns
all of this off and uses the running interpreter as it is (conda; see `environment.yml`).
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import ROOT

LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"  # names LOCK, and what the tests need beyond it
STAMP = "pipeline-environment.json"
SWITCH = "PIPELINE_ENVIRONMENT"
HANDED_OVER = "handed-over"  # a -X option: unlike a variable, no child process inherits it
EVERYTHING = ("test", "check", "sweep", "package", "bench", "trials")  # the commands that need both locks
# Installed first, by pip: setuptools builds what is published as source only, so no build fetches what no lock names.
BOOTSTRAP = ("uv", "setuptools")
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
QUIET = {
    "PYTHONUTF8": "1",
    "DVC_NO_ANALYTICS": "1",
    "DVC_STUDIO_OFFLINE": "1",  # DVC's version check has no variable: core.check_update in .dvc/config
    "ITERATIVE_DO_NOT_TRACK": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # a kernel named python3 in the user's home must not win
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Reports run side by side; a sum must not depend on how many threads took part in it."""
# Settings of the user's shell that would change which code runs, what a figure looks like, where pip installs.
FOREIGN = ("MATPLOTLIBRC", "MPLBACKEND")
FOREIGN_TO_VENV = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
NETWORK = "failed to fetch|connection|resolution|dns error|timed? ?out|certificate|could not find a version|proxy"
FOREIGN_TO_INSTALLERS = ("PYTHONDONTWRITEBYTECODE", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")


class EnvironmentSetupError(PipelineError, RuntimeError):
    """The project's environment cannot be made or used."""


def enter(arguments: list[str], root: Path = ROOT) -> int | None:
    """Make the environment right and go over to its Python; None when this process is to run the command itself.

    The number is an exit code: of the command, run in the environment, or of what went wrong before.
    """
    tests = arguments[0] in EVERYTHING
    try:
        if uses_current_interpreter():
            if tests and find_spec("pytest") is None:
                raise EnvironmentSetupError(
                    f"this Python ({sys.executable}) lacks what `{arguments[0]}` needs: pip install -r {TEST_LOCK}"
                )
        elif HANDED_OVER not in sys._xoptions:
            ensure(root, tests)
            return _hand_over(arguments, root)
        elif _stamp(root).get("python") != PYTHON_VERSION:  # a system's upgrade replaced the Python under .venv
            raise EnvironmentSetupError(
                f"{root / '.venv'} was made with Python {_stamp(root).get('python')} and now runs Python "
                f"{PYTHON_VERSION}.\nDelete the folder .venv and run the same command again."
            )
    except EnvironmentSetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command starts over", file=sys.stderr)
        return 130
    variables = process_environment(root)
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
    return None


def uses_current_interpreter() -> bool:
    """Whether the user asked for the running interpreter instead of the project's `.venv`."""
    value = os.environ.get(SWITCH, "")
    if value not in ("", "current"):
        raise EnvironmentSetupError(
            f"the variable {SWITCH} is {value!r}; expected is 'current' (use the running Python as it is) "
            "or no such variable (use the project's .venv)"
        )
    return value == "current"


def process_environment(root: Path = ROOT) -> dict[str, str]:
    """The variables that every process of the pipeline runs with: this one's, and the project's settings.

    In the project's `.venv` the shell's own Python settings are dropped, and matplotlib and IPython keep
    their files in `.venv`, so that nobody's start-up scripts or styles reach a result. With the running
    interpreter (`PIPELINE_ENVIRONMENT=current`) what is set stays, and this project's code comes first.
    """
    current = uses_current_interpreter()
    dropped = FOREIGN if current else (*FOREIGN, *FOREIGN_TO_VENV, "MPLCONFIGDIR", "IPYTHONDIR")
    variables = {name: value for name, value in os.environ.items() if name not in dropped} | QUIET
    state = root / ("build" if current else ".venv")
    variables.setdefault("MPLCONFIGDIR", str(state / "matplotlib"))
    variables.setdefault("IPYTHONDIR", str(state / "ipython"))
    if current:
        import sysconfig

        programs = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
        variables["PYTHONPATH"] = _first([root], variables.get("PYTHONPATH", ""))
    else:
        programs = [_python(root).parent]
        variables["VIRTUAL_ENV"] = str(state)
    variables["PATH"] = _first(programs, variables.get("PATH", ""))
    return variables | _somebody(variables, state)


def _somebody(variables: dict[str, str], state: Path) -> dict[str, str]:
    """A name and a home for a user who has none, as in a container that runs under any user id.

    DVC asks for the user's name, and it and Jupyter for a folder of the user's own that can be written to.
    """
    if sys.platform == "win32":
        return {}
    import pwd

    try:
        home = variables.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir
        name = variables.get("USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # the system does not know this id
        home, name = variables.get("HOME", ""), variables.get("USER") or "somebody"
    found = {"USER": name, "LOGNAME": variables.get("LOGNAME") or name}
    if not (home and os.access(home, os.W_OK)):
        found["HOME"] = str(state / "home")
        settings = Path(home) / ".gitconfig"
        if home and settings.is_file():  # the user's own settings of git hold all the same
            found["GIT_CONFIG_GLOBAL"] = str(settings)
    return found


def ensure(root: Path = ROOT, tests: bool = False) -> None:
    """Make or update `.venv` if it does not hold what the lock names, with what the tests need if asked for.

    Raises
    ------
    EnvironmentSetupError
        If `.venv` is a link or somebody else's, or cannot be made; the message says why and what to do.
    """
    try:
        _require_own(root / ".venv")
        if _is_current(root, tests):
            return
        with _alone(root):
            if not _is_current(root, tests):  # another start may have made it meanwhile
                _make(root, tests)
    except OSError as error:
        raise EnvironmentSetupError(
            f"the environment in {root / '.venv'} cannot be made: {error}\n"
            "Close what uses .venv (JupyterLab, an editor); a file of the project that is missing comes back with "
            "git checkout NAME."
        ) from error


def run_tool(command: list[str], root: Path, variables: dict[str, str]) -> None:
    """Run an installer; show which big files it downloads, and the end of what it said if it fails."""
    said = []
    with subprocess.Popen(
        command,
        cwd=root,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,
    ) as process:
        for line in process.stdout:
            said.append(line.rstrip())
            if line.startswith("Downloading "):
                say(f"  {line.rstrip()}")
    if process.returncode:
        lines = [f"{' '.join(command[:5])} ... ended with exit code {process.returncode} and said:"]
        lines += [f"  | {line}" for line in said[-20:]]
        if re.search(NETWORK, "\n".join(said), flags=re.IGNORECASE):
            lines += [
                "Is this machine online? Making the environment needs the network. Behind a proxy set HTTPS_PROXY;",
                "with a certificate of your own SSL_CERT_FILE; a mirror is set by PIP_INDEX_URL and UV_DEFAULT_INDEX.",
            ]
        raise EnvironmentSetupError("\n".join([*lines, "Then run the same command again."]))


def say(text: str) -> None:
    """Print for the user, beside the output of the command."""
    print(text, file=sys.stderr, flush=True)


def _require_own(venv: Path) -> None:
    """Refuse a `.venv` that the project did not make, before anything in it is touched."""
    use_it = f"or, to use it as it is, activate it and set {SWITCH}=current."
    if venv.resolve() != venv.parent.resolve() / venv.name:  # a link, or a junction of Windows
        raise EnvironmentSetupError(
            f"{venv} is a link to {venv.resolve()}, so it is left alone: the project makes a folder of its own there.\n"
            f"Remove the link and run the command again; {use_it}"
        )
    if venv.is_file() or (venv.is_dir() and not (venv / STAMP).is_file() and any(venv.iterdir())):
        raise EnvironmentSetupError(
            f"{venv} was not made by this project (it holds no {STAMP}), so it is left alone.\n"
            f"Move it away or delete it and run the command again; {use_it}"
        )


def _stamp(root: Path) -> dict[str, str]:
    """What the environment says it was made from; empty when it was never finished."""
    try:
        stamp = json.loads((root / ".venv" / STAMP).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(root: Path, stamp: dict[str, str]) -> None:
    draft = root / ".venv" / f"{STAMP}.new"
    draft.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    draft.replace(root / ".venv" / STAMP)


def _wanted(root: Path, tests: bool) -> dict[str, str]:
    """What the environment is to be made from, and where: one that was moved holds paths that are gone."""
    locks = (LOCK, TEST_LOCK) if tests or TEST_LOCK in _stamp(root) else (LOCK,)
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in locks} | {
        "folder": str(root / ".venv")
    }


def _is_current(root: Path, tests: bool) -> bool:
    return _wanted(root, tests).items() <= _stamp(root).items() and _python(root).is_file()


def _make(root: Path, tests: bool) -> None:
    wanted, old, started = _wanted(root, tests), _stamp(root), time.monotonic()
    venv, python = root / ".venv", str(_python(root))
    updates = old.get("folder") == wanted["folder"] and _python(root).is_file()
    variables = {k: v for k, v in process_environment(root).items() if k not in FOREIGN_TO_INSTALLERS}
    variables |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "UV_NO_PROGRESS": "1"}
    if updates:
        say("updating the environment in .venv ...")
    else:
        say("making the environment in .venv, once: half a minute, and a download of 260 MB the first time ...")
    venv.mkdir(exist_ok=True)
    _write_stamp(root, {})  # a start that is killed from here on is seen by the next, which begins from nothing
    if not updates:
        for entry in venv.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != STAMP:
                entry.unlink()
        # Not sys.executable: that may lie in the very folder that was cleared.
        run_tool([getattr(sys, "_base_executable", sys.executable), "-m", "venv", str(venv)], root, variables)
        bootstrap = venv / "bootstrap.txt"
        bootstrap.write_text("".join(block((root / LOCK).read_text(encoding="utf-8"), name) for name in BOOTSTRAP))
        pip = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--requirement"]
        run_tool([*pip, str(bootstrap)], root, variables)
    uv, packages = [python, "-m", "uv", "pip"], TEST_LOCK if TEST_LOCK in wanted else LOCK
    options = ["--python", python, "--no-build-isolation"]
    try:
        run_tool([*uv, "sync", *options, "--require-hashes", "--compile-bytecode", packages], root, variables)
    except EnvironmentSetupError:
        if updates:  # uv downloads all before it changes anything: what was there is still whole
            _write_stamp(root, old)
        raise
    run_tool([*uv, "install", *options, "--no-deps", "--editable", "."], root, variables)
    # Matplotlib would list the fonts, and say so, in the middle of the first notebook.
    warm = "import compileall, matplotlib.font_manager; compileall.compile_dir('pipeline', quiet=2)"
    run_tool([python, "-c", warm], root, variables)
    _write_stamp(root, wanted | {"python": old["python"] if updates else PYTHON_VERSION})
    say(f"the environment is ready ({time.monotonic() - started:.0f} s)")


def block(lock_text: str, name: str) -> str:
    """The lines of the lock that pin one package, with its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*\n(?: +--hash.*\n)+", lock_text, flags=re.MULTILINE)
    if found is None:
        raise EnvironmentSetupError(
            f"{LOCK} pins no {name} with hashes, which making the environment needs: git checkout {LOCK}"
        )
    return found.group()


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the right to change `.venv`; the system frees it when this process and its installers ended, however."""
    (root / "build").mkdir(exist_ok=True)
    with (root / "build" / "environment.lock").open("a") as file:
        # Windows has no fcntl, some network file systems no locks: there nothing guards against two starts at once.
        with suppress(ImportError, OSError):
            import fcntl

            os.set_inheritable(file.fileno(), True)  # an installer that outlives a killed start still holds it
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another start of the pipeline is making the environment; waiting for it ...")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _first(folders: list[Path], path: str) -> str:
    """A search path that begins with these folders and holds each of them once."""
    wanted = list(dict.fromkeys(str(folder) for folder in folders))
    return os.pathsep.join(wanted + [part for part in path.split(os.pathsep) if part and part not in wanted])


def _python(root: Path) -> Path:
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _hand_over(arguments: list[str], root: Path) -> int:
    """Go on in the environment's own Python with the same arguments; on POSIX this process becomes it."""
    command = [str(_python(root)), "-X", HANDED_OVER, "-m", "pipeline", *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(command[0], command, process_environment(root))
    with subprocess.Popen(command, env=process_environment(root)) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the other process got it too, and decides what to do
                continue
