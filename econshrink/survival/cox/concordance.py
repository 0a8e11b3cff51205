"""Concordance of a predictor with the order of events, with late entry, strata and ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.errors import DataError, Fault
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import prepare
from econshrink.survival.design import fitted_spec, survival_arrays
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.risk_sets import RiskSets
from econshrink.survival.options import required_column

_KINDS = ("cox", "cox_firth", "cox_ridge", "frailty")


@dataclass(frozen=True)
class Concordance:
    """Harrell's C and the pairs behind it.

    Parameters
    ----------
    estimate : float
        Share of comparable pairs in the right order, ties in the predictor counted half.
    std_error : float
        Infinitesimal jackknife over rows, or over clusters.
    concordant, discordant, tied_risk, tied_time, tied_both : float
        Numbers of pairs (weighted).
    """

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied_risk: float
    tied_time: float
    tied_both: float


@takes_tables
def concordance(spells: SpellTable, estimate: Estimate, cluster: str | None = None) -> Concordance:
    """How often, of two cities at risk, the one with the higher predicted hazard goes first.

    Each event is compared with the rows at risk at its time, within strata.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        Fitted or new data with the covariates of the model.
    estimate : Estimate
        From `fit_cox`.
    cluster : str, optional
        Column to sum the jackknife over.

    Returns
    -------
    Concordance

    Raises
    ------
    DataError
        No pair can be compared.

    Notes
    -----
    Harrell, Lee and Mark (1996); Therneau and Atkinson (2020) for the variance.
    """
    design = fitted_spec(estimate, _KINDS, "a proportional hazards model", "fit_cox")
    arrays = survival_arrays(spells, design)
    sets = prepare(arrays, design)
    risk = _levels(sets.x @ (estimate.coefficients * sets.scale) + sets.offset)
    totals, influence = _compare(sets, risk)
    concordant, discordant, tied_risk = totals[:3]
    pairs = concordant + discordant + tied_risk
    if pairs == 0:
        raise DataError(Fault("no comparable pair", "two rows at risk at an event", "Add data."))
    value = (concordant + tied_risk / 2) / pairs
    own = influence[:, 0] + influence[:, 2] / 2 - value * influence.sum(axis=1)
    pull = sets.weight * own / pairs
    if cluster is not None:
        labels = required_column(spells, cluster, "cluster").to_numpy()
        numbers, count = codes(labels[sets.rows])
        pull = np.bincount(numbers, weights=pull, minlength=count)
    error = float(np.sqrt((pull**2).sum()))
    return Concordance(float(value), error, *(float(total) for total in totals))


def _levels(eta: Floats) -> Ints:
    """Rank the predictor; values within rounding of one another are ties."""
    order = np.argsort(eta, kind="stable")
    gaps = np.diff(eta[order]) > 1e-11 * max(1.0, float(np.abs(eta).max()))
    level = np.empty(len(eta), dtype=np.intp)
    level[order] = np.concatenate([[0], np.cumsum(gaps)])
    return level


def _compare(sets: RiskSets, risk: Ints) -> tuple[Floats, Floats]:
    """Pairs in all (5,) and, of the first three kinds, those each row takes part in (m, 3)."""
    totals, influence = np.zeros(5), np.zeros((len(risk), 3))
    lo, hi = sets.intervals.lo, sets.intervals.hi
    deaths, at = sets.deaths, sets.death_time
    order = np.argsort(at, kind="stable")
    # Rows come in the order of their first event time: those at risk are carried along.
    entering = np.searchsorted(lo, np.arange(sets.intervals.size + 1))
    active = np.empty(0, dtype=np.intp)
    bounds = np.searchsorted(at[order], np.arange(sets.intervals.size + 1))
    for t in range(sets.intervals.size):
        dead = deaths[order[bounds[t] : bounds[t + 1]]]
        active = np.concatenate([active[hi[active] > t], np.arange(entering[t], entering[t + 1])])
        rest = active[~(sets.event[active] & (hi[active] == t + 1))]
        for rows, others, sign in ((dead, rest, 1), (rest, dead, -1)):
            lower, same, higher = _weight_around(risk[rows], risk[others], sets.weight[others])
            first, second = (lower, higher) if sign == 1 else (higher, lower)
            influence[rows] += np.column_stack([first, second, same])
            if sign == 1:
                w = sets.weight[rows]
                totals[:3] += w @ first, w @ second, w @ same
        tied = _tied_pairs(sets.weight[dead])
        both = sum(_tied_pairs(sets.weight[dead][risk[dead] == v]) for v in np.unique(risk[dead]))
        totals[3:] += tied - both, both
    return totals, influence


def _weight_around(risk: Ints, others: Ints, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Weight of the others with lower, equal and higher risk."""
    order = np.argsort(others, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    low = total[np.searchsorted(others[order], risk, side="left")]
    high = total[np.searchsorted(others[order], risk, side="right")]
    return low, high - low, total[-1] - high


def _tied_pairs(weight: Floats) -> float:
    return float((weight.sum() ** 2 - (weight**2).sum()) / 2)
