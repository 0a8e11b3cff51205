"""Design of a backtest: what is forecast from where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.forecast.backtesting.spreading import Spreading
from econshrink.forecast.models.model import check_horizons


@dataclass(frozen=True)
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
    spreading : Spreading
    recalibrated : bool
        Change the spread of each model's draws by where settled truths lay in its earlier ones.
    stream : str
        Name of the seed stream: two backtests in one program differ on purpose only.
    """

    origins: tuple[int, ...]
    horizons: tuple[int, ...] = (1, 3, 5, 10)
    draws: int = 2000
    losses: tuple[float, ...] = (0.0, 0.05)
    spreading: Spreading = field(default_factory=Spreading)
    recalibrated: bool = True
    stream: str = "backtest"

    def __post_init__(self) -> None:
        check_horizons(np.array(self.horizons, dtype=np.intp))
        faults = []
        if not self.origins or list(self.origins) != sorted(set(self.origins)):
            faults.append(Fault(f"origins {self.origins}", "ascending years", "Sort them."))
        if self.draws < 2:
            faults.append(Fault(f"{self.draws} draws", "at least two", "Ask for more."))
        if not all(0 <= loss < 1 for loss in self.losses):
            faults.append(Fault(f"losses {self.losses}", "shares in [0, 1)", "Mend them."))
        raise_all(SpecError, faults)
