"""Rules on the age structure: women of child-bearing age against the old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import (
    CatalogueRule,
    built_in,
    column,
    shown,
)
from econshrink.shrinkage.catalogue.steps import ends
from econshrink.shrinkage.logic import less

RISK_CLASSES = ("high risk", "at risk", "caution", "normal", "low risk")
RISK_LIMITS = (0.2, 0.5, 1.0, 1.5)


@built_in("women_to_elderly", "Fewer than one young woman per two elderly")
@dataclass(frozen=True)
@typed_fields
class WomenToElderly(CatalogueRule):
    """Women of 20 to 39 per person of 65 and over, in the last year of the window.

    Class by the ratio: below 0.2 high risk, 0.2 to 0.5 at risk, 0.5 to 1 caution, 1 to 1.5
    normal, from 1.5 low risk. The label means extinction risk, not a fall that happened.

    Parameters
    ----------
    variable : str
        Women of 20 to 39, persons.
    elderly : str
        People of 65 and over, persons.
    threshold : float
        Ratio below which a city is labelled.
    """

    name: ClassVar[str] = "women_to_elderly"
    source: ClassVar[str] = "Masuda 2014 as used in Korea's local extinction index"
    formula: ClassVar[str] = "W20-39[end] / P65+[end] < 0.5"
    classes: ClassVar[tuple[str, ...]] = RISK_CLASSES

    variable: str = "women_20_39"
    elderly: str = column("people_65_plus")
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not self.threshold > 0:
            raise SpecError(Fault(f"threshold {self.threshold}", "a ratio above 0", "Mend it."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Take the ratio in the last year of the window."""
        women = panel.wide(self.variable)[window[1]].to_numpy()
        old = panel.wide(self.elderly)[window[1]].to_numpy()
        ratio = women / np.where(old > 0, old, np.nan)
        known = np.isfinite(ratio)
        place = np.digitize(np.where(known, ratio, 0.0), RISK_LIMITS)
        kinds = shown(np.array(RISK_CLASSES)[place], known)
        return pd.DataFrame(
            {"shrinking": less(ratio, self.threshold), "ratio": ratio, "class": kinds},
            index=panel.wide(self.variable).index,
        )


@built_in("young_women_loss", "Young women halve over the window")
@dataclass(frozen=True)
@typed_fields
class YoungWomenLoss(CatalogueRule):
    """Women of 20 to 39 fall by half or more over the window, thirty projected years.

    The panel should hold a projection; on past figures the rule runs as it is.

    Parameters
    ----------
    variable : str
        Women of 20 to 39, persons.
    threshold : float
        Share that must be lost at least.
    """

    name: ClassVar[str] = "young_women_loss"
    source: ClassVar[str] = "Japan Policy Council 2014; Population Strategy Council 2024"
    formula: ClassVar[str] = "1 - W20-39[end] / W20-39[start] >= 0.5"
    classes: ClassVar[tuple[str, ...]] = ()

    variable: str = "women_20_39"
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            seen = f"threshold {self.threshold}"
            raise SpecError(Fault(seen, "a share above 0 and below 1", "Mend it."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare the two ends of the window."""
        first, last = ends(panel, self.variable, window)
        growth = last / first - 1
        return pd.DataFrame(
            {"shrinking": less(growth, 1e-12 - self.threshold), "growth": growth},
            index=panel.wide(self.variable).index,
        )
