"""Convergence of a panel: whether small units catch up (beta) and the spread falls (sigma)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.seeds import Rng, as_generator
from econshrink.inference.linear_fit import LinearFit, least_squares
from econshrink.inference.vcov import Heteroskedastic
from econshrink.nouns.estimate import Estimate
from econshrink.shrinkage.describe.concentration import theil


def beta_convergence(first: pd.Series, last: pd.Series, years: int) -> Estimate:
    """Mean annual log growth on the initial log level (Barro and Sala-i-Martin 1992).

    ln(y_last / y_first) / years = a + b ln y_first + e, HC1 errors. A negative b says that small
    units grew faster; measurement error in the first year pulls b down by itself (Galton).

    Parameters
    ----------
    first, last : Series
        Levels by unit, above zero, same index.
    years : int

    Returns
    -------
    Estimate
        Terms ``constant`` and ``initial_level``; stat ``half_life`` in years if b < 0.

    Raises
    ------
    DataError
        Units that differ, levels that are not positive, fewer than four units.
    """
    a, b = values_of(first), values_of(last)
    faults = []
    if not first.index.equals(last.index):
        faults.append(Fault("units that differ", "the same units in both years", "Align them."))
    elif not ((a > 0).all() and (b > 0).all()):
        faults.append(Fault("levels of 0, below or missing", "levels above 0", "Leave out."))
    if len(a) < 4 or years < 1:
        faults.append(Fault(f"{len(a)} units, {years} years", "four and one", "Add some."))
    raise_all(DataError, faults)
    y = np.log(b / a) / years
    x = np.column_stack([np.ones(len(a)), np.log(a)])
    coefficients, residuals, bread = least_squares(y, x)
    cov = Heteroskedastic("HC1").covariance(LinearFit(y, x, coefficients, residuals, bread), {})
    slope = float(coefficients[1])
    lasting = 1.0 + slope * years
    stats = {"r2": 1.0 - float(residuals @ residuals / ((y - y.mean()) ** 2).sum())}
    if 0 < lasting < 1:
        stats["half_life"] = float(-years * np.log(2) / np.log(lasting))
    return Estimate(
        "beta convergence, OLS",
        ("constant", "initial_level"),
        coefficients,
        cov.matrix,
        cov.label,
        cov.small_sample,
        len(y),
        cov.df_t,
        stats=stats,
    )


@dataclass(frozen=True, eq=False)
class SigmaConvergence:
    """Spread by year and the test of its change.

    Parameters
    ----------
    frame : DataFrame
        Index: year; columns ``sd_log, theil``.
    log_ratio : float
        Log of the last variance of logs over the first.
    std_error : float
    p_value : float
        Two-sided.
    """

    frame: pd.DataFrame
    log_ratio: float
    std_error: float
    p_value: float


def sigma_convergence(table: pd.DataFrame, rng: Rng = None, draws: int = 999) -> SigmaConvergence:
    """Spread of log levels year by year, with a bootstrap over units of its change.

    The two years share their units, so an F test would not do: whole units are drawn.

    Parameters
    ----------
    table : DataFrame
        Index: unit, columns: years, rising; values above zero.
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.
    draws : int

    Returns
    -------
    SigmaConvergence

    Raises
    ------
    DataError
        Missing values or levels that are not positive; fewer than four units or two years.
    """
    values = values_of(table)
    faults = []
    if values.shape[0] < 4 or values.shape[1] < 2:
        faults.append(Fault(f"{values.shape} units and years", "four and two", "Add some."))
    if not (np.isfinite(values).all() and (values > 0).all()):
        faults.append(Fault("levels missing, 0 or below", "levels above 0", "Leave units out."))
    raise_all(DataError, faults)
    logs = np.log(values)
    frame = pd.DataFrame(
        {"sd_log": logs.std(axis=0, ddof=1), "theil": [theil(column) for column in values.T]},
        index=pd.Index(table.columns, name="year"),
    )
    point = _log_ratio(logs)
    rng = as_generator(rng, "shrinkage.sigma_convergence")
    boot = np.array(
        [_log_ratio(logs[rng.integers(len(logs), size=len(logs))]) for _ in range(draws)]
    )
    beyond = int((np.abs(boot - point) >= abs(point)).sum())
    return SigmaConvergence(frame, point, float(boot.std(ddof=1)), (1 + beyond) / (draws + 1))


def _log_ratio(logs: Floats) -> float:
    spread = logs.var(axis=0, ddof=1)
    return float(np.log(spread[-1] / spread[0]))
