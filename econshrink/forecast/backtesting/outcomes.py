"""Questions about the coming years, and what the figures answered at past origins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.forecast.events.trajectories import Bools, Event, Trajectories
from econshrink.forecast.models.past import past_origins
from econshrink.forecast.view import InformationSet, keep


@dataclass(frozen=True)
class EventQuestion:
    """An event of the years after an origin, and the cities it is asked of.

    Parameters
    ----------
    label : str
    event : callable
        Year of the origin to the event; its path starts `behind` years before the origin.
    ahead : int
        Years after the origin that the event looks at.
    behind : int
        Years before the origin that it looks at.
    fallen : float
        Above 0: asked only of cities that stand at least this share below their highest figure
        of those years, and at the lowest since it.
    """

    label: str
    event: Callable[[int], Event]
    ahead: int
    behind: int = 0
    fallen: float = 0.0

    def __post_init__(self) -> None:
        fits = self.ahead >= 1 and self.behind >= 0 and 0 <= self.fallen < 1
        if not fits or (self.fallen and not self.behind):
            seen = f"{self.ahead} years ahead, {self.behind} behind, {self.fallen} fallen"
            expected = "at least a year ahead, years behind wherever cities must have fallen"
            raise SpecError(Fault(seen, expected, "Mend the question."))


def concerned(question: EventQuestion, view: InformationSet) -> Bools:
    """Which cities the question is asked of at the view's origin, shape (cities,).

    Those with a usable figure in every year it looks back on, and fallen as it says.
    """
    if view.origin - question.behind < view.years[0]:
        return np.zeros(len(view.cities), dtype=bool)
    past = view.level[:, len(view.years) - 1 - question.behind :]
    known = np.asarray(np.isfinite(past).all(axis=1), dtype=bool)
    if not question.fallen:
        return known
    filled = np.where(known[:, None], past, 0.0)
    rows = np.arange(len(filled))
    top = filled.shape[1] - 1 - filled[:, ::-1].argmax(axis=1)  # the last year at the peak
    since = np.where(np.arange(filled.shape[1]) >= top[:, None], filled, np.inf)
    low = filled[:, -1] <= since.min(axis=1)
    fallen = filled[:, -1] - filled[rows, top] <= np.log1p(-question.fallen)
    return np.asarray(known & low & fallen)


def happens(question: EventQuestion, view: InformationSet, ahead: Floats) -> Bools:
    """Whether the event happens in each draw, shape (cities, draws).

    Every city of the view has usable figures in the years the question looks back on; `ahead`
    (cities, years, draws) is the log change since the origin, one year after the other.
    """
    now = view.at(view.origin)[:, None, None]
    past = view.level[:, len(view.years) - 1 - question.behind :, None]
    path = np.empty((len(past), past.shape[1] + question.ahead, ahead.shape[2]))
    path[:, : past.shape[1]] = np.exp(past)
    np.exp(now + ahead[:, : question.ahead], out=path[:, past.shape[1] :])
    years = range(view.origin - question.behind, view.origin + question.ahead + 1)
    event = question.event(view.origin)
    return event.happens(Trajectories(view.cities, tuple(years), path))


def outcome(question: EventQuestion, view: InformationSet, origin: int) -> Floats:
    """What the figures of a view say about a past origin, shape (cities,).

    1 or 0; NaN for cities the question is not asked of, or with a year it needs that has no
    usable figure.

    Examples
    --------
    >>> from econshrink.forecast.events.trajectories import FirstPassage
    >>> dip = EventQuestion("dip", lambda year: FirstPassage(0.05, 2), 2)
    >>> level = np.log([[100, 94, 99], [100, 99, 98], [100, np.nan, 90]])
    >>> group = np.zeros(3, dtype=np.intp)
    >>> view = InformationSet(("a", "b", "c"), (2010, 2011, 2012), level, group)
    >>> outcome(dip, view, 2010).tolist()
    [1.0, 0.0, nan]
    """
    found = np.full(len(view.cities), np.nan)
    if not view.years[0] <= origin <= view.origin - question.ahead:
        return found
    then = view.until(origin)
    place = origin - view.years[0]
    change = view.level[:, place + 1 : place + 1 + question.ahead] - then.at(origin)[:, None]
    rows = np.flatnonzero(concerned(question, then) & np.isfinite(change).all(axis=1))
    if len(rows):
        part = keep(then, [view.cities[i] for i in rows])
        found[rows] = happens(question, part, change[rows][:, :, None])[:, 0]
    return found


def past_outcomes(
    question: EventQuestion, view: InformationSet, history: int
) -> Iterator[tuple[InformationSet, Floats]]:
    """Views of past origins with what had come true by the view's own origin."""
    for origin in past_origins(view, question.ahead, history, alike=False):
        yield view.until(origin), outcome(question, view, origin)
