"""One check for every settings object: each number within its stated bounds, all faults at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

from econshrink.core.errors import Fault, SpecError, raise_all

Bounds = Mapping[str, tuple[float, float]]


def bound_faults(settings: Any, bounds: Bounds) -> list[Fault]:
    """Faults of the numeric fields named in `bounds`; a tuple is checked element by element.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> [f.where for f in bound_faults(SimpleNamespace(rate=2.0), {"rate": (0, 1)})]
    ['SimpleNamespace.rate']
    """
    faults = []
    for name, (low, high) in bounds.items():
        value = getattr(settings, name)
        for number in value if isinstance(value, tuple) else (value,):
            real = isinstance(number, Real)
            if not real or not math.isfinite(number) or not low <= number <= high:
                faults.append(
                    Fault(
                        repr(number),
                        f"a number from {low:g} to {high:g}",
                        "Choose a value within these bounds.",
                        f"{type(settings).__name__}.{name}",
                    )
                )
    return faults


def check(settings: Any, bounds: Bounds, further: list[Fault] | None = None) -> None:
    """Raise one `SpecError` with every fault of a settings object, if there are any."""
    raise_all(SpecError, bound_faults(settings, bounds) + (further or []))


def path_faults(settings: Any, name: str) -> list[Fault]:
    """Faults of a field that holds knots (year, value): non-empty, years rising, values ≥ 0.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> path_faults(SimpleNamespace(path=((2000, 1.5), (2010, 1.6))), "path")
    []
    """
    knots = getattr(settings, name)
    where = f"{type(settings).__name__}.{name}"
    if not knots or any(len(knot) != 2 for knot in knots):
        return [Fault(repr(knots), "pairs (year, value)", "Give at least one pair.", where)]
    years = [year for year, _ in knots]
    faults = []
    if any(later <= earlier for earlier, later in itertools.pairwise(years)):
        faults.append(Fault(f"years {years}", "rising years", "Sort the knots.", where))
    if any(not math.isfinite(value) or value < 0 for _, value in knots):
        faults.append(Fault(repr(knots), "finite values ≥ 0", "Mend the knots.", where))
    return faults
