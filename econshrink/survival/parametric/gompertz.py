"""Gompertz proportional hazards: a hazard that grows or falls exponentially with time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.inference.vcov import Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.design import standardise, survival_arrays, survival_spec
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import Point, maximise
from econshrink.survival.options import (
    SurvivalCovariance,
    score_covariance,
)
from econshrink.survival.parametric.accelerated import last_free_times, require_spread

GOMPERTZ = "Gompertz"
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)


@takes_tables
def fit_gompertz(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    vcov: SurvivalCovariance = Iid(),  # noqa: B008  (a frozen option object)
    last_free: str | None = None,
) -> Estimate:
    r"""Fit the hazard :math:`h(t) = \exp(\mu + \gamma t + x'\beta)` by maximum likelihood.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        Late entry and covariates that change with time are allowed.
    covariates : sequence of str
        May be empty.
    vcov : Iid, Heteroskedastic or Clustered
        As in `fit_parametric`.
    last_free : str, optional
        As in `fit_parametric`: events lie in ``(last_free, stop]``.

    Returns
    -------
    Estimate
        Terms ``(Intercept)``, the covariates (log hazard ratios) and ``t``, the slope of the log
        hazard in time. `stats` holds ``loglik``, ``events`` and ``iterations``.

    Raises
    ------
    SpecError
        Missing, constant or collinear covariates.
    DataError
        Values that are not finite, or no events.
    ConvergenceError
        No finite maximum.

    Notes
    -----
    Gompertz (1825). The log-likelihood without intervals is concave. Integrals of the hazard over a
    row are by Gauss-Legendre quadrature with 40 nodes, exact to rounding unless the hazard changes
    by more than some e^50 within a row; so a slope of 0 needs no formula of its own.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b", "c", "d"], "start": 0,
    ...     "stop": [1, 2, 3, 3], "event": [1, 1, 1, 0]}), rule_id="example")
    >>> fit_gompertz(spells, []).coefficient("t") > 0
    True
    """
    design = survival_spec(spells, covariates, vcov=vcov, family=GOMPERTZ)
    arrays = survival_arrays(spells, design)
    x, centre, spread = standardise(arrays.x, design.covariates)
    unit = float(np.abs([arrays.start, arrays.stop]).max())
    free = last_free_times(spells, arrays, last_free)
    require_spread(arrays)
    rows = _Rows(
        np.hstack([x, np.ones((len(x), 1))]),
        arrays.start / unit,
        arrays.stop / unit,
        arrays.event,
        free / unit,
        arrays.event & (free < arrays.stop),
    )
    k = x.shape[1]
    start = np.zeros(k + 2)
    start[k] = np.log(arrays.event.sum() / (rows.stop - rows.start).sum())
    names = (*design.covariates, "(Intercept)", "t")
    solution = maximise(rows.point, x, names, start)
    theta = solution.best.beta
    back = np.zeros((k + 2, k + 2))  # rows: intercept, covariates, time
    back[0, :k], back[0, k] = -centre / spread, 1.0
    back[1 : k + 1, :k] = np.diag(1 / spread)
    back[-1, -1] = 1 / unit
    coefficients = back @ theta
    coefficients[0] -= np.log(unit)
    covariance, label, clusters = score_covariance(
        spells, vcov, solution.inverse, lambda: rows.row_scores(theta)
    )
    events = float(arrays.event.sum())
    return Estimate(
        method="Gompertz proportional hazards",
        terms=("(Intercept)", *design.covariates, "t"),
        coefficients=coefficients,
        covariance=back @ covariance @ back.T,
        vcov_label=label,
        small_sample="none",
        nobs=len(arrays.stop),
        clusters=clusters,
        stats={
            "loglik": solution.best.loglik - rows.exact.sum() * np.log(unit),
            "events": events,
            "interval_events": float(rows.between.sum()),
            "iterations": float(solution.iterations),
        },
        spec=design,
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="parametric",
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Covariates with a column of ones, and the ends of each row in units of the longest time."""

    x: Floats
    start: Floats
    stop: Floats
    event: NDArray[np.bool_]
    free: Floats
    between: NDArray[np.bool_]

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Rows whose event is at the exit."""
        return self.event & ~self.between

    def point(self, theta: Floats) -> Point:
        """Log-likelihood, score and information at (coefficients, intercept, slope)."""
        eta = self.x @ theta[:-1]
        hazard = self._integrals(theta, self.start, self.free)
        if not np.isfinite(hazard).all():
            return _nowhere(theta)
        loglik = float(self.exact @ (eta + theta[-1] * self.stop) - hazard[0].sum())
        information = _curvature(self.x, hazard)
        if self.between.any():
            last = self._last(theta)
            if not np.isfinite(last).all():
                return _nowhere(theta)
            other = _odds(last[0])
            loglik += float(np.log(-np.expm1(-last[0])).sum())
            slope = self._slopes(last)
            information += (slope * (other * (1 + other))[:, None]).T @ slope
            information -= _curvature(self.x[self.between], last * other)
        return Point(theta, loglik, self.row_scores(theta).sum(axis=0), information)

    def row_scores(self, theta: Floats) -> Floats:
        """Score of every row, shape (n, k + 2)."""
        hazard = self._integrals(theta, self.start, self.free)
        by_level = self.x * (self.exact - hazard[0])[:, None]
        scores = np.column_stack([by_level, self.exact * self.stop - hazard[1]])
        if self.between.any():
            last = self._last(theta)
            scores[self.between] += self._slopes(last) * _odds(last[0])[:, None]
        return scores

    def _last(self, theta: Floats) -> Floats:
        """Integrals over the interval in which the event lies; (3, rows between)."""
        return self._integrals(theta, self.free, self.stop)[:, self.between]

    def _slopes(self, last: Floats) -> Floats:
        """Derivative of the cumulative hazard over that interval, shape (rows between, k + 2)."""
        return np.column_stack([self.x[self.between] * last[0][:, None], last[1]])

    def _integrals(self, theta: Floats, start: Floats, stop: Floats) -> Floats:
        return hazard_integrals(self.x @ theta[:-1], float(theta[-1]), start, stop)


def hazard_integrals(eta: Floats, slope: float, start: Floats, stop: Floats) -> Floats:
    """Integrals of h, u h and u^2 h for h(u) = exp(eta + slope u) from start to stop; (3, n)."""
    half, middle = (stop - start) / 2, (stop + start) / 2
    total = np.zeros((3, len(eta)))
    with np.errstate(over="ignore", invalid="ignore"):
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            u = middle + half * node
            part = weight * half * np.exp(eta + slope * u)
            total += part * np.stack([np.ones_like(u), u, u * u])
    return total


def _curvature(x: Floats, hazard: Floats) -> Floats:
    """Second derivative of the summed cumulative hazards, shape (k + 2, k + 2)."""
    mixed = x.T @ hazard[1]
    dense = (x * hazard[0][:, None]).T @ x
    return np.block([[dense, mixed[:, None]], [mixed[None, :], hazard[2].sum()]])


def _odds(hazard: Floats) -> Floats:
    """Odds of passing through an interval with this cumulative hazard, 1 / (e^H - 1)."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / np.expm1(hazard))


def _nowhere(theta: Floats) -> Point:
    return Point(theta, -np.inf, np.zeros(len(theta)), np.eye(len(theta)))
