"""The three-part standard of the 2025 report, every choice an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.benchmarks import Benchmark, GroupBenchmark
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
from econshrink.shrinkage.catalogue.gaps import LEAVE_GAPS, Gaps
from econshrink.shrinkage.catalogue.rule import (
    LOSS_CLASSES,
    CatalogueRule,
    built_in,
)
from econshrink.shrinkage.catalogue.steps import (
    dated,
    log_steps,
    set_small_aside,
    stocks,
    trailing,
)
from econshrink.shrinkage.logic import conjunction, disjunction, less

PARTS = ("A", "A&B", "A&C", "A&B&C", "A&(B|C)")


@built_in("report_standard", "Three-part standard of the 2025 report", parts="A")
@dataclass(frozen=True)
@typed_fields
class ReportStandard(CatalogueRule):
    """The three-part standard of the 2025 shrinking-city report, every choice an argument.

    With P population, Y output and B built-up area, over the same k years ending in t:

    - A: P falls k years in a row;
    - B: mean log growth of Y below the benchmark's mean;
    - C: B grows, and by more than P (expansion while people fall).

    A city shrinks if some t in the window satisfies the combination `parts`. A part whose
    figures are missing is undefined, never false: C is undefined where built-up area ends.
    The report speaks of urban population; where a panel holds prefecture residents, these
    stand in for it and the `Identification` says so through its concept. The series (raw or
    closed) and the window are those of the panel and of `identify`; real or nominal output is
    the choice of `output_growth`.

    Parameters
    ----------
    parts : str
        One of `PARTS`.
    benchmark : Benchmark or GroupBenchmark
        Yearly log growth that part B compares with: the nation's, the sample's, or that of
        each city's province. With `per_head` it must be per head too.
    years : int
        Length k of the run.
    tolerance : float
        As in `ConsecutiveDecline`.
    expansion_margin : float
        Part C: log growth of B must exceed that of P by more than this over the k years.
    variable, output_growth, area : str
        Population stock, yearly log growth of output, and built-up area in the panel.
    missing, minimum_loss, latest
        As in `ConsecutiveDecline`.
    per_head : bool
        Part B takes output growth less population growth.
    every_year : bool
        Part B must hold in each of the k years, not on their mean.
    minimum_size : float
        Persons at the start of the window; smaller places are not judged.
    """

    name: ClassVar[str] = "report_standard"
    source: ClassVar[str] = "Analysis of China's shrinking cities, 14 September 2025 (claim R1.2)"
    formula: ClassVar[str] = (
        "A: k falls in a row; B: mean output growth < benchmark's; "
        "C: d_k ln B > 0 and d_k ln B - d_k ln P > margin"
    )
    classes: ClassVar[tuple[str, ...]] = LOSS_CLASSES

    parts: str = "A&(B|C)"
    benchmark: Benchmark | GroupBenchmark | None = None
    years: int = 3
    tolerance: float = 0.0
    expansion_margin: float = 0.0
    variable: str = "population"
    output_growth: str = "real_growth"
    area: str = "built_up_km2"
    missing: Gaps = LEAVE_GAPS
    minimum_loss: float = 0.0
    latest: bool = False
    per_head: bool = False
    every_year: bool = False
    minimum_size: float = 0.0

    def __post_init__(self) -> None:
        if self.parts not in PARTS:
            raise SpecError(Fault(f"parts '{self.parts}'", ", ".join(PARTS), "Choose one."))
        if "B" in self.parts and self.benchmark is None:
            raise SpecError(
                Fault(
                    "part B without a benchmark", "a Benchmark", "Give national or sample growth."
                )
            )

    @property
    def rule_id(self) -> str:
        """Name and parameters; those at their defaults only if they change the meaning."""
        words = [f"years={self.years}", f"tolerance={self.tolerance:g}"]
        if "B" in self.parts and self.benchmark is not None:
            each = "each year of " if self.every_year else ""
            head = " per head" if self.per_head else ""
            words.append(f"B {each}{self.output_growth}{head} against {self.benchmark.label}")
        if "C" in self.parts:
            words.append(f"C {self.area} margin={self.expansion_margin:g}")
        for option, usual in (("missing", LEAVE_GAPS), ("minimum_loss", 0.0), ("latest", False)):
            value = getattr(self, option)
            words += [f"{option}={value}"] if value != usual else []
        words += [f"minimum_size={self.minimum_size:.0f}"] if self.minimum_size else []
        return f"report_standard({self.parts}, {self.variable}, {', '.join(words)})"

    @property
    def needs(self) -> tuple[str, ...]:
        """Population, and output and area if their parts are used."""
        wanted = [self.variable]
        wanted += [self.output_growth] if "B" in self.parts else []
        wanted += [self.area] if "C" in self.parts else []
        return tuple(wanted)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Combine the parts at every possible end of a run."""
        decline = ConsecutiveDecline(
            self.years, self.tolerance, self.variable, self.missing, self.minimum_loss
        )
        parts = {"A": decline.runs(panel, window)}
        if "B" in self.parts:
            parts["B"] = self._slow(panel, window)
        if "C" in self.parts:
            parts["C"] = self._expands(panel, window)
        truth = _combine(self.parts, parts)
        judged = dated(panel, self.variable, window, self.years, truth, latest=self.latest)
        size = stocks(panel, self.variable, window)[:, 0]
        return set_small_aside(judged, size, self.minimum_size, self.variable)

    def _slow(self, panel: CityPanel, window: tuple[int, int]) -> Floats:
        assert self.benchmark is not None
        steps = range(window[0] + 1, window[1] + 1)
        growth = panel.wide(self.output_growth).reindex(columns=steps).to_numpy()
        if self.per_head:
            growth = growth - log_steps(panel, self.variable, window, self.missing)
        gap = trailing(growth - self.benchmark.for_cities(panel, steps), self.years)
        if self.every_year:
            return conjunction(less(gap, 0.0), axis=2)
        return less(gap.mean(axis=2), 0.0)

    def _expands(self, panel: CityPanel, window: tuple[int, int]) -> Floats:
        area = trailing(log_steps(panel, self.area, window), self.years).sum(axis=2)
        people = log_steps(panel, self.variable, window, self.missing)
        fewer = trailing(people, self.years).sum(axis=2)
        outruns = less(fewer + self.expansion_margin, area)
        return conjunction(np.stack([less(-area, 0.0), outruns]))


def _combine(rule: str, parts: dict[str, Floats]) -> Floats:
    decline = parts["A"]
    if rule == "A&(B|C)":
        return conjunction(np.stack([decline, disjunction(np.stack([parts["B"], parts["C"]]))]))
    return conjunction(np.stack([parts[letter] for letter in rule.split("&")]))
