"""The observation layer: true figures to published ones, damaged the way real series are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.seeds import generator
from econshrink.lab.country.path import Path
from econshrink.lab.settings import LabSettings, ObservationSettings

Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Releases:
    """Everything that is ever published about population, arrays of shape (T, n).

    Parameters
    ----------
    census : ndarray
        Census figures on the boundary of the first year, missing in other years.
    first : ndarray
        First release of each year's figure.
    first_status : ndarray of text
        What the first release truly is, in the vocabulary of cell statuses.
    first_known : ndarray of int
        Year whose publication brings the first release: its own, or a later one where the
        compiler filled the cell from a later figure.
    revised : ndarray
        The figure after the next census, where the province revises; missing elsewhere.
    revised_in : ndarray of int, shape (T, n)
        Year of the census whose publication brings the revision.
    """

    census: Floats
    first: Floats
    first_status: Texts
    first_known: NDArray[np.int64]
    revised: Floats
    revised_in: NDArray[np.int64]


def make_releases(settings: LabSettings, path: Path, seed: int) -> Releases:
    """Publish the population of a true path; each defect has its own generator.

    Between censuses an affected city's published log growth is ``(1 - s) d ln P + s w d ln N``,
    with s its smoothing, ``d ln N`` its natural increase and w the `natural_weight`: the office
    counts births and deaths but misses migration. Each census replaces the level. The order of the
    defects is: smoothing and rebasing, level noise, boundary gains, registered cells, unit slips,
    interpolation, gaps.
    """
    options = settings.observation
    years = np.array(settings.years)
    true = path.series["population"]
    census = census_figures(options, years, true)
    missed = smoothing(settings, path, seed)
    level = annual_level(options, census, true, natural_growth(path), missed)
    is_census = ~np.isnan(census)
    status = np.full(true.shape, "reported", dtype=object)
    status[1:][is_census[1:]] = "rebased"
    noise = _normal("level", seed, true.shape) * options.level_noise
    level = np.rint(level * np.exp(np.where(is_census, 0.0, noise)))
    revised, revised_in = revisions(options, years, census, level, path, seed)
    gain = boundary_gains(options, true.shape, seed)
    level, revised = np.rint(level * gain), np.rint(revised * gain)
    status[1:][gain[1:] != gain[:-1]] = "rebased"
    level, status = _single_cells(options, path, level, status, is_census, seed)
    level, status, filled, gap = _early_years(options, years, level, status, is_census, seed)
    revised[filled | gap] = np.nan
    anchor = years[min(options.hold_years, len(years) - 1)]
    known = np.where(filled, anchor, years[:, None])
    return Releases(census, level, status, known, revised, revised_in)


def census_figures(options: ObservationSettings, years: NDArray[np.int64], true: Floats) -> Floats:
    """Census counts, shape (T, n): the truth less the stated undercount, missing between."""
    figures = np.full(true.shape, np.nan)
    for year, missed in zip(options.census_years, options.undercount, strict=True):
        row = years == year
        figures[row] = np.rint(true[row] * (1.0 - missed))
    return figures


def natural_growth(path: Path) -> Floats:
    """Log growth by births and deaths alone, shape (T, n); row 0 is zero."""
    start = path.series["population"][:-1]
    excess = path.series["births"][1:] - path.series["deaths"][1:]
    return np.vstack([np.zeros((1, start.shape[1])), np.log1p(excess / start)])


def smoothing(settings: LabSettings, path: Path, seed: int) -> Floats:
    """Share of true growth that each city's annual figures miss, shape (n,)."""
    regions = settings.places.regions
    strength = np.array([r.smoothing for r in regions])[path.places.region]
    share = np.array([r.smoothed_share for r in regions])[path.places.region]
    chance = generator("lab.observe.smoothed", seed).random(path.places.count)
    hit = (chance < share) & settings.observation.smooth
    return np.asarray(np.where(hit, strength, 0.0), dtype=np.float64)


def annual_level(
    options: ObservationSettings, census: Floats, true: Floats, natural: Floats, missed: Floats
) -> Floats:
    """Published level: the last census carried forward by published growth, shape (T, n).

    Examples
    --------
    >>> census = np.array([[100.0], [np.nan], [120.0]])
    >>> true = np.array([[100.0], [110.0], [120.0]])
    >>> annual_level(
    ...     ObservationSettings(), census, true, np.zeros((3, 1)), np.array([1.0])).ravel()
    array([100., 100., 120.])
    """
    growth = np.diff(np.log(true), axis=0, prepend=np.log(true[:1]))
    shown = (1.0 - missed) * growth + missed * options.natural_weight * natural
    level = np.empty_like(true)
    level[0] = census[0]
    for t in range(1, len(true)):
        level[t] = np.where(np.isnan(census[t]), level[t - 1] * np.exp(shown[t]), census[t])
    return level


def revisions(
    options: ObservationSettings,
    years: NDArray[np.int64],
    census: Floats,
    level: Floats,
    path: Path,
    seed: int,
) -> tuple[Floats, NDArray[np.int64]]:
    """Figures that provinces publish after a census: the first release tilted to meet it.

    The last first release before the census, carried on by its own last growth, gives the old
    base in the census year; the log gap to the census is spread evenly over the years between.
    """
    provinces = len(path.places.province_names)
    chance = generator("lab.observe.revision", seed).random(provinces)
    revises = (chance < options.revision_share)[path.places.province]
    figures = np.full(level.shape, np.nan)
    when = np.full(level.shape, np.iinfo(np.int32).max, dtype=np.int64)
    places = [int(np.flatnonzero(years == y)[0]) for y in options.census_years if y in years]
    for start, stop in itertools.pairwise(places):
        if stop - start < 2:
            continue
        old_base = 2 * np.log(level[stop - 1]) - np.log(level[stop - 2])
        gap = np.log(census[stop]) - old_base
        weight = (np.arange(start + 1, stop) - start)[:, None] / (stop - start)
        between = slice(start + 1, stop)
        figures[between] = np.where(revises, level[between] * np.exp(weight * gap), np.nan)
        when[between] = np.where(revises, years[stop], when[between])
    return figures, when


def boundary_gains(options: ObservationSettings, shape: tuple[int, ...], seed: int) -> Floats:
    """Factor of the published territory over the first year's, shape (T, n): a step or one."""
    steps, cities = shape
    rng = generator("lab.observe.boundary", seed)
    hit = rng.random(cities) < options.boundary_share
    size = options.boundary_gain * rng.uniform(0.5, 1.5, cities)
    moment = 1 + np.floor(rng.random(cities) * 24).astype(np.int64)
    after = np.arange(steps)[:, None] >= moment
    return np.asarray(np.where(hit & after, 1.0 + size, 1.0), dtype=np.float64)


def _single_cells(
    options: ObservationSettings,
    path: Path,
    level: Floats,
    status: Texts,
    is_census: Flags,
    seed: int,
) -> tuple[Floats, Texts]:
    """Cells with the registered population and cells with a unit slip."""
    shape = level.shape
    registered = _chance("registered", seed, shape) < options.registered_share
    registered &= ~is_census
    slip = (_chance("slip", seed, shape) < options.spike_share) & ~is_census & ~registered
    factor = np.where(_chance("slip.sign", seed, shape) < 0.5, 10.0, 0.1)
    level = np.where(registered, path.series["hukou_population"], level)
    level = np.rint(np.where(slip, level * factor, level))
    status = np.where(registered, "wrong_concept", np.where(slip, "suspect", status))
    return level, status


def _early_years(
    options: ObservationSettings,
    years: NDArray[np.int64],
    level: Floats,
    status: Texts,
    is_census: Flags,
    seed: int,
) -> tuple[Floats, Texts, Flags, Flags]:
    """First years filled by straight lines, and gaps; then the cells filled and the gaps."""
    steps, cities = level.shape
    filled = _chance("interpolated", seed, (cities,)) < options.interpolated_share
    last = min(options.hold_years, steps - 1)
    weight = np.arange(steps)[:, None] / last
    line = np.rint(level[0] + weight * (level[last] - level[0]))
    inside = (np.arange(steps) > 0) & (np.arange(steps) < last)
    cells = inside[:, None] & filled & ~is_census
    level = np.where(cells, line, level)
    status = np.where(cells, "interpolated", status)
    gap = _chance("missing", seed, level.shape) < options.missing_share
    gap &= (years[:, None] < options.missing_before) & ~is_census
    level = np.where(gap, np.nan, level)
    status = np.where(gap, None, status)  # type: ignore[call-overload]
    return level, status, cells & ~gap, gap


def _normal(name: str, seed: int, shape: tuple[int, ...]) -> Floats:
    return generator(f"lab.observe.{name}", seed).standard_normal(shape)


def _chance(name: str, seed: int, shape: tuple[int, ...]) -> Floats:
    return generator(f"lab.observe.{name}", seed).random(shape)
