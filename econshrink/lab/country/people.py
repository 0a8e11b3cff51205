"""Settings of the laboratory's people: places, demography and migration."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.core.errors import Fault
from econshrink.core.field_types import typed_fields
from econshrink.lab.country.bounds import check, path_faults

Knots = tuple[tuple[int, float], ...]

# Stylised course of annual births, millions: high fertility, the famine of 1959-61, the boom
# after it, the fall of the 1970s and the echo of the 1980s. Births before 1950 are net of the
# child mortality of their time, which the mortality model leaves out. Only the shape is used.
BIRTH_HISTORY: Knots = (
    (1900, 6.0),
    (1920, 7.0),
    (1935, 9.0),
    (1945, 13.0),
    (1950, 17.0),
    (1957, 20.5),
    (1959, 16.0),
    (1961, 12.0),
    (1963, 28.0),
    (1970, 27.5),
    (1976, 19.5),
    (1980, 19.0),
    (1987, 25.2),
    (1995, 18.5),
    (2000, 16.0),
)


@dataclass(frozen=True)
@typed_fields
class Region:
    """A group of provinces that share drifts and statistical habits.

    Parameters
    ----------
    name : str
        Name of the region.
    provinces : int
        Number of provinces.
    weight : float
        Share of the cities that lie here, before normalising over regions.
    attraction : float
        Mean log ratio of in- to out-migrants in the first year, before national balancing.
    job_drift : float
        Annual log growth of labour demand above the nation's.
    fertility : float
        Log deviation of total fertility from the nation's.
    smoothing : float
        Share of the net migration of the affected cities that the annual figures miss.
    smoothed_share : float
        Share of cities whose annual figures are affected.
    """

    name: str
    provinces: int
    weight: float
    attraction: float = 0.0
    job_drift: float = 0.0
    fertility: float = 0.0
    smoothing: float = 0.7
    smoothed_share: float = 0.25

    def __post_init__(self) -> None:
        check(
            self,
            {
                "provinces": (1, 99),
                "weight": (1e-9, 1e9),
                "attraction": (-3, 3),
                "job_drift": (-0.1, 0.1),
                "fertility": (-1, 1),
                "smoothing": (0, 1),
                "smoothed_share": (0, 1),
            },
        )


REGIONS = (
    Region("east", 10, 86, 0.50, 0.000, -0.06, smoothed_share=0.15),
    Region("central", 6, 80, -0.01, -0.001, 0.03, smoothed_share=0.28),
    Region("west", 12, 131, 0.14, -0.001, 0.08, smoothed_share=0.25),
    Region("northeast", 3, 36, -0.42, -0.004, -0.30, smoothing=0.93, smoothed_share=1.0),
)


@dataclass(frozen=True)
@typed_fields
class PlaceSettings:
    """Where the cities lie and how large they are.

    Parameters
    ----------
    cities : int
        Number of cities.
    regions : tuple of Region
        East, central, west and northeast by default.
    mean_population : float
        Persons per city in the first year.
    size_sd : float
        Standard deviation of log population.
    resource_share : float
        Share of cities with a large mining sector.
    """

    cities: int = 297
    regions: tuple[Region, ...] = REGIONS
    mean_population: float = 3.9e6
    size_sd: float = 0.65
    resource_share: float = 0.2

    def __post_init__(self) -> None:
        provinces = sum(region.provinces for region in self.regions)
        further = []
        if not self.regions or provinces > 99:
            further.append(
                Fault(f"{provinces} provinces", "1 to 99", "Change the regions.", "PlaceSettings")
            )
        if len({region.name for region in self.regions}) < len(self.regions):
            further.append(
                Fault("two regions of one name", "distinct names", "Rename one.", "PlaceSettings")
            )
        if self.cities < 2 * provinces:
            further.append(
                Fault(
                    f"{self.cities} cities in {provinces} provinces",
                    "at least two cities a province",
                    "Ask for more cities or give regions with fewer provinces.",
                    "PlaceSettings.cities",
                )
            )
        bounds = {
            "cities": (2, 60000),
            "mean_population": (1e3, 1e8),
            "size_sd": (0, 2),
            "resource_share": (0, 1),
        }
        check(self, bounds, further)


@dataclass(frozen=True)
@typed_fields
class DemographySettings:
    """Fertility, mortality and the age structure of the first year.

    Parameters
    ----------
    fertility_path : tuple of (year, total fertility rate)
        National knots, linear in between, constant outside.
    childbearing_age, childbearing_sd : float
        Mean and standard deviation of the age of mothers, years.
    province_sd, city_sd : float
        Standard deviations of the lasting log deviations of total fertility.
    price_elasticity : float
        Elasticity of fertility to the house price relative to the first year and the nation.
    two_child_effect : float
        Log rise of fertility from 2016 on in a fully exposed city, above the national path.
    infant : tuple of float
        Infant mortality of boys and girls in the first year.
    makeham : float
        Age-independent force of mortality.
    gompertz : tuple of float
        Force of mortality at age 60, males and females, in the first year.
    slope : float
        Log rise of the force of mortality a year of age.
    improvement : float
        Annual log fall of infant and Gompertz mortality.
    birth_history : tuple of (year, births)
        Past births that, survived, give the first age structure; only the shape matters.
    youth_tilt : float
        Log excess of ages 20-39 per unit of a city's initial attraction: past migration.
    """

    fertility_path: Knots = (
        (2000, 1.46),
        (2006, 1.58),
        (2010, 1.64),
        (2015, 1.64),
        (2016, 1.74),
        (2018, 1.48),
        (2020, 1.25),
        (2022, 1.05),
        (2023, 0.97),
    )
    childbearing_age: float = 27.6
    childbearing_sd: float = 5.0
    province_sd: float = 0.08
    city_sd: float = 0.08
    price_elasticity: float = -0.10
    two_child_effect: float = 0.06
    infant: tuple[float, float] = (0.026, 0.024)
    makeham: float = 0.0004
    gompertz: tuple[float, float] = (0.0135, 0.0088)
    slope: float = 0.095
    improvement: float = 0.02
    birth_history: Knots = BIRTH_HISTORY
    youth_tilt: float = 0.10

    def __post_init__(self) -> None:
        bounds = {
            "childbearing_age": (18, 40),
            "childbearing_sd": (1, 10),
            "province_sd": (0, 1),
            "city_sd": (0, 1),
            "price_elasticity": (-2, 2),
            "two_child_effect": (-1, 1),
            "infant": (0, 0.5),
            "makeham": (0, 0.1),
            "gompertz": (1e-6, 0.2),
            "slope": (0.01, 0.2),
            "improvement": (-0.05, 0.1),
            "youth_tilt": (-1, 1),
        }
        faults = path_faults(self, "fertility_path") + path_faults(self, "birth_history")
        check(self, bounds, faults)


@dataclass(frozen=True)
@typed_fields
class MigrationSettings:
    """Who leaves and where they go.

    Parameters
    ----------
    out_rate : float
        Annual probability of leaving, population mean in the first year.
    distance : float
        Elasticity of flows to distance (a positive number damps).
    border : float
        Log cost of leaving the province (household registration).
    border_relief : float
        Fall of that cost from `relief_year` on.
    relief_year : int
        Year of the registration reform.
    jobs, wage, price : float
        Semi-elasticity of attraction to last year's job growth, elasticity to the wage and (with
        negative sign) to the house price, both relative to the first year and the nation.
    unemployment : float
        Log rise of the out-rate per unit of unemployment above the first year's.
    young_share : float
        Log attraction per unit of the city's 65+ share above the nation's (ageing repels if
        negative): the second channel of ageing besides `JobSettings.ageing`.
    city_sd, province_sd : float
        Standard deviations of lasting attraction within provinces and between them.
    size : float
        Rise of lasting attraction per log unit of initial population.
    inertia : float
        Weight of last year's attraction in this year's (migrant networks).
    registration : float
        Share of net migrants who change their registered residence.
    keep_flows : bool
        Keep the whole origin × destination tables (years × cities² integers).
    """

    out_rate: float = 0.024
    distance: float = 1.0
    border: float = 0.8
    border_relief: float = 0.1
    relief_year: int = 2014
    jobs: float = 1.0
    wage: float = 0.6
    price: float = 0.25
    unemployment: float = 2.0
    young_share: float = -0.5
    city_sd: float = 0.38
    province_sd: float = 0.12
    size: float = 0.15
    inertia: float = 0.5
    registration: float = 0.3
    keep_flows: bool = False

    def __post_init__(self) -> None:
        bounds = {
            "out_rate": (0, 0.2),
            "distance": (0, 5),
            "border": (0, 10),
            "border_relief": (-5, 5),
            "relief_year": (1900, 2200),
            "jobs": (0, 20),
            "wage": (0, 10),
            "price": (0, 10),
            "unemployment": (0, 30),
            "young_share": (-20, 20),
            "city_sd": (0, 2),
            "province_sd": (0, 2),
            "size": (-2, 2),
            "inertia": (0, 0.99),
            "registration": (0, 1),
        }
        check(self, bounds)
