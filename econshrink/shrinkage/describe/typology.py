"""Which path of transformation a shrinking city's own structure points to, with probabilities.

Five paths: smart shrinkage (the path of a city without another base), resources, culture and
tourism, ecology, and collaboration with a core city nearby. The census has no list of tourist
or ecological cities: tourism is read off the location quotient of hotels, catering, culture,
sports and entertainment, ecology off agriculture and forestry with low density, or off a list
of the user. The thresholds are ours and are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.seeds import Rng, as_generator

PATHS = (
    "smart shrinkage",
    "resource",
    "cultural tourism",
    "ecological",
    "regional collaboration",
)
GROUPS: Mapping[str, tuple[str, ...]] = {
    "mining": ("mining",),
    "tourism": ("hotels_catering", "culture_sports_entertainment"),
    "agriculture": ("agriculture",),
}
STAGES = ("none", "growing", "mature", "declining", "regenerating")
PLACE_COLUMNS = ("resource_stage", "density", "distance_km", "urban_shift")


@dataclass(frozen=True)
class PathThresholds:
    """Where each kind of evidence begins to speak for its path.

    A score is the log of a figure over its threshold, cut at ±`cap`; 0 is the threshold. Smart
    shrinkage scores the excess growth of urban over resident population instead, so that a city
    with no special base that gathers its people in town scores highest there.

    Parameters
    ----------
    mining, tourism, agriculture : float
        Location quotients.
    sparse_per_km2 : float
        Density below which a city counts as thinly settled (the mean of China in 2020 is 147).
    reach_km : float
        Distance within which a core city can be worked with.
    listed : float
        Least score of the resource path for a city on the official list that is growing,
        mature or declining; a regenerating one has least score 0.
    urban_shift : float
        Log growth of urban less that of resident population, over the same years, that is
        nothing special; the smart-shrinkage score is the excess over it.
    cap : float
    temperature : float
        Of the softmax: probabilities of two paths are as exp(score difference / temperature).
    """

    mining: float = 1.5
    tourism: float = 1.25
    agriculture: float = 1.5
    sparse_per_km2: float = 150.0
    reach_km: float = 100.0
    listed: float = float(np.log(2))
    urban_shift: float = 0.25
    cap: float = 2.0
    temperature: float = 0.5

    def __post_init__(self) -> None:
        positive = ("mining", "tourism", "agriculture", "sparse_per_km2", "reach_km", "cap")
        faults = [
            Fault(f"{name} {getattr(self, name)}", "above 0", "Mend the threshold.")
            for name in (*positive, "temperature")
            if not getattr(self, name) > 0
        ]
        raise_all(SpecError, faults)


@dataclass(frozen=True)
class PathDraws:
    """What the probabilities are averaged over.

    Parameters
    ----------
    draws : int
    design_effect : float
        The long form is a sample of households: its counts carry the information of
        counts / design_effect independent persons.
    threshold_sd : float
        Standard deviation of each threshold's logarithm: nobody knows where exactly a city
        becomes a mining city. Drawn once for all cities of a draw.
    """

    draws: int = 500
    design_effect: float = 2.0
    threshold_sd: float = 0.2

    def __post_init__(self) -> None:
        if self.draws < 1 or self.design_effect < 1 or self.threshold_sd < 0:
            seen = f"{self}"
            raise SpecError(Fault(seen, "draws and a design effect of at least 1", "Mend it."))


NATION = PathThresholds()
DRAWS = PathDraws()


@dataclass(frozen=True, eq=False)
class Typology:
    """Paths of shrinking cities.

    Parameters
    ----------
    probabilities : DataFrame
        City × `PATHS`, rows sum to 1: mean softmax over the draws.
    scores : DataFrame
        City × `PATHS` at the point estimates.
    frame : DataFrame
        Index city: ``path`` (largest probability), ``probability`` of it, ``runner_up``, and
        ``stability`` (share of draws in which `path` has the largest score).
    left_out : DataFrame
        Columns ``city, reason``: cities with a missing figure.
    """

    probabilities: pd.DataFrame
    scores: pd.DataFrame
    frame: pd.DataFrame
    left_out: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """By path: number of cities, expected number (sum of probabilities), mean stability."""
        count = self.frame["path"].value_counts().reindex(list(PATHS), fill_value=0)
        return pd.DataFrame(
            {
                "cities": count,
                "expected": self.probabilities.sum(),
                "stability": self.frame.groupby("path")["stability"].mean().reindex(list(PATHS)),
            }
        )


def location_quotients(counts: pd.DataFrame) -> pd.DataFrame:
    """Share of an industry in a city over its share in all cities together.

    Parameters
    ----------
    counts : DataFrame
        City × industry, employed persons.

    Returns
    -------
    DataFrame
        LQ_ij = (e_ij / e_i) / (E_j / E); 1 is the average.

    Raises
    ------
    DataError
        A missing or negative count, or a city or industry without anybody.

    Examples
    --------
    >>> counts = pd.DataFrame({"mining": [30, 10], "other": [70, 90]}, index=["a", "b"])
    >>> location_quotients(counts)["mining"].round(9).tolist()
    [1.5, 0.5]
    """
    raise_all(DataError, _count_faults(counts))
    shares = counts.div(counts.sum(axis=1), axis=0)
    return shares.div(counts.sum() / counts.to_numpy().sum(), axis=1)


def path_scores(
    quotients: pd.DataFrame, places: pd.DataFrame, thresholds: PathThresholds
) -> pd.DataFrame:
    """Score of every path for every city, 0 at the threshold; city × `PATHS`.

    `quotients` has columns ``mining``, ``tourism`` and ``agriculture``; `places`, on the same
    index, ``resource_stage`` (one of `STAGES`), ``density`` (persons per km2), ``distance_km`` (to
    the nearest core city), ``urban_shift`` (log growth of urban less resident population) and, if
    there is such a list, ``ecological`` (1 or 0), which then replaces agriculture and density:
    ±`listed`.
    """
    table = _scores(
        quotients[["mining", "tourism", "agriculture"]].to_numpy(dtype=float),
        _Places.of(places, thresholds),
        thresholds,
        np.ones(5),
    )
    return pd.DataFrame(table, index=places.index, columns=list(PATHS))


@dataclass(frozen=True, eq=False)
class _Places:
    """What the scores need of each city besides its employment, as arrays."""

    floor: Floats  # least score of the resource path
    density: Floats
    distance: Floats
    shift: Floats
    listed_green: Floats  # score of a user's ecological list, NaN where there is none

    @classmethod
    def of(cls, places: pd.DataFrame, t: PathThresholds) -> _Places:
        stage = places["resource_stage"].to_numpy()
        floor = np.where(stage == "none", -np.inf, np.where(stage == "regenerating", 0.0, t.listed))
        density, distance, shift = (
            places[name].to_numpy(dtype=float) for name in ("density", "distance_km", "urban_shift")
        )
        green = np.full(len(places), np.nan)
        if "ecological" in places:
            green = np.where(places["ecological"].to_numpy(dtype=float) > 0, t.listed, -t.listed)
        return cls(floor, density, np.maximum(distance, 1.0), shift, green)


def _scores(quotients: Floats, places: _Places, t: PathThresholds, factor: Floats) -> Floats:
    """Scores with every threshold multiplied by its factor, shape (cities, paths)."""
    logs = np.log(np.maximum(quotients, 1e-9))
    mining, tourism, agriculture, sparse, reach = np.log(
        np.array([t.mining, t.tourism, t.agriculture, t.sparse_per_km2, t.reach_km]) * factor
    )
    green = (logs[:, 2] - agriculture) / 2 + (sparse - np.log(places.density)) / 2
    columns = (
        places.shift - t.urban_shift,
        np.maximum(logs[:, 0] - mining, places.floor),
        logs[:, 1] - tourism,
        np.where(np.isnan(places.listed_green), green, places.listed_green),
        reach - np.log(places.distance),
    )
    scores: Floats = np.clip(np.column_stack(columns), -t.cap, t.cap)
    return scores


def path_types(
    counts: pd.DataFrame,
    places: pd.DataFrame,
    rng: Rng = None,
    thresholds: PathThresholds = NATION,
    uncertainty: PathDraws = DRAWS,
    groups: Mapping[str, tuple[str, ...]] = GROUPS,
) -> Typology:
    """Assign every city of `places` to a path, with probabilities.

    In each draw the city's employment shares come from a Dirichlet distribution with parameters
    counts / design effect + 1/2 and every threshold is multiplied by a log-normal factor;
    probabilities are the mean softmax of the scores.

    Parameters
    ----------
    counts : DataFrame
        City × industry, long-form counts of **all** cities: they make the national shares.
    places : DataFrame
        The cities to assign, as for `path_scores`.
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.
    thresholds : PathThresholds
    uncertainty : PathDraws
    groups : mapping
        Industries that make up ``mining``, ``tourism`` and ``agriculture``.

    Returns
    -------
    Typology
        Cities with a missing figure are in `left_out`.

    Raises
    ------
    DataError
        A column or city is missing, a count is wrong, or a stage is unknown.
    """
    raise_all(DataError, [*_count_faults(counts), *_place_faults(counts, places, groups)])
    figures = [name for name in PLACE_COLUMNS if name != "resource_stage"]
    gaps = places[figures].isna()
    known = places[~gaps.any(axis=1)]
    left_out = pd.DataFrame(
        [
            (str(city), f"no {', '.join(gaps.columns[row])}")
            for city, row in zip(places.index, gaps.to_numpy(), strict=True)
            if row.any()
        ],
        columns=["city", "reason"],
        dtype="str",
    )
    arrays = _Places.of(known, thresholds)
    merged = _merged(counts, groups)
    national = merged.sum().to_numpy() / float(counts.to_numpy().sum())
    mine = merged.loc[known.index].to_numpy(dtype=float)
    everybody = counts.loc[known.index].to_numpy(dtype=float).sum(axis=1)
    shares = mine / everybody[:, None]
    point = _scores(shares / national, arrays, thresholds, np.ones(5))
    shape = np.column_stack([mine, everybody - mine.sum(axis=1)]) / uncertainty.design_effect + 0.5
    rng = as_generator(rng, "shrinkage.path_types")
    total, wins = np.zeros(point.shape), np.zeros(point.shape)
    for _ in range(uncertainty.draws):
        gammas = rng.standard_gamma(shape)
        drawn = gammas[:, :-1] / gammas.sum(axis=1, keepdims=True)
        factor = np.exp(rng.normal(0.0, uncertainty.threshold_sd, 5))
        scores = _scores(drawn / national, arrays, thresholds, factor)
        total += _softmax(scores / thresholds.temperature)
        wins[np.arange(len(scores)), scores.argmax(axis=1)] += 1
    probabilities = pd.DataFrame(total / uncertainty.draws, known.index, list(PATHS))
    return Typology(
        probabilities,
        pd.DataFrame(point, known.index, list(PATHS)),
        _assigned(probabilities, wins / uncertainty.draws),
        left_out,
    )


def _assigned(probabilities: pd.DataFrame, wins: Floats) -> pd.DataFrame:
    values = probabilities.to_numpy()
    order = np.argsort(-values, axis=1, kind="stable")
    rows = np.arange(len(values))
    names = np.array(PATHS)
    return pd.DataFrame(
        {
            "path": names[order[:, 0]],
            "probability": values[rows, order[:, 0]],
            "runner_up": names[order[:, 1]],
            "stability": wins[rows, order[:, 0]],
        },
        index=probabilities.index,
    )


def _merged(counts: pd.DataFrame, groups: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Counts of mining, tourism and agriculture, in this order."""
    order = ("mining", "tourism", "agriculture")
    return pd.DataFrame({name: counts[list(groups[name])].sum(axis=1) for name in order})


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _count_faults(counts: pd.DataFrame) -> list[Fault]:
    values = values_of(counts)
    wrong = ~np.isfinite(values) | (values < 0)
    faults = [
        Fault(
            f"{values[i, j]:g}",
            "a count of 0 or more",
            "Complete it or drop the city.",
            f"city {counts.index[i]}, industry {counts.columns[j]}",
        )
        for i, j in np.argwhere(wrong).tolist()
    ]
    if not faults:
        empty = counts.index[values.sum(axis=1) == 0].tolist()
        none = counts.columns[values.sum(axis=0) == 0].tolist()
        faults = [
            Fault("nobody employed", "some", "Drop it.", f"city or industry {name}")
            for name in [*empty, *none]
        ]
    return faults


def _place_faults(
    counts: pd.DataFrame, places: pd.DataFrame, groups: Mapping[str, tuple[str, ...]]
) -> list[Fault]:
    wanted = {name for parts in groups.values() for name in parts}
    faults = [
        Fault(f"no industry '{name}'", ", ".join(map(str, counts)), "Mend `groups`.")
        for name in sorted(wanted - set(counts.columns))
    ]
    faults += [
        Fault(f"no group '{name}'", "mining, tourism, agriculture", "Add it to `groups`.")
        for name in ("mining", "tourism", "agriculture")
        if name not in groups
    ]
    absent = [name for name in PLACE_COLUMNS if name not in places.columns]
    if absent:
        expected = ", ".join(PLACE_COLUMNS)
        return [*faults, Fault(f"no column {', '.join(absent)}", expected, "Add it.", "places")]
    strange = sorted(set(places["resource_stage"].astype(str)) - set(STAGES))
    faults += [
        Fault(f"resource stage '{stage}'", ", ".join(STAGES), "Mend it.") for stage in strange
    ]
    faults += [
        Fault(f"no counts of city {city}", "a row in `counts`", "Add or drop it.")
        for city in places.index.difference(counts.index)
    ]
    return faults
