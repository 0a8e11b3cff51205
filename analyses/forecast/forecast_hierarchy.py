"""Units, provinces and the nation: what is forecast of each on its own, and how it adds up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from analyses.shared.forecast_setup import (
    FIRST_TRUTH,
    LAST_YEAR,
    OTHERS,
    RULES,
    USED,
    known_at,
    scored_panel,
)
from econshrink import Forecast
from econshrink.core.arrays import Floats, Ints
from econshrink.core.seeds import generator
from econshrink.data import national_population_known_in
from econshrink.forecast import (
    STACKED,
    BacktestDesign,
    Drift,
    Hierarchy,
    InformationSet,
    NoChange,
    PathModel,
    Spreading,
    bridge,
    own_draws,
    past_errors,
    run_backtest,
    summed_view,
)

# Rules that need nothing but a series and its neighbours in the region.
SERIES: dict[str, PathModel] = {
    "no_change": NoChange(),
    **{k: RULES[k] for k in ("drift", "damped")},
    **{k: OTHERS[k] for k in ("shrunk", "theta", "pooled")},
}
DAMPED = Drift(damping=0.8)
DRAWS = 400
REST = "rest of the nation"


@cache
def provinces() -> tuple[tuple[str, ...], tuple[int, ...], dict[str, int]]:
    """Provinces in order, their regions by number, and the province of every scored unit."""
    panel = scored_panel()
    place = panel.attributes[["province", "region"]].astype(str)
    names = tuple(sorted(place["province"].unique()))
    region = place.drop_duplicates("province").set_index("province")["region"].loc[list(names)]
    number = {name: i for i, name in enumerate(names)}
    return names, tuple(pd.factorize(region, sort=True)[0].tolist()), number


def province_codes(cities: tuple[str, ...], place: pd.Series) -> Ints:
    """Number of the province of each city."""
    return place.reindex(list(cities)).astype(str).map(provinces()[2]).to_numpy(dtype=np.intp)


@cache
def provinces_at(origin: int) -> InformationSet:
    """Sums of the scored units by province, as far as they were out a year later.

    A province without figures for the last year of all starts from its last ones.
    """
    view = known_at(origin)
    codes = province_codes(view.cities, scored_panel().attributes["province"])
    sums = summed_view(replace(view, groups=codes), provinces()[0], provinces()[1])
    return bridge(sums)[0] if origin == LAST_YEAR else sums


@cache
def whole_at(origin: int) -> InformationSet:
    """The sum of all scored units."""
    view = known_at(origin)
    return summed_view(replace(view, groups=np.zeros_like(view.groups)), ("all",))


def province_draws() -> dict[tuple[int, int], Floats]:
    """Draws of the provinces' log change, mixed by past scores: origin and horizon to (31, m)."""
    last = provinces_at(LAST_YEAR)
    came = pd.DataFrame(np.exp(last.level), index=list(last.cities), columns=list(last.years))
    held: dict[tuple[int, int], Floats] = {}

    def keep(view: InformationSet, horizon: int, name: str, draws: Floats) -> None:
        if name == STACKED and FIRST_TRUTH <= view.origin + horizon <= LAST_YEAR:
            held[view.origin, horizon] = draws

    design = BacktestDesign(
        tuple(range(2003, LAST_YEAR)),
        USED,
        DRAWS,
        stream="forecast.provinces",
    )
    run_backtest(provinces_at, came, SERIES, design, keep=keep)
    return held


def nation_view(origin: int) -> InformationSet:
    """The official population of the nation as it stood a year after the origin."""
    known = national_population_known_in(origin + 1)
    years = tuple(int(year) for year in known.index)
    return InformationSet(
        ("nation",), years, np.log(known.to_numpy())[None, :], np.zeros(1, dtype=np.intp)
    )


def rest_view(origin: int, units: float) -> InformationSet:
    """The nation less the units, whose sum at the origin is given, by the growth of their sum."""
    nation, whole = nation_view(origin), whole_at(origin)
    sums = np.array([whole.at(year)[0] for year in nation.years])
    rest = np.exp(nation.level[0]) - units * np.exp(sums - sums[-1])
    return replace(nation, cities=(REST,), level=np.log(rest)[None, :])


@dataclass(frozen=True, eq=False)
class Case:
    """One origin and horizon.

    Parameters
    ----------
    base : ndarray, shape (cities,)
        Persons at the origin; the last row is the rest of the nation.
    hierarchy : Hierarchy
        Of the model used, with the rows above forecast on their own.
    nation_unchanged : ndarray, shape (draws,)
        The nation's draws by no change.
    """

    base: Floats
    hierarchy: Hierarchy
    nation_unchanged: Floats

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.nation_unchanged)


def build_case(
    used: Forecast, target: int, groups: Ints, base: Floats, own: Floats, rng_name: str
) -> Case:
    """Put the units' draws under those of provinces, the nation and the rest of it.

    Parameters
    ----------
    used : Forecast
        Units' draws.
    target : int
        Year.
    groups : ndarray of int, shape (units,)
        Among all provinces; those without units here are dropped.
    base : ndarray, shape (units,)
        Persons at the origin.
    own : ndarray, shape (provinces, draws)
        Log changes of the provinces' sums.
    rng_name : str
    """
    origin, draws = used.origin, used.draws.shape[2]
    horizon = target - origin
    held, codes = np.unique(groups, return_inverse=True)
    sums = np.bincount(codes, base)
    nation, rest = nation_view(origin), rest_view(origin, float(base.sum()))
    scores = generator(rng_name).standard_normal((3, 1, draws))

    def alone(view: InformationSet, model: PathModel, score: Floats) -> Floats:
        change = own_draws(view, model, horizon, Spreading(), score)
        return np.asarray(np.exp(view.at(origin) + change[0]))

    rows = (
        (nation, DAMPED),
        (provinces_at(origin), DAMPED),
        (known_at(origin), DAMPED),
        (rest, NoChange()),
    )
    missed = tuple(past_errors(view, model, horizon, Spreading()) for view, model in rows)
    return Case(
        np.append(base, np.exp(rest.at(origin)[0])),
        Hierarchy(
            alone(nation, DAMPED, scores[0]),
            sums[:, None] * np.exp(_as_many(own[held], draws)),
            np.vstack([used.at(target), alone(rest, NoChange(), scores[1])[None, :]]),
            np.append(codes, -1),
            _rows(missed, held, used.cities),
        ),
        alone(nation, NoChange(), scores[2]),
    )


def _as_many(rows: Floats, draws: int) -> Floats:
    """As many draws, by repetition."""
    return np.asarray(rows[:, np.arange(draws) % rows.shape[1]])


def _rows(
    missed: tuple[dict[int, Floats], ...], held: Ints, cities: tuple[str, ...]
) -> tuple[dict[int, Floats], ...]:
    """Past errors of the rows of a hierarchy; units without a record have none."""
    nation, above, units, rest = missed
    place = {city: i for i, city in enumerate(scored_panel().cities)}
    rows = [place.get(city, -1) for city in cities]
    below = {
        origin: np.append(np.append(miss, np.nan)[rows], rest[origin])
        for origin, miss in units.items()
        if origin in rest
    }
    return nation, {origin: miss[held] for origin, miss in above.items()}, below
