"""Errors correlated within 31 provinces, or between near cities: which intervals cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analyses.machinery.studies.plan import Plan, Setting
from analyses.studies.light_panel import PROVINCES, answer, panel_of, persistent
from econshrink import (
    CityPanel,
    Clustered,
    Conley,
    DriscollKraay,
    Heteroskedastic,
    Jackknife,
    Resampling,
    Spec,
)
from econshrink.core.arrays import Floats
from econshrink.inference import (
    BayesianBootstrap,
    PairsCluster,
    Rademacher,
    Uniform,
    Webb,
    haversine,
    resample,
    wild_draws,
    wild_interval,
    wild_parts,
)
from econshrink.lab import Answer, Study
from econshrink.panel import fe_estimate, linear_fit, prepare, resampler, within

TRUTH, DRAWS = 0.5, 399
SPEC = Spec("y", ("x", "w"), ("city", "year"))
REACH = 100.0  # km that a shock reaches; errors and covariates share nothing beyond twice that

WILD = {
    "WCR, Rademacher": (Rademacher(), True),
    "WCR, Webb": (Webb(), True),
    "WCU, Rademacher": (Rademacher(), False),
}
SCHEMES = {"pairs, percentile": PairsCluster(), "Bayesian, percentile": BayesianBootstrap()}


@dataclass(frozen=True)
class ProvincePanel(Setting):
    """Unequal provinces; covariate and error share a persistent part within each."""

    years: int = 8


@dataclass(frozen=True)
class NearPanel(Setting):
    """Covariate and error are sums of the shocks of all sites within `REACH`.

    Parameters
    ----------
    memory : float
        Weight of last year's shock: no memory beyond one year.
    side : float
        Of the square country, degrees.
    """

    memory: float = 0.0
    cities: int = 300
    years: int = 15
    side: float = 18.0


def draw_provinces(settings: ProvincePanel, seed: int) -> CityPanel:
    """Provinces of two to eighteen cities, about 310 in all."""
    rng = np.random.default_rng(seed)
    home = np.repeat(np.arange(PROVINCES), 2 + np.arange(PROVINCES) % 17)
    shape = (len(home), settings.years)
    common = [persistent(rng, (PROVINCES, settings.years), 0.7)[home] for _ in range(2)]
    x = rng.normal(size=shape) + common[0]
    w = rng.normal(size=shape)
    u = (rng.normal(size=shape) + common[1]) * (1 + 0.3 * np.abs(x))
    y = TRUTH * x - 0.2 * w + u + rng.normal(size=(shape[0], 1)) + rng.normal(size=(1, shape[1]))
    return panel_of({"y": y, "x": x, "w": w}, {"province": [f"p{i:02d}" for i in home]})


def estimate_provinces(panel: CityPanel, rng: np.random.Generator) -> dict[str, Answer]:
    """Intervals of x clustered by city and by province, analytic and by resampling.

    The Grams are made once, not once a test as `wild_bootstrap_fe` and `bootstrap_fe` do.
    """
    seed = int(rng.integers(2**31))
    engine = resampler(panel, SPEC, "province")
    options = {
        "HC1": Heteroskedastic(),
        "clustered by city": Clustered("city"),
        "clustered by province": Clustered("province"),
        "CRV3 by province": Jackknife("province"),
    }
    found = {
        name: answer(fe_estimate(panel, SPEC, engine.design, engine.fit, option), "x")
        for name, option in options.items()
    }
    value, error = found["clustered by province"][:2]
    parts = wild_parts(engine.grams, engine.inverse[0] / engine.scale)
    for name, (weights, restricted) in WILD.items():
        drawn = wild_draws(parts, weights, Resampling(DRAWS, rng=seed))
        limits = wild_interval(drawn, parts.std_error, 0.95, restricted)
        low, high = (value + engine.scale * limit for limit in limits)
        found[name] = Answer(value, error, low, high)
    for name, scheme in SCHEMES.items():
        sample = engine.coefficients(
            resample(
                engine.grams, resampling=Resampling(DRAWS, scheme=scheme, rng=seed)
            ).coefficients
        )
        low, high = np.nanquantile(sample[:, 0], [0.025, 0.975])
        found[name] = Answer(value, float(np.nanstd(sample[:, 0], ddof=1)), low, high)
    return found


def draw_near(settings: NearPanel, seed: int) -> CityPanel:
    """Sites at random; shocks of near sites are felt too."""
    rng = np.random.default_rng(seed)
    n, years = settings.cities, settings.years
    latitude = 22 + settings.side * rng.random(n)
    longitude = 95 + settings.side * rng.random(n)
    reach = (haversine(latitude, longitude) <= REACH).astype(float)
    reach /= np.sqrt(reach.sum(axis=1, keepdims=True))
    x, u = (reach @ _moving(rng, n, years, settings.memory) for _ in range(2))
    w = rng.normal(size=(n, years))
    y = TRUTH * x - 0.2 * w + u + rng.normal(size=(n, 1)) + rng.normal(size=(1, years))
    return panel_of({"y": y, "x": x, "w": w}, {"latitude": latitude, "longitude": longitude})


def _moving(rng: np.random.Generator, n: int, years: int, memory: float) -> Floats:
    shocks = rng.normal(size=(n, years + 1))
    return np.asarray(shocks[:, 1:] + memory * shocks[:, :-1])


def estimate_near(panel: CityPanel, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Intervals of x that know of space, time, both or neither."""
    options = {
        "HC1": Heteroskedastic(),
        "clustered by city": Clustered("city"),
        "Driscoll-Kraay": DriscollKraay(2),
        "Conley, uniform, no lags": Conley(2 * REACH, kernel=Uniform()),
        "Conley, uniform, 3 lags": Conley(2 * REACH, lags=3, kernel=Uniform()),
        "Conley, Bartlett to 400 km, 3 lags": Conley(4 * REACH, lags=3),
    }
    design = prepare(panel, SPEC)
    fit = linear_fit(design, within(design))
    return {
        name: answer(fe_estimate(panel, SPEC, design, fit, option), "x")
        for name, option in options.items()
    }


PROVINCE_TERMS = (
    "HC1",
    "clustered by city",
    "clustered by province",
    "CRV3 by province",
    *WILD,
    *SCHEMES,
)
NEAR_TERMS = (
    "HC1",
    "clustered by city",
    "Driscoll-Kraay",
    "Conley, uniform, no lags",
    "Conley, uniform, 3 lags",
    "Conley, Bartlett to 400 km, 3 lags",
)
PLANS = (
    Plan(
        Study(
            "province_clusters",
            estimate_provinces,
            dict.fromkeys(PROVINCE_TERMS, TRUTH),
            draw=draw_provinces,
        ),
        {"31 unequal provinces": ProvincePanel()},
        replicates=2000,
        title="Intervals with 31 unequal provinces as clusters",
        module="analyses.studies.clustered_errors",
    ),
    Plan(
        Study("near_errors", estimate_near, dict.fromkeys(NEAR_TERMS, TRUTH), draw=draw_near),
        {"near sites": NearPanel(), "near sites and years": NearPanel(memory=0.5)},
        replicates=200,
        title="Intervals with errors correlated in space and time",
        module="analyses.studies.clustered_errors",
    ),
)
