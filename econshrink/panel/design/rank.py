"""Which regressors cannot be estimated, and because of what: decisions free of scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from econshrink.core.arrays import Floats, least_norm, squares
from econshrink.core.errors import Fault

ABSORBED_TOLERANCE = 1e-9  # norm left after the sweep relative to the norm about the mean
ROUNDING_TOLERANCE = 1e-13  # … or relative to the norm itself
COLLINEAR_TOLERANCE = 1e-9  # distance of a unit column from the span of the others
ROWS = 32_768  # at a time
CLEARLY_INDEPENDENT = 1e-6  # smallest eigenvalue of a Gram of unit columns that settles it


@dataclass(frozen=True, eq=False)
class Spread:
    """Norms of k columns, and their norms about their means: what is kept of them after a sweep."""

    size: Floats
    about_mean: Floats


def spread_of(raw: Floats) -> Spread:
    """Norms of the columns of `raw`, shape (n, k).

    Examples
    --------
    >>> spread_of(np.array([[3.0], [5.0]])).about_mean.round(6)
    array([1.414214])
    """
    mean, about_mean = raw.mean(axis=0), np.zeros(raw.shape[1])
    for start in range(0, len(raw), ROWS):  # no second table of all rows
        about_mean += squares(raw[start : start + ROWS] - mean)
    return Spread(np.sqrt(squares(raw)), np.sqrt(about_mean))


def absorbed(raw: Floats | Spread, swept: Floats) -> np.ndarray:
    """Tell which columns have no variation left after the effects were swept out.

    Takes `raw, swept` of shape (n, k): columns before and after; of those before, norms will do.

    Returns shape (k,).

    Examples
    --------
    >>> raw = np.array([[1.0, 1e9], [2.0, 1e9], [3.0, 2e9]])
    >>> absorbed(raw, np.array([[-1.0, 1e-3], [1.0, 0.0], [0.0, 0.0]]))
    array([False,  True])
    """
    before = raw if isinstance(raw, Spread) else spread_of(raw)
    least = np.maximum(ABSORBED_TOLERANCE * before.about_mean, ROUNDING_TOLERANCE * before.size)
    return np.asarray(np.sqrt(squares(swept)) <= least)


def collinear_sets(x: Floats, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Sets of columns that are linearly dependent: each redundant one with those that span it.

    Takes `x` of shape (n, k): columns that are not zero.
    """
    size = np.sqrt(squares(x))
    if np.linalg.eigvalsh(x.T @ x / np.outer(size, size))[0] > CLEARLY_INDEPENDENT:
        return []
    unit = x / size
    # distances between columns are kept by the triangular factor, which is small
    triangle, order = qr(np.linalg.qr(unit, mode="r"), mode="r", pivoting=True)
    size = np.abs(np.diag(triangle))
    rank = int((size > COLLINEAR_TOLERANCE).sum())
    basis, spare = order[:rank], order[rank:]
    if not len(spare):
        return []
    weights = least_norm(unit[:, basis], unit[:, spare])[0]
    sets = []
    for column, loads in zip(spare, weights.T, strict=True):
        members = sorted([int(column), *(int(i) for i in basis[np.abs(loads) > 1e-7])])
        sets.append(tuple(names[i] for i in members))
    return sets


def rank_faults(
    raw: Floats | Spread, swept: Floats, names: Sequence[str], effects: Sequence[str]
) -> list[Fault]:
    """Faults of regressors that the effects absorb or that are collinear within them.

    Takes `raw, swept` of shape (n, k): regressors before and after the sweep (the same if there are
    no effects).

    Examples
    --------
    >>> x = np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 8.0]])
    >>> rank_faults(x, x, ["a", "b"], ())[0].seen
    "'a', 'b' are collinear"
    """
    gone = absorbed(raw, swept)
    joint = " and ".join(effects)
    faults = [
        Fault(
            f"'{name}' has no variation left within {joint}",
            "covariates that vary within the absorbed effects",
            "Leave it out, interact it, or absorb less.",
        )
        for name, lost in zip(names, gone, strict=True)
        if lost
    ]
    kept = [i for i, lost in enumerate(gone) if not lost]
    left = swept if len(kept) == len(gone) else swept[:, kept]
    for members in collinear_sets(left, [names[i] for i in kept]) if kept else []:
        place = f" within {joint}" if joint else ""
        faults.append(
            Fault(
                f"{', '.join(map(repr, members))} are collinear{place}",
                "covariates none of which the others determine",
                "Leave one of them out.",
            )
        )
    return faults
