"""Maximum likelihood of the growth model, pooled over cities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault, SpecError
from econshrink.data.closing.growth_model import (
    GrowthMixture,
    GrowthModel,
    error_parts,
    level_parts,
    reading,
)

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

SMALLEST = 5e-4  # log points; keeps a variance off its boundary, below any census error
SCALE = 0.01  # means are searched in percent, so that all parameters are of one size
_LOG_BOUNDS = (float(np.log(SMALLEST)), 0.0)
_PASSED_BOUNDS = (0.02, 1.5)
_LOGIT_BOUNDS = (-8.0, 8.0)
_VARIANCE_SCALE = 1e5  # variances are of the order of 1e-5; the search wants numbers near one
_SHARED = 5  # growth, and the logs of spread, step, yearly, noise
_OWN = 4  # of a class: passed, drift, and the logs of drift_spread, wander


def fit_growth_model(seen: Floats, classes: int = 3) -> tuple[GrowthMixture, float]:
    """Estimate the growth model by maximum likelihood, pooled over cities.

    Parameters
    ----------
    seen : ndarray, shape (cities, T)
        As for `true_levels`: annual log levels since the opening census, then the log change
        from census to census.
    classes : int
        Classes of cities that differ in how much growth their annual series passes on, drifts
        and wanders; the law of true growth and the noise are common to all.

    Returns
    -------
    tuple
        The mixture, the class that passes on most first, and the log likelihood.

    Raises
    ------
    SpecError
        Fewer than ten cities a class or fewer than three years between the censuses: too
        little to tell the parameters apart; state them instead.
    ConvergenceError
        The search did not converge from any start.

    Notes
    -----
    What tells the share `passed` from a steady drift is the comparison of census with annual
    growth *between* cities; that the same share holds for the ups and downs *within* a city is
    an assumption that no figure of one decade can test. The gradient is exact; a mixture may
    have several maxima, so the best of a few starts is taken. `passed` is sought up to 1.5:
    no annual series is taken to exaggerate growth by more than half.
    """
    cities, years = seen.shape
    if classes < 1 or cities < 10 * classes or years < 4:
        what = f"{cities} cities, {years - 1} years between the censuses, {classes} classes"
        expected = "at least one class, ten cities a class, three years"
        raise SpecError(Fault(what, expected, "Give the parameters: model=GrowthModel(...)."))
    likelihood = Likelihood(seen, classes)
    found = [likelihood.search(start) for start in _starts(seen, classes)]
    done = [result for result in found if result.success]
    if not done:
        what = f"a search that stopped with '{found[-1].message}'"
        remedy = "Give the parameters: model=GrowthModel(...)."
        raise ConvergenceError(Fault(what, "a maximum of the likelihood", remedy))
    best = likelihood.settle(min(done, key=lambda result: float(result.fun)).x)
    return likelihood.mixture(best.x), -float(best.fun) * cities


def _starts(seen: Floats, classes: int) -> list[Floats]:
    """Starting values: series that pass on all or less, in two proportions."""
    years = seen.shape[1]
    growth = seen[:, -1] / years
    size = max(float(growth.std()), 2 * SMALLEST)
    shared = [growth.mean() / SCALE, *np.log([size, size / 5, size / 3, size / 8])]
    found = []
    for lowest in (0.3, 0.7):
        passed = np.linspace(1.0, lowest, classes) if classes > 1 else [lowest]
        errors = np.log([size / 4, size / 8])
        own = [[p, 0.0, *(errors + rank)] for rank, p in enumerate(passed)]
        found.append(np.concatenate([shared, *own, np.zeros(classes - 1)]))
    return found


@dataclass(frozen=True, eq=False)
class _Group:
    """Cities that lack the same years."""

    rows: NDArray[np.intp]
    kept: NDArray[np.bool_]
    values: Floats


class Likelihood:
    """Gaussian mixture likelihood of `seen`, with its exact gradient.

    Parameters are ordered: growth (percent), logs of spread, step, yearly, noise; for every
    class passed, drift (percent), logs of drift_spread, wander; logits of the later weights.
    """

    def __init__(self, seen: Floats, classes: int) -> None:
        self._cities, self._years = seen.shape
        self._classes = classes
        kinds, group = np.unique(np.isfinite(seen), axis=0, return_inverse=True)
        rows = [np.flatnonzero(group.ravel() == place) for place in range(len(kinds))]
        self._groups = [
            _Group(own, kind, seen[np.ix_(own, kind)])
            for own, kind in zip(rows, kinds, strict=True)
        ]
        self._levels = level_parts(self._years)
        self._errors = error_parts(self._years)
        self._time = np.arange(1.0, self._years + 1)
        self._inside = np.append(np.ones(self._years - 1), 0.0)

    def search(self, start: Floats) -> OptimizeResult:
        """Climb from one start."""
        # Here, because it takes longer to load than everything else in this room.
        from scipy.optimize import minimize  # noqa: PLC0415

        free = (None, None)
        own = [_PASSED_BOUNDS, free, *[_LOG_BOUNDS] * 2]
        logits = [_LOGIT_BOUNDS] * (self._classes - 1)
        bounds = [free, *[_LOG_BOUNDS] * 4, *own * self._classes, *logits]
        options = {"maxiter": 1000, "maxcor": 20, "ftol": 1e-9, "gtol": 1e-5}
        found: OptimizeResult = minimize(  # type: ignore[call-overload]
            self.objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options
        )
        return found

    def settle(self, theta: Floats) -> OptimizeResult:
        """Go on to the very top, so that every processor ends at the same digits.

        Two variances can take each other's place, and one may belong at its lower bound: a
        straight valley in variances, a curved one in the logs that `search` climbs in.
        """
        from scipy.optimize import minimize  # noqa: PLC0415  (as in `search`)

        spread = np.array([1, 2, 3, 4, *self._spread_places()])
        low, high = (np.exp(2 * np.array(_LOG_BOUNDS)) * _VARIANCE_SCALE).tolist()
        bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(theta)
        for place in spread:
            bounds[place] = (low, high)
        for k in range(self._classes):
            bounds[_SHARED + _OWN * k] = _PASSED_BOUNDS
        for place in range(_SHARED + _OWN * self._classes, len(theta)):
            bounds[place] = _LOGIT_BOUNDS

        def objective(point: Floats) -> tuple[float, Floats]:
            logs = point.copy()
            logs[spread] = 0.5 * np.log(point[spread] / _VARIANCE_SCALE)
            value, slopes = self.objective(logs)
            slopes[spread] /= 2 * point[spread]
            return value, slopes

        start = theta.copy()
        start[spread] = np.exp(2 * theta[spread]) * _VARIANCE_SCALE
        found: OptimizeResult = minimize(
            objective,
            start,
            jac=True,
            method="SLSQP",
            bounds=bounds,
            options={"maxiter": 1000, "ftol": 1e-15},
        )
        found.x[spread] = 0.5 * np.log(found.x[spread] / _VARIANCE_SCALE)
        return found

    def _spread_places(self) -> list[int]:
        """Places of the classes' own standard deviations."""
        return [_SHARED + _OWN * k + own for k in range(self._classes) for own in (2, 3)]

    def mixture(self, theta: Floats) -> GrowthMixture:
        """The mixture at `theta`, the class that passes on most first."""
        weights = np.exp(self._log_weights(theta))
        order = sorted(range(self._classes), key=lambda k: -theta[_SHARED + _OWN * k])
        models = tuple(_model(self._own(theta, k)) for k in order)
        return GrowthMixture(models, tuple((weights[order] / weights.sum()).tolist()))

    def objective(self, theta: Floats) -> tuple[float, Floats]:
        """Negative log likelihood per city, and its gradient."""
        log_weights = self._log_weights(theta)
        parts = [self._own(theta, k) for k in range(self._classes)]
        moments = [self._moments(part) for part in parts]
        joint = np.column_stack([self._densities(*moment) for moment in moments]) + log_weights
        total = _log_sum(joint)
        share = np.exp(joint - total[:, None])
        gradient = np.zeros(len(theta))
        for k, (part, moment) in enumerate(zip(parts, moments, strict=True)):
            slopes = self._slopes(part, *moment, share[:, k])
            gradient[:_SHARED] += slopes[:_SHARED]
            gradient[_SHARED + _OWN * k : _SHARED + _OWN * (k + 1)] += slopes[_SHARED:]
        later = _SHARED + _OWN * self._classes
        gradient[later:] = (share.sum(axis=0) - self._cities * np.exp(log_weights))[1:]
        return -float(total.sum()) / self._cities, -gradient / self._cities

    def _log_weights(self, theta: Floats) -> Floats:
        logits = np.append(0.0, theta[_SHARED + _OWN * self._classes :])
        return np.asarray(logits - _log_sum(logits[None, :])[0], dtype=np.float64)

    def _own(self, theta: Floats, k: int) -> Floats:
        """Parameters of one class: the shared ones and its own."""
        start = _SHARED + _OWN * k
        return np.concatenate([theta[:_SHARED], theta[start : start + _OWN]])

    def _moments(self, part: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean and covariance of what is seen, and covariance of the levels."""
        squares = _variances(part)
        levels = np.zeros((self._years, self._years))
        for square, piece in zip(squares[1:4], self._levels, strict=True):
            levels += square * piece
        reads = reading(part[5], self._years)
        mean = SCALE * (part[0] * (reads @ self._time) + part[6] * self._inside * self._time)
        covariance = reads @ levels @ reads.T
        for square, piece in zip(squares[[7, 8, 4]], self._errors, strict=True):
            covariance += square * piece
        return mean, covariance, levels

    def _densities(self, mean: Floats, covariance: Floats, _levels: Floats) -> Floats:
        density = np.empty(self._cities)
        for group in self._groups:
            part = covariance[np.ix_(group.kept, group.kept)]
            residual = group.values - mean[group.kept]
            distance = np.sum((residual @ np.linalg.inv(part)) * residual, axis=1)
            constant = group.kept.sum() * np.log(2 * np.pi) + np.linalg.slogdet(part)[1]
            density[group.rows] = -0.5 * (distance + constant)
        return density

    def _slopes(
        self, part: Floats, mean: Floats, covariance: Floats, levels: Floats, share: Floats
    ) -> Floats:
        """Slopes of the weighted log density of one class by its nine parameters."""
        by_mean = np.zeros(self._years)
        by_cov = np.zeros((self._years, self._years))
        for group in self._groups:
            inverse = np.linalg.inv(covariance[np.ix_(group.kept, group.kept)])
            scaled = (group.values - mean[group.kept]) @ inverse
            own = share[group.rows]
            by_mean[group.kept] += own @ scaled
            outer = (own[:, None] * scaled).T @ scaled
            by_cov[np.ix_(group.kept, group.kept)] += 0.5 * (outer - own.sum() * inverse)
        reads = reading(part[5], self._years)
        by_levels = reads.T @ by_cov @ reads
        scale = 2 * _variances(part)
        moved = np.diag(self._inside)
        rise = SCALE * part[0] * self._inside * self._time
        slopes = [
            SCALE * (by_mean @ reads @ self._time),
            *(scale[1 + i] * np.sum(by_levels * piece) for i, piece in enumerate(self._levels)),
            scale[4] * np.sum(by_cov * self._errors[2]),
            by_mean @ rise + 2 * np.sum(by_cov * (moved @ levels @ reads.T)),
            SCALE * (by_mean @ (self._inside * self._time)),
            *(scale[7 + i] * np.sum(by_cov * self._errors[i]) for i in range(2)),
        ]
        return np.array(slopes, dtype=float)


def _variances(part: Floats) -> Floats:
    """Variances at the places of their log standard deviations; one elsewhere, never used."""
    logs = np.zeros(len(part))
    places = [1, 2, 3, 4, 7, 8]
    logs[places] = part[places]
    variances: Floats = np.exp(2 * logs)
    return variances


def _log_sum(logs: Floats) -> Floats:
    """Log of the sum of the exponentials of every row, without overflow."""
    top = logs.max(axis=1)
    total: Floats = top + np.log(np.exp(logs - top[:, None]).sum(axis=1))
    return total


def _model(part: Floats) -> GrowthModel:
    growth, drift = (SCALE * part[[0, 6]]).tolist()
    spread, step, yearly, noise = np.exp(part[1:5]).tolist()
    drift_spread, wander = np.exp(part[7:]).tolist()
    return GrowthModel(
        growth, spread, step, yearly, float(part[5]), drift, drift_spread, wander, noise
    )
