"""Rolling-origin backtest: every model draws from what was known, and is scored on what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.seeds import Rng, as_generator, generator
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.loop import STACKED, Sees, run_loop
from econshrink.forecast.backtesting.parts import ErrorParts
from econshrink.forecast.backtesting.scoring import case_columns, count_scores, references
from econshrink.forecast.backtesting.settled import Settled
from econshrink.forecast.backtesting.stack import Stack, Tallies
from econshrink.forecast.events.trajectories import Bools
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.view import InformationSet
from econshrink.nouns.backtest import Backtest

Keep = Callable[[InformationSet, int, str, Floats], None]


def run_backtest(
    sees: Sees,
    truth: pd.DataFrame,
    models: Mapping[str, PathModel],
    design: BacktestDesign,
    *,
    progress: Callable[[str], None] | None = None,
    keep: Keep | None = None,
    start: pd.DataFrame | None = None,
) -> Backtest:
    """Score models at every origin and horizon that the figures allow.

    Parameters
    ----------
    sees : callable
        Origin to `InformationSet`: what was known then. Its cities must not change with the origin.
    truth : DataFrame, cities × years
        Persons to score against; NaN where there is no figure worth the name.
    models : mapping of str to PathModel
        By short name. The stack of all of them is added under ``stacked`` if the design says so.
    design : BacktestDesign
    progress : callable, optional
        Told one line an origin.
    keep : callable, optional
        Given the view, the horizon, the name of a model and its draws, log changes
        (cities, draws), of which nothing else is kept: copy what is to stay. Horizons that are
        longer than all that are scored or learnt from are not drawn.
    start : DataFrame, cities × years, optional
        Persons at each origin from which the truth's change is counted, such as series closed to
        the censuses, that nobody saw at the origin; by default what was seen. With it no counts of
        units are scored: they are about published figures.

    Returns
    -------
    Backtest
        All models are scored on the same cities of an origin and horizon.

    Raises
    ------
    DataError
        A view that does not end at its origin, cities that change, or nothing to score.
    """
    scorer = _HorizonScorer(sees, truth, tuple(models), design, keep, start)
    settled = run_loop(sees, models, design, scorer, progress)
    return scorer.found(settled)


def run_both_backtests(
    sees: Sees,
    published: pd.DataFrame,
    closed: pd.DataFrame,
    models: Mapping[str, PathModel],
    design: BacktestDesign,
    *,
    progress: Callable[[str], None] | None = None,
    keep: Keep | None = None,
) -> tuple[Backtest, Backtest]:
    """Score the same draws twice: against published figures, and what people did.

    Parameters
    ----------
    sees : callable
        As in `run_backtest`.
    published : DataFrame, cities × years
        Persons as they were published.
    closed : DataFrame, cities × years
        Series closed to the censuses, which nobody saw at the origin: changes along them are
        compared with the draws without their part of rebasing.
    models, design, progress, keep
        As in `run_backtest`; `design.spreading` is an `ErrorParts`.

    Returns
    -------
    tuple of Backtest
        Against published figures, and against closed series, the latter without a stack and
        without counts.

    Raises
    ------
    SpecError
        Another kind of spread, or recalibrated draws: they have no parts.
    DataError
        As in `run_backtest`.
    """
    if not isinstance(design.spreading, ErrorParts) or design.recalibrated:
        seen = f"{type(design.spreading).__name__}, recalibrated: {design.recalibrated}"
        expected = "ErrorParts, not recalibrated"
        raise SpecError(Fault(seen, expected, "Use `run_backtest` for other draws."))
    scorer = _HorizonScorer(sees, published, tuple(models), design, keep, None)
    plain = replace(design, stacked=False)
    people = _HorizonScorer(sees, closed, tuple(models), plain, None, closed)
    settled = run_loop(sees, models, design, scorer, progress, people)
    return scorer.found(settled), people.found(settled)


class _HorizonScorer:
    """Scores every horizon by itself, with a stack whose weights settled draws have taught."""

    def __init__(
        self,
        sees: Sees,
        truth: pd.DataFrame,
        names: tuple[str, ...],
        design: BacktestDesign,
        keep: Keep | None,
        start: pd.DataFrame | None,
    ) -> None:
        self._sees, self._truth, self._design, self._keep = sees, truth, design, keep
        self._start = start
        self._names, self._tallies = names, Tallies(names)
        self._open: list[_Horizon] = []
        self.parts: list[dict[str, np.ndarray]] = []
        self.counts: list[dict[str, object]] = []
        self.weights: list[dict[str, object]] = []
        self.gone: list[pd.DataFrame] = []

    @property
    def cases(self) -> int:
        return sum(len(part["truth"]) for part in self.parts)

    def found(self, settled: Settled) -> Backtest:
        if not self.parts:
            raise DataError(
                Fault("no origin and horizon with a truth", "some", "Check origins and the truth.")
            )
        return Backtest(
            pd.DataFrame({k: np.concatenate([p[k] for p in self.parts]) for k in self.parts[0]}),
            pd.DataFrame(self.counts),
            pd.DataFrame(self.weights),
            pd.concat(self.gone, ignore_index=True),
            settled.learnt(),
            self._sees(self._design.origins[-1]).synthetic,
        )

    def faults(self, view: InformationSet) -> list[Fault]:
        if list(view.cities) == list(self._truth.index):
            return []
        seen = "cities of view and truth that differ"
        return [Fault(seen, "the same order", "Reindex the truth.")]

    def open(self, view: InformationSet, ready: Bools) -> None:
        if self._design.stacked:
            self._tallies.settle(view.origin, self._sees)
        self._open = [
            self._begun(view, horizon, ready[:, column])
            for column, horizon in enumerate(self._design.horizons)
        ]

    def _begun(self, view: InformationSet, horizon: int, ready: Bools) -> _Horizon:
        """Begin an origin and horizon: what is the same for all models."""
        sources = None
        if self._design.stacked:
            weight = self._tallies.weights(view.origin, horizon)
            rng = generator(f"{self._design.stream}.stack.{view.origin}.{horizon}")
            row = {"origin": view.origin, "horizon": horizon}
            self.weights.append(row | dict(zip(self._names, weight, strict=True)))
            if len(weight) > 1:
                sources = Stack(tuple(weight)).sources(self._design.draws, rng)
        return _Horizon(sources, self._came(view, horizon, ready))

    def _came(self, view: InformationSet, horizon: int, ready: Bools) -> _Came | None:
        """What there is to score, if anything."""
        came = _target(self._truth, view.origin, horizon)
        if came is None:
            return None
        begun = view.at(view.origin)
        if self._start is not None:
            counted = _target(self._start, view.origin, 0)
            begun = np.full(len(came), np.nan) if counted is None else counted
        change = came - begun
        good = np.isfinite(change) & ready
        self.gone.append(_left_out(view, change, good, view.origin, horizon))
        if not good.any():
            return None
        return _Came(change, good, references(view, horizon, good, self._design))

    def reach(self, view: InformationSet) -> int:
        learns = self._design.stacked or self._design.recalibrated
        last = self._design.origins[-1] - view.origin if learns else 0  # later ones never settle
        both = zip(self._design.horizons, self._open, strict=True)
        return max((h for h, now in both if h <= last or now.came is not None), default=0)

    def take(self, view: InformationSet, name: str, draws: Floats) -> None:
        number = self._names.index(name)
        for column, horizon in enumerate(self._design.horizons[: draws.shape[1]]):
            part = draws[:, column]
            self._look(view, column, name, part)
            if self._design.stacked:
                self._tallies.remember(view, horizon, name, part)
                self._open[column].mix(number, part)

    def close(self, view: InformationSet) -> None:
        for column, now in enumerate(self._open):
            if now.mixed.size:
                self._look(view, column, STACKED, now.mixed)
            self.parts += now.parts
            self.counts += now.counts

    def _look(self, view: InformationSet, column: int, name: str, draws: Floats) -> None:
        horizon, now = self._design.horizons[column], self._open[column]
        if self._keep is not None:
            self._keep(view, horizon, name, draws)
        if now.came is None:
            return
        args = (name, view, horizon, draws, now.came.change, now.came.good, self._design)
        now.parts.append(case_columns(*args, now.came.shared))
        if self._start is None:
            now.counts += count_scores(*args)


@dataclass(frozen=True, eq=False)
class _Came:
    """What came of an origin and horizon: changes, which cities count, columns of all models."""

    change: Floats
    good: Bools
    shared: Mapping[str, Floats]


class _Horizon:
    """An origin and horizon while its models pass: the stack and the scores so far."""

    def __init__(self, sources: Ints | None, came: _Came | None) -> None:
        self.sources, self.came = sources, came
        self.mixed: Floats = np.empty((0, 0))
        self.parts: list[dict[str, np.ndarray]] = []
        self.counts: list[dict[str, object]] = []

    def mix(self, number: int, draws: Floats) -> None:
        """Take the draws of the stack that come from this member."""
        if self.sources is None:
            self.mixed = draws.copy()
            return
        if number == 0:
            self.mixed = np.empty(draws.shape)
        chosen = np.flatnonzero(self.sources == number)
        self.mixed[:, chosen] = draws[:, chosen]


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
    rng: Rng = None,
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
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.

    Raises
    ------
    DataError
        The paths differ: the model has seen, or remembers, a later figure.
    """
    check_mute(lambda seen: model.path(seen, horizons), model.label, view, origin, rng)


def check_mute(
    speak: Callable[[InformationSet], Floats],
    name: str,
    view: InformationSet,
    origin: int,
    rng: Rng = None,
) -> None:
    """`check_blind` for anything said from a view, such as the probability of an event.

    Parameters
    ----------
    speak : callable
        InformationSet to numbers.
    name : str
        Who speaks, for the error.
    view, origin, rng
        As in `check_blind`; levels and further figures are changed alike.

    Raises
    ------
    DataError
        The numbers differ.
    """
    draw = as_generator(rng, "forecast.check_mute")
    first = speak(view.until(origin))
    late = np.array(view.years) > origin

    def disturbed(values: Floats) -> Floats:
        noise = draw.normal(size=(len(values), int(late.sum())))
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
