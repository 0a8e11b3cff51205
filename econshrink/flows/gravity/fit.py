"""Gravity by Poisson pseudo-maximum likelihood with origin, destination and pair effects."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.flows.gravity.dyads import read_dyads
from econshrink.flows.gravity.ppml import GravityEffects, PoissonCube, fit_cube
from econshrink.flows.gravity.separation import separation_faults
from econshrink.inference.linear_fit import TIME, LinearFit, Vcov
from econshrink.inference.vcov import Clustered
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.flows import FlowNetwork, FlowPanel

GROUPINGS = ("origin", "destination", "pair", "year", "origin^year", "destination^year")
INCIDENTAL = (
    "With few years, slopes and cluster errors of a three-way model carry a bias of order one over "
    "the number of cities (Weidner and Zylkin 2021), not removed here."
)


@dataclass(frozen=True, eq=False)
class GravityFit:
    """A fitted gravity model.

    Parameters
    ----------
    estimate : Estimate
        Slopes with their covariance; stats ``loglik``, ``r2_fitted`` (squared
        correlation of flows and fit), ``dispersion``, ``inverse_shape``, ``dropped_cells``.
    panel : FlowPanel
    mean : ndarray, shape (T, n, n)
        Fitted flows.
    regressors : ndarray, shape (k, T, n, n)
    effects : GravityEffects
    """

    estimate: Estimate
    panel: FlowPanel
    mean: Floats
    regressors: Floats
    effects: GravityEffects

    @property
    def residual_ratio(self) -> Floats:
        """Observed over fitted flow, shape (T, n, n); NaN where nothing is fitted."""
        cube = self.panel.cube
        empty = np.full_like(cube, np.nan)
        return np.divide(cube, self.mean, out=empty, where=self.mean > 0)

    @property
    def pearson(self) -> Floats:
        """Pearson residuals (F − μ) / √(μ + μ²/shape), shape (T, n, n); NaN where μ is 0."""
        spread = self.mean + self.estimate.stats["inverse_shape"] * self.mean**2
        empty = np.full_like(spread, np.nan)
        gap = self.panel.cube - self.mean
        return np.divide(gap, np.sqrt(spread), out=empty, where=spread > 0)


def fit_gravity(
    flows: Any,
    regressors: Mapping[str, Floats] | str,
    *,
    origin: str | None = None,
    destination: str | None = None,
    time: str | None = None,
    effects: GravityEffects | None = None,
    vcov: Vcov | None = None,
) -> GravityFit:
    """Fit E[F_ijt] = exp(x_ijt'β + origin_it + destination_jt (+ pair_ij)).

    Zeros stay in. Consistent whatever the distribution of flows, as long as the mean is right
    (Santos Silva and Tenreyro 2006). Moves within a city are outside the sample.

    Parameters
    ----------
    flows : FlowNetwork, FlowPanel or any table
        Complete: a table has a row for every ordered pair (and year), zeros too.
    regressors : mapping of str to ndarray, or a formula
        Shape (n, n), or (T, n, n) with a year dimension; at least one. With a table a formula such
        as ``"flow ~ np.log(km) | o^year + d^year"`` under its own names.
    origin, destination, time : str, optional
        Columns of a table; `time` may be absent.
    effects : GravityEffects, optional
        Default: origin-year and destination-year effects.
    vcov : Vcov, optional
        Groupings ``origin, destination, pair, year`` and products with year. Default
        ``Clustered(("origin", "destination"))``: flows share their origin's and their
        destination's luck, and pairs over the years with them. With a dozen cities in one year
        that sum can be negative and is then refused: take ``Heteroskedastic("HC1")``.

    Returns
    -------
    GravityFit

    Raises
    ------
    SpecError
        No regressor, wrong shapes, separated or explained regressors, an unknown grouping.
    ConvergenceError
        No maximum is found.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> km = rng.uniform(50, 400, (8, 8)); km = (km + km.T) / 2
    >>> mean = 3e4 / km; np.fill_diagonal(mean, 0)
    >>> net = FlowNetwork(tuple("abcdefgh"), rng.poisson(mean).astype(float))
    >>> fit = fit_gravity(net, {"log_km": np.log(km)})
    >>> bool(abs(fit.estimate.coefficient("log_km") + 1) < 0.1)
    True
    """
    names_of: dict[str, str] = {}
    if not isinstance(flows, FlowNetwork | FlowPanel):
        if not isinstance(regressors, str):
            seen = f"regressors of type {type(regressors).__name__} for a table"
            remedy = 'Write "flow ~ np.log(km) | o^year + d^year".'
            raise SpecError(Fault(seen, "a formula", remedy))
        made = read_dyads(flows, regressors, origin, destination, time)
        flows, regressors, names_of = made.panel, made.regressors, made.names
        effects = effects or made.effects
        vcov = vcov or Clustered((str(origin), str(destination)))
    elif isinstance(regressors, str):
        seen = f"the formula '{regressors}' for a {type(flows).__name__}"
        remedy = 'Pass {"log_km": np.log(km)}, or a table with the formula.'
        raise SpecError(Fault(seen, "regressors as arrays", remedy))
    panel = flows if isinstance(flows, FlowPanel) else FlowPanel((_dated(flows),))
    chosen = effects or GravityEffects()
    for network in panel:
        network.require_complete("a gravity model")
    cube = panel.cube
    names = tuple(regressors)
    x = _stacked(regressors, cube.shape)
    sample = np.broadcast_to(~np.eye(cube.shape[1], dtype=bool), cube.shape)
    raise_all(SpecError, separation_faults(cube, x, names, sample, chosen))
    solved = fit_cube(cube, x, sample, chosen)
    option = vcov or Clustered(("origin", "destination"))
    estimate = _estimate(panel, names, solved, chosen, option, names_of)
    return GravityFit(estimate, panel, solved.mean, x, chosen)


def _estimate(
    panel: FlowPanel,
    names: tuple[str, ...],
    solved: PoissonCube,
    effects: GravityEffects,
    vcov: Vcov,
    called: Mapping[str, str],
) -> Estimate:
    cube, used = panel.cube, solved.used
    mean = solved.mean[used]
    root = np.sqrt(mean)
    residuals = (cube[used] - mean) / root
    labels = _labels(used)
    labels |= {name: labels[role] for name, role in called.items()}
    unknown = [name for name in vcov.groupings if name not in labels]
    raise_all(
        SpecError,
        [
            Fault(f"grouping '{name}'", ", ".join(GROUPINGS), "Name one of them.")
            for name in unknown
        ],
    )
    present = _effect_codes(labels, effects)
    x = (solved.swept[:, used] * root).T
    fit = LinearFit(
        root,
        x,
        solved.slopes,
        residuals,
        np.asarray(np.linalg.inv(solved.curvature), dtype=np.float64),
        tuple(present.values()),
        tuple(present),
        sum(int(code.max()) + 1 for code in present.values()),
        least_squares=False,
    )
    found = vcov.covariance(fit, labels)
    freedom = max(fit.nobs - fit.slopes - fit.effects_rank, 1)
    notes = (INCIDENTAL, *found.notes) if effects.pair else found.notes
    return Estimate(
        "gravity, Poisson pseudo-maximum likelihood",
        names,
        solved.slopes,
        found.matrix,
        found.label,
        found.small_sample,
        fit.nobs,
        found.df_t,
        found.clusters,
        {
            "loglik": solved.loglik,
            "r2_fitted": float(np.corrcoef(cube[used], mean)[0, 1] ** 2),
            "dispersion": float(residuals @ residuals / freedom),
            "inverse_shape": inverse_shape(cube[used], mean, freedom),
            "dropped_cells": float(cube.size - cube.shape[0] * cube.shape[1] - used.sum()),
        },
        notes=notes,
        provenance={
            "source": panel.networks[0].label,
            "econshrink": version("econshrink"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        synthetic=any(network.synthetic for network in panel),
        kind="gravity",
        vcov_kind=found.kind,
    )


def inverse_shape(flows: Floats, mean: Floats, freedom: int) -> float:
    """Overdispersion κ of a gamma–Poisson, Var = μ + κμ², by matching Pearson's statistic.

    κ solves Σ (F − μ)² / (μ + κμ²) = residual degrees of freedom; 0 if flows vary no more than a
    Poisson's.
    """
    square = (flows - mean) ** 2

    def excess(kappa: float) -> float:
        return float((square / (mean + kappa * mean**2)).sum()) - freedom

    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, 1.0
    while excess(high) > 0 and high < 1e6:
        high *= 4.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2.0


def _stacked(regressors: Mapping[str, Floats], shape: tuple[int, ...]) -> Floats:
    faults = []
    if not regressors:
        faults.append(Fault("no regressor", "at least one", "Add the log distance."))
    for name, values in regressors.items():
        array = np.asarray(values, dtype=np.float64)
        if array.shape not in {shape, shape[1:]}:
            faults.append(Fault(f"shape {array.shape}", f"{shape[1:]} or {shape}", "Mend.", name))
        elif not np.isfinite(array[..., ~np.eye(shape[1], dtype=bool)]).all():
            faults.append(Fault("missing or infinite values", "numbers", "Complete it.", name))
    raise_all(SpecError, faults)
    off = ~np.eye(shape[1], dtype=bool)
    return np.stack(
        [np.where(off, np.broadcast_to(values, shape), 0.0) for values in regressors.values()]
    )


def _labels(used: np.ndarray) -> dict[str, np.ndarray]:
    year, origin, destination = np.nonzero(used)
    n = used.shape[1]
    raw = {
        "origin": origin,
        "destination": destination,
        "pair": origin * n + destination,
        "year": year,
        TIME: year,
        "origin^year": year * n + origin,
        "destination^year": year * n + destination,
    }
    return {name: codes(values)[0] for name, values in raw.items()}


def _effect_codes(
    labels: Mapping[str, np.ndarray], effects: GravityEffects
) -> dict[str, np.ndarray]:
    asked = {
        "origin^year": effects.origin,
        "destination^year": effects.destination,
        "pair": effects.pair,
    }
    return {name: labels[name] for name, wanted in asked.items() if wanted}


def _dated(network: FlowNetwork) -> FlowNetwork:
    return network if network.year is not None else replace(network, year=0)
