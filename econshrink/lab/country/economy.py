"""Settings of the laboratory's economy: shocks, jobs, housing, land and policies."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.core.errors import Fault
from econshrink.core.field_types import typed_fields
from econshrink.lab.country.bounds import check


@dataclass(frozen=True)
@typed_fields
class Sector:
    """One sector of employment.

    Parameters
    ----------
    name : str
        Column suffix, such as ``"mining"``.
    share : float
        National share of jobs in the first year, before normalising.
    trend : float
        Annual log growth of labour demand, before the national mean is taken out.
    sd : float
        Standard deviation of its national annual shock.
    """

    name: str
    share: float
    trend: float = 0.0
    sd: float = 0.02

    def __post_init__(self) -> None:
        check(self, {"share": (1e-6, 1e6), "trend": (-0.3, 0.3), "sd": (0, 0.3)})


SECTORS = (
    Sector("agriculture", 0.40, -0.025, 0.010),
    Sector("mining", 0.03, -0.010, 0.040),
    Sector("manufacturing", 0.20, 0.008, 0.025),
    Sector("construction", 0.09, 0.012, 0.030),
    Sector("trade", 0.14, 0.020, 0.015),
    Sector("business", 0.06, 0.035, 0.020),
    Sector("public", 0.08, 0.010, 0.008),
)


@dataclass(frozen=True)
@typed_fields
class ShockSettings:
    """Autoregressive shocks to labour demand (log growth) and to attraction (log level).

    Parameters
    ----------
    persistence : float
        First-order autocorrelation of the nation's, regions', provinces' and cities' shocks.
    nation, region, province, city : float
        Stationary standard deviations of the shocks to labour demand growth.
    attraction : float
        Stationary standard deviation of the city shock to attraction; its persistence is 0.8.
    tail : float
        Degrees of freedom of the heavy-tailed city innovations (scaled to unit variance).
    fertility : float
        Standard deviation of the annual log noise of city fertility.
    """

    persistence: float = 0.5
    nation: float = 0.008
    region: float = 0.005
    province: float = 0.006
    city: float = 0.012
    attraction: float = 0.2
    tail: float = 5.0
    fertility: float = 0.03

    def __post_init__(self) -> None:
        bounds = {
            "persistence": (0, 0.99),
            "nation": (0, 0.2),
            "region": (0, 0.2),
            "province": (0, 0.2),
            "city": (0, 0.2),
            "attraction": (0, 2),
            "tail": (2.1, 1000),
            "fertility": (0, 0.5),
        }
        check(self, bounds)


@dataclass(frozen=True)
@typed_fields
class JobSettings:
    """Labour demand, unemployment and wages.

    Parameters
    ----------
    sectors : tuple of Sector
        Sectors with national shocks; shares times shocks move the cities (shift-share).
    share_sd : float
        Standard deviation of log sector shares across cities.
    resource_weight : float
        Factor on the mining share of resource cities.
    depletion : float
        Annual log fall of mining jobs in resource cities, above the sector's trend.
    adjustment : float
        Share of the gap between labour supply and demand that demand closes in a year: jobs
        follow people.
    ageing : float
        Annual log growth of labour demand per unit of the 65+ share above the nation's.
    participation : float
        Labour force as a share of ages 16-64.
    normal_unemployment : float
        Unemployment where demand meets supply.
    unemployment_response : float
        Elasticity of unemployment to the ratio of demand to supply (entered as a fall).
    wage_response : float
        Elasticity of the wage to that ratio.
    wage : float
        Mean wage in the first year, yuan a year; the model has no price level, so all money is
        in constant yuan.
    wage_growth : float
        Annual log growth of productivity.
    productivity_sd : float
        Standard deviation of lasting log productivity.
    labour_share : float
        Wages as a share of output, which gives gross product.
    """

    sectors: tuple[Sector, ...] = SECTORS
    share_sd: float = 0.45
    resource_weight: float = 7.0
    depletion: float = 0.03
    adjustment: float = 0.15
    ageing: float = -0.10
    participation: float = 0.78
    normal_unemployment: float = 0.045
    unemployment_response: float = 4.0
    wage_response: float = 0.4
    wage: float = 9000.0
    wage_growth: float = 0.07
    productivity_sd: float = 0.2
    labour_share: float = 0.5

    def __post_init__(self) -> None:
        names = [sector.name for sector in self.sectors]
        further = []
        if not names or len(set(names)) < len(names):
            further.append(
                Fault(f"sectors {names}", "distinct names", "Rename them.", "JobSettings.sectors")
            )
        bounds = {
            "share_sd": (0, 2),
            "resource_weight": (0.01, 100),
            "depletion": (-0.2, 0.3),
            "adjustment": (0, 1),
            "ageing": (-5, 5),
            "participation": (0.1, 1),
            "normal_unemployment": (0.001, 0.3),
            "unemployment_response": (0, 20),
            "wage_response": (0, 5),
            "wage": (1, 1e7),
            "wage_growth": (-0.2, 0.3),
            "productivity_sd": (0, 2),
            "labour_share": (0.05, 1),
        }
        check(self, bounds, further)


@dataclass(frozen=True)
@typed_fields
class HousingSettings:
    """Durable housing with a kinked supply, and land that is hardly ever given back.

    Parameters
    ----------
    space : float
        Floor space per person in the first year, m².
    income_elasticity, price_elasticity : float
        Elasticities of desired space per person to the wage and (as a fall) to the price.
    depreciation : float
        Share of the stock lost a year: the only way the stock falls.
    supply : float
        Starts as a share of the stock per log point of price above building cost.
    price_response : float
        Share of the log gap between demand and stock that moves the price within a year.
    price : float
        Mean price in the first year, yuan/m².
    cost_growth : float
        Annual log growth of building cost.
    margin, margin_sd : float
        Mean and standard deviation of the log price over building cost in the first year.
    frictional_vacancy : float
        Vacancy where demand meets the stock.
    credit_years : tuple of int
        First and last year of the national credit squeeze.
    credit : float
        Annual log effect of the squeeze on the price of a fully exposed city.
    credit_starts : float
        Log effect of the squeeze on its starts, as long as the squeeze lasts.
    land_density : float
        Persons per km² of built-up area in the first year.
    land_growth : float
        Annual log growth of built-up area that neither people nor finance ask for.
    land_finance : float
        Further growth in a city that depends fully on land sales.
    land_people : float
        Growth of built-up area per unit of population growth when positive.
    land_noise : float
        Standard deviation of annual land growth; growth is cut at zero (irreversible).
    land_stop_share : float
        Share of cities that are given no new land at all.
    """

    space: float = 22.0
    income_elasticity: float = 0.3
    price_elasticity: float = 0.3
    depreciation: float = 0.015
    supply: float = 0.09
    price_response: float = 0.5
    price: float = 2000.0
    cost_growth: float = 0.045
    margin: float = 0.25
    margin_sd: float = 0.2
    frictional_vacancy: float = 0.06
    credit_years: tuple[int, int] = (2022, 2024)
    credit: float = -0.06
    credit_starts: float = -0.95
    land_density: float = 25000.0
    land_growth: float = 0.012
    land_finance: float = 0.03
    land_people: float = 0.8
    land_noise: float = 0.012
    land_stop_share: float = 0.06

    def __post_init__(self) -> None:
        bounds = {
            "space": (1, 500),
            "income_elasticity": (0, 3),
            "price_elasticity": (0.01, 5),
            "depreciation": (0, 0.2),
            "supply": (0, 2),
            "price_response": (0, 1),
            "price": (1, 1e7),
            "cost_growth": (-0.2, 0.3),
            "margin": (-1, 2),
            "margin_sd": (0, 2),
            "frictional_vacancy": (0, 0.5),
            "credit_years": (1900, 2200),
            "credit": (-1, 1),
            "credit_starts": (-5, 5),
            "land_density": (10, 1e5),
            "land_growth": (0, 0.5),
            "land_finance": (0, 0.5),
            "land_people": (0, 5),
            "land_noise": (0, 0.2),
            "land_stop_share": (0, 1),
        }
        check(self, bounds)


@dataclass(frozen=True)
@typed_fields
class PolicySettings:
    """Lists of supported cities and high-speed rail.

    Parameters
    ----------
    on : bool
        Whether listed cities receive the effect; the lists are drawn either way.
    list_years : tuple of int
        Years in which cities are listed, from the resource cities not listed before.
    list_share : float
        Share of all resource cities listed in each of these years.
    selection : float
        Weight of the preceding loss of people (in standard deviations) against pure chance in
        the choice; zero means random lists.
    effect : float
        Rise of annual labour demand growth in listed cities, log points.
    duration : int
        Years that the effect lasts.
    rail_years : tuple of int
        First and last year in which cities are connected to high-speed rail, larger ones sooner.
    rail_share : float
        Share of cities connected in the end.
    rail_attraction : float
        Lasting log attraction of a connected city.
    """

    on: bool = True
    list_years: tuple[int, ...] = (2008, 2009, 2011)
    list_share: float = 0.2
    selection: float = 1.0
    effect: float = 0.01
    duration: int = 5
    rail_years: tuple[int, int] = (2008, 2020)
    rail_share: float = 0.6
    rail_attraction: float = 0.03

    def __post_init__(self) -> None:
        further = []
        if list(self.list_years) != sorted(set(self.list_years)):
            further.append(
                Fault(
                    f"list years {self.list_years}",
                    "rising, distinct years",
                    "Sort them.",
                    "PolicySettings.list_years",
                )
            )
        bounds = {
            "list_years": (1900, 2200),
            "list_share": (0, 1),
            "selection": (0, 10),
            "effect": (-0.3, 0.3),
            "duration": (1, 100),
            "rail_years": (1900, 2200),
            "rail_share": (0, 1),
            "rail_attraction": (-1, 1),
        }
        check(self, bounds, further)
