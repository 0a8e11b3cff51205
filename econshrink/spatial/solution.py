"""Solutions of spatial panels: coefficients, covariance and fit statistics from swept columns."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import least_squares
from econshrink.spatial.design import SpatialDesign
from econshrink.spatial.kernel.determinant import LogDeterminant, SparseLU
from econshrink.spatial.kernel.information import (
    Pieces,
    covariance,
    expected,
    observed,
    year_effect_bias,
)
from econshrink.spatial.kernel.likelihood import (
    Counting,
    ErrorResiduals,
    LagResiduals,
    SpatialFit,
    maximise,
)
from econshrink.spatial.kernel.traces import (
    StochasticTraces,
    default_traces,
    panel_multiplier,
    traces,
)
from econshrink.spatial.options import (
    ExpectedInformation,
    Information,
    Model,
    SpatialError,
    WFirst,
)

Solution = tuple[tuple[str, ...], Floats, Floats, dict[str, float], tuple[str, ...]]
RHO, LAMBDA = "rho", "lambda"


def least_squares_solution(found: SpatialDesign, counts: Counting) -> Solution:
    """Least squares of the swept outcome on covariates and their spatial lags.

    Returns terms, coefficients, covariance σ²(Z'Z)⁻¹, stats and notes.
    """
    b, e, bread = least_squares(found.y, np.hstack([found.x, found.wx]))
    rss = float(e @ e)
    sigma2 = rss / counts.rows
    loglik = -counts.rows / 2 * (np.log(2 * np.pi * sigma2) + 1)
    stats = {"loglik": float(loglik), "sigma2": sigma2, "rss": rss}
    return found.names, b, sigma2 * bread, stats, ()


def likelihood_solution(
    found: SpatialDesign,
    counts: Counting,
    determinant: LogDeterminant,
    model: Model,
    information: Information,
) -> Solution:
    """Maximum likelihood of a lag, Durbin or error model.

    Returns terms, coefficients, covariance, stats and notes.

    Raises `SpecError`: a determinant of other weights; `ConvergenceError`: see `maximise` and
    `covariance`.
    """
    raise_all(SpecError, _determinant_faults(found, determinant))
    if isinstance(model, SpatialError):
        fit = maximise(ErrorResiduals.of(found.y, found.wy, found.x, found.wx), determinant, counts)
        b, pieces = _error_pieces(found, fit)
        terms = (*found.design.names, LAMBDA)
    else:
        z = np.hstack([found.x, found.wx])
        fit = maximise(LagResiduals.of(found.y, found.wy, z), determinant, counts)
        b, pieces = _lag_pieces(found, fit, z)
        terms = (*found.names, RHO)
    rule = default_traces(found.cities)
    if isinstance(information, ExpectedInformation):
        rule = information.traces or rule
    else:
        rule = StochasticTraces(2)  # tr G'G is not used: spend nothing on it
    known = traces(found.w, fit.rho, fit.curve, rule)
    matrix = expected if isinstance(information, ExpectedInformation) else observed
    v = covariance(matrix(pieces, known, fit.rho, counts))[:-1, :-1]
    stats = {
        "loglik": fit.loglik,
        "sigma2": fit.sigma2,
        "rss": fit.rss,
        "trace_g": known.g / found.cities,
        "trace_g2": known.g2 / found.cities,
        "score": fit.score,
        "evaluations": float(fit.evaluations),
    }
    notes: tuple[str, ...] = ()
    effects = found.design.effects
    if counts.rows == len(found.y) and "year" in effects and isinstance(found.order, WFirst):
        periods = found.years - ("city" in effects)
        bias = year_effect_bias(known.g / found.cities, fit.rho, periods, float(v[-1, -1]))
        stats["bias_first_order"] = bias
        share = abs(bias) / np.sqrt(v[-1, -1])
        notes = (
            f"first-order bias of {terms[-1]} from year effects {bias:.4f}, "
            f"{share:.2f} standard errors: LeeYu() removes it",
        )
    if isinstance(information, ExpectedInformation):
        stats["trace_gram_error"] = known.gram_error / known.gram
        if known.gram_error:
            error = f"relative error {known.gram_error / known.gram:.1e}"
            notes = (*notes, f"tr G'G by probes, {error}")
    return terms, np.append(b, fit.rho), v, stats, notes


def _lag_pieces(found: SpatialDesign, fit: SpatialFit, z: Floats) -> tuple[Floats, Pieces]:
    b, e, _ = least_squares(found.y - fit.rho * found.wy, z)
    mean = panel_multiplier(found.w, fit.rho, z @ b)
    if isinstance(found.order, WFirst):
        mean = found.sweep(mean)
    return b, Pieces(z, e, found.wy, None, mean, fit.sigma2)


def _error_pieces(found: SpatialDesign, fit: SpatialFit) -> tuple[Floats, Pieces]:
    filtered = found.x - fit.rho * found.wx
    b, e, _ = least_squares(found.y - fit.rho * found.wy, filtered)
    moved = found.wy - found.wx @ b
    return b, Pieces(filtered, e, moved, found.wx, np.zeros(len(e)), fit.sigma2)


def _determinant_faults(found: SpatialDesign, determinant: LogDeterminant) -> list[Fault]:
    ours, given = SparseLU(found.w).value(0.5), determinant.value(0.5)
    if abs(ours - given) <= 1e-9 * found.cities:
        return []
    seen = f"a log-determinant of {given:.6f} at 0.5, where these weights have {ours:.6f}"
    return [Fault(seen, "the determinant of the same weights", "Build it from neighbours.matrix.")]
