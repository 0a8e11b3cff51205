"""Units, the rest and the nation: every draw of the parts adds up to a draw of the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.arrays import Floats, read_only
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.forecast import Forecast

EXACT = 1e-9  # relative difference of sums that is rounding


@dataclass(frozen=True, eq=False)
class NationalForecast:
    """Forecast of units, of the rest of the nation and of the nation, draw by draw.

    Parameters
    ----------
    units : Forecast
    rest : Forecast
        One row: people who live in none of the units.
    nation : Forecast
        One row.

    Raises
    ------
    DataError
        Years or draws that differ, or sums that are not the nation's.
    """

    units: Forecast
    rest: Forecast
    nation: Forecast

    def __post_init__(self) -> None:
        if (
            not self.units.draws.shape[1:]
            == self.rest.draws.shape[1:]
            == self.nation.draws.shape[1:]
        ):
            seen = "years or draws of units, rest and nation that differ"
            raise DataError(Fault(seen, "the same", "Build it with `hold_to_nation`."))
        whole = self.nation.draws[0]
        gap = np.abs(self.units.draws.sum(axis=0) + self.rest.draws[0] - whole).max()
        if gap > EXACT * whole.max():
            seen = f"sums that miss the nation by {gap:,.0f} persons"
            raise DataError(Fault(seen, "units + rest = nation", "Use `hold_to_nation`."))

    def of(self, kind: str) -> NationalForecast:
        """``people`` or ``published``, see `Forecast.of`; both add up to the same nation."""
        units = self.units.of(kind)
        others = self.nation.draws - units.draws.sum(axis=0)
        return NationalForecast(units, replace(self.rest, draws=others), self.nation)


def hold_to_nation(forecast: Forecast, nation: Forecast, start: Floats) -> NationalForecast:
    """Scale every draw of the units and the rest to a draw of the nation.

    Parameters
    ----------
    forecast : Forecast
        Of units, made bottom up.
    nation : Forecast
        One row, as `project_nation` makes it, with the same years and at least as many draws.
    start : ndarray, shape (units,)
        Persons of the units at the origin; what they lack to the nation is the rest.

    Returns
    -------
    NationalForecast
        Trajectories of the nation are paired with those of the units by the rank of their last
        year (Clark and others 2004): the luck of the whole is that of its parts. The rest grows
        as the nation does before all are scaled by one factor a year and draw.

    Raises
    ------
    DataError
        Other years or origins, fewer draws, or units that have more people than the nation.
    """
    raise_all(DataError, _faults(forecast, nation, start))
    draws = forecast.draws.shape[2]
    whole = nation.draws[0][:, :draws]
    sums = forecast.draws.sum(axis=0)
    order = np.empty(draws, dtype=np.intp)
    order[np.argsort(sums[-1], kind="stable")] = np.argsort(whole[-1], kind="stable")
    whole = whole[:, order]
    left = float(nation.base[0] - start.sum())
    rest = left * whole / nation.base[0]
    factor = whole / (sums + rest)
    parts = dict(forecast.parts)
    if "rebasing" in parts:  # people add up to the same nation
        alone = forecast.of("people").draws.sum(axis=0)
        parts["rebasing"] = parts["rebasing"] + np.log(factor * (alone + rest) / whole)
    said = (*forecast.notes, "Every draw of the units and the rest is scaled to one of the nation.")
    held = read_only(forecast.draws * factor)
    units = replace(forecast, draws=held, notes=said, parts=parts)
    row = replace(nation, draws=whole[None])
    others = replace(row, cities=("rest",), draws=(rest * factor)[None], base=np.array([left]))
    return NationalForecast(units, others, row)


def _faults(forecast: Forecast, nation: Forecast, start: Floats) -> list[Fault]:
    faults = []
    if forecast.years != nation.years or forecast.origin != nation.origin:
        seen = f"units of {forecast.years[:1]} from {forecast.origin}, a nation of "
        seen += f"{nation.years[:1]} from {nation.origin}"
        faults.append(Fault(seen, "the same years and origin", "Project both alike."))
    if nation.draws.shape[0] != 1 or nation.draws.shape[2] < forecast.draws.shape[2]:
        seen = f"a nation of shape {nation.draws.shape}"
        wanted = f"one row and at least {forecast.draws.shape[2]} draws"
        faults.append(Fault(seen, wanted, "Draw the nation as often as the units."))
    if nation.base_year != nation.origin or not 0 < start.sum() < nation.base[0]:
        seen = f"units of {start.sum():,.0f} in a nation of {nation.base[0]:,.0f}"
        faults.append(Fault(seen, "a rest above zero at the origin", "Check units and territory."))
    return faults
