"""Dominance: which city each city looks to (Nystuen and Dacey 1961)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.nouns.flows import FlowNetwork


def dominance(network: FlowNetwork) -> pd.DataFrame:
    """Largest outflow of each city, and who is independent.

    A city is independent if its largest outflow goes to a city with less total inflow than its
    own; every other city depends on the destination of its largest outflow. Following these
    links leads each city to one independent city, its centre. Ties go to the larger inflow, then
    to the earlier city.

    Parameters
    ----------
    network : FlowNetwork
        Complete.

    Returns
    -------
    DataFrame
        Index: city; columns ``looks_to`` (a code, empty for a city without outflow),
        ``share`` (of its outflow), ``independent``, ``centre``, ``steps`` to the centre.

    Examples
    --------
    >>> flows = np.array([[0.0, 1, 1], [5, 0, 1], [6, 2, 0]])
    >>> dominance(FlowNetwork(("a", "b", "c"), flows))[["looks_to", "independent", "centre"]]
         looks_to  independent centre
    city
    a           b         True      a
    b           a        False      a
    c           a        False      a
    """
    network.require_complete("dominance")
    flows, arriving = np.asarray(network.flows), network.in_strength
    n = network.count
    order = np.lexsort((np.arange(n), -arriving))  # the first among equals
    ranked = flows[:, order]
    target = order[ranked.argmax(axis=1)]
    has = flows.sum(axis=1) > 0
    place = np.empty(n, dtype=np.intp)
    place[order] = np.arange(n)
    independent = ~has | (place[target] > place)
    centre, steps = np.arange(n), np.zeros(n, dtype=np.intp)
    for _ in range(n):  # each step leads to a city with more inflow: no circles
        moving = ~independent[centre]
        centre = np.where(moving, target[centre], centre)
        steps += moving
    names = np.array(network.cities, dtype=object)
    biggest = flows[np.arange(n), target]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = biggest / flows.sum(axis=1)
    return pd.DataFrame(
        {
            "looks_to": np.where(has, names[target], ""),
            "share": share,
            "independent": independent,
            "centre": names[centre],
            "steps": steps,
        },
        index=pd.Index(network.cities, name="city"),
    )
