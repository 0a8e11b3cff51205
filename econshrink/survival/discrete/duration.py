"""How a discrete-time hazard depends on duration: dummies, logarithm, polynomial, spline."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.survival.kernel.intervals import Floats

_FEWEST_KNOTS = 3


@dataclass(frozen=True)
class DurationDummies:
    """One intercept a duration: no shape is imposed; the default."""


@dataclass(frozen=True)
class DurationLog:
    """An intercept, and duration t and its logarithm: t + log(t)."""


@dataclass(frozen=True)
class DurationPolynomial:
    """An intercept and the powers of duration up to `degree`; 0 makes the hazard constant."""

    degree: int = 3


@dataclass(frozen=True)
class DurationSpline:
    """An intercept and a natural cubic spline: cubic between the knots, straight beyond them.

    Parameters
    ----------
    knots : tuple of float
        Three or more, increasing; the outer two are where the spline becomes straight.
    """

    knots: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "knots", tuple(float(knot) for knot in self.knots))
        rising = all(a < b for a, b in zip(self.knots, self.knots[1:], strict=False))
        if len(self.knots) < _FEWEST_KNOTS or not rising:
            raise SpecError(
                Fault(f"knots {self.knots}", "three or more, increasing", "Mend the knots.")
            )


Duration = DurationDummies | DurationLog | DurationPolynomial | DurationSpline


def duration_columns(time: Floats, duration: Duration) -> tuple[list[Floats], list[str]]:
    """Columns (n, 1) of a duration without dummies, and their names; the intercept is not in them.

    Raises
    ------
    DataError
        A duration of 0 or less that must have a logarithm.

    Notes
    -----
    The spline is in the restricted cubic basis of Harrell (2015), which spans the space of R's
    ``ns`` with the same knots; the nonlinear terms are divided by the squared range of the knots.

    Examples
    --------
    >>> columns, names = duration_columns(np.array([1.0, 2.0]), DurationPolynomial(2))
    >>> names, columns[1].ravel().tolist()
    (['t', 't^2'], [1.0, 4.0])
    """
    if isinstance(duration, DurationDummies):
        return [], []
    if isinstance(duration, DurationLog):
        if time.min() <= 0:
            raise DataError(Fault(f"duration {time.min():g}", "above 0", "Use dummies."))
        return [time[:, None], np.log(time)[:, None]], ["t", "log(t)"]
    if isinstance(duration, DurationPolynomial):
        powers = range(1, duration.degree + 1)
        names = ["t" if power == 1 else f"t^{power}" for power in powers]
        return [time[:, None] ** power for power in powers], names
    bends = _spline_bends(time, np.array(duration.knots))
    names = ["t", *(f"spline({j})" for j in range(1, len(bends) + 1))]
    return [time[:, None], *bends], names


def _spline_bends(time: Floats, knots: Floats) -> list[Floats]:
    """Nonlinear terms of the restricted cubic spline."""

    def cube(knot: float) -> Floats:
        return np.maximum(time - knot, 0.0) ** 3

    last, before = float(knots[-1]), float(knots[-2])
    width, scale = last - before, (last - float(knots[0])) ** 2
    columns = []
    for knot in knots[:-2].tolist():
        tail = cube(before) * (last - knot) / width - cube(last) * (before - knot) / width
        columns.append(((cube(knot) - tail) / scale)[:, None])
    return columns


def duration_text(duration: Duration) -> str:
    """Write a duration as text for a record; `duration_from_text` reads it."""
    fields = {name: getattr(duration, name) for name in duration.__dataclass_fields__}
    return json.dumps({"kind": type(duration).__name__, **fields}, sort_keys=True)


def duration_from_text(text: str) -> Duration:
    """Read what `duration_text` wrote.

    Examples
    --------
    >>> duration_from_text(duration_text(DurationSpline((1, 2, 3))))
    DurationSpline(knots=(1.0, 2.0, 3.0))
    """
    fields = json.loads(text)
    kind = fields.pop("kind")
    if kind == "DurationSpline":
        return DurationSpline(tuple(fields["knots"]))
    if kind == "DurationPolynomial":
        return DurationPolynomial(int(fields["degree"]))
    return DurationLog() if kind == "DurationLog" else DurationDummies()
