"""Options of the typology: paths, thresholds, and what the probabilities are averaged over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from econshrink.core.errors import Fault, SpecError, raise_all

PATHS = (
    "smart shrinkage",
    "resource",
    "cultural tourism",
    "ecological",
    "regional collaboration",
)
GROUPS: Mapping[str, tuple[str, ...]] = {
    "mining": ("mining",),
    "tourism": ("hotels_catering", "culture_sports_entertainment"),
    "agriculture": ("agriculture",),
}
STAGES = ("none", "growing", "mature", "declining", "regenerating")
PLACE_COLUMNS = ("resource_stage", "density", "distance_km", "urban_shift")


@dataclass(frozen=True)
class PathThresholds:
    """Where each kind of evidence begins to speak for its path.

    A score is the log of a figure over its threshold, cut at ±`cap`; 0 is the threshold. Smart
    shrinkage scores the excess growth of urban over resident population instead, so that a city
    with no special base that gathers its people in town scores highest there.

    Parameters
    ----------
    mining, tourism, agriculture : float
        Location quotients.
    sparse_per_km2 : float
        Density below which a city counts as thinly settled (the mean of China in 2020 is 147).
    reach_km : float
        Distance within which a core city can be worked with.
    listed : float
        Least score of the resource path for a city on the official list that is growing,
        mature or declining; a regenerating one has least score 0.
    urban_shift : float
        Log growth of urban less that of resident population, over the same years, that is
        nothing special; the smart-shrinkage score is the excess over it.
    cap : float
    temperature : float
        Of the softmax: probabilities of two paths are as exp(score difference / temperature).
    """

    mining: float = 1.5
    tourism: float = 1.25
    agriculture: float = 1.5
    sparse_per_km2: float = 150.0
    reach_km: float = 100.0
    listed: float = float(np.log(2))
    urban_shift: float = 0.25
    cap: float = 2.0
    temperature: float = 0.5

    def __post_init__(self) -> None:
        positive = ("mining", "tourism", "agriculture", "sparse_per_km2", "reach_km", "cap")
        faults = [
            Fault(f"{name} {getattr(self, name)}", "above 0", "Mend the threshold.")
            for name in (*positive, "temperature")
            if not getattr(self, name) > 0
        ]
        raise_all(SpecError, faults)


@dataclass(frozen=True)
class PathDraws:
    """What the probabilities are averaged over.

    Parameters
    ----------
    draws : int
    design_effect : float
        The long form is a sample of households: its counts carry the information of
        counts / design_effect independent persons.
    threshold_sd : float
        Standard deviation of each threshold's logarithm: nobody knows where exactly a city
        becomes a mining city. Drawn once for all cities of a draw.
    """

    draws: int = 500
    design_effect: float = 2.0
    threshold_sd: float = 0.2

    def __post_init__(self) -> None:
        if self.draws < 1 or self.design_effect < 1 or self.threshold_sd < 0:
            seen = f"{self}"
            raise SpecError(Fault(seen, "draws and a design effect of at least 1", "Mend it."))
