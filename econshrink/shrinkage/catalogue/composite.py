"""Rule on a weighted mean of changes in several dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import (
    UNVERIFIED,
    CatalogueRule,
    built_in,
    shown,
)
from econshrink.shrinkage.catalogue.steps import stocks
from econshrink.shrinkage.logic import less


@built_in("composite_degree", "Weighted change of several dimensions below zero")
@dataclass(frozen=True)
@typed_fields
class CompositeDegree(CatalogueRule):
    """Weighted mean of relative changes over the window, below zero.

    Class ``long term`` if the degree is negative in both halves of the window, ``short term``
    if it is negative over the whole but not in both; a window of an odd number of years has no
    halves and is refused. The weights of the source (subjective and objective) were not seen.

    Parameters
    ----------
    weights : tuple of (str, float)
        Variables (levels) and their weights, which must sum to 1; the first is the population.
    """

    name: ClassVar[str] = "composite_degree"
    source: ClassVar[str] = f"Zhang Shuai et al. 2020 (3 + 3 years; weights {UNVERIFIED})"
    formula: ClassVar[str] = "sum_j w_j (x_j[end] / x_j[start] - 1) < 0"
    classes: ClassVar[tuple[str, ...]] = ("short term", "long term")

    weights: tuple[tuple[str, float], ...] = (("population", 0.5), ("real_output", 0.5))

    def __post_init__(self) -> None:
        total = sum(weight for _, weight in self.weights)
        if not self.weights or abs(total - 1) > 1e-9 or min(w for _, w in self.weights) < 0:
            seen = f"weights {self.weights}"
            raise SpecError(Fault(seen, "weights of 0 or more that sum to 1", "Mend them."))

    @property
    def rule_id(self) -> str:
        """Name and weights."""
        shown = ", ".join(f"{name}={weight:g}" for name, weight in self.weights)
        return f"{self.name}({shown})"

    @property
    def needs(self) -> tuple[str, ...]:
        """Every weighted variable."""
        return tuple(name for name, _ in self.weights)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Weigh the changes over the window and over its halves."""
        length = window[1] - window[0]
        if length % 2:
            raise SpecError(
                Fault(
                    f"window {window[0]}–{window[1]} of {length} years",
                    "an even number of years, for two equal halves",
                    "Choose another window.",
                )
            )
        middle = length // 2
        whole, first, second = (
            self._degree(panel, window, span) for span in ((0, -1), (0, middle), (middle, -1))
        )
        label = less(whole, 0.0)
        lasting = (first < 0) & (second < 0)
        kinds = np.where(lasting, "long term", "short term")
        return pd.DataFrame(
            {
                "shrinking": label,
                "degree": whole,
                "first_half": first,
                "second_half": second,
                "class": shown(kinds, label == 1),
            },
            index=panel.wide(self.needs[0]).index,
        )

    def _degree(self, panel: CityPanel, window: tuple[int, int], span: tuple[int, int]) -> Floats:
        total = np.zeros(len(panel.cities))
        for name, weight in self.weights:
            values = stocks(panel, name, window)
            total = total + weight * (values[:, span[1]] / values[:, span[0]] - 1)
        return total
