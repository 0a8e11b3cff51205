"""Arithmetic of columns, computed from a short list of operations and never by ``eval``.

What a user writes is parsed and walked. Numbers, columns, ``+ - * / ** %``, comparisons, and the
functions below are all there is: no attribute but ``np.log`` and its like, no name that starts
with an underscore, no subscript, no lambda.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.tables.scanning import placeholders

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
    ast.Invert: np.logical_not,
}

NUMPY = (
    *("log", "log1p", "log2", "log10", "exp", "exp2", "expm1", "sqrt", "cbrt", "abs", "absolute"),
    *("square", "sign", "sin", "cos", "tan", "arcsinh", "sinh", "cosh", "tanh", "arctan"),
    *("floor", "ceil", "round", "rint", "maximum", "minimum", "where", "power", "clip"),
    *("logical_and", "logical_or", "logical_not"),
)
_BARE = ("log", "log1p", "log2", "log10", "exp", "exp2", "expm1", "sqrt", "abs", "sign", "floor")
SHIFTS = ("lag", "diff")
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"np.{name}": getattr(np, name) for name in NUMPY},
    **{name: getattr(np, name) for name in _BARE},
    "np.round": lambda x, digits=0: np.round(x, int(digits)),
    "exp10": lambda x: 10.0**x,
    "I": lambda x: x,
}


_MOST = {"np.where": 3, "np.clip": 3, "np.round": 2}


class NotArithmetic(Exception):
    """The text is no arithmetic of this module; it may be a factor for formulaic."""


def parsed(text: str) -> tuple[ast.expr, dict[str, str]]:
    """Syntax tree of an expression, and the names its backticks stand for."""
    plain, quoted = placeholders(text)
    try:
        return ast.parse(
            plain.strip().removeprefix("{").removesuffix("}"), mode="eval"
        ).body, quoted
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        reason = problem.msg if isinstance(problem, SyntaxError) else str(problem)
        raise NotArithmetic(reason) from None


def is_arithmetic(tree: ast.AST) -> bool:
    """Tell whether everything in a tree is on the list; C(), poly() and so on are not."""
    if isinstance(tree, ast.Constant):
        return isinstance(tree.value, int | float) and not isinstance(tree.value, complex)
    if isinstance(tree, ast.Name):
        return not tree.id.startswith("_")
    if isinstance(tree, ast.BinOp):
        return (
            type(tree.op) in _OPERATORS and is_arithmetic(tree.left) and is_arithmetic(tree.right)
        )
    if isinstance(tree, ast.UnaryOp):
        return type(tree.op) in _OPERATORS and is_arithmetic(tree.operand)
    if isinstance(tree, ast.Compare):
        parts = (tree.left, *tree.comparators)
        return all(type(op) in _OPERATORS for op in tree.ops) and all(map(is_arithmetic, parts))
    if isinstance(tree, ast.Call):
        known = function_name(tree.func) in {*FUNCTIONS, *SHIFTS}
        plain = all(keyword.arg is not None for keyword in tree.keywords)
        values = [*tree.args, *(keyword.value for keyword in tree.keywords)]
        return known and plain and all(map(is_arithmetic, values))
    return False


def function_name(tree: ast.expr) -> str:
    """``np.log`` or ``log``; an empty text for anything else that is called."""
    if isinstance(tree, ast.Name):
        return tree.id
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
        return f"{tree.value.id}.{tree.attr}"
    return ""


def names_in(tree: ast.AST, quoted: Mapping[str, str]) -> list[str]:
    """Names of the variables of an expression, functions left out, each once."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = [
        quoted.get(node.id, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called | inside
    ]
    return list(dict.fromkeys(found))


def compute(
    tree: ast.expr,
    quoted: Mapping[str, str],
    column: Callable[[str], Floats],
    shift: Callable[[str, Floats, int], Floats],
) -> tuple[Floats, np.ndarray]:
    """Values of an expression, and in which rows all of its inputs are there.

    Parameters
    ----------
    tree : ast.expr
        For which `is_arithmetic` holds.
    quoted : mapping
    column : callable
        Name to values, shape (n,).
    shift : callable
        ``"lag"`` or ``"diff"``, values and years to values.

    Returns
    -------
    tuple
        Values; a mask. A row whose value is not finite although its inputs, lags too, are there,
        is undefined: the logarithm of zero.
    """
    inputs: list[Floats] = []

    def walk(node: ast.AST) -> Any:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, bool) else float(str(node.value))
        if isinstance(node, ast.Name):
            values = column(quoted.get(node.id, node.id))
            inputs.append(values)
            return values
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.UnaryOp):
            return _OPERATORS[type(node.op)](walk(node.operand))
        if isinstance(node, ast.Compare):
            return _compared(node, walk)
        assert isinstance(node, ast.Call)
        name = function_name(node.func)
        if name in SHIFTS:
            before = len(inputs)
            values, years = _shift_arguments(node, walk)
            del inputs[before:]
            inputs.append(shift(name, values, years))
            return inputs[-1]
        most = getattr(FUNCTIONS[name], "nin", _MOST.get(name, 1))
        if node.keywords or len(node.args) > most:  # such as out=, which would write into a column
            raise NotArithmetic(f"{name} takes {most} argument{'s' if most > 1 else ''} by place")
        return FUNCTIONS[name](*map(walk, node.args))

    with np.errstate(all="ignore"):
        try:
            made = walk(tree)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError) as problem:
            raise NotArithmetic(str(problem)) from None
    if not inputs:
        raise NotArithmetic("it names no variable")
    complete = np.asarray(~np.isnan(np.column_stack(inputs)).any(axis=1))
    values = np.asarray(made, dtype=float)
    if values.shape != complete.shape:
        raise NotArithmetic("it gives no column")
    if np.asarray(made).dtype == bool:  # a comparison with a gap is a gap
        values = np.where(complete, values, np.nan)
    return values, complete


def _compared(node: ast.Compare, walk: Callable[[ast.AST], Any]) -> Any:
    values = [walk(part) for part in (node.left, *node.comparators)]
    result: Any = True
    for op, left, right in zip(node.ops, values, values[1:], strict=False):
        result = np.logical_and(result, _OPERATORS[type(op)](left, right))
    return result


def _shift_arguments(node: ast.Call, walk: Callable[[ast.AST], Any]) -> tuple[Floats, int]:
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not 1 <= len(given) <= 2:
        raise NotArithmetic("lag(x) or lag(x, years)")
    years: Any = 1
    if len(given) == 2:
        try:
            years = ast.literal_eval(given[1])
        except (ValueError, TypeError):
            years = None
    if not isinstance(years, int) or isinstance(years, bool):
        raise NotArithmetic("the years of a lag are a whole number")
    values = np.asarray(walk(given[0]), dtype=float)
    if values.ndim != 1:
        raise NotArithmetic("a lag is of a column")
    return values, years
