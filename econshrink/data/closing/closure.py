"""First closure: move an annual series onto the censuses at both ends of a decade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.data.closing.figures import Figures, census_needs, read_figures
from econshrink.data.closing.old_base import HoldGrowth, OldBaseRule, StraightLine
from econshrink.data.closing.result import Closure, assemble, carry_on
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

DEFAULT = HoldGrowth(1)

__all__ = ["DEFAULT", "Closure", "base_shift", "close_log_linear", "close_proportional"]


@takes_panels
def close_log_linear(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    old_base: OldBaseRule | StraightLine = DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> Closure:
    """Close an annual series to two censuses with a ratio that moves log-linearly between them.

    With A the annual figure, C the census and E the old-base level of the closing year,
    ln r(t) = (1 - w) ln(C0 / A0) + w ln(C1 / E), w = (t - t0) / (t1 - t0), and the closed
    series is r(t) A(t). Census years carry the census figure itself. After the closing census
    the ratio C1 / A1 to the observed cell of that year is carried forward, since later annual
    figures continue the new base. Years before the opening census are left out: no census is
    at hand to say how far the older base had drifted.

    Parameters
    ----------
    annual : CityPanel or any table
        Annual series; boundary steps should be taken out first (`rebase_boundaries`).
    census : CityPanel or any table
        Census figures of the same variable, same unit and boundary. Of tables name ``unit=`` and
        ``time=``, the same in both.
    variable : str
        Variable to close.
    old_base : HoldGrowth or HoldLevel or ObservedCell or StraightLine
        By default `HoldGrowth(1)`. The annual cell of the closing year usually is the census
        already, so the figure on the old base was never observed; this option says what stands
        in for it.
    censuses : tuple of int
        Opening and closing census year.

    Returns
    -------
    Closure
        Cells that moved have status `estimated`, unless the annual cell was `suspect` or
        `wrong_concept`: such a cell stays flagged, as its error is still in it.

    Raises
    ------
    DataError
        The variable or a census year is missing, a figure is not positive, or one input is
        simulated and the other is not.

    Notes
    -----
    Closure corrects levels and the mean growth of the decade. It knows nothing about the course
    within the decade: closed less raw log growth is one constant per city between the opening
    census and the year before the closing one, so tests that compare raw with closed growth
    under city effects compare nothing: `guard_within_decade` and `guard_raw_against_closed`
    refuse them. It uses a later census, so it must never enter a forecast
    that claims to be made before that census. Under `HoldGrowth` the closed growth of the
    closing year is that of the rule, not an observation.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": range(2010, 2021),
    ...     "population": [100.0] * 10 + [80.0]}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2020], "population": [100.0, 80.0]}))
    >>> closed = close_log_linear(annual, census).panel.wide("population")
    >>> closed.loc["230400", [2010, 2015, 2020]].round(2).tolist()
    [100.0, 89.44, 80.0]
    """
    figures = read_figures(annual, census, variable, censuses)
    rule = f"close_log_linear({variable}; censuses {censuses[0]}, {censuses[1]}; {old_base!r})"
    needed = census_needs(figures, censuses)
    if isinstance(old_base, StraightLine):
        level = np.ones(len(figures.opening))
        ratio = _log_linear(level, figures.closing / figures.opening, figures.decade)
        within = figures.opening[:, None] * ratio
    else:
        first, last, lacks = _end_ratios(figures, old_base, censuses)
        needed |= lacks
        within = figures.raw[:, : figures.decade] * _log_linear(first, last, figures.decade)
    closed = carry_on(figures, within)
    return assemble(annual, census, variable, figures, closed, needed, rule)


@takes_panels
def close_proportional(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    old_base: OldBaseRule = DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> Closure:
    """Close an annual series by the proportional error of closure (Das Gupta).

    With A the annual figure, C the census, E the old-base level of the closing year and T the
    years from census to census, the closed series is
    A(t) [(T - t) C0 / A0 + t C1 / E] / T: the ratio of the true to the annual series moves on a
    straight line from one census to the other. Where the annual series starts at the census this
    is Das Gupta's A(t) [(T - t) E + t C1] / (T E).

    Parameters
    ----------
    annual, census, variable, censuses
        As for `close_log_linear`.
    old_base : HoldGrowth or HoldLevel or ObservedCell
        What stands in for the figure of the closing year on the base of the years before it.

    Returns
    -------
    Closure
        As from `close_log_linear`; later years carry the ratio of census to observed cell.

    Raises
    ------
    DataError
        As for `close_log_linear`.

    Notes
    -----
    Differs from `close_log_linear` by less than d squared over eight, relative, for an error of
    closure d: 0.13 percent for ten percent. What is said there of the course within the decade
    holds here: the difference to raw log growth is one number per city but for terms in d
    squared.

    Source: Das Gupta (1981), the intercensal method of the United States Census Bureau.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": range(2010, 2021),
    ...     "population": [100.0] * 10 + [80.0]}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2020], "population": [100.0, 80.0]}))
    >>> closed = close_proportional(annual, census).panel.wide("population")
    >>> closed.loc["230400", [2010, 2015, 2020]].round(2).tolist()
    [100.0, 90.0, 80.0]
    """
    figures = read_figures(annual, census, variable, censuses)
    rule = f"close_proportional({variable}; censuses {censuses[0]}, {censuses[1]}; {old_base!r})"
    first, last, lacks = _end_ratios(figures, old_base, censuses)
    weight = np.linspace(0.0, 1.0, figures.decade)
    ratio = np.outer(first, 1 - weight) + np.outer(last, weight)
    closed = carry_on(figures, figures.raw[:, : figures.decade] * ratio)
    needed = census_needs(figures, censuses) | lacks
    return assemble(annual, census, variable, figures, closed, needed, rule)


@takes_panels
def base_shift(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    old_base: OldBaseRule = DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> pd.DataFrame:
    """How far the closing census lies from where the annual series was heading.

    Parameters
    ----------
    annual, census, variable, old_base, censuses
        As for `close_log_linear`.

    Returns
    -------
    DataFrame
        Index `city`, the cities with both figures: `old_base` and `census` (unit of the
        variable) and `shift` = census / old base - 1.

    Raises
    ------
    DataError
        As for `close_log_linear`.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": range(2010, 2021), "population": [100.0] * 11}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2020], "population": [100.0, 80.0]}))
    >>> base_shift(annual, census)["shift"].round(3).tolist()
    [-0.2]
    """
    figures = read_figures(annual, census, variable, censuses)
    within = slice(figures.decade)
    level = old_base.level(figures.raw[:, within], figures.sound[:, within])
    table = pd.DataFrame({"old_base": level, "census": figures.closing}, index=figures.cities)
    return table.assign(shift=table["census"] / table["old_base"] - 1).dropna()


def _end_ratios(
    figures: Figures, old_base: OldBaseRule, censuses: tuple[int, int]
) -> tuple[Floats, Floats, dict[str, Floats]]:
    """Census over annual level at both ends, and the annual figures this needs."""
    series, sound = figures.raw[:, : figures.decade], figures.sound[:, : figures.decade]
    level = old_base.level(series, sound)
    lacks = {
        f"no annual figure {censuses[0]}": series[:, 0],
        f"no annual figures for {old_base!r}": level,
    }
    return figures.opening / series[:, 0], figures.closing / level, lacks


def _log_linear(first: Floats, last: Floats, years: int) -> Floats:
    """From one ratio to the other at constant growth, one row a city."""
    weight = np.linspace(0.0, 1.0, years)
    ratio: Floats = np.exp(np.outer(np.log(first), 1 - weight) + np.outer(np.log(last), weight))
    return ratio
