"""Direct, indirect and total effects of spatial models, with their standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.inference.resampling import Resampling
from econshrink.nouns.estimate import Estimate
from econshrink.spatial.kernel.determinant import Triple, log_determinant
from econshrink.spatial.neighbours import Neighbours

EFFECTS = ("direct", "indirect", "total")
LAGGED = ("sar", "sdm")  # kinds of models with a spatial lag of the outcome
MATCH = 1e-6  # trace of the weights given for simulation against that of the estimate


@dataclass(frozen=True)
class DeltaMethod:
    """Standard errors from the exact derivatives of the effects.

    Examples
    --------
    >>> DeltaMethod()
    DeltaMethod()
    """


@dataclass(frozen=True, eq=False)
@typed_fields
class Simulation:
    """Covariance of the effects over draws from the joint normal law of all coefficients.

    Draws with ρ outside (-1, 1) are drawn again and counted (LeSage and Pace 2009, section 5.6).

    Parameters
    ----------
    neighbours : Neighbours
        The weights of the estimate.
    resampling : Resampling
        At least 100 draws; no scheme and no cluster.

    Raises
    ------
    SpecError
        Fewer than 100 draws.
    """

    neighbours: Neighbours
    resampling: Resampling = Resampling(2000)  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        draws = self.resampling.plain("simulated effects").draws
        if draws < 100:
            raise SpecError(Fault(f"{draws} draws", "at least 100", "Leave the default."))


def spatial_impacts(
    estimate: Estimate,
    inference: DeltaMethod | Simulation = DeltaMethod(),
) -> Estimate:
    """Average effects of a covariate on the own city, on the others and on all.

    With S = (I − ρW)⁻¹: direct = [β tr S + θ tr(S W)]/n, the mean derivative of a city's outcome
    by its own covariate; total = (β + θ)/(1 − ρ), the mean row sum for row-standardised W;
    indirect = total − direct. Programs that leave θ tr(S W) out of the direct effect differ.

    Parameters
    ----------
    estimate : Estimate
        From `fit_spatial`: lag, Durbin or SLX.
    inference : DeltaMethod or Simulation

    Returns
    -------
    Estimate
        Terms ``direct(x)``, ``indirect(x)`` and ``total(x)`` for every covariate; point
        estimates are the formula at the coefficients under both kinds of inference.

    Raises
    ------
    SpecError
        An estimate without spillovers between cities (another estimator, or the spatial error
        model, whose coefficients are the effects); weights other than the estimate's.

    Notes
    -----
    LeSage and Pace (2009), Introduction to Spatial Econometrics, chapter 2; Elhorst (2014).

    Examples
    --------
    >>> slx = Estimate("spatially lagged covariates (SLX)", ("x", "W(x)"), np.array([1.0, 0.5]),
    ...                np.diag([0.01, 0.04]), "iid", "none", 100, kind="slx")
    >>> spatial_impacts(slx).tidy().set_index("term")["std_error"].round(4).to_dict()
    {'direct(x)': 0.1, 'indirect(x)': 0.2, 'total(x)': 0.2236}
    """
    position = _positions(estimate)
    names = tuple(f"{kind}({name})" for name in position for kind in EFFECTS)
    if estimate.kind in LAGGED:
        g, g2 = estimate.stats["trace_g"], estimate.stats["trace_g2"]
        rho = estimate.coefficient("rho")
    else:
        g, g2, rho = 0.0, 0.0, 0.0
    points = _effects(estimate.coefficients, position, rho, g)
    notes = estimate.notes
    if isinstance(inference, DeltaMethod):
        slopes = _jacobian(estimate, position, rho, g, g2)
        covariance = symmetric(slopes @ estimate.covariance @ slopes.T)
        label = f"delta method, {estimate.vcov_label}"
    else:
        drawn, rejected = _draw(estimate, inference, position, rho, g)
        covariance = symmetric(np.atleast_2d(np.cov(drawn, rowvar=False)))
        label = f"{inference.resampling.draws} draws, {estimate.vcov_label}"
        notes = (*notes, f"{rejected} draws with rho outside (-1, 1) drawn again")
    return replace(
        estimate,
        method=f"average effects of the {estimate.method}",
        terms=names,
        coefficients=points,
        covariance=covariance,
        vcov_label=label,
        notes=notes,
        kind="spatial_effects",
    )


def _positions(estimate: Estimate) -> dict[str, tuple[int, int | None]]:
    """Covariate to the positions of its coefficient and of that of its spatial lag."""
    terms = estimate.terms
    if estimate.kind not in {*LAGGED, "slx"}:
        raise SpecError(
            Fault(
                f"an estimate by '{estimate.method}'",
                "a spatial lag, Durbin or SLX model",
                "In a spatial error model the coefficients themselves are the effects.",
            )
        )
    lags = {name: i for i, name in enumerate(terms)}
    plain = [
        name
        for name in terms
        if name != "rho" and not (name.startswith("W(") and name[2:-1] in lags)
    ]
    return {name: (lags[name], lags.get(f"W({name})")) for name in plain}


def _effects(
    b: Floats, position: dict[str, tuple[int, int | None]], rho: float, g: float
) -> Floats:
    """Direct, indirect and total effect of every covariate; g is tr G/n."""
    values = []
    for own, lag in position.values():
        theta = 0.0 if lag is None else b[lag]
        direct = b[own] * (1 + rho * g) + theta * g  # tr S = n + ρ tr G and tr(SW) = tr G
        total = (b[own] + theta) / (1 - rho)
        values += [direct, total - direct, total]
    return np.array(values)


def _jacobian(
    estimate: Estimate,
    position: dict[str, tuple[int, int | None]],
    rho: float,
    g: float,
    g2: float,
) -> Floats:
    """Derivatives of all effects by all coefficients; dG/dρ = G²."""
    b, width = estimate.coefficients, len(estimate.terms)
    rows = []
    for own, lag in position.values():
        theta = 0.0 if lag is None else b[lag]
        direct, total = np.zeros(width), np.zeros(width)
        direct[own], total[own] = 1 + rho * g, 1 / (1 - rho)
        if lag is not None:
            direct[lag], total[lag] = g, 1 / (1 - rho)
        if estimate.kind in LAGGED:
            direct[-1] = b[own] * (g + rho * g2) + theta * g2
            total[-1] = (b[own] + theta) / (1 - rho) ** 2
        rows += [direct, total - direct, total]
    return np.array(rows)


def _draw(
    estimate: Estimate,
    inference: Simulation,
    position: dict[str, tuple[int, int | None]],
    rho: float,
    g: float,
) -> tuple[Floats, int]:
    """Effects of every draw, shape (draws, 3k), and how many draws were rejected."""
    rng = inference.resampling.generator("estimate.spatial_impacts")
    scale = np.where(estimate.std_errors > 0, estimate.std_errors, 1.0)
    root = np.linalg.cholesky(estimate.covariance / np.outer(scale, scale)) * scale[:, None]
    size = len(estimate.terms)
    lagged = estimate.kind in LAGGED
    rows: list[Floats] = []
    rejected = 0
    while len(rows) < inference.resampling.draws:
        draw = estimate.coefficients + root @ rng.standard_normal(size)
        if lagged and not abs(draw[-1]) < 1:
            rejected += 1
        else:
            rows.append(draw)
    if not lagged:
        return np.array([_effects(b, position, 0.0, 0.0) for b in rows]), 0
    spread = np.array([b[-1] for b in rows] + [rho])
    curve = _curve(estimate, inference.neighbours, spread, rho, g)
    n = estimate.stats["cities"]
    return np.array([_effects(b, position, b[-1], curve(b[-1])[1] / n) for b in rows]), rejected


def _curve(
    estimate: Estimate, neighbours: Neighbours, spread: Floats, rho: float, g: float
) -> Callable[[float], Triple]:
    n = estimate.stats["cities"]
    size = len(neighbours.cities)
    low, high = float(spread.min()) - 1e-6, float(spread.max()) + 1e-6
    curve = log_determinant(neighbours.matrix).smooth(max(low, -1 + 1e-9), min(high, 1 - 1e-9))
    if size != n or not abs(curve(rho)[1] / n - g) < MATCH * (1 + abs(g)):
        raise SpecError(
            Fault(
                f"weights of {size} cities that are not those of the estimate",
                "the weights the model was fitted with",
                "Pass the same Neighbours to fit_spatial and Simulation.",
            )
        )
    return curve
