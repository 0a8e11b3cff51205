"""Person-periods of first passage: from past origins to the first year below an edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.errors import DataError, Fault
from econshrink.forecast.backtesting.spreading import restlessness
from econshrink.forecast.events.trajectories import Bools
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.view import InformationSet, recent_growth

COVARIATES = ("growth", "falling", "province_growth", "log_size", "log_restlessness")
CENSUS = "census_year"


@dataclass(frozen=True, eq=False)
class PassageRows:
    """One row a past origin, city and year at risk; n rows, k covariates known at the origin.

    Parameters
    ----------
    city, origin, period : ndarray of int, shape (n,)
        Position of the city, year of the origin, years since it (from 1).
    x : ndarray, shape (n, k)
    census : ndarray of bool, shape (n,)
        Whether the period enters a census year.
    event : ndarray of bool, shape (n,)
        First passage in this period.
    weight : ndarray, shape (n,)
        One over the number of rows of the same city and calendar year: origins overlap, and each
        city-year counts once.
    left_out : int
        City-origins with a figure at the origin, but without all covariates or a year ahead.
    """

    city: Ints
    origin: Ints
    period: Ints
    x: Floats
    census: Bools
    event: Bools
    weight: Floats
    left_out: int


def covariates(view: InformationSet, extra: tuple[str, ...] = ()) -> Floats:
    """What is known at the origin, shape (cities, k); NaN for a city with too short a record.

    Recent yearly growth in percent, without steps into census years; whether it is below zero;
    growth of the province about the nation's (both means of their cities); log residents; log of
    the standard deviation of yearly growth. The nation's own growth is one number an origin and
    a dozen origins cannot tell it from their years: it comes in with each city's. Each figure of
    `extra` is centred across cities, and 0 as long as it is not out.
    """
    growth = 100 * recent_growth(view, WINDOW)
    there = ~np.isnan(growth)
    nation = float(growth[there].mean()) if there.any() else np.nan
    columns = [
        growth,
        np.where(there, growth < 0, np.nan),
        own_group_mean(growth, view.groups) - nation,
        view.at(view.origin),
        np.log(restlessness(view)),
    ]
    for name in extra:
        values = view.extra[name][:, -1]
        known = ~np.isnan(values)
        middle = float(values[known].mean()) if known.any() else 0.0
        columns.append(np.where(known, values - middle, 0.0))
    return np.column_stack(columns)


def passage_rows(
    view: InformationSet, share: float, longest: int, history: int, extra: tuple[str, ...] = ()
) -> PassageRows:
    """Rows at risk from every past origin of a view, as far as the view reaches.

    A city is followed until it is at least `share` below its level at the origin (0: below at
    all), for `longest` years, to the last year that is seen, or to the first year without a
    usable figure, where it is censored.

    Raises
    ------
    DataError
        No past origin with a row: the view is too short.
    """
    origins = range(view.years[0] + history, view.origin)
    parts, left_out = [], 0
    for origin in origins:
        then = view.until(origin)
        x = covariates(then, extra)
        known, passed = _followed(view, origin, share, longest)
        before = passed.cumsum(axis=1) - passed  # passages before this year
        at_risk = known & (before == 0) & np.isfinite(x).all(axis=1, keepdims=True)
        here = ~np.isnan(then.at(origin))
        left_out += int((here & ~at_risk[:, 0]).sum())
        city, step = np.nonzero(at_risk)
        parts.append((city, np.full(len(city), origin), step + 1, x[city], passed[at_risk]))
    if not sum(len(part[0]) for part in parts):
        seen = f"no past origin in figures from {view.years[0]} to {view.origin}"
        expected = f"an origin with {history} years before it and one after it"
        raise DataError(Fault(seen, expected, "Use a later origin or a longer record."))
    city, start, period, x, event = (np.concatenate(column) for column in zip(*parts, strict=True))
    year = start + period
    _, cell, count = np.unique(
        city * (view.origin + 1) + year, return_inverse=True, return_counts=True
    )
    census = np.isin(year, view.censuses)
    return PassageRows(city, start, period, x, census, event, 1.0 / count[cell], left_out)


def _followed(view: InformationSet, origin: int, share: float, longest: int) -> tuple[Bools, Bools]:
    """Years after an origin with usable figures so far, and those below the edge among them."""
    first = origin - view.years[0] + 1
    change = view.level[:, first : first + longest] - view.at(origin)[:, None]
    known = np.asarray(np.cumsum(np.isnan(change), axis=1) == 0, dtype=np.bool_)
    edge = np.log1p(-share)
    below = np.asarray(change <= edge if share else change < edge, dtype=np.bool_)
    return known, np.asarray(known & below, dtype=np.bool_)
