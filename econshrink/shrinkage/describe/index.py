"""Composite index of shrinkage: normalise, weigh, rank, and say how sure the ranks are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, SpecError, raise_all


class Weighting(Protocol):
    """How weights follow from normalised indicators."""

    def weigh(self, scores: Floats) -> Floats:
        """Weights of the columns, at least 0, sum 1; `scores` has shape (rows, indicators)."""
        ...


@dataclass(frozen=True)
class EqualWeights:
    """The same weight for every indicator."""

    def weigh(self, scores: Floats) -> Floats:
        """One over the number of indicators."""
        return np.full(scores.shape[1], 1 / scores.shape[1])


@dataclass(frozen=True)
class GivenWeights:
    """Weights set by the user.

    Parameters
    ----------
    weights : tuple of float
        In the order of the indicators, at least 0; scaled to sum 1.
    """

    weights: tuple[float, ...]

    def weigh(self, scores: Floats) -> Floats:
        """The given weights."""
        given = np.array(self.weights, dtype=float)
        if len(given) != scores.shape[1] or (given < 0).any() or not given.sum() > 0:
            seen = f"weights {self.weights} for {scores.shape[1]} indicators"
            raise SpecError(Fault(seen, "one weight of 0 or more an indicator", "Mend them."))
        weights: Floats = given / given.sum()
        return weights


@dataclass(frozen=True)
class EntropyWeights:
    """Entropy weights: an indicator that hardly differs between rows hardly counts.

    With p_ij = x_ij / sum_i x_ij and e_j = -sum_i p_ij ln p_ij / ln n (0 ln 0 = 0),
    w_j = (1 - e_j) / sum (1 - e).

    Source: Shannon 1948; usual in Chinese studies of urban shrinkage.
    """

    def weigh(self, scores: Floats) -> Floats:
        """Weights from the dispersion of each column."""
        total = scores.sum(axis=0)
        p = scores / np.where(total > 0, total, 1.0)
        logs = np.log(np.where(p > 0, p, 1.0))
        entropy = -(p * logs).sum(axis=0) / np.log(len(scores))
        return _shares(1 - entropy)


@dataclass(frozen=True)
class CriticWeights:
    """CRITIC: spread of an indicator times its conflict with the others.

    w_j proportional to s_j sum_k (1 - r_jk), s the standard deviation, r the correlation.

    Source: Diakoulaki, Mavrotas and Papayannakis 1995.
    """

    def weigh(self, scores: Floats) -> Floats:
        """Weights from spread and correlation."""
        spread = scores.std(axis=0, ddof=1)
        correlation = np.corrcoef(scores, rowvar=False)
        return _shares(spread * (1 - correlation).sum(axis=0))


@dataclass(frozen=True)
class PrincipalWeights:
    """Squared loadings of the first principal component of the correlation matrix.

    Squares sum to one and cannot be negative, so the index keeps the direction of every
    indicator; an indicator that loads against its sign shows in `principal_component`.

    Source: Hotelling 1933; Nicoletti, Scarpetta and Boylaud 2000 for squared loadings.
    """

    def weigh(self, scores: Floats) -> Floats:
        """Squared loadings."""
        return _shares(principal_component(scores)[0] ** 2)


def principal_component(scores: Floats) -> tuple[Floats, float]:
    """Loadings of the first component of the correlation matrix, and its share of variance.

    The sign is set so that the loadings sum to a positive number.
    """
    values, vectors = np.linalg.eigh(np.corrcoef(scores, rowvar=False))
    first = vectors[:, -1] * (1 if vectors[:, -1].sum() >= 0 else -1)
    return first, float(values[-1] / values.sum())


def normalise(table: pd.DataFrame, signs: Mapping[str, int]) -> pd.DataFrame:
    """Scale every indicator to 0 … 1 over all rows at once, 1 meaning more shrinkage.

    Rows of all years are pooled, so that an index of 2010 and one of 2020 can be compared. `signs`
    is +1 where a larger figure means more shrinkage and -1 where it means less; its keys choose the
    columns. `DataError` if one is absent, has gaps or does not vary, or a sign is neither.
    """
    raise_all(DataError, _faults(table, signs))
    values = table[list(signs)].to_numpy(dtype=float) * np.array(list(signs.values()))
    low, high = values.min(axis=0), values.max(axis=0)
    return pd.DataFrame((values - low) / (high - low), index=table.index, columns=list(signs))


@dataclass(frozen=True, eq=False)
class CompositeIndex:
    """An index with its weights and what each indicator adds.

    Parameters
    ----------
    values : Series
        0 … 1, 1 the most shrinking.
    weights : Series
        Indicator -> weight, sum 1.
    variance_shares : Series
        Indicator -> w_j cov(x_j, index) / var(index): sums to 1 (the Shapley value of an
        additive index); negative where an indicator works against the index.
    scores : DataFrame
        Normalised indicators.
    """

    values: pd.Series
    weights: pd.Series
    variance_shares: pd.Series
    scores: pd.DataFrame

    @property
    def ranks(self) -> pd.Series:
        """Rank 1 for the most shrinking row; ties share the smallest rank."""
        return self.values.rank(ascending=False, method="min").astype(int)


def composite_index(
    table: pd.DataFrame, signs: Mapping[str, int], weighting: Weighting
) -> CompositeIndex:
    """Weighted mean of normalised indicators.

    Never regress the index on its own indicators: it is a function of them.

    Parameters
    ----------
    table, signs
        As for `normalise`.
    weighting : Weighting
        `EntropyWeights()`, `CriticWeights()`, `PrincipalWeights()`, `EqualWeights()` or
        `GivenWeights(...)`.

    Returns
    -------
    CompositeIndex

    Examples
    --------
    >>> table = pd.DataFrame({"loss": [0.0, 0.1, 0.2], "income": [30.0, 10.0, 20.0]})
    >>> composite_index(table, {"loss": 1, "income": -1}, EqualWeights()).values.tolist()
    [0.0, 0.75, 0.75]
    """
    scores = normalise(table, signs)
    x = scores.to_numpy()
    weights = weighting.weigh(x)
    index = x @ weights
    centred = index - index.mean()
    parts = weights * (centred @ (x - x.mean(axis=0))) / (centred @ centred)
    names = list(signs)
    return CompositeIndex(
        pd.Series(index, index=table.index, name="index"),
        pd.Series(weights, index=names, name="weight"),
        pd.Series(parts, index=names, name="variance_share"),
        scores,
    )


def topsis(table: pd.DataFrame, signs: Mapping[str, int], weighting: Weighting) -> pd.Series:
    """Closeness to the worst case: distance from the best over the sum of both distances.

    With v_ij = w_j x_ij on normalised indicators, d+ the Euclidean distance to the largest and
    d- to the smallest of each column: d- / (d+ + d-), 1 for a row that is the most shrinking in
    everything.

    Parameters
    ----------
    table, signs, weighting
        As for `composite_index`.

    Source: Hwang and Yoon 1981.

    Examples
    --------
    >>> table = pd.DataFrame({"loss": [0.0, 0.1, 0.2], "income": [30.0, 20.0, 10.0]})
    >>> topsis(table, {"loss": 1, "income": -1}, EqualWeights()).tolist()
    [0.0, 0.5, 1.0]
    """
    x = normalise(table, signs).to_numpy()
    v = x * weighting.weigh(x)
    worst = np.sqrt(((v - v.max(axis=0)) ** 2).sum(axis=1))
    best = np.sqrt(((v - v.min(axis=0)) ** 2).sum(axis=1))
    return pd.Series(best / (best + worst), index=table.index, name="closeness")


def _shares(raw: Floats) -> Floats:
    total = float(raw.sum())
    if not total > 0:
        seen = "indicators that this weighting cannot tell apart"
        raise SpecError(Fault(seen, "some dispersion", "Use EqualWeights()."))
    shares: Floats = raw / total
    return shares


def _faults(table: pd.DataFrame, signs: Mapping[str, int]) -> list[Fault]:
    if len(signs) < 2 or len(table) < 3:
        seen = f"{len(signs)} indicators and {len(table)} rows"
        return [Fault(seen, "at least two indicators and three rows", "Add some.")]
    faults = []
    for name, sign in signs.items():
        where = f"indicator {name}"
        if name not in table.columns:
            faults.append(Fault("no such column", ", ".join(map(str, table)), "Add it.", where))
            continue
        if sign not in {1, -1}:
            faults.append(Fault(f"sign {sign}", "1 or -1", "Mend the sign.", where))
        values = values_of(table[name])
        gaps = int((~np.isfinite(values)).sum())
        if gaps:
            faults.append(Fault(f"{gaps} gaps", "a figure in every row", "Drop rows first.", where))
        elif np.ptp(values) == 0:
            faults.append(Fault("one value throughout", "values that differ", "Drop it.", where))
    return faults
