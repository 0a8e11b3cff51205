"""What an event probability must beat: climatology, and a logit on past decline."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError
from econshrink.forecast.events.trajectories import Bools
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.models.past import past_growth
from econshrink.forecast.scores.calibration import logistic_fit
from econshrink.forecast.view import InformationSet, recent_growth


def climatology(view: InformationSet, horizon: int, loss: float, history: int) -> Floats:
    """Share of city-origins in the view that had the event, for every city alike, (cities,).

    0.5 where no past origin reaches that far.
    """
    return base_rate(view, _past_losses(view, horizon, loss, history))


def persistence_logit(view: InformationSet, horizon: int, loss: float, history: int) -> Floats:
    """Probability from a logit on whether and how fast a city declined before, (cities,).

    Fitted on past origins inside the view: a constant, the recent mean growth, and whether it
    was below zero. Climatology where there is nothing to fit or the fit does not exist; NaN for
    a city without recent growth.
    """
    return decline_logit(view, _past_losses(view, horizon, loss, history))


def base_rate(view: InformationSet, past: Iterable[tuple[InformationSet, Floats]]) -> Floats:
    """Frequency of an event over past origins, for every city alike, (cities,); 0.5 without any.

    `past` pairs what was known at a past origin with whether each city had the event: 1, 0, NaN.
    """
    seen = [event[~np.isnan(event)] for _, event in past]
    values = np.concatenate(seen) if seen else np.empty(0)
    rate = float(values.mean()) if len(values) else 0.5
    return np.full(len(view.cities), rate)


def decline_logit(view: InformationSet, past: Iterable[tuple[InformationSet, Floats]]) -> Floats:
    """`persistence_logit` of any event; `past` as in `base_rate`."""
    known = list(past)
    rows, events = [], []
    for earlier, event in known:
        design = _design(earlier)
        there = ~np.isnan(event) & ~np.isnan(design).any(axis=1)
        rows.append(design[there])
        events.append(event[there])
    if not rows:
        return base_rate(view, known)
    try:
        beta = logistic_fit(np.vstack(rows), np.concatenate(events))
    except ConvergenceError:
        return base_rate(view, known)
    return np.asarray(special.expit(_design(view) @ beta))


def _past_losses(
    view: InformationSet, horizon: int, loss: float, history: int
) -> Iterable[tuple[InformationSet, Floats]]:
    for earlier, change in past_growth(view, horizon, history, alike=False):
        yield earlier, np.where(np.isnan(change), np.nan, has_lost(change, loss))


def has_lost(change: Floats, loss: float) -> Bools:
    """Whether log changes mean a loss of at least that share; 0 is any fall, equal is none."""
    return np.asarray(change < 0 if loss == 0 else change <= np.log1p(-loss))


def _design(view: InformationSet) -> Floats:
    growth = recent_growth(view, WINDOW)
    falling = np.where(np.isnan(growth), np.nan, growth < 0)
    return np.column_stack([np.ones_like(growth), 100 * growth, falling])
