"""Hamilton-Perry: cohort change ratios between two censuses, controlled to given totals."""

from __future__ import annotations

import numpy as np

from econshrink.arrays import Floats
from econshrink.cohorts import FEMALE
from econshrink.errors import DataError, Fault
from econshrink.forecast.cohort.component import YOUNG

LOW, HIGH = 0.2, 3.0  # ratios outside belong to boundaries or special places


def hamilton_perry(before: Floats, after: Floats, totals: Floats | None = None) -> Floats:
    """Population by age ten years on, if cohorts change as they did between two censuses.

    Parameters
    ----------
    before, after : ndarray, shape (cities, 2, A)
        Two censuses ten years apart, five-year groups, the last one open.
    totals : ndarray, shape (cities,), optional
        Totals to which the result is scaled; without them the method's own, which is known to
        run high (Baker, Swanson and Tayman 2021).

    Returns
    -------
    ndarray, shape (cities, 2, A)
        Ages 0-9 from the child-woman ratios of `after`; ratios are kept within 0.2 and 3.

    Raises
    ------
    DataError
        A cohort without people in the first census, shapes that differ, or totals that are not
        above zero.

    Examples
    --------
    >>> same = np.ones((1, 2, 18))
    >>> round(float(hamilton_perry(same, same, np.array([100.0])).sum()), 9)
    100.0
    """
    if before.shape != after.shape or before.ndim != 3:
        seen = f"censuses of shape {before.shape} and {after.shape}"
        raise DataError(Fault(seen, "(cities, 2, ages), both alike", "Align them."))
    cohorts = np.concatenate([before[..., :-3], before[..., -3:].sum(axis=-1)[..., None]], axis=-1)
    if (cohorts <= 0).any():
        seen = f"{int((cohorts <= 0).any(axis=(1, 2)).sum())} cities with an empty cohort"
        raise DataError(Fault(seen, "people in every cohort", "Leave the cities out."))
    ratio = np.clip(after[..., 2:] / cohorts, LOW, HIGH)
    base = np.concatenate([after[..., :-3], after[..., -3:].sum(axis=-1)[..., None]], axis=-1)
    future = np.empty_like(after)
    future[..., 2:] = ratio * base
    mothers_now = after[:, FEMALE, YOUNG].sum(axis=-1)
    mothers = future[:, FEMALE, YOUNG].sum(axis=-1)
    future[..., :2] = after[..., :2] * (mothers / mothers_now)[:, None, None]
    if totals is None:
        return future
    if totals.shape != future.shape[:1] or not (totals > 0).all():
        raise DataError(Fault("totals missing or not above zero", "one a city", "Mend them."))
    return np.asarray(future * (totals / future.sum(axis=(1, 2)))[:, None, None])
