"""Scenarios: named changes of fertility, jobs, housing and mobility, beside a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_generator
from econshrink.demography.projection.component import Projection, Shift

RATES = ("fertility", "mobility", "collaboration")  # act on rates themselves
RESPONSES = ("jobs", "housing")  # act on net migration through an estimated response
LEVERS = (*RATES, *RESPONSES)


@dataclass(frozen=True)
@typed_fields
class Response:
    """How the net migration rate of ten years moves with one unit of a driver.

    Parameters
    ----------
    estimate, std_error : float
        Each draw uses its own value, normal around the estimate.
    source : str
        Where the numbers come from, in words.
    """

    estimate: float
    std_error: float
    source: str = ""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.estimate) and np.isfinite(self.std_error) and self.std_error >= 0):
            seen = f"a response of {self.estimate} with standard error {self.std_error}"
            raise SpecError(Fault(seen, "finite numbers, the error 0 or more", "Mend it."))


@dataclass(frozen=True)
@typed_fields
class Scenario:
    """A named set of levers.

    Parameters
    ----------
    name : str
    levers : mapping of str to float
        ``fertility``: relative change of births per woman (0.2 is a fifth more).
        ``mobility``: relative change of all net migration rates (-1: nobody moves).
        ``collaboration``: share of the way, 0 to 1, by which net migration rates are drawn to
        their province's mean. ``jobs``, ``housing``: units of the driver, turned into net
        migration by a `Response`.
    cities : tuple of str, optional
        Where ``jobs`` and ``housing`` act; everywhere by default. A change everywhere moves
        nobody if national net migration is closed.

    Raises
    ------
    SpecError
        An unknown lever, or a size out of bounds; all faults at once.

    Examples
    --------
    >>> Scenario("more births", {"fertility": 0.2}).levers["fertility"]
    0.2
    """

    name: str
    levers: Mapping[str, float] = field(default_factory=dict)
    cities: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        faults = [
            Fault(f"lever '{lever}'", f"one of {', '.join(LEVERS)}", "Rename it.", self.name)
            for lever in self.levers
            if lever not in LEVERS
        ]
        bounds = {"fertility": (-0.9, 3.0), "mobility": (-1.0, 3.0), "collaboration": (0.0, 1.0)}
        for lever, (low, high) in bounds.items():
            size = self.levers.get(lever, 0.0)
            if not low <= size <= high:
                seen = f"{lever} of {size}"
                faults.append(Fault(seen, f"{low} to {high}", "Choose another.", self.name))
        raise_all(SpecError, faults)


def scenario_shift(
    scenario: Scenario,
    cities: Sequence[str],
    responses: Mapping[str, Response],
    draws: int,
    rng: Rng = None,
) -> Shift:
    """Turn levers into changes of a projection, with the responses' uncertainty.

    Parameters
    ----------
    scenario : Scenario
    cities : sequence of str
        Rows of the projection.
    responses : mapping of str to Response
        For ``jobs`` and ``housing``. Half of a ten-year response falls on each five-year step.
    draws : int
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.

    Raises
    ------
    SpecError
        A lever without its response, or cities that the projection lacks.

    Examples
    --------
    >>> made = scenario_shift(Scenario("x", {"jobs": 0.02}, ("b",)), ("a", "b"),
    ...                       {"jobs": Response(0.5, 0.0)}, 1, np.random.default_rng(0))
    >>> made.level.tolist()
    [[0.0, 0.005]]
    """
    faults = [
        Fault(f"no response to '{lever}'", "an estimate and its error", "Give one.", scenario.name)
        for lever in RESPONSES
        if scenario.levers.get(lever, 0.0) and lever not in responses
    ]
    unknown = sorted(set(scenario.cities or ()) - set(cities))
    if unknown:
        seen = f"cities {', '.join(unknown[:10])}"
        faults.append(Fault(seen, "cities of the projection", "Mend the list.", scenario.name))
    raise_all(SpecError, faults)
    chosen = set(cities if scenario.cities is None else scenario.cities)
    there = np.array([city in chosen for city in cities], dtype=float)
    level: Floats = np.zeros((draws, len(there)))
    rng = as_generator(rng, "forecast.scenario_shift")
    for lever in RESPONSES:  # every lever draws, so that scenarios share their luck
        luck = rng.standard_normal(draws)
        size = scenario.levers.get(lever, 0.0)
        if size:
            one = responses[lever]
            slope = one.estimate + one.std_error * luck
            level = level + 0.5 * size * slope[:, None] * there
    return Shift(
        log_fertility=float(np.log1p(scenario.levers.get("fertility", 0.0))),
        level=level,
        pull=scenario.levers.get("collaboration", 0.0),
        scale=1.0 + scenario.levers.get("mobility", 0.0),
    )


def compare_scenarios(
    run: Callable[[Shift], Projection],
    shifts: Mapping[str, Shift],
    *,
    year: int,
    loss: float,
    level: float = 0.8,
) -> pd.DataFrame:
    """Run scenarios on the same shocks and set them beside the first.

    Parameters
    ----------
    run : callable
        Projects with a shift; must use the same shocks whenever called.
    shifts : mapping of str to Shift
        The first is the baseline.
    year : int
    loss : float
        A city counts as shrinking if it is that share below its base in `year`.
    level : float
        Probability inside the bands, over draws.

    Returns
    -------
    DataFrame
        Index `scenario`. `count` (expected number of shrinking cities), `count_low`,
        `count_high`; `count_change` with its band, differences from the baseline draw by draw;
        `population`, `women`, `old` (mean totals, persons) and their relative changes.
    """
    edges = ((1 - level) / 2, (1 + level) / 2)
    rows = []
    base: Projection | None = None
    for name, shift in shifts.items():
        made = run(shift)
        base = base or made
        count = made.forecast.loss_counts(loss, year)
        change = count - base.forecast.loss_counts(loss, year)
        place = made.forecast.years.index(year)
        row = {"scenario": name, "count": count.mean()}
        row |= dict(zip(("count_low", "count_high"), np.quantile(count, edges), strict=True))
        row |= {"count_change": change.mean()}
        ends = np.quantile(change, edges)
        row |= dict(zip(("count_change_low", "count_change_high"), ends, strict=True))
        for key, here, there in (
            ("population", made.forecast.draws, base.forecast.draws),
            ("women", made.women, base.women),
            ("old", made.old, base.old),
        ):
            total = here[:, place].sum(axis=0).mean()
            row |= {key: total, f"{key}_change": total / there[:, place].sum(axis=0).mean() - 1}
        rows.append(row)
    return pd.DataFrame(rows).set_index("scenario")
