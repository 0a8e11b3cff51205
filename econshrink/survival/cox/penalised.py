"""Penalised Cox models: lasso, elastic-net and ridge paths, and ridge with standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.cox.fit import partial_point, prepare
from econshrink.survival.design import SurvivalArrays, survival_arrays, survival_spec
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import Point, Solution, maximise
from econshrink.survival.kernel.risk_sets import RiskSets
from econshrink.survival.options import Efron, SurvivalWeights, Ties

_OUTER, _INNER, _HALVINGS = 200, 10_000, 40
_TIGHT = 1e-12


@dataclass(frozen=True)
@typed_fields
class ElasticNet:
    r"""Penalty :math:`\lambda\,(a\,|b|_1 + (1 - a)\,|b|_2^2 / 2)` on standardised coefficients.

    The model minimises :math:`-\ell(\beta) / n` plus the penalty, as R's glmnet does: n is the sum
    of the weights over all rows, and b are the coefficients of covariates with variance 1, the
    variance taken over all rows with divisor n. Coefficients are reported in their own units.

    Parameters
    ----------
    mix : float
        a: 1 is the lasso, 0 is ridge.
    penalties : tuple of float, optional
        Values of lambda. By default a path of `count` values, evenly spaced in logs, from the
        smallest that leaves no coefficient (for ``mix=0``, that of ``mix=0.001``) down to
        `smallest` times it.
    count : int
    smallest : float
    """

    mix: float = 1.0
    penalties: tuple[float, ...] | None = None
    count: int = 50
    smallest: float = 1e-3

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.mix <= 1:
            faults.append(Fault(f"mix {self.mix:g}", "0 (ridge) to 1 (lasso)", "Try 1."))
        values = self.penalties
        if values is not None and not (values and all(0 < v < np.inf for v in values)):
            faults.append(Fault(f"penalties {values}", "numbers above 0", "Leave them out."))
        if self.count < 2 or not 0 < self.smallest < 1:
            seen = f"{self.count} values down to {self.smallest:g}"
            faults.append(Fault(seen, "two or more, to a share below 1", "Try 50 and 0.001."))
        if faults:
            raise SpecError(faults)


@dataclass(frozen=True, eq=False)
class PenalisedPath:
    """Coefficients along a path of penalties, strongest first.

    There are no standard errors: the lasso's estimates are biased on purpose and its choice of
    covariates comes from the same data, so that the inverse information would say how precise an
    estimate of something else is. Ridge has a penalised information: see `fit_cox_ridge`.

    Parameters
    ----------
    terms : tuple of str
    penalties : ndarray, shape (p,)
    coefficients : ndarray, shape (p, k)
    loglik : ndarray, shape (p,)
        Partial log-likelihood without the penalty.
    synthetic : bool
    """

    terms: tuple[str, ...]
    penalties: Floats
    coefficients: Floats
    loglik: Floats
    synthetic: bool = False

    def frame(self) -> pd.DataFrame:
        """One row a penalty: ``penalty, loglik, nonzero`` and one column a term."""
        table = pd.DataFrame(self.coefficients, columns=list(self.terms))
        table.insert(0, "nonzero", (self.coefficients != 0).sum(axis=1))
        table.insert(0, "loglik", self.loglik)
        table.insert(0, "penalty", self.penalties)
        return table


@takes_tables
def fit_cox_path(
    spells: SpellTable,
    covariates: Sequence[str],
    penalty: ElasticNet = ElasticNet(),
    *,
    ties: Ties = Efron(),  # noqa: B008
    strata: str | Sequence[str] | None = None,
    offset: str | None = None,
    weights: SurvivalWeights | None = None,
) -> PenalisedPath:
    """Fit a Cox model under every penalty of a path.

    Parameters
    ----------
    spells, covariates, ties, strata, offset, weights
        As in `fit_cox`; exact ties are refused.
    penalty : ElasticNet

    Returns
    -------
    PenalisedPath

    Raises
    ------
    SpecError
        Constant covariates (named), exact ties, or options out of range.
    DataError
        As `fit_cox`.
    ConvergenceError
        A penalty under which the search does not end.

    Notes
    -----
    Coordinate descent on the quadratic approximation of the likelihood, with the whole information
    matrix, repeated to convergence (Simon, Friedman, Hastie and Tibshirani 2011, Journal of
    Statistical Software 39). Each penalty starts from the last.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0],
    ...     "z": [0, 1, 1, 1, 0, 0]}), rule_id="example")
    >>> path = fit_cox_path(spells, ["x", "z"], ElasticNet(penalties=(0.2, 0.01)))
    >>> path.coefficients.round(3)
    array([[ 0.374,  0.   ],
           [ 1.149, -0.33 ]])
    """
    design = penalised_design(spells, covariates, ties, strata, offset, weights)
    arrays = survival_arrays(spells, design)
    problem = Problem.build(arrays, design, penalty.mix)
    values = penalty.penalties or problem.grid(penalty.count, penalty.smallest)
    return problem.path(np.sort(np.asarray(values, dtype=float))[::-1], spells.synthetic)


def penalised_design(
    spells: SpellTable,
    covariates: Sequence[str],
    ties: Ties,
    strata: str | Sequence[str] | None,
    offset: str | None,
    weights: SurvivalWeights | None,
) -> SurvivalSpec:
    """Gather the options of a penalised model."""
    if ties.name == "exact":
        raise SpecError(
            Fault("a penalty with exact ties", "Efron or Breslow ties", "Change the ties.")
        )
    if not covariates:
        raise SpecError(Fault("no covariates", "at least one", "Name what may enter."))
    return survival_spec(
        spells, covariates, ties=ties.name, strata=strata, offset=offset, weights=weights
    )


@dataclass(frozen=True, eq=False)
class Problem:
    """A penalised likelihood on scaled covariates.

    Parameters
    ----------
    sets : RiskSets
    terms : tuple of str
    size : float
        Sum of the weights over all rows.
    spread : ndarray, shape (k,)
        Standard deviation of each scaled covariate over all rows.
    mix : float
    """

    sets: RiskSets
    terms: tuple[str, ...]
    size: float
    spread: Floats
    mix: float

    @classmethod
    def build(cls, arrays: SurvivalArrays, design: SurvivalSpec, mix: float) -> Problem:
        """Prepare the risk sets and the scale of every covariate."""
        sets = prepare(arrays, design)
        size = float(arrays.weight.sum())
        middle = arrays.weight @ (arrays.x - sets.centre) / size
        moved = (arrays.x - sets.centre - middle) / sets.scale
        spread = np.sqrt(arrays.weight @ moved**2 / size)
        flat = [t for t, x in zip(design.covariates, sets.x.T, strict=True) if not x.any()]
        if flat:
            raise SpecError(
                Fault(f"{', '.join(flat)} constant", "covariates that vary", "Drop it.")
            )
        return cls(sets, design.covariates, size, spread, mix)

    def grid(self, count: int, smallest: float) -> Floats:
        """Penalties from the one that leaves no coefficient downwards."""
        score = partial_point(self.sets, np.zeros(len(self.terms))).score
        largest = np.abs(score / self.spread).max() / (self.size * max(self.mix, 1e-3))
        return np.asarray(largest * smallest ** np.linspace(0, 1, count))

    def path(self, penalties: Floats, synthetic: bool = False) -> PenalisedPath:
        """Fit every penalty, strongest first."""
        point = partial_point(self.sets, np.zeros(len(self.terms)))
        points = []
        for penalty in penalties:
            point = self.solve(float(penalty), point)
            points.append(point)
        found = np.array([point.beta for point in points]) / self.sets.scale
        loglik = np.array([point.loglik for point in points])
        return PenalisedPath(self.terms, penalties, found, loglik, synthetic)

    def objective(self, point: Point, penalty: float) -> float:
        """Penalised log-likelihood, to be maximised."""
        b = self.spread * point.beta
        norm = self.mix * np.abs(b).sum() + (1 - self.mix) / 2 * (b @ b)
        return float(point.loglik - self.size * penalty * norm)

    def solve(self, penalty: float, point: Point) -> Point:
        """Repeat: minimise the quadratic approximation, and step towards its minimum."""
        value = self.objective(point, penalty)
        for _ in range(_OUTER):
            target = self._descend(point, penalty)
            step, share = target - point.beta, 1.0
            for _ in range(_HALVINGS):
                trial = partial_point(self.sets, point.beta + share * step)
                gained = self.objective(trial, penalty) - value
                if gained >= -1e-12 * abs(value):
                    break
                share /= 2
            moved = float(step @ point.information @ step)
            point, value = trial, value + gained
            if moved <= _TIGHT**2 * max(abs(value), 1.0) or (share < 1e-9 and moved < 1e-12):
                return point
        raise ConvergenceError(
            Fault(
                f"no convergence in {_OUTER} steps under penalty {penalty:g}",
                "a maximum of the penalised likelihood",
                "Use stronger penalties.",
            )
        )

    def _descend(self, point: Point, penalty: float) -> Floats:
        """Coordinate descent on the quadratic approximation at `point`."""
        sharp = self.size * penalty * self.mix * self.spread
        smooth = self.size * penalty * (1 - self.mix) * self.spread**2
        curve = np.diag(point.information)
        beta = point.beta.copy()
        pull = point.score.copy()  # gradient of the approximation
        for _ in range(_INNER):
            largest = 0.0
            for j in range(len(beta)):
                if curve[j] + smooth[j] <= 0:
                    continue
                aim = pull[j] + curve[j] * beta[j]
                new = np.sign(aim) * max(abs(aim) - sharp[j], 0.0) / (curve[j] + smooth[j])
                change = new - beta[j]
                if change:
                    beta[j] = new
                    pull -= point.information[j] * change
                    largest = max(largest, float(change**2 * curve[j]))
            if largest < 1e-26 * max(self.size, 1.0):
                break
        return beta


@dataclass(frozen=True)
@typed_fields
class Ridge:
    r"""Penalty :math:`\theta \sum_j s_j^2 \beta_j^2 / 2` on the log-likelihood.

    Parameters
    ----------
    theta : float
        0 or more.
    scaled : bool
        True: s is the standard deviation of the covariate over all rows, divisor n - 1, so that
        units do not matter. False: s is 1. Both as R's ``ridge(theta=, scale=)``.
    """

    theta: float
    scaled: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.theta < np.inf:
            raise SpecError(Fault(f"theta {self.theta:g}", "0 or more", "Try 1."))


@takes_tables
def fit_cox_ridge(
    spells: SpellTable,
    covariates: Sequence[str],
    penalty: Ridge,
    *,
    ties: Ties = Efron(),  # noqa: B008  (a frozen option object)
    strata: str | Sequence[str] | None = None,
    offset: str | None = None,
    weights: SurvivalWeights | None = None,
) -> Estimate:
    r"""Fit a Cox model with a ridge penalty.

    Parameters
    ----------
    spells, covariates, ties, strata, offset, weights
        As in `fit_cox`; exact ties are refused.
    penalty : Ridge

    Returns
    -------
    Estimate
        The covariance is :math:`H^{-1}`, H being the information plus the penalty's. `stats` holds
        ``loglik`` (without the penalty), ``penalty``, ``df`` (the trace of :math:`H^{-1} I`), and
        for every term ``se2:term`` from :math:`H^{-1} I H^{-1}`, the sampling spread around the
        shrunken mean.

    Raises
    ------
    SpecError, DataError, ConvergenceError
        As `fit_cox`.

    Notes
    -----
    Gray (1992), Journal of the American Statistical Association 87, for both covariances. Neither
    knows the bias that the penalty brings.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0]}),
    ...     rule_id="example")
    >>> round(fit_cox_ridge(spells, ["x"], Ridge(1.0)).coefficient("x"), 4)
    0.7595
    """
    design = penalised_design(spells, covariates, ties, strata, offset, weights)
    arrays = survival_arrays(spells, design)
    sets = prepare(arrays, design)
    spread = np.ones(len(design.covariates))
    if penalty.scaled:
        spread = np.sqrt(((arrays.x - arrays.x.mean(axis=0)) ** 2).sum(0) / (len(arrays.x) - 1))
    strength = penalty.theta * (spread / sets.scale) ** 2

    def penalised(beta: Floats) -> Point:
        plain = partial_point(sets, beta)
        return replace(
            plain,
            loglik=plain.loglik - float(strength @ beta**2) / 2,
            score=plain.score - strength * beta,
            information=plain.information + np.diag(strength),
        )

    solution = maximise(penalised, sets.x, design.covariates)
    scale = np.outer(sets.scale, sets.scale)
    stats = _statistics(solution, strength, design.covariates, sets.scale)
    stats["events"] = float(arrays.event.sum())
    unit = "standard deviation" if penalty.scaled else "unit"
    return Estimate(
        method=f"proportional hazards with ridge penalty, {design.ties} ties",
        terms=design.covariates,
        coefficients=solution.best.beta / sets.scale,
        covariance=solution.inverse / scale,
        vcov_label="inverse penalised information",
        small_sample="none",
        nobs=len(arrays.stop),
        stats=stats,
        spec=design,
        notes=(
            f"Ridge penalty theta {penalty.theta:g} per {unit}; its bias is not in the errors.",
        ),
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="cox_ridge",  # residuals and bootstraps of Cox fits know of no penalty
    )


def _statistics(
    solution: Solution, strength: Floats, terms: tuple[str, ...], scale: Floats
) -> dict[str, float]:
    """Log-likelihood, effective degrees of freedom and the second kind of standard error."""
    cost = float(strength @ solution.best.beta**2) / 2
    shrunken = solution.inverse @ (solution.best.information - np.diag(strength))
    errors = np.sqrt(np.diag(shrunken @ solution.inverse)) / scale
    stats = {
        "loglik": solution.best.loglik + cost,
        "loglik_null": solution.null.loglik,
        "penalty": cost,
        "df": float(np.trace(shrunken)),
        "iterations": float(solution.iterations),
    }
    return stats | {f"se2:{t}": float(e) for t, e in zip(terms, errors, strict=True)}
