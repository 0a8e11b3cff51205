"""Log-rank and Fleming-Harrington tests, with late entry and strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as distributions

from econshrink.core.arrays import Floats, Ints, codes, least_norm
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.show.page import Grid, Page, frame_grid, number, probability
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.spells import SpellTable
from econshrink.survival.design import stratum_codes
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.influence import RiskCounts, cluster_drift, risk_counts
from econshrink.survival.options import required_column, spell_times


@dataclass(frozen=True)
@typed_fields
class FlemingHarrington:
    """Weight S(t-)^rho (1 - S(t-))^gamma; rho = gamma = 0 is the log-rank test.

    rho = 1 stresses early differences, gamma = 1 late ones.
    """

    rho: float = 0.0
    gamma: float = 0.0


@dataclass(frozen=True, eq=False, repr=False)
class LogRankTest(Shown):
    """Result of `log_rank`.

    Parameters
    ----------
    statistic : float
        Chi-square.
    df : int
        Groups less one.
    p_value : float
    table : DataFrame
        Columns ``group, cities, observed, expected``, weighted as the test is.
    label : str
    """

    statistic: float
    df: int
    p_value: float
    table: pd.DataFrame
    label: str

    def _page(self) -> Page:
        p_value = probability(self.p_value)
        row = (number(self.statistic), f"chi-squared({self.df})", p_value)
        test = Grid(("statistic", "distribution", "p"), (row,), frozenset({1}))
        groups = frame_grid(self.table, "Events by group")
        brief = f"{self.label}: {row[0]}, {row[1]}, p {p_value.replace('<', '< ')}"
        title = self.label[:1].upper() + self.label[1:]
        facts = (("Null", "the groups have the same hazard"),)
        return Page(title, brief, facts, (test, groups))


@takes_tables
def log_rank(
    spells: SpellTable,
    by: str,
    *,
    strata: str | Sequence[str] | None = None,
    weight: FlemingHarrington = FlemingHarrington(),
    cluster: str | None = None,
) -> LogRankTest:
    """Test that the groups in column `by` have the same hazard.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    by : str
        Column of groups.
    strata : str or sequence of str, optional
        The comparison is made within the combinations of these columns and added up.
    weight : FlemingHarrington
    cluster : str, optional
        Column of clusters, such as ``"province"``: the variance then sums the squares of what each
        cluster adds to the score, whatever the dependence within it.

    Returns
    -------
    LogRankTest

    Raises
    ------
    SpecError
        Unknown columns or gaps in them, or fewer than two groups.
    DataError
        No event while two groups are at risk, or fewer clusters than groups.

    Notes
    -----
    Mantel (1966); Fleming and Harrington (1991); Lee, Wei and Ying (1993) for clusters, where the
    unweighted test is the robust score test of Breslow's Cox model. The pooled survival in the
    weight is that of the stratum, left-continuous. The variance without clusters is hypergeometric,
    which allows for ties.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": 1, "coal": [1, 1, 0, 0]}), rule_id="example")
    >>> round(log_rank(spells, "coal").statistic, 3)
    2.882
    """
    grouping = (strata,) if isinstance(strata, str) else tuple(strata or ())
    labels = required_column(spells, by, "group")
    group, count = codes(labels.to_numpy())
    if count < 2:
        raise SpecError(Fault(f"one group in '{by}'", "two or more", "Check the column."))
    stratum, _ = stratum_codes(spells, grouping)
    frame = spells.frame
    start, stop = spell_times(spells)
    event = frame["event"].to_numpy() == 1
    observed, expected = np.zeros(count), np.zeros(count)
    variance = np.zeros((count, count))
    members, scores = None, np.zeros((1, count))
    if cluster:
        members, clusters = codes(required_column(spells, cluster, "cluster").to_numpy())
        scores = np.zeros((clusters, count))
    for level in range(int(stratum.max()) + 1):
        chosen = stratum == level
        o, e, v = _one_stratum(
            start[chosen], stop[chosen], event[chosen], group[chosen], count, weight
        )
        observed, expected, variance = observed + o, expected + e, variance + v
        if members is not None:
            rows = risk_counts(start[chosen], stop[chosen], event[chosen], np.ones(chosen.sum()))
            scores += _cluster_scores(rows, group[chosen], members[chosen], scores.shape, weight)
    if members is not None:
        variance = _cluster_variance(scores, variance, str(cluster))
    informed = np.diag(variance) > 0
    df = int(informed.sum()) - 1
    if df < 1:
        raise DataError(
            Fault("no event while two groups are at risk", "at least one", "Merge groups.")
        )
    kept = np.flatnonzero(informed)[:-1]
    gap = (observed - expected)[kept]
    statistic = float(gap @ least_norm(variance[np.ix_(kept, kept)], gap)[0])
    names = labels.to_numpy(dtype=object)[np.unique(group, return_index=True)[1]]
    table = pd.DataFrame(
        {
            "group": [str(name) for name in names],
            "cities": frame.groupby(group)["city"].nunique().to_numpy(),
            "observed": observed,
            "expected": expected,
        }
    )
    plain = weight == FlemingHarrington()
    label = f"Fleming-Harrington test, rho {weight.rho:g}, gamma {weight.gamma:g}"
    label = "log-rank test" if plain else label
    label += f", clustered by {cluster}" if cluster else ""
    return LogRankTest(statistic, df, float(distributions.chi2.sf(statistic, df)), table, label)


def _one_stratum(
    start: Floats,
    stop: Floats,
    event: NDArray[np.bool_],
    group: Ints,
    count: int,
    option: FlemingHarrington,
) -> tuple[Floats, Floats, Floats]:
    """Weighted observed and expected events of each group and their covariance."""
    time = np.unique(stop[event])
    if not len(time):
        return np.zeros(count), np.zeros(count), np.zeros((count, count))
    at_risk, dead = np.empty((len(time), count)), np.empty((len(time), count))
    for g in range(count):
        mine = group == g
        entered = np.searchsorted(np.sort(start[mine]), time, side="left")
        left = np.searchsorted(np.sort(stop[mine]), time, side="left")
        at_risk[:, g] = entered - left
        position = np.searchsorted(time, stop[mine & event])
        dead[:, g] = np.bincount(position, minlength=len(time))
    total, died = at_risk.sum(axis=1), dead.sum(axis=1)
    factor = _factor(died / total, option)
    share = at_risk / total[:, None]
    expected = factor @ (share * died[:, None])
    spread = factor**2 * died * (total - died) / np.maximum(total - 1, 1)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return factor @ dead, expected, variance


def _factor(hazard: Floats, option: FlemingHarrington) -> Floats:
    """Weight of each event time from the pooled survival just before it."""
    survival = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return np.asarray(survival**option.rho * (1 - survival) ** option.gamma)


def _cluster_scores(
    rows: RiskCounts, group: Ints, cluster: Ints, shape: tuple[int, ...], option: FlemingHarrington
) -> Floats:
    """What each cluster adds to observed less expected of each group; shape (clusters, groups)."""
    clusters, count = shape
    if not len(rows.time):
        return np.zeros((clusters, count))
    at_risk = rows.at_risk
    hazard = rows.events / at_risk
    factor = _factor(hazard, option)
    share = np.column_stack([rows.rows(group == g).at_risk for g in range(count)])
    share *= (factor / at_risk)[:, None]
    whole = np.concatenate([part @ share for part in cluster_drift(rows, cluster, clusters)])
    own = [
        np.concatenate(
            [
                part @ factor
                for part in cluster_drift(
                    rows.rows(group == g), cluster[group == g], clusters, hazard
                )
            ]
        )
        for g in range(count)
    ]
    return np.asarray(np.column_stack(own) - whole)


def _cluster_variance(scores: Floats, plain: Floats, cluster: str) -> Floats:
    """Sum of squares over clusters, zero for groups that are never compared."""
    informed = np.diag(plain) > 0
    active = int((np.abs(scores) > 0).any(axis=1).sum())
    if active < int(informed.sum()):
        raise DataError(
            Fault(
                f"{active} clusters by '{cluster}' with rows at risk",
                f"at least as many as the {int(informed.sum())} groups",
                "Cluster at a finer level, or merge groups.",
            )
        )
    spread = scores.T @ scores
    return np.where(np.outer(informed, informed), spread, 0.0)
