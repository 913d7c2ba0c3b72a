"""The project's own Python environment: `.venv`, made from `requirements.lock` and kept equal to it.

Only the standard library is imported here, since this runs before anything is installed. A stamp in
`.venv` says what the environment was made from; as long as that is what lies in the project, a start
costs a few milliseconds and prints nothing. The variable ``PIPELINE_ENVIRONMENT=current`` turns all of
this off and uses the running interpreter as it is (conda; see `environment.yml`).
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import ROOT

LOCK = "requirements.lock"
PROJECT = "pyproject.toml"
CONDA = "environment.yml"
STAMP = "pipeline-environment.json"
SWITCH = "PIPELINE_ENVIRONMENT"
HANDED_OVER = "handed-over"  # a -X option: unlike a variable, no child process inherits it
# Installed first, by pip: uv installs the rest, and setuptools builds what is published as source only, so
# that no build fetches a tool that the lock does not name.
BOOTSTRAP = ("uv", "setuptools")
QUIET = {
    "PYTHONUTF8": "1",
    "DVC_NO_ANALYTICS": "1",
    "DVC_STUDIO_OFFLINE": "1",  # DVC's version check has no variable: core.check_update in .dvc/config
    "ITERATIVE_DO_NOT_TRACK": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # a kernel named python3 in the user's home must not win
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# Settings of the user's shell that would change which code runs or what a figure looks like.
FOREIGN = ("MATPLOTLIBRC", "MPLBACKEND")
FOREIGN_TO_VENV = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
FOREIGN_TO_INSTALLERS = ("PYTHONDONTWRITEBYTECODE", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
HINTS = (
    (
        r"hash(es)? mismatch|do not match the hashes|--require-hashes mode|valid hash",
        "A package is not the one that requirements.lock names. If you did not change that file on purpose,\n"
        "restore it: git checkout requirements.lock",
    ),
    (
        r"no space left|disk quota",
        "The disk is full: the environment needs about 1 GB here and 1 GB in the cache of uv.",
    ),
    (
        r"failed to fetch|connection|name resolution|dns error|resolve host|timed out|timeout|certificate"
        r"|could not find a version|proxy|network",
        "Is this machine online? Behind a proxy set HTTPS_PROXY; with a certificate of your own set\n"
        "SSL_CERT_FILE; a mirror is set by PIP_INDEX_URL and UV_DEFAULT_INDEX.",
    ),
    (
        r"failed to build|no usable wheels|no matching distribution",
        "A package has no ready-made build for this Python or system. Try another Python:\n"
        "delete the folder .venv and run python3.12 -m pipeline ...",
    ),
)


class EnvironmentSetupError(PipelineError, RuntimeError):
    """The project's environment cannot be made or used."""


def start(arguments: list[str], root: Path = ROOT) -> int:
    """Make the environment right, then run the command in it; return the exit code.

    ``help``, or no command at all, needs no environment. Everything else runs in the environment's own
    Python: this process hands over to it once (on POSIX it becomes it).
    """
    if arguments in ([], ["help"]):
        print(help_text((root / "Makefile").read_text(encoding="utf-8")))
        return 0
    try:
        if not uses_current_interpreter():
            if HANDED_OVER not in sys._xoptions:
                ensure(root)
                return _hand_over(arguments, root)
            _check_handed_over(root)
        _set_process_environment(root)
    except EnvironmentSetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command starts over", file=sys.stderr)
        return 130
    try:
        from pipeline.run.cli import main

        return main(arguments)
    except ModuleNotFoundError as error:
        if not uses_current_interpreter() or str(error.name).startswith("pipeline"):
            raise
        print(
            f"error: {SWITCH}=current uses this Python ({sys.executable}), which lacks {error.name}."
            f"\nUpdate it (conda env update --file {CONDA}), or unset {SWITCH} to let the project use .venv.",
            file=sys.stderr,
        )
        return 1


def help_text(makefile: str) -> str:
    """The usual commands, read from the comments of the Makefile, so that there is one list of them."""
    targets = re.findall(r"^([a-z]+):.*?## (.+)$", makefile, flags=re.MULTILINE)
    width = max(len(name) for name, _ in targets)
    return "\n".join(
        [
            "usage: python -m pipeline <command>     or, with make:  make <command>",
            "",
            *(f"  {name:<{width}}  {text}" for name, text in targets),
            "",
            "All commands and options (makes the environment in .venv first): python -m pipeline --help",
        ]
    )


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
    variables = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    variables.update(QUIET)
    if uses_current_interpreter():
        import sysconfig

        state = root / "build"
        programs = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
        variables["PYTHONPATH"] = _first([root], variables.get("PYTHONPATH", ""))
        variables.setdefault("MPLCONFIGDIR", str(state / "matplotlib"))
        variables.setdefault("IPYTHONDIR", str(state / "ipython"))
    else:
        state = root / ".venv"
        programs = [_programs(root)]
        for name in FOREIGN_TO_VENV:
            variables.pop(name, None)
        variables["VIRTUAL_ENV"] = str(state)
        variables["MPLCONFIGDIR"] = str(state / "matplotlib")
        variables["IPYTHONDIR"] = str(state / "ipython")
    variables["PATH"] = _first(programs, variables.get("PATH", ""))
    return variables


def ensure(root: Path = ROOT) -> None:
    """Make or update `.venv` if it is not what `requirements.lock` and `pyproject.toml` ask for.

    Raises
    ------
    EnvironmentSetupError
        If it cannot be made; the message says why and what to do.
    """
    try:
        wanted = _fingerprint(root)
        if _is_current(root, wanted):
            return
        _refuse_foreign_folder(root)
        with _alone(root) as held:
            if not _is_current(root, wanted):  # another start may have made it meanwhile
                _make(root, wanted, held)
    except OSError as error:
        raise EnvironmentSetupError(
            f"the environment in {root / '.venv'} cannot be made: {error}\n"
            "Check that the folder may be written to, and close what uses .venv (JupyterLab, an editor)."
        ) from error


def lock(upgrade: bool = False, root: Path = ROOT) -> None:
    """Write `requirements.lock` from `pyproject.toml`, and `environment.yml` from the lock.

    Versions already pinned stay unless `upgrade` is set. Nothing is written if the lock would name a host.
    """
    import shutil
    import tomllib

    variables = process_environment(root)
    uv = shutil.which("uv", path=variables["PATH"])
    if uv is None:
        raise EnvironmentSetupError("uv, which writes the lock, is not installed here: pip install uv")
    draft = root / "build" / "requirements.txt"
    draft.parent.mkdir(exist_ok=True)
    if (root / LOCK).exists():
        shutil.copyfile(root / LOCK, draft)  # uv keeps the versions that it finds in its output file
    else:
        draft.unlink(missing_ok=True)
    command = [uv, "pip", "compile", PROJECT, "--all-extras", "--universal", "--python-version", "3.11"]
    command += ["--fork-strategy", "fewest", "--generate-hashes", "--no-emit-index-url", "--no-annotate"]
    command += ["--no-header", "--quiet", "--output-file", str(draft), *(["--upgrade"] if upgrade else [])]
    _run("resolve the dependencies", command, root, variables)
    text = draft.read_text(encoding="utf-8")
    if "://" in text or re.search(r"^-", text, flags=re.MULTILINE):
        raise EnvironmentSetupError(
            f"the new lock ({draft}) would name a host or an option of this machine; nothing was written.\n"
            "Look for a dependency given by address in pyproject.toml, or for options in uv's settings."
        )
    name = tomllib.loads((root / PROJECT).read_text(encoding="utf-8"))["project"]["name"]
    before = pins((root / LOCK).read_text(encoding="utf-8")) if (root / LOCK).exists() else []
    (root / LOCK).write_text(text, encoding="utf-8", newline="\n")
    (root / CONDA).write_text(conda_environment(text, name), encoding="utf-8", newline="\n")
    for sign, changed in (("-", set(before) - set(pins(text))), ("+", set(pins(text)) - set(before))):
        for pin in sorted(changed):
            _say(f"  {sign} {pin}")
    _say(f"{LOCK} and {CONDA} are written: {len(pins(text))} packages; the next command updates .venv")


def pins(lock_text: str) -> list[str]:
    """Every requirement of the lock with its marker and without its hashes: ``name==version ; marker``."""
    lines = (line.rstrip("\\").rstrip() for line in lock_text.splitlines())
    return [line for line in lines if line and not line.startswith((" ", "#"))]


def block(lock_text: str, name: str) -> str:
    """The lines of the lock that pin one package, with its hashes."""
    found = re.search(rf"^{re.escape(name)}==[^\n]*\n(?:[ ]+--hash[^\n]*\n?)+", lock_text, flags=re.MULTILINE)
    if found is None:
        raise EnvironmentSetupError(
            f"{LOCK} pins no {name} with hashes, which making the environment needs; "
            f"restore the file: git checkout {LOCK}"
        )
    return found.group()


def conda_environment(lock_text: str, name: str) -> str:
    """`environment.yml`: Python from conda-forge, and by pip exactly what the lock pins."""
    return "\n".join(
        [
            f"# Generated from {LOCK} by: python -m pipeline lock. Do not edit.",
            "# Use: conda env create --file environment.yml",
            f"name: {name}",
            "channels:",
            "  - conda-forge",
            "  - nodefaults",
            "dependencies:",
            "  - python=3.11",
            "  - pip",
            "  - pip:",
            *(f"      - {pin}" for pin in pins(lock_text)),
            "      - -e .",
            "variables:",
            f"  {SWITCH}: current",
            '  PYTHONUTF8: "1"',
            "",
        ]
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _first(folders: list[Path], path: str) -> str:
    """A search path that begins with these folders and holds each of them once."""
    wanted = list(dict.fromkeys(str(folder) for folder in folders))
    return os.pathsep.join(wanted + [part for part in path.split(os.pathsep) if part and part not in wanted])


def _programs(root: Path) -> Path:
    return root / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def _program(root: Path, name: str) -> Path:
    return _programs(root) / (f"{name}.exe" if os.name == "nt" else name)


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _fingerprint(root: Path) -> dict[str, str]:
    """What an environment is made from, and where: one that was moved holds paths that are gone."""
    contents = {}
    for name in (LOCK, PROJECT):
        try:
            contents[name] = (root / name).read_bytes()
        except FileNotFoundError:
            raise EnvironmentSetupError(
                f"{root / name} is missing; it says what to install. Restore it: git checkout {name}"
            ) from None
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return {**sums, "folder": str(root / ".venv")}


def _stamp(root: Path) -> dict[str, str]:
    """What the environment says it was made from; empty when it was never finished."""
    try:
        stamp = json.loads((root / ".venv" / STAMP).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _is_current(root: Path, wanted: dict[str, str]) -> bool:
    return wanted.items() <= _stamp(root).items() and _program(root, "python").is_file()


def _refuse_foreign_folder(root: Path) -> None:
    """A `.venv` that is no virtual environment is somebody's; it is never deleted."""
    venv = root / ".venv"
    if not os.path.lexists(venv) or (venv / "pyvenv.cfg").is_file():
        return
    if not venv.is_dir() or any(venv.iterdir()):
        raise EnvironmentSetupError(
            f"{venv} is not a virtual environment (it has no pyvenv.cfg), so it is left alone.\n"
            "The project keeps its environment there: move that folder away, then run the command again."
        )


def _refuse_python_without_pip() -> None:
    from importlib.util import find_spec

    missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
    if missing:
        raise EnvironmentSetupError(
            f"this Python ({sys.executable}) lacks the standard module {' and '.join(missing)}, which makes "
            f"environments.\nOn Debian and Ubuntu: sudo apt install python{_python_version()}-venv\n"
            "Elsewhere use a full Python, from python.org, your system's packages, pyenv or conda."
        )


@contextmanager
def _alone(root: Path) -> Iterator[int]:
    """Hold the right to change `.venv`; yield the file descriptor that holds it.

    The system frees such a lock when the last process holding it ends, however it ends. Installers get the
    descriptor too: one that outlives a killed start still keeps the next start waiting.
    """
    (root / "build").mkdir(exist_ok=True)
    with (root / "build" / "environment.lock").open("a+b") as file:
        if not _try_lock(file.fileno(), wait=False):
            _say("another start of the pipeline is making the environment; waiting for it ...")
            _try_lock(file.fileno(), wait=True)
        yield file.fileno()


def _try_lock(descriptor: int, wait: bool) -> bool:
    if os.name == "nt":
        import msvcrt
        import time

        while True:
            try:
                os.lseek(descriptor, 0, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
                time.sleep(0.5)
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        pass  # some network file systems have no locks: then nothing guards against two starts at once
    return True


def _make(root: Path, wanted: dict[str, str], held: int) -> None:
    import time

    lock_text = (root / LOCK).read_text(encoding="utf-8")
    bootstrap = "".join(block(lock_text, name) for name in BOOTSTRAP)
    installer = pins(bootstrap)[0]
    venv, old = root / ".venv", _stamp(root)
    updates = (
        old.get("folder") == wanted["folder"]
        and old.get("installer") == installer
        and _program(root, "python").is_file()
    )
    started = time.monotonic()
    variables = {k: v for k, v in process_environment(root).items() if k not in FOREIGN_TO_INSTALLERS}
    variables.update({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "UV_NO_PROGRESS": "1"})
    python, uv = str(_program(root, "python")), str(_program(root, "uv"))

    def step(what: str, *command: str) -> None:
        _say(f"  {what} ...")
        _run(what, list(command), root, variables, held)

    if updates:
        _say("updating the environment in .venv (seconds, and what has to be downloaded)")
    else:
        _refuse_python_without_pip()
        _say(
            f"making the environment in .venv with Python {_python_version()}, once: about half a minute, "
            "and a download of 330 MB the first time"
        )
        _clear(venv)
        # Not sys.executable: that may lie in the very folder that was cleared.
        base = getattr(sys, "_base_executable", None) or sys.executable
        step("create the virtual environment", base, "-m", "venv", str(venv))
        requirements = venv / "bootstrap.txt"
        requirements.write_text(bootstrap, encoding="utf-8")
        pip = ("-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--requirement")
        step("install the installer, uv", python, *pip, str(requirements))

    # No stamp from here on: a start killed half-way is seen by the next one, which begins from nothing.
    (venv / STAMP).unlink(missing_ok=True)
    try:
        sync = ("--require-hashes", "--no-build-isolation", "--compile-bytecode", "--python", python, LOCK)
        step(f"install the packages of {LOCK} and compile them", uv, "pip", "sync", *sync)
    except EnvironmentSetupError:
        if updates:  # uv downloads all before it changes anything: what was there is still whole
            _write_stamp(venv, old)
        raise
    project = ("--no-deps", "--no-build-isolation", "--quiet", "--python", python, "--editable", ".")
    step("install the project", uv, "pip", "install", *project)
    # Matplotlib would list the fonts, and say so, in the middle of the first notebook.
    warm = "import compileall, matplotlib.font_manager as f; compileall.compile_dir('pipeline', quiet=2)"
    step("list the fonts", python, "-c", warm)
    version = old.get("python") if updates else _python_version()
    _write_stamp(venv, {**wanted, "installer": installer, "python": version})
    _say(f"the environment is ready ({time.monotonic() - started:.0f} s)")


def _clear(venv: Path) -> None:
    """Empty the folder, and leave the mark of a virtual environment in it at every moment."""
    import shutil

    if venv.is_dir():
        for entry in sorted(venv.iterdir(), key=lambda entry: entry.name != STAMP):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != "pyvenv.cfg":
                entry.unlink()
    venv.mkdir(exist_ok=True)
    (venv / "pyvenv.cfg").touch()


def _write_stamp(venv: Path, stamp: dict[str, str]) -> None:
    draft = venv / f"{STAMP}.new"
    draft.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    draft.replace(venv / STAMP)


def _run(what: str, command: list[str], root: Path, variables: dict[str, str], held: int | None = None) -> None:
    """Run a tool; show which big files it downloads, and all it said if it fails."""
    import subprocess

    keep = {} if held is None or os.name == "nt" else {"pass_fds": (held,)}
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
        **keep,
    ) as process:
        try:
            for line in process.stdout:
                said.append(line.rstrip())
                if line.startswith("Downloading "):
                    _say(f"    {line.rstrip()}")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise EnvironmentSetupError(_failure(what, command, process.returncode, said))


def _failure(what: str, command: list[str], code: int, said: list[str]) -> str:
    text = "\n".join(said)
    hints = [hint for pattern, hint in HINTS if re.search(pattern, text, flags=re.IGNORECASE)]
    return "\n".join(
        [
            f"could not {what}; {Path(command[0]).name} ended with exit code {code} and said:",
            *(f"  | {line}" for line in said[-30:]),
            *(hints[:1] or ["Mend what it names."]),
            "Then run the same command again.",
        ]
    )


def _hand_over(arguments: list[str], root: Path) -> int:
    """Go on in the environment's own Python with the same arguments."""
    version = _stamp(root).get("python")
    if version != _python_version():
        _say(f"note: .venv was made with Python {version} and is used; delete it to use {_python_version()}")
    command = [str(_program(root, "python")), "-X", HANDED_OVER, "-m", "pipeline", *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(command[0], command, process_environment(root))
    import subprocess

    with subprocess.Popen(command, env=process_environment(root)) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the other process got it too, and decides what to do
                continue


def _check_handed_over(root: Path) -> None:
    """The Python under `.venv` may have been replaced since, by an upgrade of the system for instance."""
    made_with = _stamp(root).get("python")
    if Path(sys.prefix).resolve() != (root / ".venv").resolve() or made_with != _python_version():
        raise EnvironmentSetupError(
            f"{root / '.venv'} was made with Python {made_with} and now runs Python {_python_version()} from "
            f"{sys.prefix}.\nDelete the folder .venv and run the same command again."
        )


def _set_process_environment(root: Path) -> None:
    variables = process_environment(root)
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
