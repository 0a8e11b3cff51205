"""Strengths: who gains, how much moves, how much comes back, and between how many groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, codes, group_sums
from econshrink.core.errors import DataError, Fault
from econshrink.nouns.flows import FlowNetwork


def strengths(network: FlowNetwork) -> pd.DataFrame:
    """In, out and net flow, shares, turnover, migration effectiveness and reciprocity by city.

    Columns: ``out, in, net, in_share`` (of all flow), ``turnover`` = (in + out) / stock (per unit
    of flow where stocks are unknown: (in + out) / total flow), ``effectiveness`` = (in − out) /
    (in + out), and ``reciprocity`` = Σ_j min(F_ij, F_ji) / Σ_j max(F_ij, F_ji).

    Parameters
    ----------
    network : FlowNetwork
        Complete.

    Returns
    -------
    DataFrame
        Index: city. A city without any flow has NaN effectiveness and reciprocity.

    Raises
    ------
    DataError
        Pairs that the source does not list.

    Examples
    --------
    >>> net = FlowNetwork(("a", "b"), np.array([[0.0, 3.0], [1.0, 0.0]]))
    >>> strengths(net)[["net", "effectiveness", "reciprocity"]]
          net  effectiveness  reciprocity
    city
    a    -2.0           -0.5     0.333333
    b     2.0            0.5     0.333333
    """
    network.require_complete("strengths")
    out, arriving = network.out_strength, network.in_strength
    both = out + arriving
    base = network.stocks if network.stocks is not None else np.full(network.count, out.sum())
    least = np.minimum(network.flows, network.flows.T).sum(axis=1)
    most = np.maximum(network.flows, network.flows.T).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "out": out,
                "in": arriving,
                "net": arriving - out,
                "in_share": arriving / arriving.sum(),
                "turnover": both / base,
                "effectiveness": (arriving - out) / both,
                "reciprocity": least / most,
            },
            index=pd.Index(network.cities, name="city"),
        )


def network_effectiveness(flows: Floats) -> float:
    """Migration effectiveness of the whole, Σ|in − out| / Σ(in + out): 0 balanced, 1 one-way.

    Examples
    --------
    >>> network_effectiveness(np.array([[0.0, 3.0], [1.0, 0.0]]))
    0.5
    """
    out, arriving = flows.sum(axis=1), flows.sum(axis=0)
    return float(np.abs(arriving - out).sum() / (arriving + out).sum())


def network_reciprocity(flows: Floats) -> float:
    """Weighted reciprocity Σ_i<j 2·min(F_ij, F_ji) / Σ F (Squartini and others 2013).

    Examples
    --------
    >>> network_reciprocity(np.array([[0.0, 3.0], [1.0, 0.0]]))
    0.5
    """
    return float(np.minimum(flows, flows.T).sum() / flows.sum())


def participation(flows: Floats, groups: Sequence[object]) -> Floats:
    """How evenly a city's links spread over groups, P_i = 1 − Σ_g (s_ig / s_i)².

    Guimerà and Amaral (2005), with s_ig the flow in both directions between city i and group g.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
    groups : sequence, length n

    Returns
    -------
    ndarray, shape (n,)
        NaN for a city without flow.

    Examples
    --------
    >>> participation(np.array([[0.0, 1, 1], [0, 0, 0], [0, 0, 0]]), ["x", "x", "y"])
    array([0.5, 0. , 0. ])
    """
    numbers, count = codes(list(groups))
    if len(numbers) != len(flows):
        raise DataError(Fault(f"{len(numbers)} groups", f"{len(flows)}", "One a city."))
    both = flows + flows.T
    by_group = group_sums(both.T.copy(), numbers, count).T
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = by_group / both.sum(axis=1, keepdims=True)
        return np.asarray(1.0 - (shares**2).sum(axis=1))


def strength_bounds(network: FlowNetwork) -> pd.DataFrame:
    """What a list of the largest shares leaves open about arrivals and effectiveness.

    Each unlisted pair holds between nothing and what its origin has left, and at most the least
    flow its origin lists (the list was of the largest). Columns ``out, in_low, in_high,
    effectiveness_low, effectiveness_high``.

    Parameters
    ----------
    network : FlowNetwork
        With `unlisted_out`, or complete (then both bounds agree).

    Returns
    -------
    DataFrame
        Index: city.

    Raises
    ------
    DataError
        A source that divides by arrivals: transpose the question.
    """
    if network.unlisted_in is not None:
        raise DataError(
            Fault(
                "unlisted arrivals",
                "unlisted leavers",
                "Only lists by origin are bounded.",
                network.label,
            )
        )
    listed = np.nansum(network.flows, axis=0)
    missing = np.isnan(network.flows)
    left = network.unlisted_out if network.unlisted_out is not None else np.zeros(network.count)
    known = np.where(missing | np.eye(network.count, dtype=bool), np.inf, network.flows)
    most = np.minimum(left, known.min(axis=1))
    high = listed + np.where(missing, most[:, None], 0.0).sum(axis=0)
    out = network.out_strength
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "out": out,
                "in_low": listed,
                "in_high": high,
                "effectiveness_low": (listed - out) / (listed + out),
                "effectiveness_high": (high - out) / (high + out),
            },
            index=pd.Index(network.cities, name="city"),
        )


def spread_unlisted(network: FlowNetwork) -> FlowNetwork:
    """Fill unlisted pairs in proportion to the partners' listed mass: a stated guess, not data.

    Each origin's unlisted mass goes to its unlisted destinations in proportion to their listed
    arrivals (their listed leavers where nobody lists them). The result says so in its notes.

    Raises
    ------
    DataError
        Unlisted mass without an unlisted pair to hold it.
    """
    if network.unlisted_in is not None:
        turned = FlowNetwork(
            network.cities, network.flows.T, network.kind, unlisted_out=network.unlisted_in
        )
        filled = spread_unlisted(turned).flows.T
        return network.with_flows(filled, "unlisted mass spread by listed leavers")
    if network.unlisted_out is None:
        return network
    missing = np.isnan(network.flows)
    nowhere = (network.unlisted_out > 0) & ~missing.any(axis=1)
    if nowhere.any():
        raise DataError(
            Fault(
                f"unlisted mass of {network.labels[int(np.flatnonzero(nowhere)[0])]} although "
                "every partner is listed",
                "none",
                "Mass may leave the region: add its destinations, or set the mass to 0.",
                network.label,
            )
        )
    weight = np.nansum(network.flows, axis=0)
    weight = np.where(weight > 0, weight, np.nansum(network.flows, axis=1))
    weight = np.where(weight > 0, weight, weight[weight > 0].min())
    share = np.where(missing, weight[None, :], 0.0)
    total = share.sum(axis=1, keepdims=True)
    share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    filled = np.where(missing, share * network.unlisted_out[:, None], network.flows)
    return network.with_flows(filled, "unlisted mass spread by listed arrivals")
