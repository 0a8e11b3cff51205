"""Clusters as a check of a typology: the groups cities fall into without being told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.vq import ClusterError, kmeans2
from scipy.special import comb

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.seeds import Rng, as_generator


@dataclass(frozen=True, eq=False)
class ClusterCheck:
    """Clusters beside the types.

    Parameters
    ----------
    cluster : Series
        City -> cluster 0 … k-1.
    cross : DataFrame
        Types × clusters, cities.
    agreement : float
        Adjusted Rand index of clusters and types: 1 the same groups, 0 as good as chance.
    stability : float
        Mean adjusted Rand index between the clusters and those found on bootstrap samples.
    """

    cluster: pd.Series
    cross: pd.DataFrame
    agreement: float
    stability: float


def adjusted_rand(first: Ints, second: Ints) -> float:
    """Adjusted Rand index of two groupings.

    Source: Hubert and Arabie 1985.
    """
    a, na = codes(first)
    b, nb = codes(second)
    table = np.zeros((na, nb))
    np.add.at(table, (a, b), 1)
    pairs = float(comb(table, 2).sum())
    rows, columns = float(comb(table.sum(axis=1), 2).sum()), float(comb(table.sum(axis=0), 2).sum())
    expected = rows * columns / float(comb(len(a), 2))
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (pairs - expected) / (largest - expected)


def cluster_check(
    features: pd.DataFrame,
    types: pd.Series,
    clusters: int,
    rng: Rng = None,
    *,
    starts: int = 20,
    bootstraps: int = 50,
) -> ClusterCheck:
    """K-means on standardised features beside a given typology.

    Parameters
    ----------
    features : DataFrame
        City × feature (location quotients in logs, density, distance ...).
    types : Series
        City -> type.
    clusters : int
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.
    starts : int
        Random starts; the one with the smallest within sum of squares is kept.
    bootstraps : int
        Samples for the stability.

    Returns
    -------
    ClusterCheck

    Raises
    ------
    DataError
        Missing features, or cities without a type.
    SpecError
        Fewer than two clusters, as many as cities, or more than the data hold apart.
    """
    labels = types.reindex(features.index)
    values = values_of(features)
    if labels.isna().any() or not np.isfinite(values).all():
        seen = f"{int(labels.isna().sum())} cities without a type or gaps in the features"
        raise DataError(Fault(seen, "complete figures", "Drop those cities first."))
    if not 2 <= clusters < len(values):
        seen = f"{clusters} clusters of {len(values)} cities"
        raise SpecError(Fault(seen, "at least two, fewer than cities", "Mend it."))
    spread = values.std(axis=0)
    x = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    rng = as_generator(rng, "shrinkage.cluster_check")
    centres, found = _best(x, clusters, rng, starts)
    again = []
    for _ in range(bootstraps):
        sample = x[rng.integers(0, len(x), len(x))]
        centres, _ = _best(sample, clusters, rng, max(1, starts // 4))
        again.append(adjusted_rand(found, _nearest(x, centres)))
    cluster = pd.Series(found, index=features.index, name="cluster")
    return ClusterCheck(
        cluster,
        pd.crosstab(labels.rename("type"), cluster),
        adjusted_rand(found, codes(labels.astype(str).to_numpy(dtype=np.str_))[0]),
        float(np.mean(again)) if again else float("nan"),
    )


def _best(x: Floats, clusters: int, rng: np.random.Generator, starts: int) -> tuple[Floats, Ints]:
    """Centres and labels of the start with the smallest within sum of squares."""
    best: tuple[float, Floats, Ints] | None = None
    for _ in range(starts):
        try:
            found, _ = kmeans2(x, clusters, minit="++", iter=50, missing="raise", rng=rng)
        except ClusterError:
            continue  # a cluster lost its last member: this start is worth nothing
        centres = np.asarray(found, dtype=np.float64)
        label = _nearest(x, centres)
        within = float(((x - centres[label]) ** 2).sum())
        if best is None or within < best[0]:
            best = (within, centres, label)
    if best is None:
        seen = f"{starts} starts that all lost one of {clusters} clusters"
        raise SpecError(Fault(seen, "as many groups in the data", "Ask for fewer clusters."))
    return best[1], best[2]


def _nearest(x: Floats, centres: Floats) -> Ints:
    distance = ((x[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(distance.argmin(axis=1), dtype=np.intp)
