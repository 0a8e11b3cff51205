"""Data sets of known truth in the shape of a yearly panel of cities: what the studies draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from analyses.machinery.studies.plan import Setting
from econshrink import SpellTable
from econshrink.core.seeds import generator

ORIGIN = "synthetic"
Floats = np.ndarray
# Errors of log durations, from uniform numbers that are chances to survive.
ERRORS: dict[str, Callable[[Floats], Floats]] = {
    "weibull": lambda u: np.log(-np.log(u)),
    "log_logistic": lambda u: -special.logit(u),
    "log_normal": lambda u: -special.ndtri(u),
}


@dataclass(frozen=True)
class YearlyHazards(Setting):
    """First events of cities whose covariates change from year to year.

    The hazard in a year is ``rate * (1 + drift * year) * exp(beta x + gamma z)``.
    """

    cities: int = 250
    years: int = 12
    rate: float = 0.05
    drift: float = 0.03
    beta: float = 0.5
    gamma: float = -0.4
    dated: bool = False  # events by date, or known by year only
    late: float = 0.0  # share of cities first seen after some years


@dataclass(frozen=True)
class ProvinceHazards(Setting):
    """Cities of a province share a positive stable factor W, so that the marginal hazards of a
    Weibull law stay proportional: ``S(t | x) = exp(-(rate t exp(beta x))^(shape alpha))``.
    """  # noqa: D205

    provinces: int = 31
    cities: int = 10
    rate: float = 0.08
    shape: float = 1.5
    alpha: float = 0.7
    beta: float = 0.6
    horizon: float = 12.0
    by_province: bool = True  # the covariate is a province's, or each city's own


@dataclass(frozen=True)
class FewEvents(Setting):
    """Few cities and a covariate that few of them have: the likelihood is often monotone."""

    cities: int = 80
    rate: float = 0.015
    beta: float = 0.7
    gamma: float = 1.0
    share: float = 0.1
    horizon: float = 6.0


@dataclass(frozen=True)
class SharedFrailty(Setting):
    """Gamma frailties of variance theta by province, events known by year."""

    provinces: int = 31
    cities: int = 10
    years: int = 12
    rate: float = 0.06
    beta: float = 0.5
    theta: float = 0.5


@dataclass(frozen=True)
class Recurring(Setting):
    """Events that come again, at a rate that a city's own gamma factor of variance theta lifts."""

    cities: int = 200
    horizon: float = 10.0
    rate: float = 0.12
    beta: float = 0.5
    theta: float = 0.0


@dataclass(frozen=True)
class Durations(Setting):
    """Durations of one law, entering late, known by year or by date."""

    law: str = "weibull"  # or "log_logistic", "log_normal", "gompertz"
    cities: int = 300
    level: float = 2.2
    effect: float = -0.4
    spread: float = 0.7  # scale of log time, or slope of the Gompertz log hazard
    horizon: float = 15.0


def table(rows: dict[str, object]) -> SpellTable:
    """A synthetic spell table; cities are numbered."""
    frame = pd.DataFrame(rows)
    number = frame.pop("number").astype(int)
    frame.insert(0, "city", number.map("{:06d}".format))
    return SpellTable(frame, rule_id="study", origin=ORIGIN, synthetic=True)


def draw_yearly(settings: YearlyHazards, seed: int) -> SpellTable:
    """Yearly rows until the first event or the end."""
    rng = generator("study.survival.yearly", seed)
    n, years = settings.cities, settings.years
    x = np.empty((n, years))
    x[:, 0] = rng.normal(size=n)
    for t in range(1, years):
        x[:, t] = 0.8 * x[:, t - 1] + 0.6 * rng.normal(size=n)
    z = rng.integers(0, 2, n)
    entry = np.where(rng.random(n) < settings.late, rng.integers(1, 6, n), 0)
    year = np.arange(years)
    base = settings.rate * (1 + settings.drift * year)
    hazard = base * np.exp(settings.beta * x + settings.gamma * z[:, None])
    wait = rng.exponential(size=(n, years)) / hazard
    event = wait < 1
    first = np.where(event.any(axis=1), event.argmax(axis=1), years)
    # A city whose event comes before it is first seen is never seen at risk.
    seen = (year >= entry[:, None]) & (year <= first[:, None]) & (first >= entry)[:, None]
    city, t = np.nonzero(seen)
    happened = event[city, t] & (t == first[city])
    stop = np.where(happened & settings.dated, t + np.minimum(wait[city, t], 1.0), t + 1.0)
    return table(
        {
            "number": city,
            "start": t.astype(float),
            "stop": stop,
            "event": happened.astype(int),
            "x": x[city, t],
            "z": z[city],
        }
    )


def positive_stable(rng: np.random.Generator, alpha: float, size: int) -> Floats:
    """Positive stable factors with Laplace transform exp(-s^alpha) (Chambers and others 1976)."""
    angle = rng.uniform(0, np.pi, size)
    wait = rng.exponential(size=size)
    rest = (1 - alpha) / alpha
    factor: Floats = np.sin(alpha * angle) / np.sin(angle) ** (1 / alpha)
    return factor * (np.sin((1 - alpha) * angle) / wait) ** rest


def draw_provinces(settings: ProvinceHazards, seed: int) -> SpellTable:
    """One row a city, dependent within provinces, some entering late."""
    rng = generator("study.survival.provinces", seed)
    provinces, each = settings.provinces, settings.cities
    n = provinces * each
    province = np.repeat(np.arange(provinces), each)
    own = rng.integers(0, 2, n) if not settings.by_province else None
    x = own if own is not None else rng.permutation(np.arange(provinces) % 2)[province]
    lift = positive_stable(rng, settings.alpha, provinces)[province]
    needed = rng.exponential(size=n) / lift
    time = needed ** (1 / settings.shape) / (settings.rate * np.exp(settings.beta * x))
    entry = np.where(rng.random(n) < 0.3, rng.uniform(0, 4, n), 0.0)
    leave = np.minimum(rng.uniform(6, 20, n), settings.horizon)
    seen = time > entry
    return table(
        {
            "number": np.arange(n)[seen],
            "start": entry[seen],
            "stop": np.minimum(time, leave)[seen],
            "event": (time <= leave)[seen].astype(int),
            "x": x[seen],
            "province": province[seen],
        }
    )


def draw_few(settings: FewEvents, seed: int) -> SpellTable:
    """One row a city; a draw without three events is drawn again."""
    rng = generator("study.survival.few", seed)
    n = settings.cities
    while True:
        x, z = rng.normal(size=n), (rng.random(n) < settings.share).astype(int)
        hazard = settings.rate * np.exp(settings.beta * x + settings.gamma * z)
        time = rng.exponential(size=n) / hazard
        event = time <= settings.horizon
        if event.sum() >= 3 and 2 <= z.sum() <= n - 2:
            break
    return table(
        {
            "number": np.arange(n),
            "start": 0.0,
            "stop": np.minimum(time, settings.horizon),
            "event": event.astype(int),
            "x": x,
            "z": z,
        }
    )


def draw_frailty(settings: SharedFrailty, seed: int) -> SpellTable:
    """Rows of cities until the year of their event."""
    rng = generator("study.survival.frailty", seed)
    n = settings.provinces * settings.cities
    province = np.repeat(np.arange(settings.provinces), settings.cities)
    lift = rng.gamma(1 / settings.theta, settings.theta, settings.provinces)[province]
    x = rng.normal(size=n)
    time = rng.exponential(size=n) / (settings.rate * lift * np.exp(settings.beta * x))
    return table(
        {
            "number": np.arange(n),
            "start": 0.0,
            "stop": np.minimum(time, settings.years),
            "event": (time <= settings.years).astype(int),
            "x": x,
            "province": province,
        }
    )


def draw_recurring(settings: Recurring, seed: int) -> SpellTable:
    """Rows of cities cut at their events; the rate does not depend on earlier events."""
    rng = generator("study.survival.recurring", seed)
    n = settings.cities
    x = rng.normal(size=n)
    lift = np.ones(n)
    if settings.theta > 0:
        lift = rng.gamma(1 / settings.theta, settings.theta, n)
    end = rng.uniform(0.5, 1.0, n) * settings.horizon
    rows = []
    for i in range(n):
        count = rng.poisson(settings.rate * lift[i] * np.exp(settings.beta * x[i]) * end[i])
        dates = np.sort(rng.uniform(0, end[i], count))
        starts, stops = np.append(0.0, dates), np.append(dates, end[i])
        event = np.append(np.ones(count, int), 0)
        rows.append(np.column_stack([np.full(count + 1, i), starts, stops, event]))
    number, start, stop, event = np.vstack(rows).T
    return table(
        {
            "number": number,
            "start": start,
            "stop": stop,
            "event": event.astype(int),
            "x": x[number.astype(int)],
        }
    )


def draw_durations(settings: Durations, seed: int) -> SpellTable:
    """One row a city with the exact time, and the year it falls in."""
    rng = generator(f"study.survival.{settings.law}", seed)
    n = settings.cities
    x, u = rng.normal(size=n), rng.random(n)
    eta = settings.level + settings.effect * x
    if settings.law == "gompertz":
        grown = -np.log(u) * settings.spread / np.exp(eta)
        time = np.log1p(grown) / settings.spread
    else:
        time = np.exp(eta + settings.spread * ERRORS[settings.law](u))
    entry = np.where(rng.random(n) < 0.4, rng.integers(1, 5, n), 0).astype(float)
    event = time <= settings.horizon
    seen = time > entry
    stop = np.minimum(time, settings.horizon)
    return table(
        {
            "number": np.arange(n)[seen],
            "start": entry[seen],
            "stop": stop[seen],
            "event": event[seen].astype(int),
            "x": x[seen],
            "year": np.ceil(stop)[seen],
        }
    )
