"""Compare results with the expected ones, each kind with its tolerance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from analyses.machinery.results import KINDS, Entry

# kind -> relative and absolute tolerance; None: equal
TOLERANCES: dict[str, tuple[float, float] | None] = {
    "count": None,
    "label": None,
    "estimate": (1e-6, 1e-9),
    "se": (1e-6, 1e-9),
    "iterative": (1e-5, 1e-9),
    "p": (0.0, 1e-6),
    "mc": (1e-3, 1e-9),
}


@dataclass(frozen=True)
class Difference:
    """One id on which the two sides disagree; `status` says how."""

    id: str
    status: str
    kind: str
    expected: int | float | str | bool | None
    found: int | float | str | bool | None
    gap: float | None = None
    allowed: float | None = None


def compare(expected: Mapping[str, Entry], found: Mapping[str, Entry]) -> list[Difference]:
    """All differences, sorted by id.

    Parameters
    ----------
    expected, found : mapping
        id -> ``{value, kind, unit, exhibit, synthetic}``.

    Returns
    -------
    list of Difference
        ``missing`` (expected, not found), ``extra`` (found, not expected), ``kind``, ``unit`` or
        ``synthetic`` (another one), ``value`` (beyond the tolerance of its kind).
    """
    differences = []
    for key in sorted(set(expected) | set(found)):
        if key not in found:
            entry = expected[key]
            differences.append(Difference(key, "missing", entry["kind"], entry["value"], None))
        elif key not in expected:
            entry = found[key]
            differences.append(Difference(key, "extra", entry["kind"], None, entry["value"]))
        else:
            differences += _pair(key, expected[key], found[key])
    return differences


def _pair(key: str, expected: Entry, found: Entry) -> list[Difference]:
    for name in ("kind", "unit", "synthetic"):
        if expected[name] != found[name]:
            return [Difference(key, name, expected["kind"], expected[name], found[name])]
    kind, want, got = expected["kind"], expected["value"], found["value"]
    tolerance = TOLERANCES[kind]
    if tolerance is None:
        same = want == got and type(want) is type(got)
        if same:
            return []
        gap = float(abs(got - want)) if kind == "count" else None
        return [Difference(key, "value", kind, want, got, gap, 0.0)]
    relative, absolute = tolerance
    gap, allowed = abs(got - want), absolute + relative * abs(want)
    if gap <= allowed:
        return []
    return [Difference(key, "value", kind, want, got, gap, allowed)]


def tally(entries: Mapping[str, Entry], differences: list[Difference]) -> dict[str, dict[str, int]]:
    """Kind -> how many ids were compared and how many differ."""
    return {
        kind: {
            "ids": sum(entry["kind"] == kind for entry in entries.values()),
            "different": sum(difference.kind == kind for difference in differences),
        }
        for kind in KINDS
    }


def report(differences: list[Difference], counted: Mapping[str, Mapping[str, int]]) -> str:
    """Markdown: the differences, then the tally by kind."""
    lines = []
    if differences:
        lines += [
            "| Id | Status | Kind | Expected | Found | Difference | Allowed |",
            "|---|---|---|--:|--:|--:|--:|",
        ]
        for item in differences:
            gap, allowed = (
                "" if number is None else f"{number:.3g}" for number in (item.gap, item.allowed)
            )
            values = [_shown(value) for value in (item.expected, item.found)]
            cells = [item.id, item.status, item.kind, *values, gap, allowed]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["| Kind | Tolerance | Ids | Different |", "|---|---|--:|--:|"]
    for kind, row in counted.items():
        tolerance = TOLERANCES[kind]
        said = "equal"
        if tolerance is not None:
            said = f"{tolerance[1]:g} + {tolerance[0]:g} × abs(expected)"
        lines.append(f"| {kind} | {said} | {row['ids']} | {row['different']} |")
    total = sum(row["ids"] for row in counted.values())
    lines.append(f"| **all** | | {total} | {len(differences)} |")
    return "\n".join(lines) + "\n"


def as_json(differences: list[Difference], counted: Mapping[str, Mapping[str, int]]) -> str:
    """Serialise the same content for programs."""
    tree = {
        "ok": not differences,
        "differences": [asdict(item) for item in differences],
        "tally": {kind: dict(row) for kind, row in counted.items()},
    }
    return json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value.replace("|", "\\|")  # else it would end the cell
    return "–" if value is None else repr(value)
