"""Past origins inside a view: what a model may learn from without seeing beyond its origin."""

from __future__ import annotations

from collections.abc import Iterator

from econshrink.core.arrays import Floats
from econshrink.forecast.view import InformationSet


def past_origins(
    view: InformationSet, horizon: int, history: int, *, alike: bool = True
) -> list[int]:
    """Earlier origins whose target year is already in the view.

    Parameters
    ----------
    view : InformationSet
    horizon : int
    history : int
        Years an origin must have behind it.
    alike : bool
        Prefer origins with as many censuses ahead as the view has now: a census moves levels,
        so errors and growth across one are of another kind. If there is none, all are taken.

    Examples
    --------
    >>> import numpy as np
    >>> years, group = tuple(range(2001, 2016)), np.zeros(1, np.intp)
    >>> view = InformationSet(("a",), years, np.zeros((1, 15)), group)
    >>> past_origins(view, 5, 5)
    [2006, 2007, 2008, 2009]
    >>> past_origins(view, 5, 5, alike=False)
    [2006, 2007, 2008, 2009, 2010]
    """
    found = list(range(view.years[0] + history, view.origin - horizon + 1))
    if not alike:
        return found
    same = [s for s in found if view.until(s).crossings(horizon) == view.crossings(horizon)]
    return same or found


def past_growth(
    view: InformationSet, horizon: int, history: int, *, alike: bool = True
) -> Iterator[tuple[InformationSet, Floats]]:
    """Views of past origins with the log change that followed, shape (cities,)."""
    for origin in past_origins(view, horizon, history, alike=alike):
        yield view.until(origin), view.at(origin + horizon) - view.at(origin)
