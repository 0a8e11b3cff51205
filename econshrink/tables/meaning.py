"""What a name in a formula means on a panel: numbers, shifts, and words for what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import as_numbers, refusal, row_key
from econshrink.core.errors import Fault
from econshrink.tables.arithmetic import NotArithmetic
from econshrink.tables.elsewhere import here
from econshrink.tables.rows import Rows
from econshrink.tables.scanning import plain_signs

Columns = dict[str, Floats]


def known_names(panel: Rows) -> tuple[str, ...]:
    """Names a formula can use: variables first, then attributes, labels, unit and time."""
    names = [*panel.frame, *panel.attributes, *panel.labels, panel.unit, panel.time]
    return tuple(dict.fromkeys(map(str, names)))


def unknown(names: Sequence[str], term: str, role: str, panel: Rows) -> Fault:
    """Fault of names that the data do not have, with the nearest that they do."""
    known = known_names(panel)
    shown = ", ".join(known[:40]) + (" …" if len(known) > 40 else "")
    place = f" in '{term}'" if term not in names else ""
    close = [hit for name in names for hit in get_close_matches(name, known, 2)]
    remedy = f"Did you mean {' or '.join(map(repr, close))}?" if close else "Check the spelling."
    remedy = here(term) or remedy
    return Fault(
        f"no variable {', '.join(map(repr, names))}{place}", f"one of {shown}", remedy, role
    )


def variable(panel: Rows, name: str, role: str) -> tuple[Floats | None, list[Fault]]:
    """Numbers of a variable, a numeric attribute, or the year; None if there is no such name."""
    if name in panel.frame.columns:
        return panel.frame[name].to_numpy(dtype=float), []
    if name in panel.labels.columns:
        return None, [_located(refusal(panel.labels[name], name), role)]
    if name in panel.attributes.columns:
        values, faults = as_numbers(panel.attributes[name], name)
        index = panel.frame.index
        place = panel.attributes.index.get_indexer(index.get_level_values("city"))
        return (None, [_located(f, role) for f in faults]) if faults else (values[place], [])
    standing = panel.role(name)
    if standing == "time":
        return panel.frame.index.get_level_values("year").to_numpy(dtype=float), []
    if standing == "unit":
        column = pd.Series(panel.frame.index.get_level_values("city"))
        fault = Fault(
            f"identifiers '{name}' as a number",
            "a column of numbers",
            f"Write C({name}) for a dummy each, or absorb '{name}'.",
            role,
        )
        return None, [fault] if len(column) else []
    return None, []


def _located(fault: Fault, role: str) -> Fault:
    return Fault(fault.seen, fault.expected, fault.remedy, f"{role}, {fault.where}")


def undefined(
    name: str, values: Floats, complete: np.ndarray, panel: Rows, role: str
) -> list[Fault]:
    """Logarithms of zero and the like: not finite though all the inputs are there."""
    wrong = np.isinf(values) | (np.isnan(values) & complete)
    if not wrong.any():
        return []
    key = row_key(panel.frame.index, int(np.flatnonzero(wrong)[0]))
    where = f"first at row {key}"
    if isinstance(key, tuple):
        where = f"first at {panel.unit} {key[0]}, {panel.time} {key[1]}"
    return [
        Fault(
            f"'{name}' undefined or infinite in {int(wrong.sum())} rows",
            "finite values wherever its variables are present",
            "Mend those cells or choose another transformation.",
            f"{role}, {where}",
        )
    ]


def shifter(panel: Rows) -> Callable[[str, Floats, int], Floats]:
    """Lag and difference by calendar year within a city."""
    index = panel.frame.index
    if index.nlevels != 2:
        raise NotArithmetic("lags need a panel of years")

    def shift(name: str, values: Floats, years: int) -> Floats:
        earlier = pd.MultiIndex.from_arrays(
            [index.get_level_values("city"), index.get_level_values("year") - years]
        )
        place = index.get_indexer(earlier)
        before: Floats = np.where(place >= 0, values[place], np.nan)
        return before if name == "lag" else values - before

    return shift


def unreadable(term: str, role: str, reason: str) -> Fault:
    """Fault of a term that nothing here can compute."""
    remedy, typed = "Mend the expression.", plain_signs(term)
    if typed != term:
        remedy = f"Write {typed}, or a name that holds such signs in backticks."
    return Fault(
        f"'{term}', which cannot be evaluated ({reason})",
        "a variable or an expression such as np.log(gdp)",
        here(term) or remedy,
        role,
    )
