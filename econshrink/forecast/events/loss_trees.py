"""Trees that learn from past origins which units lose a share of their people within some years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, own_group_mean
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.forecast.backtesting.record import Record
from econshrink.forecast.backtesting.references import base_rate, has_lost
from econshrink.forecast.models.past import past_growth
from econshrink.forecast.view import InformationSet, recent_growth

LAGS = (2, 5, 10)  # years of recent growth
LEAST_EVENTS = 10  # past events below which the base rate stands in


@dataclass(frozen=True)
@typed_fields
class LossTrees:
    """Gradient boosting of the log odds of a loss, fitted at each origin on earlier ones.

    Features: growth of the last two, five and ten years, the group's growth, size, the path of a
    model (which knows ages, if it does), how many censuses lie in the window, and the origin's
    figure of further variables of the view. Early stopping is off: it would hold out random rows
    of units whose other years are trained on.

    Parameters
    ----------
    iterations, leaves, least : int
        Trees, leaves a tree, cases a leaf.
    rate, ridge : float
        Learning rate; penalty on the squared leaf values.
    extra : tuple of str
        Further variables of the view.

    Raises
    ------
    SpecError
        Options out of range.
    """

    iterations: int = 60
    leaves: int = 6
    least: int = 40
    rate: float = 0.06
    ridge: float = 1.0
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = (self.iterations, self.leaves - 1, self.least)
        if min(counts) < 1 or not 0 < self.rate <= 1 or self.ridge < 0:
            seen = f"{self.iterations} trees of {self.leaves} leaves of {self.least} cases, "
            seen += f"rate {self.rate:g}, ridge {self.ridge:g}"
            expected = "at least one tree of two leaves, a rate in (0, 1], a ridge of 0 or more"
            raise SpecError(Fault(seen, expected, "Mend the options."))

    def chance(
        self, view: InformationSet, record: Record, horizon: int, loss: float, history: int = 5
    ) -> Floats:
        """Probability of losing at least that share within the horizon, shape (cities,).

        Parameters
        ----------
        view : InformationSet
        record : Record
            Paths of a model at the origins of the view, that horizon among them (`keep_record`).
        horizon : int
        loss : float
            Share of the origin's people.
        history : int
            Years of figures a past origin must have behind it.

        Returns
        -------
        ndarray
            The base rate where there are too few past events to learn from, and for a unit without
            growth or path.

        Raises
        ------
        SpecError
            A horizon the record lacks, or a variable the view lacks.
        """
        if horizon not in record.horizons.tolist() or not set(self.extra) <= set(view.extra):
            seen = f"horizon {horizon}, variables {', '.join(self.extra) or 'none'}"
            expected = f"one of {record.horizons.tolist()}, and of {sorted(view.extra)}"
            raise SpecError(Fault(seen, expected, "Align record, view and options."))
        rows, events, past = [], [], []
        for earlier, change in past_growth(view, horizon, history, alike=False):
            lost = np.where(np.isnan(change), np.nan, has_lost(change, loss))
            past.append((earlier, lost))
            design = self._features(earlier, record, horizon)
            known = ~np.isnan(lost) & np.isfinite(design[:, : len(LAGS)]).any(axis=1)
            rows.append(design[known])
            events.append(lost[known])
        rate = base_rate(view, past)
        seen_events = np.concatenate(events) if events else np.empty(0)
        if not LEAST_EVENTS <= seen_events.sum() < len(seen_events):
            return rate
        # a second to load, and most users of the forecasts ask for no trees
        from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]  # noqa: PLC0415

        trees = HistGradientBoostingClassifier(
            max_iter=self.iterations,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least,
            learning_rate=self.rate,
            l2_regularization=self.ridge,
            early_stopping=False,
            random_state=0,
        ).fit(np.vstack(rows), seen_events)
        here = self._features(view, record, horizon)
        there = ~np.isnan(here[:, : len(LAGS)]).all(axis=1)
        return np.where(there, trees.predict_proba(here)[:, 1], rate)

    def _features(self, view: InformationSet, record: Record, horizon: int) -> Floats:
        growth = [recent_growth(view, lag, min(2, lag)) for lag in LAGS]
        column = record.horizons.tolist().index(horizon)
        path = record.paths.get(view.origin)
        none = np.full(len(view.cities), np.nan)
        return np.column_stack(
            [
                *growth,
                own_group_mean(growth[1], view.groups),
                view.at(view.origin),
                none if path is None else path[:, column],
                np.full(len(view.cities), float(view.crossings(horizon))),
                *(view.extra[name][:, -1] for name in self.extra),
            ]
        )
