"""Refusals: what a closed series cannot tell must not be estimated from it.

Closure adds levels and decade means. Callers that are about to use growth from year to year of a
population series call `guard_within_decade` first; callers that compare a closed series with the
one it came from call `guard_raw_against_closed`. Both read the statuses of the cells: closure
and imputation mark what they made as `estimated`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from econshrink.core.errors import Fault, SpecError
from econshrink.data.closing.old_base import UNSOUND
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels


@takes_panels
def guard_within_decade(panel: CityPanel, variable: str, step: int = 1) -> None:
    """Raise if growth of `variable` over `step` years would rest on figures of our own making.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    variable : str
    step : int
        Years over which growth is to be taken. Between censuses ten years apart (select the
        census years first) a closed series is as good as the censuses.

    Raises
    ------
    SpecError
        At least one pair of figures `step` years apart has an `estimated` one.

    Notes
    -----
    Between the opening census and the year before the closing one, closed less raw log growth
    is one constant per city, and the growth of the closing year is that of an extrapolation
    rule. Lag coefficients, yearly effects or hazards by year estimated from it are those of the
    rule. Levels, decade means and counts under stated rules (with the raw count beside them) are
    what a closed series is for.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2011], "population": [100.0, 99.0]}))
    >>> guard_within_decade(panel, "population")
    """
    if step < 1:
        raise SpecError(Fault(f"step {step}", "at least one year", "Mend `step`."))
    values, made = panel.wide(variable), _made(panel, variable)
    known = values.notna().to_numpy()
    pairs = known[:, step:] & known[:, :-step]
    resting = pairs & (made[:, step:] | made[:, :-step])
    if not resting.any():
        return
    seen = (
        f"growth of '{variable}' over {step} year{'s' * (step > 1)} resting on estimated figures: "
        f"{int(resting.sum())} of {int(pairs.sum())} steps in "
        f"{int(resting.any(axis=1).sum())} cities"
    )
    raise SpecError(
        Fault(
            seen,
            "observed figures at both ends of every step",
            f"Use the published series ('{variable}_raw' in a closed panel), or growth from "
            "census to census on the census years alone.",
        )
    )


@takes_panels
def guard_raw_against_closed(
    panel: CityPanel, closed: str, raw: str, absorb: Iterable[str] = ("city",)
) -> None:
    """Raise if yearly growth of a closed and of its raw series is compared under city effects.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    closed, raw : str
        The closed variable and the one it came from.
    absorb : iterable of str
        Fixed effects of the comparison.

    Raises
    ------
    SpecError
        City effects are absorbed and the closed series has `estimated` cells. The message says
        how much of the variance of closed less raw growth varies within a city and decade:
        nothing, for a log-linear closure.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2011], "population": [100.0, 99.0],
    ...     "population_raw": [100.0, 99.0]}))
    >>> guard_raw_against_closed(panel, "population", "population_raw")
    """
    made, ours, theirs = _made(panel, closed), panel.wide(closed), panel.wide(raw)
    if "city" not in set(absorb) or not made.any():
        return
    ratio = (ours / theirs).to_numpy(dtype=float)
    gap = np.log(np.where(ratio > 0, ratio, np.nan))
    difference = np.diff(gap, axis=1)
    share = _within_share(np.where(made[:, 1:], difference, np.nan), ~made[:, 1:])
    raise SpecError(
        Fault(
            f"growth of '{closed}' compared with that of '{raw}' under city effects; {share:.2%} "
            "of the variance of their difference lies within a city and decade",
            "a comparison without city effects, or of levels and decade means",
            "City effects absorb what closure adds: compare growth from census to census.",
        )
    )


def made_here(panel: CityPanel, variable: str) -> pd.Series:
    """Which figures are of our own making, closure or imputation.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    variable : str

    Returns
    -------
    Series of bool
        True for status `estimated`, and for flagged figures that differ from ``<variable>_raw``
        and share its flag: a closed cell that was `suspect` keeps that flag, but is closed all
        the same.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2011], "population": [100.0, 98.0]}))
    >>> made_here(panel, "population").tolist()
    [False, False]
    """
    values = panel.column(variable)
    made = pd.Series(False, index=values.index)
    if variable in panel.status.columns:
        made |= (panel.status[variable] == "estimated").fillna(False).astype(bool)
    raw = f"{variable}_raw"
    if {variable, raw} <= set(panel.status.columns):
        status = panel.status[variable]
        kept = status.isin(UNSOUND) & (status == panel.status[raw]).fillna(False).astype(bool)
        made |= kept & ~np.isclose(values, panel.frame[raw], rtol=1e-12, atol=0.0)
    return made


def _made(panel: CityPanel, variable: str) -> np.ndarray:
    """Cells of our own making as a table, shape (cities, years)."""
    table = made_here(panel, variable).unstack("year", fill_value=False)
    span = range(panel.years[0], panel.years[-1] + 1)
    return table.reindex(columns=span, fill_value=False).to_numpy(dtype=bool)


def _within_share(difference: np.ndarray, breaks: np.ndarray) -> float:
    """Share of the sum of squares left by one mean per city and run between `breaks`."""
    run = breaks.cumsum(axis=1) + (breaks.shape[1] + 1) * np.arange(len(breaks))[:, None]
    used = np.isfinite(difference)
    values = pd.Series(difference[used])
    left = values - values.groupby(run[used]).transform("mean")
    total = float(((values - values.mean()) ** 2).sum())
    return float((left**2).sum()) / total if total > 0 else 0.0
