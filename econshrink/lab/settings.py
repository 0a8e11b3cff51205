"""Settings of the laboratory: how figures are published, what is intervened on, and the whole."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field

from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.lab.country.bounds import check
from econshrink.lab.country.economy import (
    HousingSettings,
    JobSettings,
    PolicySettings,
    ShockSettings,
)
from econshrink.lab.country.people import DemographySettings, MigrationSettings, PlaceSettings


@dataclass(frozen=True)
@typed_fields
class ObservationSettings:
    """How the published annual series differs from the truth; zero switches a defect off.

    Parameters
    ----------
    census_years : tuple of int
        Years with a census; the annual series is rebased there.
    undercount : tuple of float
        Share of persons each census misses (one value a census).
    smooth : bool
        Whether affected cities miss migration between censuses, by `Region.smoothing`.
    natural_weight : float
        What replaces the missed growth: the city's natural increase (1) or nothing (0).
    level_noise : float
        Standard deviation of the log error of each annual figure.
    hold_years : int
        Length of the first stretch that the compiler fills by straight lines in affected cities.
    interpolated_share : float
        Share of cities with such a stretch.
    missing_share : float
        Share of the annual cells before `missing_before` that were never published.
    missing_before : int
        First year without early gaps.
    boundary_share : float
        Share of cities that gain territory once; later figures are on the new boundary.
    boundary_gain : float
        Mean share of population gained that way.
    registered_share : float
        Share of non-census cells that hold the registered instead of the resident population.
    spike_share : float
        Share of non-census cells with a unit slip (a factor of 10 or 1/10).
    revision_share : float
        Share of provinces that revise their annual figures after a census, by a straight line.
    publication_lag : int
        Years between a figure's year and its publication.
    other_noise : float
        Standard deviation of the log error of the other published variables (of growth rates:
        in log points).
    """

    census_years: tuple[int, ...] = (2000, 2010, 2020)
    undercount: tuple[float, ...] = (0.0, 0.0, 0.0)
    smooth: bool = True
    natural_weight: float = 1.0
    level_noise: float = 0.002
    hold_years: int = 5
    interpolated_share: float = 0.1
    missing_share: float = 0.05
    missing_before: int = 2006
    boundary_share: float = 0.04
    boundary_gain: float = 0.12
    registered_share: float = 0.01
    spike_share: float = 0.002
    revision_share: float = 0.15
    publication_lag: int = 1
    other_noise: float = 0.01

    def __post_init__(self) -> None:
        further = []
        if list(self.census_years) != sorted(set(self.census_years)) or not self.census_years:
            further.append(
                Fault(
                    f"census years {self.census_years}",
                    "at least one, rising",
                    "Sort them.",
                    "ObservationSettings.census_years",
                )
            )
        if len(self.undercount) != len(self.census_years):
            further.append(
                Fault(
                    f"{len(self.undercount)} undercounts for {len(self.census_years)} censuses",
                    "one for each census",
                    "Give as many undercounts as census years.",
                    "ObservationSettings.undercount",
                )
            )
        bounds = {
            "census_years": (1900, 2200),
            "undercount": (0, 0.5),
            "natural_weight": (0, 1),
            "level_noise": (0, 0.2),
            "hold_years": (2, 9),
            "interpolated_share": (0, 1),
            "missing_share": (0, 1),
            "missing_before": (1900, 2200),
            "boundary_share": (0, 1),
            "boundary_gain": (0, 2),
            "registered_share": (0, 1),
            "spike_share": (0, 1),
            "revision_share": (0, 1),
            "publication_lag": (0, 10),
            "other_noise": (0, 0.5),
        }
        check(self, bounds, further)

    @classmethod
    def clean(cls, **changes: object) -> ObservationSettings:
        """No defect but rebasing and smoothing; `changes` set further fields.

        Examples
        --------
        >>> ObservationSettings.clean(level_noise=0.005).spike_share
        0.0
        """
        nothing: dict[str, object] = dict.fromkeys(
            (
                "level_noise",
                "interpolated_share",
                "missing_share",
                "boundary_share",
                "registered_share",
                "spike_share",
                "revision_share",
                "other_noise",
            ),
            0.0,
        )
        return cls(**(nothing | changes))  # type: ignore[arg-type]


@dataclass(frozen=True)
@typed_fields
class Intervention:
    """The do-operator: shift drivers in some cities from some year on, all else as drawn.

    Parameters
    ----------
    job_growth : float
        Added to annual log growth of labour demand.
    fertility : float
        Added to log total fertility.
    ageing : float
        Added to the share of persons aged 65 and over in the first year, at constant population.
    credit : float
        Added to the annual log change of the house price from `start` on.
    attraction : float
        Added to log attraction to migrants.
    start : int
        First year of the shift (the age structure shifts in the first year of the run).
    target_share : float
        Share of cities that are shifted, drawn by chance with the run's seed.
    """

    job_growth: float = 0.0
    fertility: float = 0.0
    ageing: float = 0.0
    credit: float = 0.0
    attraction: float = 0.0
    start: int = 2011
    target_share: float = 0.5

    def __post_init__(self) -> None:
        bounds = {
            "job_growth": (-0.3, 0.3),
            "fertility": (-1, 1),
            "ageing": (-0.05, 0.3),
            "credit": (-0.5, 0.5),
            "attraction": (-3, 3),
            "start": (1900, 2200),
            "target_share": (0, 1),
        }
        check(self, bounds)


@dataclass(frozen=True)
class LabSettings:
    """Everything that defines a synthetic country; the defaults are calibrated to China.

    Parameters
    ----------
    first_year, last_year : int
        Years of the first and last end-of-year stock.
    places, demography, migration, shocks, jobs, housing, policy, observation
        Settings of the parts.
    intervention : Intervention
        Shifts of drivers; none by default.

    Raises
    ------
    SpecError
        A number outside its bounds or settings that contradict each other, all at once.

    Examples
    --------
    >>> LabSettings().places.cities
    297
    """

    first_year: int = 2000
    last_year: int = 2024
    places: PlaceSettings = field(default_factory=PlaceSettings)
    demography: DemographySettings = field(default_factory=DemographySettings)
    migration: MigrationSettings = field(default_factory=MigrationSettings)
    shocks: ShockSettings = field(default_factory=ShockSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    housing: HousingSettings = field(default_factory=HousingSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    observation: ObservationSettings = field(default_factory=ObservationSettings)
    intervention: Intervention = field(default_factory=Intervention)

    def __post_init__(self) -> None:
        further = []
        for part in dataclasses.fields(self)[2:]:
            value = getattr(self, part.name)
            if type(value).__name__ != part.type:
                raise SpecError(
                    Fault(
                        f"{part.name} is a {type(value).__name__}",
                        f"a {part.type}",
                        f"Build it: {part.type}(...).",
                        f"LabSettings.{part.name}",
                    )
                )
        if self.last_year <= self.first_year:
            further.append(
                Fault(
                    f"years {self.first_year} to {self.last_year}",
                    "a last year after the first",
                    "Choose a longer span.",
                    "LabSettings.last_year",
                )
            )
        if self.first_year not in self.observation.census_years:
            further.append(
                Fault(
                    f"first year {self.first_year}, censuses {self.observation.census_years}",
                    "a census in the first year, the base of the annual series",
                    "Start at a census or add one.",
                    "LabSettings.first_year",
                )
            )
        check(self, {"first_year": (1900, 2200), "last_year": (1900, 2200)}, further)

    @property
    def years(self) -> range:
        """Years of the stocks."""
        return range(self.first_year, self.last_year + 1)

    def digest(self) -> str:
        """SHA-256 of all settings: the same settings give the same digest everywhere."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()
