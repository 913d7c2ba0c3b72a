"""The same bytes on every processor: what leaves an order open or a last bit to the machine is not in the code."""

import ast
import json

import pytest

from pipeline.paths import NOTEBOOKS, ROOT

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
    assert _unstable("t.sort_values('year')\nt.sort_values(['year'])\nx.argsort(axis=1)\nnp.argsort(x, kind='heapsort')")
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
