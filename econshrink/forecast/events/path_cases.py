"""One question at one origin: probabilities of all models beside what came."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.forecast.backtesting.outcomes import (
    EventQuestion,
    concerned,
    happens,
    past_outcomes,
)
from econshrink.forecast.backtesting.references import base_rate, decline_logit
from econshrink.forecast.events.hazard import PassageFit
from econshrink.forecast.events.trajectories import Bools, FirstPassage
from econshrink.forecast.projection import keep
from econshrink.forecast.scores.draws import crps
from econshrink.forecast.view import InformationSet

HAZARD = "hazard"


def ask(
    name: str,
    question: EventQuestion,
    view: InformationSet,
    came: Floats,
    drawn: Mapping[str, Floats],
    ready: Bools,
    fit: PassageFit | None,
    history: int,
) -> tuple[list[pd.DataFrame], list[dict[str, object]], pd.DataFrame]:
    """Cases, counts and exclusions of one question at one origin.

    Parameters
    ----------
    name : str
    question : EventQuestion
    view : InformationSet
        Of the origin.
    came : ndarray, shape (cities,)
        Whether the event happened; NaN where nobody can say or asks.
    drawn : mapping of str to ndarray, shape (cities, years, draws)
        Log change since the origin by model.
    ready : ndarray of bool, shape (cities,)
        Cities that every model has draws for.
    fit : PassageFit, optional
        Of the view; says its probability if the event is one of its first passages.
    history : int
        Years a past origin must have behind it, for climatology and logit.
    """
    asked = concerned(question, view)
    good = asked & ready & np.isfinite(came)
    gone = _left_out(name, question, view, ready, good)
    if not good.any():
        return [], [], gone
    rows = np.flatnonzero(good)
    part = keep(view, [view.cities[i] for i in rows])
    flags = {k: happens(question, part, draws[rows]) for k, draws in drawn.items()}
    chances = {k: flag.mean(axis=1) for k, flag in flags.items()}
    past = list(past_outcomes(question, view, history))
    rate, logit = base_rate(view, past)[rows], decline_logit(view, past)[rows]
    event = question.event(view.origin)
    if fit is not None and isinstance(event, FirstPassage) and event.share in fit.options.shares:
        place = fit.options.shares.index(event.share)
        chance = fit.chance(view, np.array([event.years]))[rows, place, 0]
        chances[HAZARD] = np.where(np.isnan(chance), rate, chance)
    shared = pd.DataFrame(
        {
            "question": name,
            "origin": view.origin,
            "city": np.array(view.cities)[rows],
            "group": view.groups[rows],
            "event": came[rows],
            "climatology": rate,
            "logit": np.where(np.isnan(logit), rate, logit),
        }
    )
    cases = [shared.assign(model=k, chance=chance) for k, chance in chances.items()]
    counts = [_count(name, k, view.origin, flags.get(k), chances[k], came[rows]) for k in chances]
    return cases, counts, gone


def _count(
    question: str, model: str, origin: int, flags: Bools | None, chance: Floats, came: Floats
) -> dict[str, object]:
    seen = float(came.sum())
    total = flags.sum(axis=0).astype(float) if flags is not None else None
    return {
        "question": question,
        "model": model,
        "origin": origin,
        "cases": len(came),
        "count": seen,
        "mean": float(chance.sum()),
        "crps": float(crps(total, np.array(seen))) if total is not None else np.nan,
    }


def _left_out(
    name: str, question: EventQuestion, view: InformationSet, ready: Bools, good: Bools
) -> pd.DataFrame:
    """Cities without an answer; those that had not fallen are not asked and not listed."""
    behind = view.origin - question.behind
    back = view.level[:, max(behind - view.years[0], 0) :]
    blind = np.isnan(back).any(axis=1) | (behind < view.years[0])
    lost = (blind | concerned(question, view)) & ~good
    reason = np.select(
        [blind, ~ready],
        [
            "no usable figure at the origin or in a year looked back on",
            "series too short or broken for a growth rate",
        ],
        "no usable figure in a year ahead",
    )
    return pd.DataFrame(
        {
            "question": name,
            "origin": view.origin,
            "city": np.array(view.cities)[lost],
            "reason": reason[lost],
        }
    )
