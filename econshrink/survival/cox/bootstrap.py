"""Cluster bootstrap of Cox models: clusters are reweighted, risk sets are built once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.errors import ConvergenceError, DataError, Fault, SpecError
from econshrink.inference.resampling import Resampling
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import partial_point
from econshrink.survival.cox.residuals import CoxState, restore
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import score_and_information, score_residuals
from econshrink.survival.kernel.draws import DrawDesign, refit_draws
from econshrink.survival.kernel.newton import maximise
from econshrink.survival.kernel.risk_sets import RiskSets, lay_out_ties
from econshrink.survival.options import required_column

_DRAWS = 64  # side by side
_CELLS = 4_000_000  # rows times draws side by side: what the risks may take of memory


@dataclass(frozen=True)
class Refit:
    """Fit every draw to convergence, from the estimate on; the default."""


@dataclass(frozen=True)
class OneStep:
    """Move each draw one Newton step by its clusters' scores: no refit, a fraction of the cost."""


BootstrapMethod = Refit | OneStep


@takes_tables
def bootstrap_cox(
    spells: SpellTable,
    estimate: Estimate,
    resampling: Resampling = Resampling(),  # noqa: B008 - frozen option objects
    *,
    method: BootstrapMethod = Refit(),
) -> pd.DataFrame:
    """Coefficients of draws of whole clusters with replacement.

    A cluster drawn twice counts twice, as two clusters tied with one another: integer weights give
    what repeating its rows would, without sorting anything again.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`, without weights.
    resampling : Resampling
        Draws, clusters (default the units) and seed; a generator is used as it is.
    method : Refit or OneStep

    Returns
    -------
    DataFrame
        One row a draw, one column a term. A draw whose likelihood is monotone or flat has no
        estimate: its row is NaN.

    Raises
    ------
    SpecError
        Fewer than two clusters, a weighted model, or a scheme: clusters are drawn in pairs.
    DataError
        The table is not the fitted one.

    Notes
    -----
    The one-step form is the estimating-function bootstrap of Hu and Kalbfleisch (2000), with the
    covariance of the sandwich as its expectation.

    Examples
    --------
    >>> from econshrink.survival.cox.fit import fit_cox
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0]}),
    ...     rule_id="example")
    >>> fit = fit_cox(spells, ["x"])
    >>> bootstrap_cox(spells, fit, Resampling(9, rng=1), method=OneStep()).shape
    (9, 1)
    """
    cluster = resampling.without_scheme("bootstrap_cox").unit("city")
    state = restore(spells, estimate)
    if state.design.weights is not None:
        raise SpecError(Fault("a weighted model", "one without weights", "Repeat the rows."))
    labels = required_column(spells, cluster, "cluster")
    numbers, names = pd.factorize(labels)
    if len(names) < 2:
        raise SpecError(Fault(f"one cluster in '{cluster}'", "two or more", "Check the column."))
    count = len(names)
    stream = resampling.generator("survival.bootstrap_cox")
    picks = stream.multinomial(count, np.full(count, 1 / count), size=resampling.draws)
    mine = numbers[state.sets.rows]
    beta = estimate.coefficients * state.sets.scale
    if isinstance(method, OneStep):
        values = _one_step(state, beta, picks, mine, count)
    else:
        values = _refits(state, beta, picks, mine)
    return pd.DataFrame(values / state.sets.scale, columns=list(estimate.terms))


def with_bootstrap(estimate: Estimate, draws: pd.DataFrame, cluster: str = "city") -> Estimate:
    """Put the covariance and 95% percentile limits of draws of `bootstrap_cox` into an estimate.

    `stats` gains ``low:x``, ``high:x``, ``draws`` and ``draws_failed``; draws without an estimate
    are left out, and a note tells of them. Other columns than the terms, or fewer than two good
    draws, are refused.
    """
    if tuple(draws.columns) != estimate.terms:
        raise DataError(
            Fault(f"columns {list(draws.columns)}", f"{list(estimate.terms)}", "Pass its draws.")
        )
    good = draws.dropna()
    failed = len(draws) - len(good)
    if len(good) < 2:
        raise DataError(Fault(f"{failed} of {len(draws)} draws failed", "two or more", "Merge."))
    low, high = good.quantile(0.025), good.quantile(0.975)
    stats = dict(estimate.stats)
    stats |= {f"low:{term}": float(low[term]) for term in estimate.terms}
    stats |= {f"high:{term}": float(high[term]) for term in estimate.terms}
    stats |= {"draws": float(len(draws)), "draws_failed": float(failed)}
    note = f"{failed} of {len(draws)} draws had no finite estimate and are left out."
    return replace(
        estimate,
        covariance=np.atleast_2d(np.cov(good.to_numpy(), rowvar=False)),
        vcov_label=f"bootstrap of clusters by {cluster}, {len(draws)} draws",
        stats=stats,
        notes=(*estimate.notes, *((note,) if failed else ())),
    )


def _refits(state: CoxState, beta: Floats, picks: np.ndarray, mine: Ints) -> Floats:
    """Fit many draws side by side, and one by one those that this does not settle."""
    average = state.design.ties == "efron"
    design = DrawDesign(state.sets, mine, state.hazards.risk)
    chunk = int(np.clip(_CELLS // len(mine), 8, _DRAWS))
    values = np.empty((len(picks), len(beta)))
    for begin in range(0, len(picks), chunk):
        some = slice(begin, begin + chunk)
        counts = np.ascontiguousarray(picks[some].T, dtype=float)
        values[some], settled = refit_draws(design, beta, counts, average_ties=average)
        for draw in begin + np.flatnonzero(~settled):
            values[draw] = _refit(state.sets, beta, picks[draw][mine].astype(float), average)
    return values


def _refit(sets: RiskSets, beta: Floats, weight: Floats, average_ties: bool) -> Floats:
    """Coefficients with these integer weights, or NaN if the draw has no finite estimate."""
    if not (weight[sets.deaths] > 0).any():
        return np.full(len(beta), np.nan)
    drawn = lay_out_ties(replace(sets, weight=weight), average_ties=average_ties, frequency=True)
    names = tuple(f"coefficient {j + 1}" for j in range(len(beta)))
    try:
        found = maximise(lambda b: partial_point(drawn, b), sets.x, names, beta, ranked=True)
    except ConvergenceError:
        return np.full(len(beta), np.nan)
    return found.best.beta


def _one_step(
    state: CoxState, beta: Floats, picks: np.ndarray, mine: np.ndarray, count: int
) -> Floats:
    _, information = score_and_information(state.sets, state.hazards)
    scores = group_sums(score_residuals(state.sets, state.hazards), mine, count)
    moves = np.linalg.solve(information, ((picks - 1.0) @ scores).T).T
    return beta + moves
