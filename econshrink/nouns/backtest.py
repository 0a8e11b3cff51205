"""Backtest: every scored forecast, so that any score can be computed and printed from it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.show.futures import backtest_page
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

_CASES = ("model", "origin", "horizon", "city", "group", "size", "level", "truth", "median", "crps")


@register
@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Shown):
    """Every scored case, and the cities that were not scored.

    Parameters
    ----------
    cases : DataFrame
        One row a model, origin, horizon and city: `truth` and `median` (log change), `crps`
        (log points), `pit`, `inside50`, `inside80`, `inside95`, `low80` and `high80` (ends of the
        central 80% interval), `winkler80`, `scale` (mean absolute change over the horizon in the
        city's past, log points), `size` class, `group`;
        and for each loss of the design ``chance_<loss>``, ``event_<loss>``, and the references
        ``climatology_<loss>`` and ``logit_<loss>``.
    counts : DataFrame
        One row a model, origin, horizon and loss: the number of cities with the event, its mean
        and interval in the draws, its CRPS, and the energy score of the counts by province.
    weights : DataFrame
        Weights of the stack by origin and horizon.
    excluded : DataFrame
        `origin, horizon, city, reason`.
    learnt : DataFrame
        `model, horizon, distance`: where settled truths lay in earlier draws (see
        `econshrink.forecast.backtesting.conformal.Recalibration`).
    synthetic : bool
    """

    cases: pd.DataFrame
    counts: pd.DataFrame
    weights: pd.DataFrame
    excluded: pd.DataFrame
    learnt: pd.DataFrame
    synthetic: bool = False

    def __post_init__(self) -> None:
        missing = [name for name in _CASES if name not in self.cases.columns]
        if missing or self.cases.empty:
            seen = f"cases without {', '.join(missing) or 'rows'}"
            raise DataError(Fault(seen, ", ".join(_CASES), "Use `run_backtest`."))

    def _page(self) -> Page:
        return backtest_page(self)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order of the design."""
        return tuple(self.cases["model"].drop_duplicates())

    def of(self, horizon: int, first_target: int, last_target: int = 9999) -> pd.DataFrame:
        """Cases of a horizon whose target year lies in a span."""
        target = self.cases["origin"] + self.cases["horizon"]
        chosen = (self.cases["horizon"] == horizon) & target.between(first_target, last_target)
        return self.cases[chosen]
