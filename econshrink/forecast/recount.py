"""An alarm of data quality: running figures that the next census is likely to correct."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault


def recount_alarm(pupils: pd.Series, children: pd.Series, limit: float = 0.2) -> pd.DataFrame:
    """Units with fewer pupils than the children once counted there would make.

    Children who were counted and do not come to school have left, and a running series of
    residents may not have followed. The alarm is about figures, not about people: it is reported
    beside a forecast and shifts none.

    Parameters
    ----------
    pupils : Series
        Unit to pupils of some years, where they attend.
    children : Series
        Unit to children counted earlier who are of school age in those years.
    limit : float
        Log distance below the median unit from which the alarm rings.

    Returns
    -------
    DataFrame
        Index unit, those with both figures: `ratio` (pupils a child), `distance` (its log about
        the median's) and `alarm`; lowest first.

    Raises
    ------
    DataError
        Figures not above zero, or no unit with both.

    Examples
    --------
    >>> pupils = pd.Series({"a": 900.0, "b": 1000.0, "c": 500.0})
    >>> recount_alarm(pupils, pd.Series({"a": 1000.0, "b": 1000.0, "c": 1000.0})).index[0]
    'c'
    """
    both = pd.DataFrame({"pupils": pupils, "children": children}).dropna()
    if both.empty or not (both > 0).all().all() or not limit > 0:
        seen = f"{len(both)} units with both figures, limit {limit:g}"
        raise DataError(Fault(seen, "pupils, children and a limit above zero", "Mend the figures."))
    ratio = both["pupils"] / both["children"]
    log = np.log(ratio.to_numpy(dtype=float))
    distance = pd.Series(log - np.median(log), index=ratio.index)
    table = pd.DataFrame({"ratio": ratio, "distance": distance, "alarm": distance < -limit})
    return table.sort_values("distance", kind="stable")
