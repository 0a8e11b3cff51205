"""Columns of a regression from the rows of a part: names, and arithmetic with lags."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import partial

import numpy as np

from econshrink.big.reading import Rows
from econshrink.big.source import BigTable
from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.spec import Spec
from econshrink.tables.arithmetic import NotArithmetic, compute, is_arithmetic, names_in, parsed
from econshrink.tables.scanning import split

Factor = tuple[ast.expr, dict[str, str]]


@dataclass(frozen=True, eq=False)
class Terms:
    """What a specification asks for, ready to be computed part by part.

    Parameters
    ----------
    names : tuple of str
        Outcome, covariates and, last, weights if there are any.
    factors : tuple of tuple
        Of each: a column name, or the syntax trees whose product it is.
    columns : tuple of str
        Columns of the table that are read.
    """

    names: tuple[str, ...]
    factors: tuple[str | tuple[Factor, ...], ...]
    columns: tuple[str, ...]

    def values(self, rows: Rows) -> tuple[list[Floats], list[Fault]]:
        """Columns of shape (n,), NaN where an input is missing; faults of undefined ones."""
        found, faults = [], []
        for name, factors in zip(self.names, self.factors, strict=True):
            if isinstance(factors, str):
                found.append(rows.figures[factors])
                continue
            value, complete = np.ones(len(rows.time)), np.ones(len(rows.time), dtype=bool)
            for tree, quoted in factors:
                part, there = compute(tree, quoted, rows.figures.__getitem__, partial(_shift, rows))
                value, complete = value * part, complete & there
            undefined = complete & ~np.isfinite(value)
            if undefined.any():
                row = int(np.flatnonzero(undefined)[0])
                unit = rows.units[int(np.searchsorted(rows.starts, row, side="right")) - 1]
                seen = f"'{name}' is not finite, first at ({unit!r}, {int(rows.time[row])})"
                remedy = "Leave these rows out, or use another transformation."
                faults.append(Fault(seen, "a number wherever the inputs are there", remedy))
            found.append(np.where(complete, value, np.nan))
        return found, faults


def terms_of(table: BigTable, spec: Spec) -> Terms:
    """Read the terms of a specification; what needs all rows at once is refused."""
    names = (spec.depvar, *spec.covariates, *((spec.weights,) if spec.weights else ()))
    factors: list[str | tuple[Factor, ...]] = []
    faults: list[Fault] = []
    columns: list[str] = []
    for place, name in enumerate(names):
        if name in table.columns:
            factors.append(name)
            columns.append(name)
            continue
        covariate = 0 < place <= len(spec.covariates)
        try:
            parts = tuple(parsed(part) for part in (split(name, ":") if covariate else [name]))
        except NotArithmetic as problem:
            faults.append(_no_term(name, str(problem)))
            continue
        if not all(is_arithmetic(tree) for tree, _ in parts):
            faults.append(_no_term(name, "what is no arithmetic of a row and its lags"))
            continue
        if covariate and any(isinstance(tree, ast.BinOp) for tree, _ in parts):
            faults.append(Fault(f"'{name}' as one term", "one term", f"Write I({name})."))
        factors.append(parts)
        columns += [each for tree, quoted in parts for each in names_in(tree, quoted)]
    raise_all(SpecError, faults)
    table.require(figures=columns)
    return Terms(names, tuple(factors), tuple(dict.fromkeys(columns)))


def _no_term(name: str, why: str) -> Fault:
    return Fault(
        f"'{name}': {why}",
        "columns, arithmetic such as np.log(x), products a:b, lag(x) and diff(x)",
        "Write dummies and splines into the table as columns of their own.",
    )


def _shift(rows: Rows, kind: str, values: Floats, years: int) -> Floats:
    """Values of the same unit so many years earlier, or the change since; NaN without that row."""
    unit = np.repeat(np.arange(len(rows.units)), rows.lengths)
    low = int(rows.time.min())
    width = int(rows.time.max()) - low + 1
    key: Ints = unit * width + (rows.time - low)
    earlier = rows.time - low - years
    inside = (earlier >= 0) & (earlier < width)
    wanted = unit * width + np.where(inside, earlier, 0)
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    before = np.where(inside & (key[at] == wanted), values[at], np.nan)
    return before if kind == "lag" else values - before
