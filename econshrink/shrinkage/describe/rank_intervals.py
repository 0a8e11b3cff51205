"""How far the rank of a city in a composite index moves with the sample and the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_generator
from econshrink.shrinkage.describe.index import EqualWeights, Weighting, composite_index, normalise


@dataclass(frozen=True)
@typed_fields
class ResampleRows:
    """Weights learnt anew on rows drawn with replacement; every row is then scored with them.

    Shows how data-dependent weights are. Under `EqualWeights` or `GivenWeights` nothing moves.

    Parameters
    ----------
    draws : int
    """

    draws: int = 1000


@dataclass(frozen=True)
@typed_fields
class DirichletWeights:
    """Weights drawn from a Dirichlet distribution around those of the weighting.

    Shape parameter w_j * `concentration`: the larger it is, the closer the draws stay; the
    number of indicators with equal weights is uniform over all weights.

    Parameters
    ----------
    draws : int
    concentration : float
    """

    draws: int = 1000
    concentration: float = 20.0


def rank_intervals(
    table: pd.DataFrame,
    signs: Mapping[str, int],
    weighting: Weighting,
    scheme: ResampleRows | DirichletWeights,
    rng: Rng = None,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Interval of each row's rank under other samples or other weights.

    Parameters
    ----------
    table, signs, weighting
        As for `econshrink.shrinkage.describe.index.composite_index`.
    scheme : ResampleRows or DirichletWeights
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.
    level : float

    Returns
    -------
    DataFrame
        Index of `table`: ``index``, ``rank`` (1 the most shrinking), ``rank_low`` and
        ``rank_high`` (quantiles of the drawn ranks) and ``rank_equal`` (under equal weights).

    Raises
    ------
    SpecError
        No draws, a level outside 0 … 1, or a concentration of 0 or less.

    Examples
    --------
    >>> table = pd.DataFrame({"loss": [0.0, 0.1, 0.2], "income": [30.0, 20.0, 10.0]})
    >>> found = rank_intervals(table, {"loss": 1, "income": -1}, EqualWeights(),
    ...     DirichletWeights(50), np.random.default_rng(1))
    >>> found[["rank", "rank_low", "rank_high"]].values.tolist()
    [[3, 3, 3], [2, 2, 2], [1, 1, 1]]
    """
    if scheme.draws < 1 or not 0 < level < 1:
        seen = f"draws {scheme.draws}, level {level}"
        raise SpecError(Fault(seen, "at least one draw and a level in 0 … 1", "Mend it."))
    point = composite_index(table, signs, weighting)
    x = normalise(table, signs).to_numpy()
    drawn = _weights(
        x,
        point.weights.to_numpy(),
        weighting,
        scheme,
        as_generator(rng, "shrinkage.rank_intervals"),
    )
    ranks = rankdata(-(x @ drawn.T), method="min", axis=0)
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=1, method="inverted_cdf")
    return pd.DataFrame(
        {
            "index": point.values,
            "rank": point.ranks,
            "rank_low": low.astype(int),
            "rank_high": high.astype(int),
            "rank_equal": composite_index(table, signs, EqualWeights()).ranks,
        },
        index=table.index,
    )


def _weights(
    x: Floats,
    weights: Floats,
    weighting: Weighting,
    scheme: ResampleRows | DirichletWeights,
    rng: np.random.Generator,
) -> Floats:
    """Drawn weights, shape (draws, indicators)."""
    if isinstance(scheme, DirichletWeights):
        if not scheme.concentration > 0:
            seen = f"concentration {scheme.concentration}"
            raise SpecError(Fault(seen, "above 0", "Mend it."))
        shape = np.maximum(weights * scheme.concentration, 1e-9)
        return rng.dirichlet(shape, scheme.draws)
    rows = rng.integers(0, len(x), (scheme.draws, len(x)))
    return np.array([weighting.weigh(x[chosen]) for chosen in rows])
