"""Do predicted chances come true: predicted and observed shares by group of risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.curves.kaplan_meier import kaplan_meier
from econshrink.survival.entrance import takes_tables
from econshrink.survival.validation.outcomes import (
    Outcomes,
    checked_risk,
    landmark_outcomes,
    require_horizon,
)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Predicted against observed chances of the event by one horizon.

    Parameters
    ----------
    horizon : float
    groups : DataFrame
        Columns ``group, cities, predicted, observed, std_error, conf_low, conf_high``; groups of
        equal size by predicted risk, observed by Kaplan-Meier with errors over clusters.
    predicted, observed, std_error : float
        Of all cities: calibration in the large.
    slope, slope_error : float
        Effect of log(-log(1 - p)) on the log hazard up to the horizon: 1 if risks are spread as
        they should be, below 1 if predictions are too extreme. NaN where it is not defined; a note
        then says why.
    notes : tuple of str
    """

    horizon: float
    groups: pd.DataFrame
    predicted: float
    observed: float
    std_error: float
    slope: float
    slope_error: float
    notes: tuple[str, ...] = ()


@takes_tables
def calibration(
    spells: SpellTable,
    risk: pd.Series,
    horizon: float,
    *,
    groups: int = 5,
    origin: float = 0.0,
    cluster: str = "city",
    level: float = 0.95,
) -> Calibration:
    """Compare predicted chances of the event by `horizon` with what happened.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    risk : Series
        Index ``city``, chances of the event by the horizon, for every city at risk at `origin`.
    horizon : float
        Time after the landmark.
    groups : int
        Groups of equal size; cities with the same prediction stay together.
    origin : float
        Landmark: cities that enter later are no part of the question.
    cluster : str
    level : float

    Returns
    -------
    Calibration

    Raises
    ------
    SpecError
        Fewer than one group, or more groups than distinct predictions.
    DataError
        See `landmark_outcomes` and `checked_risk`; no event up to the horizon; a group that nobody
        is left in before the horizon.

    Notes
    -----
    The slope is that of Cox's model on the complementary log-log of the prediction (Crowson,
    Atkinson and Therneau 2016).

    Examples
    --------
    >>> rows = {"city": list("abcdefgh"), "start": 0, "stop": [1, 2, 3, 4, 5, 5, 5, 5],
    ...     "event": [1, 1, 0, 1, 1, 0, 0, 0]}
    >>> risk = pd.Series([.9, .8, .6, .7, .2, .3, .1, .25], index=list("abcdefgh"))
    >>> found = calibration(SpellTable(pd.DataFrame(rows), rule_id="example"), risk, 5.0, groups=2)
    >>> found.groups[["predicted", "observed"]].round(3).to_numpy().tolist()
    [[0.212, 0.25], [0.75, 1.0]]
    """
    chance = checked_risk(risk.to_frame(horizon), probability=True)[:, 0]
    outcomes = landmark_outcomes(spells, list(risk.index), origin=origin, cluster=cluster)
    require_horizon(outcomes, horizon)
    member = _groups(chance, groups)
    table = _table(outcomes, horizon, member)
    rows = []
    for number in range(int(member.max()) + 1):
        mine = member == number
        observed, error, low, high = _observed(table, horizon, f"{number + 1}", level)
        count = int(mine.sum())
        rows.append((number + 1, count, float(chance[mine].mean()), observed, error, low, high))
    names = ["group", "cities", "predicted", "observed", "std_error", "conf_low", "conf_high"]
    observed, error, _, _ = _observed(table, horizon, None, level)
    why = _no_slope(chance)
    slope, slope_error = (float("nan"), float("nan")) if why else _slope(table, chance)
    mean = float(chance.mean())
    grouped = pd.DataFrame(rows, columns=names)
    return Calibration(horizon, grouped, mean, observed, error, slope, slope_error, why)


def _groups(chance: Floats, groups: int) -> np.ndarray:
    distinct = len(np.unique(chance))
    if not 1 <= groups <= distinct:
        raise SpecError(
            Fault(
                f"{groups} groups of {distinct} distinct predictions",
                "between one and as many as there are predictions",
                "Ask for fewer groups.",
            )
        )
    edges = np.quantile(chance, np.arange(1, groups) / groups, method="inverted_cdf")
    level = np.searchsorted(edges, chance, side="left")
    return np.unique(level, return_inverse=True)[1]


def _table(outcomes: Outcomes, horizon: float, level: np.ndarray) -> SpellTable:
    """One row a city from the landmark to its event, its exit or the horizon."""
    frame = pd.DataFrame(
        {
            "city": outcomes.city,
            "start": 0.0,
            "stop": np.minimum(outcomes.time, horizon),
            "event": (outcomes.event & (outcomes.time <= horizon)).astype(int),
            "level": level + 1,
            "cluster": outcomes.cluster,
            "place": np.arange(len(level)),
        }
    )
    return SpellTable(frame, rule_id="calibration")


def _observed(
    table: SpellTable, horizon: float, group: str | None, level: float
) -> tuple[float, float, float, float]:
    """Share with the event by the horizon, its error and its limits."""
    curve = kaplan_meier(table, "level" if group else None, level, cluster="cluster")
    last = curve.frame[curve.frame["group"] == (group or "all")].iloc[-1]
    if last["time"] < horizon and last["estimate"] > 0:
        raise DataError(
            Fault(
                f"nobody left after {last['time']:g}",
                f"follow-up to the horizon {horizon:g}",
                "Ask for fewer groups or an earlier horizon.",
                f"group {group or 'all'}",
            )
        )
    if last["estimate"] == 0:
        return 1.0, float("nan"), float("nan"), float("nan")
    share = 1 - float(last["estimate"])
    limits = 1 - float(last["conf_high"]), 1 - float(last["conf_low"])
    return share, float(last["std_error"]), *limits


def _no_slope(chance: Floats) -> tuple[str, ...]:
    """Why there is no slope, if there is none."""
    if len(np.unique(chance)) == 1:
        return ("No slope: all predictions are equal.",)
    certain = int(((chance <= 0) | (chance >= 1)).sum())
    if certain:
        return (f"No slope: {certain} predictions are exactly 0 or 1, off its scale.",)
    return ()


def _slope(table: SpellTable, chance: Floats) -> tuple[float, float]:
    """Coefficient of log(-log(1 - p)), with its error over clusters."""
    own = chance[table.frame["place"].to_numpy()]
    frame = table.frame.assign(prediction=np.log(-np.log1p(-own)))
    fit = fit_cox(
        SpellTable(frame, rule_id="calibration"), ["prediction"], vcov=Clustered("cluster")
    )
    return fit.coefficient("prediction"), fit.std_error("prediction")
