"""Error in parts: what people do, what the nation does, and what the next census corrects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats, Ints, blocks, own_group_mean
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.forecast.backtesting.conformal import (
    SizeClasses,
    Spread,
    fit_spread,
    table_cells,
)
from econshrink.forecast.backtesting.record import Record
from econshrink.forecast.backtesting.shocks import (
    Noise,
    Products,
    Shares,
    Space,
    mean_products,
    normal_scores,
    shares_of,
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
        """Joint draws of the log change since the origin, (cities, horizons, draws).

        Of the first horizons of the record, as many as there is noise for.
        """
        return self._drawn(view, record, noise, space)

    def drawn(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> tuple[Floats, dict[str, Floats]]:
        """`draw`, and the parts in it but demography, which is what they leave.

        Without its part of rebasing the median is the path too.
        """
        parts: dict[str, Floats] = {}
        return self._drawn(view, record, noise, space, parts), parts

    def _drawn(
        self,
        view: InformationSet,
        record: Record,
        noise: list[Noise],
        space: Space,
        parts: dict[str, Floats] | None = None,
    ) -> Floats:
        """Joint draws, block by block of cities; `parts`, if given, gets nation and rebasing."""
        path = record.paths[view.origin]
        ahead = int(record.horizons[len(noise) - 1])
        count, draws = len(path), len(noise[0].nation)
        weight = _unrest(view)[:, None]
        steps = list(self._steps(view, record, noise, space))
        # each horizon's draws lie together
        total = np.empty((len(noise), count, draws)).transpose(1, 0, 2)
        rebased = None
        if parts is not None and self.published and view.crossings(ahead):
            # zeros that are never written take no memory
            rebased = np.zeros((len(noise), count, draws)).transpose(1, 0, 2)
        for rows in blocks(count, draws):  # of which all horizons fit in the processor's cache
            motion = np.zeros((rows.stop - rows.start, draws))
            for column, step in enumerate(steps):
                noise[column].add_scores(motion, step.shares, view.groups, step.length, rows)
                drawn = total[rows, column]
                np.multiply(step.residual(motion, rows), weight[rows], out=drawn)
                drawn += step.nation
                drawn += (path[rows, column] - medians(drawn))[:, None]
                if step.crossed:
                    moved = _sum(step.crossed, rows)
                    drawn += moved
                    shift = (path[rows, column] - medians(drawn))[:, None]
                    drawn += shift
                    if rebased is not None:
                        np.add(moved, shift, out=rebased[rows, column])
        if parts is not None:
            parts[NATION] = np.array([[step.nation for step in steps]])
            if rebased is not None:
                parts[REBASING] = rebased
        return total

    def _steps(
        self, view: InformationSet, record: Record, noise: list[Noise], space: Space
    ) -> Iterator[_Step]:
        """What is drawn from at each horizon."""
        size = self.classes.of(view.at(view.origin))
        past = self._past(view, record, space)
        last = view.origin + int(record.horizons[len(noise) - 1])
        corrections = _corrections(view, noise[0], last) if self.published else ()
        common, passed = np.zeros(len(noise[0].nation)), 0.0
        for horizon, shock in zip(record.horizons, noise, strict=False):
            learnt = self._learn(past, view, int(horizon), space)
            clock = float(horizon) ** (2 * self.persistence)
            length = float(np.sqrt(clock - passed))
            common = common + length * shock.nation
            passed = clock
            yield _Step(
                _Lookup(learnt.spread, float(np.sqrt(clock)), size),
                learnt.shares,
                learnt.nation * common / np.sqrt(clock),
                length,
                [move for year, move in corrections if year <= view.origin + horizon],
            )

    def _past(
        self, view: InformationSet, record: Record, space: Space
    ) -> dict[int, dict[int, _Missed]]:
        """Errors of windows without a census, by horizon and origin; horizons without are out."""
        earlier = _before(view, self.classes, self.history)
        return {
            int(h): missed
            for h in record.horizons
            if (missed := _census_free(view, record, int(h), earlier, space))
        }

    def _learn(self, past: dict[int, dict[int, _Missed]], view: InformationSet, step: int,
               space: Space) -> _Learnt:  # fmt: skip
        """Errors of census-free windows at horizons from half a step to one, brought to one.

        Where there are none of those, the longest shorter horizon stands in.
        """
        found = {h: missed for h, missed in sorted(past.items(), reverse=True) if h <= step}
        if not found:
            seen = f"no past window until {view.origin} that is free of a census"
            expected = f"one, with {self.history} years of figures before it"
            raise DataError(Fault(seen, expected, "Use a later origin or shorter horizons."))
        sizes = {
            h: float(np.mean([miss.size for miss in missed.values()])) + 1e-12
            for h, missed in found.items()
        }
        power = _power(sizes)
        close = [h for h in found if 2 * h >= step] or [max(found)]
        rows = [
            (origin, (step / h) ** power, miss, origin + h)
            for h in close
            for origin, miss in found[h].items()
        ]
        return self._read(view, rows, space, step)

    def _read(
        self,
        view: InformationSet,
        rows: list[tuple[int, float, _Missed, int]],
        space: Space,
        step: int,
    ) -> _Learnt:
        age = 0.5 ** ((view.origin - np.array([ended for *_, ended in rows])) / self.half_life)
        middle = np.array([stretch * miss.middle for _, stretch, miss, _ in rows])
        before = _before(view, self.classes, self.history)
        rest, classes, weights = [], [], []
        for (origin, stretch, miss, _), heavy in zip(rows, age, strict=True):
            unrest, size = before[origin]
            away = stretch * miss.away / unrest
            known = ~np.isnan(away)
            rest.append(away[known])
            classes.append(size[known])
            weights.append(np.full(int(known.sum()), heavy))
        spread = fit_spread(
            np.concatenate(rest),
            np.concatenate(classes),
            len(self.classes.labels),
            weights=np.concatenate(weights),
        )
        nation = float(np.sqrt(np.average(middle**2, weights=age)))
        shares = shares_of([miss.products for _, _, miss, _ in rows], view.groups, space)
        return _Learnt(spread, shares, max(nation, self.nation * step))


@dataclass(frozen=True, eq=False)
class _Missed:
    """Errors of one origin: median, distances from it with their typical size, what is shared."""

    middle: float
    away: Floats
    size: float
    products: Products


@dataclass(frozen=True, eq=False)
class _Learnt:
    """Of one horizon: residuals by class, what is shared, and the common error's deviation."""

    spread: Spread
    shares: Shares
    nation: float


@dataclass(frozen=True, eq=False)
class _Step:
    """What is drawn from at one horizon.

    Residuals and what is shared of them, the common error, how far the motion goes since the last
    horizon, and the corrections of the censuses crossed.
    """

    residual: _Lookup
    shares: Shares
    nation: Floats
    length: float
    crossed: list[Floats]


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
    view: InformationSet,
    record: Record,
    horizon: int,
    before: Mapping[int, tuple[Floats, Ints]],
    space: Space,
) -> dict[int, _Missed]:
    """Errors at origins whose window holds no census, by origin."""
    column = int(np.flatnonzero(record.horizons == horizon)[0])
    least = min(2, len(view.cities))
    found = {}
    for origin in before:
        if origin > view.origin - horizon:
            break
        clear = not any(origin < year <= origin + horizon for year in view.censuses)
        if not clear or origin not in record.paths:
            continue
        miss = view.at(origin + horizon) - view.at(origin) - record.paths[origin][:, column]
        if np.isfinite(miss).sum() < least:
            continue
        middle = _median(miss)
        away = miss - middle
        products = mean_products(normal_scores(away / before[origin][0]), view.groups, space)
        found[origin] = _Missed(middle, away, _median(np.abs(away)), products)
    return found


def _median(values: Floats) -> float:
    """Of the values that are there."""
    known = values[~np.isnan(values)]
    return float(medians(known))


@lru_cache(maxsize=1)
def _corrections(view: InformationSet, noise: Noise, last: int) -> tuple[tuple[int, Floats], ...]:
    """Drawn corrections of each census until `last`, (cities, draws); alike for all models."""
    pools = census_steps(view)
    if pools is None:
        return ()
    provinces, own = pools
    common, single = noise.chances
    draws = len(noise.nation)
    found = []
    for number, year in enumerate(y for y in view.censuses if view.origin < y <= last):
        # other draws of the same noise: as good as new, and models still share their luck
        turn = draws // 2 + number * max(draws // 7, 1)
        step = _resampled(provinces, common)[view.groups] + _resampled(own, single)
        found.append((year, np.roll(step, turn, axis=1)))
    return tuple(found)


@lru_cache(maxsize=4)
def _before(
    view: InformationSet, classes: SizeClasses, history: int
) -> dict[int, tuple[Floats, Ints]]:
    """Unrest and size class of every unit at past origins, ascending; alike for all models."""
    found = {}
    for origin in range(view.years[0] + history, view.origin + 1):
        then = view.until(origin)
        found[origin] = (_unrest(then), classes.of(then.at(origin)))
    return found


def _unrest(view: InformationSet) -> Floats:
    """Factor of a unit's errors: half one, half its restlessness over the median unit's."""
    own = restlessness(view)
    ratio = np.minimum(own / np.median(own), RESTLESS)
    return np.asarray((1 + ratio) / 2)


def _power(sizes: dict[int, float]) -> float:
    """Power of the horizon with which typical errors grow, between 0.5 and 1."""
    if len(sizes) < 2:
        return 1.0
    slope = np.polyfit(np.log(list(sizes)), np.log(list(sizes.values())), 1)[0]
    return float(np.clip(slope, 0.5, 1.0))


class _Lookup:
    """Residuals at normal scores times a scale, by class of city, looked up on a fine grid."""

    def __init__(self, spread: Spread, scale: float, classes: Ints) -> None:
        low, part = _grid()
        tables = [spread.table(number) for number in range(len(spread.pools))]
        fine = [table[low] + part * (table[low + 1] - table[low]) for table in tables]
        self._table = np.concatenate(fine)
        self._first = (classes * (FINE + 1))[:, None]
        self._cells = FINE / (2 * FARTHEST * scale)

    def __call__(self, scores: Floats, rows: slice) -> Floats:
        """Residuals of some cities, the shape of their scores."""
        place = scores * self._cells
        place += FINE / 2 + 0.5
        np.clip(place, 0, FINE, out=place)
        cell = place.astype(np.intp)
        cell += self._first[rows]
        return self._table.take(cell, out=place, mode="clip")


def _sum(steps: list[Floats], rows: slice) -> Floats:
    """Of some cities, added up in a new array."""
    total = steps[0][rows].copy()
    for more in steps[1:]:
        total += more[rows]
    return total


@cache
def _grid() -> tuple[Ints, Floats]:
    """Cells of a spread's table in which the fine grid of normal scores lies, and where there."""
    return table_cells(special.ndtr(np.linspace(-FARTHEST, FARTHEST, FINE + 1)))


def _resampled(pool: Floats, chance: Floats) -> Floats:
    """Values of a sorted pool at some chances, shape of `chance`."""
    place = np.minimum((chance * len(pool)).astype(np.intp), len(pool) - 1)
    return np.asarray(pool[place])
