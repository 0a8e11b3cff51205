"""Restricted mean times whose errors allow for clusters, and for groups that share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.spells import SpellTable
from econshrink.survival.curves.kaplan_meier import kaplan_meier
from econshrink.survival.curves.summaries import restricted_mean
from econshrink.survival.kernel.influence import (
    log_survival_factor,
    risk_counts,
    running_influence,
)
from econshrink.survival.options import required_column, spell_times


@dataclass(frozen=True, eq=False)
class _Means:
    """Means of m groups and the influence of each of c clusters on them, shape (c, m)."""

    names: list[str]
    value: Floats
    influence: Floats


def clustered_restricted_means(
    spells: SpellTable, horizon: float, by: str | None = None, *, cluster: str = "city"
) -> pd.DataFrame:
    r"""Mean time free of the event up to `horizon`, with errors over clusters.

    Parameters
    ----------
    spells : SpellTable
        Late entry, several events a city and groups that a city passes through are allowed.
    horizon : float
    by : str, optional
        Column of groups.
    cluster : str
        Column of the clusters: rows of one may depend on each other.

    Returns
    -------
    DataFrame
        Columns ``group, restricted_mean, std_error``.

    Raises
    ------
    SpecError, DataError
        Unknown columns or gaps in them, or a group not followed up to the horizon.

    Notes
    -----
    The influence of a cluster on :math:`\int_0^\tau S(t) dt` is the integral of its influence on
    S(t); the variance is the sum of squares over clusters (infinitesimal jackknife).

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b", "c"], "start": 0, "stop": [1, 2, 3],
    ...     "event": [1, 0, 1]}), rule_id="example")
    >>> clustered_restricted_means(spells, 3.0)["std_error"].round(4).tolist()
    [0.5443]
    """
    means = _means(spells, horizon, by, cluster)
    error = np.sqrt((means.influence**2).sum(axis=0))
    columns = {"group": means.names, "restricted_mean": means.value, "std_error": error}
    return pd.DataFrame(columns)


def clustered_restricted_mean_differences(
    spells: SpellTable,
    horizon: float,
    by: str,
    *,
    cluster: str = "city",
    level: float = 0.95,
) -> pd.DataFrame:
    """Differences in restricted mean time from the first group; groups may share clusters.

    Parameters are those of `clustered_restricted_means`.

    Returns
    -------
    DataFrame
        Columns ``group, reference, difference, std_error, conf_low, conf_high, p_value``.

    Raises
    ------
    SpecError, DataError
        Fewer than two groups, or as `clustered_restricted_means`.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 2, 3],
    ...     "event": [1, 1, 0, 1], "coal": [1, 1, 0, 0]}), rule_id="example")
    >>> clustered_restricted_mean_differences(spells, 2.0, "coal")["difference"].tolist()
    [-0.5]
    """
    means = _means(spells, horizon, by, cluster)
    if len(means.names) < 2:
        raise SpecError(Fault(f"one group in '{by}'", "two or more", "Check the column."))
    gap = means.value[1:] - means.value[0]
    pull = means.influence[:, 1:] - means.influence[:, :1]
    error = np.sqrt((pull**2).sum(axis=0))
    reach = float(distributions.norm.ppf(0.5 + level / 2)) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * distributions.norm.sf(np.abs(gap / error))
    return pd.DataFrame(
        {
            "group": means.names[1:],
            "reference": means.names[0],
            "difference": gap,
            "std_error": error,
            "conf_low": gap - reach,
            "conf_high": gap + reach,
            "p_value": p_value,
        }
    )


def _means(spells: SpellTable, horizon: float, by: str | None, cluster: str) -> _Means:
    curve = kaplan_meier(spells, by)
    means = restricted_mean(curve, horizon)
    group = required_column(spells, by, "group").astype(str) if by else None
    numbers, clusters = codes(required_column(spells, cluster, "cluster").to_numpy())
    start, stop = spell_times(spells)
    event = (spells.frame["event"] == 1).to_numpy()
    columns = []
    for name in means["group"]:
        mine = np.ones(len(stop), bool) if group is None else (group == name).to_numpy()
        rows = risk_counts(start[mine], stop[mine], event[mine], np.ones(int(mine.sum())))
        inside = np.minimum(np.append(rows.time, np.inf), horizon)
        width = np.diff(inside)
        survival = np.cumprod(1 - rows.events / rows.at_risk)
        factor = log_survival_factor(rows)
        parts = running_influence(rows, numbers[mine], clusters, factor)
        columns.append(np.concatenate([part @ (survival * width) for part in parts]))
    names = [str(name) for name in means["group"]]
    return _Means(names, means["restricted_mean"].to_numpy(), np.column_stack(columns))
