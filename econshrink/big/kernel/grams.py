"""One Gram a unit for resampling: made from rows, weighed and summed over units.

A unit's row holds V'V packed, then D'V of the time dummies D (unit means gone) and its weights by
time, from which D'D is formed when it is read.
"""

from __future__ import annotations

import numpy as np

from econshrink.big.kernel.moments import Sample, unit_grams
from econshrink.core.arrays import Floats, Ints
from econshrink.inference.gram.grams import packed


def gram_width(columns: int, times: int, kept: int) -> int:
    """Numbers a unit has in a table of Grams; without time effects `kept` and `times` are 0."""
    return columns * (columns + 1) // 2 + kept * columns + times


def gram_rows(rows: Floats, one: Sample, times: int, kept: Ints, scale: Floats) -> Floats:
    """Grams of the units of a part, shape (U, P).

    Takes `rows` of shape (v, n): swept columns V, without root weights; `scale` of shape (T,):
    brings the dummies to a norm near one.
    """
    inner = unit_grams(rows, one.weights, one.units)
    if not len(kept):
        return inner
    size, v = len(one.chosen), len(rows)
    place = np.repeat(np.arange(size) * times, one.units.lengths) + one.level
    weight = np.zeros(size * times)
    weight[place] = 1.0 if one.weights is None else one.weights
    cells = np.zeros((size, times, v))
    weighted = rows if one.weights is None else rows * one.weights
    cells.reshape(-1, v)[place] = weighted.T
    # V has no unit means, so D'V needs none taken off D
    dummies = (cells[:, kept] * scale[kept, None]).reshape(size, -1)
    return np.concatenate([inner, dummies, weight.reshape(size, times)], axis=1)


def block_table(kept_rows: Floats, times: int, kept: Ints, scale: Floats) -> Floats:
    """The same with D'D packed in place of the weights, as a `GramBlock` has it."""
    if not len(kept):
        return kept_rows
    head, weight = kept_rows[:, :-times], kept_rows[:, -times:]
    scaled = weight[:, kept] * scale[kept]
    normal = -scaled[:, :, None] * scaled[:, None, :] / weight.sum(axis=1)[:, None, None]
    each = np.arange(len(kept))
    normal[:, each, each] += scaled * scale[kept]
    return np.concatenate([head, packed(normal)], axis=1)
