"""How sure a label is, given the error of the figures it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_generator
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.steps import ends, log_steps, trailing
from econshrink.tables.panel_verb import takes_panels


@takes_panels
def loss_probability(
    panel: CityPanel,
    window: tuple[int, int],
    std_error: float | pd.Series,
    variable: str = "population",
    threshold: float = 0.0,
) -> pd.Series:
    """Probability that a city lost more than `threshold`, given the error of its log growth.

    The measured log growth d is taken as normal around the truth with standard error s, and
    with a flat prior the probability is Phi((ln(1 - threshold) - d) / s); s = 0 gives the label
    itself.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    window : (int, int)
    std_error : float or Series
        Standard error of the log growth over the window: one for all, or by city. Two counts
        with errors s1 and s2 (net under-count, closure) give sqrt(s1 ** 2 + s2 ** 2).
    variable : str
    threshold : float
        Loss as a share.

    Returns
    -------
    Series
        City -> probability, missing where a figure is.

    Raises
    ------
    DataError
        An error that is negative or missing for a city with figures.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": ["230400"] * 2,
    ...     "year": [2010, 2020], "population": [100.0, 99.0]}))
    >>> loss_probability(panel, (2010, 2020), 0.01).round(3).tolist()
    [0.843]
    """
    if not 0 <= threshold < 1:
        seen = f"threshold {threshold}"
        raise SpecError(Fault(seen, "a share from 0 to below 1", "Mend it."))
    first, last = ends(panel, variable, window)
    growth = np.log(np.where(last > 0, last, np.nan) / first)
    cities = panel.wide(variable).index
    spread = _errors(std_error, cities, np.isfinite(growth))
    return pd.Series(_below(growth, spread, np.log1p(-threshold)), index=cities, name="probability")


def growth_spread(
    panels: Sequence[CityPanel], window: tuple[int, int], variable: str = "population"
) -> pd.Series:
    """Standard error of log growth from alternative series of the same cities; city -> error.

    The standard deviation (divisor m - 1) over m >= 2 panels, such as one series closed under m
    rules for the figure nobody observed; missing unless every panel has both figures. It measures
    the choice of rule alone: where all rules pass through the same figures at both ends, it is
    zero.
    """
    if len(panels) < 2:
        raise DataError(Fault(f"{len(panels)} panels", "at least two", "Give alternatives."))
    growth = []
    for panel in panels:
        first, last = ends(panel, variable, window)
        step = np.log(np.where(last > 0, last, np.nan) / first)
        growth.append(pd.Series(step, index=panel.wide(variable).index))
    table = pd.concat(growth, axis=1)
    spread: pd.Series = table.std(axis=1, ddof=1).where(table.notna().all(axis=1))
    return spread.rename("std_error")


@dataclass(frozen=True)
@typed_fields
class StepErrors:
    """Errors of yearly growth, independent from year to year: a series of flows.

    Parameters
    ----------
    std_error : float
        Standard error of one year's log growth.
    """

    std_error: float


@dataclass(frozen=True)
@typed_fields
class LevelErrors:
    """Errors of the yearly stocks, independent from year to year, so that steps share them.

    An error that raises one stock lowers the next step: neighbouring steps are correlated by
    -1/2. No closed form is known; the probability is a mean over draws.

    Parameters
    ----------
    std_error : float
        Standard error of one stock's logarithm.
    draws : int
    """

    std_error: float
    draws: int = 2000


@takes_panels
def run_probability(
    panel: CityPanel,
    window: tuple[int, int],
    errors: StepErrors | LevelErrors,
    rng: Rng = None,
    *,
    years: int = 3,
    variable: str = "population",
) -> pd.Series:
    """Probability that the true series falls `years` years in a row somewhere in the window.

    Under `StepErrors` each step falls with probability p[t] = Phi(-d[t] / s), and the
    probability of a run follows exactly from the Markov chain of the current run's length.
    Under `LevelErrors` it is the share of drawn series with such a run. True stocks are the
    measured ones times exp(error): a flat prior.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    window : (int, int)
        First and last stock.
    errors : StepErrors or LevelErrors
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed. Used by `LevelErrors`
        alone.
    years : int
    variable : str

    Returns
    -------
    Series
        City -> probability; missing unless every stock of the window is known.

    Raises
    ------
    SpecError
        A negative error, no draws, a run without years, or a window shorter than a run.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": "230400", "year": range(2010, 2014),
    ...     "population": [100.0] * 4}))
    >>> run_probability(panel, (2010, 2013), StepErrors(0.01)).tolist()
    [0.125]
    """
    if errors.std_error < 0 or (isinstance(errors, LevelErrors) and errors.draws < 1):
        raise SpecError(Fault(f"{errors}", "an error of 0 or more and some draws", "Mend it."))
    if years < 1:
        raise SpecError(Fault(f"runs of {years} years", "at least one", "Mend `years`."))
    steps = log_steps(panel, variable, window)
    trailing(steps, years)  # raises where the window is too short
    cities = panel.wide(variable).index
    known = np.all(np.isfinite(steps), axis=1)
    found = np.full(len(steps), np.nan)
    if isinstance(errors, StepErrors):
        falls = _below(steps[known], np.full(steps[known].shape, errors.std_error), 0.0)
        found[known] = _run(falls, years)
    else:
        rng = as_generator(rng, "shrinkage.run_probability")
        found[known] = [_drawn(row, errors, years, rng) for row in steps[known]]
    return pd.Series(found, index=cities, name="probability")


def count_distribution(probability: pd.Series) -> pd.Series:
    """Probability of every count of shrinking cities (0 … n) if labels err independently.

    Exact Poisson-binomial law by convolution; missing probabilities are left out. Errors that
    cities share (a whole province's series) make the true spread wider.
    """
    law = np.ones(1)
    for p in probability.dropna():
        law = np.append(law, 0.0) * (1 - p) + np.append(0.0, law) * p
    return pd.Series(law, index=pd.RangeIndex(len(law), name="count"), name="probability")


def count_interval(probability: pd.Series, level: float = 0.95) -> tuple[float, int, int]:
    """Mean, lower and upper bound of `count_distribution`.

    Bounds are the smallest counts whose cumulative probability reaches (1 - level) / 2 and
    (1 + level) / 2.
    """
    law = count_distribution(probability).to_numpy().cumsum()
    low, high = (int(np.searchsorted(law, q - 1e-12)) for q in ((1 - level) / 2, (1 + level) / 2))
    return float(probability.sum()), low, high


def _below(growth: Floats, spread: Floats, limit: float) -> Floats:
    """P(truth < limit), a step function where the error is zero."""
    gap = limit - growth
    with np.errstate(divide="ignore", invalid="ignore"):
        smooth = ndtr(gap / spread)
    sharp = np.where(np.isnan(gap), np.nan, (gap > 0).astype(float))
    return np.where(spread > 0, smooth, sharp)


def _errors(std_error: float | pd.Series, cities: pd.Index, needed: np.ndarray) -> Floats:
    if isinstance(std_error, pd.Series):
        spread = std_error.reindex(cities).to_numpy(dtype=float)
    else:
        spread = np.full(len(cities), float(std_error))
    faults = [
        Fault(
            f"{spread[i]:g}", "a standard error of 0 or more", "Complete it.", f"city {cities[i]}"
        )
        for i in np.flatnonzero(needed & ~(spread >= 0)).tolist()
    ]
    raise_all(DataError, faults)
    return spread


def _run(falls: Floats, years: int) -> Floats:
    """P(at least one run of `years` falls) with independent fall probabilities by step."""
    state = np.zeros((len(falls), years + 1))  # current run 0 … k-1, and k = done
    state[:, 0] = 1.0
    for p in falls.T:
        alive = state[:, :years]
        done = state[:, years] + alive[:, years - 1] * p
        longer = alive[:, :-1] * p[:, None]
        broken = alive.sum(axis=1) * (1 - p)
        state = np.column_stack([broken, longer, done])
    return state[:, years]


def _drawn(steps: Floats, errors: LevelErrors, years: int, rng: np.random.Generator) -> float:
    noise = rng.normal(0.0, errors.std_error, (errors.draws, len(steps) + 1))
    falls = steps + np.diff(noise, axis=1) < 0
    runs = np.lib.stride_tricks.sliding_window_view(falls, years, axis=1).all(axis=2)
    return float(np.mean(np.any(runs, axis=1)))
