"""Placebo tests: the same estimator on adoption dates that cannot have had an effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from econshrink.causal.policy.adoption import NEVER, Adoption
from econshrink.causal.policy.group_time import event_study, group_time, overall_effect
from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.seeds import Rng, as_generator
from econshrink.inference.resampling import Resampling
from econshrink.nouns.draws import Draws
from econshrink.nouns.hypothesis import HypothesisTest

Statistic = Callable[[Adoption], float]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PlaceboPermutation(HypothesisTest):
    """A statistic and its distribution over placebo assignments.

    ``p_value`` is (1 + number of draws at least as large in size) / (B + 1).

    Parameters
    ----------
    draws : Draws
        The statistic under placebo assignments.
    """

    draws: Draws


def studentised_effect(data: Adoption) -> float:
    """The overall effect over its standard error: studentised, a permutation stays valid when
    cohorts differ in variance.
    """  # noqa: D205
    found = overall_effect(group_time(data))
    return float(found.coefficients[0] / found.std_errors[0])


def placebo_permutation_test(
    data: Adoption,
    statistic: Statistic = studentised_effect,
    resampling: Resampling = Resampling(199),  # noqa: B008
) -> PlaceboPermutation:
    """Permute the adoption dates over all cities, never treated ones among them.

    Exact for the sharp null of no effect on anybody if dates were given out by chance; with
    selection it tests that too.

    Parameters
    ----------
    data : Adoption
    statistic : callable
    resampling : Resampling
        No scheme and no cluster.

    Returns
    -------
    PlaceboPermutation
    """
    rng = resampling.plain("a placebo permutation").generator("placebo_permutation")
    observed = statistic(data)
    drawn = np.array(
        [
            statistic(replace(data, first=rng.permutation(data.first)))
            for _ in range(resampling.draws)
        ]
    )
    made = f"adoption dates permuted over all cities, {resampling.draws} draws"
    return PlaceboPermutation(
        name="placebo permutation",
        null="adoption has no effect on anybody",
        statistic=observed,
        df=float("nan"),
        p_value=_p_value(observed, drawn),
        note=made,
        draws=Draws(("statistic",), drawn[:, None], made),
    )


def effect_before(years: int) -> Statistic:
    """Statistic of a placebo in time: the effect of adoption dated `years` too early.

    Only years before the true dates enter: the mean of event times −years … −1 against −years−1,
    over its standard error. Without anticipation and with parallel trends there is nothing to
    find. Use it with `placebo_permutation_test`; by itself it is nearly standard normal in many
    cities.

    Parameters
    ----------
    years : int
        At least one; each cohort must have one more before treatment.

    Returns
    -------
    callable
        Takes an `Adoption`, returns the statistic; raises `SpecError` if no cohort reaches back.
    """
    if years < 1:
        raise SpecError(Fault(f"{years} years", "one or more", "Move the dates back."))

    def statistic(data: Adoption) -> float:
        study = event_study(group_time(data), -years - 1, 0)
        place = {term: number for number, term in enumerate(study.terms)}
        combination = np.zeros(len(study.terms))
        for event in range(-years, -1):  # event time −1 is zero by construction
            combination[place[f"e{event}"]] = 1.0 / years
        combination[place[f"e{-years - 1}"]] = -1.0
        error = np.sqrt(combination @ study.covariance @ combination)
        return float(combination @ study.coefficients / error)

    return statistic


def placebo_cities(data: Adoption, treated: int, rng: Rng = None) -> Adoption:
    """Never-treated cities only, `treated` of them given the real cohorts' dates in turn.

    The estimate on what this returns is a placebo effect; over many draws a test of size 0.05
    should reject five times in a hundred.
    """
    never = np.flatnonzero(np.isinf(data.first))
    if not 0 < treated <= len(never) - 2:
        raise DataError(
            Fault(
                f"{treated} placebo cities of {len(never)}", "at least two left over", "Take fewer."
            )
        )
    first = np.full(len(never), NEVER)
    chosen = as_generator(rng, "placebo_cities").choice(len(never), treated, replace=False)
    first[chosen] = np.resize(np.array(data.cohorts, dtype=np.float64), treated)
    return replace(
        data, cities=tuple(data.cities[i] for i in never), outcome=data.outcome[never], first=first
    )


def _p_value(observed: float, drawn: Floats) -> float:
    return float((1 + (np.abs(drawn) >= abs(observed)).sum()) / (len(drawn) + 1))
