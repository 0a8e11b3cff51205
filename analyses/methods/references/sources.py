"""The tables of reference numbers that are matched on every build; a new one is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analyses.methods.references import panel


@dataclass(frozen=True)
class Source:
    """A table of numbers of other programs, and how ours are found.

    Parameters
    ----------
    key, label : str
        Part of ids; heading in the paper.
    rows : callable
        The rows, dicts with ``dataset``, ``value``, ``verified_by``.
    ours : callable
        Our number for a row.
    tolerance : callable
        Relative and absolute tolerance that a row states.
    """

    key: str
    label: str
    rows: Callable[[], tuple[dict[str, str], ...]]
    ours: Callable[[Mapping[str, str]], float]
    tolerance: Callable[[Mapping[str, str]], tuple[float, float]]


SOURCES: tuple[Source, ...] = (
    Source("panel", "Panel estimators", panel.rows, panel.ours, panel.tolerance),
)
