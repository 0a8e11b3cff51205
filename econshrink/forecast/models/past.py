"""Past origins inside a view: what a model may learn from without seeing beyond its origin."""

from __future__ import annotations

from collections.abc import Iterator

from econshrink.core.arrays import Floats
from econshrink.forecast.view import InformationSet


def past_origins(
    view: InformationSet, horizon: int, history: int, *, alike: bool = True
) -> list[int]:
    """Earlier origins, with `history` years behind them, whose target year is already in the view.

    `alike` prefers origins with as many censuses ahead as the view has now: a census moves levels,
    so errors and growth across one are of another kind. If there is none, all are taken.
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
