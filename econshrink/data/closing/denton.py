"""Denton benchmarking: the movement of an indicator, the level of the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.data.closing.figures import Figures, census_needs, read_figures
from econshrink.data.closing.old_base import HoldGrowth, OldBaseRule
from econshrink.data.closing.result import Closure, assemble, carry_on
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels


@dataclass(frozen=True)
@typed_fields
class Denton:
    """Which movement of the indicator is preserved.

    Parameters
    ----------
    additive : bool
        False keeps the ratio of the series to the indicator as steady as the benchmarks allow;
        True the difference.
    order : int
        1 penalises the first differences of that ratio or difference, 2 the second ones.
    """

    additive: bool = False
    order: int = 1

    def __post_init__(self) -> None:
        if self.order not in {1, 2}:
            raise SpecError(Fault(f"order {self.order}", "1 or 2", "Choose one of them."))


PROPORTIONAL = Denton()


def denton(
    indicator: Floats,
    constraints: Floats,
    benchmarks: Floats,
    method: Denton = PROPORTIONAL,
) -> Floats:
    """Series that move like their indicators and meet every benchmark exactly.

    Minimises, city by city, the sum of squared differences of x(t) / z(t) (or of x(t) - z(t))
    over t subject to B x = c; the first value is free, so no start-up condition distorts it.

    Parameters
    ----------
    indicator : ndarray, shape (cities, years)
        z; positive unless `method` is additive.
    constraints : ndarray, shape (k, years)
        B, one row a benchmark: a single one picks the stock of a year, a run of ones a sum.
    benchmarks : ndarray, shape (cities, k)
        c, in the unit wanted of the result.
    method : Denton

    Returns
    -------
    ndarray, shape (cities, years)
        x. Missing for a city with a missing figure.

    Raises
    ------
    SpecError
        Shapes that do not fit, fewer benchmarks than the order of differences, or benchmarks
        that repeat one another.
    DataError
        A figure of the indicator that is not positive, if the method is proportional.

    Notes
    -----
    With stocks at both ends and first differences the ratio moves on a straight line: the
    proportional error of closure. Without a further benchmark the indicator is all that tells
    one year from another.

    Source: Denton (1971), without the start-up condition after Cholette (1984).

    Examples
    --------
    >>> denton(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 1.0, 1.0]]), np.array([[12.0]]))
    array([[2., 4., 6.]])
    """
    rows = np.asarray(constraints, dtype=float)
    raise_all(SpecError, _shape_faults(indicator, rows, benchmarks, method))
    complete = np.isfinite(indicator).all(axis=1) & np.isfinite(benchmarks).all(axis=1)
    if not method.additive and (indicator[complete] <= 0).any():
        seen = f"{int((indicator[complete] <= 0).sum())} figures of zero or less"
        remedy = "Use Denton(additive=True) or another indicator."
        raise DataError(Fault(seen, "a positive indicator", remedy))
    series = np.full(indicator.shape, np.nan)
    if complete.any():
        series[complete] = _solve(indicator[complete], rows, benchmarks[complete], method)
    return series


@takes_panels
def close_denton(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    indicator: str | None = None,
    method: Denton = PROPORTIONAL,
    old_base: OldBaseRule | None = None,
    censuses: tuple[int, int] = (2010, 2020),
) -> Closure:
    """Close a series to two censuses along an indicator (Denton).

    Parameters
    ----------
    annual, census, variable, censuses
        As for `close_log_linear`.
    indicator : str, optional
        Variable of `annual` whose movement is followed, such as night lights or registered
        people; by default the variable itself.
    method : Denton
    old_base : HoldGrowth or HoldLevel or ObservedCell, optional
        What stands in for the variable's own figure of the closing year, by default
        `HoldGrowth(1)`. Another indicator is taken as observed in the closing year, so it needs
        no such rule; naming one is an error.

    Returns
    -------
    Closure
        As from `close_log_linear`. A city whose indicator has a gap between the censuses is
        left out.

    Raises
    ------
    DataError
        As for `close_log_linear`; also an indicator that is not positive.
    SpecError
        An old-base rule for an indicator that is observed.

    Notes
    -----
    The indicator is all the course within the decade comes from. Along the variable itself
    that is nothing new (see `close_log_linear`); along another indicator the closed growth is
    that indicator's, and a regression of it on the indicator finds what was put in.

    Examples
    --------
    >>> import pandas as pd
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2011, 2012], "population": [100.0, 100.0, 81.0],
    ...     "lights": [10.0, 8.0, 9.0]}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2012], "population": [100.0, 81.0]}))
    >>> closure = close_denton(annual, census, indicator="lights", censuses=(2010, 2012))
    >>> closure.panel.wide("population").loc["230400"].tolist()
    [100.0, 76.0, 81.0]
    """
    figures = read_figures(annual, census, variable, censuses)
    if indicator is not None and old_base is not None:
        seen = f"old_base={old_base!r} beside indicator '{indicator}'"
        raise SpecError(Fault(seen, "one of the two", "Leave `old_base` out."))
    moves = _movement(annual, figures, indicator, old_base or HoldGrowth(1))
    ends = np.zeros((2, figures.decade))
    ends[0, 0] = ends[1, -1] = 1.0
    within = denton(moves, ends, np.column_stack([figures.opening, figures.closing]), method)
    name = indicator or f"{variable}, {old_base or HoldGrowth(1)!r}"
    gaps = np.where(np.isfinite(moves).all(axis=1), 0.0, np.nan)
    needed = census_needs(figures, censuses) | {f"a gap in the indicator ({name})": gaps}
    not_positive = (within <= 0).any(axis=1)
    needed["a benchmarked figure below zero"] = np.where(not_positive, np.nan, 0.0)
    rule = f"close_denton({variable} along {name}; censuses {censuses[0]}, {censuses[1]}; {method})"
    closed = carry_on(figures, within)
    return assemble(annual, census, variable, figures, closed, needed, rule)


def _movement(
    annual: CityPanel, figures: Figures, indicator: str | None, old_base: OldBaseRule
) -> Floats:
    """Indicator from census to census; the variable itself with its closing year continued."""
    within = slice(figures.decade)
    if indicator is not None:
        table = annual.wide(indicator).reindex(figures.cities, columns=figures.years[within])
        return table.to_numpy(dtype=float)
    own = figures.raw[:, within].copy()
    own[:, -1] = old_base.level(own, figures.sound[:, within])
    return own


def _shape_faults(
    indicator: Floats, rows: Floats, benchmarks: Floats, method: Denton
) -> list[Fault]:
    if (
        indicator.ndim != 2
        or rows.ndim != 2
        or rows.shape[1] != indicator.shape[1]
        or benchmarks.shape != (len(indicator), len(rows))
    ):
        seen = f"indicator {indicator.shape}, constraints {rows.shape}, {benchmarks.shape}"
        return [Fault(seen, "(cities, years), (k, years), (cities, k)", "Mend the shapes.")]
    rank = int(np.linalg.matrix_rank(rows))
    if rank < len(rows) or len(rows) < method.order:
        seen = f"{len(rows)} benchmarks of rank {rank}"
        expected = f"independent benchmarks, at least {method.order}"
        return [Fault(seen, expected, "Remove repeats or lower the order.")]
    return []


def _solve(indicator: Floats, rows: Floats, target: Floats, method: Denton) -> Floats:
    """Solve the Lagrangian system of every city at once, each in units of its own mean."""
    years, count = indicator.shape[1], len(rows)
    scale = np.abs(indicator).mean(axis=1, keepdims=True)
    scale[scale == 0] = 1.0
    moves = indicator / scale
    wanted = target / scale
    difference = np.diff(np.eye(years), n=method.order, axis=0)
    system = np.zeros((len(moves), years + count, years + count))
    system[:, :years, :years] = difference.T @ difference
    if method.additive:
        system[:, years:, :years] = rows
        wanted = wanted - moves @ rows.T
    else:
        system[:, years:, :years] = rows * moves[:, None, :]
    system[:, :years, years:] = system[:, years:, :years].transpose(0, 2, 1)
    right = np.hstack([np.zeros((len(moves), years)), wanted])
    answer = np.linalg.solve(system, right[:, :, None])[:, :years, 0]
    series: Floats = scale * (moves + answer if method.additive else moves * answer)
    return series
