"""The record of a model: its paths at every origin so far, and what they missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault
from econshrink.forecast.models.model import PathModel, PointRule, check_horizons
from econshrink.forecast.models.past import past_origins
from econshrink.forecast.view import InformationSet


@dataclass(frozen=True, eq=False)
class PastErrors:
    """Errors of past origins, and by how much to stretch them.

    Parameters
    ----------
    missed : dict of int to ndarray, shape (cities,)
        Origin to truth minus path, in logs; NaN where one is missing.
    horizon : int
        Horizon at which they were made.
    stretch : float
        1 unless they stand in for a longer horizon.
    """

    missed: dict[int, Floats]
    horizon: int
    stretch: float


@dataclass(frozen=True, eq=False)
class Record:
    """Paths of one model from every origin of a view.

    Parameters
    ----------
    label : str
    horizons : ndarray of int, shape (H,)
    paths : dict of int to ndarray, shape (cities, H)
        Origin to log change expected.
    centred : bool
        The path is the median of the draws, as for a `PointRule`.
    """

    label: str
    horizons: Ints
    paths: dict[int, Floats]
    centred: bool = False

    def errors(self, view: InformationSet, horizon: int, history: int) -> PastErrors:
        """What the model missed at past origins, as `view` can tell.

        Origins with as many censuses ahead as the view has. If no target of that horizon has
        come yet, the errors of the longest shorter horizon are stretched by the power of the
        horizon with which the errors at hand grow, between 0.5 and 1.

        Raises
        ------
        DataError
            No past origin at any horizon: the view is too short.
        """
        found = self._missed(view, horizon, history)
        if found:
            return PastErrors(found, horizon, 1.0)
        for shorter in sorted((int(h) for h in self.horizons if h < horizon), reverse=True):
            found = self._missed(view, shorter, history)
            if found:
                stretch = (horizon / shorter) ** self._growth(view, shorter, history)
                return PastErrors(found, shorter, float(stretch))
        seen = f"no origin {horizon} years or less before {view.origin} that had a history"
        raise DataError(
            Fault(seen, f"past errors with {history} years of figures before", "Use a later one.")
        )

    def _missed(self, view: InformationSet, horizon: int, history: int) -> dict[int, Floats]:
        column = int(np.flatnonzero(self.horizons == horizon)[0])
        found = {
            origin: view.at(origin + horizon) - view.at(origin) - self.paths[origin][:, column]
            for origin in past_origins(view, horizon, history)
            if origin in self.paths
        }
        least = min(2, len(view.cities))  # one row alone is its own nation
        return {o: miss for o, miss in found.items() if (~np.isnan(miss)).sum() >= least}

    def _growth(self, view: InformationSet, longest: int, history: int) -> float:
        """Power of the horizon with which root mean square errors grow up to `longest`."""
        sizes = {}
        for h in (int(h) for h in self.horizons if h <= longest):
            found = self._missed(view, h, history)
            if found:
                sizes[h] = float(np.sqrt(np.mean([np.nanmean(m**2) for m in found.values()])))
        if len(sizes) < 2:
            return 1.0
        slope = np.polyfit(np.log(list(sizes)), np.log(list(sizes.values())), 1)[0]
        return float(np.clip(slope, 0.5, 1.0))


Memory = dict[tuple[str, bytes], Floats]


def keep_record(
    model: PathModel,
    view: InformationSet,
    horizons: Ints,
    history: int,
    memory: Memory | None = None,
) -> Record:
    """Let the model speak at every origin of the view that has some history, each time blind.

    Parameters
    ----------
    model : PathModel
    view : InformationSet
    horizons : ndarray of int
    history : int
        Years before the first origin.
    memory : dict, optional
        Paths already made, by model, horizons and the figures seen; grows by those made here.

    Raises
    ------
    DataError
        The view is shorter than the history.
    """
    steps = check_horizons(horizons)
    if view.origin - view.years[0] < history:
        seen = f"{view.origin - view.years[0] + 1} years of figures until {view.origin}"
        expected = f"more than {history}, so that one origin has {history} years of figures before"
        raise DataError(Fault(seen, expected, "Give earlier figures, or use a later origin."))
    known: Memory = {} if memory is None else memory
    paths = {}
    for origin in range(view.years[0] + history, view.origin + 1):
        part = view.until(origin)
        key = (repr((model, steps.tolist())), part.digest())
        if key not in known:
            known[key] = model.path(part, steps)
        paths[origin] = known[key]
    return Record(model.label, steps, paths, isinstance(model, PointRule))
