"""Migration before the first census of ages: levels and shocks from totals alone."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.demography.ageing import SurvivalRatios
from econshrink.demography.projection.migration import MigrationProcess
from econshrink.nouns.ages import AgeStructure

LEAST_CITIES = 3  # with growth in both steps, to fit a slope and a spread


def levels_between(
    ages: AgeStructure, before: Floats, ratios: SurvivalRatios, groups: Ints
) -> Floats:
    """Net migration rate of a step before a census of ages, from an earlier total.

    Parameters
    ----------
    ages : AgeStructure
        At the end of the ratios' horizon, groups of their width up to an open one.
    before : ndarray, shape (n,)
        Persons at its start; NaN where there is no figure.
    ratios : SurvivalRatios
        National.
    groups : ndarray of int, shape (n,)
        Provinces.

    Returns
    -------
    ndarray, shape (n,)
        ``(R / B)^(1/k) - 1``, k steps: B the persons there were, R those of whom the counted are
        the survivors if nobody moved (reverse survival). B is first scaled so that it adds up to
        R over the units with a figure: nobody came into the nation, and a census that counted too
        few, or ratios that are off, cancel. Units without a figure get the mean of their province,
        or zero.

    Raises
    ------
    DataError
        Ages at another time, figures not above zero, or none at all.

    Notes
    -----
    United Nations (1967), *Manual IV*, on reverse survival. Those born since count where they
    live, as in `step_levels`.

    Examples
    --------
    >>> ratios = SurvivalRatios(2005, 5, np.full((1, 2, 3), 0.5), np.ones((1, 2)))
    >>> ages = AgeStructure(("a", "b"), 2010, (0, 5, 10), np.array([[[9, 3, 2], [9, 3, 2]],
    ...                                                            [[9, 2, 3], [9, 2, 3]]]))
    >>> levels_between(ages, np.array([16.0, 24.0]), ratios, np.array([0, 0])).round(3).tolist()
    [0.25, -0.167]
    """
    steps = len(ratios.steps)
    shape = np.shape(before)
    faults = []
    if ages.year != ratios.year + ratios.horizon:
        seen = f"ages of {ages.year}, survival from {ratios.year} over {ratios.horizon} years"
        faults.append(Fault(seen, "ages at the end of it", "Choose other ratios."))
    if shape != (len(ages.cities),) or shape != np.shape(groups):
        seen = f"figures of shape {shape} and {np.shape(groups)} for {len(ages.cities)} units"
        faults.append(Fault(seen, "one a unit", "Align them."))
    elif np.isnan(before).all() or (before[~np.isnan(before)] <= 0).any():
        faults.append(Fault("no figures, or some not above zero", "persons", "Mend them."))
    raise_all(DataError, faults)
    alive = ratios.forward(ages.lower[: len(ages.lower) - steps])
    were = (ages.persons[:, :, steps:] / alive).sum(axis=(1, 2))
    known = ~np.isnan(before)
    scale = were[known].sum() / before[known].sum()
    level = (were / (scale * before)) ** (1 / steps) - 1
    return np.where(known, level, np.nan_to_num(own_group_mean(level, groups)))


def process_from_steps(first: Floats, second: Floats, groups: Ints) -> MigrationProcess:
    """Persistence and shocks of a step's rates from growth over two consecutive steps.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Log growth; NaN where there is none.
    groups : ndarray of int, shape (n,)
        Provinces.

    Returns
    -------
    MigrationProcess
        Persistence: slope of the second on the first within provinces, from 0 to 1. City shock:
        what the slope leaves. Province shock: spread of the provinces' change of mean, less what
        cities explain. Growth stands in for migration.

    Raises
    ------
    DataError
        Fewer than three cities with both.

    Examples
    --------
    >>> first = np.array([0.0, 0.1, 0.2, 0.3])
    >>> process = process_from_steps(first, 0.5 * first, np.zeros(4, dtype=int))
    >>> round(process.persistence, 6), round(process.sd_city, 6), process.sd_province
    (0.5, 0.0, 0.0)
    """
    known = np.isfinite(first) & np.isfinite(second)
    if known.sum() < LEAST_CITIES:
        seen = f"{int(known.sum())} cities with growth in both steps"
        raise DataError(Fault(seen, "three or more", "Use more cities."))
    codes = np.unique(groups[known], return_inverse=True)[1]
    x = first[known] - own_group_mean(first[known], codes)
    y = second[known] - own_group_mean(second[known], codes)
    slope = float(np.clip(x @ y / (x @ x), 0.0, 1.0)) if x.any() else 0.0
    counts = np.bincount(codes)
    spread = float(((y - slope * x) ** 2).sum() / max(len(y) - len(counts) - 1, 1))
    between = 0.0
    if len(counts) > 2:
        change = np.bincount(codes, (second - first)[known]) / counts
        between = max(float(change.var(ddof=1)) - spread * float(np.mean(1 / counts)), 0.0)
    return MigrationProcess(slope, float(np.sqrt(between)), float(np.sqrt(spread)))
