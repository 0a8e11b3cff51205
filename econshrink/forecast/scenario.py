"""Scenarios: what if some lever were moved, told as differences to the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from econshrink.arrays import Floats
from econshrink.errors import DataError, Fault, SpecError, raise_all
from econshrink.forecast.cohort.component import Projection, Start, Uncertainty, project_cohorts
from econshrink.seeds import generator


@dataclass(frozen=True)
class Change:
    """How far a lever is moved, with the uncertainty of its effect.

    Parameters
    ----------
    mean, error : float
        Effect and its standard error, in the unit of the lever (`LEVERS`).
    """

    mean: float
    error: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean) or not self.error >= 0:
            seen = f"effect {self.mean} with error {self.error}"
            raise SpecError(Fault(seen, "a number, an error of at least 0", "Mend it."))


@dataclass(frozen=True)
class Scenario:
    """Named changes of some levers.

    Parameters
    ----------
    name : str
    changes : mapping of str to Change

    Raises
    ------
    SpecError
        No change, or an unknown lever; the known ones are listed.
    """

    name: str
    changes: Mapping[str, Change]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.changes) - set(LEVERS))
        faults = [
            Fault(
                f"lever '{lever}'", f"one of {', '.join(LEVERS)}", "Check the spelling.", self.name
            )
            for lever in unknown
        ]
        if not self.changes:
            faults.append(Fault("no lever moved", "at least one", "Name one.", self.name))
        raise_all(SpecError, faults)


def _fertility(start: Start, effect: float) -> Start:
    return replace(start, fertility=start.fertility * np.exp(effect))


def _migration_rate(start: Start, effect: float) -> Start:
    losing = start.migration < 0
    return replace(start, migration=np.where(losing, start.migration + effect, start.migration))


def _hukou(start: Start, effect: float) -> Start:
    return replace(start, migration=start.migration * (1 + effect))


def _collaboration(start: Start, effect: float) -> Start:
    """Move migration rates towards the province's, keeping the province's net migrants."""
    size = start.population.sum(axis=(1, 2))
    provinces = int(start.groups.max()) + 1
    net = np.bincount(start.groups, weights=start.migration * size, minlength=provinces)
    people = np.bincount(start.groups, weights=size, minlength=provinces)
    common = (net / people)[start.groups]
    return replace(start, migration=start.migration + effect * (common - start.migration))


# Lever: (what its unit is, how it changes the rates). They are assumptions of the reader, not
# estimates of ours: an effect and its error must come from a study that can bear them.
LEVERS: dict[str, tuple[str, Callable[[Start, float], Start]]] = {
    "fertility": ("change of log fertility", _fertility),
    "jobs": ("net migration rate per step added in losing cities", _migration_rate),
    "housing": ("net migration rate per step added in losing cities", _migration_rate),
    "hukou": ("share by which net migration of every city rises", _hukou),
    "collaboration": ("share of the gap to the province's migration rate closed", _collaboration),
}


@dataclass(frozen=True, eq=False)
class Difference:
    """A scenario against the baseline, the same shocks in both.

    Parameters
    ----------
    name : str
    total : ndarray, shape (cities, steps + 1, draws)
        Residents with the change minus without.
    baseline : Projection
    changed : Projection
    """

    name: str
    total: Floats
    baseline: Projection
    changed: Projection


def compare(
    scenario: Scenario,
    start: Start,
    options: Uncertainty,
    draws: int,
    stream: str,
    *,
    batches: int = 10,
) -> Difference:
    """Project with and without the change, in batches that each draw the levers' effects anew.

    Parameters
    ----------
    scenario : Scenario
    start : Start
    options : Uncertainty
    draws : int
        At least one a batch.
    stream : str
        Name of the seed stream, the same for baseline and change.
    batches : int

    Returns
    -------
    Difference
    """
    if draws < batches or batches < 1:
        seen = f"{draws} draws in {batches} batches"
        raise SpecError(Fault(seen, "at least one draw a batch", "Ask for more draws."))
    each = draws // batches
    without: list[Projection] = []
    with_: list[Projection] = []
    for batch in range(batches):
        normal = generator(f"{stream}.{scenario.name}.{batch}").standard_normal(len(LEVERS))
        moved = start
        for noise, (lever, (_, apply)) in zip(normal, LEVERS.items(), strict=True):
            if lever in scenario.changes:
                change = scenario.changes[lever]
                moved = apply(moved, change.mean + change.error * float(noise))
        for kept, rates in ((without, start), (with_, moved)):
            kept.append(project_cohorts(rates, options, each, generator(f"{stream}.{batch}")))
    baseline, changed = _join(without), _join(with_)
    return Difference(scenario.name, changed.total - baseline.total, baseline, changed)


def _join(parts: list[Projection]) -> Projection:
    if not parts:
        raise DataError(Fault("no batch", "at least one", "Ask for more."))
    names = ("total", "women", "births", "deaths", "migrants", "elderly")
    return Projection(*(np.concatenate([getattr(p, n) for p in parts], axis=2) for n in names))
