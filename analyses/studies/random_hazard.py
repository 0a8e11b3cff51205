"""Bias and coverage of discrete-time hazards with normal intercepts of provinces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyses.machinery.studies.plan import Plan, Setting
from econshrink import SpellTable
from econshrink.core.seeds import generator
from econshrink.lab import Answer, Study
from econshrink.survival import SIGMA, fit_random_hazard

SLOPE, LEVEL = 0.5, -2.6


@dataclass(frozen=True)
class Provinces(Setting):
    """Cities in provinces whose hazards differ by a normal intercept."""

    provinces: int = 30
    cities: int = 10
    years: int = 8
    sigma: float = 0.6


def draw_provinces(country: Provinces, seed: int) -> tuple[Provinces, SpellTable]:
    """Yearly rows until the onset, the province's intercept unseen."""
    rng = generator("studies.random_hazard", seed)
    shape = (country.provinces * country.cities, country.years)
    home = np.repeat(np.arange(country.provinces), country.cities)
    lift = country.sigma * rng.normal(size=country.provinces)
    x = rng.normal(size=(shape[0], 1)) + np.zeros(shape)
    hit = rng.random(shape) < -np.expm1(-np.exp(LEVEL + SLOPE * x + lift[home][:, None]))
    last = np.where(hit.any(axis=1), hit.argmax(axis=1), country.years - 1)[:, None]
    city, year = np.nonzero(np.arange(country.years) <= last)
    frame = pd.DataFrame(
        {
            "city": city,
            "province": home[city],
            "start": year,
            "stop": year + 1,
            "event": hit[city, year].astype(int),
            "x": x[city, year],
        }
    )
    return country, SpellTable(frame, "study", synthetic=True)


def estimate_provinces(
    drawn: tuple[Provinces, SpellTable], rng: np.random.Generator
) -> dict[str, Answer]:
    """Slope and standard deviation, the latter with its profile interval."""
    del rng
    _, spells = drawn
    fit = fit_random_hazard(spells, ["x"], group="province", nodes=9)
    spread = fit.stats
    sigma = Answer(
        fit.coefficient(SIGMA), fit.std_error(SIGMA), spread["sigma_low"], spread["sigma_high"]
    )
    return {"slope": Answer(fit.coefficient("x"), fit.std_error("x")), "sigma": sigma}


def truth_provinces(drawn: tuple[Provinces, SpellTable]) -> dict[str, float]:
    """What the draw was made with."""
    return {"slope": SLOPE, "sigma": drawn[0].sigma}


RANDOM = Study("random_hazard", estimate_provinces, truth_provinces, draw_provinces)

PLANS = (
    Plan(
        RANDOM,
        {"sd 0.6": Provinces()},
        replicates=2000,
        title="discrete-time hazards with normal intercepts of provinces",
        module="analyses.studies.random_hazard",
        chunk=100,
    ),
)
