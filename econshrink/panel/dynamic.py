"""Dynamic panels by GMM: difference (Arellano and Bond) and system (Blundell and Bond)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.hypothesis import wald
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.record import provenance
from econshrink.panel.dynamic_instruments import Instruments
from econshrink.panel.dynamic_rows import moment_data
from econshrink.panel.kernel.gmm import (
    GmmFit,
    MomentData,
    error_variance,
    one_step,
    overidentification,
    robust_one_step,
    serial_correlation,
    two_step,
    windmeijer,
)


def _checked_steps(steps: int) -> None:
    if steps not in {1, 2}:
        raise SpecError(Fault(f"steps={steps}", "1 or 2", "Name one of them."))


@dataclass(frozen=True)
class DifferenceGmm:
    """Difference GMM.

    Parameters
    ----------
    steps : int
        1 or 2.
    corrected : bool
        Robust standard errors: the sandwich after one step, Windmeijer's correction after two.
        Without, one-step errors assume homoskedasticity and two-step errors are far too small.
    """

    steps: int = 2
    corrected: bool = True
    system = False

    def __post_init__(self) -> None:
        _checked_steps(self.steps)


@dataclass(frozen=True)
class SystemGmm:
    """System GMM: difference and level equations together.

    Parameters
    ----------
    steps : int
        1 or 2.
    corrected : bool
        As in `DifferenceGmm`.
    """

    steps: int = 2
    corrected: bool = True
    system = True

    def __post_init__(self) -> None:
        _checked_steps(self.steps)


def fit_gmm(
    data: Any,
    model: Spec | str,
    instruments: Sequence[Instruments],
    method: DifferenceGmm | SystemGmm = DifferenceGmm(),
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Estimate:
    """Estimate y_it = Σ a_l y_i,t−l + x_it'b + city effect (+ year effect) + e_it by GMM.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Lags are covariates: ``("lag(n)", "lag(n, 2)", "w")``. `absorb` must hold ``"city"``, which
        differencing removes, and may hold ``"year"`` for year dummies, which are estimated.
    instruments : sequence
        The pinned list: `LaggedLevels`, `LaggedDifferences`, `Exogenous`, `YearDummies`.
    method : DifferenceGmm or SystemGmm
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Estimate
        Slopes, then year effects. Stats: ``instruments``, ``hansen`` (two-step residuals and
        weight, df, p), ``sargan`` (one-step, σ² = u'u/(2(n−k)) of differenced residuals),
        ``hansen_one_step`` (one-step residuals in the two-step weight), ``m1``, ``m2`` and their
        p-values, Wald tests of slopes and of year effects. `nobs` counts difference rows, for
        the system level rows.

    Raises
    ------
    SpecError
        No city effects, other effects, weights; unknown variables; no rows; covariates without
        variation or collinear; fewer instruments than coefficients.

    Notes
    -----
    More instruments than cities make the Hansen test powerless; a note says so. The variance of
    m_j takes its middle term from the moments of all equations; plm, for the system, from the
    difference rows alone.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> from econshrink.panel.dynamic_instruments import Exogenous, LaggedLevels
    >>> rng = np.random.default_rng(2)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(30)], 5),
    ...     "year": [*range(2000, 2005)] * 30,
    ...     "x": rng.normal(size=150), "y": rng.normal(size=150)}))
    >>> estimate = fit_gmm(
    ...     panel,
    ...     Spec("y", ("lag(y)", "x"), ("city",)),
    ...     (LaggedLevels("y", collapse=True), Exogenous(("x",))),
    ... )
    >>> estimate.nobs, estimate.stats["instruments"]
    (90, 4.0)
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time)
    data, names, years, notes = moment_data(panel, spec, instruments, method.system)
    first = one_step(data)
    if first.residuals @ first.residuals <= 1e-20 * (data.y @ data.y):
        seen = "an outcome that the covariates fit perfectly"
        raise SpecError(Fault(seen, "residual variation", "Use more rows or other covariates."))
    second, more = _second_step(data, first, method)
    fit, covariance, label = _chosen(data, first, second, method)
    kind = "system (Blundell-Bond)" if method.system else "difference (Arellano-Bond)"
    stats = _tests(data, first, second, fit, covariance, method, years)
    if not any(
        panel.role(name) == "time" for name in spec.absorb
    ):  # what stands behind the slopes is at most a constant
        stats = {name: value for name, value in stats.items() if "wald_years" not in name}
    return Estimate(
        method=f"{kind} GMM, {'one' if method.steps == 1 else 'two'}-step",
        terms=names,
        coefficients=fit.coefficients,
        covariance=covariance,
        vcov_label=label,
        small_sample="none",
        nobs=int((data.differenced != method.system).sum()),
        clusters={panel.unit: data.cities},
        stats=stats,
        spec=spec,
        notes=notes + more,
        provenance=provenance(panel) | {"instruments": "; ".join(map(repr, instruments))},
        synthetic=panel.synthetic,
        kind="gmm",
        vcov_kind="gmm",
    )


def _second_step(
    data: MomentData, first: GmmFit, method: DifferenceGmm | SystemGmm
) -> tuple[GmmFit | None, tuple[str, ...]]:
    """Second step, which a one-step estimate needs for its Hansen test only."""
    try:
        return two_step(data, first), ()
    except SpecError as problem:
        if method.steps == 2:
            raise
        return None, (f"no Hansen test: {problem.faults[0].seen}",)


def _chosen(
    data: MomentData, first: GmmFit, second: GmmFit | None, method: DifferenceGmm | SystemGmm
) -> tuple[GmmFit, Floats, str]:
    if method.steps == 1 or second is None:
        if method.corrected:
            return first, robust_one_step(data, first), "robust, clustered by city"
        matrix = error_variance(data, first) * first.inverse
        return first, matrix, "homoskedastic one-step"
    if method.corrected:
        return second, windmeijer(data, first, second), "two-step with Windmeijer's correction"
    return second, second.inverse, "two-step, uncorrected (too small)"


def _tests(
    data: MomentData,
    first: GmmFit,
    second: GmmFit | None,
    fit: GmmFit,
    covariance: Floats,
    method: DifferenceGmm | SystemGmm,
    years: int,
) -> dict[str, float]:
    """Scalars of all specification tests."""
    variance = error_variance(data, first)
    plain = method.steps == 1 and not method.corrected
    found: dict[str, HypothesisTest] = {
        "sargan": overidentification("Sargan", data, first, first.weight, first.rank, variance),
    }
    if second is not None:
        weight, rank = second.weight, second.rank
        found["hansen"] = overidentification("Hansen", data, second, weight, rank)
        found["hansen_one_step"] = overidentification("J", data, first, weight, rank)
    for order in (1, 2):
        found[f"m{order}"] = serial_correlation(
            data, fit, covariance, order, variance if plain else None
        )
    k = len(fit.coefficients) - years
    found["wald_slopes"] = wald("Wald", "slopes zero", fit.coefficients[:k], covariance[:k, :k])
    if years:
        found["wald_years"] = wald("Wald", "zero", fit.coefficients[k:], covariance[k:, k:])
    stats: dict[str, float] = {}
    for name, test in found.items():
        stats[name], stats[f"{name}_p"] = test.statistic, test.p_value
        if not np.isnan(test.df):
            stats[f"{name}_df"] = test.df
    return stats | {
        "instruments": float(data.z.shape[1]),
        "instruments_rank": float(first.rank),
        "rows_difference": float(data.differenced.sum()),
        "rows_level": float((~data.differenced).sum()),
        "sigma2": variance,
        "years": float(len(np.unique(data.year))),
    }
