"""Survival formulas: ``Surv(start, stop, event) ~ x + strata(g)``, as R's users write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from econshrink.core.errors import Fault, SpecError
from econshrink.tables.right_side import right_terms
from econshrink.tables.scanning import split, unquoted

_SPECIAL = re.compile(r"(strata|offset|cluster|id)\s*\((.*)\)", re.DOTALL)
_CALL = "'Surv(duration, event) ~ x + z' or 'Surv(start, stop, event) ~ x + strata(g)'"


@dataclass(frozen=True)
class SurvivalModel:
    """What a survival formula asks for.

    Parameters
    ----------
    start, stop, event : str or None
        Columns; all None without a left side, `start` alone for durations from zero.
    covariates : tuple of str
    strata : tuple of str
    offset : str, optional
    unit : str, optional
        From ``id(city)``.
    text : str
        The formula as written.
    cluster : str, optional
        From ``cluster(g)``: the column a robust covariance is clustered by.
    """

    start: str | None
    stop: str | None
    event: str | None
    covariates: tuple[str, ...]
    strata: tuple[str, ...] = ()
    offset: str | None = None
    unit: str | None = None
    text: str = ""
    cluster: str | None = None


def survival_formula(formula: Any) -> SurvivalModel:
    """Read a survival formula; the left side may be absent where the spells are known.

    Parameters
    ----------
    formula : str
        ``Surv(duration, event) ~ ...`` or ``Surv(start, stop, event) ~ ...``; the right side is
        the algebra of `read_formula`, and ``strata(a, b)``, ``offset(x)``, ``id(city)``,
        ``cluster(g)``.

    Raises
    ------
    SpecError
        No ``Surv``, another number of arguments, effects behind ``|``, ``- 1``.

    Examples
    --------
    >>> survival_formula("Surv(week, arrest) ~ age + strata(prior)").strata
    ('prior',)
    """
    if not isinstance(formula, str):
        seen = f"a formula of type {type(formula).__name__}"
        raise SpecError(Fault(seen, "text", f"Write {_CALL}."))
    if len(split(formula, "|")) > 1:
        seen = f"effects behind '|' in '{formula}'"
        remedy = "Give groups a baseline of their own with strata(g), or dummies with C(g)."
        raise SpecError(Fault(seen, "a survival formula", remedy))
    sides = split(formula, "~")
    if len(sides) > 2 or not sides[-1]:
        raise SpecError(Fault(f"formula '{formula}'", "one '~' and covariates", f"Write {_CALL}."))
    start, stop, event = _left(sides[0], formula) if len(sides) == 2 else (None, None, None)
    kept: list[str] = []
    found: dict[str, list[str]] = {"strata": [], "offset": [], "id": [], "cluster": []}
    for piece in split(sides[-1], "+"):
        special = _SPECIAL.fullmatch(piece)
        if special is None:
            kept.append(piece)
            continue
        role = special[1]
        inner = [special[2].strip()] if role == "offset" else split(special[2], ",")
        found[role] += [unquoted(part) for part in inner]
    for role in ("offset", "id", "cluster"):
        if len(found[role]) > 1:
            seen = f"{len(found[role])} of {role} in '{formula}'"
            raise SpecError(Fault(seen, "one at most", "Keep one."))
    text = " + ".join(kept)
    terms, intercept = right_terms(text, lambda _: False) if text else ((), True)
    if not intercept:
        seen = f"'- 1' in '{formula}'"
        remedy = "Remove it: the baseline stands for the constant."
        raise SpecError(Fault(seen, "a formula with its baseline", remedy))
    return SurvivalModel(
        start,
        stop,
        event,
        terms,
        tuple(found["strata"]),
        found["offset"][0] if found["offset"] else None,
        found["id"][0] if found["id"] else None,
        formula,
        found["cluster"][0] if found["cluster"] else None,
    )


def _left(text: str, formula: str) -> tuple[str | None, str | None, str | None]:
    if not text:
        return None, None, None
    call = re.fullmatch(r"Surv\s*\((.*)\)", text, re.DOTALL)
    parts = [unquoted(part) for part in split(call[1], ",")] if call else []
    if len(parts) not in {2, 3} or not all(parts):
        seen = f"'{text}' on the left of '{formula}'"
        raise SpecError(Fault(seen, "Surv of two or three columns", f"Write {_CALL}."))
    for part in parts:
        compared = re.fullmatch(r"(?:event *= *)?([^\W\d]\w*) *(==? *\S+)?", part)
        if compared is None or part in {compared[1], f"`{compared[1]}`"}:
            continue
        remedy = f"Write Surv({', '.join([*parts[:-1], compared[1]])})."
        if compared[2]:
            remedy = f"Compute it first: df['event'] = df['{compared[1]}'] {compared[2]}."
        raise SpecError(Fault(f"'{part}' in '{text}'", "the name of a column", remedy))
    if len(parts) == 2:
        return None, parts[0], parts[1]
    return parts[0], parts[1], parts[2]
