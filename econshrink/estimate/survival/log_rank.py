"""Log-rank and Fleming-Harrington tests, with late entry and strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as distributions

from econshrink.arrays import codes
from econshrink.errors import DataError, Fault, SpecError
from econshrink.estimate.survival.design import stratum_codes
from econshrink.estimate.survival.options import required_column, spell_times
from econshrink.nouns.spells import SpellTable

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class FlemingHarrington:
    """Weight S(t-)^rho (1 - S(t-))^gamma; rho = gamma = 0 is the log-rank test.

    rho = 1 stresses early differences, gamma = 1 late ones.
    """

    rho: float = 0.0
    gamma: float = 0.0


@dataclass(frozen=True, eq=False)
class LogRankTest:
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


def log_rank(
    spells: SpellTable,
    by: str,
    *,
    strata: str | Sequence[str] | None = None,
    weight: FlemingHarrington = FlemingHarrington(),
) -> LogRankTest:
    """Test that the groups in column `by` have the same hazard.

    Parameters
    ----------
    spells : SpellTable
    by : str
        Column of groups.
    strata : str or sequence of str, optional
        The comparison is made within the combinations of these columns and added up.
    weight : FlemingHarrington

    Returns
    -------
    LogRankTest

    Raises
    ------
    SpecError
        Unknown columns or gaps in them, or fewer than two groups.
    DataError
        No event while two groups are at risk.

    Notes
    -----
    Mantel (1966); Fleming and Harrington (1991). The pooled survival in the weight is that of the
    stratum, left-continuous. The variance is hypergeometric, which allows for ties.

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
    for level in range(int(stratum.max()) + 1):
        chosen = stratum == level
        o, e, v = _one_stratum(
            start[chosen], stop[chosen], event[chosen], group[chosen], count, weight
        )
        observed, expected, variance = observed + o, expected + e, variance + v
    informed = np.diag(variance) > 0
    df = int(informed.sum()) - 1
    if df < 1:
        raise DataError(
            Fault("no event while two groups are at risk", "at least one", "Merge groups.")
        )
    kept = np.flatnonzero(informed)[:-1]
    gap = (observed - expected)[kept]
    statistic = float(gap @ np.linalg.lstsq(variance[np.ix_(kept, kept)], gap, rcond=None)[0])
    names = labels.groupby(group).first()
    table = pd.DataFrame(
        {
            "group": [str(name) for name in names],
            "cities": frame.groupby(group)["city"].nunique().to_numpy(),
            "observed": observed,
            "expected": expected,
        }
    )
    label = f"Fleming-Harrington test, rho {weight.rho:g}, gamma {weight.gamma:g}"
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
    survival = np.concatenate([[1.0], np.cumprod(1 - died / total)[:-1]])
    factor = survival**option.rho * (1 - survival) ** option.gamma
    share = at_risk / total[:, None]
    expected = factor @ (share * died[:, None])
    spread = factor**2 * died * (total - died) / np.maximum(total - 1, 1)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return factor @ dead, expected, variance
