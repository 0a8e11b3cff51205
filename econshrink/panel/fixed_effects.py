"""Fixed effects: the within estimator with one, two or three absorbed effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, weighted_mean
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.absorption import Absorber, absorber, sweep_columns
from econshrink.inference.linear_fit import LinearFit, Vcov, least_squares
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.design.rank import absorbed, rank_faults, spread_of
from econshrink.panel.design.record import provenance

ROWS = 131_072  # at a time
PERFECT = 1e-10  # norm of the residuals relative to the swept outcome's
_WORDS = {1: "one-way", 2: "two-way", 3: "three-way"}


@dataclass(frozen=True, eq=False)
class Within:
    """A design with its effects swept out, ready for repeated fits.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Swept outcome, times root weights.
    x : ndarray, shape (n, k)
        Swept regressors, times root weights.
    absorber : Absorber
    """

    y: Floats
    x: Floats
    absorber: Absorber


def within(design: Design, *, spend: bool = False) -> Within:
    """Sweep the effects of a design out of outcome and regressors, and check the rank.

    Parameters
    ----------
    design : Design
        With at least one effect.
    spend : bool
        Sweep outcome and regressors where they lie instead of a copy: many rows then take half of
        the memory, and the design must not be used for them any more.

    Returns
    -------
    Within

    Raises
    ------
    SpecError
        No effects; outcome or covariates without variation within the effects; collinear
        covariates (named, with the set); not more rows than parameters.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> within(prepare(panel, Spec("y", ("x",), ("city",)))).x.ravel()
    array([-0.5,  0.5, -1. ,  1. ])
    """
    if not design.effects:
        raise SpecError(
            Fault("no effects to absorb", "at least one", "Name effects, or use fit_pooled.")
        )
    projection = absorber(tuple(design.effects.values()), design.weights)
    before, outcome = spread_of(design.x), spread_of(design.y[:, None])
    y, x = (design.y, design.x) if spend else (design.y.copy(), design.x.copy(order="F"))
    sweep_columns(projection, (y, *x.T))
    faults = []
    if absorbed(outcome, y[:, None])[0]:
        seen = (
            f"outcome '{design.depvar}' has no variation left within {' and '.join(design.effects)}"
        )
        faults.append(Fault(seen, "an outcome that varies", "Absorb less."))
    faults += rank_faults(before, x, design.names, tuple(design.effects))
    parameters = x.shape[1] + projection.rank
    if design.nobs <= parameters:
        faults.append(
            Fault(
                f"{design.nobs} rows and {parameters} parameters "
                f"({x.shape[1]} covariates, {projection.rank} effects)",
                "more rows than parameters",
                "Use fewer covariates or effects.",
            )
        )
    raise_all(SpecError, faults)
    if design.weights is not None:
        root = np.sqrt(design.weights)
        for column in (y, *x.T):
            np.multiply(column, root, out=column)
    return Within(y, x, projection)


def linear_fit(design: Design, swept: Within) -> LinearFit:
    """Least squares on swept arrays.

    Parameters
    ----------
    design : Design
    swept : Within

    Returns
    -------
    LinearFit

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> design = prepare(panel, Spec("y", ("x",), ("city",)))
    >>> linear_fit(design, within(design)).coefficients
    array([-0.2])
    """
    coefficients, residuals, bread = least_squares(swept.y, swept.x)
    return LinearFit(
        swept.y,
        swept.x,
        coefficients,
        residuals,
        bread,
        tuple(design.effects.values()),
        tuple(design.effects),
        swept.absorber.rank,
        swept.absorber,
        unit=design.unit,
    )


@several
def fit_fe(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    keep_singletons: bool = False,
) -> Estimate:
    """Estimate y = x'b + effects + u by least squares, the effects swept out exactly.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        A formula such as ``"y ~ x + z | firm + year"`` (see `tables.read_formula`); one of several
        models, such as ``"y ~ csw(x, z) | firm"``, gives a dict from each formula to its estimate.
        `absorb` names one or more effects: ``"city"``, ``"year"``, a city attribute, or a product
        such as ``"province^year"``.
    vcov : Vcov
        Covariance option: `Iid`, `Heteroskedastic`, `Clustered`, `DriscollKraay` …
    keep_singletons : bool
        See `prepare`.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.
    weights : str, optional
        Column of analytic weights, beside a formula.

    Returns
    -------
    Estimate
        With the stats ``r2_within`` (share of the swept outcome's sum of squares explained),
        ``r2`` (of the raw outcome about its mean, effects included), ``rmse`` (residual sum of
        squares over rows − covariates − rank of the effects, root), ``n_effects`` (levels),
        ``effects_rank``, ``mean_depvar``, ``rss``, ``df_resid``, ``vcov_factor``, ``cities``,
        ``years`` and the counts of rows left out.

    Raises
    ------
    SpecError, DataError
        See `prepare` and `within`; fewer than two clusters.

    Notes
    -----
    Frisch and Waugh (1933), Lovell (1963). Equal to least squares with a dummy for every level.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000"] * 3 + ["120000"] * 3, "year": [2010, 2011, 2012] * 2,
    ...     "y": [1.0, 3.0, 4.0, 2.0, 2.0, 7.0], "x": [0.0, 1.0, 1.0, 1.0, 0.0, 3.0]}))
    >>> estimate = fit_fe(panel, Spec("y", ("x",), ("city", "year")))
    >>> round(estimate.coefficient("x"), 6), estimate.clusters
    (1.285714, {'city': 2})
    >>> frame = pd.DataFrame({"firm": [7, 7, 7, 9, 9, 9], "t": [1, 2, 3] * 2,
    ...     "y": [1.0, 3.0, 4.0, 2.0, 2.0, 7.0], "x": [0.0, 1.0, 1.0, 1.0, 0.0, 3.0]})
    >>> estimate = fit_fe(frame, "y ~ x | firm + t", unit="firm", time="t")
    >>> round(estimate.coefficient("x"), 6), estimate.clusters
    (1.285714, {'firm': 2})
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time, weights=weights)
    design = prepare(panel, spec, keep_singletons=keep_singletons)
    moments = outcome_moments(design)
    fit = linear_fit(design, within(design, spend=True))
    return fe_estimate(panel, spec, design, fit, vcov, moments)


def fe_estimate(
    panel: CityPanel,
    spec: Spec,
    design: Design,
    fit: LinearFit,
    vcov: Vcov,
    moments: tuple[float, float] | None = None,
) -> Estimate:
    """`fit_fe` from the point where the arrays are fitted; for callers that have them already.

    Parameters
    ----------
    panel : CityPanel
    spec : Spec
    design : Design
        Of the panel and the specification.
    fit : LinearFit
        Of the design, see `linear_fit`.
    vcov : Vcov
    moments : tuple of float, optional
        `outcome_moments` of the design, if it was spent.

    Returns
    -------
    Estimate

    Raises
    ------
    SpecError
        A perfect fit; see the covariance option.
    """
    raise_all(SpecError, _perfect(design, fit))
    covariance = vcov.covariance(fit, row_labels(panel, design, vcov.groupings))
    ways = _WORDS.get(len(design.effects), f"{len(design.effects)}-way")
    notes = design.notes
    if fit.absorber is not None and not fit.absorber.rank_exact:
        notes = (*notes, "rank of the effects counted as levels less evident redundancies")
    return Estimate(
        method=f"{ways} fixed effects",
        terms=design.names,
        coefficients=fit.coefficients,
        covariance=covariance.matrix,
        vcov_label=covariance.label,
        small_sample=covariance.small_sample,
        nobs=design.nobs,
        df_t=covariance.df_t,
        clusters=covariance.clusters,
        stats=_stats(fit, moments or outcome_moments(design)) | design.stats | covariance.stats,
        spec=spec,
        notes=(*notes, *covariance.notes),
        provenance=provenance(panel),
        synthetic=panel.synthetic,
        kind="fe",
        vcov_kind=covariance.kind,
    )


def _perfect(design: Design, fit: LinearFit) -> list[Fault]:
    """Fault of an outcome that the covariates fit to rounding: one of them may be the outcome."""
    if fit.rss > PERFECT**2 * float(fit.y @ fit.y):
        return []
    seen = f"a perfect fit of '{design.depvar}' by {', '.join(design.names)}"
    return [Fault(seen, "residuals", "Look for a covariate that contains the outcome.")]


def outcome_moments(design: Design) -> tuple[float, float]:
    """Mean of the outcome, and its weighted sum of squares about it, a block of rows at a time."""
    y, weights, total = design.y, design.weights, 0.0
    centre = float(weighted_mean(y, weights))
    for start in range(0, len(y), ROWS):
        rows = slice(start, start + ROWS)
        about = (y[rows] - centre) ** 2
        total += float((np.ones(len(about)) if weights is None else weights[rows]) @ about)
    return centre, total


def _stats(fit: LinearFit, moments: tuple[float, float]) -> dict[str, float]:
    centre, total = moments
    df_resid = fit.nobs - fit.slopes - fit.effects_rank
    return {
        "r2_within": 1 - fit.rss / float(fit.y @ fit.y),
        "r2": 1 - fit.rss / total,
        "rmse": float(np.sqrt(fit.rss / df_resid)),
        "rss": fit.rss,
        "df_resid": float(df_resid),
        "slopes": float(fit.slopes),
        "n_effects": float(sum(int(e.max()) + 1 for e in fit.effects)),
        "effects_rank": float(fit.effects_rank),
        "mean_depvar": centre,
    }
