"""Effects that cross the clusters: which they are, which clusters they link, their dummies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from econshrink.core.arrays import Floats, Ints, codes, is_nested
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.gram.solve import eliminate

ABSORBED = 1e-10  # norm of a dummy left after the sweep, relative to its own


def crossing_effects(effects: Sequence[Ints], groups: Ints) -> tuple[list[Ints], list[Ints]]:
    """Effects nested in the clusters, and those that are not.

    Examples
    --------
    >>> city, year = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> [len(part) for part in crossing_effects([city, year], city)]
    [1, 1]
    """
    inside = [is_nested(codes, groups) for codes in effects]
    return (
        [e for e, yes in zip(effects, inside, strict=True) if yes],
        [e for e, yes in zip(effects, inside, strict=True) if not yes],
    )


def linked_blocks(across: Sequence[Ints], groups: Ints) -> Ints:
    """Block of every cluster, shape (G,): clusters that share a level are in the same one.

    Examples
    --------
    >>> linked_blocks([np.array([0, 0, 1, 1])], np.array([0, 1, 2, 3]))
    array([0, 0, 1, 1])
    """
    start, first, second = int(groups.max()) + 1, [], []
    size = start
    for level in across:
        first.append(groups)
        second.append(size + level)
        size += int(level.max()) + 1
    cells = (np.concatenate(first), np.concatenate(second))
    links = sparse.coo_matrix((np.ones(len(cells[0])), cells), shape=(size, size))
    _, part = csgraph.connected_components(links, directed=False)
    return codes(part[:start])[0]


def crossing_dummies(
    nested: Sequence[Ints], across: Sequence[Ints], weights: Floats | None = None
) -> Floats:
    """Dummies of the crossing effects, the nested ones swept out, without redundant columns.

    Takes `nested, across` of shape (n,): codes; levels need not be dense. At least one effect
    crosses; `weights` of shape (n,): positive analytic weights: the sweep uses them, the columns
    are not multiplied by roots.

    Returns shape (n, m): linearly independent columns of unit (weighted) norm.

    Examples
    --------
    >>> city, year = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> crossing_dummies([city], [year]).ravel()
    array([-0.5,  0.5, -0.5,  0.5])
    """
    dense = [codes(each) for each in across]
    raw = np.column_stack(
        [
            np.ones((len(across[0]), 0 if nested else 1)),
            *((c[:, None] == np.arange(1, count)).astype(float) for c, count in dense),
        ]
    )
    if not raw.shape[1]:
        return raw
    inside = [codes(each)[0] for each in nested]
    dummies = sweep(absorber(inside, weights), raw) if inside else raw
    root = np.ones((len(raw), 1)) if weights is None else np.sqrt(weights)[:, None]
    norm = np.sqrt(((dummies * root) ** 2).sum(axis=0))
    kept = norm > ABSORBED * np.sqrt(((raw * root) ** 2).sum(axis=0))
    dummies = dummies[:, kept] / norm[kept]
    rooted, size = dummies * root, dummies.shape[1]
    gram = (rooted.T @ rooted)[np.triu_indices(size)][:, None]
    return np.asarray(dummies[:, eliminate(gram, size, size).usable[:, 0]])
