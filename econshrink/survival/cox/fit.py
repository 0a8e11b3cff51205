"""The Cox fit on arrays: shared by plain, recurrent-event and competing-risk regressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.vcov import Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.design import SurvivalArrays, survival_arrays, survival_spec
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import (
    Hazards,
    clustered_scores,
    exact_point,
    hazards,
    score_and_information,
    score_residuals,
    untied_only,
)
from econshrink.survival.kernel.newton import Point, Solution, maximise
from econshrink.survival.kernel.risk_sets import RiskSets, build_risk_sets
from econshrink.survival.options import (
    Efron,
    SurvivalCovariance,
    SurvivalWeights,
    Ties,
    cluster_numbers,
)

_FEW_EVENTS = 10
_INSTEAD = "use Firth's penalty"


@takes_tables
def fit_cox(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    ties: Ties = Efron(),  # noqa: B008  (a frozen option object)
    strata: str | Sequence[str] | None = None,
    offset: str | None = None,
    weights: SurvivalWeights | None = None,
    vcov: SurvivalCovariance = Iid(),  # noqa: B008
) -> Estimate:
    r"""Fit a proportional hazards model to start/stop rows.

    The hazard of row i at time t is :math:`h_{s}(t) \exp(x_i'\beta + o_i)` in stratum s. A row is
    at risk on ``(start, stop]``, so that back-to-back yearly rows are never counted twice.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    covariates : sequence of str
        Numeric columns of the table, any scale.
    ties : Efron, Breslow or Exact
    strata : str or sequence of str, optional
        Columns whose combinations have baseline hazards of their own.
    offset : str, optional
        Column added to the linear predictor.
    weights : ImportanceWeights or FrequencyWeights, optional
    vcov : Iid, Heteroskedastic or Clustered
        Inverse information; sandwich by row; sandwich by the levels of one column. There is no
        small-sample factor, as in R's coxph: other rules than the options' default are refused.

    Returns
    -------
    Estimate
        Log hazard ratios. `stats` holds ``loglik, loglik_null, events, events_per_parameter,
        lr_chi2, wald_chi2, score_chi2, robust_score_chi2, df, iterations``; Wald's statistic uses
        the covariance asked for.

    Raises
    ------
    SpecError
        Missing, constant or collinear covariates (named), robust errors with exact ties.
    DataError
        Covariates that are not finite numbers, or no events.
    ConvergenceError
        The likelihood is monotone in some covariate (named).

    Notes
    -----
    Efron (1977), Journal of the American Statistical Association 72; Lin and Wei (1989), ibid. 84,
    for the sandwich, with score residuals that hold under Efron ties; no small-sample factor.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0]}),
    ...     rule_id="example")
    >>> round(fit_cox(spells, ["x"]).coefficient("x"), 4)
    0.9671
    """
    spec = survival_spec(
        spells,
        covariates,
        ties=ties.name,
        strata=strata,
        offset=offset,
        weights=weights,
        vcov=vcov,
    )
    if spec.ties == "exact" and not isinstance(vcov, Iid):
        raise SpecError(
            Fault("a robust covariance with exact ties", "Efron or Breslow ties", "Change either.")
        )
    arrays = survival_arrays(spells, spec)
    fit = fit_arrays(arrays, spec)
    covariance, label, clusters, extra = _covariance(spells, spec, vcov, fit)
    statistics = _statistics(arrays, spec, fit, covariance) | extra
    return Estimate(
        method=f"Cox proportional hazards, {spec.ties} ties",
        terms=spec.covariates,
        coefficients=fit.beta,
        covariance=covariance,
        vcov_label=label,
        small_sample="none",
        nobs=observations(arrays, spec),
        clusters=clusters,
        stats={name: value for name, value in statistics.items() if np.isfinite(value)},
        spec=spec,
        notes=_notes(spells, arrays, spec, vcov, statistics),
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="cox",
    )


def _covariance(
    spells: SpellTable, design: SurvivalSpec, vcov: SurvivalCovariance, fit: CoxFit
) -> tuple[Floats, str, dict[str, int], dict[str, float]]:
    if isinstance(vcov, Iid):
        return fit.model_covariance, "inverse information", {}, {}
    column = design.cluster
    if column is None:
        covariance, score = sandwich(fit, None, frequency=design.frequency)
        return covariance, "robust by row", {}, {"robust_score_chi2": score}
    groups, count = cluster_numbers(spells, column)
    covariance, score = sandwich(fit, groups, frequency=design.frequency)
    return covariance, f"clustered by {column}", {column: count}, {"robust_score_chi2": score}


def observations(arrays: SurvivalArrays, design: SurvivalSpec) -> int:
    """Rows, or what they stand for."""
    return int(arrays.weight.sum()) if design.frequency else len(arrays.stop)


def _statistics(
    arrays: SurvivalArrays, design: SurvivalSpec, fit: CoxFit, covariance: Floats
) -> dict[str, float]:
    null, best = fit.solution.null, fit.solution.best
    counts = arrays.weight if design.frequency else (arrays.weight > 0).astype(float)
    events = arrays.event @ counts
    return {
        "loglik": best.loglik,
        "loglik_null": null.loglik,
        "events": float(events),
        "events_per_parameter": float(events) / len(fit.beta),
        "lr_chi2": 2 * (best.loglik - null.loglik),
        "wald_chi2": quadratic_form(
            covariance * np.outer(fit.sets.scale, fit.sets.scale), best.beta
        ),
        "score_chi2": quadratic_form(null.information, null.score),
        "df": float(len(fit.beta)),
        "iterations": float(fit.solution.iterations),
    }


def _notes(
    spells: SpellTable,
    arrays: SurvivalArrays,
    design: SurvivalSpec,
    vcov: SurvivalCovariance,
    statistics: dict[str, float],
) -> tuple[str, ...]:
    notes = []
    if statistics["events"] == 1:
        notes.append("Only one event: the estimate rests on it alone.")
    elif statistics["events_per_parameter"] < _FEW_EVENTS:
        ratio = statistics["events_per_parameter"]
        notes.append(f"{ratio:.1f} events a parameter: consider Firth's penalty.")
    if isinstance(vcov, Iid):
        repeated = spells.frame.loc[arrays.event].groupby("city").size()
        if (repeated > 1).any():
            notes.append("Some cities have several events; the covariance is not clustered.")
    unused = int((arrays.weight == 0).sum())
    if unused:
        notes.append(f"{unused} rows with weight 0 do not enter.")
    if not np.isfinite(statistics["wald_chi2"]):
        notes.append("Fewer clusters than coefficients: no joint Wald test.")
    if design.strata:
        notes.append(f"Baseline hazards by {', '.join(design.strata)}.")
    return tuple(notes)


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted model in the units of the covariates, with what later steps need.

    Parameters
    ----------
    beta : ndarray, shape (k,)
    model_covariance : ndarray, shape (k, k)
        Inverse information.
    sets : RiskSets
    solution : Solution
        In scaled units: multiply by ``1 / sets.scale``.
    """

    beta: Floats
    model_covariance: Floats
    sets: RiskSets
    solution: Solution

    @property
    def scaled_beta(self) -> Floats:
        """Coefficients of the scaled covariates."""
        return self.solution.best.beta


def prepare(arrays: SurvivalArrays, design: SurvivalSpec) -> RiskSets:
    """Build the risk sets that a design asks for."""
    if design.ties == "exact" and design.weights is not None:
        raise SpecError(
            Fault("weights with exact ties", "Efron or Breslow ties", "Choose one of these.")
        )
    return build_risk_sets(
        arrays.start,
        arrays.stop,
        arrays.event,
        arrays.x,
        arrays.stratum,
        arrays.weight,
        arrays.offset,
        average_ties=design.ties == "efron",
        frequency=design.frequency,
    )


def fit_arrays(
    arrays: SurvivalArrays,
    design: SurvivalSpec,
) -> CoxFit:
    """Maximise the partial likelihood.

    Raises
    ------
    SpecError
        No covariates, one that is constant within every risk set, or collinear ones.
    ConvergenceError
        Monotone likelihood.
    """
    if not design.covariates:
        raise SpecError(Fault("no covariates", "at least one", "Use kaplan_meier instead."))
    sets = prepare(arrays, design)
    if design.ties == "exact":
        reduced, tied = untied_only(sets)
        solution = maximise(
            lambda b: exact_point(reduced, tied, b), sets.x, design.covariates, instead=_INSTEAD
        )
    else:
        solution = maximise(
            lambda b: partial_point(sets, b), sets.x, design.covariates, instead=_INSTEAD
        )
    return CoxFit(
        solution.best.beta / sets.scale,
        solution.inverse / np.outer(sets.scale, sets.scale),
        sets,
        solution,
    )


def partial_point(sets: RiskSets, beta: Floats) -> Point:
    """Evaluate the Efron or Breslow partial likelihood."""
    state = hazards(sets, beta)
    if not np.isfinite(state.loglik):
        k = len(beta)
        return Point(beta, -np.inf, np.zeros(k), np.eye(k))
    return Point(beta, state.loglik, *score_and_information(sets, state), state)


def sandwich(fit: CoxFit, cluster: Ints | None, *, frequency: bool) -> tuple[Floats, float]:
    """Robust covariance (k, k), and the robust score statistic that all coefficients are zero.

    `cluster` (n,) numbers the cluster of every row of the table handed in; None if each row is its
    own. The statistic is NaN if there are fewer clusters than coefficients.
    """
    sums = summed_scores(fit, fit.solution.best, cluster, frequency=frequency)
    spread = fit.solution.inverse @ sums.T
    scale = np.outer(fit.sets.scale, fit.sets.scale)
    at_zero = summed_scores(fit, fit.solution.null, cluster, frequency=frequency)
    statistic = quadratic_form(at_zero.T @ at_zero, fit.solution.null.score)
    return spread @ spread.T / scale, statistic


def summed_scores(fit: CoxFit, at: Point, cluster: Ints | None, *, frequency: bool) -> Floats:
    """Weighted score residuals summed within clusters; their cross product is the meat."""
    sets = fit.sets
    known = at.state if isinstance(at.state, Hazards) else hazards(sets, at.beta)
    if cluster is not None:
        mine, count = cluster[sets.rows], int(cluster.max()) + 1
        return clustered_scores(sets, known, mine, count)
    root = np.sqrt(sets.weight) if frequency else sets.weight
    return score_residuals(sets, known) * root[:, None]


def quadratic_form(matrix: Floats, vector: Floats) -> float:
    """Quadratic form v' M^-1 v of a symmetric M, or NaN if it has no inverse."""
    sizes, axes = np.linalg.eigh(matrix)
    if sizes[0] <= sizes[-1] * len(vector) * np.finfo(float).eps:
        return float("nan")
    return float(((vector @ axes) ** 2 / sizes).sum())
