"""Expressions in specifications: transformations, interactions, lags by calendar year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.errors import FormulaicError

from econshrink.core.errors import Fault
from econshrink.nouns.panel import CityPanel

Columns = dict[str, np.ndarray]


def expression_columns(panel: CityPanel, term: str, role: str) -> tuple[Columns, list[Fault]]:
    """Evaluate an expression of variables and ``year`` on the rows of a panel.

    Takes `term`: such as ``"np.log(gdp)"``, ``"gdp:share65"``, ``"C(year)"``, ``"lag(x, 2)"`` or
    ``"diff(x)"``; lags are calendar years within a city; `role`: ``"outcome"``, ``"covariate"`` …,
    for the messages.

    Returns column name to values, NaN where an input is missing; faults.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000"], "year": [2010, 2011], "x": [1.0, 3.0]}))
    >>> expression_columns(panel, "diff(x)", "covariate")[0]
    {'diff(x)': array([nan,  2.])}
    """
    try:
        formula = Formula(f"1 + {term}")
        own = {"lag", "diff", "np"}
        needed = sorted({str(name) for name in formula.required_variables} - own)
    except (FormulaicError, SyntaxError) as problem:
        return {}, [_unreadable(term, role, problem)]
    absent = [name for name in needed if name not in {*panel.variables, "year"}]
    if absent:
        seen = f"no variable {', '.join(map(repr, absent))} in '{term}'"
        known = ", ".join(panel.variables)
        return {}, [Fault(seen, f"some of {known}", "Check the spelling.", role)]
    return _evaluated(panel, formula, needed, term, role)


def _evaluated(
    panel: CityPanel, formula: Formula, needed: list[str], term: str, role: str
) -> tuple[Columns, list[Fault]]:
    frame = panel.frame[[name for name in needed if name in panel.variables]]
    if "year" in needed and "year" not in panel.variables:
        frame = frame.assign(year=frame.index.get_level_values("year"))
    context = {"np": np, "lag": _lag(frame.index), "diff": _difference(frame.index)}
    shifted = "lag(" in term or "diff(" in term
    # a lag is missing where the earlier year is, so a NaN tells nothing: let numpy complain itself
    complain: Literal["raise", "ignore"] = "raise" if shifted else "ignore"
    try:
        with np.errstate(all="ignore", invalid=complain, divide=complain):
            matrix = formula.get_model_matrix(frame, na_action="ignore", context=context)
    except (FormulaicError, SyntaxError, TypeError, ValueError, NameError) as problem:
        return {}, [_unreadable(term, role, problem)]
    columns = {
        str(name): matrix[name].to_numpy(dtype=float)
        for name in matrix.columns
        if name != "Intercept"
    }
    if not columns:
        return {}, [_unreadable(term, role, ValueError("it gives no column"))]
    complete = frame.notna().all(axis=1).to_numpy()
    return columns, _undefined(columns, complete, shifted, panel, role)


def _undefined(
    columns: Columns, complete: np.ndarray, shifted: bool, panel: CityPanel, role: str
) -> list[Fault]:
    """Logarithms of zero and the like: infinite, or not a number though the inputs are there."""
    faults = []
    for name, values in columns.items():
        wrong = np.isinf(values) | (np.isnan(values) & complete & (not shifted))
        if wrong.any():
            city, year = panel.frame.index[int(np.flatnonzero(wrong)[0])]
            faults.append(
                Fault(
                    f"'{name}' undefined or infinite in {int(wrong.sum())} rows",
                    "finite values wherever its variables are present",
                    "Mend those cells or choose another transformation.",
                    f"{role}, first at city {city}, year {year}",
                )
            )
    return faults


def _lag(index: pd.Index) -> Callable[..., pd.Series]:
    def lag(series: pd.Series, years: int = 1) -> pd.Series:
        earlier = pd.MultiIndex.from_arrays(
            [index.get_level_values("city"), index.get_level_values("year") - years]
        )
        values = pd.Series(series.to_numpy(), index=index).reindex(earlier).to_numpy()
        return pd.Series(values, index=index)

    return lag


def _difference(index: pd.Index) -> Callable[..., pd.Series]:
    lag = _lag(index)

    def diff(series: pd.Series, years: int = 1) -> pd.Series:
        return series - lag(series, years)

    return diff


def _unreadable(term: str, role: str, problem: Exception) -> Fault:
    reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return Fault(
        f"'{term}', which cannot be evaluated ({reason})",
        "a variable or an expression such as np.log(gdp)",
        "Mend the expression.",
        role,
    )
