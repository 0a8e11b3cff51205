"""Read a user's event expression: a small language of its own, nothing is executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError

LONGEST = 500  # characters

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
}
_COMPARISON: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _falls(values: Floats) -> Any:
    """How many yearly falls follow each other at most."""
    longest = run = np.zeros((values.shape[0], values.shape[2]))
    for step in np.moveaxis(np.diff(values, axis=1), 1, 0):
        run = np.where(step < 0, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest


_OVER_YEARS: dict[str, Callable[[Floats], Any]] = {
    "min": lambda v: v.min(axis=1),
    "max": lambda v: v.max(axis=1),
    "mean": lambda v: v.mean(axis=1),
    "falls": _falls,
}
_ELEMENTWISE: dict[str, Callable[[Any], Any]] = {"abs": np.abs, "log": np.log}


def evaluate(text: str, values: Floats, years: tuple[int, ...]) -> NDArray[np.bool_]:
    """Evaluate a yes-or-no expression on every city's path in every draw.

    Parameters
    ----------
    text : str
        ``P`` is the path, ``P[2030]`` its value in a year, ``P[2025:2030]`` the years from 2025
        to 2030, both included. Over years: ``min(P)``, ``max(P)``, ``mean(P)``, ``falls(P)``
        (longest run of yearly falls). Also ``abs``, ``log``, ``+ - * /``, comparisons,
        ``and or not`` and numbers.
    values : ndarray, shape (cities, years, draws)
    years : tuple of int

    Returns
    -------
    ndarray of bool, shape (cities, draws)

    Raises
    ------
    SpecError
        Anything else, a year outside the path, or an expression that is not yes or no.

    Examples
    --------
    >>> path = np.array([[[100.0, 100.0], [90.0, 120.0]]])
    >>> evaluate("P[2025] < 0.95 * P[2024]", path, (2024, 2025)).tolist()
    [[True, False]]
    """
    if len(text) > LONGEST:
        seen = f"an expression of {len(text)} characters"
        raise SpecError(Fault(seen, f"at most {LONGEST}", "Shorten it."))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused(text, text) from None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = _Reader(text, values, years).read(tree)
    shape = (values.shape[0], values.shape[2])
    if not isinstance(found, np.ndarray) or found.dtype != bool or found.shape != shape:
        seen = f"'{text}', which is not yes or no for each path"
        raise SpecError(Fault(seen, "a comparison of years", "Such as P[2030] < P[2024]."))
    return found


class _Reader:
    """Walks the tree; every kind of node that is not named here is refused."""

    def __init__(self, text: str, values: Floats, years: tuple[int, ...]) -> None:
        self._text, self._values, self._years = text, values, years

    def read(self, node: ast.AST) -> Any:
        kind = type(node).__name__
        reader = getattr(self, f"_read_{kind.lower()}", None)
        if reader is None:
            raise self._no(node)
        return reader(node)

    def _read_constant(self, node: ast.Constant) -> float:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self._no(node)
        try:
            return float(node.value)
        except OverflowError:
            raise self._no(node) from None

    def _read_name(self, node: ast.Name) -> Floats:
        if node.id != "P":
            raise self._no(node)
        return self._values

    def _read_unaryop(self, node: ast.UnaryOp) -> Any:
        value = self._flat(node.operand)
        if isinstance(node.op, ast.Not):
            return np.logical_not(self._logical(value, node))
        if isinstance(node.op, ast.USub):
            return -self._number(value, node)
        raise self._no(node)

    def _read_binop(self, node: ast.BinOp) -> Any:
        operation = _ARITHMETIC.get(type(node.op))
        if operation is None:
            raise self._no(node)
        left, right = (self._number(self._flat(x), node) for x in (node.left, node.right))
        return operation(left, right)

    def _read_boolop(self, node: ast.BoolOp) -> Any:
        values = [self._logical(self._flat(x), node) for x in node.values]
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return join.reduce(values)

    def _read_compare(self, node: ast.Compare) -> Any:
        terms = [self._number(self._flat(x), node) for x in (node.left, *node.comparators)]
        result: Any = True
        for op, left, right in zip(node.ops, terms[:-1], terms[1:], strict=True):
            comparison = _COMPARISON.get(type(op))
            if comparison is None:
                raise self._no(node)
            result = np.logical_and(result, comparison(left, right))
        return result

    def _read_subscript(self, node: ast.Subscript) -> Any:
        whole = self.read(node.value)
        if whole is not self._values:
            raise self._no(node)
        if isinstance(node.slice, ast.Slice):
            if node.slice.step is not None:
                raise self._no(node)
            low = self._place(node.slice.lower, 0)
            high = self._place(node.slice.upper, len(self._years) - 1)
            if high < low:
                raise self._no(node)
            return self._values[:, low : high + 1]
        return self._values[:, self._place(node.slice, None)]

    def _read_call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name) or len(node.args) != 1 or node.keywords:
            raise self._no(node)
        name, value = node.func.id, self.read(node.args[0])
        if name in _OVER_YEARS and isinstance(value, np.ndarray) and value.ndim == 3:
            return _OVER_YEARS[name](value)
        if name in _ELEMENTWISE and np.ndim(value) != 3:
            return _ELEMENTWISE[name](self._number(value, node))
        raise self._no(node)

    def _place(self, node: ast.AST | None, default: int | None) -> int:
        if node is None and default is not None:
            return default
        if isinstance(node, ast.Constant) and node.value in self._years:
            return [*self._years].index(node.value)  # type: ignore[arg-type]
        seen = f"year {ast.unparse(node) if node else 'none'} in '{self._text}'"
        expected = f"a year from {self._years[0]} to {self._years[-1]}"
        raise SpecError(Fault(seen, expected, "Ask for a year of the path."))

    def _flat(self, node: ast.AST) -> Any:
        value = self.read(node)
        if np.ndim(value) == 3:
            seen = f"a whole path where one number a draw is needed in '{self._text}'"
            raise SpecError(Fault(seen, "a year, or min, max, mean, falls", "Write P[2030]."))
        return value

    def _number(self, value: Any, node: ast.AST) -> Any:
        if isinstance(value, np.ndarray) and value.dtype == bool:
            raise self._no(node)
        return value

    def _logical(self, value: Any, node: ast.AST) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype != bool:
            raise self._no(node)
        return value

    def _no(self, node: ast.AST) -> SpecError:
        return _refused(self._text, ast.unparse(node) if isinstance(node, ast.expr) else "it")


def _refused(text: str, part: str) -> SpecError:
    return SpecError(
        Fault(
            f"'{part}' in the event '{text[:80]}'",
            "P, P[year], min, max, mean, falls, abs, log, numbers, + - * /, < <= > >= == !=, "
            "and, or, not",
            "Write the event with these only.",
        )
    )
