"""Backbone: the flows that are too large to be chance (disparity filter)."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError


def disparity(flows: Floats) -> Floats:
    """p-value of each directed flow under evenly broken strength.

    For a city with k outflows, a share p of its out-strength has α = (1 − p)^(k−1); likewise
    with inflows of the destination; the smaller of the two is returned (Serrano, Boguñá and
    Vespignani 2009). A city with one flow tests nothing: its α is 1.

    Takes `flows` of shape (n, n).

    Returns shape (n, n): 1 where nothing flows.
    """
    positive = flows > 0
    result = np.ones_like(flows)
    for axis in (1, 0):
        total = flows.sum(axis=axis, keepdims=True)
        links = positive.sum(axis=axis, keepdims=True)
        share = np.divide(flows, total, out=np.zeros_like(flows), where=total > 0)
        alpha = np.where(positive & (links > 1), (1.0 - share) ** np.maximum(links - 1, 0), 1.0)
        result = np.minimum(result, alpha)
    return result


def backbone(flows: Floats, size: float = 0.05) -> Floats:
    """Flows whose disparity p-value is below `size`; the others set to zero.

    Raises
    ------
    SpecError
        A size outside (0, 1).

    Examples
    --------
    >>> backbone(np.array([[0.0, 9.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), 0.2)
    array([[0., 9., 0.],
           [0., 0., 0.],
           [0., 0., 0.]])
    """
    if not 0 < size < 1:
        raise SpecError(Fault(f"size {size}", "above 0 and below 1", "Choose 0.05."))
    return np.where(disparity(flows) < size, flows, 0.0)
