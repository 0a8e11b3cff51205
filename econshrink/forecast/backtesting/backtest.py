"""Rolling-origin backtest: every model draws from what was known, and is scored on what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.record import Memory, keep_record
from econshrink.forecast.backtesting.scoring import count_scores, references, score_cases
from econshrink.forecast.backtesting.settled import Settled
from econshrink.forecast.backtesting.shocks import Space, draw_noise
from econshrink.forecast.backtesting.spreading import Spreading, draw_paths
from econshrink.forecast.backtesting.stack import Stack, Tallies
from econshrink.forecast.models.model import PathModel, check_horizons
from econshrink.forecast.view import View
from econshrink.nouns.backtest import Backtest

Sees = Callable[[int], View]
STACKED = "stacked"


@dataclass(frozen=True)
class Design:
    """What is forecast from where.

    Parameters
    ----------
    origins : tuple of int
        Ascending. Early ones feed the stack even if nothing is scored there.
    horizons : tuple of int
    draws : int
    losses : tuple of float
        Events "at least that share below the origin"; 0 is any decline.
    spreading : Spreading
    recalibrated : bool
        Change the spread of each model's draws by where settled truths lay in its earlier ones.
    stream : str
        Name of the seed stream: two backtests in one program differ on purpose only.
    """

    origins: tuple[int, ...]
    horizons: tuple[int, ...] = (1, 3, 5, 10)
    draws: int = 2000
    losses: tuple[float, ...] = (0.0, 0.05)
    spreading: Spreading = field(default_factory=Spreading)
    recalibrated: bool = True
    stream: str = "backtest"

    def __post_init__(self) -> None:
        check_horizons(np.array(self.horizons, dtype=np.intp))
        faults = []
        if not self.origins or list(self.origins) != sorted(set(self.origins)):
            faults.append(Fault(f"origins {self.origins}", "ascending years", "Sort them."))
        if self.draws < 2:
            faults.append(Fault(f"{self.draws} draws", "at least two", "Ask for more."))
        if not all(0 <= loss < 1 for loss in self.losses):
            faults.append(Fault(f"losses {self.losses}", "shares in [0, 1)", "Mend them."))
        raise_all(SpecError, faults)


def run_backtest(
    sees: Sees,
    truth: pd.DataFrame,
    models: Mapping[str, PathModel],
    design: Design,
    *,
    progress: Callable[[str], None] | None = None,
    keep: Callable[[View, int, Mapping[str, Floats]], None] | None = None,
) -> Backtest:
    """Score models at every origin and horizon that the figures allow.

    Parameters
    ----------
    sees : callable
        Origin to `View`: what was known then. Its cities must not change with the origin.
    truth : DataFrame, cities × years
        Persons to score against; NaN where there is no figure worth the name.
    models : mapping of str to PathModel
        By short name. The stack of all of them is added under ``stacked``.
    design : Design
    progress : callable, optional
        Told one line an origin.
    keep : callable, optional
        Given the view, the horizon and the draws of every model, log changes (cities, draws), of
        which nothing else is kept.

    Returns
    -------
    Backtest
        All models are scored on the same cities of an origin and horizon.

    Raises
    ------
    DataError
        A view that does not end at its origin, cities that change, or nothing to score.
    """
    memory: Memory = {}
    settled = Settled()
    tallies = Tallies(tuple(models))
    parts: list[pd.DataFrame] = []
    counts: list[dict[str, object]] = []
    weights: list[dict[str, object]] = []
    gone: list[pd.DataFrame] = []
    space = Space(np.empty((0, 2), dtype=np.intp), len(truth))
    for origin in design.origins:
        view = _checked(sees(origin), origin, truth)
        if not np.array_equal(space.pairs, view.pairs):
            space = Space(view.pairs, len(view.cities))
        for horizon, raw in _draw_all(view, models, design, space, memory).items():
            drawn = settled.adjust(origin, horizon, raw, sees, view) if design.recalibrated else raw
            weight = tallies.weights(origin, horizon)
            rng = generator(f"{design.stream}.stack.{origin}.{horizon}")
            joint = {**drawn, STACKED: Stack(tuple(weight)).mix(list(drawn.values()), rng)}
            weights.append(
                {"origin": origin, "horizon": horizon, **dict(zip(models, weight, strict=True))}
            )
            tallies.remember(origin, horizon, drawn, sees, view)
            if keep is not None:
                keep(view, horizon, joint)
            came = _target(truth, origin, horizon)
            if came is None:
                continue
            change = came - view.at(origin)
            good = np.isfinite(change) & np.isfinite(sum(d[:, 0] for d in drawn.values()))
            gone.append(_left_out(view, change, good, origin, horizon))
            if not good.any():
                continue
            shared = references(view, horizon, good, design)
            for name, draws in joint.items():
                cases = score_cases(name, view, horizon, draws, change, good, design)
                parts.append(pd.concat([cases, shared], axis=1))
                counts += count_scores(name, view, horizon, draws, change, good, design)
        if progress is not None:
            progress(f"origin {origin}: {sum(len(p) for p in parts):,} cases")
    if not parts:
        raise DataError(
            Fault("no origin and horizon with a truth", "some", "Check origins and the truth.")
        )
    return Backtest(
        pd.concat(parts, ignore_index=True),
        pd.DataFrame(counts),
        pd.DataFrame(weights),
        pd.concat(gone, ignore_index=True),
        settled.learnt(),
        sees(design.origins[-1]).synthetic,
    )


def _draw_all(
    view: View,
    models: Mapping[str, PathModel],
    design: Design,
    space: Space,
    memory: Memory,
) -> dict[int, dict[str, Floats]]:
    """Horizon to model to draws (cities, draws), for the horizons the record reaches."""
    options = design.spreading
    behind = view.origin - view.years[0] - options.history
    steps = np.array(design.horizons if behind >= min(design.horizons) else (), dtype=np.intp)
    found: dict[int, dict[str, Floats]] = {int(h): {} for h in steps}
    if not len(steps):
        return found
    rng = generator(f"{design.stream}.{view.origin}")
    noise = [draw_noise(view.groups, space, design.draws, rng) for _ in steps]
    for name, model in models.items():
        record = keep_record(model, view, steps, options.history, memory)
        drawn = draw_paths(view, record, options, noise, space)
        for column, step in enumerate(steps):
            found[int(step)][name] = drawn[:, column]
    return found


def _checked(view: View, origin: int, truth: pd.DataFrame) -> View:
    faults = []
    if view.origin != origin:
        seen = f"a view until {view.origin} for origin {origin}"
        faults.append(Fault(seen, f"a view until {origin}", "Later figures are a leak."))
    if list(view.cities) != list(truth.index):
        faults.append(
            Fault("cities of view and truth that differ", "the same order", "Reindex the truth.")
        )
    raise_all(DataError, faults)
    return view


def _target(truth: pd.DataFrame, origin: int, horizon: int) -> Floats | None:
    year = origin + horizon
    if year not in truth.columns or truth[year].isna().all():
        return None
    return np.asarray(np.log(truth[year].to_numpy(dtype=float)))


def _left_out(
    view: View, change: Floats, good: np.ndarray, origin: int, horizon: int
) -> pd.DataFrame:
    no_start = np.isnan(view.at(origin))
    reason = np.select(
        [no_start, ~np.isfinite(change)],
        ["no usable figure at the origin", "no usable figure in the target year"],
        "series too short or broken for a growth rate",
    )
    lost = ~good
    return pd.DataFrame(
        {
            "origin": origin,
            "horizon": horizon,
            "city": np.array(view.cities)[lost],
            "reason": reason[lost],
        }
    )


def check_blind(
    model: PathModel, view: View, origin: int, horizons: Ints, generator: np.random.Generator
) -> None:
    """Fail if a model's path from `origin` moves when later figures are changed.

    Parameters
    ----------
    model : PathModel
    view : View
        Reaching beyond the origin; the model gets its part until the origin, twice, cut from
        histories that differ afterwards.
    origin : int
    horizons : ndarray of int
    generator : numpy.random.Generator

    Raises
    ------
    DataError
        The paths differ: the model has seen, or remembers, a later figure.
    """
    check_mute(lambda seen: model.path(seen, horizons), model.label, view, origin, generator)


def check_mute(
    speak: Callable[[View], Floats],
    name: str,
    view: View,
    origin: int,
    generator: np.random.Generator,
) -> None:
    """`check_blind` for anything said from a view, such as the probability of an event.

    Parameters
    ----------
    speak : callable
        View to numbers.
    name : str
        Who speaks, for the error.
    view, origin, generator
        As in `check_blind`; levels and further figures are changed alike.

    Raises
    ------
    DataError
        The numbers differ.
    """
    first = speak(view.until(origin))
    late = np.array(view.years) > origin

    def disturbed(values: Floats) -> Floats:
        noise = generator.normal(size=(len(values), int(late.sum())))
        changed = values.copy()
        changed[:, late] += noise
        return changed

    level = disturbed(view.level)
    extra = {key: disturbed(values) for key, values in view.extra.items()}
    other = replace(view, level=level, extra=extra)
    speak(other)  # a model that remembers would remember this
    second = speak(other.until(origin))
    if not np.array_equal(first, second, equal_nan=True):
        seen = f"figures of {name} from {origin} that moved with later figures"
        raise DataError(Fault(seen, "the same figures", "The model leaks: find where it looks."))
