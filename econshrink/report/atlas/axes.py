"""Round ticks for axes: the page draws what was computed here."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def axis(values: Iterable[float], most: int = 5, *, zero: bool = False) -> list[float] | None:
    """Ends and step of an axis that holds all finite values in at most `most` steps.

    Examples
    --------
    >>> axis([891271, 1058665])
    [850000, 1100000, 50000]
    >>> axis([0.5], zero=True), axis([])
    ([0, 0.5, 0.1], None)
    """
    given = np.asarray(list(values), dtype=float)
    known = given[np.isfinite(given)]
    if not known.size:
        return None
    low, high = float(known.min()), float(known.max())
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-12 * max(abs(high), 1.0):
        pad = abs(high) / 10 or 1.0
        low, high = low - pad, high + pad
    size = 10.0 ** np.floor(np.log10((high - low) / most))
    for factor in (*_STEPS, 20.0):
        step = factor * size
        first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return [_plain(first * step), _plain(last * step), _plain(step)]


def _plain(value: float) -> float:
    """A number as short as it prints."""
    short = float(f"{value:.12g}")
    return int(short) if short.is_integer() and abs(short) < 2**53 else short
