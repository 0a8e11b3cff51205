"""From draws to a ranked list of cities at risk, and what drives each forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.shapley import owen_values
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.ranking import Ranking

MOST_DRIVERS = 8


def rank_risk(forecast: Forecast, loss: float, year: int) -> Ranking:
    """Rank cities by the probability of losing at least `loss` of the base by `year`.

    Parameters
    ----------
    forecast : Forecast
    loss : float
        Share of the base population, such as 0.05.
    year : int

    Returns
    -------
    Ranking
        With ``median_change`` (share of the base in the median draw); the interval of ranks that
        the Monte Carlo error of the probabilities leaves open (two standard errors of each city's
        own probability, others held fixed); and ``place_low``, ``place_high``: the city's place
        among all by loss in nine draws of ten.
    """
    probability = forecast.loss_probability(loss, year)
    draws = forecast.draws.shape[2]
    reach = 2 * np.sqrt(probability * (1 - probability) / draws)
    values = np.sort(probability.to_numpy())[::-1]
    rank = probability.rank(method="min", ascending=False).astype(int)
    low = 1 + _above(values, (probability + reach).to_numpy())
    high = np.maximum(_at_least(values, (probability - reach).to_numpy()), rank.to_numpy())
    change = forecast.at(year) / forecast.base[:, None] - 1
    places = 1 + np.argsort(np.argsort(change, axis=0), axis=0)
    place_low, place_high = np.quantile(places, (0.05, 0.95), axis=1)
    frame = pd.DataFrame(
        {
            "city": list(forecast.cities),
            "probability": probability.to_numpy(),
            "rank": rank.to_numpy(),
            "rank_low": np.minimum(low, rank.to_numpy()),
            "rank_high": high,
            "median_change": np.median(change, axis=1),
            "place_low": place_low.round().astype(int),
            "place_high": place_high.round().astype(int),
        }
    )
    event = f"at least {loss:.0%} below {forecast.base_year} in {year}"
    return Ranking(frame, event, forecast.model, draws, forecast.notes, forecast.synthetic)


def shapley(drivers: tuple[str, ...], value: Callable[[frozenset[str]], Floats]) -> pd.DataFrame:
    """Exact Shapley values: what each of at most eight drivers adds, averaged over all orders.

    `value` takes the set of drivers that are switched on to the forecast of each city (cities,);
    rows add up to the forecast with all on minus the one with none.
    """
    count = len(drivers)
    if not 1 <= count <= MOST_DRIVERS or len(set(drivers)) < count:
        seen = f"{count} drivers"
        raise SpecError(Fault(seen, f"1 to {MOST_DRIVERS} different ones", "Join some."))
    values = owen_values(
        [[k] for k in range(count)],
        lambda on: np.asarray(value(frozenset(drivers[k] for k in on)), dtype=float),
    )
    return pd.DataFrame(dict(zip(drivers, values, strict=True)))


def probability_drivers(
    forecast: Forecast, parts: Mapping[str, Floats], loss: float, year: int
) -> pd.DataFrame:
    """Shapley values of the probability of a loss.

    Parameters
    ----------
    forecast : Forecast
    parts : mapping of str to ndarray, shape (cities,)
        Parts of the expected log change to `year`, by driver. A driver switched off has its part
        taken out of all draws.
    loss : float
    year : int

    Returns
    -------
    DataFrame
        Index city; one column a driver, plus ``base``: the probability with none of them.
    """
    edge = np.log1p(-loss) + np.log(forecast.base)[:, None]
    drawn = np.log(forecast.at(year))

    def chance(on: frozenset[str]) -> Floats:
        off = sum((parts[name] for name in parts if name not in on), np.zeros(len(drawn)))
        return np.asarray((drawn - off[:, None] <= edge).mean(axis=1))

    table = shapley(tuple(parts), chance)
    table.insert(0, "base", chance(frozenset()))
    return table.set_index(pd.Index(forecast.cities, name="city"))


def _above(descending: np.ndarray, level: np.ndarray) -> np.ndarray:
    """How many values lie strictly above each level."""
    return np.asarray(np.searchsorted(-descending, -level, side="left"))


def _at_least(descending: np.ndarray, level: np.ndarray) -> np.ndarray:
    """How many values are at least each level."""
    return np.asarray(np.searchsorted(-descending, -level, side="right"))
