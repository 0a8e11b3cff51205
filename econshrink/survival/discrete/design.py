"""Rows of one period each, and the design of a binary model on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.design import standardise
from econshrink.survival.entrance import takes_tables
from econshrink.survival.options import spell_times

_FEWEST_KNOTS = 3


@dataclass(frozen=True)
class DurationDummies:
    """One intercept a duration: no shape is imposed; the default."""


@dataclass(frozen=True)
class DurationLog:
    """An intercept, and duration t and its logarithm: t + log(t)."""


@dataclass(frozen=True)
@typed_fields
class DurationPolynomial:
    """An intercept and the powers of duration up to `degree`; 0 makes the hazard constant."""

    degree: int = 3


@dataclass(frozen=True)
@typed_fields
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
_SHAPES: dict[type, str] = {
    DurationDummies: "dummies",
    DurationLog: "log",
    DurationPolynomial: "polynomial",
    DurationSpline: "spline",
}


def duration_columns(time: Floats, duration: Duration) -> tuple[list[Floats], list[str]]:
    """Columns (n, 1) of a duration without dummies, and their names; the intercept is not in them.

    The spline is in the restricted cubic basis of Harrell (2015), which spans the space of R's
    ``ns`` with the same knots; the nonlinear terms are divided by the squared range of the knots. A
    duration of 0 or less that must have a logarithm is refused.
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


def period_spec(
    spec: SurvivalSpec, spells: SpellTable, duration: Duration, link: str
) -> SurvivalSpec:
    """Add to the spec of a discrete-time hazard what its periods are; `duration_of` reads it."""
    return replace(
        spec,
        link=link,
        duration=_SHAPES[type(duration)],
        degree=duration.degree if isinstance(duration, DurationPolynomial) else 0,
        knots=duration.knots if isinstance(duration, DurationSpline) else (),
        width=float((spells.frame["stop"] - spells.frame["start"]).iloc[0]),
    )


def duration_of(spec: SurvivalSpec) -> Duration:
    """The shape over duration that a spec names."""
    if spec.duration == "spline":
        return DurationSpline(spec.knots)
    if spec.duration == "polynomial":
        return DurationPolynomial(spec.degree)
    return DurationLog() if spec.duration == "log" else DurationDummies()


@takes_tables
def split_periods(spells: SpellTable, width: float = 1.0) -> SpellTable:
    """Cut rows at whole multiples of `width`, so that each covers at most one period.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    width : float
        Length of a period in the table's unit of time.

    Returns
    -------
    SpellTable
        The event stays with the last piece; every other column is repeated.

    Raises
    ------
    SpecError
        A width that is not positive.

    Examples
    --------
    >>> whole = SpellTable(pd.DataFrame({"city": ["a"], "start": [0], "stop": [3], "event": [1]}),
    ...     rule_id="example")
    >>> split_periods(whole).frame["event"].tolist()
    [0, 0, 1]
    """
    if not width > 0:
        raise SpecError(Fault(f"width {width:g}", "a width above 0", "A year is 1."))
    frame = spells.frame
    first = np.floor(frame["start"].to_numpy() / width + 1e-9)
    last = np.ceil(frame["stop"].to_numpy() / width - 1e-9)
    pieces = np.maximum((last - first).astype(int), 1)  # a spell shorter than rounding is kept
    long = frame.loc[frame.index.repeat(pieces)]
    step = long.groupby(level=0).cumcount().to_numpy()
    begin = np.repeat(first, pieces) + step
    final = step == np.repeat(pieces, pieces) - 1
    start = np.where(step == 0, long["start"], begin * width)
    stop = np.where(final, long["stop"], (begin + 1) * width)
    long = long.assign(start=start, stop=stop, event=np.where(final, long["event"], 0))
    note = f"Rows cut at multiples of {width:g}."
    return replace(spells, frame=long.reset_index(drop=True), notes=(*spells.notes, note))


@dataclass(frozen=True, eq=False)
class PeriodDesign:
    """Design of a binary model: dense columns, and intercepts by duration if asked for.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Centred and scaled; the last column is one unless there are duration intercepts.
    terms : tuple of str
        The k columns, then the g intercepts.
    group : ndarray of int, shape (n,)
    groups : int
        g, or 0.
    back : ndarray, shape (k + g, k + g)
        Takes coefficients of `x` to those of the covariates as they came.
    """

    x: Floats
    terms: tuple[str, ...]
    group: Ints
    groups: int
    back: Floats

    def block(self, rows: slice) -> PeriodDesign:
        """The same design on some of its rows, without copying."""
        return replace(self, x=self.x[rows], group=self.group[rows] if self.groups else self.group)

    def predictor(self, beta: Floats) -> Floats:
        """Linear predictor, shape (n,)."""
        k = self.x.shape[1]
        eta: Floats = self.x @ beta[:k]
        return eta + beta[k:][self.group] if self.groups else eta

    def project(self, values: Floats) -> Floats:
        """Design transposed times a vector, shape (k + g,)."""
        dense = self.x.T @ values
        if not self.groups:
            return dense
        return np.concatenate([dense, group_sums(values, self.group, self.groups)])

    def gram(self, weights: Floats) -> Floats:
        """Design transposed times diag(weights) times design."""
        weighted = self.x * weights[:, None]
        dense: Floats = weighted.T @ self.x
        if not self.groups:
            return dense
        mixed = group_sums(weighted, self.group, self.groups)
        corner = np.diag(group_sums(weights, self.group, self.groups))
        return np.block([[dense, mixed.T], [mixed, corner]])

    def cluster_sums(self, values: Floats, cluster: Ints, count: int) -> Floats:
        """Rows of the design times values, summed within clusters; shape (count, k + g)."""
        dense = group_sums(self.x * values[:, None], cluster, count)
        if not self.groups:
            return dense
        cell = cluster * self.groups + self.group
        flat = group_sums(values, cell, count * self.groups)
        return np.hstack([dense, flat.reshape(count, self.groups)])


def period_design(
    spells: SpellTable,
    covariates: tuple[str, ...],
    x: Floats,
    duration: Duration,
    *,
    both_outcomes: bool = True,
) -> PeriodDesign:
    """Put covariates and the duration terms together.

    `both_outcomes` asks for events and survivors at every duration that has an intercept.

    Raises
    ------
    DataError
        Rows of unequal length, or durations without events or without survivors.
    """
    frame = spells.frame
    length = (frame["stop"] - frame["start"]).to_numpy()
    if np.ptp(length) > 1e-9 * length.max():
        raise DataError(
            Fault(
                f"rows of {length.min():g} to {length.max():g} units of time",
                "one period a row",
                "Use split_periods; leave out periods that are not fully observed.",
            )
        )
    _, time = spell_times(spells)
    if isinstance(duration, DurationDummies):
        group, times = pd.factorize(time, sort=True)
        if both_outcomes:
            _require_both_outcomes(frame, times, group)
        labels = [f"duration={t:g}" for t in times]
        return _standardised(x, (*covariates, *labels), group.astype(np.intp), len(times))
    columns, names = duration_columns(time, duration)
    terms = (*covariates, *names, "(Intercept)")
    return _standardised(np.hstack([x, *columns]), terms, np.zeros(0, np.intp), 0)


def _standardised(x: Floats, terms: tuple[str, ...], group: Ints, groups: int) -> PeriodDesign:
    """Centre and scale; `back` moves the centres into the intercepts again."""
    k, intercepts = x.shape[1], max(groups, 1)
    dense, centre, spread = standardise(x, terms)
    back = np.zeros((k + intercepts, k + intercepts))
    back[:k, :k] = np.diag(1 / spread)
    back[k:, :k] = -centre / spread
    back[k:, k:] = np.eye(intercepts)
    if not groups:
        dense = np.hstack([dense, np.ones((len(x), 1))])
    return PeriodDesign(dense, terms, group, groups, back)


def _require_both_outcomes(frame: pd.DataFrame, times: Floats, group: Ints) -> None:
    count = len(times)
    events = np.bincount(group, weights=frame["event"].to_numpy(dtype=float), minlength=count)
    rows = np.bincount(group, minlength=count)
    bad = [f"{t:g}" for t in times[(events == 0) | (events == rows)]]
    if bad:
        raise DataError(
            Fault(
                f"only one outcome at duration {', '.join(bad)}",
                "events and survivors at every duration that has an intercept",
                "Use DurationLog, DurationPolynomial or DurationSpline, or leave these rows out "
                "and say so.",
            )
        )
