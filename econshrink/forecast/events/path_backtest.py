"""Backtest of events on trajectories: every year drawn jointly, and scored on what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.backtest import STACKED, Sees
from econshrink.forecast.backtesting.outcomes import EventQuestion, outcome
from econshrink.forecast.backtesting.record import Memory, keep_record
from econshrink.forecast.backtesting.settled import Settled
from econshrink.forecast.backtesting.shocks import Space, draw_noise
from econshrink.forecast.backtesting.spreading import Spreading, draw_paths
from econshrink.forecast.backtesting.stack import Stack
from econshrink.forecast.events.hazard import PassageFit, PassageHazard
from econshrink.forecast.events.path_cases import ask
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.view import InformationSet


@dataclass(frozen=True)
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
    spreading : Spreading
    stream : str
        Name of the seed stream.
    """

    origins: tuple[int, ...]
    first: int
    questions: Mapping[str, EventQuestion]
    shown: tuple[str, ...] | None = None
    draws: int = 400
    spreading: Spreading = field(default_factory=Spreading)
    stream: str = "paths"

    def __post_init__(self) -> None:
        faults = []
        if not self.origins or list(self.origins) != sorted(set(self.origins)):
            faults.append(Fault(f"origins {self.origins}", "ascending years", "Sort them."))
        if not self.questions:
            faults.append(Fault("no question", "at least one", "Ask something."))
        if self.draws < 2:
            faults.append(Fault(f"{self.draws} draws", "at least two", "Ask for more."))
        raise_all(SpecError, faults)

    @property
    def ahead(self) -> int:
        """Years that are drawn."""
        return max(question.ahead for question in self.questions.values())


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
    history = design.spreading.history
    memory: Memory = {}
    settled = Settled()
    space = Space(np.empty((0, 2), dtype=np.intp), len(truth.cities))
    cases, counts, gone, fits = [], [], [], []
    for origin in design.origins:
        view = sees(origin)
        _check(view, origin, truth)
        if not np.array_equal(space.pairs, view.pairs):
            space = Space(view.pairs, len(view.cities))
        members = _draw_years(view, sees, models, design, space, memory, settled)
        if origin < design.first or not members:
            continue
        drawn = {name: members[name] for name in design.shown or models}
        if weights is not None:
            given = weights(origin)
            rng = generator(f"{design.stream}.stack.{origin}")
            mixture = Stack(tuple(given.values()))
            drawn[STACKED] = mixture.mix([members[name] for name in given], rng)
        ready = np.isfinite(sum(draws[:, 0, 0] for draws in members.values()))
        fit = hazard.fit(view) if hazard is not None else None
        fits += _record_fit(fit, origin)
        for name, question in design.questions.items():
            came = outcome(question, truth, origin)
            asked = ask(name, question, view, came, drawn, ready, fit, history)
            cases += asked[0]
            counts += asked[1]
            gone.append(asked[2])
    if not cases:
        raise DataError(Fault("nothing to score", "a truth after an origin", "Check the origins."))
    return PathBacktest(
        pd.concat(cases, ignore_index=True),
        pd.DataFrame(counts),
        pd.concat(gone, ignore_index=True),
        pd.DataFrame(fits, columns=["origin", "share", "origins", "events", "covariates", "note"]),
    )


def _check(view: InformationSet, origin: int, truth: InformationSet) -> None:
    faults = []
    if view.origin != origin:
        seen = f"a view until {view.origin} for origin {origin}"
        faults.append(Fault(seen, f"a view until {origin}", "Later figures are a leak."))
    if view.cities != truth.cities or view.years[0] < truth.years[0]:
        seen = "cities or first years of view and truth that differ"
        faults.append(Fault(seen, "the same cities, no earlier year", "Build both alike."))
    raise_all(DataError, faults)


def _draw_years(
    view: InformationSet,
    sees: Sees,
    models: Mapping[str, PathModel],
    design: PathDesign,
    space: Space,
    memory: Memory,
    settled: Settled,
) -> dict[str, Floats]:
    """Draws of every coming year by model, (cities, years, draws), spread mended.

    None from an origin without one past error to learn from.
    """
    steps = np.arange(1, design.ahead + 1)
    options = design.spreading
    if view.origin - view.years[0] <= options.history:
        return {}
    rng = generator(f"{design.stream}.{view.origin}")
    noise = [draw_noise(view.groups, space, design.draws, rng) for _ in steps]
    raw = {}
    for name, model in models.items():
        record = keep_record(model, view, steps, options.history, memory)
        raw[name] = draw_paths(view, record, options, noise, space)
    for column, step in enumerate(steps):
        part = {name: draws[:, column] for name, draws in raw.items()}
        for name, mended in settled.adjust(view.origin, int(step), part, sees, view).items():
            raw[name][:, column] = mended
    return raw


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
