"""Rules about periods of several years, usually the decade between two censuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import (
    UNVERIFIED,
    CatalogueRule,
    built_in,
    shown,
)
from econshrink.shrinkage.catalogue.steps import longest_run, period_growth
from econshrink.shrinkage.logic import disjunction, less
from econshrink.tables.panel_verb import takes_panels


@built_in("beauregard", "Losing decades: prevalence, severity, persistence")
@dataclass(frozen=True)
@typed_fields
class Beauregard(CatalogueRule):
    """A city that loses in at least `minimum` periods; prevalence, severity and persistence.

    Columns of the result: ``losing_periods``, ``persistence`` (longest run of losing periods)
    and ``severity`` (mean loss of the losing periods, a share). Prevalence is a figure of the
    sample: the share of cities losing in a period, see `prevalence`. Class ``chronic`` if every
    period loses, ``repeated`` if two or more in a row do, else ``single``.

    Parameters
    ----------
    variable : str
    step : int
        Years in a period.
    minimum : int
        Losing periods that make a shrinking city.
    """

    name: ClassVar[str] = "beauregard"
    source: ClassVar[str] = f"Beauregard 2009 (cut-offs {UNVERIFIED})"
    formula: ClassVar[str] = "number of periods with P[end] < P[start] >= minimum"
    classes: ClassVar[tuple[str, ...]] = ("single", "repeated", "chronic")

    variable: str = "population"
    step: int = 10
    minimum: int = 1

    def __post_init__(self) -> None:
        _check(self.step)
        if self.minimum < 1:
            raise SpecError(Fault(f"minimum {self.minimum}", "at least one period", "Mend it."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Count the losing periods."""
        growth = period_growth(panel, self.variable, window, self.step)
        losing = less(growth, 0.0)
        known = (losing == 1).sum(axis=1)
        most = known + np.isnan(losing).sum(axis=1)  # if every unknown period were a loss
        label = np.where(known >= self.minimum, 1.0, np.where(most < self.minimum, 0.0, np.nan))
        run = longest_run(losing)
        loss = np.where(losing == 1, -np.expm1(growth), 0.0).sum(axis=1)
        kinds = np.where(
            known == growth.shape[1], "chronic", np.where(run >= 2, "repeated", "single")
        )
        return _periods_frame(panel, self.variable, growth, label, kinds).assign(
            losing_periods=known,
            persistence=run,
            severity=np.where(known > 0, loss / np.maximum(known, 1), np.nan),
        )


@takes_panels
def prevalence(
    panel: CityPanel, window: tuple[int, int], variable: str = "population", step: int = 10
) -> pd.DataFrame:
    """Share of cities losing in each period, and how much the losers lose on average.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    window : (int, int)
        A whole number of periods.
    variable : str
    step : int
        Years in a period.

    Returns
    -------
    DataFrame
        Index period (such as ``2010–2020``): ``units`` (both figures known), ``losing``,
        ``prevalence`` (share) and ``severity`` (mean loss of the losers, a share).

    Source: Beauregard 2009.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": ["230400"] * 2 + ["110000"] * 2,
    ...     "year": [2010, 2020] * 2, "population": [100, 84, 100, 112]}))
    >>> prevalence(panel, (2010, 2020)).round(2).values.tolist()
    [[2.0, 1.0, 0.5, 0.16]]
    """
    growth = period_growth(panel, variable, window, step)
    known, losing = np.isfinite(growth), less(growth, 0.0) == 1
    lost = np.where(losing, -np.expm1(growth), 0.0).sum(axis=0)
    starts = range(window[0], window[1], step)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "units": known.sum(axis=0),
                "losing": losing.sum(axis=0),
                "prevalence": losing.sum(axis=0) / known.sum(axis=0),
                "severity": lost / losing.sum(axis=0),
            },
            index=pd.Index([f"{year}–{year + step}" for year in starts], name="period"),
        )


@built_in("li_mykhnenko", "Net loss in the last decade")
@dataclass(frozen=True)
@typed_fields
class LiMykhnenko(CatalogueRule):
    """Net loss in the last period of the window.

    Class ``continuous`` if every period loses, ``recent`` if only the last run does, and
    ``earlier`` (not shrinking now) if a former period lost but not the last. The four cause
    classes of the source need figures that are not embedded.

    Parameters
    ----------
    variable : str
    step : int
        Years in a period.
    """

    name: ClassVar[str] = "li_mykhnenko"
    source: ClassVar[str] = "Li and Mykhnenko 2018 (own urban areas, decades)"
    formula: ClassVar[str] = "P[end] < P[end - step]"
    classes: ClassVar[tuple[str, ...]] = ("continuous", "recent", "earlier")

    variable: str = "population"
    step: int = 10

    def __post_init__(self) -> None:
        _check(self.step)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Look at the last period; the others give the class."""
        growth = period_growth(panel, self.variable, window, self.step)
        losing = less(growth, 0.0)
        now, before = losing[:, -1] == 1, (losing[:, :-1] == 1).any(axis=1)
        every = (losing == 1).all(axis=1) & (growth.shape[1] > 1)
        kinds = np.where(every, "continuous", np.where(now, "recent", ""))
        frame = _periods_frame(panel, self.variable, growth, losing[:, -1], kinds)
        earlier = before & ~now & np.isfinite(losing[:, -1])
        frame["class"] = frame["class"].mask(earlier, "earlier")
        return frame


@built_in("wolff_wiechmann", "Annual rate below -0.15 percent in a decade")
@dataclass(frozen=True)
@typed_fields
class WolffWiechmann(CatalogueRule):
    """Annual rate below -0.15 percent in some period of the window.

    Class ``continuous`` if every period is below, ``recent`` if the last is but not all, and
    ``temporary`` if only earlier ones are.

    Parameters
    ----------
    variable : str
    step : int
        Years in a period.
    rate : float
        Annual growth rate, a share, that must be undercut.
    """

    name: ClassVar[str] = "wolff_wiechmann"
    source: ClassVar[str] = f"Wolff and Wiechmann 2018 (threshold {UNVERIFIED})"
    formula: ClassVar[str] = "(P[t]/P[t-step])^(1/step) - 1 < -0.0015 for some period"
    classes: ClassVar[tuple[str, ...]] = ("continuous", "recent", "temporary")

    variable: str = "population"
    step: int = 10
    rate: float = -0.0015

    def __post_init__(self) -> None:
        _check(self.step)
        if not -1 < self.rate <= 0:
            raise SpecError(Fault(f"rate {self.rate}", "a share from -1 to 0", "Mend it."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare each period's annual rate."""
        growth = period_growth(panel, self.variable, window, self.step)
        below = less(np.expm1(growth / self.step), self.rate)
        every, last = (below == 1).all(axis=1), below[:, -1] == 1
        kinds = np.where(every, "continuous", np.where(last, "recent", "temporary"))
        return _periods_frame(panel, self.variable, growth, disjunction(below, axis=1), kinds)


def _check(step: int) -> None:
    if step < 1:
        raise SpecError(Fault(f"step {step}", "at least one year", "Mend the rule."))


def _periods_frame(
    panel: CityPanel, variable: str, growth: Floats, label: Floats, kinds: np.ndarray
) -> pd.DataFrame:
    """Label, growth over the window, and the class of the shrinking."""
    return pd.DataFrame(
        {
            "shrinking": label,
            "growth": np.expm1(growth.sum(axis=1)),
            "class": shown(kinds, label == 1),
        },
        index=panel.wide(variable).index,
    )
