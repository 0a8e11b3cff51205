"""Likelihood of onsets that are seen through errors, gaps or delay: a forward recursion.

A city is either clear or already shrinking; the hazard moves it once. What is observed in a row
depends on where the city stands, with known probabilities; the path in between is summed out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import group_sums
from econshrink.survival.discrete.links import Link, terms
from econshrink.survival.kernel.intervals import Floats, Ints
from econshrink.survival.kernel.newton import Point


@dataclass(frozen=True, eq=False)
class HiddenRows:
    """Rows of all cities, in order of time within a city, with the probability of what was seen.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Design, duration columns and intercept in it.
    offset : ndarray, shape (n,)
    city : ndarray of int, shape (n,)
        Codes 0 … c-1; every city is clear before its first row.
    clear, fresh, old : ndarray, shape (n,)
        Probability of the observation of a row if the city is clear after it, if its onset is in
        it, and if its onset came before it.
    """

    x: Floats
    offset: Floats
    city: Ints
    clear: Floats
    fresh: Floats
    old: Floats


@dataclass(frozen=True, eq=False)
class CityTerms:
    """Log-likelihood (c,), its score (c, k) and minus its Hessian, summed (k, k)."""

    loglik: Floats
    score: Floats
    information: Floats


def city_terms(rows: HiddenRows, beta: Floats, link: Link) -> CityTerms:
    """Run the recursion over the rows of every city at once, with two derivatives.

    Notes
    -----
    With p the hazard of a row, the unnormalised weights move as
    clear' = clear (1 - p) c and shrinking' = clear p f + shrinking o, where c, f, o are the
    probabilities of what was seen. They are rescaled in every row.
    """
    count, k = int(rows.city.max()) + 1, rows.x.shape[1]
    at = terms(rows.x @ beta + rows.offset, link)
    survive = np.exp(at.log_survival)
    slope = -survive * at.slope_survival  # dp/deta
    bend = survive * (at.bend_survival - at.slope_survival**2)  # d2p/deta2
    order = np.argsort(rows.city, kind="stable")
    first = np.searchsorted(rows.city[order], np.arange(count))
    length = np.bincount(rows.city, minlength=count)
    weight = np.zeros((2, count))
    weight[0] = 1.0
    pull, curve = np.zeros((2, count, k)), np.zeros((2, count, k, k))
    loglik = np.zeros(count)
    for step in range(int(length.max())):
        on = np.flatnonzero(length > step)
        row = order[first[on] + step]
        moved = _move(
            (weight[:, on], pull[:, on], curve[:, on]),
            rows.x[row],
            (at.mean[row], survive[row], slope[row], bend[row]),
            (rows.clear[row], rows.fresh[row], rows.old[row]),
        )
        total = moved[0].sum(axis=0)
        with np.errstate(divide="ignore"):
            loglik[on] += np.log(total)
        scale = 1 / np.where(total > 0, total, 1.0)
        weight[:, on] = moved[0] * scale
        pull[:, on] = moved[1] * scale[:, None]
        curve[:, on] = moved[2] * scale[:, None, None]
    score = pull.sum(axis=0)
    information = score.T @ score - curve.sum(axis=(0, 1))
    return CityTerms(loglik, score, (information + information.T) / 2)


def _move(
    state: tuple[Floats, Floats, Floats],
    x: Floats,
    hazard: tuple[Floats, Floats, Floats, Floats],
    seen: tuple[Floats, Floats, Floats],
) -> tuple[Floats, Floats, Floats]:
    """One row: weights of clear and shrinking with their derivatives in the coefficients."""
    (clear0, old0), (clear1, old1), (clear2, old2) = state
    p, q, slope, bend = hazard
    if_clear, if_fresh, if_old = seen
    gain1 = slope[:, None] * x
    cross = clear1[:, :, None] * gain1[:, None, :]
    gain2 = (clear0 * bend)[:, None, None] * (x[:, :, None] * x[:, None, :])
    gain2 = gain2 + cross + cross.transpose(0, 2, 1)
    lift = clear0[:, None] * gain1
    weight = np.stack([clear0 * q * if_clear, clear0 * p * if_fresh + old0 * if_old])
    pull = np.stack(
        [
            (clear1 * q[:, None] - lift) * if_clear[:, None],
            (clear1 * p[:, None] + lift) * if_fresh[:, None] + old1 * if_old[:, None],
        ]
    )
    curve = np.stack(
        [
            (clear2 * q[:, None, None] - gain2) * if_clear[:, None, None],
            (clear2 * p[:, None, None] + gain2) * if_fresh[:, None, None]
            + old2 * if_old[:, None, None],
        ]
    )
    return weight, pull, curve


def hidden_point(rows: HiddenRows, beta: Floats, link: Link) -> Point:
    """Value for Newton's method; where the Hessian is no descent, the scores' cross-product."""
    at = city_terms(rows, beta, link)
    loglik = float(at.loglik.sum())
    if not np.isfinite(loglik):
        return Point(beta, -np.inf, np.zeros(len(beta)), np.eye(len(beta)))
    information = at.information
    smallest = float(np.linalg.eigvalsh(information)[0])
    if smallest <= 1e-8 * float(np.trace(information)) / len(beta):
        information = at.score.T @ at.score
    return Point(beta, loglik, at.score.sum(axis=0), information)


def cluster_scores(scores: Floats, cluster: Ints, count: int) -> Floats:
    """Scores of cities summed within clusters, shape (count, k)."""
    return group_sums(scores, cluster, count)
