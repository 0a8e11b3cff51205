"""Backtest of events on trajectories: every year drawn jointly, and scored on what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.design import drawing_faults
from econshrink.forecast.backtesting.loop import STACKED, Sees, run_loop
from econshrink.forecast.backtesting.outcomes import (
    EventQuestion,
    concerned,
    happens,
    outcome,
    past_outcomes,
)
from econshrink.forecast.backtesting.references import base_rate, decline_logit
from econshrink.forecast.backtesting.spreading import Spreading, Spreads
from econshrink.forecast.backtesting.stack import Stack
from econshrink.forecast.events.hazard import PassageFit, PassageHazard
from econshrink.forecast.events.trajectories import Bools, FirstPassage
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.scores.draws import crps
from econshrink.forecast.view import InformationSet, keep

HAZARD = "hazard"


@dataclass(frozen=True)
@typed_fields
class PathDesign:
    """What is drawn and asked from where.

    Parameters
    ----------
    origins : tuple of int
        Ascending. Early ones teach the spread, even if nothing is scored there.
    first : int
        First origin that is scored.
    questions : mapping of str to EventQuestion
    shown : tuple of str, optional
        Models that are scored besides the mixture; default all.
    draws : int
    spreading : Spreading or ErrorParts
        The spread of the first is mended by settled forecasts.
    stream : str
        Name of the seed stream.
    """

    origins: tuple[int, ...]
    first: int
    questions: Mapping[str, EventQuestion]
    shown: tuple[str, ...] | None = None
    draws: int = 400
    spreading: Spreads = field(default_factory=Spreading)
    stream: str = "paths"

    def __post_init__(self) -> None:
        faults = drawing_faults(self.origins, self.draws)
        if not self.questions:
            faults.append(Fault("no question", "at least one", "Ask something."))
        raise_all(SpecError, faults)

    @property
    def ahead(self) -> int:
        """Years that are drawn."""
        return max(question.ahead for question in self.questions.values())

    @property
    def steps(self) -> Ints:
        """Every year ahead."""
        return np.arange(1, self.ahead + 1)

    @property
    def recalibrated(self) -> bool:
        """Whether settled forecasts mend the spread: not where it was learnt in parts."""
        return isinstance(self.spreading, Spreading)


@dataclass(frozen=True, eq=False)
class PathBacktest:
    """Scored events on trajectories.

    Parameters
    ----------
    cases : DataFrame
        One row a question, model, origin and city: `group`, `chance`, `event`, `climatology`,
        `logit`. Where the hazard or the logit knows too little of a city, its probability is that
        of climatology, so that all models are scored on the same cases.
    counts : DataFrame
        One row a question, model and origin: `cases`, the `count` of events, its `mean` in the
        draws and its `crps` (NaN for models without joint draws).
    excluded : DataFrame
        `question, origin, city, reason`; cities a question is not asked of are not in it.
    fits : DataFrame
        One row an origin and edge of the hazard: `origins, events, covariates, note`.
    """

    cases: pd.DataFrame
    counts: pd.DataFrame
    excluded: pd.DataFrame
    fits: pd.DataFrame


def withheld_events(found: PathBacktest) -> pd.DataFrame:
    """Events whose probability does not beat climatology, and so must not be shown.

    Parameters
    ----------
    found : PathBacktest

    Returns
    -------
    DataFrame
        Index `question, model`: `cases`, `skill` (Brier skill over climatology; NaN if climatology
        never errs) and `withheld`: no case of skill above zero.
    """
    cases = found.cases
    table = cases.assign(
        own=(cases["chance"] - cases["event"]) ** 2,
        base=(cases["climatology"] - cases["event"]) ** 2,
    ).groupby(["question", "model"], sort=False)[["own", "base"]]
    sums = table.sum()
    skill = 1 - sums["own"] / sums["base"].where(sums["base"] > 0)
    return pd.DataFrame({"cases": table.size(), "skill": skill, "withheld": ~(skill > 0)})


def run_path_backtest(
    sees: Sees,
    truth: InformationSet,
    models: Mapping[str, PathModel],
    weights: Callable[[int], Mapping[str, float]] | None,
    hazard: PassageHazard | None,
    design: PathDesign,
) -> PathBacktest:
    """Score questions on yearly trajectories of models, of their mixture, and of a hazard.

    Parameters
    ----------
    sees : callable
        Origin to `InformationSet`: what was known then. Its cities must not change with the origin.
    truth : InformationSet
        Figures to score against, NaN where there is none worth the name; later than the origins.
    models : mapping of str to PathModel
    weights : callable, optional
        Origin to weights of the models in the mixture, known at that origin; it is scored as
        ``stacked``. The spread of every model is mended by its settled forecasts, year by year.
    hazard : PassageHazard, optional
        Scored as ``hazard`` on questions about one of its first passages.
    design : PathDesign

    Returns
    -------
    PathBacktest
        All models are scored on the same cities of a question and origin.

    Raises
    ------
    DataError
        Views that end elsewhere or hold other cities than the truth, or nothing to score.
    """
    scorer = _QuestionScorer(truth, weights, hazard, design)
    run_loop(sees, models, design, scorer)
    if not scorer.rows:
        raise DataError(Fault("nothing to score", "a truth after an origin", "Check the origins."))
    return PathBacktest(
        pd.concat(scorer.rows, ignore_index=True),
        pd.DataFrame(scorer.counts),
        pd.concat(scorer.gone, ignore_index=True),
        pd.DataFrame(
            scorer.fits, columns=["origin", "share", "origins", "events", "covariates", "note"]
        ),
    )


class _QuestionScorer:
    """Asks every question of the trajectories of the models, their mixture and the hazard."""

    def __init__(
        self,
        truth: InformationSet,
        weights: Callable[[int], Mapping[str, float]] | None,
        hazard: PassageHazard | None,
        design: PathDesign,
    ) -> None:
        self._truth, self._weights, self._hazard, self._design = truth, weights, hazard, design
        self._members: dict[str, Floats] = {}
        self._ready: Bools = np.empty(0, dtype=bool)
        self.rows: list[pd.DataFrame] = []
        self.counts: list[dict[str, object]] = []
        self.gone: list[pd.DataFrame] = []
        self.fits: list[dict[str, object]] = []

    @property
    def cases(self) -> int:
        return sum(map(len, self.rows))

    def faults(self, view: InformationSet) -> list[Fault]:
        if view.cities == self._truth.cities and view.years[0] >= self._truth.years[0]:
            return []
        seen = "cities or first years of view and truth that differ"
        return [Fault(seen, "the same cities, no earlier year", "Build both alike.")]

    def open(self, view: InformationSet, ready: Bools) -> None:  # noqa: ARG002  (a `Scorer`)
        self._members, self._ready = {}, ready[:, 0]

    def reach(self, view: InformationSet) -> int:
        learns = self._design.recalibrated
        return int(self._design.steps[-1]) if learns or view.origin >= self._design.first else 0

    def take(self, view: InformationSet, name: str, draws: Floats) -> None:
        if view.origin >= self._design.first:
            self._members[name] = draws

    def close(self, view: InformationSet) -> None:
        design, origin, members = self._design, view.origin, self._members
        if origin < design.first:
            return
        drawn = {name: members[name] for name in design.shown or members}
        if self._weights is not None:
            given = self._weights(origin)
            rng = generator(f"{design.stream}.stack.{origin}")
            mixture = Stack(tuple(given.values()))
            drawn[STACKED] = mixture.mix([members[name] for name in given], rng)
        fit = self._hazard.fit(view) if self._hazard is not None else None
        self.fits += _record_fit(fit, origin)
        for name, question in design.questions.items():
            came = outcome(question, self._truth, origin)
            cases, counts, gone = _ask(
                name, question, view, came, drawn, self._ready, fit, design.spreading.history
            )
            self.rows += cases
            self.counts += counts
            self.gone.append(gone)


def _ask(
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

    `came` (cities,) says whether the event happened, NaN where nobody can say or asks; `drawn` are
    log changes since the origin, (cities, years, draws); `ready` marks the cities that every model
    has draws for; `fit` says its probability if the event is one of its first passages; `history`
    are the years a past origin must have behind it, for climatology and logit.
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


def _record_fit(fit: PassageFit | None, origin: int) -> list[dict[str, object]]:
    if fit is None:
        return []
    return [
        {
            "origin": origin,
            "share": share,
            "origins": edge.origins,
            "events": edge.events,
            "covariates": edge.estimate is not None,
            "note": edge.note,
        }
        for share, edge in zip(fit.options.shares, fit.edges, strict=True)
    ]
