"""State-space model of true growth and of an annual series that shows part of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True)
@typed_fields
class GrowthModel:
    """True log level with slowly moving growth, and an annual series that drifts away from it.

    With m the true log level, a the log annual series on its own base, t years since the census:

    - m(t) = m(t-1) + g(t) + e(t), e ~ N(0, yearly²);
    - g(t) = g(t-1) + h(t), h ~ N(0, step²), g(1) ~ N(growth, spread²);
    - a(t) - a(0) = passed (m(t) - m(0)) + b t + w(t) + v(t), b ~ N(drift,
      drift_spread²), w(t) = w(t-1) + u(t), u ~ N(0, wander²), v ~ N(0, noise²).

    Parameters
    ----------
    growth, spread : float
        Mean and standard deviation over cities of true growth in the first year, log points.
    step : float
        Standard deviation of the yearly step of growth (local linear trend).
    yearly : float
        Standard deviation of growth shocks of one year.
    passed : float
        Share of true growth that the annual series shows; 1 if none is smoothed away.
    drift, drift_spread : float
        Mean and standard deviation over cities of a steady yearly error, log points.
    wander : float
        Standard deviation of an error of one year that stays in the annual level.
    noise : float
        Standard deviation of an error of one year that does not stay, log points.

    Raises
    ------
    SpecError
        A negative standard deviation, a share that is not positive, or no variance at all in
        yearly growth and annual level.

    Examples
    --------
    >>> GrowthModel(0.0, 0.01, 0.002, 0.003, 0.3, 0.0, 0.001, 0.0, 0.002).passed
    0.3
    """

    growth: float
    spread: float
    step: float
    yearly: float
    passed: float
    drift: float
    drift_spread: float
    wander: float
    noise: float

    def __post_init__(self) -> None:
        deviations = ("spread", "step", "yearly", "drift_spread", "wander", "noise")
        faults = [
            Fault(f"{name} {getattr(self, name)}", "zero or more", "Mend it.")
            for name in deviations
            if not getattr(self, name) >= 0
        ]
        if not self.passed > 0:
            faults.append(Fault(f"passed {self.passed}", "a positive share", "Mend it."))
        if self.yearly == 0 or self.noise == 0:
            seen = f"yearly {self.yearly}, noise {self.noise}"
            remedy = "Use a small positive number: an exact series leaves nothing to smooth."
            faults.append(Fault(seen, "both above zero", remedy))
        raise_all(SpecError, faults)


@register
@dataclass(frozen=True)
@typed_fields
class GrowthMixture:
    """Classes of cities whose annual series miss growth to different degrees.

    Parameters
    ----------
    models : tuple of GrowthModel
        One a class.
    weights : tuple of float
        Shares of the classes, positive, summing to one.

    Raises
    ------
    SpecError
        Weights that do not fit.

    Examples
    --------
    >>> sound = GrowthModel(0.0, 0.01, 0.002, 0.003, 1.0, 0.0, 0.0, 0.0, 0.002)
    >>> GrowthMixture((sound,), (1.0,)).weights
    (1.0,)
    """

    models: tuple[GrowthModel, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))
        object.__setattr__(self, "weights", tuple(self.weights))
        fit = len(self.models) == len(self.weights) and all(w > 0 for w in self.weights)
        if not fit or abs(sum(self.weights) - 1) > 1e-9:
            seen = f"{len(self.models)} classes with weights {self.weights}"
            remedy = "Give every class a weight."
            raise SpecError(Fault(seen, "a positive weight a class, summing to one", remedy))


def level_parts(years: int) -> tuple[Floats, Floats, Floats]:
    """Covariance of m(1..T) - m(0) per unit of `spread`, `step` and `yearly` squared, (T, T).

    Examples
    --------
    >>> spread, step, yearly = level_parts(2)
    >>> spread.tolist(), step.tolist(), yearly.tolist()
    ([[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 2.0]])
    """
    time = np.arange(1.0, years + 1)
    add = np.tril(np.ones((years, years)))
    steps = add @ add[:, 1:]  # growth of a year is the sum of the steps up to it
    return np.outer(time, time), steps @ steps.T, add @ add.T


def reading(passed: float, years: int) -> Floats:
    """How what is seen reads the true levels: a(1..T-1), then m(T); shape (T, T)."""
    seen = passed * np.eye(years)
    seen[-1, -1] = 1.0
    return seen


def error_parts(years: int) -> tuple[Floats, Floats, Floats]:
    """Covariance of what is seen per unit of `drift_spread`, `wander`, `noise` squared, (T, T)."""
    time = np.append(np.arange(1.0, years), 0.0)
    wander = np.minimum.outer(time, time)
    return np.outer(time, time), wander, np.diag(np.append(np.ones(years - 1), 0.0))


def level_covariance(model: GrowthModel, years: int) -> Floats:
    """Covariance of m(1..T) - m(0) before anything is seen, shape (T, T)."""
    spread, step, yearly = level_parts(years)
    covariance: Floats = model.spread**2 * spread + model.step**2 * step + model.yearly**2 * yearly
    return covariance


def seen_moments(model: GrowthModel, years: int) -> tuple[Floats, Floats]:
    """Mean and covariance of a(1..T-1) - a(0), m(T) - m(0); shapes (T,) and (T, T)."""
    reads, errors = reading(model.passed, years), error_parts(years)
    time = np.arange(1.0, years + 1)
    mean = reads @ (model.growth * time) + model.drift * np.append(time[:-1], 0.0)
    covariance = reads @ level_covariance(model, years) @ reads.T
    sizes = (model.drift_spread, model.wander, model.noise)
    for size, part in zip(sizes, errors, strict=True):
        covariance = covariance + size**2 * part
    return mean, covariance


def true_levels(model: GrowthModel, seen: Floats) -> tuple[Floats, Floats]:
    """True log levels given what was seen: exact conditioning of the joint normal law.

    Parameters
    ----------
    model : GrowthModel
    seen : ndarray, shape (cities, T)
        a(1..T-1) - a(0), missing where there is no figure, then m(T) - m(0), always there.

    Returns
    -------
    tuple of ndarray
        Mean of m(1..T) - m(0), shape (cities, T), and its covariance, shape (cities, T, T).

    Notes
    -----
    Equal to the Kalman smoother of the model with the closing census as an observation without
    error, solved in one step because a decade is short; cities that lack the same years share
    one system.
    """
    years = seen.shape[1]
    mean, covariance = seen_moments(model, years)
    prior, reads = level_covariance(model, years), reading(model.passed, years)
    centre = model.growth * np.arange(1.0, years + 1)
    values, spread = np.empty_like(seen), np.empty((len(seen), years, years))
    patterns, group = np.unique(np.isfinite(seen), axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        rows = np.flatnonzero(group.ravel() == place)
        cross = prior @ reads[pattern].T
        gain = np.linalg.solve(covariance[np.ix_(pattern, pattern)], cross.T).T
        values[rows] = centre + (seen[np.ix_(rows, pattern)] - mean[pattern]) @ gain.T
        left = prior - gain @ cross.T
        left[-1], left[:, -1] = 0.0, 0.0  # the census is exact
        spread[rows] = (left + left.T) / 2
    values[:, -1] = seen[:, -1]
    return values, spread


def log_densities(model: GrowthModel, seen: Floats) -> Floats:
    """Log density of what is seen of every city, shape (cities,); `seen` as for `true_levels`."""
    mean, covariance = seen_moments(model, seen.shape[1])
    density = np.empty(len(seen))
    patterns, group = np.unique(np.isfinite(seen), axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        rows = np.flatnonzero(group.ravel() == place)
        residual = seen[np.ix_(rows, pattern)] - mean[pattern]
        part = covariance[np.ix_(pattern, pattern)]
        distance = np.sum(residual * np.linalg.solve(part, residual.T).T, axis=1)
        constant = pattern.sum() * np.log(2 * np.pi) + np.linalg.slogdet(part)[1]
        density[rows] = -0.5 * (distance + constant)
    return density


def memberships(mixture: GrowthMixture, seen: Floats) -> Floats:
    """Probability of every class given what is seen, shape (cities, classes)."""
    density = np.column_stack([log_densities(model, seen) for model in mixture.models])
    density += np.log(mixture.weights)
    weight = np.exp(density - density.max(axis=1, keepdims=True))
    share: Floats = weight / weight.sum(axis=1, keepdims=True)
    return share


def mixed_levels(mixture: GrowthMixture, seen: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of the true log levels over all classes; shapes as of `true_levels`."""
    share = memberships(mixture, seen)
    found = [true_levels(model, seen) for model in mixture.models]
    mean = sum(share[:, [k]] * values for k, (values, _) in enumerate(found))
    covariance = np.zeros(found[0][1].shape)
    for k, (values, spread) in enumerate(found):
        away = values - mean
        covariance += share[:, k, None, None] * (spread + away[:, :, None] * away[:, None, :])
    return np.asarray(mean), covariance
