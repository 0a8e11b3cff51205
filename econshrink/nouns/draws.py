"""Draws: numbers found again in every resample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True, eq=False)
class Draws:
    """Values of one or several terms in each of B resamples.

    Parameters
    ----------
    terms : tuple of str, length k
    values : ndarray, shape (B, k)
        A draw with NaN is not usable; it is kept, counted, and left out of all summaries.
    method : str
        How the draws were made, in words, such as ``"pairs cluster bootstrap by city, 999 draws,
        seed 1"``.

    Raises
    ------
    DataError
        Values of another shape.

    Examples
    --------
    >>> draws = Draws(("x",), np.array([[1.0], [3.0], [np.nan]]), "by hand")
    >>> draws.lost, draws.column("x").tolist(), float(draws.std_errors[0].round(3))
    (1, [1.0, 3.0], 1.414)
    """

    terms: tuple[str, ...]
    values: Floats
    method: str

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        object.__setattr__(self, "values", values)
        if values.ndim != 2 or values.shape[1] != len(self.terms):
            seen = f"values of shape {values.shape} for {len(self.terms)} terms"
            fault = Fault(seen, "shape (draws, terms)", "Give one column a term.")
            raise_all(DataError, [fault])

    def __len__(self) -> int:
        return len(self.values)

    @property
    def usable(self) -> Floats:
        """Draws without NaN, shape (≤ B, k)."""
        return np.asarray(self.values[np.isfinite(self.values).all(axis=1)])

    @property
    def lost(self) -> int:
        """Number of draws that are not usable."""
        return len(self.values) - len(self.usable)

    @property
    def covariance(self) -> Floats:
        """Covariance of the usable draws about their mean, shape (k, k)."""
        return symmetric(np.atleast_2d(np.cov(self.usable, rowvar=False)))

    @property
    def std_errors(self) -> Floats:
        """Standard deviations of the usable draws, shape (k,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def column(self, term: str) -> Floats:
        """Usable draws of one term, shape (≤ B,)."""
        if term not in self.terms:
            known = ", ".join(self.terms)
            raise DataError(Fault(f"no term '{term}'", f"one of {known}", "Check the spelling."))
        return np.asarray(self.usable[:, self.terms.index(term)])

    def quantiles(self, chances: float | list[float] | tuple[float, ...]) -> Floats:
        """Quantiles of the usable draws, shape (chances, k); (k,) for a single chance."""
        return np.asarray(np.quantile(self.usable, chances, axis=0))

    def intervals(self, level: float = 0.95) -> pd.DataFrame:
        """Percentile limits of every term: columns conf_low and conf_high."""
        tail = (1 - level) / 2
        low, high = self.quantiles([tail, 1 - tail])
        index = pd.Index(self.terms, name="term")
        return pd.DataFrame({"conf_low": low, "conf_high": high}, index=index)
