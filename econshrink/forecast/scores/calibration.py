"""Is a probability what it says? Calibration line and curve, decisions, lead time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats, codes, group_sums
from econshrink.core.errors import ConvergenceError, DataError, Fault, SpecError
from econshrink.forecast.scores.checks import both_outcomes, chances

EDGE = 1e-3  # probabilities of draws are known to about a thousandth; logits need a bound
_Z = float(special.ndtri(0.975))


@dataclass(frozen=True)
class CalibrationLine:
    """Logit of the event on the logit of its probability.

    Parameters
    ----------
    slope, intercept : float
        1 and 0 if calibrated; a slope below 1: probabilities too extreme.
    slope_error, intercept_error : float
        Standard errors, clustered if clusters were given.
    cases, clusters : int
    """

    slope: float
    intercept: float
    slope_error: float
    intercept_error: float
    cases: int
    clusters: int

    def band(self, probability: Floats) -> tuple[Floats, Floats, Floats]:
        """Fitted frequency at `probability` and a pointwise 95% band that treats both as normal.

        The covariance of slope and intercept is left out, so the band is only a guide.
        """
        x = _logit(np.asarray(probability, dtype=float))
        middle = self.intercept + self.slope * x
        reach = _Z * np.hypot(self.intercept_error, self.slope_error * x)
        return tuple(np.asarray(special.expit(v)) for v in (middle, middle - reach, middle + reach))  # type: ignore[return-value]


def calibration_line(
    probability: Floats, event: Floats, clusters: np.ndarray | None = None
) -> CalibrationLine:
    """Fit ``logit P(event) = intercept + slope · logit(probability)`` (Cox 1958).

    Probabilities are kept `EDGE` away from 0 and 1; `clusters` (n,) are labels, such as provinces,
    whose cases may hang together. `DataError` if the event always or never happened or all
    probabilities are equal, `ConvergenceError` if they separate the outcomes.
    """
    p, y = chances(probability, event)
    both_outcomes(y, "A calibration line")
    x = _logit(p)
    if np.ptp(x) == 0:
        raise DataError(
            Fault("one probability for all", "several", "A constant has no slope: score its mean.")
        )
    design = np.column_stack([np.ones_like(x), x])
    beta = _logistic(design, y)
    fitted = special.expit(design @ beta)
    bread = np.linalg.inv((design * (fitted * (1 - fitted))[:, None]).T @ design)
    score = design * (y - fitted)[:, None]
    group, count = codes(np.arange(len(y)) if clusters is None else np.asarray(clusters))
    sums = group_sums(score, group, count)
    covariance = bread @ (sums.T @ sums * count / max(count - 1, 1)) @ bread
    errors = np.sqrt(np.diag(covariance))
    return CalibrationLine(
        float(beta[1]), float(beta[0]), float(errors[1]), float(errors[0]), len(y), count
    )


def logistic_fit(design: Floats, event: Floats) -> Floats:
    """Coefficients of a logistic regression, shape (k,); `design` (n, k) holds its own constant.

    Raises
    ------
    ConvergenceError
        The outcomes are separated by the design.
    """
    return _logistic(np.asarray(design, dtype=float), np.asarray(event, dtype=float))


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """Mean probability and frequency in bins, each shape (bins,), empty bins left out."""

    probability: Floats
    frequency: Floats
    low: Floats
    high: Floats
    cases: Floats


def calibration_curve(probability: Floats, event: Floats, bins: int = 10) -> CalibrationCurve:
    """Frequencies with Wilson 95% intervals, which take the cases as independent.

    Examples
    --------
    >>> curve = calibration_curve(np.array([0.1, 0.1, 0.9, 0.9]), np.array([0, 0, 1, 1]))
    >>> curve.frequency.tolist(), curve.cases.tolist()
    ([0.0, 1.0], [2.0, 2.0])
    """
    p, y = chances(probability, event)
    cell = np.minimum((p * bins).astype(np.intp), bins - 1)
    counts = np.bincount(cell, minlength=bins).astype(float)
    used = counts > 0
    n = counts[used]
    mean, rate = (group_sums(v, cell, bins)[used] / n for v in (p, y))
    middle = (rate + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    reach = _Z * np.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return CalibrationCurve(mean, rate, middle - reach, middle + reach, n)


def net_benefit(probability: Floats, event: Floats, thresholds: Floats) -> Floats:
    """Decision curve (Vickers and Elkin 2006): hits minus false alarms at the odds of each cut.

    Returns
    -------
    ndarray, shape (thresholds,)
        ``hits / n - false alarms / n · t / (1 - t)`` when all with probability of at least t are
        acted on. Acting on nobody is worth 0.

    Examples
    --------
    >>> net_benefit(np.array([0.9, 0.2]), np.array([1, 0]), np.array([0.5, 0.1])).round(4)
    array([0.5   , 0.4444])
    """
    p, y = chances(probability, event)
    cuts = np.asarray(thresholds, dtype=float)
    if not ((cuts > 0) & (cuts < 1)).all():
        raise SpecError(Fault("thresholds outside (0, 1)", "0 < t < 1", "Choose others."))
    acted = p[None, :] >= cuts[:, None]
    hits, alarms = (acted * y).mean(axis=1), (acted * (1 - y)).mean(axis=1)
    return np.asarray(hits - alarms * cuts / (1 - cuts))


@dataclass(frozen=True)
class AlarmRecord:
    """How early and how wrongly an alarm rang.

    Parameters
    ----------
    lead_time : float
        Mean years from the first alarm to the event, over events that had one before them.
    warned : int
        Events with an alarm before them.
    events : int
    false_alarms_per_100 : float
        Alarms with no event within the horizon, per 100 city-years watched.
    watched : int
        City-years.
    """

    lead_time: float
    warned: int
    events: int
    false_alarms_per_100: float
    watched: int


def alarm_record(alarm: np.ndarray, onset: Floats, years: Floats, horizon: int) -> AlarmRecord:
    """Score alarms against the year of the event.

    Parameters
    ----------
    alarm : ndarray of bool, shape (cities, years)
    onset : ndarray, shape (cities,)
        Year of the event, NaN if none was seen.
    years : ndarray, shape (years,)
    horizon : int
        An alarm is right if the event follows within that many years. Alarms whose horizon ends
        after the last year count only if the event came.

    Examples
    --------
    >>> ring = np.array([[False, True, True, False], [True, False, False, False]])
    >>> alarm_record(ring, np.array([2013.0, np.nan]), np.arange(2010.0, 2014.0), 2)
    AlarmRecord(lead_time=2.0, warned=1, events=1, false_alarms_per_100=20.0, watched=5)
    """
    if horizon < 1:
        raise SpecError(Fault(f"horizon {horizon}", "at least one year", "Widen it."))
    alarm, years = np.asarray(alarm, dtype=bool), np.asarray(years, dtype=float)
    ahead = np.asarray(onset, dtype=float)[:, None] - years[None, :]
    before = ~(ahead <= 0)  # still watched: the event has not come yet
    right = (ahead > 0) & (ahead <= horizon)
    judged = before & (right | (years[None, :] + horizon <= years[-1]))
    early = alarm & (ahead > 0)
    warned = early.any(axis=1)
    first = np.where(warned, np.max(np.where(early, ahead, -np.inf), axis=1), np.nan)
    watched = int(judged.sum())
    false = int((alarm & judged & ~right).sum())
    return AlarmRecord(
        float(first[warned].mean()) if warned.any() else float("nan"),
        int(warned.sum()),
        int(np.isfinite(onset).sum()),
        100 * false / watched if watched else float("nan"),
        watched,
    )


def _logit(p: Floats) -> Floats:
    return np.asarray(special.logit(np.clip(p, EDGE, 1 - EDGE)))


def _logistic(design: Floats, y: Floats) -> Floats:
    """Newton's method; the likelihood is concave, so steps are halved only when they overshoot."""
    beta = np.zeros(design.shape[1])
    gain = -np.inf
    for _ in range(50):
        fitted = special.expit(design @ beta)
        hessian = (design * (fitted * (1 - fitted))[:, None]).T @ design
        try:
            step = np.linalg.solve(hessian, design.T @ (y - fitted))
        except np.linalg.LinAlgError:
            break
        beta = beta + step
        eta = design @ beta
        new = float(y @ eta - np.logaddexp(0, eta).sum())
        if np.abs(step).max() < 1e-10:
            return np.asarray(beta)
        while new < gain - 1e-8 and np.abs(step).max() > 1e-8:
            step = step / 2
            beta = beta - step
            eta = design @ beta
            new = float(y @ eta - np.logaddexp(0, eta).sum())
        gain = new
    raise ConvergenceError(
        Fault(
            "no finite logistic fit",
            "outcomes that overlap",
            "The probabilities separate the outcomes: a line says nothing; look at the curve.",
        )
    )
