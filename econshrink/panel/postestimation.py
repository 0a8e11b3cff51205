"""After the fit: residuals, fitted values, predictions, average effects, another covariance.

An `Estimate` holds numbers only, so these verbs take the estimate and the figures it was fitted on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import lsqr

from econshrink.core.arguments import own_words
from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.linear_fit import Vcov
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.counts import fit_poisson, poisson_rows
from econshrink.panel.design.assemble import INTERCEPT, with_intercept
from econshrink.panel.design.prepare import Design, prepare
from econshrink.panel.design.variables import effect_codes
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.pooled import fit_pooled
from econshrink.tables.evaluation import evaluate
from econshrink.tables.opening import open_table
from econshrink.tables.panel_table import as_panel

KINDS = ("fe", "pooled", "poisson")
_STEP = 1e-4  # of a variable's standard deviation, for derivatives


@dataclass(frozen=True, eq=False)
class FittedRows:
    """The rows of an estimate, found again in its figures.

    Parameters
    ----------
    design : Design
    x : ndarray, shape (n, k)
        Regressors, with a column of ones in front if no effects are absorbed.
    offset : ndarray, shape (n,), or None
    keep_singletons : bool
        Whether the estimate kept them.
    """

    design: Design
    x: Floats
    offset: Floats | None
    keep_singletons: bool


def figures_of(estimate: Estimate, data: Any, *, fitted_on: bool = True) -> CityPanel:
    """The panel of an estimate: one as it is, any other table read as the fit read it.

    Columns that the model and its clusters do not mention are left out, as they were. New rows
    (`fitted_on` False) need no outcome.
    """
    if isinstance(data, CityPanel):
        return data
    if isinstance(data, Estimate | str):
        seen = f"a {type(data).__name__} where the data belong"
        remedy = "The estimate comes first: residuals(estimate, df)."
        raise DataError(Fault(seen, "the figures it was fitted on", remedy))
    spec, known = estimate.spec, estimate.provenance
    frame = open_table(data)
    names = {} if frame.index.nlevels > 1 else {k: known[k] for k in ("unit", "time") if k in known}
    texts = [known.get("offset", ""), *estimate.clusters]
    if isinstance(spec, Spec):
        texts += [spec.depvar, *spec.covariates, *spec.absorb, spec.weights or ""]
    panel = as_panel(frame, **names, mentioned=texts)
    if not fitted_on or known.get("data_digest") in {panel.digest(), None}:
        return panel
    return as_panel(frame, **names)


def _index_of(panel: CityPanel, index: pd.Index) -> pd.Index:
    """Rows under the names the user gave unit and time."""
    return index.set_names([panel.unit, panel.time])


def rows_of(estimate: Estimate, data: Any) -> FittedRows:
    """Find the rows an estimate was fitted on.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or `fit_poisson`.
    data : CityPanel or any table
        The figures it was fitted on.

    Returns
    -------
    FittedRows

    Raises
    ------
    SpecError
        Another kind of model.
    DataError
        Other figures.
    """
    spec = estimate.spec
    if estimate.kind not in KINDS or not isinstance(spec, Spec):
        seen = f"an estimate of the kind '{estimate.kind or estimate.method}'"
        remedy = "Use the prediction verbs of its own wing, such as econshrink.survival."
        raise SpecError(Fault(seen, "an estimate of fit_fe, fit_pooled or fit_poisson", remedy))
    data = figures_of(estimate, data)
    digest = estimate.provenance.get("data_digest")
    if digest and digest != data.digest():
        seen = "figures other than those of the estimate"
        remedy = "Pass the panel it was fitted on, or fit again on this one."
        raise DataError(Fault(seen, "the same figures", remedy))
    offset = estimate.provenance.get("offset")
    for keep in (False, True):
        shift = None
        if estimate.kind == "poisson":
            rows = poisson_rows(data, spec, offset, keep_singletons=keep)
            design, x, shift = rows.design, rows.x, rows.offset
        else:
            design = prepare(data, spec, keep_singletons=keep)
            x = design.x if design.effects else with_intercept(design.x, design.names)[0]
        if design.nobs == estimate.nobs:
            return FittedRows(design, x, shift, keep)
    seen = f"{design.nobs} rows for an estimate of {estimate.nobs}"
    raise DataError(Fault(seen, "the same rows", "Pass the panel the model was fitted on."))


@own_words
def fitted(estimate: Estimate, data: Any) -> pd.Series:
    """Fitted outcomes of the rows used, effects included; counts on their own scale.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or `fit_poisson`.
    data : CityPanel or any table
        The figures it was fitted on.

    Returns
    -------
    Series
        Index (city, year).

    Raises
    ------
    SpecError, DataError
        See `rows_of`.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> fit = fit_fe(panel, Spec("y", ("x",), ("city",)))
    >>> (fitted(fit, panel) + residuals(fit, panel)).round(9).tolist()
    [1.0, 2.0, 4.0, 3.0]
    """
    data = figures_of(estimate, data)
    rows = rows_of(estimate, data)
    values = _index(estimate, rows)
    values = np.exp(values) if estimate.kind == "poisson" else values
    index = _index_of(data, data.frame.index[rows.design.rows])
    return pd.Series(values, index=index, name="fitted")


@own_words
def residuals(estimate: Estimate, data: Any) -> pd.Series:
    """Outcome less fitted outcome of the rows used, see `fitted`.

    Returns
    -------
    Series
        Index (city, year).
    """
    data = figures_of(estimate, data)
    rows = rows_of(estimate, data)
    values = _index(estimate, rows)
    values = np.exp(values) if estimate.kind == "poisson" else values
    index = _index_of(data, data.frame.index[rows.design.rows])
    return pd.Series(rows.design.y - values, index=index, name="residual")


def _index(estimate: Estimate, rows: FittedRows) -> Floats:
    """Linear index of the rows, effects and offset included."""
    design, part = rows.design, rows.x @ estimate.coefficients
    if not design.effects:
        return np.asarray(part if rows.offset is None else part + rows.offset)
    effects = tuple(design.effects.values())
    if estimate.kind != "poisson":
        return np.asarray(design.y - sweep(absorber(effects, design.weights), design.y - part))
    given = part if rows.offset is None else part + rows.offset
    return np.asarray(given + _poisson_effects(design, given))


def _poisson_effects(design: Design, given: Floats) -> Floats:
    """Sum of the effects a row, which make totals of levels fit: proportional fitting."""
    weight = np.ones(design.nobs) if design.weights is None else design.weights
    total = np.zeros(design.nobs)
    levels = list(design.effects.values())
    sums = [np.bincount(code, weight * design.y) for code in levels]
    for _ in range(20_000):
        worst = 0.0
        for code, goal in zip(levels, sums, strict=True):
            reached = np.bincount(code, weight * np.exp(given + total))
            step = np.log(goal / reached)
            worst = max(worst, float(np.abs(step).max()))
            total = total + step[code]
        if worst < 1e-12 or len(levels) == 1:
            return total
    seen = "effects that do not settle"
    raise SpecError(Fault(seen, "well-connected effects", "Absorb less."))


@own_words
def predict(estimate: Estimate, newdata: Any = None, data: Any = None) -> pd.Series:
    """Predict the outcome of new rows: slopes times covariates, plus the effects of known levels.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or `fit_poisson`.
    newdata : CityPanel or any table, optional
        Rows to predict; the outcome need not be there. Lags look up `data` for earlier years.
        Default: the rows used.
    data : CityPanel or any table
        The figures the model was fitted on.

    Returns
    -------
    Series
        Index (city, year) of `newdata`; NaN where a covariate is missing. Counts on their own
        scale.

    Raises
    ------
    DataError
        No `data`, or a level of an effect or category that the model has not seen.
    SpecError
        See `rows_of`; a transformation that depends on the sample; two effects whose levels are
        not connected with each other.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> new = CityPanel.from_long(pd.DataFrame({"city": ["110000"], "year": [2012], "x": [5.0]}))
    >>> predict(fit_fe(panel, Spec("y", ("x",), ("city",))), new, panel).round(9).tolist()
    [0.6]
    """
    if data is None:
        remedy = "Call predict(estimate, newdata, data)."
        raise DataError(Fault("no data", "the panel the model was fitted on", remedy))
    if newdata is None:
        return fitted(estimate, data).rename("prediction")
    data = figures_of(estimate, data)
    rows = rows_of(estimate, data)
    newdata = figures_of(estimate, newdata, fitted_on=False)
    joint, place = _joined(data, newdata)
    x = _columns(estimate, joint, data)[place]
    if INTERCEPT in estimate.terms[:1] and not rows.design.effects:
        x = np.column_stack([np.ones(len(x)), x])
    index = x @ estimate.coefficients
    if rows.design.effects:
        index = index + _effects_of(estimate, rows, joint, data)[place]
    offset = estimate.provenance.get("offset")
    if offset is not None:
        found, faults = evaluate(joint, offset, "offset", computed=True)
        raise_all(SpecError, faults)
        index = index + next(iter(found.values()))[place]
    values = np.exp(index) if estimate.kind == "poisson" else index
    return pd.Series(values, index=_index_of(data, newdata.frame.index), name="prediction")


def _joined(data: CityPanel, newdata: CityPanel) -> tuple[CityPanel, Ints]:
    """Both panels' rows, the new ones first in doubt; and where the new rows are."""
    old = data.frame[~data.frame.index.isin(newdata.frame.index)]
    frame = pd.concat([newdata.frame, old])
    varying = [*data.labels, *(n for n in newdata.labels if n in data.attributes)]
    kept = [name for name in data.attributes if name not in varying]
    parts = [panel.attributes.reindex(columns=kept) for panel in (data, newdata)]
    attributes = pd.concat(parts) if kept else pd.DataFrame()
    attributes = attributes[~attributes.index.duplicated(keep="first")]
    labels = pd.DataFrame(
        {
            name: pd.concat([_texts(newdata, name), _texts(data, name).loc[old.index]])
            for name in varying
        }
    )
    joint = CityPanel(frame, attributes=attributes, labels=labels, unit=data.unit, time=data.time)
    return joint, joint.frame.index.get_indexer(newdata.frame.index)


def _texts(panel: CityPanel, name: str) -> pd.Series:
    """A label of every row, which may be told by unit."""
    if name in panel.labels:
        return panel.labels[name].astype(object)
    index = panel.frame.index
    if name not in panel.attributes:
        return pd.Series(np.nan, index=index, dtype=object)
    own = panel.attributes[name].reindex(index.get_level_values(0)).astype(object)
    return own.set_axis(index)


def _columns(estimate: Estimate, joint: CityPanel, data: CityPanel) -> Floats:
    """Regressors of all rows of both panels, levels of categories as in the fit."""
    assert isinstance(estimate.spec, Spec)
    names = [name for name in estimate.terms if name != INTERCEPT]
    found: dict[str, Floats] = {}
    for term in estimate.spec.covariates:
        columns, faults = evaluate(joint, term, "covariate")
        raise_all(DataError, faults)
        strange = [name for name in columns if name not in names]
        if strange or not columns:
            seen = f"new levels of '{term}': {', '.join(strange)}"
            raise DataError(Fault(seen, "levels the model has seen", "Leave those rows out."))
        found |= columns
        if not term.isidentifier():
            _same_before(term, columns, joint, data)
    return np.column_stack([found[name] for name in names])


def _same_before(term: str, columns: dict[str, Floats], joint: CityPanel, data: CityPanel) -> None:
    """Refuse a transformation whose values in the old rows change when rows are added."""
    before, _ = evaluate(data, term, "covariate")
    place = joint.frame.index.get_indexer(data.frame.index)
    kept = data.frame.index[(joint.frame.iloc[place].index == data.frame.index)]
    same_rows = joint.frame.reindex(kept)[list(data.variables)].equals(data.frame.reindex(kept))
    if same_rows and any(
        not np.allclose(before[name], values[place], rtol=1e-9, equal_nan=True)
        for name, values in columns.items()
    ):
        seen = f"'{term}', whose values depend on which rows are there"
        remedy = "Add the transformed column to both panels and fit with it."
        raise SpecError(Fault(seen, "a transformation of each row by itself", remedy))


def _effects_of(estimate: Estimate, rows: FittedRows, joint: CityPanel, data: CityPanel) -> Floats:
    """Sum of the effects in every row of the joint panel; unknown levels are an error."""
    design = rows.design
    own = _index(estimate, rows) - rows.x @ estimate.coefficients
    own = own if rows.offset is None else own - rows.offset
    known = joint.frame.index.get_indexer(data.frame.index[design.rows])
    codes_of, sizes = [], []
    for name in design.effects:
        code, faults = effect_codes(joint, name)
        raise_all(DataError, faults)
        codes_of.append(code)
        sizes.append(int(code.max()) + 1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.column_stack([c + s for c, s in zip(codes_of, starts[:-1], strict=True)])
    pointers = np.arange(len(known) + 1) * len(sizes)
    shape = (len(known), int(starts[-1]))
    held = columns[known].ravel()
    dummies = sparse.csr_matrix((np.ones(len(held)), held, pointers), shape)
    solved = lsqr(dummies, own, atol=1e-15, btol=1e-15, iter_lim=20_000)[0]
    seen_levels = np.zeros(shape[1], dtype=bool)
    seen_levels[columns[known]] = True
    part = _parts(dummies) if len(sizes) == 2 else np.zeros(shape[1], dtype=np.intp)
    values = solved[columns].sum(axis=1)
    new: np.ndarray = np.ones(len(joint.frame), dtype=bool)
    new[joint.frame.index.get_indexer(data.frame.index)] = False
    for place, name in enumerate(design.effects):
        lost = new & (~seen_levels[columns[:, place]] | (codes_of[place] < 0))
        if lost.any():
            rows_lost = [f"{city} {year}" for city, year in joint.frame.index[lost][:5]]
            seen = f"levels of effect '{name}' that the model has not seen ({', '.join(rows_lost)})"
            remedy = "Leave those rows out; an effect without figures has no estimate."
            raise DataError(Fault(seen, "levels with figures", remedy))
    if len(sizes) == 2:
        crossing = new & (part[columns[:, 0]] != part[columns[:, 1]])
        if crossing.any():
            city, year = joint.frame.index[crossing][0]
            seen = f"effects that are not connected, first at city {city}, year {year}"
            remedy = "Their sum is not determined: leave those rows out."
            raise SpecError(Fault(seen, "levels linked by the rows of the fit", remedy))
    unknown = ~seen_levels[columns].all(axis=1)
    return np.asarray(np.where(unknown, np.nan, values))


def _parts(dummies: sparse.csr_matrix) -> Ints:
    """Connected set of every level."""
    _, part = csgraph.connected_components(dummies.T @ dummies, directed=False)
    return np.asarray(part, dtype=np.intp)


def average_effects(
    estimate: Estimate, data: Any, variables: Sequence[str] | None = None
) -> Estimate:
    """Average marginal effects on the outcome, with errors by the delta method.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or `fit_poisson`.
    data : CityPanel or any table
        The figures it was fitted on.
    variables : sequence of str, optional
        Numeric variables; default all that the covariates use, outside ``C()``.

    Returns
    -------
    Estimate
        One term a variable: the derivative of the fitted outcome, all terms with the variable
        moving together, averaged over the rows used. A lag counts as a variable of its own. For
        counts the effects of levels adjust to the slopes, as they did in the fit.

    Raises
    ------
    SpecError
        See `rows_of`; a variable that no term contains, or a categorical one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(8)], 5), "year": [*range(2000, 2005)] * 8,
    ...     "x": rng.normal(size=40), "y": rng.normal(size=40)}))
    >>> fit = fit_fe(panel, Spec("y", ("x", "np.power(x, 2)"), ("city",)))
    >>> mean = float(panel.column("x").mean())
    >>> average_effects(fit, panel).coefficients.round(6) == np.round(
    ...     fit.coefficients[0] + 2 * mean * fit.coefficients[1], 6)
    array([ True])
    """
    data = figures_of(estimate, data)
    rows = rows_of(estimate, data)
    spec = estimate.spec
    assert isinstance(spec, Spec)
    own = _variables(spec, data)
    chosen = list(own) if variables is None else list(variables)
    faults = [
        Fault(f"variable '{name}'", f"one of {', '.join(own)}", "Name a numeric variable used.")
        for name in chosen
        if name not in own
    ]
    raise_all(SpecError, faults)
    if not chosen:
        raise SpecError(Fault("no numeric variable", "at least one", "Compare categories instead."))
    weight = np.ones(rows.design.nobs) if rows.design.weights is None else rows.design.weights
    weight = weight / weight.sum()
    start = len(estimate.terms) - len(rows.design.names)
    slopes, jacobian = [], []
    mean, swept = _means(estimate, rows)
    for name in chosen:
        change = np.zeros_like(rows.x)
        change[:, start:] = _derivative(name, spec, data, rows.design)
        rise = change @ estimate.coefficients
        slopes.append(float(weight @ (mean * rise)))
        gradient = weight @ (mean[:, None] * change)
        if estimate.kind == "poisson":
            gradient = gradient + weight @ ((mean * rise)[:, None] * swept)
        jacobian.append(gradient)
    turned = np.array(jacobian)
    return replace(
        estimate,
        method=f"average effects: {estimate.method}",
        terms=tuple(chosen),
        coefficients=np.array(slopes),
        covariance=turned @ estimate.covariance @ turned.T,
        stats={},
        kind="average_effects",
    )


def _variables(spec: Spec, data: CityPanel) -> dict[str, list[str]]:
    """Variable (or lag) -> covariates that contain it; categorical ones left out."""
    found: dict[str, list[str]] = {}
    categorical: set[str] = set()
    for term in spec.covariates:
        if term in data.variables or re.fullmatch(r"(lag|diff)\([^()]*\)", term):
            found.setdefault(term, []).append(term)
            continue
        names = [name for name in re.findall(r"[^\W\d]\w*", term) if name in data.variables]
        if re.search(r"\bC\(", term) or re.search(r"\b(lag|diff)\(", term):
            inside = re.findall(r"\b(?:C|lag|diff)\(\s*([^\W\d]\w*)", term)
            categorical |= set(inside)
        for name in dict.fromkeys(names):
            found.setdefault(name, []).append(term)
    return {name: terms for name, terms in found.items() if name not in categorical}


def _derivative(name: str, spec: Spec, data: CityPanel, design: Design) -> Floats:
    """Derivative of every regressor by one variable, row by row, shape (n, k)."""
    if name not in data.variables:  # a lag, a term of its own
        return np.asarray(np.tile([float(term == name) for term in design.names], (design.nobs, 1)))
    column = data.frame[name]
    step = _STEP * (float(column.std()) or 1.0)
    sides = []
    for sign in (1.0, -1.0):
        moved = data.with_variables({name: column + sign * step})
        found: dict[str, Floats] = {}
        for term in spec.covariates:
            if re.fullmatch(r"(lag|diff)\([^()]*\)", term):
                found |= evaluate(data, term, "covariate")[0]
                continue
            columns, faults = evaluate(moved, term, "covariate")
            raise_all(SpecError, faults)
            found |= columns
        sides.append(np.column_stack([found[term][design.rows] for term in design.names]))
    return np.asarray((sides[0] - sides[1]) / (2 * step))


def _means(estimate: Estimate, rows: FittedRows) -> tuple[Floats, Floats]:
    """What turns an index into an outcome (1, or the mean of a count), and swept regressors."""
    if estimate.kind != "poisson":
        return np.ones(rows.design.nobs), rows.x
    mean = np.exp(_index(estimate, rows))
    if not rows.design.effects:
        return mean, rows.x
    weight = mean if rows.design.weights is None else mean * rows.design.weights
    return mean, sweep(absorber(tuple(rows.design.effects.values()), weight), rows.x)


def with_vcov(estimate: Estimate, data: Any, vcov: Vcov) -> Estimate:
    """The same model on the same rows with another covariance.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or `fit_poisson`.
    data : CityPanel or any table
        The figures it was fitted on.
    vcov : Vcov
        `Iid`, `Heteroskedastic`, `Clustered`, `DriscollKraay` …

    Returns
    -------
    Estimate

    Raises
    ------
    SpecError, DataError
        See `rows_of`; a covariance that is a text.

    Examples
    --------
    >>> from econshrink.inference.vcov import Iid
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> with_vcov(fit_fe(panel, Spec("y", ("x",), ("city",))), panel, Iid()).vcov_label
    'iid'
    """
    if not hasattr(vcov, "covariance"):
        remedy = "Write with_vcov(estimate, data, Clustered('city'))."
        raise SpecError(Fault(f"vcov {vcov!r}", "a covariance option, an object", remedy))
    data = figures_of(estimate, data)
    rows = rows_of(estimate, data)
    assert isinstance(estimate.spec, Spec)
    keep = rows.keep_singletons
    if estimate.kind == "pooled":
        return fit_pooled(data, estimate.spec, vcov)
    if estimate.kind == "fe":
        return fit_fe(data, estimate.spec, vcov, keep_singletons=keep)
    offset = estimate.provenance.get("offset")
    return fit_poisson(data, estimate.spec, vcov, offset=offset, keep_singletons=keep)
