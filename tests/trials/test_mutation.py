"""Mutants by hand, and a small project whose tests are good in one place and weak in another."""

import ast
import importlib
from pathlib import Path

import pandas as pd
import pytest

from pipeline.paths import ROOT
from trials.mutants import mutant, number_of_mutants
from trials.mutation import (
    BRANCHES,
    RESULTS,
    SEED,
    TABLE,
    TIMED_OUT,
    file_of,
    measure,
    modules,
    reasons,
    sample,
    section,
    tried,
    why,
)


def changes(source: str) -> list[tuple[str, str]]:
    return [(m.was, m.now) for m in (mutant(source, n)[0] for n in range(number_of_mutants(source)))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", [("a < b", "a <= b"), ("a < b", "a >= b")]),
        ("a == b", [("a == b", "a != b")]),
        ("a in b and c", [("a in b and c", "a in b or c"), ("a in b", "a not in b")]),
        ("x = a + 1", [("a + 1", "a - 1"), ("a + 1", "a + 2")]),
        ("x -= y", [("x -= y", "x += y")]),
        ("x = not y", [("x = not y", "x = y")]),
        ("x = frame['year']", [("frame['year']", "frame['year_']")]),
        ("x = True", [("x = True", "x = False")]),
        ("x = a.min()", [("a.min", "a.max")]),
        ("x = f(a, by=b)", [("f(a, by=b)", "f(a)")]),
        ("x = [a for a in b if c]", [("for a in b if c", "for a in b")]),
        ("if a:\n    b", [("if a:", "if not a:")]),
        ("def f():\n    return a", [("return a", "return None")]),
        ("f(a)", [("f(a)", "pass")]),
        ("if a != b:\n    raise E('a')", [("a != b", "a == b"), ("raise E('a')", "pass")]),
        # what no test should hold word for word, and what Python does not look at
        ("'''A text.'''\nx: Literal['a']\ny = 'Two words'\nz = f'so {y} much'", []),
        ("def f(a: Literal[1]) -> Literal[2]:\n    '''Text.'''", []),
        ("from typing import Literal\nX = Literal['a']", []),
        # and a type that the module reads as it runs
        ("from pydantic import BaseModel\nX = Literal['a']", [("Literal['a']", "Literal['a_']")]),
        ("from typing import get_args\nX = Literal['a']", [("Literal['a']", "Literal['a_']")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mutants_by_hand(source, expected):
    assert changes(source) == expected


def test_a_mutant_says_where_it_stands_and_is_the_code_with_that_change():
    source = "class A:\n    def f(self, x):\n        return x * 2\n"
    found, tree = mutant(source, 2)
    assert (found.function, found.line, found.was, found.now) == ("A.f", 3, "x * 2", "x * 3")
    assert ast.unparse(tree) == ast.unparse(ast.parse(source.replace("2", "3")))


def test_a_long_line_is_shown_about_the_change():
    source = f"x = f({', '.join(f'argument_{i}' for i in range(40))}, 5, {', '.join(f'other_{i}' for i in range(40))})"
    [(was, now)] = changes(source)
    assert was.startswith("… ") and was.endswith(" …") and len(was) < 130
    assert ", 5, " in was and ", 6, " in now


def test_a_larger_sample_begins_with_the_smaller_one():
    source = "\n".join(f"x{i} = {i}" for i in range(50))
    assert sample(source, 40, "15:a")[:10] == sample(source, 10, "15:a")
    assert sample(source, 99, "15:a") != sample(source, 99, "15:b")
    assert sorted(sample(source, 99, "15:a")) == list(range(50))


MODULE = """LIMIT = 10


def grade(x):
    if x < LIMIT:
        return "low"
    return "high"


def count(x):
    n = 0
    while x > 0:
        x -= 1
        n += 1
    return n
"""
TESTS = """from toy.methods.marks import count, grade


def test_grade():
    assert grade(1) == "low"


def test_count():
    assert count(3) == 3
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A project of one module, with a test that never sees the limit, nor what is above."""
    for name, text in {"toy/methods/marks.py": MODULE, "tests/methods/test_marks.py": TESTS}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def test_changes_of_a_real_module_are_noticed_by_its_tests():
    """Though this process has imported the module as it is."""
    name = "pipeline.methods.regression"
    importlib.import_module(name)
    measured = measure(ROOT, [name], ["tests/methods/test_regression.py"])
    source = file_of(name).read_text(encoding="utf-8")
    found = [mutant(source, n)[0] for n in range(number_of_mutants(source))]
    chosen = [m.number for m in found if (m.was, m.now) == ("n <= k", "n < k") or m.now == "scale != 0"]
    rows = [tried(ROOT, name, number, measured) for number in chosen]
    assert [(row["outcome"], row["by"].split("::")[0]) for row in rows] == [
        ("killed", "tests/methods/test_regression.py"),
        ("killed", "tests/methods/test_regression.py"),
    ]


@pytest.mark.slow
def test_weak_tests_are_found_out(toy, monkeypatch):
    monkeypatch.setattr("trials.mutation.LEAST", 2)
    name = "toy.methods.marks"
    measured = measure(toy, [name], ["tests/methods"])
    assert measured.lines[name][13] == ["tests/methods/test_marks.py::test_count"]
    assert measured.branches[name] == {"branches": 4, "taken": 3, "not_taken": [[5, 7]]}

    rows = pd.DataFrame([tried(toy, name, n, measured) for n in range(number_of_mutants(MODULE))])
    survived = rows[rows["outcome"] == "survived"]
    assert list(zip(survived["was"], survived["now"], strict=True)) == [
        ("LIMIT = 10", "LIMIT = 11"),
        ("x < LIMIT", "x <= LIMIT"),
        ("return 'high'", "return None"),
        ("return 'high'", "return 'high_'"),
    ]
    assert rows.set_index("now")["outcome"]["x += 1"] == TIMED_OUT
    killed = rows.set_index("now").loc["n -= 1"]
    assert (killed["outcome"], killed["by"]) == ("killed", "tests/methods/test_marks.py::test_count")
    assert (toy / "toy/methods/marks.py").read_text(encoding="utf-8") == MODULE


def test_nothing_is_said_of_mutants_while_a_test_fails(toy):
    (toy / "tests/methods/test_marks.py").write_text("def test_it():\n    assert False\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="do not pass as they are: tests/methods/test_marks.py::test_it"):
        measure(toy, ["toy.methods.marks"], ["tests/methods"])


def test_the_committed_results_are_good_enough_and_explained():
    """At least 85 % of mutants are killed and 95 % of branches taken; what survived has a reason."""
    table, branches = pd.read_csv(TABLE, keep_default_na=False), pd.read_csv(BRANCHES, keep_default_na=False)
    assert set(branches["module"]) == {m.removeprefix("pipeline.") for m in modules()} >= set(table["module"])
    assert (table["outcome"] != "survived").mean() >= 0.85
    assert branches["taken"].sum() >= 0.95 * branches["branches"].sum()
    known = reasons()
    left = table[table["outcome"] == "survived"]
    assert [row["now"] for _, row in left.iterrows() if not why(row, known)] == []
    assert section(table, branches, SEED).strip() in RESULTS.read_text(encoding="utf-8")
