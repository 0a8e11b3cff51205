"""Error in parts: what people do, what the nation does, and what the next census corrects."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.errors import DataError, Fault, SpecError
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
from econshrink.forecast.backtesting.spreading import medians, restlessness
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.view import InformationSet, recent_growth

DEMOGRAPHY, NATION, REBASING = "demography", "nation", "rebasing"
FARTHEST, FINE = 5.0, 8192  # normal scores looked up, and cells of the table
CLIPPED = 3.0  # robust deviations of a census step
RESTLESS = 4.0  # a unit is at most that many times as restless as the median one


@dataclass(frozen=True)
@typed_fields
class ErrorParts:
    """Draws as path plus parts, each learnt from the past errors that show it alone.

    ``demography``: errors at past origins whose window holds *no census*, about each origin's
    median, pooled by size class after division by ``(1 + W) / 2``, W the unit's restlessness over
    the median one's; correlated within provinces and between neighbours as those errors are.
    Horizons from half the one asked for are pooled, stretched by the power of the horizon with
    which errors grow; where none of those is free of a census, the longest shorter one is.
    ``nation``: the medians themselves, but not less than `nation` a year.
    ``rebasing``: only for windows that cross a census. Past steps into a census year beyond recent
    growth, about their median: a province's mean and a unit's own remainder, each resampled.
    All draws are shifted so that their median is the path.

    Parameters
    ----------
    classes : SizeClasses
    history : int
        Years of figures a past origin must have behind it.
    half_life : float
        Years after which errors count for half, from the year that showed them.
    nation : float
        Least standard deviation of the common error a year, assumed: few windows are independent.
    published : bool
        False leaves rebasing out: the forecast of people, not of published figures.
    persistence : float
        As in `Spreading`.

    Raises
    ------
    SpecError
        Options out of range.
    """

    classes: SizeClasses = field(default_factory=SizeClasses)
    history: int = 5
    half_life: float = 3.0
    nation: float = 0.0014
    published: bool = True
    persistence: float = 0.5

    def __post_init__(self) -> None:
        good = self.history >= 2 and self.half_life > 0 and self.nation >= 0
        if not (good and 0 < self.persistence <= 1):
            seen = f"{self.history}, {self.half_life}, {self.nation}, {self.persistence}"
            expected = "history of two years or more, a half-life above 0, a nation of 0 or more, "
            expected += "persistence in (0, 1]"
            raise SpecError(Fault(seen, expected, "Mend the options."))

    def note(self, origin: int) -> str:
        """Where the spread of a forecast from that origin comes from."""
        rebased = "and past census corrections where a census lies ahead"
        return (
            f"Spread from the model's own errors up to {origin} in windows without a census, "
            f"{rebased if self.published else 'of people, not of published figures'}; "
            f"a common error of at least {self.nation:.2%} a year."
        )

    def draw(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> Floats:
        """Joint draws of the log change since the origin, (cities, horizons, draws)."""
        return self.drawn(view, record, noise, space)[0]

    def drawn(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> tuple[Floats, dict[str, Floats]]:
        """`draw`, and the parts in it but demography, which is what they leave.

        Without its part of rebasing the median is the path too.
        """
        path = record.paths[view.origin]
        parts = self.parts(view, record, noise, space)
        total = parts.pop(DEMOGRAPHY)
        for column, step in enumerate(record.horizons):
            drawn, middle = total[:, column], path[:, column]
            drawn += parts[NATION][:, column]
            drawn += (middle - medians(drawn))[:, None]
            if REBASING in parts and view.crossings(int(step)):
                moved = parts[REBASING][:, column]
                drawn += moved
                shift = (middle - medians(drawn))[:, None]
                moved += shift
                drawn += shift
        return total, parts

    def parts(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> dict[str, Floats]:
        """Error of each part, (cities or 1, horizons, draws), one `Noise` a horizon."""
        size = self.classes.of(view.at(view.origin))
        weight = _unrest(view)
        count, draws = len(view.cities), len(noise[0].nation)
        people = np.empty((count, len(noise), draws))
        nation = np.empty((1, len(noise), draws))
        motion: Floats = np.zeros((count, draws))
        common, before = np.zeros(draws), 0.0
        for column, (step, shock) in enumerate(zip(record.horizons, noise, strict=True)):
            learnt = self._learn(view, record, int(step), space)
            clock = float(step) ** (2 * self.persistence)
            motion += np.sqrt(clock - before) * shock.scores(learnt.shares, view.groups)
            common += np.sqrt(clock - before) * shock.nation
            before = clock
            residual = _at_scores(learnt.spread, motion, np.sqrt(clock), size)
            np.multiply(residual, weight[:, None], out=people[:, column])
            nation[0, column] = learnt.nation * common / np.sqrt(clock)
        found = {DEMOGRAPHY: people, NATION: nation}
        if self.published and view.crossings(int(record.horizons[-1])):
            found[REBASING] = self._rebasing(view, record.horizons, noise)
        return found

    def _learn(self, view: InformationSet, record: Record, step: int, space: Space) -> _Learnt:
        """Errors of census-free windows at horizons from half a step to one, brought to one.

        Where there are none of those, the longest shorter horizon stands in.
        """
        shorter = [int(h) for h in record.horizons if h <= step][::-1]
        found = {h: _census_free(view, record, h, self.history) for h in shorter}
        found = {h: missed for h, missed in found.items() if missed}
        if not found:
            seen = f"no past window until {view.origin} that is free of a census"
            expected = f"one, with {self.history} years of figures before it"
            raise DataError(Fault(seen, expected, "Use a later origin or shorter horizons."))
        power = _power({h: _mean_size(missed) for h, missed in found.items()})
        close = [h for h in found if 2 * h >= step] or [max(found)]
        rows = [
            (origin, (step / h) ** power * miss, origin + h)
            for h in close
            for origin, miss in found[h].items()
        ]
        return self._read(view, rows, space, step)

    def _read(
        self, view: InformationSet, rows: list[tuple[int, Floats, int]], space: Space, step: int
    ) -> _Learnt:
        age = 0.5 ** ((view.origin - np.array([ended for *_, ended in rows])) / self.half_life)
        middle = np.array([np.nanmedian(miss) for _, miss, _ in rows])
        rest, classes, weights, scores = [], [], [], []
        for (origin, miss, _), centre_, heavy in zip(rows, middle, age, strict=True):
            then = view.until(origin)
            away = (miss - centre_) / _unrest(then)
            known = ~np.isnan(away)
            rest.append(away[known])
            classes.append(self.classes.of(then.at(origin))[known])
            weights.append(np.full(int(known.sum()), heavy))
            scores.append(normal_scores(away))
        spread = fit_spread(
            np.concatenate(rest),
            np.concatenate(classes),
            len(self.classes.labels),
            weights=np.concatenate(weights),
        )
        nation = float(np.sqrt(np.average(middle**2, weights=age)))
        shares = estimate_shares(scores, view.groups, space)
        return _Learnt(spread, shares, max(nation, self.nation * step))

    def _rebasing(self, view: InformationSet, horizons: Ints, noise: list[Noise]) -> Floats:
        """Census corrections of each future census in the window; the same ever after."""
        count, draws = len(view.cities), len(noise[0].nation)
        result = np.zeros((count, len(horizons), draws))
        pools = census_steps(view)
        if pools is None:
            return result
        provinces, own = pools
        ahead = [y for y in view.censuses if view.origin < y <= view.origin + horizons[-1]]
        for number, year in enumerate(ahead):
            # other draws of the same noise: as good as new, and models still share their luck
            turn = draws // 2 + number * max(draws // 7, 1)
            common, single = noise[0].chances
            step = _resampled(provinces, common)[view.groups] + _resampled(own, single)
            step = np.roll(step, turn, axis=1)
            for column in np.flatnonzero(horizons >= year - view.origin):
                result[:, column] += step
        return result


@dataclass(frozen=True, eq=False)
class _Learnt:
    """Of one horizon: residuals by class, what is shared, and the common error's deviation."""

    spread: Spread
    shares: Shares
    nation: float


def census_steps(view: InformationSet) -> tuple[Floats, Floats] | None:
    """Past census corrections of a view: means of the provinces and what is left of each unit.

    The step into a census year less the recent yearly growth before it, about the median of all
    units; None if no census is inside the figures.
    """
    means, left = [], []
    for year in view.censuses:
        if not view.years[0] < year <= view.origin:
            continue
        step = census_step(view, year)
        if np.isfinite(step).sum() < 2:
            continue
        step = step - np.nanmedian(step)
        centre_ = own_group_mean(step, view.groups)
        first = np.unique(view.groups, return_index=True)[1]
        means.append(centre_[first][np.isfinite(centre_[first])])
        left.append((step - centre_)[np.isfinite(step)])
    if not means:
        return None
    provinces, own = np.concatenate(means), np.concatenate(left)
    return _drawn_in(provinces), _drawn_in(own)


def _drawn_in(values: Floats) -> Floats:
    """Sorted, about their median, none farther than `CLIPPED` robust deviations."""
    away = np.sort(values - np.median(values))
    limit = CLIPPED * 1.4826 * float(np.median(np.abs(away)))
    return np.asarray(np.clip(away, -limit, limit))


def census_step(view: InformationSet, year: int) -> Floats:
    """How far the census of a year moved each unit beyond its recent growth, (cities,), logs."""
    before = view.until(year - 1)
    growth = recent_growth(before, WINDOW)
    return np.asarray(view.at(year) - view.at(year - 1) - growth)


def _census_free(
    view: InformationSet, record: Record, horizon: int, history: int
) -> dict[int, Floats]:
    """Errors at origins whose window holds no census: origin to (cities,)."""
    column = int(np.flatnonzero(record.horizons == horizon)[0])
    found = {}
    for origin in range(view.years[0] + history, view.origin - horizon + 1):
        clear = not any(origin < year <= origin + horizon for year in view.censuses)
        if clear and origin in record.paths:
            change = view.at(origin + horizon) - view.at(origin)
            found[origin] = change - record.paths[origin][:, column]
    least = min(2, len(view.cities))
    return {o: miss for o, miss in found.items() if np.isfinite(miss).sum() >= least}


def _unrest(view: InformationSet) -> Floats:
    """Factor of a unit's errors: half one, half its restlessness over the median unit's."""
    own = restlessness(view)
    ratio = np.minimum(own / np.median(own), RESTLESS)
    return np.asarray((1 + ratio) / 2)


def _mean_size(missed: dict[int, Floats]) -> float:
    """Mean over origins of the median absolute error about the median."""
    sizes = [np.nanmedian(np.abs(miss - np.nanmedian(miss))) for miss in missed.values()]
    return float(np.mean(sizes)) + 1e-12


def _power(sizes: dict[int, float]) -> float:
    """Power of the horizon with which typical errors grow, between 0.5 and 1."""
    if len(sizes) < 2:
        return 1.0
    slope = np.polyfit(np.log(list(sizes)), np.log(list(sizes.values())), 1)[0]
    return float(np.clip(slope, 0.5, 1.0))


def _at_scores(spread: Spread, scores: Floats, scale: float, classes: Ints) -> Floats:
    """Residuals at normal scores (cities, m) times `scale`, looked up on a fine grid."""
    grid = special.ndtr(np.linspace(-FARTHEST, FARTHEST, FINE + 1))
    every = np.arange(len(spread.pools), dtype=np.intp)
    table = spread.at(np.broadcast_to(grid, (len(every), len(grid))), every).ravel()
    place = scores * (FINE / (2 * FARTHEST * scale))
    place += FINE / 2 + 0.5
    np.clip(place, 0, FINE, out=place)
    cell = place.astype(np.int32)
    cell += (classes * (FINE + 1)).astype(np.int32)[:, None]
    return np.asarray(table[cell])


def _resampled(pool: Floats, chance: Floats) -> Floats:
    """Values of a sorted pool at some chances, shape of `chance`."""
    place = np.minimum((chance * len(pool)).astype(np.intp), len(pool) - 1)
    return np.asarray(pool[place])
