"""Rolling-origin backtest: every model draws from what was known, and is scored on what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.record import Memory, keep_record
from econshrink.forecast.backtesting.scoring import count_scores, references, score_cases
from econshrink.forecast.backtesting.settled import Settled
from econshrink.forecast.backtesting.shocks import Space, draw_noise
from econshrink.forecast.backtesting.spreading import draw_paths
from econshrink.forecast.backtesting.stack import Stack, Tallies
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.view import InformationSet
from econshrink.nouns.backtest import Backtest

Sees = Callable[[int], InformationSet]
STACKED = "stacked"


def run_backtest(
    sees: Sees,
    truth: pd.DataFrame,
    models: Mapping[str, PathModel],
    design: BacktestDesign,
    *,
    progress: Callable[[str], None] | None = None,
    keep: Callable[[InformationSet, int, Mapping[str, Floats]], None] | None = None,
) -> Backtest:
    """Score models at every origin and horizon that the figures allow.

    Parameters
    ----------
    sees : callable
        Origin to `InformationSet`: what was known then. Its cities must not change with the origin.
    truth : DataFrame, cities × years
        Persons to score against; NaN where there is no figure worth the name.
    models : mapping of str to PathModel
        By short name. The stack of all of them is added under ``stacked``.
    design : BacktestDesign
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
    view: InformationSet,
    models: Mapping[str, PathModel],
    design: BacktestDesign,
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


def _checked(view: InformationSet, origin: int, truth: pd.DataFrame) -> InformationSet:
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
    view: InformationSet, change: Floats, good: np.ndarray, origin: int, horizon: int
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
    model: PathModel,
    view: InformationSet,
    origin: int,
    horizons: Ints,
    generator: np.random.Generator,
) -> None:
    """Fail if a model's path from `origin` moves when later figures are changed.

    Parameters
    ----------
    model : PathModel
    view : InformationSet
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
    speak: Callable[[InformationSet], Floats],
    name: str,
    view: InformationSet,
    origin: int,
    generator: np.random.Generator,
) -> None:
    """`check_blind` for anything said from a view, such as the probability of an event.

    Parameters
    ----------
    speak : callable
        InformationSet to numbers.
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
