"""Designs for lists of supported cities in the laboratory: bias, coverage, placebo tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analyses.machinery.studies.plan import Plan, Setting
from econshrink import Resampling, group_time
from econshrink.causal import (
    NEVER,
    Adoption,
    RelativeMagnitudes,
    Smoothness,
    effect_before,
    event_study,
    honest_interval,
    joint_pretest,
    placebo_cities,
    placebo_permutation_test,
)
from econshrink.core.arrays import Floats
from econshrink.lab import NEVER as NOT_LISTED, Answer, LabSettings, Study, run_path

FIRST, LAST = -5, 5
PERMUTATIONS = 39  # p is a multiple of 1/40: level 0.05 is exact
BOUNDS = (0.0, 0.0005, 0.001)
RATIOS = (0.5, 1.0)


@dataclass(frozen=True)
class ListDesign(Setting):
    """How lists are drawn.

    Parameters
    ----------
    selection : float
        Weight of earlier losses in the choice of cities; 0 is chance.
    effect : float
        Rise of annual labour demand growth in listed cities.
    """

    selection: float = 0.0
    effect: float = 0.01


@dataclass(frozen=True, eq=False)
class ListedCities:
    """A drawn country: what is observed, and the same without support."""

    data: Adoption
    gain: Floats


def draw(design: ListDesign, seed: int) -> ListedCities:
    """Simulate a country with lists, and again without their effect: resource cities only."""
    plain = LabSettings(last_year=2016)
    policy = replace(plain.policy, selection=design.selection, effect=design.effect)
    settings = replace(plain, policy=policy)
    path = run_path(settings, seed)
    without = path
    if design.effect:
        off = replace(settings, policy=replace(policy, on=False))
        without = run_path(off, seed, path.listed)
    kept = path.places.resource
    outcome = np.log(path.series["population"])[:, kept].T
    base = np.log(without.series["population"])[:, kept].T
    first = np.where(path.listed == NOT_LISTED, NEVER, path.listed.astype(float))[kept]
    cities = tuple(np.array(path.places.codes)[kept].tolist())
    years = tuple(settings.years)
    return ListedCities(
        Adoption(cities, years, outcome, first, "synthetic laboratory", synthetic=True),
        np.asarray(outcome - base),
    )


def truth(drawn: ListedCities) -> Mapping[str, float]:
    """The mean effect over event times 0 … 5 in this country; level of every test."""
    gains = replace(drawn.data, outcome=drawn.gain)
    study = event_study(group_time(gains), FIRST, LAST)
    after = [k for k, term in enumerate(study.terms) if int(term[1:]) >= 0]
    mean = float(study.coefficients[after].mean())
    names = ["plain", *(f"smooth.{b:g}" for b in BOUNDS), *(f"relative.{r:g}" for r in RATIOS)]
    tests = ("reject.pretest", "reject.permutation", "reject.cities", "reject.time")
    return {**dict.fromkeys(names, mean), **dict.fromkeys(tests, 0.05)}


def estimate(drawn: ListedCities, rng: np.random.Generator) -> dict[str, Answer]:
    """Intervals for the mean effect, and whether each placebo test rejects at five per cent."""
    data = drawn.data
    study = event_study(group_time(data), FIRST, LAST)
    plain = honest_interval(study, RelativeMagnitudes(0.0))
    found = {"plain": Answer(plain.estimate, np.nan, plain.conf_low, plain.conf_high)}
    cases = [
        *((f"smooth.{b:g}", Smoothness(b)) for b in BOUNDS),
        *((f"relative.{r:g}", RelativeMagnitudes(r)) for r in RATIOS),
    ]
    for name, restriction in cases:
        held = honest_interval(study, restriction)
        middle = (held.conf_low + held.conf_high) / 2
        found[name] = Answer(middle, np.nan, held.conf_low, held.conf_high)
    fake = placebo_cities(data, int(np.isinf(data.first).sum()) // 2, rng)
    resampling = Resampling(PERMUTATIONS, rng=rng)
    tests = {
        "permutation": placebo_permutation_test(data, resampling=resampling),
        "cities": placebo_permutation_test(fake, resampling=resampling),
        "time": placebo_permutation_test(data, effect_before(3), resampling),
    }
    found["reject.pretest"] = Answer(float(joint_pretest(study).rejects()))
    for name, test in tests.items():
        found[f"reject.{name}"] = Answer(float(test.p_value <= 0.05))
    return found


PLANS = (
    Plan(
        Study("policy_designs", estimate, truth, draw),
        {
            "chance_no_effect": ListDesign(0.0, 0.0),
            "chance": ListDesign(0.0, 0.03),
            "selection": ListDesign(1.0, 0.03),
        },
        replicates=200,
        title="Lists of supported cities: bias, coverage and size of placebo tests",
        module="analyses.studies.policy_designs",
        chunk=10,
    ),
)
