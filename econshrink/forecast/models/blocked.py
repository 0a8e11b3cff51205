"""Province-blocked check: a model that learns is asked about provinces it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.view import InformationSet


@dataclass(frozen=True)
@typed_fields
class ProvinceBlocked:
    """The same model, each province's cities forecast with their longer past hidden.

    Provinces are dealt to `folds`. For the cities of a fold, figures more than `window` years
    before the origin are hidden, so that no finished past growth of theirs over `window` years or
    more can be learnt from, while their recent growth can still be used.

    Parameters
    ----------
    model : PathModel
    folds : int
    window : int
        The years of recent growth the model needs; horizons of at least that many years are
        wholly blocked, shorter ones in part.
    """

    model: PathModel
    folds: int = 5
    window: int = 5

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise SpecError(Fault(f"{self.folds} folds", "at least two", "Deal into more."))

    @property
    def label(self) -> str:
        """The model, blocked."""
        return f"{self.model.label}, province-blocked"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Paths of each fold from a view that hides its longer past."""
        early = np.array(view.years) < view.origin - self.window
        path: Floats | None = None
        for fold in range(self.folds):
            inside = view.groups % self.folds == fold
            level = view.level.copy()
            level[np.ix_(inside, early)] = np.nan
            found = self.model.path(replace(view, level=level), horizons)
            path = found.copy() if path is None else path
            path[inside] = found[inside]
        if path is None:
            raise SpecError(Fault("no fold", "at least two", "Deal into more."))
        return path
