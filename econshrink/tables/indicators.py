"""``i(year, treated, ref=2010)``: a dummy for every level, times a number, as fixest writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault
from econshrink.tables.rows import Rows
from econshrink.tables.scanning import placeholders

_CALL = re.compile(r"i\s*\((.*)\)", re.DOTALL)
_HOW = "Write i(year, treated, ref=2010)."

Evaluated = tuple[dict[str, Floats], list[Fault]]


def is_indicator(term: str) -> bool:
    """Tell whether a term is ``i(...)``."""
    return _CALL.fullmatch(term.strip()) is not None


def indicator_columns(
    panel: Rows, term: str, role: str, number: Callable[[str], Evaluated]
) -> Evaluated:
    """Columns of ``i(level, number, ref=)``, named ``year::2011:treated``.

    Parameters
    ----------
    panel : Rows
    term : str
        ``i(a)`` leaves the first level out, ``i(a, ref=...)`` the one named; ``i(a, x)`` keeps all
        and ``i(a, x, ref=...)`` all but one (a tuple leaves out several).
    role : str
    number : callable
        Evaluates the second argument.
    """
    try:
        plain, quoted = placeholders(term.strip())
        call = ast.parse(plain, mode="eval").body
        assert isinstance(call, ast.Call)
        keywords = {str(key.arg): ast.literal_eval(key.value) for key in call.keywords}
        levels, times = (_as_written(part, quoted) for part in [*call.args, None, None][:2])
        if len(call.args) > 2 or set(keywords) - {"ref"}:
            raise ValueError("arguments other than a, x and ref=")
    except (SyntaxError, ValueError, AssertionError, IndexError) as problem:
        seen = f"'{term}', which cannot be read ({problem})"
        return {}, [Fault(seen, "levels, a number, a reference", _HOW, role)]
    column = _levels(panel, levels)
    if column is None:
        known = ", ".join(panel.groupings[:40])
        fault = Fault(f"no variable '{levels}' in '{term}'", f"one of {known}", "Check it.", role)
        return {}, [fault]
    codes, names = pd.factorize(column, sort=True)
    kept, faults = _kept(names, keywords.get("ref"), bool(times), term, role)
    if not kept and not faults:
        remedy = "Name a column of two levels or more."
        faults = [Fault(f"'{term}', which makes no column", "levels to compare", remedy, role)]
    factor: Floats = np.ones(len(codes))
    if times:
        found, wrong = number(times)
        if wrong:
            return {}, wrong
        factor = next(iter(found.values()))
    if faults:
        return {}, faults
    behind = f":{times}" if times else ""
    return {
        f"{levels}::{_shown(names[place])}{behind}": np.where(
            codes < 0, np.nan, (codes == place) * factor
        )
        for place in kept
    }, []


def _as_written(part: ast.expr | None, quoted: Mapping[str, str]) -> str:
    """An argument in the user's words."""
    text = "" if part is None else ast.unparse(part)
    if text in quoted:
        return quoted[text]
    return re.sub(r"\bquoted_\d+\b", lambda found: f"`{quoted[found[0]]}`", text)


def _levels(panel: Rows, name: str) -> pd.Series | None:
    if name in panel.frame.columns:
        return panel.frame[name]
    return panel.attribute(name) if name in panel.groupings or panel.role(name) else None


def _kept(
    names: Any, reference: Any, interacted: bool, term: str, role: str
) -> tuple[list[int], list[Fault]]:
    shown = [_shown(name) for name in names]
    if reference is None:
        return list(range(0 if interacted else 1, len(names))), []
    asked = reference if isinstance(reference, tuple | list) else (reference,)
    wanted = [_shown(value) for value in asked]
    lost = [value for value in wanted if value not in shown]
    if lost:
        some = ", ".join(shown[:12]) + (" …" if len(shown) > 12 else "")
        seen = f"reference {', '.join(lost)} in '{term}'"
        return [], [Fault(seen, f"one of the levels {some}", "Name a level that occurs.", role)]
    return [place for place, name in enumerate(shown) if name not in wanted], []


def _shown(value: Any) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
