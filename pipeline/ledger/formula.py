"""Intervals and formulas: a printed figure is known to half its last digit, and arithmetic carries that along."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.errors import DataError


@dataclass(frozen=True)
class Interval:
    """Lower and upper end of a value; arithmetic gives every value that the ends allow (Moore 1966)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise DataError(f"An interval runs upwards; got {self.low} to {self.high}.")

    @classmethod
    def single(cls, value: float) -> "Interval":
        """A single value, both ends of the interval."""
        return cls(value, value)

    def widened(self, margin: float) -> "Interval":
        """The interval with a margin on either side."""
        return Interval(self.low - margin, self.high + margin)

    def _with(self, other: "Interval", do: Callable[[float, float], float]) -> "Interval":
        ends = [do(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __add__(self, other: "Interval") -> "Interval":
        return self._with(other, operator.add)

    def __sub__(self, other: "Interval") -> "Interval":
        return self._with(other, operator.sub)

    def __mul__(self, other: "Interval") -> "Interval":
        return self._with(other, operator.mul)

    def __truediv__(self, other: "Interval") -> "Interval":
        if other.low <= 0 <= other.high:
            raise DataError(f"Cannot divide by a value between {other.low:g} and {other.high:g}: it may be zero.")
        return self._with(other, operator.truediv)


_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def _parse(formula: str) -> ast.expr:
    """A formula of numbers, names, + - * / and brackets; anything else is refused."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"the formula {formula!r} cannot be read: {error.msg}") from None
    allowed = (ast.BinOp, ast.Name, ast.Load, *_OPERATORS)
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if not (number or isinstance(node, allowed)):
            raise ValueError(f"the formula {formula!r} may only use numbers, names, + - * / and brackets")
    return tree


def names(formula: str) -> set[str]:
    """The names a formula takes its inputs from.

    Raises
    ------
    ValueError
        If it is not a formula of numbers, names, + - * / and brackets.
    """
    return {node.id for node in ast.walk(_parse(formula)) if isinstance(node, ast.Name)}


def evaluate(formula: str, inputs: Mapping[str, Interval]) -> Interval:
    """The interval of a formula.

    Parameters
    ----------
    formula
        Numbers, names, + - * / and brackets.
    inputs
        An interval for each name.

    Raises
    ------
    ValueError
        If it is no such formula.
    KeyError
        If an input is missing.
    DataError
        If it divides by a value that may be zero.

    Examples
    --------
    >>> evaluate("100 * used / potential", {"used": Interval(2, 2), "potential": Interval(5, 8)})
    Interval(low=25.0, high=40.0)
    """

    def walk(node: ast.expr) -> Interval:
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.Name):
            return inputs[node.id]
        return Interval.single(node.value)

    return walk(_parse(formula))
