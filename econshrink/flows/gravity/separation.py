"""Separation: a Poisson model has no finite estimate where zeros are predicted perfectly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault
from econshrink.flows.gravity.ppml import GravityEffects, sweep

TOLERANCE = 1e-7  # share of a regressor's variation left after the sweep


def separation_faults(
    flows: Floats,
    regressors: Floats,
    names: Sequence[str],
    sample: np.ndarray,
    effects: GravityEffects,
) -> list[Fault]:
    """Name regressors that the effects explain in full, everywhere or wherever flows are positive.

    The first have no estimate at all. The second vary over zero flows only (Santos Silva and
    Tenreyro 2010): the likelihood may rise for ever as their slope runs away, so they are
    refused, which is more cautious than the exact condition of Correia, Guimarães and Zylkin
    (2019).

    Takes `flows` of shape (T, n, n); `regressors` of shape (k, T, n, n); `sample` of shape (T, n,
    n).
    """
    everywhere = _dependent(regressors, sample, effects)
    positive = _dependent(regressors, sample & (flows > 0), effects)
    faults = []
    for number, name in enumerate(names):
        if number in everywhere:
            faults.append(
                Fault(
                    f"regressor '{name}' explained by the effects and the regressors before it",
                    "variation of its own",
                    "Leave it out, or absorb fewer effects (pair effects absorb distance).",
                )
            )
        elif number in positive:
            zero = sample & (flows == 0) & (np.abs(regressors[number]) > 0)
            faults.append(
                Fault(
                    f"regressor '{name}' that varies over zero flows only "
                    f"({int(zero.sum())} cells): separated",
                    "variation over positive flows",
                    "Leave it out, or drop the cells that it singles out.",
                )
            )
    return faults


def _dependent(regressors: Floats, cells: np.ndarray, effects: GravityEffects) -> set[int]:
    """Positions of regressors without variation of their own over `cells`."""
    weights = cells.astype(np.float64)
    size = np.sqrt(np.einsum("ktij,tij->k", regressors**2, weights))
    scaled = regressors / np.where(size > 0, size, 1.0)[:, None, None, None]
    swept = sweep(scaled, weights, effects)
    columns = swept[:, cells].T
    found: set[int] = set()
    basis: list[Floats] = []
    for number, column in enumerate(columns.T):
        rest = column.copy()
        for _ in range(2):  # twice is enough
            for direction in basis:
                rest -= (direction @ rest) * direction
        length = float(np.sqrt(rest @ rest))
        if length < TOLERANCE:
            found.add(number)
        else:
            basis.append(rest / length)
    return found
