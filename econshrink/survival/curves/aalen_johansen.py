"""Cumulative incidence of competing ends, without a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as distributions

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.nouns.curve import Curve
from econshrink.nouns.spells import SpellTable
from econshrink.survival.entrance import takes_tables
from econshrink.survival.events.competing import event_causes
from econshrink.survival.options import required_column, spell_times


@dataclass(frozen=True, eq=False)
class _Moment:
    """State after one event time; arrays have one entry a cause."""

    time: float
    at_risk: float
    events: Floats
    share: Floats
    error: Floats


@takes_tables
def aalen_johansen(
    spells: SpellTable,
    causes: str,
    by: str | None = None,
    level: float = 0.95,
    *,
    cluster: str = "city",
) -> Curve:
    r"""Probability of having ended by each cause, :math:`F_j(t) = \sum S(s-) d_{js} / n_s`.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        `event` is 1 whatever the cause.
    causes : str
        Column that names the cause of each event; it is read where `event` is 1.
    by : str, optional
        Column of groups.
    level : float
    cluster : str
        Column of the clusters the errors allow for.

    Returns
    -------
    Curve
        Kind ``"incidence"``, one group a cause (``"group: cause"`` if there are groups), each
        starting from 0 at time 0, with ``at_risk`` and ``events``. The band is log(-log), normal.

    Raises
    ------
    SpecError
        Unknown columns, or events without a cause.
    DataError
        No events.

    Notes
    -----
    Aalen and Johansen (1978). The standard error is the infinitesimal jackknife over cities (or
    other clusters), which allows for several rows a city.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": [1, 1, 0, 1], "end": ["loss", "merger", "", "loss"]}), rule_id="example")
    >>> curve = aalen_johansen(spells, "end").frame
    >>> curve.groupby("group")["estimate"].last().to_dict()
    {'loss': 0.75, 'merger': 0.25}
    """
    if not 0 < level < 1:
        raise SpecError(Fault(f"level {level:g}", "a level between 0 and 1", "Try 0.95."))
    cause = event_causes(spells, causes)
    if not (cause != "").any():
        raise DataError(
            Fault("no events", "at least one end by some cause", "Check the rule and the window.")
        )
    group = required_column(spells, by, "group") if by else None
    labels = [None] if group is None else sorted(group.unique())
    members, _ = codes(required_column(spells, cluster, "cluster").to_numpy())
    start, stop = spell_times(spells)
    frame = spells.frame.assign(start=start, stop=stop, _cluster=members)
    tables = []
    for label in labels:
        chosen = np.ones(len(cause), bool) if group is None else (group == label).to_numpy()
        prefix = "" if group is None else f"{label}: "
        tables += _incidence(frame[chosen], cause[chosen], prefix, level)
    title = f"Aalen-Johansen cumulative incidence ({spells.event_name})"
    curves = pd.concat(tables, ignore_index=True)
    return Curve(curves, "incidence", level, title, (), spells.synthetic)


def _incidence(
    frame: pd.DataFrame, cause: NDArray[np.object_], prefix: str, level: float
) -> list[pd.DataFrame]:
    """One table a cause; the influence of each cluster runs along with the estimate."""
    start, stop = frame["start"].to_numpy(), frame["stop"].to_numpy()
    city, cities = codes(frame["_cluster"].to_numpy())
    names = sorted(set(cause) - {""})
    kind = np.array([names.index(c) if c else -1 for c in cause])
    times = np.unique(stop[kind >= 0])
    survival, share = 1.0, np.zeros(len(names))
    pull_survival, pull_share = np.zeros(cities), np.zeros((cities, len(names)))
    origin = min(0.0, float(start.min()))
    records = [_Moment(origin, float((start <= origin).sum()), share, share, share)]
    for time in times:
        at_risk = (start < time) & (stop >= time)
        dead = at_risk & (stop == time) & (kind >= 0)
        n = at_risk.sum()
        events = np.bincount(kind[dead], minlength=len(names)).astype(float)
        hazard = events / n
        drift = np.zeros((cities, len(names)))
        np.add.at(drift, (city[dead], kind[dead]), 1 / n)
        present = np.bincount(city[at_risk], minlength=cities)
        drift -= present[:, None] * hazard / n
        pull_share = pull_share + pull_survival[:, None] * hazard + survival * drift
        pull_survival = pull_survival * (1 - hazard.sum()) - survival * drift.sum(axis=1)
        share = share + survival * hazard
        survival *= 1 - hazard.sum()
        error = np.sqrt((pull_share**2).sum(axis=0))
        records.append(_Moment(float(time), float(n), events, share, error))
    return [_incidence_table(records, j, f"{prefix}{name}", level) for j, name in enumerate(names)]


def _incidence_table(records: list[_Moment], j: int, name: str, level: float) -> pd.DataFrame:
    share = np.array([record.share[j] for record in records])
    error = np.array([record.error[j] for record in records])
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    low, high = share.copy(), share.copy()
    inner = (share > 0) & (share < 1)
    value = share[inner]
    factor = np.exp(reach * error[inner] / (value * np.log(value)))
    low[inner], high[inner] = value ** (1 / factor), value**factor
    return pd.DataFrame(
        {
            "time": [record.time for record in records],
            "at_risk": [record.at_risk for record in records],
            "events": [record.events[j] for record in records],
            "estimate": share,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
            "group": name,
        }
    )
