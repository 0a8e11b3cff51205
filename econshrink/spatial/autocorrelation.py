"""Moran's I, global and local, with permutation inference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import ndtr

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.inference.resampling import Resampling
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.spatial.neighbours import Neighbours

BATCH = 256  # permutations at a time: keeps memory near batch × n
KEYS_AT_ONCE = 4_000_000  # random numbers held at a time


@dataclass(frozen=True, repr=False, kw_only=True)
class MoranI(HypothesisTest):
    """Global Moran's I with its moments and p-values.

    ``statistic`` is I = (n / S0) z'Wz / z'z with z the deviations from the mean. ``p_value`` is
    two-sided: twice the smaller tail of the permutation distribution with the observed value
    counted, at most 1; without permutations it is ``p_normal``.

    Parameters
    ----------
    expectation, std_error : float
        -1 / (n - 1) and the standard deviation under randomisation (Cliff and Ord 1981), both
        in closed form.
    p_normal : float
        Two-sided, from the normal approximation with these moments.
    permutations : int
    units : int
    left_out : tuple of str
        Cities without any neighbour among those the weights were built for.
    """

    expectation: float
    std_error: float
    p_normal: float
    permutations: int
    units: int
    left_out: tuple[str, ...]


def moran(
    values: pd.Series,
    neighbours: Neighbours,
    resampling: Resampling | None = Resampling(999),  # noqa: B008
) -> MoranI:
    """Global Moran's I of a variable.

    Parameters
    ----------
    values : Series
        City -> figure. Its cities must be those of `neighbours`, except isolated ones: build
        the weights for the cities that have a figure, since dropping a city later would leave
        rows that no longer sum to one.
    neighbours : Neighbours
    resampling : Resampling, optional
        Permutations; None leaves them out.

    Returns
    -------
    MoranI

    Raises
    ------
    DataError
        A city without a figure, or a variable without variance.

    Source: Moran 1950; Cliff and Ord 1981.

    Examples
    --------
    >>> pairs = pd.DataFrame({"city_a": ["a", "b", "c"], "city_b": ["b", "c", "d"]})
    >>> line = Neighbours.from_pairs(pairs, row_standardised=False)
    >>> values = pd.Series([1.0, 2.0, 3.0, 4.0], index=list("abcd"))
    >>> round(moran(values, line, None).statistic, 6)
    0.333333
    """
    z = _deviations(values, neighbours)
    w = neighbours.matrix
    s0 = float(w.sum())
    scale = len(z) / s0 / float(z @ z)
    observed = float(scale * (z @ (w @ z)))
    expectation, spread = _moments(z, w)
    p_normal = float(2 * ndtr(-abs(observed - expectation) / spread))
    p, permutations, note = p_normal, 0, "normal approximation"
    if resampling is not None:
        chosen = resampling.plain("Moran's I")
        permutations, note = chosen.draws, f"{chosen.draws} permutations"
        rng = chosen.generator("moran")
        drawn = np.concatenate(
            [scale * _quadratic(w, shuffled) for shuffled in _shuffles(z, rng, permutations)]
        )
        p = _two_sided(int((drawn >= observed).sum()), int((drawn <= observed).sum()), permutations)
    return MoranI(
        name="Moran's I",
        null="no spatial autocorrelation",
        statistic=observed,
        df=float("nan"),
        p_value=p,
        note=note,
        expectation=expectation,
        std_error=spread,
        p_normal=p_normal,
        permutations=permutations,
        units=len(z),
        left_out=neighbours.isolated,
    )


def local_moran(
    values: pd.Series,
    neighbours: Neighbours,
    resampling: Resampling = Resampling(9999),  # noqa: B008
    false_discovery: float = 0.05,
) -> pd.DataFrame:
    """Local indicators of spatial association with conditional permutation inference.

    I_i = z_i sum_j w_ij z_j / m2 with m2 = z'z / n (others divide by
    n - 1). Under the null the value of city i stays and those of its neighbours are drawn
    without replacement from the others.

    Parameters
    ----------
    values, neighbours
        As for `moran`.
    resampling : Resampling
        At least 99 permutations. The smallest possible p-value is 2 /
        (permutations + 1): with n cities, fewer than 2 n / false_discovery permutations cannot
        mark a single city significant on its own.
    false_discovery : float
        Rate for ``significant`` (Benjamini and Hochberg).

    Returns
    -------
    DataFrame
        Index city: ``local_i``, ``lag`` (weighted mean of the neighbours' deviations),
        ``quadrant`` (``high-high``, ``low-low``, ``high-low``, ``low-high``: own value, then
        neighbours'), ``p_value`` (two-sided), ``p_adjusted`` and ``significant``.

    Source: Anselin 1995; Benjamini and Hochberg 1995.
    """
    permutations = resampling.plain("local indicators").draws
    rng = resampling.generator("local_moran")
    if permutations < 99:
        seen = f"{permutations} permutations"
        raise SpecError(Fault(seen, "at least 99", "Raise the number."))
    z = _deviations(values, neighbours)
    w = neighbours.matrix
    lag = w @ z
    second = float(z @ z) / len(z)
    local = z * lag / second
    chosen = _neighbours_drawn(len(z), int(np.diff(w.indptr).max()), rng, permutations)
    p = np.array([_local_p(z, i, w, lag[i], chosen) for i in range(len(z))])
    high, near = z > 0, lag > 0
    quadrant = np.select(
        [high & near, ~high & ~near, high & ~near], ["high-high", "low-low", "high-low"], "low-high"
    )
    adjusted = _benjamini_hochberg(p)
    return pd.DataFrame(
        {
            "local_i": local,
            "lag": lag,
            "quadrant": quadrant,
            "p_value": p,
            "p_adjusted": adjusted,
            "significant": adjusted <= false_discovery,
        },
        index=pd.Index(neighbours.cities, name="city"),
    )


def _deviations(values: pd.Series, neighbours: Neighbours) -> Floats:
    figures = values.reindex(list(neighbours.cities)).to_numpy(dtype=float)
    absent = [c for c, v in zip(neighbours.cities, figures, strict=True) if not np.isfinite(v)]
    if absent:
        raise DataError(
            Fault(
                f"no figure for {len(absent)} cities ({', '.join(absent[:5])} …)",
                "a figure for every city of the weights",
                "Build the weights with cities=values.dropna().index.",
            )
        )
    z: Floats = figures - figures.mean()
    if not float(z @ z) > 0:
        raise DataError(Fault("a variable without variance", "values that differ", "Check it."))
    return z


def _moments(z: Floats, w: sparse.csr_array) -> tuple[float, float]:
    """Mean and standard deviation of I over all permutations of the values."""
    n = len(z)
    s0 = float(w.sum())
    both = w + w.T
    s1 = float((both.multiply(both)).sum()) / 2
    sums = np.asarray(w.sum(axis=0)).ravel() + np.asarray(w.sum(axis=1)).ravel()
    s2 = float(sums @ sums)
    kurtosis = float((z**4).mean() / (z**2).mean() ** 2)
    return moran_moments(n, s0, s1, s2, kurtosis)


def moran_moments(n: int, s0: float, s1: float, s2: float, kurtosis: float) -> tuple[float, float]:
    """Mean and standard deviation of I under randomisation (Cliff and Ord 1981).

    Takes the sums S0, S1, S2 of the weights and the fourth standardised moment of the values.
    """
    mean = -1 / (n - 1)
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    second = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    square = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2)
    return mean, float(np.sqrt(square - mean**2))


def _shuffles(z: Floats, rng: np.random.Generator, count: int) -> list[Floats]:
    """Batches of permuted columns, shape (n, batch)."""
    sizes = [min(BATCH, count - start) for start in range(0, count, BATCH)]
    return [np.asarray(rng.permuted(np.tile(z, (size, 1)), axis=1)).T for size in sizes]


def _quadratic(w: sparse.csr_array, columns: Floats) -> Floats:
    product: Floats = (columns * (w @ columns)).sum(axis=0)
    return product


def _neighbours_drawn(cities: int, most: int, rng: np.random.Generator, permutations: int) -> Ints:
    """Positions of `most` others without replacement, in random order, one row a permutation."""
    nearest = np.empty((permutations, most), dtype=np.intp)
    rows = max(1, KEYS_AT_ONCE // cities)  # the same draws in blocks, whatever their size
    for start in range(0, permutations, rows):
        part = nearest[start : start + rows]
        keys = rng.random((len(part), cities - 1))
        part[:] = np.argpartition(keys, most - 1, axis=1)[:, :most]
    return np.asarray(rng.permuted(nearest, axis=1), dtype=np.intp)


def _local_p(z: Floats, i: int, w: sparse.csr_array, lag: float, chosen: Ints) -> float:
    """Two-sided p-value; every city uses the same draws, which leaves each p-value valid."""
    weights = w.data[w.indptr[i] : w.indptr[i + 1]]
    drawn = np.delete(z, i)[chosen[:, : len(weights)]] @ weights
    return _two_sided(int((drawn >= lag).sum()), int((drawn <= lag).sum()), len(chosen))


def _two_sided(above: int, below: int, permutations: int) -> float:
    return min(1.0, 2 * (min(above, below) + 1) / (permutations + 1))


def _benjamini_hochberg(p: Floats) -> Floats:
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
