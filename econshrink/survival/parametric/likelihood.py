"""Likelihood of log-linear durations with late entry and intervals, in concave coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.field_types import typed_fields
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.design import SurvivalArrays, standardise
from econshrink.survival.kernel.newton import Point

_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
@typed_fields
class Exponential:
    """Constant hazard: a Weibull model with scale 1."""

    name: str = "exponential"


@dataclass(frozen=True)
@typed_fields
class Weibull:
    """Hazard that rises or falls as a power of time; also proportional hazards.

    The log hazard ratio of a covariate is minus its coefficient over the scale.
    """

    name: str = "Weibull"


@dataclass(frozen=True)
@typed_fields
class LogNormal:
    """Normal log durations: the hazard rises and then falls."""

    name: str = "log-normal"


@dataclass(frozen=True)
@typed_fields
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


@dataclass(frozen=True, eq=False)
class DurationRows:
    """Rows of the likelihood: the error at exit is ``exit @ theta``, at entry ``entry @ theta``.

    With ``fixed`` the scale is 1 and the log times enter as `exit_time` and `entry_time`. In the
    rows `between` the event is known to lie after a time whose error is ``free @ theta``, and up to
    the exit; `ever` says where that time is later than 0.
    """

    family: Family
    x: Floats
    centre: Floats
    spread: Floats
    event: NDArray[np.bool_]
    late: NDArray[np.bool_]
    exit: Floats
    entry: Floats
    exit_time: Floats
    entry_time: Floats
    log_time: float
    fixed: bool
    between: NDArray[np.bool_]
    free: Floats
    free_time: Floats
    ever: NDArray[np.bool_]

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Rows whose event is at the exit."""
        return self.event & ~self.between

    def point(self, theta: Floats) -> Point:
        """Log-likelihood, score and observed information at (beta/sigma, 1/sigma)."""
        k = len(theta)
        if not self.fixed and theta[-1] <= 0:
            return Point(theta, -np.inf, np.zeros(k), np.eye(k))
        value, slope, bend = self._exit_terms(theta)
        before, slope0, bend0 = self._entry_terms(theta)
        loglik = float(value.sum() - before.sum()) - self.log_time
        score = self.exit.T @ slope - self.entry.T @ slope0
        information = (self.entry * bend0[:, None]).T @ self.entry
        information -= (self.exit * bend[:, None]).T @ self.exit
        if not self.fixed:
            events = int(self.exact.sum())
            loglik += events * float(np.log(theta[-1]))
            score[-1] += events / theta[-1]
            information[-1, -1] += events / theta[-1] ** 2
        if self.between.any():
            value, scores, bent = self._interval_terms(theta)
            loglik += float(value.sum())
            score += scores.sum(axis=0)
            information += bent
        return Point(theta, loglik, score, information)

    def row_scores(self, theta: Floats) -> Floats:
        """Score of every row, shape (n, k)."""
        scores = self.exit * self._exit_terms(theta)[1][:, None]
        scores[self.late] -= self.entry * self._entry_terms(theta)[1][:, None]
        if not self.fixed:
            scores[:, -1] += self.exact / theta[-1]
        if self.between.any():
            scores[self.between] += self._interval_terms(theta)[1]
        return scores

    def _interval_terms(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Log of S(free) - S(exit) of each row between, its score, and the summed information."""
        exits = self.exit[self.between]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            late = log_survival(self.family, exits @ theta + self.exit_time[self.between])
            before = log_survival(self.family, self.free @ theta + self.free_time)
            early = [np.where(self.ever, part, 0.0) for part in before]
            gap = early[0] - late[0]
            value = early[0] + np.log(-np.expm1(-gap))
            weight = -1 / np.expm1(-gap)
            other = 1 / np.expm1(gap)  # weight - 1, without cancellation
        apart = self.free * early[1][:, None] - exits * late[1][:, None]
        scores = self.free * early[1][:, None] + apart * other[:, None]
        information = (apart * (weight * other)[:, None]).T @ apart
        information -= (self.free * (weight * early[2])[:, None]).T @ self.free
        information += (exits * (other * late[2])[:, None]).T @ exits
        return value, scores, information

    def _exit_terms(self, theta: Floats) -> tuple[Floats, ...]:
        z = self.exit @ theta + self.exit_time
        with np.errstate(over="ignore", invalid="ignore"):
            died, alive = log_density(self.family, z), log_survival(self.family, z)
        exact, apart = self.exact, self.between
        return tuple(
            np.where(apart, 0.0, np.where(exact, d, a)) for d, a in zip(died, alive, strict=True)
        )

    def _entry_terms(self, theta: Floats) -> tuple[Floats, ...]:
        with np.errstate(over="ignore", invalid="ignore"):
            return log_survival(self.family, self.entry @ theta + self.entry_time)


def duration_rows(
    arrays: SurvivalArrays, design: SurvivalSpec, family: Family, free: Floats
) -> DurationRows:
    """Lay out the rows of the likelihood; covariates are centred and scaled.

    `free` is the time after which the event of a row lies; its exit if the event is dated exactly.
    """
    x, centre, spread = standardise(arrays.x, design.covariates)
    fixed = isinstance(family, Exponential)
    late = arrays.start > 0
    log_stop = np.log(arrays.stop)
    log_start = np.log(arrays.start[late])
    plain = -np.hstack([x, np.ones((len(x), 1))])
    ends = plain if fixed else np.hstack([plain, log_stop[:, None]])
    entries = plain[late] if fixed else np.hstack([plain[late], log_start[:, None]])
    between = arrays.event & (free < arrays.stop)
    ever = free[between] > 0
    log_free = np.log(np.where(ever, free[between], 1.0))
    bounds = plain[between] if fixed else np.hstack([plain[between], log_free[:, None]])
    return DurationRows(
        family=family,
        x=x,
        centre=centre,
        spread=spread,
        event=arrays.event,
        late=late,
        exit=ends,
        entry=entries,
        exit_time=log_stop if fixed else np.zeros(len(x)),
        entry_time=log_start if fixed else np.zeros(int(late.sum())),
        log_time=float(log_stop[arrays.event & ~between].sum()),
        fixed=fixed,
        between=between,
        free=bounds,
        free_time=log_free if fixed else np.zeros(int(between.sum())),
        ever=ever,
    )
