"""Settled forecasts: where truths lay in earlier draws, to mend the spread of later ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
        self._waiting: dict[tuple[int, int], tuple[Floats, Mapping[str, Floats]]] = {}
        self._pits: dict[tuple[str, int], list[Floats]] = {}

    def adjust(
        self,
        origin: int,
        horizon: int,
        raw: Mapping[str, Floats],
        sees: Callable[[int], InformationSet],
        view: InformationSet,
    ) -> dict[str, Floats]:
        """Draws with mended spread; unchanged as long as too few origins are settled."""
        self._settle(origin, sees)
        self._waiting[origin, horizon] = (
            view.at(origin),
            {name: draws[:, :KEPT].copy() for name, draws in raw.items()},
        )
        mended = {}
        for name, draws in raw.items():
            past = self._pits.get((name, horizon), [])
            enough = len(past) >= LEAST_ORIGINS
            mended[name] = recalibrate(np.concatenate(past)).apply(draws) if enough else draws
        return mended

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

    def _settle(self, origin: int, sees: Callable[[int], InformationSet]) -> None:
        for key in [k for k in self._waiting if sum(k) <= origin]:
            level, held = self._waiting.pop(key)
            came = sees(sum(key)).at(sum(key)) - level
            for name, draws in held.items():
                good = np.isfinite(came) & np.isfinite(draws[:, 0])
                if good.any():
                    values = pit(draws[good], came[good])
                    self._pits.setdefault((name, key[1]), []).append(values)
