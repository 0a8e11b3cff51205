"""Three-valued logic on arrays: 1 true, 0 false, NaN undefined (Kleene).

A rule must not call a city "not shrinking" where the figures cannot tell. In Kleene's logic a
conjunction is false as soon as one part is false, and undefined if the known parts are all true
and some part is unknown; a disjunction is the mirror image.
"""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats


def less(left: Floats, right: Floats | float) -> Floats:
    """Truth of ``left < right``, undefined where a side is missing.

    Examples
    --------
    >>> less(np.array([-1.0, 0.0, np.nan]), 0.0)
    array([ 1.,  0., nan])
    """
    unknown = np.isnan(left) | np.isnan(right)
    return np.where(unknown, np.nan, np.less(left, right).astype(float))


def conjunction(parts: Floats, axis: int = 0) -> Floats:
    """All parts true: false beats undefined, undefined beats true.

    Examples
    --------
    >>> conjunction(np.array([[1.0, 1.0, np.nan], [1.0, 0.0, 0.0]]))
    array([1., 0., 0.])
    >>> conjunction(np.array([[1.0], [np.nan]]))
    array([nan])
    """
    false = (parts == 0).any(axis=axis)
    unknown = np.isnan(parts).any(axis=axis)
    return np.where(false, 0.0, np.where(unknown, np.nan, 1.0))


def disjunction(parts: Floats, axis: int = 0) -> Floats:
    """Any part true: true beats undefined, undefined beats false.

    Examples
    --------
    >>> disjunction(np.array([[0.0, 0.0], [1.0, np.nan]]))
    array([ 1., nan])
    """
    true = (parts == 1).any(axis=axis)
    unknown = np.isnan(parts).any(axis=axis)
    return np.where(true, 1.0, np.where(unknown, np.nan, 0.0))
