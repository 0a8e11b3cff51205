"""City × year arrays of one variable, and the few facts all rules need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.nouns.country import Country
from econshrink.nouns.panel import CityPanel

Mask = NDArray[np.bool_]

_RATIO_ENDINGS = ("_share", "_rate", "_growth", "_index", "share_districts", "_rate_districts")


@dataclass(frozen=True, eq=False)
class Wide:
    """One variable, cities down, every calendar year across.

    Parameters
    ----------
    name : str
        Variable.
    values : ndarray, shape (cities, years)
        Figures, NaN where missing.
    cities : tuple of str
    years : tuple of int
        Consecutive.
    groups : ndarray of str, shape (cities,)
        Province, state or region; one for all if nothing tells it.
    censuses : tuple of int
    """

    name: str
    values: Floats
    cities: tuple[str, ...]
    years: tuple[int, ...]
    groups: NDArray[np.str_]
    censuses: tuple[int, ...] = ()

    @property
    def ratio(self) -> bool:
        """Whether the variable is a share, rate, growth or index: rules for levels pass it over."""
        return self.name.endswith(_RATIO_ENDINGS)

    @property
    def census(self) -> Mask:
        """Which years are census years, shape (years,)."""
        return np.isin(np.array(self.years), self.censuses)


def wide(panel: CityPanel, variable: str, country: Country = Country()) -> Wide:  # noqa: B008
    """One variable of a panel as an array, with the groups and censuses of a country.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame(
    ...     {"city": ["230400"] * 2, "year": [2010, 2012], "population": [10.0, 9.0]}))
    >>> wide(panel, "population").values
    array([[10., nan,  9.]])
    """
    table = panel.wide(variable)
    values = table.to_numpy(dtype=np.float64, copy=True)
    years = tuple(int(y) for y in table.columns)
    groups = country.groups(table.index, panel)
    return Wide(variable, values, tuple(table.index), years, groups, country.censuses)


def before(values: Floats) -> Floats:
    """Figure of the year before, NaN in the first column."""
    out = np.full_like(values, np.nan)
    out[:, 1:] = values[:, :-1]
    return out


def after(values: Floats) -> Floats:
    """Figure of the year after, NaN in the last column."""
    out = np.full_like(values, np.nan)
    out[:, :-1] = values[:, 1:]
    return out


def logs(values: Floats) -> Floats:
    """Natural logarithm, NaN where a figure is zero or negative."""
    return np.log(np.where(values > 0, values, np.nan))


def excess_growth(values: Floats) -> Floats:
    """Log growth on the year before, less the median of that year's cities.

    The median takes away what moves all cities at once (inflation, a recession, a compiler's new
    base); with fewer than five cities nothing is taken away.
    """
    growth = logs(values) - before(logs(values))
    out = growth.copy()
    for t in range(growth.shape[1]):
        seen = growth[np.isfinite(growth[:, t]), t]
        if seen.size >= 5:
            out[:, t] -= np.median(seen)
    return out


def robust_scale(values: Floats) -> float:
    """Median absolute deviation × 1.4826 (the standard deviation of a normal), 0 if empty."""
    seen = values[np.isfinite(values)]
    return 1.4826 * float(np.median(np.abs(seen - np.median(seen)))) if seen.size else 0.0


_COARSE = (125, 25, 5)


def resolution(values: Floats) -> float:
    """Printed precision: the largest power of ten that divides three in four of the figures.

    Where 19 in 20 are multiples of 5, 25 or 125 of it, as rounded figures are, it is that multiple.

    Examples
    --------
    >>> resolution(np.array([[1234500.0, 987600.0, 55100.0]]))
    100.0
    >>> resolution(np.array([[34525.0, 35050.0, 35575.0, 36125.0]]))
    25.0
    """
    seen = np.abs(values[np.isfinite(values) & (values != 0)])
    for exponent in range(9, -8, -1):
        step = 10.0**exponent
        quotient = seen / step
        whole = np.abs(quotient - np.round(quotient)) < 1e-6
        if seen.size and np.mean(whole & (np.round(quotient) > 0)) >= 0.75:
            return next((step * k for k in _COARSE if _divides(step * k, seen) >= 0.95), step)
    return 0.0


def _divides(step: float, seen: Floats) -> float:
    """Share of figures that a step divides."""
    quotient = seen / step
    return float(np.mean((np.abs(quotient - np.round(quotient)) < 1e-6) & (quotient > 0.5)))
