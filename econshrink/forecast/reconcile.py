"""Make city, province and national draws add up: MinT, or scaling to given totals."""

from __future__ import annotations

import numpy as np

from econshrink.arrays import Floats, Ints
from econshrink.errors import DataError, Fault


def summing_matrix(groups: Ints) -> Floats:
    """Rows: nation, provinces, cities; columns: cities.

    Examples
    --------
    >>> summing_matrix(np.array([0, 0, 1])).astype(int).tolist()
    [[1, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    count = len(groups)
    provinces = np.arange(int(groups.max()) + 1)[:, None] == groups
    return np.vstack([np.ones((1, count)), provinces, np.eye(count)])


def reconcile(
    nation: Floats, provinces: Floats, cities: Floats, groups: Ints, variances: Floats
) -> Floats:
    """MinT: the city figures that add up and move the given ones least, weighted by variance.

    Parameters
    ----------
    nation : ndarray, shape (draws,)
    provinces : ndarray, shape (provinces, draws)
    cities : ndarray, shape (cities, draws)
        Persons, forecast each on its own.
    groups : ndarray of int, shape (cities,)
    variances : ndarray, shape (1 + provinces + cities,)
        Error variance of each row; 0 is taken as exact (the others give way).

    Returns
    -------
    ndarray, shape (cities, draws)
        Cities whose sums are the reconciled provinces and nation. The projection of Wickramasuriya,
        Athanasopoulos and Hyndman (2019) with a diagonal covariance, the same for all draws.

    Raises
    ------
    DataError
        Shapes that do not fit, negative variances, or results below zero.

    Examples
    --------
    >>> reconcile(np.array([12.0]), np.array([[12.0]]), np.array([[5.0], [5.0]]),
    ...           np.array([0, 0]), np.array([0.0, 0.0, 1.0, 1.0])).round(3).tolist()
    [[6.0], [6.0]]
    """
    above = np.vstack([nation[None, :], provinces])
    upper = summing_matrix(groups)[: len(above)]
    if upper.shape != (len(above), len(cities)) or len(variances) != len(above) + len(cities):
        seen = f"{len(provinces)} provinces, {len(cities)} cities, {len(variances)} variances"
        raise DataError(Fault(seen, "one row and variance each", "Align them."))
    if not (variances >= 0).all():
        raise DataError(Fault("negative variances", "at least 0", "Mend them."))
    own, theirs = variances[len(above) :], variances[: len(above)]
    # b + D U' (U D U' + V)^+ (a - U b): the weighted least squares solution
    middle = (upper * own) @ upper.T + np.diag(theirs)
    gap = above - upper @ cities
    result = cities + (own[:, None] * upper.T) @ (np.linalg.pinv(middle) @ gap)
    if not (result >= 0).all():
        seen = f"{int((result < 0).any(axis=1).sum())} cities below zero after reconciliation"
        raise DataError(
            Fault(seen, "persons", "Give small cities smaller variances, or scale instead.")
        )
    return np.asarray(result)


def control(cities: Floats, total: Floats) -> Floats:
    """Scale every draw of the cities to a given total, such as the national projection's.

    Examples
    --------
    >>> control(np.array([[1.0], [3.0]]), np.array([8.0])).tolist()
    [[2.0], [6.0]]
    """
    sums = cities.sum(axis=0)
    if not ((sums > 0).all() and (np.asarray(total) > 0).all()):
        raise DataError(Fault("sums or totals not above zero", "persons", "Check the draws."))
    return np.asarray(cities * (total / sums))
