"""Spread a model's path by its own record: joint draws that know their past misses."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.forecast.backtesting.conformal import SizeClasses, Spread, fit_spread
from econshrink.forecast.backtesting.record import Record
from econshrink.forecast.backtesting.shocks import (
    Noise,
    Shares,
    Space,
    estimate_shares,
    normal_scores,
)
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.models.shrunk import sampling_variance
from econshrink.forecast.view import InformationSet

FLOOR = 0.002  # yearly growth is published to about a fifth of a percent


@dataclass(frozen=True)
@typed_fields
class Spreading:
    """How past errors become draws.

    Parameters
    ----------
    classes : SizeClasses
        Residuals are resampled within a class of size.
    history : int
        Years of figures a past origin must have behind it.
    persistence : float, optional
        Exponent a of the correlation ``(h / k)^a`` between the errors at h and k > h years: 0.5
        for independent yearly shocks, towards 0 for errors that stay as they begin. None: what
        each model's own past errors teach (`learn_persistence`). It matters to events that look
        at several years, and to none that looks at one.
    half_life : float
        Years after which a past origin's errors count for half.
    """

    classes: SizeClasses = field(default_factory=SizeClasses)
    history: int = 5
    persistence: float | None = 0.5
    half_life: float = 5.0

    def __post_init__(self) -> None:
        power = 0.5 if self.persistence is None else self.persistence
        if self.history < 2 or not 0 < power <= 1 or self.half_life <= 0:
            seen = f"{self.history}, {self.persistence}, {self.half_life}"
            expected = "history of two years or more, persistence in (0, 1], a half-life above 0"
            raise SpecError(Fault(seen, expected, "Mend the options."))

    def draw(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> Floats:
        """Joint draws of the log change since the origin, (cities, horizons, draws)."""
        return draw_paths(view, record, self, noise, space)

    def note(self, origin: int) -> str:
        """Where the spread of a forecast from that origin comes from."""
        return (
            f"Spread from each model's own errors at past origins of figures up to {origin}, "
            "of the same horizon and number of censuses ahead where there are any; joint shocks "
            "of nation, province, neighbours and city."
        )


class Spreads(Protocol):
    """How the past errors of a model become joint draws around its path."""

    @property
    def classes(self) -> SizeClasses:
        """Classes of size, also of the tables of scores."""
        ...

    @property
    def history(self) -> int:
        """Years of figures a past origin must have behind it."""
        ...

    def note(self, origin: int) -> str:
        """Where the spread of a forecast from that origin comes from."""
        ...

    def draw(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> Floats:
        """Joint draws of the log change since the origin, (cities, horizons, draws)."""
        ...


@dataclass(frozen=True, eq=False)
class HorizonErrors:
    """What the record says about one horizon.

    Parameters
    ----------
    nation : float
        Standard deviation of the common error: root mean square of the origins' mean errors.
    spread : Spread
        Residuals about the origins' means, by class.
    shares : Shares
    power : float
        Residuals were divided by this power of the city's restlessness.
    origins : tuple of int
        Past origins it rests on.
    """

    nation: float
    spread: Spread
    shares: Shares
    power: float
    origins: tuple[int, ...]


def read_errors(
    record: Record, view: InformationSet, horizon: int, options: Spreading, space: Space
) -> HorizonErrors:
    """Take the past errors of one horizon apart: nation, and the rest by class."""
    past = record.errors(view, horizon, options.history)
    found = past.missed
    means = np.array([np.nanmean(miss) for miss in found.values()])
    age = 0.5 ** ((view.origin - np.array(list(found))) / options.half_life)
    rest, classes, scores, weights, restless = [], [], [], [], []
    for (origin, miss), mean, weight in zip(found.items(), means, age, strict=True):
        away = miss - mean
        known = ~np.isnan(away)
        restless.append(restlessness(view.until(origin))[known])
        rest.append(past.stretch * away[known])
        classes.append(options.classes.of(view.at(origin))[known])
        weights.append(np.full(int(known.sum()), weight))
        scores.append(normal_scores(away))
    residuals, unrest = np.concatenate(rest), np.concatenate(restless)
    power = unrest_power(residuals, unrest)
    spread = fit_spread(
        residuals / unrest**power,
        np.concatenate(classes),
        len(options.classes.labels),
        weights=np.concatenate(weights),
    )
    nation = past.stretch * float(np.sqrt(np.average(means**2, weights=age)))
    shares = estimate_shares(scores, view.groups, space)
    return HorizonErrors(nation, spread, shares, power, tuple(found))


def restlessness(view: InformationSet) -> Floats:
    """Standard deviation of a city's recent yearly growths (plus a floor of 0.2%), (cities,)."""
    return np.asarray(np.sqrt(WINDOW * sampling_variance(view, WINDOW)) + FLOOR)


def unrest_power(residuals: Floats, unrest: Floats) -> float:
    """Power of the restlessness with which past residuals grew, between 0 and 1.

    Least squares of ``ln(|residual| + floor)`` on ``ln(restlessness)``.

    Examples
    --------
    >>> unrest = np.array([0.01, 0.02, 0.04])
    >>> round(unrest_power(unrest - FLOOR, unrest), 6)
    1.0
    """
    x = np.log(unrest) - np.log(unrest).mean()
    square = float(x @ x)
    slope = float(x @ np.log(np.abs(residuals) + FLOOR)) / square if square > 0 else 0.0
    return float(np.clip(slope, 0.0, 1.0))


def draw_paths(
    view: InformationSet, record: Record, options: Spreading, noise: list[Noise], space: Space
) -> Floats:
    """Joint draws of the log change since the origin, (cities, horizons, draws).

    Path of the model plus a common error plus the city's residual, one `Noise` a horizon, of the
    first ones of the record; shifted so that their median is the path if the record is of a
    `PointRule`. Draw d is one joint future: over horizons its scores follow a Brownian motion in
    ``h^(2a)``. NaN for cities without path.
    """
    path = record.paths[view.origin][:, : len(noise)]
    size = options.classes.of(view.at(view.origin))
    unrest = restlessness(view)
    result = np.empty((*path.shape, len(noise[0].nation)))
    motion: Floats = np.zeros((len(path), result.shape[2]))
    common = np.zeros(result.shape[2])
    before = 0.0
    power = options.persistence
    if power is None:
        power = learn_persistence(record, view, options.history)
    for column, (horizon, shock) in enumerate(zip(record.horizons, noise, strict=False)):
        errors = read_errors(record, view, int(horizon), options, space)
        clock = float(horizon) ** (2 * power)
        step = np.sqrt(clock - before)
        motion += step * shock.scores(errors.shares, view.groups)
        common += step * shock.nation
        before = clock
        chance = special.ndtr(motion / np.sqrt(clock))
        drawn = errors.spread.at(chance, size) * unrest[:, None] ** errors.power
        drawn += errors.nation * common / np.sqrt(clock)
        result[:, column] = path[:, column, None] + drawn
    if record.centred:
        centre(result, path)
    return result


def centre(draws: Floats, path: Floats) -> None:
    """Shift the draws of the last axis, in place, so that their median is the path."""
    draws += (path - medians(draws))[..., None]


def medians(draws: Floats) -> Floats:
    """Median of the last axis; one place is found faster than the two of `numpy.median`."""
    half = draws.shape[-1] // 2
    parted = np.partition(draws, half, axis=-1)
    above = parted[..., half]
    if draws.shape[-1] % 2:
        return np.asarray(above)
    return np.asarray((parted[..., :half].max(axis=-1) + above) / 2)


def learn_persistence(
    record: Record, view: InformationSet, history: int, otherwise: float = 0.5
) -> float:
    """Exponent a with which past errors of one origin hang together, see `Spreading`.

    Parameters
    ----------
    record : Record
    view : InformationSet
        Errors whose target years it has seen are used, of all past origins.
    history : int
    otherwise : float
        Where no origin has errors at two horizons.

    Returns
    -------
    float
        Least squares of the log correlations between the normal scores at h and k years, mean
        over origins, on ``ln(h / k)``; between 0.05 and 1. The nation's part of an error is left
        out, since scores are taken within an origin.
    """
    products: dict[tuple[int, int], list[float]] = {}
    for origin in range(view.years[0] + history, view.origin - 1):
        scores = {}
        for column, step in enumerate(int(h) for h in record.horizons):
            if origin + step <= view.origin and origin in record.paths:
                change = view.at(origin + step) - view.at(origin)
                scores[step] = normal_scores(change - record.paths[origin][:, column])
        for early, late in combinations(scores, 2):
            both = ~np.isnan(scores[early] + scores[late])
            if both.sum() > 2:
                value = np.corrcoef(scores[early][both], scores[late][both])[0, 1]
                products.setdefault((early, late), []).append(float(value))
    if not products:
        return otherwise
    ratio = np.log([early / late for early, late in products])
    together = np.log(np.maximum([np.mean(values) for values in products.values()], 0.01))
    return float(np.clip(ratio @ together / (ratio @ ratio), 0.05, 1.0))
