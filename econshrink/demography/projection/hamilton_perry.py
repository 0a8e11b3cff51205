"""Hamilton–Perry: last decade's cohort change ratios once more, controlled to given totals."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.ages import AgeStructure

FEMALE = 1
BOUNDS = (0.5, 1.5)  # cohort change ratios beyond these are held there


def hamilton_perry(
    before: AgeStructure,
    after: AgeStructure,
    totals: Floats | None = None,
    bounds: tuple[float, float] = BOUNDS,
) -> Floats:
    """Ages one more span ahead, from two censuses.

    Parameters
    ----------
    before, after : AgeStructure
        The same units, groups of equal width w, a whole number of groups apart.
    totals : ndarray, shape (n,), optional
        Persons of each unit at the end; ages are scaled to them.
    bounds : tuple of float
        Limits of a cohort change ratio: small cells make wild ones.

    Returns
    -------
    ndarray, shape (n, 2, A)
        Persons by sex and age at the end.

    Raises
    ------
    DataError
        Other units or groups, a span that is not a number of groups, totals that do not fit.

    Notes
    -----
    Hamilton and Perry (1962, *Social Forces* 41); Swanson, Schlottmann and Schmidt (2010).
    Children born since: child-woman ratios of the last census, women of 15-44 for ages 0-4 and of
    20-49 for ages 5-9, by sex. Growth compounds, so the method is controlled and projected here,
    never scored as a forecast of totals.

    Examples
    --------
    >>> cells = lambda *x: np.array([[x, x]])
    >>> lower = tuple(range(0, 60, 5))
    >>> ages = [AgeStructure(("230400",), year, lower, np.full((1, 2, 12), 100))
    ...         for year in (2010, 2020)]
    >>> hamilton_perry(*ages)[0, 0, :4].tolist()
    [100.0, 100.0, 100.0, 100.0]
    """
    shift = _checked(before, after, totals)
    first, now = before.persons.astype(float), after.persons.astype(float)
    ahead = np.zeros_like(now)
    last = now.shape[2] - 1
    ratio = np.ones_like(now)
    known = first[:, :, : last - shift]
    grown = now[:, :, shift:last]
    ratio[:, :, shift:last] = np.divide(grown, known, out=np.ones_like(grown), where=known > 0)
    open_first = first[:, :, last - shift :].sum(axis=2)
    ratio[:, :, last] = np.divide(
        now[:, :, last], open_first, out=np.ones_like(open_first), where=open_first > 0
    )
    ratio = np.clip(ratio, *bounds)
    ahead[:, :, shift:last] = now[:, :, : last - shift] * ratio[:, :, shift:last]
    ahead[:, :, last] = now[:, :, last - shift :].sum(axis=2) * ratio[:, :, last]
    lower = np.array(after.lower)
    for group in range(shift):
        fertile = (lower >= 15 + lower[group]) & (lower < 45 + lower[group])
        per_woman = now[:, :, group] / now[:, FEMALE, fertile].sum(axis=1, keepdims=True)
        ahead[:, :, group] = per_woman * ahead[:, FEMALE, fertile].sum(axis=1, keepdims=True)
    if totals is not None:
        ahead *= (np.asarray(totals) / ahead.sum(axis=(1, 2)))[:, None, None]
    return ahead


def _checked(before: AgeStructure, after: AgeStructure, totals: Floats | None) -> int:
    faults = []
    if before.cities != after.cities or before.lower != after.lower:
        faults.append(Fault("other units or ages in the two years", "the same", "Select them."))
    width = after.lower[1] - after.lower[0] if len(after.lower) > 1 else 0
    span = after.year - before.year
    regular = after.lower == tuple(width * k for k in range(len(after.lower)))
    if not regular or width == 0 or span <= 0 or span % width or span // width >= len(after.lower):
        seen = f"groups from {after.lower[:4]} … and {span} years"
        faults.append(Fault(seen, "equal groups, a span of whole groups", "Merge the ages."))
    if totals is not None and np.shape(totals) != (len(after.cities),):
        faults.append(Fault(f"totals of shape {np.shape(totals)}", "one a unit", "Mend them."))
    raise_all(DataError, faults)
    return span // width
