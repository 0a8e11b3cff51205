"""How close predicted chances come to what happened: the Brier score by horizon."""

from __future__ import annotations

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


@takes_tables
def brier_scores(
    spells: SpellTable,
    risk: pd.DataFrame,
    *,
    origin: float = 0.0,
    cluster: str = "city",
) -> pd.DataFrame:
    r"""Mean squared gap between the predicted chance of the event by h and what happened.

    A city with the event by h weighs :math:`1/G(T_i-)`, one known to be free of it through h
    :math:`1/G(h-)`, one lost before h nothing, where G is the chance of not being lost.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    risk : DataFrame
        Index ``city``, one column a horizon, named by its time after the landmark; chances of the
        event by then, for every city at risk at `origin`.
    origin : float
        Landmark: cities that enter later are no part of the question.
    cluster : str

    Returns
    -------
    DataFrame
        Columns ``horizon, brier, std_error, null, skill``: `null` is the score of predicting the
        Kaplan-Meier share for every city, and skill is 1 less the ratio of the two.

    Raises
    ------
    SpecError, DataError
        See `landmark_outcomes` and `checked_risk`.

    Notes
    -----
    Graf, Schmoor, Sauerbrei and Schumacher (1999). The error is the infinitesimal jackknife over
    clusters, with the estimated G taken into account.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": [1, 1, 0, 1]}), rule_id="example")
    >>> risk = pd.DataFrame({2.0: [0.9, 0.8, 0.2, 0.1]}, index=list("abcd"))
    >>> brier_scores(spells, risk)[["brier", "null"]].round(4).values.tolist()
    [[0.025, 0.25]]
    """
    values = checked_risk(risk, probability=True)
    outcomes = landmark_outcomes(spells, list(risk.index), origin=origin, cluster=cluster)
    rows = []
    for j, horizon in enumerate(float(column) for column in risk.columns):
        require_horizon(outcomes, horizon)
        score, influence = _brier(outcomes, values[:, j], horizon)
        null, _ = _brier(outcomes, np.full(len(values), _share(outcomes, horizon)), horizon)
        skill = 1 - score / null if null > 0 else float("nan")
        rows.append((horizon, score, outcomes.error(influence), null, skill))
    return pd.DataFrame(rows, columns=["horizon", "brier", "std_error", "null", "skill"])


@takes_tables
def integrated_brier(
    spells: SpellTable,
    risk: pd.DataFrame,
    *,
    origin: float = 0.0,
    cluster: str = "city",
) -> pd.Series:
    """Brier score averaged over time, by the trapezoid rule between the horizons.

    Parameters and errors are those of `brier_scores`; at least two horizons.

    Returns
    -------
    Series
        ``integrated, std_error, null, skill, first, last``.

    Raises
    ------
    SpecError, DataError
        See `brier_scores`.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": [1, 1, 0, 1]}), rule_id="example")
    >>> risk = pd.DataFrame({1.0: [0.5, 0.4, 0.1, 0.1], 2.0: [0.9, 0.8, 0.2, 0.1]},
    ...     index=list("abcd"))
    >>> round(float(integrated_brier(spells, risk)["integrated"]), 5)
    0.06625
    """
    values = checked_risk(risk, probability=True)
    horizons = np.array([float(column) for column in risk.columns])
    if len(horizons) < 2:
        raise DataError(Fault(f"{len(horizons)} horizon", "two or more", "Use brier_scores."))
    outcomes = landmark_outcomes(spells, list(risk.index), origin=origin, cluster=cluster)
    require_horizon(outcomes, float(horizons[-1]))
    gaps = np.diff(horizons)
    share = (np.append(gaps, 0.0) + np.append(0.0, gaps)) / (2 * gaps.sum())
    found = [_brier(outcomes, values[:, j], h) for j, h in enumerate(horizons)]
    flat = [_brier(outcomes, np.full(len(values), _share(outcomes, h)), h)[0] for h in horizons]
    score = float(share @ np.array([value for value, _ in found]))
    influence = share @ np.array([pull for _, pull in found])
    null = float(share @ np.array(flat))
    return pd.Series(
        {
            "integrated": score,
            "std_error": outcomes.error(np.asarray(influence)),
            "null": null,
            "skill": 1 - score / null if null > 0 else float("nan"),
            "first": float(horizons[0]),
            "last": float(horizons[-1]),
        }
    )


def _brier(outcomes: Outcomes, chance: Floats, horizon: float) -> tuple[float, Floats]:
    """Score and the influence of each city on it."""
    case = outcomes.event & (outcomes.time <= horizon)
    free = ~case & (outcomes.time >= horizon)
    known = np.where(case, outcomes.time, horizon)
    weight = np.where(case | free, 1 / outcomes.seen(known), 0.0)
    part = weight * (case - chance) ** 2
    score = float(part.mean())
    influence = part - score - outcomes.pull_of_seen(known, part)
    return score, influence / len(part)


def _share(outcomes: Outcomes, horizon: float) -> float:
    """Kaplan-Meier share with the event by the horizon."""
    died = outcomes.event & (outcomes.time <= horizon)
    times = np.unique(outcomes.time[died])
    level = 1.0
    for time in times:
        level *= 1 - (died & (outcomes.time == time)).sum() / (outcomes.time >= time).sum()
    return 1 - level
