"""Bias and coverage of discrete-time hazards: exact, misclassified and interval-censored onsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyses.machinery.studies.plan import Plan, Setting
from econshrink import Estimate, SpellTable
from econshrink.core.seeds import generator
from econshrink.lab import Answer, Study
from econshrink.survival import (
    DurationPolynomial,
    IntervalOnsets,
    MisclassifiedOnsets,
    Observation,
    fit_discrete_hazard,
    fit_hidden_onset,
)

SLOPE, LEVEL = 0.5, -2.6
TRUTH = {
    "slope": SLOPE,
    "level": LEVEL,
    "slope, taken at face value": SLOPE,
    "level, taken at face value": LEVEL,
}


@dataclass(frozen=True)
class Country(Setting):
    """Cities observed for some years, and how their onsets are seen.

    Parameters
    ----------
    cities, years : int
    sensitivity, specificity : float
    lasting : bool
        As for `MisclassifiedOnsets`.
    census : int
        Years between censuses, if onsets are known only from them; else 0.
    """

    cities: int = 300
    years: int = 8
    sensitivity: float = 1.0
    specificity: float = 1.0
    lasting: bool = False
    census: int = 0

    @property
    def observation(self) -> Observation:
        """What the fitted model takes as given."""
        if self.census:
            return IntervalOnsets()
        return MisclassifiedOnsets(self.sensitivity, self.specificity, self.lasting)


Drawn = tuple[Country, SpellTable]


def draw(country: Country, seed: int) -> Drawn:
    """Cities with a covariate that changes, their true onsets, and what is seen of them."""
    rng = generator("studies.hidden_onsets", seed)
    shape = (country.cities, country.years)
    x = 0.7 * rng.normal(size=(country.cities, 1)) + 0.7 * rng.normal(size=shape)
    hit = rng.random(shape) < -np.expm1(-np.exp(LEVEL + SLOPE * x))
    years = np.arange(country.years)
    onset = np.where(hit.any(axis=1), hit.argmax(axis=1), country.years)[:, None]
    if country.census:
        block = country.census
        end = np.where(onset < country.years, (onset // block + 1) * block - 1, country.years)
        event, open_ = years == end, (years // block == onset // block) & (onset < country.years)
    else:
        positive = years >= onset if country.lasting else years == onset
        chance = np.where(positive, country.sensitivity, 1 - country.specificity)
        event, open_ = rng.random(shape) < chance, np.zeros(shape, bool)
    last = np.where(event.any(axis=1), event.argmax(axis=1), country.years - 1)[:, None]
    city, year = np.nonzero(years <= last)
    frame = pd.DataFrame(
        {
            "city": city,
            "start": year,
            "stop": year + 1,
            "event": event[city, year].astype(int),
            "uncertain": open_[city, year].astype(int),
            "x": x[city, year],
        }
    )
    return country, SpellTable(frame, "study", synthetic=True)


def estimate(drawn: Drawn, rng: np.random.Generator) -> dict[str, Answer]:
    """The model of what was seen, beside the ordinary one on the same rows."""
    del rng
    country, spells = drawn
    hidden = fit_hidden_onset(spells, ["x"], observation=country.observation)
    naive = fit_discrete_hazard(spells, ["x"], duration=DurationPolynomial(0))
    answers = _answers(hidden, "")
    return answers | _answers(naive, ", taken at face value")


def _answers(fit: Estimate, suffix: str) -> dict[str, Answer]:
    names = {"slope": "x", "level": "(Intercept)"}
    return {
        f"{name}{suffix}": Answer(fit.coefficient(term), fit.std_error(term))
        for name, term in names.items()
    }


HIDDEN = Study("hidden_onsets", estimate, TRUTH, draw)

PLANS = (
    Plan(
        HIDDEN,
        {
            "exact": Country(),
            "missed once": Country(sensitivity=0.8, specificity=0.99),
            "seen again": Country(sensitivity=0.6, specificity=0.98, lasting=True),
            "census every 4 years": Country(census=4),
        },
        replicates=2000,
        title="discrete-time hazards of onsets seen exactly, through errors and between censuses",
        module="analyses.studies.hidden_onsets",
        chunk=100,
    ),
)
