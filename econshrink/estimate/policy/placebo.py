"""Placebo tests: the same estimator on adoption dates that cannot have had an effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from econshrink.arrays import Floats
from econshrink.errors import DataError, Fault, SpecError
from econshrink.estimate.policy.adoption import NEVER, Adoption
from econshrink.estimate.policy.group_time import event_study, group_time, overall_effect

Statistic = Callable[[Adoption], float]


@dataclass(frozen=True, eq=False)
class PlaceboTest:
    """A statistic and its distribution over placebo assignments.

    Parameters
    ----------
    statistic : float
    draws : ndarray, shape (B,)
    p_value : float
        (1 + number of draws at least as large in size) / (B + 1).
    """

    statistic: float
    draws: Floats
    p_value: float


def studentised_effect(data: Adoption) -> float:
    """The overall effect over its standard error: studentised, a permutation stays valid when
    cohorts differ in variance.
    """  # noqa: D205
    found = overall_effect(group_time(data))
    return float(found.coefficients[0] / found.std_errors[0])


def permutation_test(
    data: Adoption,
    rng: np.random.Generator,
    statistic: Statistic = studentised_effect,
    draws: int = 199,
) -> PlaceboTest:
    """Permute the adoption dates over all cities, never treated ones among them.

    Exact for the sharp null of no effect on anybody if dates were given out by chance; with
    selection it tests that too.

    Parameters
    ----------
    data : Adoption
    rng : Generator
    statistic : callable
    draws : int

    Returns
    -------
    PlaceboTest
    """
    observed = statistic(data)
    drawn = np.array(
        [statistic(replace(data, first=rng.permutation(data.first))) for _ in range(draws)]
    )
    return PlaceboTest(observed, drawn, _p_value(observed, drawn))


def placebo_in_time(data: Adoption, years: int) -> float:
    """p-value of an effect dated `years` too early, on the years before true treatment only.

    Treated cities keep only the years before their first treated year; their dates are moved
    back. Without anticipation and with parallel trends there is nothing to find.

    Parameters
    ----------
    data : Adoption
    years : int
        At least one.

    Returns
    -------
    float
        Two-sided p-value of the mean placebo effect, years −k … −1 against −k−1.

    Raises
    ------
    SpecError
        No cohort with years enough before treatment.
    """
    if years < 1:
        raise SpecError(Fault(f"{years} years", "one or more", "Move the dates back."))
    effects = group_time(data)
    frame = effects.frame
    event = (frame["time"] - frame["group"]).to_numpy()
    reached = [k for k in range(-years, -1) if (event == k).any()]
    if not (event == -years - 1).any():
        raise SpecError(
            Fault(f"no cohort with {years + 1} years before", "one", "Move back by less.")
        )
    study = event_study(effects, -years - 1, 0)
    place = {term: number for number, term in enumerate(study.terms)}
    combination = np.zeros(len(study.terms))
    for k in reached:
        combination[place[f"e{k}"]] += 1.0 / years
    combination[place[f"e{-years - 1}"]] -= 1.0
    estimate = float(combination @ study.coefficients)
    error = float(np.sqrt(combination @ study.covariance @ combination))
    from scipy import special  # noqa: PLC0415

    return float(2 * special.ndtr(-abs(estimate / error)))


def placebo_cities(data: Adoption, rng: np.random.Generator, treated: int) -> Adoption:
    """Never-treated cities only, `treated` of them given the dates of real cohorts by chance.

    The estimate on what this returns is a placebo effect; over many draws a test of level 0.05
    should reject five times in a hundred.
    """
    never = np.flatnonzero(np.isinf(data.first))
    if not 0 < treated <= len(never) - 2:
        raise DataError(
            Fault(
                f"{treated} placebo cities of {len(never)}", "at least two left over", "Take fewer."
            )
        )
    dates = data.first[np.isfinite(data.first)]
    first = np.full(len(never), NEVER)
    chosen = rng.choice(len(never), treated, replace=False)
    first[chosen] = np.resize(np.sort(rng.permutation(dates)), treated)
    return replace(
        data, cities=tuple(data.cities[i] for i in never), outcome=data.outcome[never], first=first
    )


def _p_value(observed: float, drawn: Floats) -> float:
    return float((1 + (np.abs(drawn) >= abs(observed)).sum()) / (len(drawn) + 1))
