"""Rules on night lights. No night-light table is embedded: they need a column of the user."""

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
    check_share,
    column,
    shown,
)
from econshrink.shrinkage.catalogue.steps import ends, log_steps, stocks
from econshrink.shrinkage.logic import conjunction, less

QUADRANTS = ("both fall", "lights only", "people only", "neither")


@built_in("night_lights", "Mean radiance fell")
@dataclass(frozen=True)
@typed_fields
class NightLightLoss(CatalogueRule):
    """Mean adjusted radiance of a city falls between the two ends of the window.

    The six spatial patterns of the source need the pixels and are not judged.

    Parameters
    ----------
    variable : str
        Mean radiance within one outline of the city, adjusted between sensors and years.
    threshold : float
        Loss, as a share of the first figure, that must be exceeded; 0 counts any fall.
    """

    name: ClassVar[str] = "night_light_loss"
    source: ClassVar[str] = "Jiang, Zhai, Meng and Long 2020 (NPP-VIIRS 2013 and 2016)"
    formula: ClassVar[str] = "L[end] / L[start] - 1 < -threshold"
    classes: ClassVar[tuple[str, ...]] = ()

    variable: str = "night_lights"
    threshold: float = 0.0

    def __post_init__(self) -> None:
        check_share("threshold", self.threshold)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Compare the two ends of the window."""
        first, last = ends(panel, self.variable, window)
        growth = last / first - 1
        return pd.DataFrame(
            {"shrinking": less(growth, -self.threshold), "growth": growth},
            index=panel.wide(self.variable).index,
        )


@built_in("intensity_frequency", "Falls on average and in most years")
@dataclass(frozen=True)
@typed_fields
class IntensityFrequency(CatalogueRule):
    """Falls on average and falls often: intensity below zero and frequency above a share.

    Intensity is the mean yearly log growth of the window, frequency the share of falling steps.
    The rule was made for night lights; on a population series it runs as it is.

    Parameters
    ----------
    variable : str
    frequency : float
        Share of falling steps that must be exceeded (the cut-off is ours).
    """

    name: ClassVar[str] = "intensity_frequency"
    source: ClassVar[str] = f"Tan et al. 2023 (DMSP and VIIRS, annual; cut-offs {UNVERIFIED})"
    formula: ClassVar[str] = "mean d ln L < 0 and share of falling steps > 0.5"
    classes: ClassVar[tuple[str, ...]] = (
        "deep and frequent",
        "deep but rare",
        "frequent but shallow",
        "neither",
    )

    variable: str = "night_lights"
    frequency: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.frequency < 1:
            seen = f"frequency {self.frequency}"
            raise SpecError(Fault(seen, "a share from 0 to below 1", "Mend it."))

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Mean and share of falls over the steps of the window; a gap leaves both undefined."""
        steps = log_steps(panel, self.variable, window)
        intensity, frequency = steps.mean(axis=1), less(steps, 0.0).mean(axis=1)
        deep, often = less(intensity, 0.0), less(-frequency, -self.frequency)
        kinds = np.select(
            [(deep == 1) & (often == 1), deep == 1, often == 1], list(self.classes[:3]), "neither"
        )
        known = np.isfinite(intensity)
        return pd.DataFrame(
            {
                "shrinking": conjunction(np.stack([deep, often])),
                "intensity": intensity,
                "frequency": frequency,
                "class": shown(kinds, known),
            },
            index=panel.wide(self.variable).index,
        )


@built_in("lights_and_people", "Lights and people both slope down")
@dataclass(frozen=True)
@typed_fields
class LightsAndPeople(CatalogueRule):
    """Slopes of log lights and log population over the window, both below zero.

    Class by quadrant. The index of the source weighs the two by a random forest and cut-offs
    that were not seen; the quadrants at zero are ours.

    Parameters
    ----------
    variable : str
        Population.
    lights : str
        Mean radiance.
    """

    name: ClassVar[str] = "lights_and_people"
    source: ClassVar[str] = f"Dong et al. 2021 (cut-offs {UNVERIFIED})"
    formula: ClassVar[str] = "slope of ln P on year < 0 and slope of ln L on year < 0"
    classes: ClassVar[tuple[str, ...]] = QUADRANTS

    variable: str = "population"
    lights: str = column("night_lights")

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Least-squares slope of each path; a gap leaves it undefined."""
        people, lights = (
            _slope(stocks(panel, name, window)) for name in (self.variable, self.lights)
        )
        fewer, darker = less(people, 0.0), less(lights, 0.0)
        kinds = np.select(
            [(fewer == 1) & (darker == 1), darker == 1, fewer == 1], list(QUADRANTS[:3]), "neither"
        )
        known = np.isfinite(people) & np.isfinite(lights)
        return pd.DataFrame(
            {
                "shrinking": conjunction(np.stack([fewer, darker])),
                "people_slope": people,
                "lights_slope": lights,
                "class": shown(kinds, known),
            },
            index=panel.wide(self.variable).index,
        )


def _slope(values: Floats) -> Floats:
    """Least-squares slope of the log on the year, one a row."""
    year = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    slope: Floats = np.log(values) @ year / (year @ year)
    return slope
