"""Rule on joint paths of population and economy, clustered by their shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.dtw import clusters_of, warping_distances
from econshrink.shrinkage.catalogue.rule import UNVERIFIED, named
from econshrink.shrinkage.catalogue.steps import stocks

PATH_CLASSES = ("both fall", "economy only", "people only", "growth")


@dataclass(frozen=True)
class PathClusters:
    """Clusters of population and economy paths; a cluster shrinks if its mean path ends lower.

    Each path is the log relative to the first year, less the sample mean of each year if
    `relative`, divided by its standard deviation over all cities and years. Paths are compared
    by dynamic time warping and gathered around `clusters` medoids; each group's mean change to
    the last year gives its quadrant. The label of a city therefore depends on the other cities.
    A city without every figure of both paths stays undefined.

    Parameters
    ----------
    variable : str
        Population.
    output : str
        Level of real output (or of another yardstick of the economy).
    clusters : int
        The source has four groups; more clusters can share a quadrant.
    relative : tuple of bool
        Whether population and output are measured against the sample mean of each year. Output
        hardly ever falls in absolute terms, so the default takes the mean out of it alone.
    """

    name: ClassVar[str] = "path_clusters"
    source: ClassVar[str] = (
        f"Ma and Yoon 2025 (dynamic time warping; number of clusters and scaling {UNVERIFIED})"
    )
    formula: ClassVar[str] = "mean ln P[end]/P[start] of the city's cluster < 0"
    classes: ClassVar[tuple[str, ...]] = PATH_CLASSES

    variable: str = "population"
    output: str = "real_output"
    clusters: int = 4
    relative: tuple[bool, bool] = (False, True)

    def __post_init__(self) -> None:
        if self.clusters < 2:
            seen = f"clusters {self.clusters}"
            raise SpecError(Fault(seen, "at least two", "Mend the rule."))

    @property
    def rule_id(self) -> str:
        """Name and parameters."""
        against = "/".join("sample mean" if one else "zero" for one in self.relative)
        return named(
            self.name, self.variable, output=self.output, clusters=self.clusters, against=against
        )

    @property
    def needs(self) -> tuple[str, ...]:
        """Population and output."""
        return (self.variable, self.output)

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Cluster the paths and read each cluster's quadrant."""
        logs = np.stack(
            [np.log(stocks(panel, name, window)) for name in (self.variable, self.output)], axis=2
        )
        known = np.isfinite(logs).all(axis=(1, 2))
        if known.sum() <= self.clusters:
            raise SpecError(
                Fault(
                    f"{int(known.sum())} cities with every figure of both paths in "
                    f"{window[0]}–{window[1]}",
                    f"more than {self.clusters}, the number of clusters",
                    "Choose another window or fewer clusters.",
                )
            )
        paths = self._paths(logs[known])
        group = clusters_of(warping_distances(_scaled(paths)), self.clusters)
        change = paths[:, -1, :]
        present, place = np.unique(group, return_inverse=True)
        means = np.array([change[group == g].mean(axis=0) for g in present])
        falls = means[place] < 0
        kinds = np.select(
            [falls.all(axis=1), falls[:, 1], falls[:, 0]], list(PATH_CLASSES[:3]), "growth"
        )
        frame = pd.DataFrame(
            {"shrinking": np.nan, "cluster": np.nan, "class": None},
            index=panel.wide(self.variable).index,
        ).astype({"class": "object"})
        frame.loc[known, "shrinking"] = falls[:, 0].astype(float)
        frame.loc[known, "cluster"] = group.astype(float)
        frame.loc[known, "class"] = kinds.astype(object)
        return frame

    def _paths(self, logs: Floats) -> Floats:
        paths = logs - logs[:, :1, :]
        mean = paths.mean(axis=0, keepdims=True)
        return paths - np.where(np.array(self.relative), mean, 0.0)


def _scaled(paths: Floats) -> Floats:
    """Both dimensions in units of their own standard deviation over cities and years."""
    spread = paths.std(axis=(0, 1), keepdims=True)
    scaled: Floats = paths / np.where(spread > 0, spread, 1.0)
    return scaled
