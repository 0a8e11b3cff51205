"""Rows of a cross-section with named groups of regressors, their resamples, and the bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, codes, group_sums
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.bootstrap import BLOCK, block_weights
from econshrink.inference.gram.grams import block_sums, cluster_grams, square_index
from econshrink.inference.resampling import Resampling
from econshrink.nouns.decomposition import TOTAL, Decomposition
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import needs_intercept, no_effects, no_weights
from econshrink.panel.design.prepare import Design, prepare, row_labels

SINGULAR = 1e-10  # smallest eigenvalue of a correlation matrix that counts as full rank


@dataclass(frozen=True, eq=False)
class Columns:
    """Arrays of a regression.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        Without the constant.
    names : tuple of str
    parts : dict
        Name of a group of regressors to their positions; every regressor is in one group.
    clusters : ndarray of int, shape (n,)
        Dense codes.
    """

    y: Floats
    x: Floats
    names: tuple[str, ...]
    parts: dict[str, Ints]
    clusters: Ints

    @property
    def cluster_count(self) -> int:
        """Clusters G."""
        return int(self.clusters.max()) + 1

    @property
    def ones(self) -> Floats:
        """Weights of the full sample, shape (1, G)."""
        return np.ones((1, self.cluster_count))


@dataclass(frozen=True, eq=False)
class Rows(Columns):
    """The columns with where they come from.

    Parameters
    ----------
    cluster : str
        What is resampled.
    design : Design
    panel : CityPanel
    """

    cluster: str
    design: Design
    panel: CityPanel

    def attribute(self, name: str) -> np.ndarray:
        """Text of a city attribute, row by row; missing for a row is an error."""
        labels = self.panel.attribute(name).iloc[self.design.rows]
        if labels.isna().any():
            lost = sorted({str(where[0]) for where in labels.index[labels.isna()]})
            seen = f"no '{name}' for {', '.join(lost[:10])}"
            raise SpecError(Fault(seen, "a label for every row", "Complete the attribute."))
        return labels.astype(str).to_numpy()


def cross_section(
    panel: CityPanel, spec: Spec, parts: Mapping[str, Sequence[str]], cluster: str
) -> Rows:
    """Turn a specification and its groups of covariates into rows.

    Takes `spec`: without absorbed effects and weights; effects may enter as a group of dummies;
    `parts`: name of a group to its covariates; together all covariates, each once; `cluster`:
    ``"city"``, ``"province"`` or another grouping.

    Raises `SpecError, DataError`: see `prepare`; a covariate in no group or in two, a group without
    covariates, one cluster.
    """
    method = "a decomposition"
    raise_all(SpecError, no_effects(spec, method, "Add dummies as a group of covariates."))
    raise_all(SpecError, needs_intercept(spec, method) + no_weights(spec, method))
    design = prepare(panel, spec)
    raise_all(SpecError, _part_faults(parts, design.names))
    groups, count = codes(row_labels(panel, design, [cluster])[cluster])
    if count < 2:
        raise SpecError(Fault(f"{count} cluster by {cluster}", "at least 2", "Use a finer unit."))
    place = {name: np.array([design.names.index(c) for c in parts[name]]) for name in parts}
    return Rows(design.y, design.x, design.names, place, groups, cluster, design, panel)


def moments(columns: Floats, clusters: Ints, weights: Floats) -> Floats:
    """Cross products of the columns under cluster weights, shape (B, p, p).

    Takes `columns` of shape (n, p); `clusters` of shape (n,); `weights` of shape (B, G).

    Examples
    --------
    >>> columns = np.array([[1.0, 2.0], [1.0, 3.0]])
    >>> moments(columns, np.array([0, 1]), np.array([[1.0, 1.0], [2.0, 0.0]])).tolist()
    [[[2.0, 5.0], [5.0, 13.0]], [[2.0, 4.0], [4.0, 8.0]]]
    """
    size = columns.shape[1]
    grams = cluster_grams((), columns[:, :-1], columns[:, -1:], clusters)
    packed = block_sums(grams, weights)[0]
    return np.asarray(packed[:, square_index(size)].reshape(len(weights), size, size))


def draw_weights(columns: Columns, resampling: Resampling, task: str) -> Floats:
    """Cluster weights: ones for the full sample, then those of the draws; shape (1 + B, G).

    The first draws of a longer run are the same.
    """
    scheme, seed, count = resampling.weighting, resampling.seed(), columns.cluster_count
    blocks = range(-(-resampling.draws // BLOCK))
    parts = [block_weights(scheme, task, seed, count, block) for block in blocks]
    return np.concatenate([columns.ones, *parts])[: 1 + resampling.draws]


def centred(products: Floats) -> tuple[Floats, Floats]:
    """Means (B, p-1) and central products (B, p-1, p-1) of columns behind a first one of ones."""
    count = products[:, 0, 0]
    mean = products[:, 0, 1:] / count[:, None]
    centre = products[:, 1:, 1:] - count[:, None, None] * mean[:, :, None] * mean[:, None, :]
    return mean, centre


def full_rank(inner: Floats) -> np.ndarray:
    """Which of many resamples have independent regressors, shape (B,).

    If they are, so is every subset of them: eigenvalues interlace.

    Takes `inner` of shape (B, k, k): central products of the regressors.

    Examples
    --------
    >>> full_rank(np.array([[[1.0, 1.0], [1.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]])).tolist()
    [False, True]
    """
    size = np.sqrt(np.maximum(np.einsum("bii->bi", inner), 0.0))
    sound = (size > 0).all(axis=1) & np.isfinite(inner).all(axis=(1, 2))
    scaled = inner / np.where(size > 0, size, 1.0)[:, :, None]
    scaled = scaled / np.where(size > 0, size, 1.0)[:, None, :]
    scaled[~sound] = np.eye(inner.shape[1])
    return np.asarray(sound & (np.linalg.eigvalsh(scaled)[:, 0] > SINGULAR))


def slopes(inner: Floats, cross: Floats, sound: np.ndarray | None = None) -> Floats:
    """Solve normal equations of many resamples; NaN where regressors are collinear, shape (B, k).

    Takes `inner` of shape (B, k, k): central products of the regressors; `cross` of shape (B, k);
    `sound` of shape (B,): which resamples to solve; default those of full rank.
    """
    sound = full_rank(inner) if sound is None else sound
    size = np.where(sound[:, None], np.sqrt(np.maximum(np.einsum("bii->bi", inner), 0.0)), 1.0)
    scaled = inner / size[:, :, None] / size[:, None, :]
    scaled[~sound] = np.eye(inner.shape[1])
    found = np.linalg.solve(scaled, (cross / size)[:, :, None])[:, :, 0] / size
    return np.asarray(np.where(sound[:, None], found, np.nan))


def clustered_errors(influence: Floats, clusters: Ints) -> Floats:
    """Standard errors of estimates from their rows' influences, with the factor G/(G−1).

    Takes `influence` of shape (n, m): contribution of each row to each estimate's error; columns
    sum to about zero; `clusters` of shape (n,).

    Examples
    --------
    >>> float(clustered_errors(np.array([[1.0], [1.0], [-2.0]]), np.array([0, 0, 1]))[0])
    4.0
    """
    count = int(clusters.max()) + 1
    sums = group_sums(influence, clusters, count)
    return np.asarray(np.sqrt(count / (count - 1) * (sums**2).sum(axis=0)))


def assemble_decomposition(
    rows: Rows,
    method: str,
    labels: Sequence[tuple[str, str]],
    estimates: Floats,
    draws: Floats,
    resampling: Resampling | None,
    *,
    errors: Floats | None = None,
    level: float = 0.95,
    notes: Sequence[str] = (),
) -> Decomposition:
    """Put estimates and draws of (target, part) pairs into a `Decomposition`.

    Takes `estimates` of shape (m,); `draws` of shape (B, m): rows with NaN are left out and
    counted; B may be 0; `errors` of shape (m,): analytic standard errors; default the standard
    deviation of the draws.
    """
    usable = draws[np.isfinite(draws).all(axis=1)]
    low, high = np.full((2, len(labels)), np.nan)
    spread = np.full(len(labels), np.nan)
    if len(usable) > 1:
        tail = (1 - level) / 2
        low, high = np.quantile(usable, [tail, 1 - tail], axis=0)
        spread = usable.std(axis=0, ddof=1)
    words = []
    if errors is not None:
        words.append(f"standard errors by the delta method, clustered by {rows.cluster}")
    if resampling is not None:
        what = "limits" if errors is not None else "standard errors and limits"
        words.append(
            f"{what} from the {resampling.weighting.label} by {rows.cluster}, {len(usable)} draws"
        )
    frame = pd.DataFrame(labels, columns=["target", "part"]).assign(
        estimate=estimates,
        std_error=spread if errors is None else errors,
        conf_low=low,
        conf_high=high,
    )
    return Decomposition(
        frame,
        method,
        "; ".join(words),
        len(rows.y),
        {rows.cluster: rows.cluster_count},
        len(usable),
        len(draws) - len(usable),
        (*rows.design.notes, *notes),
        rows.panel.synthetic,
    )


def usual_cluster(panel: CityPanel) -> str:
    """What errors are clustered by where nobody says: provinces, or units where there are none."""
    return "province" if "province" in panel.attributes else panel.unit


def with_totals(
    labels: Sequence[tuple[str, str]], values: Floats
) -> tuple[list[tuple[str, str]], Floats]:
    """Append each target's total to its parts; `values` has shape (B, m), targets in blocks."""
    targets = list(dict.fromkeys(target for target, _ in labels))
    names: list[tuple[str, str]] = []
    columns: list[Floats] = []
    for target in targets:
        mine = [i for i, (owner, _) in enumerate(labels) if owner == target]
        names += [*(labels[i] for i in mine), (target, TOTAL)]
        columns += [*(values[:, i] for i in mine), values[:, mine].sum(axis=1)]
    return names, np.stack(columns, axis=1)


def _part_faults(parts: Mapping[str, Sequence[str]], names: tuple[str, ...]) -> list[Fault]:
    faults = []
    listed = [name for members in parts.values() for name in members]
    for words, found in (
        ("in no group", [name for name in names if name not in listed]),
        ("in two groups", sorted({name for name in listed if listed.count(name) > 1})),
        ("in a group, but no covariate", [name for name in listed if name not in names]),
    ):
        if found:
            seen = f"{', '.join(found)} {words}"
            faults.append(Fault(seen, f"groups of {', '.join(names)}", "Mend the groups."))
    empty = [name for name, members in parts.items() if not members]
    if empty or TOTAL in parts:
        seen = f"groups {', '.join([*empty, *([TOTAL] if TOTAL in parts else [])])}"
        faults.append(Fault(seen, f"groups with covariates, none called '{TOTAL}'", "Mend them."))
    return faults
