"""One simulated country: the truth, the published figures, the censuses and what was known when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.lab.country.path import Path, run_path
from econshrink.lab.observe import Releases, make_releases
from econshrink.lab.settings import LabSettings
from econshrink.nouns.panel import CityPanel

# Published with noise in every year; the damaged population series is handled apart.
PUBLISHED = (
    "hukou_population",
    "births",
    "deaths",
    "jobs",
    "unemployment",
    "wage",
    "gdp_real",
    "house_price",
    "housing_starts",
    "built_up_km2",
)
PUBLISHED_GROWTH = ("real_growth",)  # log points, with an additive error
KNOWN_EXACTLY = ("listed", "rail")
CENSUS_ONLY = ("women_20_39", "working_age", "share_65_plus", "share_0_14")


@dataclass(frozen=True, eq=False)
class LabRun:
    """A synthetic country.

    Parameters
    ----------
    true : CityPanel
        True annual figures. ``population[t] = population[t-1] + births[t] - deaths[t] +
        in_migration[t] - out_migration[t]`` to the person; stocks are at the end of the year.
    observed : CityPanel
        Published annual figures as finally compiled, each cell with what it truly is.
    census : CityPanel
        Census years only: population on the first year's boundaries, age shares.
    ages : ndarray of int32, shape (cities, years, 2, 86)
        Persons by sex (male, female) and age 0 … 84, 85+.
    provinces, regions : tuple of str
        Names by city, in the order of `true.cities`.
    coordinates : ndarray, shape (cities, 2)
        Sites on a plane, km.
    path : Path
        The arrays behind `true`, jobs by sector and, if kept, flows.
    releases : Releases
        Everything ever published about population; see `true_vintage`.
    settings : LabSettings
        The country's settings.
    seed : int
        Master seed.
    """

    true: CityPanel
    observed: CityPanel
    census: CityPanel
    ages: NDArray[np.int32]
    provinces: tuple[str, ...]
    regions: tuple[str, ...]
    coordinates: Floats
    path: Path
    releases: Releases
    settings: LabSettings
    seed: int


def simulate(settings: LabSettings | None = None, seed: int = MASTER_SEED) -> LabRun:
    """Simulate a country with known truth.

    Annual cohort-component demography by sex and single year of age, gravity migration that nets
    to zero to the person, shift-share job shocks, durable housing, irreversible land, policies
    with selection, and an observation layer. The same settings and seed give the same bytes.

    Parameters
    ----------
    settings : LabSettings, optional
        The country; the default is calibrated to China's published moments.
    seed : int
        Master seed.

    Returns
    -------
    LabRun

    Raises
    ------
    SpecError
        A city whose people of working age die out under extreme settings.

    Notes
    -----
    In the order of the year, for city i and sector k:

    1. Lists and labour demand: ``d ln D_ik = trend_ik + sector shock_k + own shock_i +
       support_i + ageing × (share65_i - nation) + adjustment × ln(supply_i / D_i)``.
    2. Births and deaths by single year of age; total fertility follows the national path, lasting
       deviations, the house price, the two-child exposure and noise.
    3. Migration: leavers by age (Rogers-Castro) times ``exp(unemployment gap)``; destinations by
       ``P_j w_j exp(a_j) K_ij`` with K the gravity kernel, w balanced in the first year, and a
       the attraction from job growth, wage, price, ageing, rail, shocks and last year's a.
    4. Unemployment and wage from demand over supply; price from housing demand over stock; starts
       above building cost only; built-up area never falls.

    Ageing acts through the age mix of births, deaths, leavers and workers, through `ageing` in 1
    and through `young_share` in 3, and through nothing else.

    Examples
    --------
    >>> from econshrink.lab.country.people import PlaceSettings
    >>> run = simulate(LabSettings(last_year=2003, places=PlaceSettings(cities=70)), seed=1)
    >>> run.true.synthetic, len(run.true.cities), run.true.years
    (True, 70, (2000, 2001, 2002, 2003))
    >>> float(run.true.column("net_migration").sum())
    0.0
    """
    chosen = LabSettings() if settings is None else settings
    path = run_path(chosen, seed)
    releases = make_releases(chosen, path, seed)
    places = path.places
    attributes = places.attributes()
    return LabRun(
        true=_true_panel(chosen, path, attributes, seed),
        observed=_observed_panel(chosen, path, releases, attributes, seed),
        census=_census_panel(chosen, path, releases, attributes, seed),
        ages=path.ages,
        provinces=tuple(places.province_names[p] for p in places.province),
        regions=tuple(places.region_names[r] for r in places.region),
        coordinates=places.sites,
        path=path,
        releases=releases,
        settings=chosen,
        seed=seed,
    )


def true_vintage(run: LabRun, year: int) -> CityPanel:
    """The population series as it stood at the end of `year`: a true vintage.

    Figures of a year appear `publication_lag` years later; revisions appear with the census that
    causes them; cells filled from a later figure appear with that figure.

    Parameters
    ----------
    run : LabRun
        A simulated country.
    year : int
        Calendar year of the vintage.

    Returns
    -------
    CityPanel
        Variables ``population`` (with status) and ``census_population``, years published by then.

    Raises
    ------
    DataError
        Nothing had been published by then.
    """
    years = np.array(run.settings.years)
    latest = year - run.settings.observation.publication_lag
    if latest < years[0]:
        raise DataError(
            Fault(
                f"a vintage of {year}",
                f"{years[0] + run.settings.observation.publication_lag} or later",
                "Nothing was published before; ask for a later year.",
            )
        )
    level, status = _compiled(run.releases, latest)
    out = years <= latest
    tables = {"population": level[out], "census_population": run.releases.census[out]}
    index = _index(years[out], run.path.places.codes)
    columns = {"population": status[out]}
    return CityPanel(
        _frame(tables, index),
        _frame(columns, index, dtype="object"),
        run.path.places.attributes(),
        f"{_source(run.settings, run.seed)}, as known in {year}",
        synthetic=True,
    )


def _compiled(releases: Releases, latest: int) -> tuple[Floats, NDArray[np.object_]]:
    """Series and statuses from everything published about years up to `latest`."""
    known = releases.first_known <= latest
    level = np.where(known, releases.first, np.nan)
    status = np.where(known, releases.first_status, None)  # type: ignore[call-overload]
    newer = ~np.isnan(releases.revised) & (releases.revised_in <= latest)
    # A wrong concept or a unit slip is a slip of the compiler: the revision does not mend it.
    newer &= status == "reported"
    return np.where(newer, releases.revised, level), np.where(newer, "revised", status)


def _true_panel(
    settings: LabSettings, path: Path, attributes: pd.DataFrame, seed: int
) -> CityPanel:
    sectors = {
        f"jobs_{sector.name}": path.jobs[:, :, k] for k, sector in enumerate(settings.jobs.sectors)
    }
    index = _index(np.array(settings.years), path.places.codes)
    frame = _frame({**path.series, **sectors}, index)
    source = f"{_source(settings, seed)}: truth"
    return CityPanel(frame, pd.DataFrame(), attributes, source, synthetic=True)


def _observed_panel(
    settings: LabSettings, path: Path, releases: Releases, attributes: pd.DataFrame, seed: int
) -> CityPanel:
    """The final compilation: everything published, as it stands after the last release."""
    level, status = _compiled(releases, settings.last_year)
    years = np.array(settings.years)
    index = _index(years, path.places.codes)
    tables: dict[str, Floats] = {"population": level}
    for name in PUBLISHED:
        rng = generator(f"lab.observe.{name}", seed)
        error = settings.observation.other_noise * rng.standard_normal(level.shape)
        gap = rng.random(level.shape) < settings.observation.missing_share
        gap &= years[:, None] < settings.observation.missing_before
        tables[name] = np.where(gap, np.nan, path.series[name] * np.exp(error))
    for name in PUBLISHED_GROWTH:
        error = generator(f"lab.observe.{name}", seed).standard_normal(level.shape)
        tables[name] = path.series[name] + settings.observation.other_noise * error
    tables |= {name: path.series[name] for name in KNOWN_EXACTLY}
    statuses = {"population": status} | {
        name: np.where(np.isnan(tables[name]), None, "reported")  # type: ignore[call-overload]
        for name in (*PUBLISHED, *PUBLISHED_GROWTH)
    }
    return CityPanel(
        _frame(tables, index),
        _frame(statuses, index, dtype="object"),
        attributes,
        f"{_source(settings, seed)}: published figures",
        synthetic=True,
    )


def _census_panel(
    settings: LabSettings, path: Path, releases: Releases, attributes: pd.DataFrame, seed: int
) -> CityPanel:
    years = np.array(settings.years)
    rows = np.isin(years, settings.observation.census_years)
    tables = {"population": releases.census[rows]}
    tables |= {name: path.series[name][rows] for name in CENSUS_ONLY}
    index = _index(years[rows], path.places.codes)
    status = {"population": np.full(tables["population"].shape, "reported", dtype=object)}
    return CityPanel(
        _frame(tables, index),
        _frame(status, index, dtype="object"),
        attributes,
        f"{_source(settings, seed)}: censuses",
        synthetic=True,
    )


def _index(years: NDArray[np.int64], codes: tuple[str, ...]) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([list(codes), years.tolist()], names=["city", "year"])


def _frame(
    tables: Mapping[str, NDArray[Any]],
    index: pd.MultiIndex,
    dtype: str = "float64",
) -> pd.DataFrame:
    """Long table from arrays of shape (T, n)."""
    columns = {name: np.asarray(table, dtype=dtype).T.ravel() for name, table in tables.items()}
    return pd.DataFrame(columns, index=index)


def _source(settings: LabSettings, seed: int) -> str:
    return f"synthetic laboratory, settings {settings.digest()[:12]}, seed {seed}"
