"""Do cities with higher predicted risk have the event first: Uno's C and the AUC by horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.nouns.spells import SpellTable
from econshrink.survival.entrance import takes_tables
from econshrink.survival.validation.outcomes import (
    Outcomes,
    checked_risk,
    landmark_outcomes,
    require_horizon,
)


@dataclass(frozen=True)
class UnoConcordance:
    """Uno's C up to a horizon, with the error over clusters.

    Parameters
    ----------
    estimate : float
    std_error : float
        With the error of the estimated chance of being seen.
    horizon : float
    std_error_known : float
        With that chance taken as known, as R's ``survival::concordance(timewt = "n/G2")`` does.
        It is usually the larger: a chance estimated from the same cities follows them.
    """

    estimate: float
    std_error: float
    horizon: float
    std_error_known: float


BLOCK = 512  # events that are compared with all cities at a time


@takes_tables
def uno_concordance(
    spells: SpellTable,
    risk: pd.Series,
    horizon: float,
    *,
    origin: float = 0.0,
    cluster: str = "city",
) -> UnoConcordance:
    r"""Chance that, of two cities, the one with the earlier event had the higher prediction.

    Pairs weigh :math:`G(T_i-)^{-2}`, so that C does not depend on who was lost when, as Harrell's
    does. Each event up to the horizon is compared with the cities known to be free of it then:
    time grows with events times cities, memory with the cities.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    risk : Series
        Index ``city``; a larger number says an earlier event. One for every city at risk at
        `origin`.
    horizon : float
        Time after the landmark up to which events count.
    origin : float
        Landmark: cities that enter later are no part of the question.
    cluster : str

    Returns
    -------
    UnoConcordance

    Raises
    ------
    DataError
        See `landmark_outcomes`; no comparable pair.

    Notes
    -----
    Uno, Cai, Pencina, D'Agostino and Wei (2011). The error is the infinitesimal jackknife, with
    the estimated chance G of not being lost taken into account; ``std_error_known`` is without it,
    the number that R's concordance prints.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": [1, 1, 0, 1]}), rule_id="example")
    >>> risk = pd.Series([4.0, 2.0, 3.0, 1.0], index=list("abcd"))
    >>> uno_concordance(spells, risk, 4.0).estimate
    0.8
    """
    score = checked_risk(risk.to_frame(horizon), probability=False)[:, 0]
    outcomes = landmark_outcomes(spells, list(risk.index), origin=origin, cluster=cluster)
    require_horizon(outcomes, horizon)
    time, event = outcomes.time, outcomes.event & (outcomes.time <= horizon)
    weight = np.where(event, outcomes.seen(time) ** -2.0, 0.0)
    mine, pairs = np.zeros(len(time)), np.zeros(len(time))
    above, beside = np.zeros(len(time)), np.zeros(len(time))  # weight of the events before each
    cases = np.flatnonzero(event)
    for start in range(0, len(cases), BLOCK):
        rows = cases[start : start + BLOCK, None]
        later = (time > time[rows]) | ((time == time[rows]) & ~outcomes.event)
        gap = score[rows] - score
        order = np.where(gap == 0, 0.5, gap > 0) * later
        mine[rows[:, 0]], pairs[rows[:, 0]] = order.sum(axis=1), later.sum(axis=1)
        above += (weight[rows] * order).sum(axis=0)
        beside += (weight[rows] * later).sum(axis=0)
    mine, pairs = weight * mine, weight * pairs
    total = float(pairs.sum())
    if total == 0:
        raise DataError(Fault("no comparable pair", "an event before another city's exit", "Wait."))
    value = float(mine.sum()) / total
    gain = mine - value * pairs
    own = gain + above - value * beside
    known = outcomes.error(own / total)
    own -= 2 * outcomes.pull_of_seen(time, gain)
    return UnoConcordance(value, outcomes.error(own / total), horizon, known)


@takes_tables
def time_dependent_auc(
    spells: SpellTable,
    risk: pd.DataFrame,
    *,
    origin: float = 0.0,
    cluster: str = "city",
) -> pd.DataFrame:
    r"""Chance that a city with the event by h had a higher prediction than one without, by h.

    Cumulative cases (events up to h, weight :math:`1/G(T_i-)`) against dynamic controls (free of
    the event through h, weight :math:`1/G(h-)`).

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    risk : DataFrame
        Index ``city``, one column a horizon, named by its time after the landmark; a larger number
        says a higher chance of the event by then.
    origin, cluster
        As for `uno_concordance`.

    Returns
    -------
    DataFrame
        Columns ``horizon, auc, std_error, cases, controls``.

    Raises
    ------
    SpecError, DataError
        See `landmark_outcomes` and `checked_risk`; a horizon without cases or without controls.

    Notes
    -----
    Hung and Chiang (2010); Blanche, Dartigues and Jacqmin-Gadda (2013). Errors as for
    `uno_concordance`.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": [1, 1, 0, 1]}), rule_id="example")
    >>> risk = pd.DataFrame({2.0: [4.0, 2.0, 3.0, 1.0]}, index=list("abcd"))
    >>> time_dependent_auc(spells, risk)["auc"].tolist()
    [0.75]
    """
    scores = checked_risk(risk, probability=False)
    outcomes = landmark_outcomes(spells, list(risk.index), origin=origin, cluster=cluster)
    horizons = [float(column) for column in risk.columns]
    rows = [_auc(outcomes, scores[:, j], h) for j, h in enumerate(horizons)]
    return pd.DataFrame(rows, columns=["horizon", "auc", "std_error", "cases", "controls"])


def _auc(outcomes: Outcomes, score: Floats, horizon: float) -> tuple[float, float, float, int, int]:
    require_horizon(outcomes, horizon)
    case = outcomes.event & (outcomes.time <= horizon)
    control = ~case & (outcomes.time >= horizon)
    if not (case.any() and control.any()):
        raise DataError(
            Fault(
                f"{int(case.sum())} cases and {int(control.sum())} controls by {horizon:g}",
                "at least one of each",
                "Choose another horizon.",
            )
        )
    weight = np.where(case, 1 / outcomes.seen(outcomes.time), 0.0)
    count = float(control.sum())
    mine, all_ = weight * _below(score, score[control]), weight * count
    total = float(all_.sum())
    value = float(mine.sum()) / total
    gain = mine - value * all_  # the common weight of controls cancels
    above = float(weight.sum()) - _below(score, score[case], weight[case])
    own = gain + (above - value * float(weight.sum())) * control
    own -= outcomes.pull_of_seen(outcomes.time, gain)
    return horizon, value, outcomes.error(own / total), int(case.sum()), int(count)


def _below(score: Floats, others: Floats, weight: Floats | None = None) -> Floats:
    """Weight of the `others` below each score, equal ones by half; by sorting, not by pairs."""
    order = np.argsort(others, kind="stable")
    ones = np.ones(len(others)) if weight is None else weight[order]
    summed = np.concatenate([[0.0], ones.cumsum()])
    least, most = (np.searchsorted(others[order], score, side) for side in ("left", "right"))
    return np.asarray((summed[least] + summed[most]) / 2)
