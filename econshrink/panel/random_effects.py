"""Random city effects: feasible generalised least squares with named variance components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, Ints, group_means, group_sums, least_norm
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import LinearFit, Vcov, least_squares
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import (
    assemble,
    needs_intercept,
    no_effects,
    no_weights,
    ordinary_fit,
    with_intercept,
)
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.design.rank import absorbed


@dataclass(frozen=True)
class SwamyArora:
    """Variance components from within and between residuals (Swamy and Arora 1972).

    Parameters
    ----------
    harmonic : bool
        Unbalanced panels by the harmonic mean of years; else with the trace correction of Baltagi
        and Chang (1994).
    """

    harmonic: bool = False

    @property
    def label(self) -> str:
        """The estimator in words."""
        return "swamy_arora_harmonic" if self.harmonic else "swamy_arora"


@dataclass(frozen=True)
class WallaceHussain:
    """Variance components from pooled residuals (Wallace and Hussain 1969); balanced panels."""

    label = "wallace_hussain"


@dataclass(frozen=True)
class Amemiya:
    """Variance components from within residuals about their mean (Amemiya 1971); balanced."""

    label = "amemiya"


@dataclass(frozen=True)
class Nerlove:
    """Variance components from the estimated fixed effects (Nerlove 1971); balanced panels."""

    label = "nerlove"


VarianceComponents = SwamyArora | WallaceHussain | Amemiya | Nerlove


@several
def fit_re(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    components: VarianceComponents = SwamyArora(),
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Estimate:
    """Estimate y_it = a + x_it'b + c_i + e_it with random city effects c_i.

    Least squares on z_it − θ_i z̄_i with θ_i = 1 − √(σ²_e / (T_i σ²_c + σ²_e)). Consistent only if
    the effects are uncorrelated with the covariates: see `hausman`.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without weights or absorbed effects; write year effects as ``"C(year)"``.
    vcov : Vcov
    components : SwamyArora, WallaceHussain, Amemiya or Nerlove
        How σ²_e (idiosyncratic) and σ²_c (city) are estimated.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Estimate
        Stats hold ``sigma2_idiosyncratic``, ``sigma2_city``, ``theta_min``, ``theta_max`` and
        ``rho`` = σ²_c/(σ²_c + σ²_e). A negative σ²_c is set to zero, and a note says so.

    Raises
    ------
    SpecError, DataError
        See `prepare`; no degrees of freedom within or between cities; a rule for balanced panels
        on an unbalanced one.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, c = rng.normal(size=60), np.repeat(rng.normal(size=10), 6)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(10)], 6),
    ...     "year": [*range(2000, 2006)] * 10, "x": x,
    ...     "y": 1 + 2 * x + c + 0.1 * rng.normal(size=60)}))
    >>> estimate = fit_re(panel, Spec("y", ("x",)))
    >>> bool(abs(estimate.coefficient("x") - 2) < 0.1), estimate.stats["theta_max"] > 0.9
    (True, True)
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time)
    faults = no_effects(spec, "random effects", "Write year effects as the covariate C(year).")
    faults += needs_intercept(spec, "random effects")
    raise_all(SpecError, faults + no_weights(spec, "random effects"))
    design = prepare(panel, spec)
    fit, names, stats, notes = random_effects(design, components)
    labels = row_labels(panel, design, vcov.groupings)
    method = f"random city effects ({components.label})"
    return assemble(
        panel,
        spec,
        method,
        names,
        fit,
        vcov,
        labels,
        design.stats | stats,
        design.notes + notes,
        kind="re",
    )


def random_effects(
    design: Design, components: VarianceComponents
) -> tuple[LinearFit, tuple[str, ...], dict[str, float], tuple[str, ...]]:
    """Fit on a design: the fit, the names of its terms, variance components and notes."""
    if type(components) not in (SwamyArora, WallaceHussain, Amemiya, Nerlove):
        rules = "SwamyArora(), WallaceHussain(), Amemiya() or Nerlove()"
        raise SpecError(Fault(f"components {components!r}", rules, "Give one of them."))
    x, names = with_intercept(design.x, design.names)
    idiosyncratic, city, notes = variance_components(design.y, x, design.city, components)
    years = np.bincount(design.city)
    theta = 1 - np.sqrt(idiosyncratic / (years * city + idiosyncratic))
    shrink = theta[design.city]
    y = design.y - shrink * group_means(design.y, design.city)[design.city]
    x = x - shrink[:, None] * group_means(x, design.city)[design.city]
    fit = ordinary_fit(y, x, names)
    stats = {
        "sigma2_idiosyncratic": idiosyncratic,
        "sigma2_city": city,
        "rho": city / (city + idiosyncratic),
        "theta_min": float(theta.min()),
        "theta_max": float(theta.max()),
        "mean_depvar": float(design.y.mean()),
    }
    return fit, names, stats, notes


def variance_components(
    y: Floats, x: Floats, city: Ints, components: VarianceComponents
) -> tuple[float, float, tuple[str, ...]]:
    """Estimate σ²_e and σ²_c.

    Takes `y` of shape (n,); `x` of shape (n, k): with the intercept; `city` of shape (n,).

    Returns σ²_e, σ²_c ≥ 0, and notes.

    Raises `SpecError`: no degrees of freedom; a balanced rule on an unbalanced panel.
    """
    years = np.bincount(city)
    rss, slopes, within_fit = _within_fit(y, x, city)
    freedom = len(y) - len(years) - slopes
    faults = []
    if freedom <= 0:
        seen = f"{len(y)} rows, {len(years)} cities and {slopes} covariates that vary within them"
        faults.append(Fault(seen, "more rows than cities and covariates", "Add years."))
    between = _rank(group_means(x, city))
    if len(years) <= between:
        seen = f"{len(years)} cities and {between} parameters between them"
        faults.append(Fault(seen, "more cities than parameters", "Use fewer covariates."))
    if not isinstance(components, SwamyArora) and np.ptp(years):
        seen = f"{years.min()} to {years.max()} years by city with the rule {components.label}"
        faults.append(Fault(seen, "a balanced panel", "Use SwamyArora()."))
    raise_all(SpecError, faults)
    if rss <= 1e-20 * float(y @ y):
        seen = "an outcome that the covariates fit perfectly within cities"
        raise SpecError(Fault(seen, "residual variation", "Use fit_pooled or other covariates."))
    if isinstance(components, SwamyArora):
        idiosyncratic = rss / freedom
        found = _swamy_arora(y, x, city, idiosyncratic, components.harmonic)
    else:
        idiosyncratic, found = _balanced(components, y, x, city, rss, within_fit)
    if found >= 0:
        return idiosyncratic, found, ()
    note = f"variance of the city effects estimated at {found:.4g} and set to zero"
    return idiosyncratic, 0.0, (note,)


def _within_fit(y: Floats, x: Floats, city: Ints) -> tuple[float, int, Floats]:
    """Residual sum of squares, slopes, and y − x'b of the within regression (effects left in)."""
    swept = x - group_means(x, city)[city]
    vary = np.flatnonzero(~absorbed(x, swept))
    if not len(vary):
        raise SpecError(
            Fault("no covariate that varies within cities", "at least one", "Use fit_between.")
        )
    centred = y - group_means(y, city)[city]
    # covariates may be collinear within cities and yet differ between them: count the rank
    coefficients, rank = least_norm(swept[:, vary], centred)
    residuals = centred - swept[:, vary] @ coefficients
    left = y - x[:, vary] @ coefficients
    return float(residuals @ residuals), rank, left


def _rank(x: Floats) -> int:
    return int(np.linalg.matrix_rank(x / np.sqrt((x**2).sum(axis=0)), tol=1e-9))


def _swamy_arora(y: Floats, x: Floats, city: Ints, noise: float, harmonic: bool) -> float:
    years = np.bincount(city)
    y_mean, x_mean = group_means(y, city), group_means(x, city)
    freedom = len(years) - _rank(x_mean)
    if harmonic or not np.ptp(years):
        residual = y_mean - x_mean @ least_norm(x_mean, y_mean)[0]
        spread = float(residual @ residual) / freedom
        return float(spread - noise * (1 / years).mean())
    root = np.sqrt(years)
    weighted = root[:, None] * x_mean
    residual = root * y_mean - weighted @ least_norm(weighted, root * y_mean)[0]
    unit = weighted / np.sqrt((weighted**2).sum(axis=0))
    sums = root[:, None] * unit  # city totals of the regressors, scaled alike
    # means may be collinear (a covariate beside its own mean), hence the generalised inverse
    inverse = np.linalg.pinv(unit.T @ unit, rcond=1e-11, hermitian=True)
    trace = float(np.trace(inverse @ (sums.T @ sums)))
    return float((residual @ residual - freedom * noise) / (len(y) - trace))


def _balanced(
    components: WallaceHussain | Amemiya | Nerlove,
    y: Floats,
    x: Floats,
    city: Ints,
    rss: float,
    effects_left: Floats,
) -> tuple[float, float]:
    """Wallace-Hussain, Amemiya and Nerlove for n cities over T years each."""
    n = int(city.max()) + 1
    span = len(y) // n
    if isinstance(components, Nerlove):
        effects = group_means(effects_left, city)
        return rss / len(y), float(effects.var(ddof=1))
    if isinstance(components, Amemiya):
        residual = effects_left - effects_left.mean()
        between = span * float(np.square(group_means(residual, city)).sum()) / n
        noise = rss / (n * (span - 1))
        return noise, (between - noise) / span
    _, residual, _ = least_squares(y, x)
    means = group_sums(residual, city, n) / span
    within = float(((residual - means[city]) ** 2).sum())
    between = span * float((means**2).sum()) / n
    noise = within / (n * (span - 1))
    return noise, (between - noise) / span
