"""One fault a cause: what goes wrong in the same way in many rows is told once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from econshrink.core.errors import Fault

_ROW = re.compile(r"\brow (\d+)")
MOST = 3


def grouped(faults: Sequence[Fault], most: int = MOST) -> list[Fault]:
    """Faults with the same remedy in the same column told as one, if there are more than `most`.

    Examples
    --------
    >>> many = [Fault(f"'x{i}'", "a number", "Mend it.", f"row {i}") for i in range(2, 502)]
    >>> print(*grouped(many))
    rows 2–501: saw 'x2', 'x3', 'x4' and 497 more; expected a number. Mend it.
    """
    groups: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        groups[fault.remedy, _ROW.sub("row", fault.where)].append(fault)
    out: list[Fault] = []
    for group in groups.values():
        out += [_one(group)] if len(group) > most else group
    return out


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names in a line, cut and counted: ``a, b and 7 more``."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _one(group: list[Fault]) -> Fault:
    seen = list(dict.fromkeys(fault.seen for fault in group))
    rows = [int(m[1]) for fault in group if (m := _ROW.search(fault.where))]
    many = f"rows {rows[0]}–{rows[-1]}" if len(rows) == len(group) else ""
    shown = listed(seen, MOST)
    if len(seen) < len(group) and len(seen) <= MOST:
        shown += f", {len(group)} times"
    where = _ROW.sub(many, group[0].where, count=1) if many else group[0].where
    return replace(group[0], seen=shown, where=where)
