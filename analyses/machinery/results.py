"""Result entries: every number the paper may cite, with its kind, unit and exhibit."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from econshrink import DataError, Fault
from econshrink.core.errors import raise_all

KINDS = ("count", "label", "estimate", "se", "iterative", "p", "mc")
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")

Entry = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """One number or label.

    Parameters
    ----------
    id : str
        Dotted and stable, such as ``"identify.census_2010_2020.shrinking"``.
    value : int, float or str
        An int for kind ``count``, text for ``label``, a finite number otherwise.
    kind : str
        One of `KINDS`; it decides the tolerance with which the number is verified.
    unit : str
        Such as ``"cities"``, ``"persons"``, ``"share"``, ``"year"``; empty if there is none.
    exhibit : str
        Table or figure that shows the number; empty if only the text cites it.
    synthetic : bool
        True if simulated figures stand behind it.

    Examples
    --------
    >>> Result("risk.count", 12, "count", "cities").value
    12
    """

    id: str
    value: int | float | str
    kind: str
    unit: str = ""
    exhibit: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        plain = self.value.item() if hasattr(self.value, "item") else self.value
        object.__setattr__(self, "value", plain)
        faults = []
        if not _ID.fullmatch(self.id):
            faults.append(
                Fault(
                    f"id '{self.id}'",
                    "lower-case words joined by dots",
                    "Rename it as 'fe.main.ageing.estimate' is named.",
                )
            )
        expected = _expectation(self.kind, plain)
        if expected:
            faults.append(Fault(f"{plain!r} of kind '{self.kind}'", expected, "Mend it.", self.id))
        raise_all(DataError, faults)


def _expectation(kind: str, value: object) -> str:
    """Empty if `value` fits `kind`, else what was expected."""
    if kind not in KINDS:
        return f"a kind out of {', '.join(KINDS)}"
    if kind == "label":
        return "" if isinstance(value, str) else "text"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "a number"
    if kind == "count":
        return "" if isinstance(value, int) else "a whole number (int)"
    return "" if math.isfinite(value) else "a finite number"


def to_entries(results: Iterable[Result]) -> dict[str, Entry]:
    """Turn results into ``{id: {value, kind, unit, exhibit, synthetic}}``; repeats are an error."""
    entries: dict[str, Entry] = {}
    faults = []
    for result in results:
        if result.id in entries:
            faults.append(_repeat(result.id, "the same task"))
        fields = asdict(result)
        entries[fields.pop("id")] = fields
    raise_all(DataError, faults)
    return entries


def merge(parts: Mapping[str, Mapping[str, Entry]]) -> dict[str, Entry]:
    """Join the entries of several tasks, sorted by id; an id in two tasks is an error."""
    merged: dict[str, Entry] = {}
    owner: dict[str, str] = {}
    faults = []
    for task, entries in parts.items():
        for key, entry in entries.items():
            if key in owner:
                faults.append(_repeat(key, f"tasks {owner[key]} and {task}"))
            owner[key] = task
            merged[key] = {**entry, "task": task}
    raise_all(DataError, faults)
    return dict(sorted(merged.items()))


def dump(entries: Mapping[str, Entry]) -> str:
    """Write entries as sorted JSON text, one id a line: differences read well."""
    lines = []
    for key in sorted(entries):
        entry = json.dumps(entries[key], ensure_ascii=False, sort_keys=True, allow_nan=False)
        lines.append(f"{json.dumps(key)}: {entry}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def reread(path: Path) -> dict[str, Entry]:
    """Read entries that this build checked and wrote, without checking them again."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as problem:
        raise DataError(
            Fault(str(problem), "a results file", "Build it again with `make paper`.", path.name)
        ) from problem
    return dict(tree)


def read(path: Path) -> dict[str, Entry]:
    """Read entries written by `dump` and check each of them."""
    tree = reread(path)
    for key, entry in tree.items():
        fields = {name: value for name, value in entry.items() if name != "task"}
        Result(key, **fields)
    return tree


def _repeat(key: str, where: str) -> Fault:
    return Fault(f"id '{key}' twice", "each id once", "Rename one of them.", where)
