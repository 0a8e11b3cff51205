"""Evaluate the terms of a specification on a panel: columns, expressions, lags, effects."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from econshrink.core.arrays import Ints
from econshrink.core.errors import Fault
from econshrink.nouns.panel import CityPanel

Columns = dict[str, np.ndarray]
PLAIN_LAG = re.compile(r"lag\((\w+)(?:, ?(\d+))?\)")


def evaluate(panel: CityPanel, term: str, role: str) -> tuple[Columns, list[Fault]]:
    """Columns of one term, and what is wrong with it.

    Takes `term`: a variable, or an expression of variables and ``year`` that formulaic evaluates,
    such as ``"np.log(gdp)"`` or ``"gdp:share65"``. ``lag(x)``, ``lag(x, 2)`` and ``diff(x)`` look
    up calendar years within a city; `role`: ``"outcome"``, ``"covariate"`` …, for the messages.

    Returns column name to values of shape (rows of the panel,), NaN where missing; faults.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> evaluate(panel, "x", "covariate")
    ({'x': array([0., 1., 1., 3.])}, [])
    >>> evaluate(panel, "z", "covariate")[1][0].seen
    "no variable 'z'"
    """
    if term in panel.frame.columns:
        return {term: panel.frame[term].to_numpy(dtype=float)}, []
    known = ", ".join(panel.variables)
    if term.isidentifier() or not any(sign in term for sign in "()*:+-/["):
        fault = Fault(f"no variable '{term}'", f"one of {known}", "Check the spelling.", role)
        return {}, [fault]
    plain = PLAIN_LAG.fullmatch(term)
    if plain and plain[1] in panel.frame.columns:
        return {term: panel.lag(plain[1], int(plain[2] or 1)).to_numpy(dtype=float)}, []
    # formulaic costs half a second to import, which plain columns need not pay
    from econshrink.panel.design.expressions import expression_columns  # noqa: PLC0415

    return expression_columns(panel, term, role)


def containing(outcome: str, terms: Iterable[str]) -> list[Fault]:
    """Faults of covariates that contain the outcome of the same year.

    Takes `outcome`: variable or expression; `terms`: covariates. Earlier values, ``lag(…)``, may be
    there.

    Examples
    --------
    >>> [fault.seen for fault in containing("y", ["x:y", "lag(y)", "yield", "diff(y)"])]
    ["the outcome 'y' in the covariate 'x:y'", "the outcome 'y' in the covariate 'diff(y)'"]
    """
    wanted = outcome.replace(" ", "")
    pattern = rf"\b{re.escape(wanted)}\b" if wanted.isidentifier() else re.escape(wanted)
    faults = []
    for term in terms:
        now = re.sub(r"\blag\([^()]*(\([^()]*\)[^()]*)*\)", "", term.replace(" ", ""))
        if re.search(pattern, now):
            seen = f"the outcome '{outcome}' in the covariate '{term}'"
            faults.append(Fault(seen, "covariates without it", "Use a lag of it instead."))
    return faults


def effect_codes(panel: CityPanel, effect: str) -> tuple[Ints, list[Fault]]:
    """Codes of an effect or cluster by row of the panel; −1 where an attribute is missing.

    Takes `effect`: ``"city"``, ``"year"``, a city attribute, or a product such as
    ``"province^year"``.

    Returns codes, shape (rows of the panel,), not necessarily dense; faults.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> effect_codes(panel, "city^year")[0]
    array([0, 1, 2, 3])
    """
    known = ["city", "year", *map(str, panel.attributes.columns)]
    parts = [part.strip() for part in effect.split("^")]
    unknown = [part for part in parts if part not in known]
    if unknown:
        return np.empty(0, dtype=np.intp), [
            Fault(
                f"no effect {', '.join(map(repr, unknown))} in '{effect}'",
                f"one of {', '.join(known)}, or a product such as 'province^year'",
                "Attach the attribute to the panel or check the spelling.",
            )
        ]
    joint = _part_codes(panel, parts[0])
    for part in parts[1:]:
        other = _part_codes(panel, part)
        width = int(other.max()) + 1
        joint = np.where((joint < 0) | (other < 0), -1, joint * width + other)
    return joint, []


def numbers(panel: CityPanel, name: str, rows: Ints) -> tuple[np.ndarray, list[Fault]]:
    """A numeric variable or city attribute in the given rows, complete, and what is wrong with it.

    Returns values, shape (len(rows),); faults.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> numbers(panel, "x", np.array([1, 3]))[0]
    array([1., 3.])
    """
    if name in panel.variables:
        values = panel.frame[name]
    elif name in panel.attributes.columns:
        values = pd.to_numeric(panel.attribute(name), errors="coerce")
    else:
        fault = Fault(
            f"no variable or city attribute '{name}'",
            "numbers for every city",
            "Attach it to the panel or name the column that holds it.",
        )
        return np.empty(0), [fault]
    found = values.iloc[rows].to_numpy(dtype=float)
    lost = int(np.isnan(found).sum())
    if lost:
        seen = f"'{name}' missing or not a number in {lost} rows"
        return found, [Fault(seen, "numbers for every city", "Complete the attribute.")]
    return found, []


def _part_codes(panel: CityPanel, part: str) -> Ints:
    index = panel.frame.index
    assert isinstance(index, pd.MultiIndex)
    position = 1 if part == "year" else 0
    level, _ = pd.factorize(np.asarray(index.codes[position]), sort=True)
    if part in {"city", "year"}:
        return level.astype(np.intp)
    by_city, _ = pd.factorize(panel.attributes[part].reindex(list(panel.cities)), sort=True)
    return by_city.astype(np.intp)[level]
