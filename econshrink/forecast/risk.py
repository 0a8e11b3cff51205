"""From draws to a ranked list of cities at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.nouns.forecast import Forecast
from econshrink.nouns.ranking import Ranking


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
        With ``median_change`` (share of the base in the median draw) and the interval of
        ranks that the Monte Carlo error of the probabilities leaves open (two standard
        errors of each city's own probability, others held fixed).
    """
    probability = forecast.loss_probability(loss, year)
    draws = forecast.draws.shape[2]
    reach = 2 * np.sqrt(probability * (1 - probability) / draws)
    values = np.sort(probability.to_numpy())[::-1]
    rank = probability.rank(method="min", ascending=False).astype(int)
    low = 1 + _above(values, (probability + reach).to_numpy())
    high = np.maximum(_at_least(values, (probability - reach).to_numpy()), rank.to_numpy())
    median = np.median(forecast.at(year), axis=1) / forecast.base - 1
    frame = pd.DataFrame(
        {
            "city": list(forecast.cities),
            "probability": probability.to_numpy(),
            "rank": rank.to_numpy(),
            "rank_low": np.minimum(low, rank.to_numpy()),
            "rank_high": high,
            "median_change": median,
        }
    )
    event = f"at least {loss:.0%} below {forecast.base_year} in {year}"
    return Ranking(frame, event, forecast.model, draws, forecast.notes, forecast.synthetic)


def _above(descending: np.ndarray, level: np.ndarray) -> np.ndarray:
    """How many values lie strictly above each level."""
    return np.asarray(np.searchsorted(-descending, -level, side="left"))


def _at_least(descending: np.ndarray, level: np.ndarray) -> np.ndarray:
    """How many values are at least each level."""
    return np.asarray(np.searchsorted(-descending, -level, side="right"))
