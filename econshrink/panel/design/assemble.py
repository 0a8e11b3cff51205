"""From a linear fit and a covariance option to an Estimate; shared by the linear estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import Labels, LinearFit, Vcov, least_squares
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.rank import rank_faults
from econshrink.panel.design.record import provenance

INTERCEPT = "Intercept"


def with_intercept(
    x: Floats, names: Sequence[str], wanted: bool = True
) -> tuple[Floats, tuple[str, ...]]:
    """Put a column of ones before the regressors, unless the formula says ``- 1``.

    Examples
    --------
    >>> with_intercept(np.array([[2.0]]), ["x"])
    (array([[1., 2.]]), ('Intercept', 'x'))
    """
    if not wanted:
        return x, tuple(names)
    return np.column_stack([np.ones(len(x)), x]), (INTERCEPT, *names)


def ordinary_fit(y: Floats, x: Floats, names: Sequence[str]) -> LinearFit:
    """Least squares without effects, after a check of rank and size.

    Takes `y` of shape (n,); `x` of shape (n, k).

    Raises `SpecError`: collinear regressors (named), or not more rows than regressors.

    Examples
    --------
    >>> fit = ordinary_fit(np.array([1.0, 2.0, 6.0]), np.ones((3, 1)), ["Intercept"])
    >>> fit.coefficients.round(12)
    array([3.])
    """
    if len(y) <= x.shape[1]:
        raise SpecError(
            Fault(
                f"{len(y)} rows and {x.shape[1]} parameters",
                "more rows than parameters",
                "Use fewer covariates.",
            )
        )
    raise_all(SpecError, rank_faults_plain(x, names))
    coefficients, residuals, bread = least_squares(y, x)
    return LinearFit(y, x, coefficients, residuals, bread)


def rank_faults_plain(x: Floats, names: Sequence[str]) -> list[Fault]:
    """Faults of regressors that are zero or collinear, where no effects are absorbed."""
    zero = [name for name, column in zip(names, x.T, strict=True) if not column.any()]
    if zero:
        seen = f"{', '.join(map(repr, zero))} zero in all {len(x)} transformed rows"
        return [Fault(seen, "covariates that vary", "Leave them out.")]
    return rank_faults(x, x, names, ())


def no_effects(spec: Spec, method: str, remedy: str) -> list[Fault]:
    """Fault if the specification absorbs effects that `method` cannot absorb."""
    if not spec.absorb:
        return []
    seen = f"effects {', '.join(spec.absorb)} to absorb in {method}"
    return [Fault(seen, "no effects", remedy)]


def needs_intercept(spec: Spec, method: str) -> list[Fault]:
    """Fault if the formula leaves out an intercept that `method` always has."""
    if spec.intercept:
        return []
    return [Fault(f"'- 1' in {method}", "an intercept", "Remove '- 1', or use fit_pooled.")]


def no_weights(spec: Spec, method: str) -> list[Fault]:
    """Fault if the specification has weights that `method` does not use."""
    if spec.weights is None:
        return []
    return [Fault(f"weights in {method}", "no weights", "Leave them out or use fixed effects.")]


def assemble(
    panel: CityPanel,
    spec: Spec,
    method: str,
    names: Sequence[str],
    fit: LinearFit,
    vcov: Vcov,
    labels: Labels,
    stats: Mapping[str, float],
    notes: Sequence[str] = (),
    *,
    kind: str,
) -> Estimate:
    """Compute the covariance and put everything into an `Estimate`.

    Takes `names`: names of the k coefficients; `labels`: codes of the groupings that `vcov` asks
    for; `stats`: further statistics; `kind`: see `Estimate.kind`.
    """
    covariance = vcov.covariance(fit, labels)
    df_resid = fit.nobs - fit.slopes - fit.effects_rank
    common = {
        "rss": fit.rss,
        "rmse": float(np.sqrt(fit.rss / df_resid)),
        "df_resid": float(df_resid),
        "slopes": float(fit.slopes),
        "n_effects": float(sum(int(e.max()) + 1 for e in fit.effects)),
        "effects_rank": float(fit.effects_rank),
    }
    return Estimate(
        method=method,
        terms=tuple(names),
        coefficients=fit.coefficients,
        covariance=covariance.matrix,
        vcov_label=covariance.label,
        small_sample=covariance.small_sample,
        nobs=fit.nobs,
        df_t=covariance.df_t,
        clusters=covariance.clusters,
        stats=common | dict(stats) | covariance.stats,
        spec=spec,
        notes=(*notes, *covariance.notes),
        provenance=provenance(panel),
        synthetic=panel.synthetic,
        kind=kind,
        vcov_kind=covariance.kind,
    )
