"""First and long differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.linear_fit import Vcov
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import (
    assemble,
    no_weights,
    ordinary_fit,
    with_intercept,
)
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.design.sample import drop_singletons
from econshrink.panel.design.variables import effect_codes
from econshrink.panel.fixed_effects import linear_fit, within


@several
def fit_fd(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    years: int = 1,
    constant: bool = True,
) -> Estimate:
    """Estimate y_it − y_i,t−h = (x_it − x_i,t−h)'b + u by least squares.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Effects without a year in them (``"city"``, ``"province"``) vanish by differencing;
        effects with one (``"year"``, ``"province^year"``) are absorbed in the differenced
        equation. No weights.
    vcov : Vcov
    years : int
        Length h of the difference in calendar years; a city-year counts only if the city also
        has the year h earlier. Differences longer than one year overlap: cluster by city.
    constant : bool
        Keep a constant (a common trend) when no effect is absorbed: plm does, linearmodels does
        not, and the slopes differ.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Estimate

    Raises
    ------
    SpecError, DataError
        `years` below one, weights, no pair of years h apart, covariates that do not change, …

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000"] * 4 + ["120000"] * 4, "year": [2010, 2011, 2012, 2013] * 2,
    ...     "y": [1.0, 3.0, 4.0, 9.0, 2.0, 2.5, 6.0, 6.5],
    ...     "x": [0.0, 1.0, 1.5, 4.0, 1.0, 1.0, 3.0, 3.0]}))
    >>> fit_fd(panel, Spec("y", ("x",), ("city",))).nobs
    6
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time)
    faults = no_weights(spec, "differences")
    if years < 1:
        faults.append(Fault(f"years={years}", "1 or more", "Name the length of the difference."))
    raise_all(SpecError, faults)
    kept = tuple(
        name for name in spec.absorb if any(panel.role(p) == "time" for p in name.split("^"))
    )
    levels = prepare(panel, replace(spec, absorb=()))
    design = _differenced(panel, levels, kept, years)
    raise_all(DataError, _change_faults(design, years))
    labels = row_labels(panel, design, vcov.groupings)
    total = float(((design.y - design.y.mean()) ** 2).sum())
    if kept:
        fit, names = linear_fit(design, within(design)), design.names
        stats = {"r2_within": 1 - fit.rss / float(fit.y @ fit.y)}
    else:
        x, names = design.x, design.names
        if constant and spec.intercept:
            x, names = with_intercept(x, names)
        fit = ordinary_fit(design.y, x, names)
        stats = {}
    stats |= {"r2": 1 - fit.rss / total, "mean_depvar": float(design.y.mean())}
    method = "first differences" if years == 1 else f"differences over {years} years"
    return assemble(
        panel,
        spec,
        method,
        names,
        fit,
        vcov,
        labels,
        design.stats | stats,
        design.notes,
        kind="fd",
    )


def _change_faults(design: Design, years: int) -> list[Fault]:
    if not design.nobs:
        seen = f"no differences over {years} years left ({'; '.join(design.notes)})"
        return [Fault(seen, "rows to compare", "Absorb less or widen the sample.")]
    if not np.ptp(design.y):
        seen = f"the same change of '{design.depvar}' in all {design.nobs} rows"
        return [Fault(seen, "an outcome whose changes differ", "Look at the outcome.")]
    return []


def _differenced(panel: CityPanel, levels: Design, kept: tuple[str, ...], years: int) -> Design:
    """Pair each row with the same city's row `years` earlier."""
    later, earlier = pairs(levels.city, levels.year, years)
    if not len(later):
        raise DataError(
            Fault(
                f"no city with two years that are {years} apart",
                "at least one such pair in several cities",
                "Choose a shorter difference or fill the gaps.",
            )
        )
    unpaired = levels.nobs - len(later)
    effects: dict[str, Ints] = {}
    for name in kept:
        found, faults = effect_codes(panel, name)
        raise_all(SpecError, faults)
        effects[name] = found[levels.rows[later]]
    chosen = np.arange(len(later))
    alone = drop_singletons(effects, chosen)
    chosen = np.setdiff1d(chosen, np.concatenate([*alone.values(), np.empty(0, dtype=np.intp)]))
    later, earlier = later[chosen], earlier[chosen]
    notes = (*levels.notes, f"{unpaired} city-years without a partner {years} years earlier")
    lost = sum(len(rows) for rows in alone.values())
    if lost:
        notes = (*notes, f"{lost} differences left out as singletons ({', '.join(alone)})")
    city, _ = codes(levels.city[later])
    x: Floats = levels.x[later] - levels.x[earlier]
    return Design(
        depvar=levels.depvar,
        names=levels.names,
        y=levels.y[later] - levels.y[earlier],
        x=x,
        effects={name: codes(level[chosen])[0] for name, level in effects.items()},
        weights=None,
        city=city,
        year=levels.year[later],
        cities=tuple(levels.cities[i] for i in np.unique(levels.city[later])),
        rows=levels.rows[later],
        dropped=levels.dropped | {"unpaired": unpaired, "singleton": lost},
        notes=notes,
    )


def pairs(city: Ints, year: Ints, years: int) -> tuple[Ints, Ints]:
    """Positions of rows and of the same city's rows `years` calendar years earlier.

    Takes `city, year` of shape (n,): rows ordered by city and year, unique.
    """
    width = int(np.ptp(year)) + 1 + years if len(year) else 1
    key = city.astype(np.int64) * width + (year - year.min(initial=0))
    place = np.searchsorted(key, key - years)
    found = (place < len(key)) & (key[np.minimum(place, len(key) - 1)] == key - years)
    found &= city[np.minimum(place, len(key) - 1)] == city
    later = np.flatnonzero(found)
    return later, place[later]
