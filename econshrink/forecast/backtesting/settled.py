"""Settled forecasts: where truths lay in earlier draws, to mend the spread of later ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.forecast.backtesting.conformal import recalibrate
from econshrink.forecast.scores.draws import pit
from econshrink.forecast.view import InformationSet

KEPT = 400  # draws a forecast that waits for its truth keeps
LEAST_ORIGINS = 3  # settled origins before the spread is mended


class Settled:
    """Remembers raw draws until their target year is seen, then their PIT values.

    What is applied at an origin rests on targets that its year had already seen: an embargo of
    the whole horizon between what is learnt from and what is forecast.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], tuple[Floats, dict[str, Floats]]] = {}
        self._pits: dict[tuple[str, int], list[Floats]] = {}

    def adjust(self, name: str, horizon: int, draws: Floats, view: InformationSet) -> Floats:
        """Draws with mended spread, or the same as long as too few origins are settled."""
        held = self._waiting.setdefault((view.origin, horizon), (view.at(view.origin), {}))[1]
        held[name] = draws[:, :KEPT].copy()
        past = self._pits.get((name, horizon), [])
        if len(past) < LEAST_ORIGINS:
            return draws
        return recalibrate(np.concatenate(past)).apply(draws)

    def learnt(self) -> pd.DataFrame:
        """Sorted distances ``|2 PIT - 1|`` of the settled forecasts by model and horizon."""
        tables = [
            pd.DataFrame(
                {
                    "model": name,
                    "horizon": horizon,
                    "distance": recalibrate(np.concatenate(past)).distances,
                }
            )
            for (name, horizon), past in self._pits.items()
            if len(past) >= LEAST_ORIGINS
        ]
        empty = pd.DataFrame({"model": [], "horizon": [], "distance": []})
        return pd.concat(tables, ignore_index=True) if tables else empty

    def settle(self, origin: int, sees: Callable[[int], InformationSet]) -> None:
        """Learn from the draws whose target year an origin sees."""
        for key in [k for k in self._waiting if sum(k) <= origin]:
            level, held = self._waiting.pop(key)
            came = sees(sum(key)).at(sum(key)) - level
            for name, draws in held.items():
                good = np.isfinite(came) & np.isfinite(draws[:, 0])
                if good.any():
                    values = pit(draws[good], came[good])
                    self._pits.setdefault((name, key[1]), []).append(values)
