"""Mutants of a module: its syntax tree, changed in one place as a slip of the pen would change it.

What is changed: comparisons, sums and products, and/or, signs and negations, numbers, truth values, words of the code
(names of columns, keys), conditions, filters of comprehensions, returned values, arguments given by name, calls whose
value nobody takes, min/max, any/all. What is not: docstrings, annotations, and sentences (all inside `raise`, every
text with a blank, and what stands in an f-string between the values), for no test should hold a sentence word for word.
A named `Literal[...]` is an annotation too, unless its module reads types as it runs, by pydantic or `get_args`.
"""

import ast
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
"""Two for an order: the bound itself, and the other side."""
OPERATIONS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
WORDS = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}


@dataclass(frozen=True)
class Mutant:
    """One change of a module.

    Attributes
    ----------
    number
        Its place among all changes of the module, from 0.
    function
        The function or class in which it stands, with those around it; empty at the level of the module.
    line
        Where it stands.
    was, now
        The changed piece of code, before and after.
    """

    number: int
    function: str
    line: int
    was: str
    now: str


@dataclass
class _Change:
    """A change that could be made: in which function, at which line, how, and what is shown of it."""

    function: str
    line: int
    make: Callable[[], None]
    shown: ast.AST


def number_of_mutants(source: str) -> int:
    """How many changes of a module's source text there are."""
    return len(_changes(ast.parse(source)))


def mutant(source: str, number: int) -> tuple[Mutant, ast.Module]:
    """One change of a module's source text, and the syntax tree with it."""
    tree = ast.parse(source)
    change = _changes(tree)[number]
    was = _first_line(change.shown)
    change.make()
    now = _first_line(change.shown)
    shown = _about_the_change(was, now) if was != now else (was, "pass")  # a statement left out is itself as it was
    return Mutant(number, change.function, change.line, *shown), ast.fix_missing_locations(tree)


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).strip().splitlines()[0]


def _about_the_change(was: str, now: str, room: int = 60) -> tuple[str, str]:
    """Two versions of a line without what is equal far before and far behind the change."""
    before = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    shared = min(len(was), len(now)) - before
    behind = next((i for i in range(shared) if was[-1 - i] != now[-1 - i]), shared)

    def cut(text: str) -> str:
        start, end = max(before - room, 0), min(len(text) - behind + room, len(text))
        return "… " * (start > 0) + text[start:end] + " …" * (end < len(text))

    return cut(was), cut(now)


def _changes(tree: ast.Module) -> list[_Change]:
    types = set() if _reads_types(tree) else {n for n in ast.walk(tree) if _is_literal_type(n)}
    return list(_below(tree, "", types))


def _reads_types(tree: ast.Module) -> bool:
    """Whether a type is more than a remark in this module: pydantic checks values by it, `get_args` lists them."""
    imported = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return any(n.module == "pydantic" or "get_args" in {a.name for a in n.names} for n in imported)


def _is_literal_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _below(node: ast.AST, function: str, types: AbstractSet[ast.AST]) -> Iterator[_Change]:
    """Changes of all that stands below a node, but for types that nothing reads."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for at, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or child in types or _is_docstring(child):
                continue
            inside = function
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{function}.{child.name}".strip(".")
            yield from _of(child, node, name, at, inside)
            if isinstance(child, ast.JoinedStr):
                for part in child.values:
                    if isinstance(part, ast.FormattedValue):
                        yield from _below(part, inside, types)
            elif not isinstance(child, ast.Raise):
                yield from _below(child, inside, types)


def _is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a text and nothing else: of a module, function or class, or under a value."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_turned_itself(test: ast.AST) -> bool:
    """Whether a condition has a change of its own that says the opposite."""
    return isinstance(test, ast.Compare) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _of(node: ast.AST, parent: ast.AST, name: str, at: int | None, function: str) -> Iterator[_Change]:
    """Changes of one node, which hangs in the parent's field of that name."""
    line = getattr(node, "lineno", 0)

    def change(make: Callable[[], None], shown: ast.AST = node, line: int = line) -> _Change:
        return _Change(function, line, make, shown)

    def replace(new: ast.AST) -> None:
        ast.copy_location(new, node)
        if at is None:
            setattr(parent, name, new)
        else:
            getattr(parent, name)[at] = new

    def become(new: ast.AST) -> _Change:
        return change(lambda: replace(new), parent)

    match node:
        case ast.Compare(ops=operators):
            for i, operator in enumerate(operators):
                for other in COMPARISONS[type(operator)]:
                    yield change(partial(operators.__setitem__, i, other()))
        case ast.BoolOp(op=operator):
            yield change(partial(setattr, node, "op", ast.Or() if isinstance(operator, ast.And) else ast.And()))
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in OPERATIONS:
            yield change(partial(setattr, node, "op", OPERATIONS[type(operator)]()))
        case ast.UnaryOp(operand=operand):
            yield become(operand)
        case ast.Constant(value=bool(value)):
            yield become(ast.Constant(not value))
        case ast.Constant(value=int(value) | float(value)):
            yield become(ast.Constant(value + 1))
        case ast.Constant(value=str(value)) if value and " " not in value:
            yield become(ast.Constant(f"{value}_"))
        case ast.Name(id=word) if word in WORDS:
            yield become(ast.Name(WORDS[word], node.ctx))
        case ast.Attribute(attr=word) if word in WORDS:
            yield change(partial(setattr, node, "attr", WORDS[word]))
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not _is_turned_itself(test):
            yield change(partial(setattr, node, "test", ast.copy_location(ast.UnaryOp(ast.Not(), test), test)))
        case ast.comprehension(ifs=filters):
            for i, each in enumerate(filters):
                yield change(partial(filters.pop, i), line=each.lineno)
        case ast.Call(keywords=keywords):
            for i, each in enumerate(keywords):
                if each.arg:
                    yield change(partial(keywords.pop, i), line=each.value.lineno)
        case ast.Return(value=ast.AST() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield change(partial(setattr, node, "value", ast.copy_location(ast.Constant(None), value)))
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield change(partial(replace, ast.Pass()))
