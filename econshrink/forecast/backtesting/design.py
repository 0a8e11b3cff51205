"""Design of a backtest: what is forecast from where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from econshrink.core.arrays import Ints
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.forecast.backtesting.spreading import Spreading, Spreads
from econshrink.forecast.models.model import check_horizons


@dataclass(frozen=True)
@typed_fields
class BacktestDesign:
    """What is forecast from where.

    Parameters
    ----------
    origins : tuple of int
        Ascending. Early ones feed the stack even if nothing is scored there.
    horizons : tuple of int
    draws : int
    losses : tuple of float
        Events "at least that share below the origin"; 0 is any decline.
    spreading : Spreading or ErrorParts
    recalibrated : bool
        Change the spread of each model's draws by where settled truths lay in its earlier ones.
    stream : str
        Name of the seed stream: two backtests in one program differ on purpose only.
    stacked : bool
        Add the stack of all models, its weights learnt from settled draws.
    """

    origins: tuple[int, ...]
    horizons: tuple[int, ...] = (1, 3, 5, 10)
    draws: int = 2000
    losses: tuple[float, ...] = (0.0, 0.05)
    spreading: Spreads = field(default_factory=Spreading)
    recalibrated: bool = True
    stream: str = "backtest"
    stacked: bool = True

    def __post_init__(self) -> None:
        check_horizons(self.steps)
        faults = drawing_faults(self.origins, self.draws)
        if not all(0 <= loss < 1 for loss in self.losses):
            faults.append(Fault(f"losses {self.losses}", "shares in [0, 1)", "Mend them."))
        raise_all(SpecError, faults)

    @property
    def steps(self) -> Ints:
        """The horizons as an array."""
        return np.array(self.horizons, dtype=np.intp)


def drawing_faults(origins: tuple[int, ...], draws: int) -> list[Fault]:
    """What is wrong with the origins or the number of draws of any design."""
    faults = []
    if not origins or list(origins) != sorted(set(origins)):
        faults.append(Fault(f"origins {origins}", "ascending years", "Sort them."))
    if draws < 2:
        faults.append(Fault(f"{draws} draws", "at least two", "Ask for more."))
    return faults
