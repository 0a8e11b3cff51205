"""What is true in the laboratory: structural parameters and total effects by re-simulation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.lab.country.path import Path, run_path
from econshrink.lab.country.policy import NEVER
from econshrink.lab.settings import LabSettings


@dataclass(frozen=True)
class Lever:
    """A driver that the do-operator shifts: a field of `Intervention` and its unit."""

    field: str
    unit: str


JOB_GROWTH = Lever("job_growth", "log points of labour demand a year")
FERTILITY = Lever("fertility", "log points of total fertility")
AGEING = Lever("ageing", "share of persons aged 65+ in the first year")
CREDIT = Lever("credit", "log points of the house price a year")
ATTRACTION = Lever("attraction", "log points of attraction to migrants")


@dataclass(frozen=True, eq=False)
class Outcome:
    """A figure of a path by year and city, shape (T, n).

    Parameters
    ----------
    name : str
        Name in result tables.
    measure : callable
        Takes a `Path`, returns an array of shape (T, n).
    """

    name: str
    measure: Callable[[Path], Floats]


def _net_migration_rate(path: Path) -> Floats:
    population, net = path.series["population"], path.series["net_migration"]
    return np.vstack([np.full((1, net.shape[1]), np.nan), net[1:] / population[:-1]])


LOG_POPULATION = Outcome("log_population", lambda path: np.log(path.series["population"]))
NET_MIGRATION_RATE = Outcome("net_migration_rate", _net_migration_rate)
SHARE_65 = Outcome("share_65_plus", lambda path: path.series["share_65_plus"])
UNEMPLOYMENT = Outcome("unemployment", lambda path: path.series["unemployment"])
LOG_HOUSE_PRICE = Outcome("log_house_price", lambda path: np.log(path.series["house_price"]))


def structural(settings: LabSettings) -> pd.DataFrame:
    """Every structural parameter of a country.

    Parameters
    ----------
    settings : LabSettings
        The country.

    Returns
    -------
    DataFrame
        Columns ``part, parameter, value``; one row a number, tuples spread with their position.

    Examples
    --------
    >>> table = structural(LabSettings())
    >>> float(table.query("part == 'jobs' and parameter == 'ageing'")["value"].item())
    -0.1
    """
    rows: list[tuple[str, str, float]] = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            for inner in dataclasses.fields(value):
                rows += _flat(field.name, inner.name, getattr(value, inner.name))
        else:
            rows += _flat("run", field.name, value)
    return pd.DataFrame(rows, columns=["part", "parameter", "value"])


def _flat(part: str, name: str, value: Any) -> list[tuple[str, str, float]]:
    if isinstance(value, tuple):
        return [row for i, item in enumerate(value) for row in _flat(part, f"{name}[{i}]", item)]
    if dataclasses.is_dataclass(value):
        label = getattr(value, "name", "")
        return [
            row
            for inner in dataclasses.fields(value)
            if inner.name != "name"
            for row in _flat(part, f"{name}[{label}].{inner.name}", getattr(value, inner.name))
        ]
    return [(part, name, float(value))]


def total_effect(
    settings: LabSettings,
    lever: Lever,
    outcome: Outcome | Sequence[Outcome],
    *,
    step: float,
    seeds: Sequence[int],
    target_share: float = 0.5,
    start: int = 2011,
) -> pd.DataFrame:
    """Total effect of a driver by counterfactual re-simulation (do-operator).

    The country is run twice with the same chance, the lever shifted by plus and by minus `step`
    in the target cities; the effect is half the difference per unit of the lever, averaged over
    cities. It contains every channel of the model, including what the targets take from the
    other cities, whose mean effect is given beside it. Lists of supported cities are held as they
    are without the shift.

    Parameters
    ----------
    settings : LabSettings
        The country; its own `intervention` stays in force underneath.
    lever : Lever
        What is shifted.
    outcome : Outcome or sequence of Outcome
        What is measured; several share the runs.
    step : float
        Size of the shift, in the lever's unit.
    seeds : sequence of int
        Replicates; the Monte Carlo error comes from their spread.
    target_share : float
        Share of cities shifted (drawn by chance).
    start : int
        First year of the shift; `AGEING` always acts in the first year of the run.

    Returns
    -------
    DataFrame
        ``lever, outcome, cities ("targets", "others"), year, step, effect, mc_error, replicates``.

    Raises
    ------
    SpecError
        A step that is not positive, fewer than two seeds, or a share outside (0, 1].
    """
    raise_all(SpecError, _effect_faults(step, seeds, target_share))
    outcomes = [outcome] if isinstance(outcome, Outcome) else list(outcome)
    rows: dict[tuple[str, str], list[Floats]] = {}
    for seed in seeds:
        plain = run_path(_shifted(settings, lever, 0.0, target_share, start), seed)
        up, down = (
            run_path(_shifted(settings, lever, size, target_share, start), seed, plain.listed)
            for size in (step, -step)
        )
        target = plain.places.target
        for measured in outcomes:
            slope = (measured.measure(up) - measured.measure(down)) / (2.0 * step)
            for name, cities in (("targets", target), ("others", ~target)):
                if cities.any():
                    rows.setdefault((measured.name, name), []).append(slope[:, cities].mean(axis=1))
    years = list(settings.years)
    tables = [
        pd.DataFrame(
            {"lever": lever.field, "outcome": name, "cities": cities, "year": years, "step": step}
        ).assign(**_mean_and_error(np.array(found)))
        for (name, cities), found in rows.items()
    ]
    return pd.concat(tables, ignore_index=True)


def policy_effect(settings: LabSettings, outcome: Outcome, *, seeds: Sequence[int]) -> pd.DataFrame:
    """Average effect of the supported-city lists on the listed, by year of listing.

    Each country is run with and without the support on the lists it chose itself, with the same
    chance: the mean difference over the cities listed in year g is ATT(g, t).

    Parameters
    ----------
    settings : LabSettings
        The country.
    outcome : Outcome
        What is measured.
    seeds : sequence of int
        Replicates.

    Returns
    -------
    DataFrame
        ``cohort, year, effect, mc_error, replicates``.

    Raises
    ------
    SpecError
        Fewer than two seeds.
    """
    raise_all(SpecError, _effect_faults(1.0, seeds, 1.0))
    on = replace(settings, policy=replace(settings.policy, on=True))
    off = replace(settings, policy=replace(settings.policy, on=False))
    found: dict[int, list[Floats]] = {}
    for seed in seeds:
        treated = run_path(on, seed)
        control = run_path(off, seed, treated.listed)
        gain = outcome.measure(treated) - outcome.measure(control)
        for cohort in sorted(set(treated.listed.tolist()) - {NEVER}):
            found.setdefault(cohort, []).append(gain[:, treated.listed == cohort].mean(axis=1))
    years = list(settings.years)
    tables = [
        pd.DataFrame({"cohort": cohort, "year": years}).assign(**_mean_and_error(np.array(rows)))
        for cohort, rows in sorted(found.items())
    ]
    if not tables:
        return pd.DataFrame(columns=["cohort", "year", "effect", "mc_error", "replicates"])
    return pd.concat(tables, ignore_index=True)


def _shifted(
    settings: LabSettings, lever: Lever, size: float, target_share: float, start: int
) -> LabSettings:
    present = getattr(settings.intervention, lever.field)
    changes = {lever.field: present + size, "target_share": target_share, "start": start}
    return replace(settings, intervention=replace(settings.intervention, **changes))


def _mean_and_error(rows: Floats) -> dict[str, Any]:
    """Columns effect, mc_error and replicates from one row a replicate."""
    count = len(rows)
    missing = np.full(rows.shape[1], np.nan)
    error = rows.std(axis=0, ddof=1) / math.sqrt(count) if count > 1 else missing
    return {"effect": rows.mean(axis=0), "mc_error": error, "replicates": count}


def _effect_faults(step: float, seeds: Sequence[int], target_share: float) -> list[Fault]:
    faults = []
    if not (math.isfinite(step) and step > 0):
        faults.append(Fault(f"step {step!r}", "a positive number", "Choose a small step."))
    if len(seeds) < 2 or len(set(seeds)) < len(seeds):
        faults.append(
            Fault(
                f"seeds {list(seeds)[:10]}",
                "at least two distinct seeds",
                "The Monte Carlo error needs replicates.",
            )
        )
    if not 0 < target_share <= 1:
        faults.append(
            Fault(f"target share {target_share!r}", "a share in (0, 1]", "Shift some cities.")
        )
    return faults
