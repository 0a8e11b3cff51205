"""Fertility of cities relative to the nation's, from children and women in one census."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats, Ints, shrink
from econshrink.core.errors import DataError, Fault
from econshrink.nouns.ages import AgeStructure

FEMALE = 1


def child_woman_ratio(
    ages: AgeStructure, children: tuple[int, int], mothers: tuple[int, int]
) -> Floats:
    """Children per woman: ages from-to (the second age excluded) of both sexes over women.

    Raises
    ------
    DataError
        A unit without such women.
    """
    lower = np.array(ages.lower)
    young = (lower >= children[0]) & (lower < children[1])
    fertile = (lower >= mothers[0]) & (lower < mothers[1])
    women = ages.persons[:, FEMALE, fertile].sum(axis=1)
    empty = [city for city, count in zip(ages.cities, women, strict=True) if not count]
    if empty:
        seen = f"no women of {mothers[0]}-{mothers[1] - 1} in {', '.join(empty[:10])}"
        raise DataError(Fault(seen, "units with women", "Leave them out, with a reason."))
    return np.asarray(ages.persons[:, :, young].sum(axis=(1, 2)) / women)


def relative_fertility(ages: AgeStructure, rates: Floats, groups: Ints) -> Floats:
    """Fertility of every unit over the nation's, shrunk towards the province.

    Parameters
    ----------
    ages : AgeStructure
        Five-year groups from 0.
    rates : ndarray, shape (A,)
        National births per woman and year at the ages of `ages`.
    groups : ndarray of int, shape (n,)
        Provinces.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    Indirect standardisation: children of 0-4 over the births that the unit's women would have had
    at national rates, divided by that of all units together. Women are those of the census: those
    who moved within the five years count where they live. Shrunk in logs (`shrink`), the sampling
    variance being one over the children.

    Examples
    --------
    >>> ages = AgeStructure(("a", "b"), 2020, (0, 5, 20), np.array([[[60, 0, 9], [60, 0, 1000]],
    ...                                                            [[30, 0, 9], [30, 0, 1000]]]))
    >>> relative_fertility(ages, np.array([0.0, 0.0, 0.05]), np.array([0, 0])).round(2).tolist()
    [1.32, 0.68]
    """
    children = ages.persons[:, :, 0].sum(axis=1).astype(float)
    expected = ages.persons[:, FEMALE] @ rates
    bad = [
        city
        for city, young, births in zip(ages.cities, children, expected, strict=True)
        if young <= 0 or births <= 0
    ]
    if bad:
        seen = f"no children or no women in {', '.join(bad[:10])}"
        raise DataError(Fault(seen, "both in every unit", "Leave them out, with a reason."))
    ratio = children / expected / (children.sum() / expected.sum())
    return np.asarray(np.exp(shrink(np.log(ratio), 1.0 / children, groups)))
