"""Counts: Poisson pseudo-maximum likelihood with absorbed effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import gammaln, xlogy

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.linear_fit import LinearFit, Vcov
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import rank_faults_plain, with_intercept
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.design.rank import absorbed, collinear_sets, rank_faults
from econshrink.panel.design.record import provenance
from econshrink.panel.design.sample import drop_singletons
from econshrink.panel.kernel.poisson import PoissonFit, fit_poisson_rows
from econshrink.tables.evaluation import evaluate

_WORDS = {0: "without", 1: "one-way", 2: "two-way", 3: "three-way"}


@dataclass(frozen=True, eq=False)
class PoissonRows:
    """The rows of a count model and its fit, for what is computed from both.

    Parameters
    ----------
    design : Design
    x : ndarray, shape (n, k)
        Regressors, with a column of ones in front if no effects are absorbed.
    names : tuple of str
    offset : ndarray, shape (n,), or None
    fit : PoissonFit
    """

    design: Design
    x: Floats
    names: tuple[str, ...]
    offset: Floats | None
    fit: PoissonFit


@several
def fit_poisson(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    keep_singletons: bool = False,
) -> Estimate:
    """Estimate E[y] = exp(x'b + effects + offset) by Poisson pseudo-maximum likelihood.

    Consistent whatever the distribution of y, as long as the mean is right (Gourieroux, Monfort
    and Trognon 1984); y need not be whole. Slopes times 100 are about percent.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        The outcome is not negative. Without effects a constant is added, ``Intercept``.
    vcov : Vcov
        `Clustered` by the unit (default), `Heteroskedastic` (HC0, HC1) or `Iid`, which here means
        a variance proportional to the mean, the dispersion estimated by Pearson's statistic.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.
    weights : str, optional
        Column of weights, beside a formula.
    offset : str, optional
        Variable or expression added to the index with slope one, such as ``"np.log(population)"``.
    keep_singletons : bool
        See `prepare`.

    Returns
    -------
    Estimate
        With the stats ``loglik`` (factorials included), ``deviance``, ``pseudo_r2`` (McFadden's,
        against a constant), ``dispersion``, ``mean_depvar``, ``rows_all_zero`` and the counts of
        `fit_fe`.

    Raises
    ------
    SpecError
        Separated regressors (no variation where the outcome is positive), which have no finite
        slope; collinear ones; a leverage-based covariance.
    DataError
        A negative outcome; see `prepare`.
    ConvergenceError
        No maximum is found.

    Notes
    -----
    Rows of an effect whose outcomes are all zero tell nothing about the slopes: they are left out
    and counted. Separation by regressors is refused a little more often than the exact condition
    of Correia, Guimarães and Zylkin (2019) asks.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000"] * 3 + ["120000"] * 3, "year": [2010, 2011, 2012] * 2,
    ...     "y": [1.0, 3.0, 4.0, 2.0, 2.0, 9.0], "x": [0.0, 1.0, 1.0, 1.0, 0.0, 3.0]}))
    >>> estimate = fit_poisson(panel, Spec("y", ("x",), ("city",)))
    >>> round(estimate.coefficient("x"), 4), estimate.nobs
    (0.6259, 6)
    """
    also = () if offset is None else (str(offset),)
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time, weights=weights, also=also)
    rows = poisson_rows(panel, spec, offset, keep_singletons=keep_singletons)
    return _estimate(panel, spec, rows, vcov, offset)


def poisson_rows(
    panel: CityPanel, spec: Spec, offset: str | None = None, *, keep_singletons: bool = False
) -> PoissonRows:
    """Rows and fit of `fit_poisson`, before any covariance."""
    design = prepare(panel, spec, keep_singletons=keep_singletons)
    negative = design.y < 0
    if negative.any():
        city, year = panel.frame.index[design.rows[np.flatnonzero(negative)[0]]]
        where = f"first at {panel.unit} {city}, {panel.time} {year}"
        seen = f"{int(negative.sum())} negative values of '{spec.depvar}'"
        raise DataError(Fault(seen, "counts or amounts of zero or more", "Mend them.", where))
    design = _informative(design, keep_singletons)
    shift = None if offset is None else _offset(panel, offset, design)
    if design.effects:
        x, names = design.x, design.names
        swept = sweep(absorber(tuple(design.effects.values()), design.weights), x)
        raise_all(SpecError, rank_faults(x, swept, names, tuple(design.effects)))
    else:
        x, names = with_intercept(design.x, design.names)
        raise_all(SpecError, rank_faults_plain(x, names))
    raise_all(SpecError, _separated(design))
    parameters = x.shape[1] + sum(int(code.max()) + 1 for code in design.effects.values())
    if design.nobs <= parameters:
        seen = f"{design.nobs} rows and {parameters} parameters"
        raise SpecError(
            Fault(seen, "more rows than parameters", "Use fewer covariates or effects.")
        )
    effects = tuple(design.effects.values())
    fit = fit_poisson_rows(design.y, x, effects, design.weights, shift)
    return PoissonRows(design, x, names, shift, fit)


def _informative(design: Design, keep_singletons: bool) -> Design:
    """Leave out levels with zeros only, and what that makes a singleton, until none is left."""
    rows = np.arange(design.nobs)
    empty: dict[str, int] = {}
    alone = 0
    while True:
        before = len(rows)
        for name, level in design.effects.items():
            sums = np.bincount(level[rows], design.y[rows], int(level.max()) + 1)
            lost = sums[level[rows]] == 0
            if lost.any():
                empty[name] = empty.get(name, 0) + int(lost.sum())
                rows = rows[~lost]
        if len(rows) < design.nobs and not keep_singletons:
            single = drop_singletons(design.effects, rows)
            if single:
                kept = np.setdiff1d(rows, np.concatenate(list(single.values())))
                alone += len(rows) - len(kept)
                rows = kept
        if len(rows) == before:
            break
    if not len(rows):
        seen = f"outcome '{design.depvar}' zero in every level of the effects"
        raise DataError(Fault(seen, "positive outcomes", "Absorb less or choose another outcome."))
    dropped = {**design.dropped, "all_zero": sum(empty.values())}
    dropped["singleton"] += alone
    if len(rows) == design.nobs:
        return replace(design, dropped=dropped)
    detail = ", ".join(f"{name} {count}" for name, count in empty.items())
    notes = (
        *design.notes,
        f"{sum(empty.values())} rows of levels with zeros only left out ({detail})",
    )
    if alone:
        notes = (*notes, f"{alone} rows left out that are alone in a level after that")
    city, _ = codes(design.city[rows])
    return replace(
        design,
        y=design.y[rows],
        x=design.x[rows],
        effects={name: codes(level[rows])[0] for name, level in design.effects.items()},
        weights=None if design.weights is None else design.weights[rows],
        city=city,
        year=design.year[rows],
        cities=tuple(design.cities[i] for i in np.unique(design.city[rows])),
        rows=design.rows[rows],
        dropped=dropped,
        notes=notes,
    )


def _offset(panel: CityPanel, offset: str, design: Design) -> Floats:
    found, faults = evaluate(panel, offset, "offset", computed=True)
    raise_all(SpecError, faults)
    values = np.asarray(next(iter(found.values())), dtype=np.float64)[design.rows]
    gaps = int((~np.isfinite(values)).sum())
    if gaps:
        seen = f"offset '{offset}' missing in {gaps} of {len(values)} rows used"
        raise DataError(Fault(seen, "an offset in every row", "Fill it or drop those rows first."))
    return values


def _separated(design: Design) -> list[Fault]:
    """Faults of regressors without variation of their own where the outcome is positive."""
    positive = design.y > 0
    if positive.all():
        return []
    x = design.x[positive]
    scale = np.sqrt((design.x**2).mean(axis=0))
    unit = x / scale
    if design.effects:
        held = [codes(level[positive])[0] for level in design.effects.values()]
        weights = None if design.weights is None else design.weights[positive]
        swept = sweep(absorber(held, weights), unit)
    else:
        swept = unit - unit.mean(axis=0)
        held = []
    gone = absorbed(unit, swept)
    zeros = int((~positive).sum())
    remedy = "Leave it out, or drop the rows with zeros that it singles out."
    faults = [
        Fault(
            f"'{name}' varies over zero outcomes only ({zeros} zeros): separated, its slope has "
            "no finite estimate",
            "variation where the outcome is positive",
            remedy,
        )
        for name, lost in zip(design.names, gone, strict=True)
        if lost
    ]
    kept = [i for i, lost in enumerate(gone) if not lost]
    names = [design.names[i] for i in kept]
    for members in collinear_sets(swept[:, kept], names) if kept else []:
        joint = ", ".join(map(repr, members))
        seen = f"{joint} collinear where the outcome is positive: separated"
        faults.append(Fault(seen, "variation of each where the outcome is positive", remedy))
    return faults


def _estimate(
    panel: CityPanel, spec: Spec, rows: PoissonRows, vcov: Vcov, offset: str | None
) -> Estimate:
    design, fit = rows.design, rows.fit
    weights = np.ones(design.nobs) if design.weights is None else design.weights
    root = np.sqrt(weights * fit.mean)
    residuals = weights * (design.y - fit.mean) / root
    linear = LinearFit(
        root,
        fit.swept * root[:, None],
        fit.slopes,
        residuals,
        fit.bread,
        tuple(design.effects.values()),
        tuple(design.effects),
        fit.effects_rank,
        least_squares=False,
    )
    found = vcov.covariance(linear, row_labels(panel, design, vcov.groupings))
    df_resid = design.nobs - linear.slopes - fit.effects_rank
    ways = _WORDS.get(len(design.effects), f"{len(design.effects)}-way")
    tail = f", {ways} fixed effects" if design.effects else ""
    centre = float(weights @ design.y / weights.sum())
    constant = _loglik(design.y, np.full(design.nobs, centre), weights)
    loglik = _loglik(design.y, fit.mean, weights)
    stats = {
        "loglik": loglik,
        "pseudo_r2": 1 - loglik / constant,
        "deviance": fit.deviance,
        "dispersion": linear.rss / df_resid,
        "df_resid": float(df_resid),
        "slopes": float(linear.slopes),
        "n_effects": float(sum(int(code.max()) + 1 for code in design.effects.values())),
        "effects_rank": float(fit.effects_rank),
        "mean_depvar": centre,
        "steps": float(fit.steps),
    }
    notes = design.notes if offset is None else (*design.notes, f"offset: {offset}, slope one")
    record = provenance(panel) | ({} if offset is None else {"offset": offset})
    return Estimate(
        method=f"Poisson pseudo-maximum likelihood{tail}",
        terms=rows.names,
        coefficients=fit.slopes,
        covariance=found.matrix,
        vcov_label=found.label,
        small_sample=found.small_sample,
        nobs=design.nobs,
        df_t=float("inf"),
        clusters=found.clusters,
        stats=stats | design.stats | found.stats,
        spec=spec,
        notes=(*notes, *found.notes),
        provenance=record,
        synthetic=panel.synthetic,
        kind="poisson",
        vcov_kind=found.kind,
    )


def _loglik(y: Floats, mean: Floats, weights: Floats) -> float:
    return float(weights @ (xlogy(y, mean) - mean - gammaln(y + 1)))
