"""Coverage of a shift-share regression whose errors follow the shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analyses.machinery.studies.plan import Plan, Setting
from econshrink import Clustered, Heteroskedastic
from econshrink.causal import ExposureRobust, akm0_interval, half_width
from econshrink.core.arrays import Floats
from econshrink.core.seeds import generator
from econshrink.inference import LinearFit, Vcov, least_squares
from econshrink.lab import Answer, Study

LEVEL = 0.95
TERMS = ("HC1", "province", "AKM", "AKM0")


@dataclass(frozen=True)
class ShareSetting(Setting):
    """Cities in provinces with Dirichlet industry shares.

    Parameters
    ----------
    sectors : int
    cities, provinces : int
    sector_noise : float
        Standard deviation of the sector part of the errors, relative to that of the cities'.
    """

    sectors: int
    cities: int = 300
    provinces: int = 30
    sector_noise: float = 3.0


@dataclass(frozen=True, eq=False)
class Shares:
    """A draw: outcome and shift-share regressor less their means, shares, province."""

    outcome: Floats
    regressor: Floats
    shares: Floats
    province: np.ndarray


def draw(setting: ShareSetting, seed: int) -> Shares:
    """Draw shares, shocks and errors; the coefficient is zero."""
    rng = generator("study.exposure_robust", seed)
    shares = rng.dirichlet(np.full(setting.sectors, 0.7), setting.cities)
    x = shares @ rng.normal(size=setting.sectors)
    common = setting.sector_noise * shares @ rng.normal(size=setting.sectors)
    y = common + rng.normal(size=setting.cities)
    province = np.arange(setting.cities) % setting.provinces
    return Shares(y - y.mean(), x - x.mean(), shares, province)


def estimate(data: Shares, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Least squares with four intervals."""
    x = data.regressor[:, None]
    b, u, bread = least_squares(data.outcome, x)
    fit = LinearFit(data.outcome, x, b, u, bread)
    names = tuple(f"s{k}" for k in range(data.shares.shape[1]))
    labels = {"province": data.province}
    labels |= {f"number:{name}": data.shares[:, k] for k, name in enumerate(names)}
    options: dict[str, Vcov] = {
        TERMS[0]: Heteroskedastic("HC1"),
        TERMS[1]: Clustered("province"),
        TERMS[2]: ExposureRobust(names),
    }
    found = {}
    for name, vcov in options.items():
        covariance = vcov.covariance(fit, labels)
        error = math.sqrt(covariance.matrix[0, 0])
        reach = half_width(error, covariance.df_t, LEVEL)
        found[name] = Answer(float(b[0]), error, float(b[0]) - reach, float(b[0]) + reach)
    pieces = akm0_interval(data.outcome, data.regressor, data.regressor, data.shares, LEVEL)
    kept = any(low <= 0 <= high for low, high in pieces)
    found[TERMS[3]] = Answer(float(b[0]), math.nan, -math.inf if kept else math.inf, math.inf)
    return found


PLANS = (
    Plan(
        Study("exposure_robust", estimate, dict.fromkeys(TERMS, 0.0), draw),
        {f"{count} sectors": ShareSetting(count) for count in (18, 60, 200)},
        replicates=2000,
        title="Coverage of 95 % intervals of a shift-share regression with errors along the shares",
        module="analyses.studies.exposure_robust",
        chunk=200,
    ),
)
