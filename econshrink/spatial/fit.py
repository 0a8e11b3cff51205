"""Spatial panels with city and year effects by maximum likelihood: SAR, SEM, SDM and SLX."""

from __future__ import annotations

from typing import Any

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.record import provenance
from econshrink.spatial.design import SpatialDesign, spatial_design
from econshrink.spatial.kernel.determinant import LogDeterminant, log_determinant
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import (
    SLX,
    DemeanFirst,
    DummyVariables,
    ExpectedInformation,
    Information,
    LeeYu,
    Likelihood,
    Model,
    Order,
    SpatialDurbin,
    SpatialError,
    SpatialLag,
    WFirst,
)
from econshrink.spatial.solution import (
    LAMBDA,
    RHO,
    least_squares_solution,
    likelihood_solution,
)

METHODS = {
    SpatialLag: "spatial lag (SAR)",
    SpatialError: "spatial error (SEM)",
    SpatialDurbin: "spatial Durbin (SDM)",
    SLX: "spatially lagged covariates (SLX)",
}
KINDS = {SpatialLag: "sar", SpatialError: "sem", SpatialDurbin: "sdm", SLX: "slx"}


def fit_spatial(
    data: Any,
    spec: Spec | str,
    neighbours: Neighbours,
    model: Model = SpatialDurbin(),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
    order: Order = WFirst(),  # noqa: B008
    likelihood: Likelihood = DummyVariables(),  # noqa: B008
    information: Information = ExpectedInformation(),  # noqa: B008
    determinant: LogDeterminant | None = None,
) -> Estimate:
    """Estimate a spatial panel model with fixed effects by Gaussian maximum likelihood.

    The likelihood is concentrated on the spatial parameter, with
    −(r/2) log e'e + p · log|I − ρW| for r rows and p years, and its score is solved to 1e-13.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    spec : Spec or str
        Absorbing ``("city", "year")``; one of them alone is possible. A panel of one year absorbs
        nothing and has a constant.
    neighbours : Neighbours
        Row-standardised weights of exactly the cities of the panel.
    model : SpatialLag, SpatialError, SpatialDurbin or SLX
    order : WFirst or DemeanFirst
        Spatial lags of the raw columns, then sweep (the dummy-variable model), or the reverse.
    likelihood : DummyVariables or LeeYu
    information : ExpectedInformation or ObservedInformation
    determinant : LogDeterminant, optional
        `Eigenvalues` up to 200 cities and `SparseLU` above, by default. Must belong to the same
        weights.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Estimate
        Terms are the covariates, ``W(x)`` for spatially lagged ones, and ``rho`` or ``lambda``.
        Stats: ``loglik``, ``sigma2``, ``rss``, ``rows_counted`` (r), ``trace_g`` = tr G/n,
        ``trace_g2`` = tr G²/n, ``trace_gram_error`` (standard error of tr G'G relative to it),
        ``bias_first_order`` (of ρ or λ under `DummyVariables`, see `year_effect_bias`),
        ``score``, ``evaluations``, ``cities``, ``years``. Coefficients are not marginal effects:
        see `spatial_impacts`.

    Raises
    ------
    SpecError, DataError
        See `spatial_design`; a covariate with the name of another term (rho, lambda, W(x)); LeeYu
        with DemeanFirst; a determinant of other weights.
    ConvergenceError
        A maximum at the boundary of (-1, 1); a singular information matrix.

    Notes
    -----
    Ord (1975), Anselin (1988), Elhorst (2010), LeSage and Pace (2009), Lee and Yu (2010).

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import numpy as np
    >>> import pandas as pd
    >>> cities = [f"{i:06d}" for i in range(12)]
    >>> ring = Neighbours.from_pairs(
    ...     pd.DataFrame({"city_a": cities, "city_b": cities[1:] + cities[:1]}))
    >>> rng = np.random.default_rng(3)
    >>> x, e = rng.normal(size=(12, 20)), 0.1 * rng.normal(size=(12, 20))
    >>> y = np.linalg.solve(np.eye(12) - 0.4 * ring.matrix.toarray(), x + e)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat(cities, 20), "year": [*range(2000, 2020)] * 12,
    ...     "y": y.ravel(), "x": x.ravel()}))
    >>> estimate = fit_spatial(panel, Spec("y", ("x",), ("city", "year")), ring, SpatialLag())
    >>> estimate.terms, bool(abs(estimate.coefficient("rho") - 0.4) < 0.05)
    (('x', 'rho'), True)
    """
    panel, spec, _ = enter(data, spec, unit=unit, time=time, also=None)
    raise_all(SpecError, _faults(order, likelihood))
    lagged: tuple[str, ...] | None = ()
    if isinstance(model, SpatialDurbin | SLX):
        lagged = model.lagged
    elif isinstance(model, SpatialError):
        lagged = None
    filtered = isinstance(model, SpatialError)
    found = spatial_design(panel, spec, neighbours, order, lagged, filtered=filtered)
    raise_all(SpecError, _name_faults(found))
    counts = found.counting(likelihood)
    if isinstance(model, SLX):
        terms, b, v, stats, notes = least_squares_solution(found, counts)
    else:
        terms, b, v, stats, notes = likelihood_solution(
            found, counts, determinant or log_determinant(found.w), model, information
        )
    label = "least squares, σ² I" if isinstance(model, SLX) else _label(information)
    return Estimate(
        method=f"{METHODS[type(model)]}, {_effects(spec)}",
        terms=terms,
        coefficients=b,
        covariance=v,
        vcov_label=label,
        small_sample="none" if isinstance(likelihood, DummyVariables) else "lee_yu",
        nobs=found.design.nobs,
        stats=stats | {"rows_counted": float(counts.rows)} | found.design.stats,
        spec=spec,
        notes=(*found.design.notes, *_convention(found, likelihood), *notes),
        provenance=provenance(panel),
        synthetic=panel.synthetic,
        kind=KINDS[type(model)],
        vcov_kind="iid" if isinstance(model, SLX) else "information",
    )


def _effects(spec: Spec) -> str:
    return f"{' and '.join(spec.absorb)} effects" if spec.absorb else "one year, with a constant"


def _label(information: Information) -> str:
    kind = "expected" if isinstance(information, ExpectedInformation) else "observed"
    return f"{kind} information"


def _convention(found: SpatialDesign, likelihood: Likelihood) -> tuple[str, ...]:
    first = (
        "W first, then demean (dummy-variable model)"
        if isinstance(found.order, WFirst)
        else "demean first, then W"
    )
    second = (
        "likelihood of all rows, effects as parameters"
        if isinstance(likelihood, DummyVariables)
        else "transformed likelihood of Lee and Yu (2010)"
    )
    notes: tuple[str, ...] = (first, second)
    if "year" not in found.design.effects:
        notes = (*notes, "no year effects: common shocks pass for spillover")
    return notes


def _faults(order: Order, likelihood: Likelihood) -> list[Fault]:
    if not (isinstance(order, DemeanFirst) and isinstance(likelihood, LeeYu)):
        return []
    seen = "LeeYu with DemeanFirst"
    return [Fault(seen, "LeeYu with WFirst", "The transformation belongs to the dummy model.")]


def _name_faults(found: SpatialDesign) -> list[Fault]:
    made = {RHO, LAMBDA, *(f"W({name})" for name in found.lagged)}
    return [
        Fault(f"a covariate called '{name}'", "another name", "The model has a term of this name.")
        for name in found.design.names
        if name in made
    ]
