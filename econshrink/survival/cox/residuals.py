"""Residuals of a fitted Cox model: martingale, deviance, score, dfbeta(s) and Schoenfeld."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.cox.fit import observations, prepare
from econshrink.survival.design import SurvivalArrays, fitted_spec, survival_arrays
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import (
    Hazards,
    cumulative_hazard,
    event_means,
    first_moments,
    hazards,
    score_and_information,
    score_residuals,
)
from econshrink.survival.kernel.risk_sets import RiskSets


@dataclass(frozen=True, eq=False)
class CoxState:
    """A model put back on its data: arrays, risk sets and hazards at the estimate."""

    design: SurvivalSpec
    arrays: SurvivalArrays
    sets: RiskSets
    hazards: Hazards


def restore(spells: SpellTable, estimate: Estimate) -> CoxState:
    """Rebuild the risk sets of an estimate on the spells it was fitted to.

    Raises
    ------
    DataError
        The estimate is no Cox model, or the table has another number of rows.
    SpecError
        Exact ties, for which these quantities are not defined row by row.
    """
    design = fitted_spec(estimate, {"cox"}, "a Cox model", "fit_cox")
    if design.ties == "exact":
        raise SpecError(
            Fault("a model with exact ties", "Efron or Breslow ties", "Fit it with Efron ties.")
        )
    arrays = survival_arrays(spells, design)
    seen = observations(arrays, design)
    if seen != estimate.nobs:
        raise DataError(
            Fault(f"{seen} rows", f"the {estimate.nobs} rows of the fit", "Pass the fitted spells.")
        )
    sets = prepare(arrays, design)
    return CoxState(design, arrays, sets, hazards(sets, estimate.coefficients * sets.scale))


def martingale_residuals(spells: SpellTable, estimate: Estimate) -> pd.Series:
    """Observed less expected events of every row of the table the model was fitted to.

    A row at risk at no event time has residual 0. Sum over a city's rows for a residual a city.
    """
    state = restore(spells, estimate)
    values = np.zeros(len(spells.frame))
    expected = cumulative_hazard(state.sets, state.hazards) / state.sets.weight
    values[state.sets.rows] = state.sets.event - expected
    return pd.Series(values, index=spells.frame.index, name="martingale")


def deviance_residuals(spells: SpellTable, estimate: Estimate) -> pd.Series:
    """Martingale residuals made symmetric: sign(m) sqrt(-2 (m + e log(e - m))).

    Therneau, Grambsch and Fleming (1990).
    """
    residual = martingale_residuals(spells, estimate)
    event = (spells.frame["event"] == 1).to_numpy()
    values = residual.to_numpy()
    logs = np.zeros(len(values))
    logs[event] = np.log(1.0 - values[event])
    inner = np.maximum(-2 * (values + logs), 0.0)
    return pd.Series(np.sign(values) * np.sqrt(inner), index=residual.index, name="deviance")


@takes_tables
def score_residual_table(spells: SpellTable, estimate: Estimate) -> pd.DataFrame:
    """Score residuals of every row, one column a covariate; they hold under Efron ties.

    Parameters
    ----------
    spells : SpellTable or any table
        The rows the model was fitted to, shape (n, ...).
    estimate : Estimate
        A Cox model; with other `coefficients` the residuals are those at that point, as a score
        test needs them.

    Returns
    -------
    DataFrame
        Index of the rows, columns the terms; sums over rows are the score, zero at the maximum of
        the partial likelihood. Weights are not applied.

    Raises
    ------
    DataError
        The estimate is no Cox model, or the table has another number of rows.
    SpecError
        Exact ties.

    Notes
    -----
    Therneau, Grambsch and Fleming (1990), *Biometrika* 77.

    Examples
    --------
    >>> import numpy as np
    >>> from econshrink import SpellTable, fit_cox
    >>> frame = pd.DataFrame({
    ...     "city": list("abcdef"), "start": 0, "stop": [2, 3, 4, 5, 6, 7],
    ...     "event": [1, 0, 1, 1, 0, 1], "x": [1.0, 0.0, 2.0, 0.5, 1.0, 0.0]})
    >>> spells = SpellTable(frame)
    >>> residuals = score_residual_table(spells, fit_cox(spells, ("x",)))
    >>> bool(np.isclose(residuals["x"].sum(), 0, atol=1e-8))
    True
    """
    state = restore(spells, estimate)
    values = np.zeros((len(spells.frame), len(estimate.terms)))
    values[state.sets.rows] = score_residuals(state.sets, state.hazards) * state.sets.scale
    return pd.DataFrame(values, index=spells.frame.index, columns=list(estimate.terms))


def dfbeta(spells: SpellTable, estimate: Estimate) -> pd.DataFrame:
    """Approximate change of each coefficient if a row were left out, with the sign of its pull.

    Score residuals times the inverse information.
    """
    scores = score_residual_table(spells, estimate)
    state = restore(spells, estimate)
    _, information = score_and_information(state.sets, state.hazards)
    inverse = np.linalg.inv(information) / np.outer(state.sets.scale, state.sets.scale)
    return pd.DataFrame(scores.to_numpy() @ inverse, index=scores.index, columns=scores.columns)


def dfbetas(spells: SpellTable, estimate: Estimate) -> pd.DataFrame:
    """`dfbeta` in units of the model-based standard errors."""
    state = restore(spells, estimate)
    _, information = score_and_information(state.sets, state.hazards)
    errors = np.sqrt(np.diag(np.linalg.inv(information))) / state.sets.scale
    return dfbeta(spells, estimate).div(errors, axis=1)


def scaled_schoenfeld_residuals(spells: SpellTable, estimate: Estimate) -> pd.DataFrame:
    """Schoenfeld residuals turned into an effect at each event: their trend is that of beta(t).

    Events times the inverse information times the residual, plus the coefficient (Grambsch and
    Therneau 1994); columns as `schoenfeld_residuals`.
    """
    table = schoenfeld_residuals(spells, estimate)
    state = restore(spells, estimate)
    _, information = score_and_information(state.sets, state.hazards)
    inverse = np.linalg.inv(information) / np.outer(state.sets.scale, state.sets.scale)
    names = list(estimate.terms)
    values = len(table) * table[names].to_numpy() @ inverse + estimate.coefficients
    return pd.concat([table.drop(columns=names), pd.DataFrame(values, columns=names)], axis=1)


def schoenfeld_residuals(spells: SpellTable, estimate: Estimate) -> pd.DataFrame:
    """Covariates of each event less their mean over the risk set (Schoenfeld 1982).

    Columns ``city, time, stratum`` and the covariates, one row an event, sorted by stratum and
    time.
    """
    state = restore(spells, estimate)
    values, order = _schoenfeld(state.sets, state.hazards)
    rows = state.sets.rows[order]
    names = np.array(state.arrays.stratum_names, dtype=object)
    head = pd.DataFrame(
        {
            "city": spells.frame["city"].to_numpy()[rows],
            "time": state.arrays.stop[rows],
            "stratum": names[state.arrays.stratum[rows]],
        }
    )
    body = pd.DataFrame(values * state.sets.scale, columns=list(estimate.terms))
    return pd.concat([head, body], axis=1)


def _schoenfeld(sets: RiskSets, state: Hazards) -> tuple[Floats, np.ndarray]:
    """Residuals (events, k) in scaled units and the rows they belong to, in grid order."""
    order = np.lexsort((sets.rows[sets.deaths], sets.death_time))
    deaths = sets.deaths[order]
    means = event_means(sets, state, *first_moments(sets, state))
    return sets.x[deaths] - means[sets.intervals.hi[deaths] - 1], deaths
