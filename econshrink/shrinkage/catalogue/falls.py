"""Rules about falls in a row, on annual series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.gaps import LEAVE_GAPS, Gaps
from econshrink.shrinkage.catalogue.rule import (
    LOSS_CLASSES,
    UNVERIFIED,
    CatalogueRule,
    built_in,
    column,
    named,
)
from econshrink.shrinkage.catalogue.steps import (
    dated,
    log_steps,
    set_small_aside,
    stocks,
    trailing,
)
from econshrink.shrinkage.logic import conjunction, less


@built_in("three_falls", "Three annual falls in a row")
@dataclass(frozen=True)
@typed_fields
class ConsecutiveDecline(CatalogueRule):
    """Population falls `years` years in a row, somewhere in the window.

    All the ``years + 1`` stocks of a run lie inside the window.

    Parameters
    ----------
    years : int
        Length k of the run. "Three years" can also mean three stocks: then use 2.
    tolerance : float
        A step counts as a fall if its log growth is below ``-tolerance``.
    variable : str
    missing : LeaveGaps, BridgeGaps or BreakAtGaps
        What a missing year inside a run does.
    minimum_loss : float
        Share that the run as a whole must lose more than; 0 asks for nothing beyond the falls.
    latest : bool
        Only a run that ends with the window counts; otherwise any run in it.
    """

    name: ClassVar[str] = "consecutive_decline"
    source: ClassVar[str] = (
        f"Wu Kang 2019 (three falls; {UNVERIFIED}); part A of the 2025 three-part standard"
    )
    formula: ClassVar[str] = "ln P[t-j] - ln P[t-j-1] < -tolerance for j = 0 … k-1"
    classes: ClassVar[tuple[str, ...]] = LOSS_CLASSES
    quiet: ClassVar[tuple[str, ...]] = ("missing", "minimum_loss", "latest")

    years: int = 3
    tolerance: float = 0.0
    variable: str = "population"
    missing: Gaps = LEAVE_GAPS
    minimum_loss: float = 0.0
    latest: bool = False

    def __post_init__(self) -> None:
        if self.years < 1 or self.tolerance < 0 or not 0 <= self.minimum_loss < 1:
            raise SpecError(
                Fault(
                    f"years {self.years}, tolerance {self.tolerance}, "
                    f"minimum_loss {self.minimum_loss}",
                    "at least one year, a tolerance of 0 or more, a share from 0 to below 1",
                    "Mend the rule.",
                )
            )

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Look for a run of falls."""
        truth = self.runs(panel, window)
        return dated(panel, self.variable, window, self.years, truth, latest=self.latest)

    def runs(self, panel: CityPanel, window: tuple[int, int]) -> Floats:
        """Truth of "a run of falls ends here", shape (cities, ends); ends are window ends."""
        steps = log_steps(panel, self.variable, window, self.missing)
        falls = self.missing.falls(less(steps, -self.tolerance))
        truth = conjunction(trailing(falls, self.years), axis=2)
        if self.minimum_loss == 0:
            return truth
        deep = less(trailing(steps, self.years).sum(axis=2), np.log1p(-self.minimum_loss))
        return conjunction(np.stack([truth, deep]))


@built_in("scirn", "Falls for more than two years with a structural crisis")
@dataclass(frozen=True)
@typed_fields
class Scirn(CatalogueRule):
    """At least 10,000 people, falls for more than two years, and a structural crisis.

    The definition of the Shrinking Cities International Research Network also asks that large
    parts of the city lose people; that needs figures below the city and is not judged.

    Parameters
    ----------
    variable : str
    minimum_size : float
        Persons at the start of the window; smaller places are not judged.
    longer_than : int
        A run must have more falls than this.
    crisis : str
        1 where a symptom of structural crisis shows, else 0: a column of the user; one year of
        the run suffices.
    """

    name: ClassVar[str] = "scirn"
    source: ClassVar[str] = f"Wiechmann 2008 after SCIRN 2004 (partly {UNVERIFIED})"
    formula: ClassVar[str] = (
        "P[start] >= 10,000; more than 2 falls in a row; crisis = 1 in a year of the run"
    )
    classes: ClassVar[tuple[str, ...]] = LOSS_CLASSES

    variable: str = "population"
    minimum_size: float = 10_000
    longer_than: int = 2
    crisis: str = column("crisis")

    @property
    def rule_id(self) -> str:
        """Name and parameters."""
        return named(
            self.name,
            self.variable,
            longer_than=self.longer_than,
            minimum_size=f"{self.minimum_size:.0f}",
            crisis=self.crisis,
        )

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Look for a long run of falls with a crisis in it."""
        years = self.longer_than + 1
        falls = ConsecutiveDecline(years, variable=self.variable).runs(panel, window)
        flags = panel.wide(self.crisis).reindex(columns=range(window[0] + 1, window[1] + 1))
        within = trailing(flags.to_numpy(), years)
        some = (within > 0).any(axis=2)
        crisis = np.where(some, 1.0, np.where(np.isnan(within).any(axis=2), np.nan, 0.0))
        truth = conjunction(np.stack([falls, crisis]))
        judged = dated(panel, self.variable, window, years, truth)
        size = stocks(panel, self.variable, window)[:, 0]
        return set_small_aside(judged, size, self.minimum_size, self.variable)
