"""Growth to compare a city with: the nation's, the sample's own mean, or its province's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels


@dataclass(frozen=True)
class Benchmark:
    """Yearly log growth of a comparison unit.

    Parameters
    ----------
    label : str
        What it is, in words: part of every rule_id that uses it.
    years : tuple of int
    growth : tuple of float
        Log growth of each year.
    """

    label: str
    years: tuple[int, ...]
    growth: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.years) != len(self.growth):
            seen = f"{len(self.years)} years and {len(self.growth)} growth figures"
            raise DataError(Fault(seen, "one figure a year", "Complete the benchmark."))

    @classmethod
    def from_series(cls, label: str, growth: pd.Series) -> Benchmark:
        """From a Series year -> log growth."""
        clean = growth.dropna().sort_index()
        return cls(label, tuple(int(y) for y in clean.index), tuple(float(g) for g in clean))

    def over(self, years: Iterable[int]) -> Floats:
        """Growth of each of these years, NaN where the benchmark has none."""
        known = dict(zip(self.years, self.growth, strict=True))
        return np.array([known.get(year, np.nan) for year in years])

    def for_cities(self, panel: CityPanel, years: Iterable[int]) -> Floats:
        """Growth of these years, the same for every city of the panel, shape (1, years)."""
        del panel
        return self.over(years)[None, :]


@dataclass(frozen=True)
class GroupBenchmark:
    """A benchmark for each value of a city attribute, such as the province.

    Parameters
    ----------
    label : str
        What it is, in words: part of every rule_id that uses it.
    attribute : str
        City attribute that holds the group.
    members : tuple of (str, Benchmark)
        Group and its growth; a city of another group has no benchmark, so part B is undefined.
    """

    label: str
    attribute: str
    members: tuple[tuple[str, Benchmark], ...]

    def for_cities(self, panel: CityPanel, years: Iterable[int]) -> Floats:
        """Growth of each city's group in these years, shape (cities, years)."""
        chosen = list(years)
        panel.attribute(self.attribute)  # raises where the attribute is missing
        known = {group: benchmark.over(chosen) for group, benchmark in self.members}
        groups = panel.attributes[self.attribute].tolist()
        unknown = np.full(len(chosen), np.nan)
        return np.array([known.get(group, unknown) for group in groups])


@takes_panels
def weighted_mean_growth(panel: CityPanel, growth: str, weight: str, label: str) -> Benchmark:
    """Benchmark made of the panel itself: mean growth weighted by last year's `weight`.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    growth : str
        Yearly log growth.
    weight : str
        Level whose value one year earlier is the weight, such as nominal output.
    label : str

    Raises
    ------
    DataError
        No year has a city with both figures.
    """
    frame = _weighted(panel, growth, weight)
    sums = frame.groupby(level="year").sum()
    return Benchmark.from_series(label, sums["product"] / sums["weight"])


@takes_panels
def weighted_mean_growth_by(
    panel: CityPanel, growth: str, weight: str, label: str, attribute: str = "province"
) -> GroupBenchmark:
    """Benchmarks made of the panel itself, one for each group of cities.

    A group of one city (a municipality) equals its own benchmark and can never be below it.

    Parameters
    ----------
    panel, growth, weight, label
        As for `weighted_mean_growth`.
    attribute : str
        City attribute that holds the group.

    Raises
    ------
    DataError
        No such attribute, or no year has a city with both figures.
    """
    groups = panel.attribute(attribute)
    frame = _weighted(panel, growth, weight)
    keys = [groups.reindex(frame.index), frame.index.get_level_values("year")]
    sums = frame.groupby(keys).sum()
    means = sums["product"] / sums["weight"]
    members = [
        (str(group), Benchmark.from_series(f"{label}: {group}", means.xs(group, level=0)))
        for group in means.index.unique(0)
    ]
    return GroupBenchmark(label, attribute, tuple(members))


def _weighted(panel: CityPanel, growth: str, weight: str) -> pd.DataFrame:
    frame = pd.DataFrame({"growth": panel.column(growth), "weight": panel.lag(weight)}).dropna()
    if frame.empty:
        raise DataError(
            Fault(f"no city-year with both {growth} and lagged {weight}", "some", "Check them.")
        )
    return frame.assign(product=frame["growth"] * frame["weight"])
