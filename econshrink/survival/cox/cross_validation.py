"""Choose a penalty by the cross-validated partial likelihood, leaving out whole cities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.seeds import Rng, as_generator
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.penalised import (
    ElasticNet,
    PenalisedPath,
    Problem,
    penalised_design,
)
from econshrink.survival.design import SurvivalArrays, survival_arrays
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import hazards
from econshrink.survival.kernel.risk_sets import RiskSets
from econshrink.survival.options import (
    Efron,
    SurvivalWeights,
    Ties,
    cluster_numbers,
)


@dataclass(frozen=True, eq=False)
class CrossValidatedPath:
    """A path with its cross-validated partial likelihood; higher is better.

    Parameters
    ----------
    path : PenalisedPath
        Fitted to all rows.
    score : ndarray, shape (p,)
        Sum over folds of what the left-out cities add to the log-likelihood.
    std_error : ndarray, shape (p,)
        Of that sum, from the spread over folds; folds share rows, so that it is a rough guide.
    folds : int
    """

    path: PenalisedPath
    score: Floats
    std_error: Floats
    folds: int

    @property
    def best(self) -> int:
        """Position of the penalty with the highest score."""
        return int(self.score.argmax())

    @property
    def simplest(self) -> int:
        """Position of the strongest penalty within one standard error of the best."""
        enough = self.score >= self.score[self.best] - self.std_error[self.best]
        return int(enough.argmax())


@takes_tables
def cross_validate_cox(
    spells: SpellTable,
    covariates: Sequence[str],
    rng: Rng = None,
    penalty: ElasticNet = ElasticNet(),  # noqa: B008  (a frozen option object)
    *,
    folds: int = 10,
    block: str = "city",
    ties: Ties = Efron(),  # noqa: B008
    strata: str | Sequence[str] | None = None,
    offset: str | None = None,
    weights: SurvivalWeights | None = None,
) -> CrossValidatedPath:
    r"""Fit a path and score every penalty on cities that were left out.

    The score of a penalty is :math:`\sum_f [\ell(\hat\beta_{-f}) - \ell_{-f}(\hat\beta_{-f})]`: the
    log-likelihood of all rows less that of the rows the coefficients were fitted to. Rows of one
    city are never on both sides.

    Parameters
    ----------
    spells, covariates, ties, strata, offset, weights
        As in `fit_cox`; exact ties are refused.
    rng : int or Generator, optional
        Deals the blocks into folds: a seed, or a stream that is used as it is; by default the
        master seed.
    penalty : ElasticNet
    folds : int
    block : str
        Column whose levels stay together.

    Returns
    -------
    CrossValidatedPath

    Raises
    ------
    SpecError
        Fewer than two folds, or fewer blocks than folds; else as `fit_cox_path`.
    DataError
        A fold without which there are no events.

    Notes
    -----
    Verweij and van Houwelingen (1993), Statistics in Medicine 12.

    Examples
    --------
    >>> import pandas as pd
    >>> from econshrink.core.seeds import generator
    >>> draw = generator("example")
    >>> x = draw.normal(size=80)
    >>> frame = pd.DataFrame({"city": [f"{i:02d}" for i in range(80)], "start": 0, "event": 1,
    ...     "stop": draw.exponential(np.exp(-x)), "x": x, "noise": draw.normal(size=80)})
    >>> found = cross_validate_cox(SpellTable(frame, "example"), ["x", "noise"], draw, folds=5)
    >>> bool(found.path.coefficients[found.best, 0] > 0.5)
    True
    """
    design = penalised_design(spells, covariates, ties, strata, offset, weights)
    arrays = survival_arrays(spells, design)
    numbers, count = cluster_numbers(spells, block)
    if not 2 <= folds <= count:
        seen = f"{folds} folds of {count} blocks"
        raise SpecError(Fault(seen, "two folds or more, each with a block", "Use fewer folds."))
    problem = Problem.build(arrays, design, penalty.mix)
    values = penalty.penalties or problem.grid(penalty.count, penalty.smallest)
    path = problem.path(np.sort(np.asarray(values, dtype=float))[::-1], spells.synthetic)
    stream = as_generator(rng, "survival.cross_validate_cox")
    fold = stream.permutation(np.arange(count) % folds)[numbers]
    gains = np.empty((folds, len(path.penalties)))
    for number in range(folds):
        kept = _subset(arrays, np.flatnonzero(fold != number))
        if not (kept.event & (kept.weight > 0)).any():
            raise DataError(
                Fault(f"no events outside fold {number + 1}", "some", "Use more folds.")
            )
        part = Problem.build(kept, design, penalty.mix).path(path.penalties)
        gains[number] = _logliks(problem.sets, part.coefficients) - part.loglik
    spread = gains.std(axis=0, ddof=1) * np.sqrt(folds)
    return CrossValidatedPath(path, gains.sum(axis=0), spread, folds)


def _subset(arrays: SurvivalArrays, rows: Ints) -> SurvivalArrays:
    return replace(
        arrays,
        start=arrays.start[rows],
        stop=arrays.stop[rows],
        event=arrays.event[rows],
        x=arrays.x[rows],
        stratum=arrays.stratum[rows],
        weight=arrays.weight[rows],
        offset=arrays.offset[rows],
    )


def _logliks(sets: RiskSets, coefficients: Floats) -> Floats:
    return np.array([hazards(sets, beta * sets.scale).loglik for beta in coefficients])
