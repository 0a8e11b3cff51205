"""Scores of event probabilities: Brier with its parts, skill, log score, ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, group_sums
from econshrink.core.errors import DataError, Fault
from econshrink.forecast.scores.checks import both_outcomes, chances


def brier(probability: Floats, event: Floats) -> float:
    """Mean squared distance between probability and outcome; 0 is best.

    Examples
    --------
    >>> brier(np.array([1.0, 0.5]), np.array([1, 0]))
    0.125
    """
    p, y = chances(probability, event)
    return float(np.mean((p - y) ** 2))


@dataclass(frozen=True)
class BrierParts:
    """Murphy's parts of the Brier score.

    Parameters
    ----------
    reliability : float
        Weighted squared gap between mean probability and frequency in the bins; 0 is best.
    resolution : float
        Weighted squared gap between the frequency in the bins and overall; large is good.
    uncertainty : float
        Variance of the event.
    within : float
        What binning loses (Stephenson and others 2008): spread of the probabilities inside the
        bins minus twice their covariance with the event there.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def score(self) -> float:
        """The Brier score again: the parts add up exactly."""
        return self.reliability - self.resolution + self.uncertainty + self.within


def murphy(probability: Floats, event: Floats, bins: int = 10) -> BrierParts:
    """Decompose the Brier score over equally wide bins of probability."""
    p, y = chances(probability, event)
    cell = np.minimum((p * bins).astype(np.intp), bins - 1)
    counts = np.maximum(np.bincount(cell, minlength=bins), 1)
    mean_p, mean_y = (group_sums(v, cell, bins) / counts for v in (p, y))
    dev_p, dev_y = p - mean_p[cell], y - mean_y[cell]
    base = float(y.mean())
    return BrierParts(
        float(np.mean((mean_p[cell] - mean_y[cell]) ** 2)),
        float(np.mean((mean_y[cell] - base) ** 2)),
        base * (1 - base),
        float(np.mean(dev_p**2) - 2 * np.mean(dev_p * dev_y)),
    )


def brier_skill(probability: Floats, event: Floats, reference: Floats | float) -> float:
    """Brier skill score: 1 minus the ratio to the score of `reference` probabilities.

    Raises
    ------
    DataError
        The reference is perfect: nothing can be better.
    """
    p, y = chances(probability, event)
    beaten = brier(np.broadcast_to(np.asarray(reference, dtype=float), p.shape), y)
    if beaten == 0:
        raise DataError(Fault("a reference without error", "one that errs", "Choose another."))
    return 1 - brier(p, y) / beaten


def log_score(probability: Floats, event: Floats) -> float:
    """Mean of ``-ln`` of the probability given to what happened; infinite if that was zero."""
    p, y = chances(probability, event)
    given = np.where(y == 1, p, 1 - p)
    return float("inf") if (given == 0).any() else float(-np.log(given).mean())


def auc(probability: Floats, event: Floats) -> float:
    """Area under the receiver operating curve: chance that a case ranks above a non-case."""
    p, y = chances(probability, event)
    both_outcomes(y, "The area under the curve")
    ordered = np.sort(p)
    first = np.searchsorted(ordered, p, side="left")
    last = np.searchsorted(ordered, p, side="right")
    ranks = (first + last + 1) / 2
    cases = y.sum()
    return float((ranks[y == 1].sum() - cases * (cases + 1) / 2) / (cases * (len(y) - cases)))


def average_precision(probability: Floats, event: Floats) -> float:
    """Area under the precision-recall curve: precision summed over the steps of recall."""
    p, y = chances(probability, event)
    both_outcomes(y, "Average precision")
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order])
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)  # last of each tie
    precision, found = hits[ends] / (ends + 1), hits[ends] / hits[-1]
    return float(np.sum(np.diff(found, prepend=0.0) * precision))
