"""Natural change by the age structure, and migration as a damped drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import check_horizons, damped_weights
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.view import InformationSet, recent_growth


@dataclass(frozen=True, eq=False)
@typed_fields
class NaturalAndMigration:
    """Cohort-component in two parts that a backtest can afford.

    The growth a city would have without migration comes from its age structure; what recent
    growth exceeded it by is migration, which goes on damped.

    Parameters
    ----------
    natural : ndarray, shape (cities, years)
        Log growth into each year without migration, from a cohort projection.
    first : int
        Year of its first column.
    published : int
        First origin that knew the age table; before it the model is the damped drift.
    damping : float
    window : int
    """

    natural: Floats
    first: int
    published: int
    damping: float = 0.8
    window: int = WINDOW

    @property
    def label(self) -> str:
        """The model in words."""
        return f"age structure and damped migration ({self.damping:g})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.first}, {self.published}, {self.damping})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Natural growth of the coming years plus damped migration.

        Raises
        ------
        DataError
            Natural growth that does not reach the last horizon, or of other cities.
        """
        steps = check_horizons(horizons)
        growth = recent_growth(view, self.window)
        weights = damped_weights(steps, self.damping)
        if view.origin < self.published:
            return growth[:, None] * weights
        now = view.origin - self.first + 1  # column of the first year ahead
        if len(self.natural) != len(growth) or now + steps[-1] > self.natural.shape[1]:
            seen = f"natural growth of shape {self.natural.shape} from {self.first}"
            expected = f"{len(growth)} cities until {view.origin + int(steps[-1])}"
            raise DataError(Fault(seen, expected, "Project it further."))
        past = self.natural[:, max(now - self.window, 0) : now].mean(axis=1)
        ahead = np.cumsum(self.natural[:, now : now + steps[-1]], axis=1)[:, steps - 1]
        return np.asarray(ahead + (growth - past)[:, None] * weights)
