"""Likelihood of log-linear durations with late entry, in coordinates that make it concave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.estimate.survival.cox_newton import Point
from econshrink.estimate.survival.design import SurvivalArrays, SurvivalDesign, standardise
from econshrink.estimate.survival.parametric_families import (
    Exponential,
    Family,
    log_density,
    log_survival,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DurationRows:
    """Rows of the likelihood: the error at exit is ``exit @ theta``, at entry ``entry @ theta``.

    With ``fixed`` the scale is 1 and the log times enter as `exit_time` and `entry_time`.
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
            events = int(self.event.sum())
            loglik += events * float(np.log(theta[-1]))
            score[-1] += events / theta[-1]
            information[-1, -1] += events / theta[-1] ** 2
        return Point(theta, loglik, score, information)

    def row_scores(self, theta: Floats) -> Floats:
        """Score of every row, shape (n, k)."""
        scores = self.exit * self._exit_terms(theta)[1][:, None]
        scores[self.late] -= self.entry * self._entry_terms(theta)[1][:, None]
        if not self.fixed:
            scores[:, -1] += self.event / theta[-1]
        return scores

    def _exit_terms(self, theta: Floats) -> tuple[Floats, ...]:
        z = self.exit @ theta + self.exit_time
        with np.errstate(over="ignore", invalid="ignore"):
            died, alive = log_density(self.family, z), log_survival(self.family, z)
        return tuple(np.where(self.event, d, a) for d, a in zip(died, alive, strict=True))

    def _entry_terms(self, theta: Floats) -> tuple[Floats, ...]:
        with np.errstate(over="ignore", invalid="ignore"):
            return log_survival(self.family, self.entry @ theta + self.entry_time)


def duration_rows(arrays: SurvivalArrays, design: SurvivalDesign, family: Family) -> DurationRows:
    """Lay out the rows of the likelihood; covariates are centred and scaled."""
    x, centre, spread = standardise(arrays.x, design.covariates)
    fixed = isinstance(family, Exponential)
    late = arrays.start > 0
    log_stop = np.log(arrays.stop)
    log_start = np.log(arrays.start[late])
    plain = -np.hstack([x, np.ones((len(x), 1))])
    ends = plain if fixed else np.hstack([plain, log_stop[:, None]])
    entries = plain[late] if fixed else np.hstack([plain[late], log_start[:, None]])
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
        log_time=float(log_stop[arrays.event].sum()),
        fixed=fixed,
    )
