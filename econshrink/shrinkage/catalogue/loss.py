"""Rules that compare the two ends of a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import (
    LOSS_CLASSES,
    UNVERIFIED,
    CatalogueRule,
    built_in,
    check_share,
    column,
    loss_class,
    named,
    shown,
)
from econshrink.shrinkage.catalogue.steps import annual_loss, ends, stocks
from econshrink.shrinkage.logic import conjunction, disjunction, less

# growth over the window and mean annual loss, both shares -> truth of the label
Test = Callable[[Floats, Floats], Floats]

ROUNDING = 1e-12  # 90 / 100 - 1 must count as a loss of at least 10 percent


@built_in("census_loss", "Residents fell between two censuses")
@built_in("census_urban_loss", "Urban residents fell between two censuses", variable="urban")
@dataclass(frozen=True)
@typed_fields
class NetLoss(CatalogueRule):
    """Population at the end of the window below that at its start.

    Parameters
    ----------
    variable : str
        Population concept: ``"population"`` (residents) or ``"urban"``.
    threshold : float
        Loss, as a share of the first figure, that must be exceeded; 0 counts any loss.
    """

    name: ClassVar[str] = "net_loss"
    source: ClassVar[str] = (
        "Zhang, Liu and Lyu 2016; Long and Wu 2016 (census residents, two dates)"
    )
    formula: ClassVar[str] = "P[end] / P[start] - 1 < -threshold"
    classes: ClassVar[tuple[str, ...]] = LOSS_CLASSES

    variable: str = "population"
    threshold: float = 0.0

    def __post_init__(self) -> None:
        check_share("threshold", self.threshold)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare the two ends of the window."""
        return _two_ends(panel, self.variable, window, lambda g, _: less(g, -self.threshold))


@built_in("oswalt_rieniets", "Lost 10 percent, or more than 1 percent a year")
@dataclass(frozen=True)
@typed_fields
class OswaltRieniets(CatalogueRule):
    """Cumulative loss of at least 10 percent, or a mean annual loss above 1 percent.

    Class ``permanent`` if the last stock is the lowest of the window, else ``temporary``.

    Parameters
    ----------
    variable : str
    cumulative : float
        Share lost over the window that suffices.
    annual : float
        Mean annual loss, a share, that must be exceeded otherwise.
    """

    name: ClassVar[str] = "oswalt_rieniets"
    source: ClassVar[str] = f"Oswalt and Rieniets 2006, Atlas of Shrinking Cities ({UNVERIFIED})"
    formula: ClassVar[str] = "1 - P[end]/P[start] >= 0.10 or 1 - (P[end]/P[start])^(1/n) > 0.01"
    classes: ClassVar[tuple[str, ...]] = ("temporary", "permanent")

    variable: str = "population"
    cumulative: float = 0.10
    annual: float = 0.01

    def __post_init__(self) -> None:
        if not (0 < self.cumulative < 1 and 0 <= self.annual < 1):
            seen = f"cumulative {self.cumulative}, annual {self.annual}"
            raise SpecError(Fault(seen, "shares from 0 to below 1", "Mend the rule."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare the two ends of the window; the path tells temporary from permanent."""

        def lost(growth: Floats, loss: Floats) -> Floats:
            enough = less(growth, ROUNDING - self.cumulative)
            return disjunction(np.stack([enough, less(-loss, -self.annual)]))

        judged = _two_ends(panel, self.variable, window, lost)
        values = stocks(panel, self.variable, window)
        at_lowest = values[:, -1] <= np.fmin.reduce(values, axis=1)
        kinds = np.where(at_lowest, "permanent", "temporary")
        judged["class"] = shown(kinds, (judged["shrinking"] == 1).to_numpy())
        return judged


@built_in("schilling_logan", "Industrial city, lost a quarter, vacancy rose")
@dataclass(frozen=True)
@typed_fields
class SchillingLogan(CatalogueRule):
    """Older industrial city that lost a quarter of its people while vacancy rose.

    Parameters
    ----------
    variable : str
    threshold : float
        Share lost over the window that suffices (the source looks back 40 years).
    vacancy : str
        Vacant share of dwellings: a column of the user, needed at both ends of the window.
    industrial : str
        1 for an older industrial city, else 0: a column of the user, read at the start.
    """

    name: ClassVar[str] = "schilling_logan"
    source: ClassVar[str] = f"Schilling and Logan 2008 ({UNVERIFIED})"
    formula: ClassVar[str] = (
        "industrial = 1 and 1 - P[end]/P[start] >= 0.25 and vacancy[end] > vacancy[start]"
    )
    classes: ClassVar[tuple[str, ...]] = LOSS_CLASSES

    variable: str = "population"
    threshold: float = 0.25
    vacancy: str = column("vacancy")
    industrial: str = column("industrial")

    def __post_init__(self) -> None:
        check_share("threshold", self.threshold)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """All three conditions."""
        vacancy = panel.wide(self.vacancy)
        rises = less(vacancy[window[0]].to_numpy(), vacancy[window[1]].to_numpy())
        flag = panel.wide(self.industrial)[window[0]].to_numpy()
        older = np.where(np.isnan(flag), np.nan, (flag > 0).astype(float))

        def lost(growth: Floats, _: Floats) -> Floats:
            enough = less(growth, ROUNDING - self.threshold)
            return conjunction(np.stack([enough, rises, older]))

        return _two_ends(panel, self.variable, window, lost)


@built_in("long_wu", "People and density both fell")
@dataclass(frozen=True)
@typed_fields
class LongWu(CatalogueRule):
    """Population and density both fall.

    On one unchanged territory the second follows from the first; the rule differs from
    `NetLoss` only where the area column changes, such as built-up area.

    Parameters
    ----------
    variable : str
    area : str
        Area in km2 at both ends of the window.
    """

    name: ClassVar[str] = "long_wu"
    source: ClassVar[str] = (
        f"Long and Wu 2016 (townships on constant city geography; density detail {UNVERIFIED})"
    )
    formula: ClassVar[str] = "P[end] < P[start] and P[end]/A[end] < P[start]/A[start]"
    classes: ClassVar[tuple[str, ...]] = LOSS_CLASSES

    variable: str = "population"
    area: str = column("built_up_km2")

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare people and density at the two ends."""
        people, area = ends(panel, self.variable, window), ends(panel, self.area, window)
        thinner = less(people[1] / area[1], people[0] / area[0])
        return _two_ends(
            panel,
            self.variable,
            window,
            lambda g, _: conjunction(np.stack([less(g, 0.0), thinner])),
        )


@built_in("li_cao_yu_narrow", "Urban people fell (narrow)")
@built_in("li_cao_yu_broad", "Residents fell (broad)", narrow=False)
@dataclass(frozen=True)
@typed_fields
class LiCaoYu(CatalogueRule):
    """Narrow shrinkage: urban population falls. Broad shrinkage: resident population falls.

    Class ``narrow`` where urban people fall, ``broad only`` where residents fall but urban
    people do not.

    Parameters
    ----------
    narrow : bool
        Which of the two the label means.
    variable : str
        Residents.
    urban : str
        Urban people.
    """

    name: ClassVar[str] = "li_cao_yu"
    source: ClassVar[str] = "Li, Cao and Yu 2020 (338 cities, 2010–2015)"
    formula: ClassVar[str] = "narrow: U[end] < U[start]; broad: P[end] < P[start]"
    classes: ClassVar[tuple[str, ...]] = ("narrow", "broad only")

    narrow: bool = True
    variable: str = "population"
    urban: str = "urban"

    @property
    def rule_id(self) -> str:
        """Name and parameters."""
        return named(self.name, self.needs[0], narrow=self.narrow, beside=self.needs[1])

    @property
    def needs(self) -> tuple[str, ...]:
        """The concept of the label, then the other one."""
        both = (self.urban, self.variable)
        return both if self.narrow else both[::-1]

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare both concepts at the two ends."""
        judged = _two_ends(panel, self.needs[0], window, lambda g, _: less(g, 0.0))
        urban, residents = (
            less(last, first)
            for first, last in (ends(panel, name, window) for name in (self.urban, self.variable))
        )
        kinds = np.where(urban == 1, "narrow", np.where(residents == 1, "broad only", ""))
        judged["class"] = shown(kinds, np.isfinite(urban) & np.isfinite(residents))
        return judged


def _two_ends(panel: CityPanel, variable: str, window: tuple[int, int], test: Test) -> pd.DataFrame:
    """Label, change, growth and severity from the two ends of the window."""
    first, last = ends(panel, variable, window)
    growth = last / first - 1
    loss = annual_loss(first, last, window[1] - window[0])
    label = test(growth, loss)
    return pd.DataFrame(
        {
            "shrinking": label,
            "change": last - first,
            "growth": growth,
            "class": loss_class(loss, label),
        },
        index=panel.wide(variable).index,
    )
