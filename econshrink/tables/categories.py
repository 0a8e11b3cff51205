"""Categories, contrasts and splines through formulaic, guarded before anything is evaluated.

formulaic evaluates factors with Python's ``eval``. Every factor is therefore parsed first and let
through only if it holds nothing but columns, numbers, texts, formulaic's own transforms and the
functions of `arithmetic`: no attribute but ``np.log`` and ``contr.sum`` and their like, no name
that starts with an underscore, no subscript, no lambda, no comprehension.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.errors import FormulaicError

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault
from econshrink.tables.arithmetic import NUMPY, SHIFTS, NotArithmetic, function_name, parsed
from econshrink.tables.elsewhere import here
from econshrink.tables.meaning import Columns, shifter, undefined, unknown, unreadable
from econshrink.tables.rows import Rows
from econshrink.tables.scanning import as_read, is_name, renamed, split

TRANSFORMS = (
    *("C", "I", "bs", "cc", "center", "cr", "cs", "poly", "scale", "standardize"),
    *(
        "exp",
        "exp10",
        "exp2",
        "log",
        "log10",
        "log2",
        "Treatment",
        "Sum",
        "Diff",
        "Helmert",
        "Poly",
    ),
)
CONTRASTS = ("treatment", "sum", "diff", "helmert", "poly", "SAS", "custom")
# what a transform raises on arguments that it cannot use
_UNUSABLE = (
    *(SyntaxError, ArithmeticError, TypeError, ValueError, NameError, LookupError, AttributeError),
    *(AssertionError, StopIteration, NotImplementedError, RecursionError),
)
# what other programs call it
_OURS = {
    **dict.fromkeys(("l", "L", "f", "F"), "lag(x, 1); lag(x, -1) for a lead"),
    **dict.fromkeys(("d", "D"), "diff(x)"),
    **dict.fromkeys(("factor", "as.factor"), "C(x)"),
    **dict.fromkeys(("asinh", "np.asinh"), "np.arcsinh(x)"),
    "ln": "log(x)",
    "offset": 'offset="log(x)" beside the formula',
    "weights": 'weights="x" beside the formula',
}
_KNOWN = {*TRANSFORMS, *SHIFTS, *(f"np.{n}" for n in NUMPY), *(f"contr.{n}" for n in CONTRASTS)}
_NODES = (
    *(ast.Constant, ast.Name, ast.Load, ast.Call, ast.keyword, ast.BinOp, ast.UnaryOp, ast.Compare),
    *(ast.Tuple, ast.List, ast.operator, ast.unaryop, ast.cmpop, ast.Attribute),
)


def coded_columns(
    panel: Rows, terms: Sequence[str], role: str, intercept: bool
) -> tuple[dict[str, Columns], list[Fault]]:
    """Columns of all terms, coded together so that none repeats another.

    Parameters
    ----------
    panel : Rows
    terms : sequence of str
    role : str
    intercept : bool

    Returns
    -------
    tuple
        Term to its columns; faults.
    """
    faults: list[Fault] = []
    used: dict[str, set[str]] = {}
    for term in terms:
        used[term], wrong = _guarded(panel, term, role)
        faults += wrong
    refused = {term for term in terms if not used[term]} if faults else set()
    needed = sorted(set().union(*used.values()))
    series = {name: _column(panel, name) for name in needed}
    absent = {name for name, column in series.items() if column is None}
    for term, names in used.items():
        lost = sorted(names & absent)
        if lost:
            faults.append(unknown(lost, term, role, panel))
        elif not names and term not in refused:
            faults.append(unreadable(term, role, "it names no variable"))
    if faults:
        return {}, faults
    # formulaic evaluates with Python, which reads some names otherwise than they are written
    safe = {name: f"column_{i}_" for i, name in enumerate(needed) if not as_read(name)}
    frame = pd.DataFrame({safe.get(name, name): column for name, column in series.items()})
    texts = [_written(panel, term, safe) for term in terms]
    formula = f"{'1' if intercept else '0'} + {' + '.join(texts)}"
    context: dict[str, Any] = {"np": np}
    if panel.frame.index.nlevels == 2:  # rows at risk have no years
        context |= {name: _shifted(panel, name) for name in SHIFTS}
    try:
        with np.errstate(all="ignore"):
            wanted: Any = Formula(formula, _ordering="none")
            matrix: Any = wanted.get_model_matrix(frame, na_action="ignore", context=context)
    except (*_UNUSABLE, FormulaicError) as fail:
        reason = str(fail).splitlines()[0] if str(fail) else type(fail).__name__
        return {}, [unreadable(", ".join(terms), role, reason)]
    if not hasattr(matrix.model_spec, "term_slices"):  # a second formula inside
        return {}, [unreadable(", ".join(terms), role, "it is more than one right side")]
    slices = {str(term): place for term, place in matrix.model_spec.term_slices.items()}
    ordered = [place for name, place in slices.items() if name not in {"1", "0"}]
    if len(ordered) != len(terms):  # two terms that formulaic takes for one
        return {}, [unreadable(", ".join(terms), role, "terms that are the same")]
    columns: dict[str, Columns] = {}
    for term, place in zip(terms, ordered, strict=True):
        block = matrix.iloc[:, place]
        gaps = frame[[safe.get(name, name) for name in used[term]]].isna().any(axis=1).to_numpy()
        columns[term] = {}
        for position, name in enumerate(_called(str(column), safe) for column in block.columns):
            values: Floats = block.iloc[:, position].to_numpy(
                dtype=float, copy=True, na_value=np.nan
            )
            values[gaps] = np.nan  # a gap is no reference level
            shifted = any(f"{shift}(" in term for shift in SHIFTS)
            columns[term][name] = values
            faults += undefined(name, values, ~gaps & (not shifted), panel, role)
        if not columns[term]:
            faults.append(unreadable(term, role, "it gives no column"))
    return columns, faults


def _guarded(panel: Rows, term: str, role: str) -> tuple[set[str], list[Fault]]:
    """Names of the columns a term uses, and a fault for anything that is not let through."""
    if term in panel.frame.columns:
        return {term}, []
    names: set[str] = set()
    for part in split(term, ":"):
        try:
            tree, quoted = parsed(part)
        except NotArithmetic as problem:
            return set(), [unreadable(term, role, str(problem))]
        called = {id(node.func): node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        owners = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        strange = {function_name(func) or "a call" for func in called.values()} - _KNOWN
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and function_name(node) not in _KNOWN:
                strange.add(f".{node.attr}")
            elif not isinstance(node, _NODES):
                strange.add(type(node).__name__.lower())
            elif isinstance(node, ast.Name) and id(node) not in called and id(node) not in owners:
                names.add(quoted.get(node.id, node.id))
        if strange:
            seen = f"'{term}' with {', '.join(sorted(strange))}"
            expected = f"columns, arithmetic and {', '.join(TRANSFORMS[:10])}, lag, diff, np.log …"
            ours = [_OURS[name] for name in sorted(strange) if name in _OURS]
            remedy = here(term) or "Compute it as a column of the table first."
            if ours and not here(term):
                remedy = f"Write {' and '.join(ours)}."
            return set(), [Fault(seen, expected, remedy, role)]
    return {name for name in names if name not in _KNOWN}, []


def _written(panel: Rows, term: str, safe: Mapping[str, str]) -> str:
    """A term as formulaic reads it: names that are none in backticks."""
    if term in panel.frame.columns and not is_name(term):
        return f"`{term}`"
    return renamed(term, safe)


def _called(name: str, safe: Mapping[str, str]) -> str:
    """A column of formulaic's in the user's words."""
    for own, other in safe.items():
        name = name.replace(other, own)
    return name


def _column(panel: Rows, name: str) -> pd.Series | None:
    """A variable, attribute, label, unit or time by row, of its own type."""
    if name in panel.frame.columns:
        return panel.frame[name]
    if name in panel.attributes.columns or name in panel.labels.columns or panel.role(name):
        column = panel.attribute(name)
        if isinstance(column.dtype, pd.PeriodDtype) or column.dtype.kind == "M":
            return column.astype(str).where(column.notna())
        return column
    return None


def _shifted(panel: Rows, name: str) -> Callable[..., pd.Series]:
    shift, index = shifter(panel), panel.frame.index

    def shifted(series: pd.Series, years: int = 1) -> pd.Series:
        return pd.Series(shift(name, series.to_numpy(dtype=float), years), index=index)

    return shifted
