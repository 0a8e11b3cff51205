"""Gradient boosting on lags that were known at the origin."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import check_horizons
from econshrink.forecast.models.naive import Drift
from econshrink.forecast.models.past import past_growth
from econshrink.forecast.view import InformationSet, recent_growth


@dataclass(frozen=True)
@typed_fields
class Boosted:
    """Trees that correct the damped drift, learnt from past origins inside the view.

    Target: what the damped drift missed, per year, at past origins whose target year had come,
    about the mean of all cities of that origin, as are the features: what befell all cities alike
    happened once an origin and cannot be learnt from a few. All horizons are learnt together.
    Early stopping is off: it would hold out random rows of cities whose other years are trained
    on.

    Parameters
    ----------
    base : Drift
        The rule that is corrected; a cheap one, for it is asked at every past origin.
    iterations, leaves, least : int
        Trees, leaves a tree, cases a leaf.
    rate : float
        Learning rate.
    extra : tuple of str
        Variables of the view whose mean over the last three years is a feature.
    """

    base: Drift = field(default_factory=lambda: Drift(damping=0.8))
    iterations: int = 40
    leaves: int = 8
    least: int = 60
    rate: float = 0.05
    extra: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The model in words."""
        return "boosted damped drift"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """The rule's path plus what the trees add; the rule's path where nothing can be learnt."""
        steps = check_horizons(horizons)
        path = self.base.path(view, steps)
        rows, targets = self._past(view, steps)
        if not rows:
            return path
        # a second to load, and most users of the forecasts ask for no trees
        from sklearn.ensemble import HistGradientBoostingRegressor  # type: ignore[import-untyped]  # noqa: PLC0415

        trees = HistGradientBoostingRegressor(
            max_iter=self.iterations,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least,
            learning_rate=self.rate,
            early_stopping=False,
            random_state=0,
        ).fit(np.vstack(rows), np.concatenate(targets))
        for column, step in enumerate(steps):
            here = self._features(view, int(step))
            path[:, column] += step * trees.predict(here)
        return path

    def _past(self, view: InformationSet, steps: Ints) -> tuple[list[Floats], list[Floats]]:
        rows, targets = [], []
        for step in steps:
            for earlier, change in past_growth(view, int(step), 2 * self.base.window, alike=False):
                missed = (change - self.base.path(earlier, np.array([step]))[:, 0]) / step
                known = ~np.isnan(missed)
                if known.any():
                    rows.append(self._features(earlier, int(step))[known])
                    targets.append(missed[known] - missed[known].mean())
        return rows, targets

    def _features(self, view: InformationSet, step: int) -> Floats:
        count = len(view.cities)
        growth = [recent_growth(view, w, min(2, w)) for w in (2, 5, 10)]
        columns = [
            *growth,
            own_group_mean(growth[1], view.groups),
            growth[0] - growth[1],
            view.at(view.origin),
            *(_mean_of_last(view.extra[name], 3) for name in self.extra),
        ]
        return np.column_stack([*map(_centred, columns), np.full(count, float(step))])


def _mean_of_last(values: Floats, years: int) -> Floats:
    last = values[:, -years:]
    known = ~np.isnan(last)
    total = np.where(known, last, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


def _centred(values: Floats) -> Floats:
    known = values[~np.isnan(values)]
    return values - known.mean() if len(known) else values
