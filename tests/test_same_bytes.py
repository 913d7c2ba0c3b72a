"""The same bytes on every processor. That a figure is drawn from rounded numbers is tested with `Report`."""

import ast
import json
import os
import subprocess
import sys

import pytest

from pipeline.paths import NOTEBOOKS, REPORTS, ROOT
from pipeline.site.frame import tree
from pipeline.text.language import languages

SORTS = {"sort_values", "sort_index", "argsort"}


def _unstable(source: str) -> list[str]:
    """Sorts that leave rows with equal keys in whatever order the processor's instructions bring them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SORTS:
            # By several columns pandas sorts stably, whatever its `kind`.
            several = bool(node.args) and isinstance(node.args[0], ast.List) and len(node.args[0].elts) > 1
            kinds = [ast.literal_eval(keyword.value) for keyword in node.keywords if keyword.arg == "kind"]
            if kinds != ["stable"] and not several:
                found.append(ast.unparse(node))
    return found


def _articles():
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        yield path.name, "\n".join(text for text in code if not text.startswith("%"))


def test_a_sort_that_leaves_ties_open_is_found():
    for source in (
        "t.sort_values('year')",
        "t.sort_values(['year'])",
        "x.argsort(axis=1)",
        "t.sort_index(kind='heapsort')",
    ):
        assert _unstable(source)
    assert not _unstable("t.sort_values(['year', 'area'])\nt.sort_values('year', kind='stable')\nsorted(t)")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        *(
            (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
            for path in sorted((ROOT / "pipeline").rglob("*.py"))
        ),
        *_articles(),
    ],
    ids=lambda value: value if len(value) < 80 else "",
)
def test_rows_with_equal_keys_keep_their_order(name, source):
    """Two crops with as many figures each stood in another order under AVX-512 than without it."""
    assert not _unstable(source), f"{name}: add kind='stable' to {_unstable(source)}"


OLD_PROCESSOR = {
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX",
}
"""Instructions of 2004 for linear algebra, numpy and the C library: products are rounded before they are summed."""


COMPARED = {".json", ".csv", ".svg"}
"""Results, tables and pictures; article and page say how they were made."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data_audit", "other_oblasts"])
def test_a_report_has_the_same_bytes_on_an_old_processor(tmp_path, name):
    """The two reports whose pictures once differed, against what is committed."""
    subprocess.run(
        [sys.executable, "-m", "pipeline", "run", name, "--to", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | OLD_PROCESSOR,
        check=True,
        timeout=600,
        capture_output=True,
    )
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.suffix in COMPARED}
    kinds = {(path.parts[0], path.suffix) for path in written}
    assert kinds >= {(name, suffix) for suffix in COMPARED} | {(tree(own)[:-1], ".svg") for own in languages()[1:]}
    assert [str(path) for path, drawn in written.items() if drawn != (REPORTS / path).read_bytes()] == []
    here, committed = (json.loads((to / name / "notebook.ipynb").read_bytes())["cells"] for to in (tmp_path, REPORTS))
    assert here == committed  # what the article shows; beside it stands how it was made
