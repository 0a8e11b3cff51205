"""Specifications that share rows, effects and weights, reduced to one set of cluster Grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.gram.curve import Choice
from econshrink.inference.gram.grams import ClusterGrams, cluster_grams
from econshrink.inference.linear_fit import LinearFit
from econshrink.inference.small_sample import degrees_of_freedom, factor
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.design.rank import absorbed
from econshrink.tables.evaluation import evaluate


@dataclass(frozen=True, eq=False)
class Engine:
    """The specifications that share rows, effects and weights, reduced to cluster Grams.

    Parameters
    ----------
    members : tuple of int
        Positions of the specifications.
    grams : ClusterGrams
        Columns of unit norm: effects across clusters, regressors, outcomes.
    choices : tuple of Choice
    units : ndarray, shape (G,)
        Label of each cluster (row label of the panel).
    scales : ndarray, shape (S,)
        From coefficients on unit columns to coefficients.
    """

    members: tuple[int, ...]
    grams: ClusterGrams
    choices: tuple[Choice, ...]
    units: np.ndarray
    scales: Floats


@dataclass(frozen=True)
class Shape:
    """Variance factor, degrees of freedom of t, and rows of a specification."""

    factor: float
    df_t: float
    nobs: int


def grouped(
    panel: CityPanel, specs: Sequence[Spec]
) -> tuple[dict[str, dict[str, np.ndarray]], list[list[int]]]:
    """Columns of every term, and positions of the specifications that share their rows.

    Returns term to its columns (name to values by row of the panel), and groups of positions: same
    rows without missing cells, same effects, same weights.

    Raises `SpecError`: terms that cannot be evaluated, an outcome of several columns.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0], "z": [1.0, 2.0, 2.0, None]}))
    >>> specs = [Spec("y", names, ("city",)) for names in (("x",), ("x", "z"), ("z",))]
    >>> grouped(panel, specs)[1]
    [[0], [1, 2]]
    """
    columns, faults = {}, []
    for term in dict.fromkeys(t for spec in specs for t in (spec.depvar, *spec.covariates)):
        outcome = any(term == spec.depvar for spec in specs)
        columns[term], wrong = evaluate(panel, term, "specification", computed=outcome)
        faults += wrong
        if not wrong and len(columns[term]) > 1 and outcome:
            faults.append(Fault(f"{len(columns[term])} columns", "one outcome", "Name one.", term))
    raise_all(SpecError, faults)
    gaps = {
        term: np.isnan(np.column_stack(list(found.values()))).any(axis=1)
        for term, found in columns.items()
    }
    groups: dict[tuple[tuple[str, ...], str, bytes], list[int]] = {}
    for position, spec in enumerate(specs):
        missing = np.logical_or.reduce([gaps[t] for t in (spec.depvar, *spec.covariates)])
        key = (spec.absorb, spec.weights or "", missing.tobytes())
        groups.setdefault(key, []).append(position)
    return columns, list(groups.values())


def engine_of(
    panel: CityPanel,
    specs: Sequence[Spec],
    term: str,
    members: list[int],
    columns: dict[str, dict[str, np.ndarray]],
    cluster: str,
    rule: str,
) -> tuple[Engine, list[Shape]]:
    """Reduce the specifications of one group to cluster Grams.

    Takes `specs`: all of them; `term`: the covariate whose coefficient is followed; `members`:
    positions of the group's specifications; `columns`: see `grouped`; `cluster, rule`: clusters and
    small-sample rule.

    Returns the engine, and one `Shape` a specification.

    Raises `SpecError, DataError`: see `prepare`; a variable that the effects absorb; fewer than two
    clusters.
    """
    chosen = [specs[m] for m in members]
    outcomes = list(dict.fromkeys(spec.depvar for spec in chosen))
    terms = list(dict.fromkeys(t for spec in chosen for t in spec.covariates))
    everything = tuple(t for t in dict.fromkeys([*outcomes, *terms]) if t != outcomes[0])
    union = Spec(outcomes[0], everything, chosen[0].absorb, chosen[0].weights)
    design = prepare(panel, union)
    labels = row_labels(panel, design, [cluster])[cluster]
    groups, _ = codes(labels)
    swept, norms = _unit_columns(design)
    place = {name: at for at, name in enumerate((design.depvar, *design.names))}
    names = list(dict.fromkeys(n for t in terms for n in columns[t]))
    x_at = [place[n] for n in names]
    y_at = [place[next(iter(columns[t]))] for t in outcomes]
    effects = tuple(design.effects.values())
    grams = cluster_grams(effects, swept[:, x_at], swept[:, y_at], groups, design.weights)
    position = {name: at for at, name in enumerate(names)}
    focal = position[next(iter(columns[term]))]
    choices, scales, slopes = [], [], []
    for spec in chosen:
        used = [position[n] for t in spec.covariates for n in columns[t]]
        outcome = outcomes.index(spec.depvar)
        choices.append(Choice(tuple(i for i in used if i != focal), focal, outcome))
        scales.append(norms[y_at[outcome]] / norms[x_at[focal]])
        slopes.append(len(used))
    units = _row_units(design, cluster, labels, groups)
    shapes = {k: _shape(design, k, groups, rule) for k in set(slopes)}
    engine = Engine(tuple(members), grams, tuple(choices), units, np.array(scales))
    return engine, [shapes[k] for k in slopes]


def _unit_columns(design: Design) -> tuple[Floats, Floats]:
    """Outcome and covariates, swept, weighted, of unit norm; raises if one is absorbed."""
    raw = np.column_stack([design.y, design.x])
    swept = sweep(absorber(tuple(design.effects.values()), design.weights), raw)
    names = (design.depvar, *design.names)
    joint = " and ".join(design.effects)
    raise_all(
        SpecError,
        [
            Fault(f"'{name}' has no variation left within {joint}", "variation", "Absorb less.")
            for name, gone in zip(names, absorbed(raw, swept), strict=True)
            if gone
        ],
    )
    if design.weights is not None:
        swept = swept * np.sqrt(design.weights)[:, None]
    norms = np.sqrt((swept**2).sum(axis=0))
    return swept / norms, norms


def _shape(design: Design, slopes: int, groups: Ints, rule: str) -> Shape:
    """What the small-sample rule says of a fit with that many slopes; it looks at nothing else."""
    effects = tuple(design.effects.values())
    fit = LinearFit(
        design.y,
        np.empty((design.nobs, slopes)),
        np.zeros(slopes),
        np.zeros(design.nobs),
        np.eye(slopes),
        effects,
        tuple(design.effects),
        absorber(effects, design.weights).rank,
    )
    return Shape(factor(rule, fit, [groups]), degrees_of_freedom(rule, fit, [groups]), design.nobs)


def _row_units(design: Design, cluster: str, labels: np.ndarray, groups: Ints) -> np.ndarray:
    """A label of each cluster that is the same in every sample of the panel."""
    _, first = np.unique(groups, return_index=True)
    if cluster == design.unit:
        return np.array([design.cities[code] for code in design.city[first]])
    return np.asarray(labels[first])
