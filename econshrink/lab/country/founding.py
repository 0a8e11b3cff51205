"""The founding of a synthetic country: everything that is drawn before its first year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Counts, Floats
from econshrink.core.seeds import generator
from econshrink.lab.country import demography, housing, jobs, migration, policy
from econshrink.lab.country.places import Places, make_places
from econshrink.lab.country.shocks import Shocks, make_shocks
from econshrink.lab.settings import LabSettings


@dataclass(frozen=True, eq=False)
class Country:
    """What is drawn or fixed before the first year.

    Parameters
    ----------
    settings : LabSettings
        The settings behind it.
    seed : int
        Master seed.
    places : Places
        Cities and their traits.
    shocks : Shocks
        All exogenous shocks.
    people : ndarray of int, shape (n, 2, 86)
        Persons of the first year.
    demand : ndarray, shape (n, K)
        Labour demand by sector in the first year.
    fertility : ndarray, shape (n,)
        Lasting log deviation of total fertility.
    pattern : ndarray, shape (86,)
        Fertility by age, sum one.
    two_child : ndarray, shape (n,)
        Exposure to the two-child policy, between 0 and 1.
    leaving : ndarray, shape (86,)
        Out-migration rate by age.
    weights : ndarray, shape (n,)
        Balanced attraction of the first year.
    kernels : tuple of ndarray, each (n, n)
        Deterrence before and after the registration reform.
    traits : HousingTraits
        Lasting traits of housing.
    productivity : ndarray, shape (n,)
        Lasting log productivity.
    trends : ndarray, shape (n, K)
        Annual log trends of labour demand.
    rail : ndarray of int, shape (n,)
        Year of connection to high-speed rail.
    """

    settings: LabSettings
    seed: int
    places: Places
    shocks: Shocks
    people: Counts
    demand: Floats
    fertility: Floats
    pattern: Floats
    two_child: Floats
    leaving: Floats
    weights: Floats
    kernels: tuple[migration.Singles, migration.Singles]
    traits: housing.HousingTraits
    productivity: Floats
    trends: Floats
    rail: Counts


def found(settings: LabSettings, seed: int) -> Country:
    """Draw a country and its first year."""
    places = make_places(settings.places, seed, settings.intervention.target_share)
    n = places.count
    target = places.target.astype(np.float64)
    lasting = _lasting_attraction(settings, places, seed)
    regions = settings.places.regions
    fertility = demography.lasting_fertility(
        settings.demography, np.array([r.fertility for r in regions]), places, seed
    )
    ageing = settings.intervention.ageing * target
    people = demography.first_ages(
        settings.demography, settings.first_year, places, lasting, fertility, ageing
    )
    # Rates are anchored to the country as it is without any intervention.
    anchor = (
        people
        if settings.intervention.ageing == 0.0
        else demography.first_ages(
            settings.demography, settings.first_year, places, lasting, fertility, 0.0 * target
        )
    )
    national = anchor.sum(axis=(0, 1)) / anchor.sum()
    leaving = settings.migration.out_rate * migration.age_profile(demography.AGES, national)
    traits = housing.housing_traits(settings.housing, places, lasting, seed)
    shares = jobs.first_shares(settings.jobs, places, seed)
    normal = 1.0 - settings.jobs.normal_unemployment
    demand = shares * (labour_force(settings, anchor) * normal)[:, None]
    kernels, weights = _gravity(settings, places, anchor, leaving, lasting)
    rng = generator("lab.traits", seed)
    return Country(
        settings=settings,
        seed=seed,
        places=places,
        shocks=make_shocks(
            settings.shocks, settings.jobs.sectors, places, len(settings.years), seed
        ),
        people=people,
        demand=demand,
        fertility=fertility,
        pattern=demography.fertility_pattern(settings.demography),
        two_child=rng.random(n),
        leaving=leaving,
        weights=weights,
        kernels=kernels,
        traits=traits,
        productivity=settings.jobs.productivity_sd * rng.standard_normal(n) + 0.2 * lasting,
        trends=jobs.sector_trends(settings.jobs, demand, places.resource)
        + np.array([r.job_drift for r in regions])[places.region][:, None],
        rail=policy.rail_years(settings.policy, places, seed),
    )


def _lasting_attraction(settings: LabSettings, places: Places, seed: int) -> Floats:
    """Lasting log ratio of in- to out-migrants: region, province, size and city."""
    rng = generator("lab.attraction", seed)
    province = rng.standard_normal(len(places.province_names))
    city = rng.standard_normal(places.count)
    options = settings.migration
    size = np.log(places.population)
    return np.asarray(
        np.array([r.attraction for r in settings.places.regions])[places.region]
        + options.province_sd * province[places.province]
        + options.city_sd * city
        + options.size * (size - size.mean()),
        dtype=np.float64,
    )


def _gravity(
    settings: LabSettings, places: Places, people: Counts, leaving: Floats, lasting: Floats
) -> tuple[tuple[migration.Singles, migration.Singles], Floats]:
    """Deterrence before and after the registration reform, and balanced destination weights."""
    options = settings.migration
    before = migration.make_kernel(options, places, options.border)
    after = migration.make_kernel(options, places, options.border - options.border_relief)
    outs = (people * leaving).sum(axis=(1, 2))
    if outs.sum() <= 0:
        return (before, after), np.full(places.count, 1.0 / places.count)
    return (before, after), migration.balance(before, outs, outs * np.exp(lasting))


def labour_force(settings: LabSettings, people: Counts) -> Floats:
    """Labour force of each city, shape (n,): participation times persons aged 16 to 64."""
    return np.asarray(
        settings.jobs.participation * people[:, :, 16:65].sum(axis=(1, 2)), dtype=np.float64
    )
