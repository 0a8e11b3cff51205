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
from econshrink.forecast.backtesting.shocks import Space, draw_noise
from econshrink.forecast.backtesting.spreading import Spreads, centre
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

    def score(self, view: InformationSet, members: Mapping[str, Floats]) -> None:
        """Look at log changes by model, (cities, steps, draws)."""
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
            members, records, rebased = _draw(view, models, design, space, memory)
            if design.recalibrated:
                _mend(view, sees, members, records, design.steps, settled)
            scorer.score(view, members)
            if people is not None:
                people.score(view, {k: _without(v, rebased.get(k)) for k, v in members.items()})
        if progress is not None:
            progress(f"origin {origin}: {scorer.cases:,} cases")
    return settled


def _draw(
    view: InformationSet,
    models: Mapping[str, PathModel],
    design: Drawing,
    space: Space,
    memory: Memory,
) -> tuple[dict[str, Floats], dict[str, Record], dict[str, Floats]]:
    """Draws, records, and what rebasing adds to the draws of models that have such a part."""
    rng = generator(f"{design.stream}.{view.origin}")
    noise = [draw_noise(view.groups, space, design.draws, rng) for _ in design.steps]
    options = design.spreading
    members, records, rebased = {}, {}, {}
    for name, model in models.items():
        records[name] = keep_record(model, view, design.steps, options.history, memory)
        if isinstance(options, ErrorParts):
            members[name], parts = options.drawn(view, records[name], noise, space)
            if REBASING in parts:
                rebased[name] = parts[REBASING]
        else:
            members[name] = options.draw(view, records[name], noise, space)
    return members, records, rebased


def _without(draws: Floats, part: Floats | None) -> Floats:
    return draws if part is None else draws - part


def _mend(
    view: InformationSet,
    sees: Sees,
    members: Mapping[str, Floats],
    records: Mapping[str, Record],
    steps: Ints,
    settled: Settled,
) -> None:
    """Change the spread, step by step and in place, by where settled truths lay."""
    for column, step in enumerate(steps):
        raw = {name: draws[:, column] for name, draws in members.items()}
        for name, mended in settled.adjust(view.origin, int(step), raw, sees, view).items():
            if mended is not raw[name]:
                raw[name][:] = mended
                if records[name].centred:
                    centre(raw[name], records[name].paths[view.origin][:, column])


def _leak(view: InformationSet, origin: int) -> list[Fault]:
    if view.origin == origin:
        return []
    seen = f"a view until {view.origin} for origin {origin}"
    return [Fault(seen, f"a view until {origin}", "Later figures are a leak.")]
