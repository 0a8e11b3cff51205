"""Rules about the shape of a path over several periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.benchmarks import Benchmark
from econshrink.shrinkage.catalogue.rule import (
    UNVERIFIED,
    CatalogueRule,
    built_in,
    column,
    named,
    shown,
)
from econshrink.shrinkage.catalogue.steps import period_growth, periods, stocks
from econshrink.shrinkage.logic import less

TRAJECTORIES = (
    "continuous growth",
    "long-term growth",
    "medium-term growth",
    "recent growth",
    "continuous decline",
    "long-term decline",
    "medium-term decline",
    "recent decline",
    "cyclic",
)


@built_in("turok_mykhnenko", "Trajectory of five-year periods")
@dataclass(frozen=True)
@typed_fields
class TurokMykhnenko(CatalogueRule):
    """Sign pattern of period growth against the nation: nine trajectories.

    A path that never changes sign is continuous growth or decline. One change makes recent
    (the phase since the change lasts one period), medium-term (two or three) or long-term
    (more) growth or decline: growth after decline is resurgence. More changes make a cyclic
    path. Shrinking means that the current phase is one of decline. The nine classes and their
    cut-offs are ours after the source's idea.

    Parameters
    ----------
    benchmark : Benchmark, optional
        Yearly log growth of the nation's population; None compares with zero growth.
    variable : str
    step : int
        Years in a period.
    """

    name: ClassVar[str] = "turok_mykhnenko"
    source: ClassVar[str] = f"Turok and Mykhnenko 2007 (the nine trajectories {UNVERIFIED})"
    formula: ClassVar[str] = "sign of d_step ln P - d_step ln P[nation] in each period"
    classes: ClassVar[tuple[str, ...]] = TRAJECTORIES

    benchmark: Benchmark | None = None
    variable: str = "population"
    step: int = 5

    @property
    def rule_id(self) -> str:
        """Name and parameters."""
        against = self.benchmark.label if self.benchmark else "zero"
        return named(self.name, self.variable, step=self.step, against=against)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Read the sign pattern."""
        growth = period_growth(panel, self.variable, window, self.step)
        gap = growth - self._nation(window)
        declines = less(gap, 0.0)
        known: NDArray[np.bool_] = np.all(np.isfinite(declines), axis=1)
        label = np.where(known, declines[:, -1], np.nan)
        turns = (np.diff(np.nan_to_num(declines), axis=1) != 0).sum(axis=1)
        phase = _current_phase(np.nan_to_num(declines))
        kinds = np.array(
            [
                _trajectory(bool(down), int(turn), int(length))
                for down, turn, length in zip(label == 1, turns, phase, strict=True)
            ]
        )
        return pd.DataFrame(
            {
                "shrinking": label,
                "growth": np.expm1(growth.sum(axis=1)),
                "class": shown(kinds, known),
                "turns": np.where(known, turns, np.nan),
            },
            index=panel.wide(self.variable).index,
        )

    def _nation(self, window: tuple[int, int]) -> Floats:
        count = periods(window, self.step)
        if self.benchmark is None:
            return np.zeros(count)
        yearly = self.benchmark.over(range(window[0] + 1, window[1] + 1))
        growth: Floats = yearly.reshape(count, self.step).sum(axis=1)
        return growth


def _current_phase(declines: Floats) -> Ints:
    """Number of last periods that share the sign of the very last."""
    same = declines[:, ::-1] == declines[:, -1:]
    length: Ints = np.cumprod(same, axis=1).sum(axis=1)
    return length


def _trajectory(declines: bool, turns: int, phase: int) -> str:
    direction = "decline" if declines else "growth"
    if turns > 1:
        return "cyclic"
    if turns == 0:
        return f"continuous {direction}"
    age = "recent" if phase == 1 else "medium-term" if phase <= 3 else "long-term"
    return f"{age} {direction}"


@built_in("alves_shapes", "Below the peak, by the shape of the path")
@dataclass(frozen=True)
@typed_fields
class AlvesShapes(CatalogueRule):
    """A city below its peak at the end of the window, classed by the shape of its path.

    In this order: ``mild`` if the loss since the peak is below `mild`; ``metropolitan`` if the
    surrounding region grew while the city fell (only with `region_population`); ``cyclic`` if
    the path changes direction at least three times; ``persistent early`` if the peak lies in
    the first half of the window, else ``recent``. The cut-offs are ours.

    Parameters
    ----------
    variable : str
    step : int
        Years in a period.
    mild : float
        Loss since the peak, a share, below which a loss is mild.
    region_population : str
        Population of the functional region around the city: a column of the user; empty if
        there is none, and then no city is classed metropolitan.
    """

    name: ClassVar[str] = "alves_shapes"
    source: ClassVar[str] = f"Alves et al. 2016 (cut-offs {UNVERIFIED})"
    formula: ClassVar[str] = "P[end] < max P; class by date of the peak and changes of direction"
    classes: ClassVar[tuple[str, ...]] = (
        "mild",
        "metropolitan",
        "cyclic",
        "persistent early",
        "recent",
    )

    variable: str = "population"
    step: int = 1
    mild: float = 0.10
    region_population: str = column("", word="region", show=lambda name: name or "none")

    def __post_init__(self) -> None:
        if self.step < 1 or not 0 <= self.mild < 1:
            seen = f"step {self.step}, mild {self.mild}"
            raise SpecError(Fault(seen, "at least one year and a share", "Mend the rule."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Find the peak and read the shape."""
        periods(window, self.step)
        path = stocks(panel, self.variable, window)[:, :: self.step]
        known: NDArray[np.bool_] = np.all(np.isfinite(path), axis=1)
        filled = np.where(known[:, None], path, 1.0)
        peak = filled.argmax(axis=1)
        rows = np.arange(len(filled))
        loss = 1 - filled[:, -1] / filled[rows, peak]
        label = np.where(known, (loss > 0).astype(float), np.nan)
        signs = np.sign(np.diff(filled, axis=1))
        early = peak <= (filled.shape[1] - 1) / 2
        region_grows = self._region_grows(panel, window)
        kinds = np.select(
            [loss < self.mild, region_grows == 1, _turns(signs) >= 3, early],
            ["mild", "metropolitan", "cyclic", "persistent early"],
            "recent",
        )
        return pd.DataFrame(
            {
                "shrinking": label,
                "growth": np.where(known, filled[:, -1] / filled[:, 0] - 1, np.nan),
                "class": shown(kinds, label == 1),
                "peak_year": np.where(known, window[0] + peak * self.step, np.nan),
                "loss_since_peak": np.where(known, loss, np.nan),
            },
            index=panel.wide(self.variable).index,
        )

    def _region_grows(self, panel: CityPanel, window: tuple[int, int]) -> Floats:
        if not self.region_population:
            return np.zeros(len(panel.cities))
        region = stocks(panel, self.region_population, window)
        return less(region[:, 0], region[:, -1])


def _turns(signs: Floats) -> Ints:
    """Changes of direction, steps without change left out."""
    last = np.zeros(len(signs))
    turns = np.zeros(len(signs), dtype=np.intp)
    for sign in signs.T:
        turns += (sign != 0) & (last != 0) & (sign != last)
        last = np.where(sign != 0, sign, last)
    return turns
