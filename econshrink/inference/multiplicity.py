"""Several hypotheses at once: Romano-Wolf step-down p-values from a joint null distribution."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all


def romano_wolf(statistics: Floats, null_draws: Floats) -> Floats:
    """p-values adjusted for testing S hypotheses (Romano and Wolf 2005, 2016).

    The hypotheses are ordered by |t|. The j-th largest is compared with the largest |t*| among
    the hypotheses not yet passed, p_j = (1 + #{max |t*| ≥ |t_j|}) / (B + 1), and made no smaller
    than the p-value before it. Controls the family-wise error rate and uses the dependence of the
    statistics.

    Parameters
    ----------
    statistics : ndarray, shape (S,)
    null_draws : ndarray, shape (B, S)
        Joint draws of the statistics under their nulls, centred, on the same scale.

    Returns
    -------
    ndarray, shape (S,)

    Raises
    ------
    DataError
        Shapes that do not match, or statistics or draws that are not finite.

    Examples
    --------
    >>> null = np.array([[0.1, -1.0], [0.5, 0.2], [-2.0, 0.3]])
    >>> romano_wolf(np.array([3.0, 0.4]), null)
    array([0.25, 0.5 ])
    """
    statistics, null_draws = np.asarray(statistics, float), np.asarray(null_draws, float)
    faults = []
    if statistics.ndim != 1 or null_draws.shape[1:] != statistics.shape or not len(null_draws):
        seen = f"statistics {statistics.shape} and null draws {null_draws.shape}"
        faults.append(Fault(seen, "shapes (S,) and (B, S)", "Give one column a hypothesis."))
    elif not (np.isfinite(statistics).all() and np.isfinite(null_draws).all()):
        faults.append(
            Fault("values that are not finite", "finite numbers", "Drop draws short of rank.")
        )
    raise_all(DataError, faults)
    size = np.abs(statistics)
    order = np.argsort(-size, kind="stable")
    ordered = np.abs(null_draws)[:, order]
    largest = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    reached = (largest >= size[order]).sum(axis=0)
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate((1 + reached) / (len(null_draws) + 1))
    return adjusted
