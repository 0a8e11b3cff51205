"""Rule on joint paths of population and economy, clustered by their shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.spatial.distance import squareform

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import (
    UNVERIFIED,
    CatalogueRule,
    built_in,
    column,
    parameter,
)
from econshrink.shrinkage.catalogue.steps import stocks


def _against(relative: tuple[bool, bool]) -> str:
    return "/".join("sample mean" if one else "zero" for one in relative)


PATH_CLASSES = ("both fall", "economy only", "people only", "growth")


@built_in("path_clusters", "Cluster of population and economy paths ends lower")
@dataclass(frozen=True)
@typed_fields
class PathClusters(CatalogueRule):
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
    alone: ClassVar[bool] = False

    variable: str = "population"
    output: str = column("real_output")
    clusters: int = 4
    relative: tuple[bool, bool] = parameter((False, True), word="against", show=_against)

    def __post_init__(self) -> None:
        if self.clusters < 2:
            seen = f"clusters {self.clusters}"
            raise SpecError(Fault(seen, "at least two", "Mend the rule."))

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


def warping_distances(paths: Floats) -> Floats:
    """Dynamic-time-warping distance of every pair of paths (n, times, dimensions), condensed.

    The cost of matching two points is their Euclidean distance; a warping path moves by one step in
    either or both series, and its costs add up (Sakoe and Chiba 1978, symmetric steps, no window).
    """
    count, times, _ = paths.shape
    left, right = np.triu_indices(count, k=1)
    previous = np.full((times + 1, len(left)), np.inf)
    previous[0] = 0.0
    for i in range(times):
        current = np.full((times + 1, len(left)), np.inf)
        for j in range(times):
            cost = np.sqrt(((paths[left, i] - paths[right, j]) ** 2).sum(axis=1))
            best = np.minimum(np.minimum(previous[j + 1], current[j]), previous[j])
            current[j + 1] = cost + best
        previous = current
    return previous[times]


def clusters_of(distances: Floats, count: int, rounds: int = 100) -> Ints:
    """Clusters 1 … count around medoids, from condensed distances; no random numbers.

    Greedy start (each new medoid lowers the total distance to the nearest medoid most; Kaufman and
    Rousseeuw 1990), then assignment and new medoids in turn (Park and Jun 2009) until nothing
    changes.
    """
    table = squareform(distances)
    medoids = _greedy(table, count)
    for _ in range(rounds):
        member = table[:, medoids].argmin(axis=1)
        fresh = np.array(
            [
                # of two equal paths only the first keeps members: the second stays as it is
                own[table[np.ix_(own, own)].sum(axis=1).argmin()] if len(own) else medoids[k]
                for k, own in enumerate(np.flatnonzero(member == k) for k in range(count))
            ]
        )
        if (fresh == medoids).all():
            break
        medoids = fresh
    return np.asarray(table[:, medoids].argmin(axis=1) + 1, dtype=np.intp)


def _greedy(table: Floats, count: int) -> Ints:
    chosen = [int(table.sum(axis=1).argmin())]
    nearest = table[chosen[0]]
    while len(chosen) < count:
        gain = np.maximum(nearest[None, :] - table, 0.0).sum(axis=1)
        gain[chosen] = -1.0  # identical paths would otherwise be chosen twice
        chosen.append(int(gain.argmax()))
        nearest = np.minimum(nearest, table[chosen[-1]])
    return np.array(chosen, dtype=np.intp)
