"""Error laws of log-linear duration models: log density and log survival with derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Exponential:
    """Constant hazard: a Weibull model with scale 1."""

    name: str = "exponential"


@dataclass(frozen=True)
class Weibull:
    """Hazard that rises or falls as a power of time; also proportional hazards.

    The log hazard ratio of a covariate is minus its coefficient over the scale.
    """

    name: str = "Weibull"


@dataclass(frozen=True)
class LogNormal:
    """Normal log durations: the hazard rises and then falls."""

    name: str = "log-normal"


@dataclass(frozen=True)
class LogLogistic:
    """Logistic log durations: proportional odds."""

    name: str = "log-logistic"


Family = Exponential | Weibull | LogNormal | LogLogistic


def log_density(family: Family, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Log density of the error at z, with its first and second derivatives."""
    if isinstance(family, LogNormal):
        return -0.5 * z**2 - _LOG_ROOT_2PI, -z, -np.ones_like(z)
    if isinstance(family, LogLogistic):
        share = special.expit(z)
        return z - 2 * np.logaddexp(0.0, z), 1 - 2 * share, -2 * share * special.expit(-z)
    power = np.exp(z)
    return z - power, 1 - power, -power


def log_survival(family: Family, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Log of the upper tail at z, with its first and second derivatives."""
    if isinstance(family, LogNormal):
        tail = special.log_ndtr(-z)
        mills = np.exp(-0.5 * z**2 - _LOG_ROOT_2PI - tail)
        return tail, -mills, -mills * (mills - z)
    if isinstance(family, LogLogistic):
        share = special.expit(z)
        return -np.logaddexp(0.0, z), -share, -share * special.expit(-z)
    power = np.exp(z)
    return -power, -power, -power
