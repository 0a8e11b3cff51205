"""The loop of every backtest: at each origin all models draw jointly from what was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.parts import REBASING, ErrorParts
from econshrink.forecast.backtesting.record import Memory, Record, keep_record
from econshrink.forecast.backtesting.settled import Settled
from econshrink.forecast.backtesting.shocks import Noise, Space, draw_noise
from econshrink.forecast.backtesting.spreading import Spreads, centre
from econshrink.forecast.events.trajectories import Bools
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.view import InformationSet

Sees = Callable[[int], InformationSet]
STACKED = "stacked"


class Drawing(Protocol):
    """What a design says about drawing."""

    @property
    def origins(self) -> tuple[int, ...]:
        """Ascending years."""
        ...

    @property
    def steps(self) -> Ints:
        """Years ahead that are drawn, ascending, shape (S,)."""
        ...

    @property
    def draws(self) -> int:
        """Joint draws an origin."""
        ...

    @property
    def spreading(self) -> Spreads:
        """How past errors become draws."""
        ...

    @property
    def recalibrated(self) -> bool:
        """Whether settled forecasts change the spread of later ones."""
        ...

    @property
    def stream(self) -> str:
        """Name of the seed stream."""
        ...


class Scorer(Protocol):
    """What looks at the draws of each origin in turn, and keeps its own tables."""

    @property
    def cases(self) -> int:
        """Cases scored so far."""
        ...

    def faults(self, view: InformationSet) -> list[Fault]:
        """What keeps a view from being scored at all."""
        ...

    def open(self, view: InformationSet, ready: Bools) -> None:
        """Begin an origin; `ready`, (cities, steps), says where every model has a path."""
        ...

    def reach(self, view: InformationSet) -> int:
        """Years ahead of the opened origin that are looked at: later ones are not drawn."""
        ...

    def take(self, view: InformationSet, name: str, draws: Floats) -> None:
        """Look at the log changes of one model, (cities, steps, draws).

        Where a second scorer looks too they are changed for it: what is to stay is copied.
        """
        ...

    def close(self, view: InformationSet) -> None:
        """End an origin: all its models have been seen."""
        ...


def run_loop(
    sees: Sees,
    models: Mapping[str, PathModel],
    design: Drawing,
    scorer: Scorer,
    progress: Callable[[str], None] | None = None,
    people: Scorer | None = None,
) -> Settled:
    """Let the models draw from every origin and the scorer look; return what was learnt.

    An origin without one past error to learn from is not drawn from. `people` looks at the same
    draws without what a census corrects.
    """
    memory: Memory = {}
    settled = Settled()
    space: Space | None = None
    for origin in design.origins:
        view = sees(origin)
        raise_all(DataError, [*_leak(view, origin), *scorer.faults(view)])
        if people is not None:
            raise_all(DataError, people.faults(view))
        if space is None or not np.array_equal(space.pairs, view.pairs):
            space = Space(view.pairs, len(view.cities))
        if origin - view.years[0] - design.spreading.history >= design.steps[0]:
            if design.recalibrated:
                settled.settle(origin, sees)
            scorers = [scorer] if people is None else [scorer, people]
            records = _records(view, models, design, memory)
            ready = np.all([np.isfinite(r.paths[origin]) for r in records.values()], axis=0)
            for each in scorers:
                each.open(view, ready)
            noise = _noise(view, design, space, max(each.reach(view) for each in scorers))
            for name, record in records.items() if noise else ():
                drawn, rebased = _draw(view, record, design, noise, space, people is not None)
                if design.recalibrated:
                    _mend(view, name, drawn, record, settled)
                scorer.take(view, name, drawn)
                if people is not None:
                    if rebased is not None:
                        crossed = [view.crossings(int(h)) > 0 for h in design.steps].index(True)
                        drawn[:, crossed:] -= rebased[:, crossed:]
                    people.take(view, name, drawn)
            for each in scorers:
                each.close(view)
        if progress is not None:
            progress(f"origin {origin}: {scorer.cases:,} cases")
    return settled


def _records(
    view: InformationSet, models: Mapping[str, PathModel], design: Drawing, memory: Memory
) -> dict[str, Record]:
    history = design.spreading.history
    return {
        name: keep_record(model, view, design.steps, history, memory)
        for name, model in models.items()
    }


def _noise(view: InformationSet, design: Drawing, space: Space, reach: int) -> list[Noise]:
    rng = generator(f"{design.stream}.{view.origin}")
    steps = design.steps[design.steps <= reach]
    return [draw_noise(view.groups, space, design.draws, rng) for _ in steps]


def _draw(
    view: InformationSet,
    record: Record,
    design: Drawing,
    noise: list[Noise],
    space: Space,
    parted: bool,
) -> tuple[Floats, Floats | None]:
    """Draws of one model, and what rebasing adds to them where that is asked and a part."""
    options = design.spreading
    if parted and isinstance(options, ErrorParts):
        drawn, parts = options.drawn(view, record, noise, space)
        return drawn, parts.get(REBASING)
    return options.draw(view, record, noise, space), None


def _mend(view: InformationSet, name: str, drawn: Floats, record: Record, settled: Settled) -> None:
    """Change the spread of a model, step by step and in place, by where settled truths lay."""
    for column, step in enumerate(record.horizons[: drawn.shape[1]]):
        raw = drawn[:, column]
        mended = settled.adjust(name, int(step), raw, view)
        if mended is not raw:
            raw[:] = mended
            if record.centred:
                centre(raw, record.paths[view.origin][:, column])


def _leak(view: InformationSet, origin: int) -> list[Fault]:
    if view.origin == origin:
        return []
    seen = f"a view until {view.origin} for origin {origin}"
    return [Fault(seen, f"a view until {origin}", "Later figures are a leak.")]
