"""What every score asks of its arrays before it counts."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all


def positive_pair(forecast: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Forecasts and truths of one shape, at least one, all finite and above zero.

    Raises
    ------
    DataError
        Other shapes, nothing to score, a missing figure, or a population of zero: percentage
        and log errors have no meaning there.
    """
    forecast, truth = np.asarray(forecast, dtype=float), np.asarray(truth, dtype=float)
    raise_all(DataError, _same_shape(forecast, truth))
    faults = []
    for name, values in (("forecast", forecast), ("truth", truth)):
        bad = ~(np.isfinite(values) & (values > 0))
        if bad.any():
            seen = f"{int(bad.sum())} values missing, infinite or not above zero"
            faults.append(Fault(seen, "persons above zero", "Exclude them by a rule.", name))
    raise_all(DataError, faults)
    return forecast, truth


def draws_and_truth(
    draws: Floats, truth: Floats, *, ordered: bool = False
) -> tuple[Floats, Floats]:
    """Draws (..., m) with their truths (...), both finite; of sorted draws the ends are looked at.

    Raises
    ------
    DataError
        Shapes that do not fit, no draw, a missing figure.
    """
    draws, truth = np.asarray(draws, dtype=float), np.asarray(truth, dtype=float)
    if draws.ndim < 1 or draws.shape[:-1] != truth.shape or 0 in draws.shape:
        seen = f"draws of shape {draws.shape} and truths of shape {truth.shape}"
        raise DataError(Fault(seen, "(..., m) and (...), m at least 1", "Put the draws last."))
    looked = draws[..., [0, -1]] if ordered else draws
    if not (np.isfinite(looked).all() and np.isfinite(truth).all()):
        seen = "missing or infinite values"
        raise DataError(Fault(seen, "finite draws and truths", "Exclude them by a rule."))
    return draws, truth


def chances(probability: Floats, event: Floats) -> tuple[Floats, Floats]:
    """Probabilities and whether the event happened (0 or 1), one shape (n,).

    Raises
    ------
    DataError
        Shapes, nothing to score, probabilities outside [0, 1], events other than 0 and 1.
    """
    p, y = np.asarray(probability, dtype=float).ravel(), np.asarray(event, dtype=float).ravel()
    raise_all(DataError, _same_shape(p, y))
    faults = []
    if not ((p >= 0) & (p <= 1)).all():
        faults.append(Fault("probabilities outside [0, 1] or missing", "0 to 1", "Mend them."))
    if not np.isin(y, (0.0, 1.0)).all():
        faults.append(Fault("events other than 0 and 1", "0 or 1", "Score defined cases only."))
    raise_all(DataError, faults)
    return p, y


def both_outcomes(event: Floats, score: str) -> None:
    """Refuse a sample in which the event always or never happened.

    Raises
    ------
    DataError
    """
    share = float(np.mean(event))
    if share in (0.0, 1.0):
        seen = f"an event that {'always' if share else 'never'} happened in {len(event)} cases"
        expected = "cases with and without it"
        raise DataError(Fault(seen, expected, f"{score} is undefined: choose another event."))


def _same_shape(first: Floats, second: Floats) -> list[Fault]:
    if first.shape != second.shape or not first.size:
        seen = f"shapes {first.shape} and {second.shape}"
        return [Fault(seen, "one shape with at least one value", "Align them.")]
    return []
