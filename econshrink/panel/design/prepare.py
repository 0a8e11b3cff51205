"""Design: a specification turned into arrays, with every row that was left out accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.linear_fit import TIME, UNIT
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.sample import (
    drop_singletons,
    empty_columns,
    loss_notes,
    sample_faults,
)
from econshrink.panel.design.variables import containing, effect_codes, numbers
from econshrink.tables.evaluation import evaluate, evaluate_all


@dataclass(frozen=True, eq=False)
class Design:
    """Arrays of a regression, rows ordered by city and year.

    Parameters
    ----------
    depvar : str
    names : tuple of str
        Names of the k regressors.
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    effects : dict
        Effect to dense codes 0 … L-1, shape (n,).
    weights : ndarray, shape (n,), or None
        Positive analytic weights.
    city, year : ndarray of int, shape (n,)
        Dense city codes; calendar years.
    cities : tuple of str
        Label of each city code.
    unit, time : str
        What the panel calls its cities and years.
    intercept : bool
        Whether a model without effects has a constant.
    rows : ndarray of int, shape (n,)
        Positions in the panel's frame.
    dropped : dict
        Reason to number of rows left out; reasons do not overlap.
    notes : tuple of str
        The same in words, for the reader of a table.
    """

    depvar: str
    names: tuple[str, ...]
    y: Floats
    x: Floats
    effects: dict[str, Ints]
    weights: Floats | None
    city: Ints
    year: Ints
    cities: tuple[str, ...]
    rows: Ints
    dropped: dict[str, int]
    notes: tuple[str, ...]
    unit: str = "city"
    time: str = "year"
    intercept: bool = True

    @property
    def nobs(self) -> int:
        """Rows n."""
        return len(self.y)

    @property
    def stats(self) -> dict[str, float]:
        """Counts that every estimate reports."""
        reasons = {f"rows_{reason}": float(count) for reason, count in self.dropped.items()}
        return {
            "cities": float(len(self.cities)),
            "years": float(codes(self.year)[1]),
            "rows_dropped": float(sum(self.dropped.values())),
            **reasons,
        }


def prepare(
    panel: CityPanel,
    spec: Spec,
    *,
    keep_singletons: bool = False,
    computed: Iterable[str] = (),
) -> Design:
    """Turn a specification into arrays.

    Rows with a missing cell in any variable, weight or effect are left out; so are rows with zero
    weight, and singletons: rows that are alone in a level of an effect and therefore fitted
    perfectly (Correia 2015). Singletons are removed until none is left, because removing one can
    make another. Every loss is counted in `Design.dropped` and told in `Design.notes`.

    Parameters
    ----------
    panel : CityPanel
    spec : Spec
    keep_singletons : bool
        Keep singletons: coefficients are the same, but they inflate the counts of rows and
        clusters.
    computed : iterable of str
        Covariates that are arithmetic, as instruments are: ``"a - b"`` is computed.

    Returns
    -------
    Design

    Raises
    ------
    SpecError
        Unknown variable, effect or weight; expression that cannot be evaluated; a covariate that
        contains the outcome.
    DataError
        No rows left; an outcome or covariate without figures; a constant outcome or covariate; an
        effect with one level; negative weights.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000", "130000"],
    ...     "year": [2010, 2011, 2010, 2011, 2011],
    ...     "y": [1.0, 2.0, 4.0, 3.0, 9.0], "x": [0.0, 1.0, 1.0, 3.0, 2.0]}))
    >>> design = prepare(panel, Spec("y", ("x",), ("city", "year")))
    >>> design.nobs, design.dropped
    (4, {'missing': 0, 'zero_weight': 0, 'singleton': 1})
    """
    columns, names, weights, effects = _columns(panel, spec, computed)
    labels = [spec.depvar, *names, *((spec.weights,) if spec.weights else ())]
    everything = columns if weights is None else [*columns, weights]
    gaps = np.empty((len(columns[0]), len(everything)), dtype=bool, order="F")
    for place, column in enumerate(everything):
        np.isnan(column, out=gaps[:, place])
    unlabelled = {name: code < 0 for name, code in effects.items()}
    missing = gaps.any(axis=1) | _any(unlabelled.values(), len(gaps))
    faults = empty_columns(labels, gaps)
    if weights is not None and (weights[~missing] < 0).any():
        seen = f"{int((weights[~missing] < 0).sum())} negative weights"
        faults.append(
            Fault(seen, "weights of zero or more", "Mend them.", f"column {spec.weights}")
        )
    raise_all(DataError, faults)
    idle = (~missing & (weights == 0)) if weights is not None else np.zeros(len(gaps), dtype=bool)
    rows = np.flatnonzero(~missing & ~idle)
    alone = {} if keep_singletons else drop_singletons(effects, rows)
    if alone:
        used = np.zeros(len(gaps), dtype=bool)
        used[rows] = True
        used[np.concatenate(list(alone.values()))] = False
        rows = np.flatnonzero(used)
    counts = {
        "missing": int(missing.sum()),
        "zero_weight": int(idle.sum()),
        "singleton": len(gaps) - int(missing.sum()) - int(idle.sum()) - len(rows),
    }
    table = np.empty((len(columns), len(rows)))  # a column in one piece, copied once
    for place, column in enumerate(columns):
        np.take(column, rows, out=table[place], mode="clip")  # in range; "raise" would buffer
    if len(rows) < len(gaps):
        effects = {name: levels[rows] for name, levels in effects.items()}
    raise_all(DataError, sample_faults(table.T, labels, effects, counts))
    notes = loss_notes(len(gaps), counts, labels, gaps, unlabelled, alone)
    return _assemble(panel, spec, names, table, weights, effects, rows, counts, notes)


def row_labels(panel: CityPanel, design: Design, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Codes of cluster variables, and coordinates, for the rows of a design.

    Takes `panel`: the panel the design was made from; `names`: ``"city"``, ``"year"`` or what the
    panel calls them, `UNIT` and `TIME`, city attributes, labels or products such as
    ``"province^year"``. The year comes as calendar year, so that gaps are seen.
    ``"number:latitude"`` asks for a numeric variable or attribute as it is.

    Returns name to integers (or numbers) of shape (n,).

    Raises `SpecError`: unknown cluster variable, or one that is missing for a city in the sample.
    """
    labels: dict[str, np.ndarray] = {}
    faults: list[Fault] = []
    for name in names:
        if name.startswith("number:"):
            labels[name], wrong = numbers(panel, name.removeprefix("number:"), design.rows)
            faults += wrong
        elif name == UNIT or panel.role(name) == "unit":
            labels[name] = design.city
        elif name == TIME or panel.role(name) == "time":
            labels[name] = design.year
        else:
            found, wrong = effect_codes(panel, name)
            faults += wrong
            if not wrong:
                labels[name] = found[design.rows]
                faults += _unlabelled(name, labels[name], design)
    raise_all(SpecError, faults)
    return labels


def _columns(
    panel: CityPanel, spec: Spec, computed: Iterable[str]
) -> tuple[list[Floats], list[str], Floats | None, dict[str, Ints]]:
    """Evaluate all terms; the first column is the outcome. Raises all faults at once."""
    outcome, faults = evaluate(panel, spec.depvar, "outcome", computed=True)
    if len(outcome) > 1:
        seen = f"{len(outcome)} columns from '{spec.depvar}'"
        faults.append(Fault(seen, "one outcome", "Name one column.", "outcome"))
    faults += containing(spec.depvar, spec.covariates)
    constant = spec.intercept or bool(spec.absorb)
    regressors, wrong = evaluate_all(
        panel, spec.covariates, intercept=constant, computed=tuple(computed)
    )
    faults += wrong
    weights = None
    if spec.weights:
        found, wrong = evaluate(panel, spec.weights, "weights", computed=True)
        faults += wrong
        weights = next(iter(found.values()), None)
    effects: dict[str, Ints] = {}
    for effect in spec.absorb:
        effects[effect], wrong = effect_codes(panel, effect)
        faults += wrong
    raise_all(SpecError, faults)
    columns = [next(iter(outcome.values())), *regressors.values()]
    return columns, list(regressors), weights, effects


def _any(masks: Iterable[np.ndarray], size: int) -> np.ndarray:
    joint = np.zeros(size, dtype=bool)
    for mask in masks:
        joint = joint | mask
    return joint


def _assemble(
    panel: CityPanel,
    spec: Spec,
    names: list[str],
    table: Floats,
    weights: Floats | None,
    effects: dict[str, Ints],
    rows: Ints,
    counts: dict[str, int],
    notes: tuple[str, ...],
) -> Design:
    index = panel.frame.index
    assert isinstance(index, pd.MultiIndex)
    place = np.asarray(index.codes[0])[rows]
    here = np.flatnonzero(np.bincount(place))
    labels = tuple(map(str, index.levels[0].take(here)))
    years = index.levels[1].to_numpy().astype(np.intp)
    dense = {name: codes(levels)[0] for name, levels in effects.items()}
    own = [dense[name] for name in dense if panel.role(name) == "unit"]  # one array for both
    return Design(
        depvar=spec.depvar,
        names=tuple(names),
        y=table[0],
        x=table[1:].T,
        effects=dense,
        weights=None if weights is None else weights[rows],
        city=own[0] if own else codes(place)[0],
        year=years[np.asarray(index.codes[1])[rows]],
        cities=labels,
        rows=rows,
        dropped=counts,
        notes=notes,
        unit=panel.unit,
        time=panel.time,
        intercept=spec.intercept,
    )


def _unlabelled(name: str, found: Ints, design: Design) -> list[Fault]:
    if not (found < 0).any():
        return []
    lost = sorted({design.cities[code] for code in design.city[found < 0]})
    return [
        Fault(
            f"no '{name}' for {len(lost)} cities ({', '.join(lost[:5])})",
            "a label for every city in the sample",
            "Complete the attribute or cluster by another variable.",
        )
    ]
