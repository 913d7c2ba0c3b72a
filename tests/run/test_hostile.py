"""Names and values that would be commands, templates, ways out of a folder or markup somewhere: refused, never done."""

import ast
from pathlib import Path

import pytest

from pipeline.paths import ROOT
from pipeline.run.cli import main
from pipeline.run.engine import Engine

HOSTILE = {
    "a command": "$(touch {made})",
    "backquotes": "`touch {made}`",
    "a command behind": "x; touch {made}",
    "a template": "{{7*7}}",
    "a format": "{x.__class__}",
    "a way out": "../..",
    "a way out to a file": "../data/corrections",
    "a root": "/etc/passwd",
    "markup": "<script>touch()</script>",
    "quotation marks": "\"'",
    "lines": "a\nb: c",
    "a byte 0": "a\0b",
    "a long name": "a" * 5_000,
    "an option": "--help-me",
    "Python": "__import__('os').system('touch {made}')",
    "an object of YAML": "!!python/object/apply:os.system ['touch {made}']",
}


@pytest.fixture
def made(tmp_path, monkeypatch) -> Path:
    """The file that a command would make; a run would fail the test too, and so would a file of the project's."""
    monkeypatch.setattr("pipeline.run.reproduce.make_tables", lambda **k: 0)
    monkeypatch.setattr(Engine, "make_ready", lambda self: None)
    monkeypatch.setattr(Engine, "apart", lambda *a: pytest.fail("a run was started"))
    return tmp_path / "made"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "command",
    [
        ["run", "yield_change", "--set", "oblast={}"],
        ["run", "yield_change", "--set", "crop={}"],
        ["run", "yield_change", "--set", "year_after={}"],
        ["run", "yield_change", "--set", "language={}"],
        ["run", "yield_change", "--set", "{}=1"],
        ["run", "{}"],
        ["run", "--name", "{}"],
        ["new", "report", "{}"],
        ["new", "source", "{}"],
        ["new", "method", "{}"],
        ["slides", "{}"],
        ["compare", "reports", "{}"],
        ["sweep", "{}", "--grid", "oblast=Osh"],
        ["sweep", "yield_change", "--grid", "{}=1"],
        ["record", "{}"],
    ],
    ids=" ".join,
)
def test_a_hostile_name_or_value_is_refused_with_a_message(made, capsys, command, text):
    if command[0] == "compare" and text in ("../..", "/etc/passwd"):
        pytest.skip("compare takes any folder, and reads it only")
    text = text.replace("{made}", str(made))
    before = {*ROOT.iterdir(), *(ROOT / "notebooks").iterdir(), *(ROOT / "data" / "raw").iterdir()}
    code = main([part.replace("{}", text) for part in command])
    said = capsys.readouterr()
    assert code in (1, 2) and "Traceback" not in said.err and "49" not in said.err.replace(text, "")
    assert not made.exists()
    assert {*ROOT.iterdir(), *(ROOT / "notebooks").iterdir(), *(ROOT / "data" / "raw").iterdir()} <= before


MODULES = sorted((ROOT / "pipeline").rglob("*.py"))
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "jsonpickle", "tarfile"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "read_pickle", "to_pickle", "extractall"}
ALLOWED = {
    "pipeline/run/results_only.py": {"calls exec", "calls compile"},  # the cells of the project's own notebooks
    "pipeline/run/package.py": {"imports tarfile"},  # reads what git packed, unpacks nothing
    "pipeline/site/brief.py": {"calls compile"},  # of typst
    "pipeline/data/yaml_files.py": {"reads YAML by itself"},
    "pipeline/run/stage_file.py": {"reads YAML by itself"},  # dvc.lock, which DVC has read before, by a safe loader
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_builds_nothing_from_data_and_calls_no_shell(path):
    """No pickle, no `eval`, no shell, nothing unpacked; YAML is read in one place."""
    found, name = [], path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"imports {m}" for m in modules if m.split(".")[0] in FORBIDDEN_MODULES]
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        of = ast.unparse(node.func).rpartition(".")[0]
        if called in FORBIDDEN_CALLS and of != "re":
            found.append(f"calls {called}")
        if any(k.arg == "shell" for k in node.keywords):
            found.append("a shell")
        if of == "yaml" and called.endswith(("load", "load_all")):
            found.append("reads YAML by itself")
    assert set(found) == ALLOWED.get(name, set())
