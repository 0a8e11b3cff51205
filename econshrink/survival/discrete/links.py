"""Links of a discrete-time hazard: log probabilities of event and survival with two derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from econshrink.survival.kernel.intervals import Floats


@dataclass(frozen=True)
class Cloglog:
    """log(-log(1 - p)): proportional hazards in continuous time, seen in periods; the default."""

    name: str = "cloglog"


@dataclass(frozen=True)
class Logit:
    """log(p / (1 - p)): proportional odds of the event within a period."""

    name: str = "logit"


Link = Cloglog | Logit


class Terms(NamedTuple):
    """At each predictor: p, and slopes and bends (minus the second derivative) of log p, log 1-p.

    ``expected`` is the Fisher information in the predictor.
    """

    mean: Floats
    log_survival: Floats
    slope_event: Floats
    slope_survival: Floats
    bend_event: Floats
    bend_survival: Floats
    expected: Floats


def terms(eta: Floats, link: Link) -> Terms:
    """Evaluate a link; every bend is positive, so both likelihoods are concave.

    Examples
    --------
    >>> float(terms(np.zeros(1), Logit()).mean[0])
    0.5
    >>> round(float(terms(np.zeros(1), Cloglog()).mean[0]), 6)  # 1 - 1/e
    0.632121
    """
    if isinstance(link, Logit):
        mean, other = special.expit(eta), special.expit(-eta)
        weight = mean * other
        return Terms(mean, -np.logaddexp(0.0, eta), other, -mean, weight, weight, weight)
    hazard = np.exp(np.clip(eta, -700.0, 300.0))
    mean = -np.expm1(-hazard)
    # a = hazard e^-hazard / mean: slope of log(mean); 1 - hazard - a is -hazard/2 near zero.
    slope = hazard / mean * (1.0 - mean)
    bend = np.where(hazard < 1e-6, hazard / 2, slope + hazard - 1.0) * slope
    return Terms(mean, -hazard, slope, -hazard, bend, hazard, slope * hazard)
