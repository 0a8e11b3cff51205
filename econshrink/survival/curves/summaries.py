"""Numbers read off a survival curve: quantiles and restricted means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.nouns.curve import Curve
from econshrink.nouns.spells import SpellTable
from econshrink.survival.curves.kaplan_meier import kaplan_meier
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.influence import (
    log_survival_factor,
    risk_counts,
    running_influence,
)
from econshrink.survival.options import required_column, spell_times


def survival_quantile(curve: Curve, probability: float = 0.5) -> pd.DataFrame:
    """Time by which the share `probability` has had the event, with the band's limits.

    Columns ``group, quantile, conf_low, conf_high``; NaN if the curve never falls that far. Where
    the curve is flat at exactly the level, the middle of the flat stretch is taken. The limits
    invert the pointwise band (Brookmeyer and Crowley 1982).
    """
    _require_survival(curve)
    if not 0 < probability < 1:
        raise SpecError(Fault(f"share {probability:g}", "between 0 and 1", "The median is 0.5."))
    rows = []
    for name, table in curve.frame.groupby("group", sort=False):
        time = table["time"].to_numpy()
        ends = [
            _first_below(time, table[column].to_numpy(), 1 - probability)
            for column in ("estimate", "conf_low", "conf_high")
        ]
        rows.append((str(name), *ends))
    return pd.DataFrame(rows, columns=["group", "quantile", "conf_low", "conf_high"])


def restricted_mean(curve: Curve, horizon: float) -> pd.DataFrame:
    r"""Mean time free of the event up to `horizon`, :math:`\int_0^\tau S(t)\,dt`.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`.
    horizon : float
        Same unit as the curve's time.

    Returns
    -------
    DataFrame
        Columns ``group, restricted_mean, std_error``.

    Raises
    ------
    DataError
        No survival curve, or a group that was not followed up to the horizon.

    Notes
    -----
    Variance: sum over event times of (area to the right)^2 d / (n (n - d)) (Irwin 1949).

    Examples
    --------
    >>> frame = pd.DataFrame({"time": [0.0, 1.0, 2.0], "estimate": [1.0, 0.5, 0.5], "events":
    ...     [0.0, 1.0, 0.0], "at_risk": [2.0, 2.0, 1.0], "std_error": 0.0, "conf_low": 0.0,
    ...     "conf_high": 1.0, "group": "all"})
    >>> float(restricted_mean(Curve(frame, "survival"), 2.0)["restricted_mean"].iloc[0])
    1.5
    """
    _require_survival(curve)
    rows = []
    for name, table in curve.frame.groupby("group", sort=False):
        last = float(table["time"].iloc[-1])
        ended = float(table["estimate"].iloc[-1]) == 0
        if horizon > last and not ended:
            raise DataError(
                Fault(
                    f"horizon {horizon:g} beyond the last exit {last:g}",
                    "a horizon within the follow-up",
                    "Choose an earlier horizon.",
                    f"group {name}",
                )
            )
        rows.append((str(name), *_area(table, horizon)))
    return pd.DataFrame(rows, columns=["group", "restricted_mean", "std_error"])


def restricted_mean_differences(curve: Curve, horizon: float, level: float = 0.95) -> pd.DataFrame:
    """Differences in restricted mean time between each group and the first.

    Columns ``group, reference, difference, std_error, conf_low, conf_high, p_value``; normal
    approximation, groups taken as independent: they must share no city.
    """
    means = restricted_mean(curve, horizon)
    if len(means) < 2:
        raise DataError(Fault("one group", "two or more", "Pass `by` to kaplan_meier."))
    gap = means["restricted_mean"].to_numpy()[1:] - means["restricted_mean"].iloc[0]
    error = np.hypot(means["std_error"].to_numpy()[1:], means["std_error"].iloc[0])
    reach = distributions.norm.ppf(0.5 + level / 2) * error
    return pd.DataFrame(
        {
            "group": means["group"].to_numpy()[1:],
            "reference": means["group"].iloc[0],
            "difference": gap,
            "std_error": error,
            "conf_low": gap - reach,
            "conf_high": gap + reach,
            "p_value": 2 * distributions.norm.sf(np.abs(gap / error)),
        }
    )


def _require_survival(curve: Curve) -> None:
    if curve.kind != "survival" or "at_risk" not in curve.frame:
        raise DataError(
            Fault(f"a curve of kind {curve.kind}", "survival with at_risk", "Use kaplan_meier.")
        )


def _area(table: pd.DataFrame, horizon: float) -> tuple[float, float]:
    inside = table[table["time"] < horizon]
    time = np.append(inside["time"].to_numpy(), horizon)
    survival = inside["estimate"].to_numpy()
    pieces = survival * np.diff(time)
    right = np.cumsum(pieces[::-1])[::-1]
    events, at_risk = inside["events"].to_numpy(), inside["at_risk"].to_numpy()
    alive = (events > 0) & (at_risk > events)
    share = np.zeros(len(right))
    share[alive] = events[alive] / (at_risk[alive] * (at_risk[alive] - events[alive]))
    return float(pieces.sum()), float(np.sqrt((right**2 * share).sum()))


def _first_below(time: np.ndarray, level: np.ndarray, target: float) -> float:
    """First time at or below the target; the middle of a stretch exactly at it."""
    slack = 1e-12
    below = np.flatnonzero(level <= target + slack)
    if not len(below):
        return float("nan")
    first = below[0]
    if abs(level[first] - target) > slack:
        return float(time[first])
    lower = np.flatnonzero(level < target - slack)
    end = time[lower[0]] if len(lower) else time[-1]
    return float((time[first] + end) / 2)


@dataclass(frozen=True, eq=False)
class _Means:
    """Means of m groups and the influence of each of c clusters on them, shape (c, m)."""

    names: list[str]
    value: Floats
    influence: Floats


@takes_tables
def clustered_restricted_means(
    spells: SpellTable, horizon: float, by: str | None = None, *, cluster: str = "city"
) -> pd.DataFrame:
    r"""Mean time free of the event up to `horizon`, with errors over clusters.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
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


@takes_tables
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
