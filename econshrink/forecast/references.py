"""What an event probability must beat: climatology, and a logit on past decline."""

from __future__ import annotations

import numpy as np
from scipy import special

from econshrink.arrays import Floats
from econshrink.errors import ConvergenceError
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.models.past import past_growth
from econshrink.forecast.view import View, recent_growth
from econshrink.inference.scores.calibration import logistic_fit


def climatology(view: View, horizon: int, loss: float, history: int) -> Floats:
    """Share of city-origins in the view that had the event, for every city alike, (cities,).

    0.5 where no past origin reaches that far.
    """
    edge = np.log1p(-loss)
    seen = [
        change[~np.isnan(change)] for _, change in past_growth(view, horizon, history, alike=False)
    ]
    values = np.concatenate(seen) if seen else np.empty(0)
    rate = float((values < edge).mean()) if len(values) else 0.5
    return np.full(len(view.cities), rate)


def persistence_logit(view: View, horizon: int, loss: float, history: int) -> Floats:
    """Probability from a logit on whether and how fast a city declined before, (cities,).

    Fitted on past origins inside the view: a constant, the recent mean growth, and whether it
    was below zero. Climatology where there is nothing to fit or the fit does not exist; NaN for
    a city without recent growth.
    """
    edge = np.log1p(-loss)
    rows, events = [], []
    for earlier, change in past_growth(view, horizon, history, alike=False):
        design = _design(earlier)
        known = ~np.isnan(change) & ~np.isnan(design).any(axis=1)
        rows.append(design[known])
        events.append((change[known] < edge).astype(float))
    here = _design(view)
    if not rows:
        return climatology(view, horizon, loss, history)
    try:
        beta = logistic_fit(np.vstack(rows), np.concatenate(events))
    except ConvergenceError:
        return climatology(view, horizon, loss, history)
    return np.asarray(special.expit(here @ beta))


def _design(view: View) -> Floats:
    growth = recent_growth(view, WINDOW)
    falling = np.where(np.isnan(growth), np.nan, growth < 0)
    return np.column_stack([np.ones_like(growth), 100 * growth, falling])
