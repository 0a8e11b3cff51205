"""Target: something that is fed with hostile input, and the part of the time it gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Call = Callable[[], object]


@dataclass(frozen=True)
class Target:
    """One example is drawn by ``draw(rng)``, which returns the call to try.

    Parameters
    ----------
    name : str
    share : float
        Part of the time, relative to the others'.
    draw : callable
        Draws the input and returns a call without arguments; both may raise `EconshrinkError`.
    """

    name: str
    share: float
    draw: Callable[[np.random.Generator], Call]
