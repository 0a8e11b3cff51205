"""Test of proportional hazards: whether an effect drifts with time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.likelihood import (
    Hazards,
    event_means,
    first_moments,
    score_and_information,
)
from econshrink.survival.cox.residuals import CoxState, restore
from econshrink.survival.cox.risk_sets import RiskSets
from econshrink.survival.kernel.intervals import Floats


@dataclass(frozen=True)
class KaplanMeierTime:
    """One less the pooled Kaplan-Meier survival just before t; the default."""


@dataclass(frozen=True)
class RankTime:
    """Rank of t among the exits of all rows, with or without event."""


@dataclass(frozen=True)
class IdentityTime:
    """t itself."""


@dataclass(frozen=True)
class LogTime:
    """Logarithm of t."""


TimeTransform = KaplanMeierTime | RankTime | IdentityTime | LogTime


def proportional_hazards_test(
    spells: SpellTable,
    estimate: Estimate,
    transform: TimeTransform = KaplanMeierTime(),
) -> pd.DataFrame:
    r"""Score test of :math:`\theta = 0` in :math:`\beta_j(t) = \beta_j + \theta_j g(t)`.

    Parameters
    ----------
    spells : SpellTable
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`.
    transform : KaplanMeierTime, RankTime, IdentityTime or LogTime
        The function g.

    Returns
    -------
    DataFrame
        Columns ``term, chi2, df, p_value``, one row a covariate and ``GLOBAL``.

    Raises
    ------
    DataError, SpecError
        The table is not the fitted one, ties are exact, or `LogTime` meets an event time of 0 or
        less.

    Notes
    -----
    Grambsch and Therneau (1994), as the exact score test with the time-by-time information, not
    the approximation that averages it. The test uses the model-based information.
    """
    state = restore(spells, estimate)
    sets = state.sets
    g = _transformed(state, transform)
    g = g - np.average(g, weights=np.bincount(sets.death_time, minlength=len(g)))
    _, plain = score_and_information(sets, state.hazards)
    _, once = score_and_information(sets, _tilted(state.hazards, g))
    _, twice = score_and_information(sets, _tilted(state.hazards, g * g))
    drift = _drift_score(sets, state.hazards, g)
    k = len(estimate.terms)
    information = np.block([[plain, once], [once.T, twice]])
    score = np.concatenate([np.zeros(k), drift])
    rows = []
    for term, extra in [*((t, [j]) for j, t in enumerate(estimate.terms)), ("GLOBAL", range(k))]:
        kept = [*range(k), *(k + j for j in extra)]
        part = score[kept]
        chi2 = float(part @ np.linalg.solve(information[np.ix_(kept, kept)], part))
        df = len(kept) - k
        rows.append((term, chi2, df, float(distributions.chi2.sf(chi2, df))))
    return pd.DataFrame(rows, columns=["term", "chi2", "df", "p_value"])


def _tilted(state: Hazards, g: Floats) -> Hazards:
    """Hazards whose increments are multiplied by g: every sum over times then carries it."""
    return replace(state, plain=state.plain * g, shared=state.shared * g, squared=state.squared * g)


def _drift_score(sets: RiskSets, state: Hazards, g: Floats) -> Floats:
    means = event_means(sets, state, *first_moments(sets, state))
    at = sets.death_time
    weight = (sets.weight[sets.deaths] * g[at])[:, None]
    total: Floats = (weight * (sets.x[sets.deaths] - means[at])).sum(axis=0)
    return total


def _transformed(state: CoxState, transform: TimeTransform) -> Floats:
    """Values of g at every grid time."""
    sets = state.sets
    time = sets.time
    if isinstance(transform, IdentityTime):
        return time
    if isinstance(transform, LogTime):
        if (time <= 0).any():
            raise DataError(
                Fault(f"an event at {time.min():g}", "event times above 0", "Use another g.")
            )
        return np.log(time)
    arrays = state.arrays
    if isinstance(transform, RankTime):
        exits = np.sort(arrays.stop)
        low = np.searchsorted(exits, time, side="left")
        high = np.searchsorted(exits, time, side="right")
        return (low + high + 1) / 2
    distinct, dead = np.unique(time[sets.death_time], return_counts=True)
    entered = np.searchsorted(np.sort(arrays.start), distinct, side="left")
    left = np.searchsorted(np.sort(arrays.stop), distinct, side="left")
    survival = np.concatenate([[1.0], np.cumprod(1 - dead / (entered - left))])
    return 1 - survival[np.searchsorted(distinct, time)]
