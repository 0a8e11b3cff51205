"""Traces of G = W (I − ρW)⁻¹ that the information matrix and the impacts need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_seed, generator
from econshrink.spatial.kernel.determinant import Triple, apply_multiplier, factor

EXACT_UP_TO = 1500  # cities: n solves with the sparse factor, about half a second
BLOCK = 256  # columns solved at a time


@dataclass(frozen=True)
class Traces:
    """Traces of G = W (I − ρW)⁻¹ at one ρ.

    Parameters
    ----------
    g, g2 : float
        tr G and tr G², exact.
    gram : float
        tr G'G.
    gram_error : float
        Standard error of `gram`; 0 if it is exact.
    column_mean_square : float
        |G'ι|²/n, exact.
    """

    g: float
    g2: float
    gram: float
    gram_error: float
    column_mean_square: float


@dataclass(frozen=True)
class ExactTraces:
    """Trace of G'G from all n columns of G, solved with the sparse factor: n solves.

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> value, error = ExactTraces().gram(pair, 0.5)
    >>> round(value, 6), error
    (4.444444, 0.0)
    """

    def gram(self, w: sparse.csr_array, rho: float) -> tuple[float, float]:
        """Trace of G'G and its standard error, 0."""
        solver, total = factor(w, rho), 0.0
        by_column = sparse.csc_array(w)
        for start in range(0, w.shape[0], BLOCK):
            columns = solver.solve(by_column[:, start : start + BLOCK].toarray())
            total += float((columns**2).sum())
        return total, 0.0


@dataclass(frozen=True)
@typed_fields
class StochasticTraces:
    """Trace of G'G by random probes with an exact leading part (Hutchinson 1990).

    With A = W + ρW², tr A'A is exact and tr(G'G − A'A) is the mean of |Gz|² − |Az|² over probes
    z of independent signs; Gz is solved exactly. tr G and tr G² are never estimated: they are
    derivatives of the log-determinant.

    Parameters
    ----------
    probes : int
        At least two; the standard error of the trace falls with their root.
    rng : int or numpy.random.Generator, optional
        Seed of the fixed generator, by default the master seed: the same call gives the same
        number. A generator gives its seed once.

    Raises
    ------
    SpecError
        Fewer than two probes.

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> round(StochasticTraces(4).gram(pair, 0.0)[0], 6)  # G = W = A: nothing left to estimate
    2.0
    """

    probes: int = 256
    rng: Rng = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", as_seed(self.rng))
        if self.probes < 2:
            seen = f"{self.probes} probes"
            raise SpecError(Fault(seen, "at least 2", "Leave the default of 256."))

    def gram(self, w: sparse.csr_array, rho: float) -> tuple[float, float]:
        """Trace of G'G and its standard error."""
        rng = generator("inference.spatial_traces", as_seed(self.rng))
        signs = rng.choice([-1.0, 1.0], size=(w.shape[0], self.probes))
        once = w @ signs
        leading = once + rho * (w @ once)
        whole = factor(w, rho).solve(np.ascontiguousarray(once))
        rest = (whole**2).sum(axis=0) - (leading**2).sum(axis=0)
        start = sparse.csr_array(w + rho * (w @ w))
        error = float(rest.std(ddof=1) / np.sqrt(self.probes))
        return float((start.data**2).sum() + rest.mean()), error


TraceRule = ExactTraces | StochasticTraces


def default_traces(cities: int) -> TraceRule:
    """Exact up to 1,500 cities, by probes above.

    Examples
    --------
    >>> default_traces(300), default_traces(3000).probes
    (ExactTraces(), 256)
    """
    return ExactTraces() if cities <= EXACT_UP_TO else StochasticTraces()


def traces(
    w: sparse.csr_array, rho: float, curve: Callable[[float], Triple], rule: TraceRule
) -> Traces:
    """All traces at one ρ.

    Takes `w` of shape (n, n); `curve`: from `LogDeterminant.smooth`, on an interval that holds
    `rho`.

    Examples
    --------
    >>> from econshrink.spatial.kernel.determinant import Eigenvalues
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> found = traces(pair, 0.5, Eigenvalues.of(pair).smooth(0, 1), ExactTraces())
    >>> round(found.g, 6), round(found.g2, 6), round(found.column_mean_square, 6)
    (1.333333, 4.444444, 4.0)
    """
    _, g, g2 = curve(rho)
    gram, error = rule.gram(w, rho)
    ones = np.ones(w.shape[0])
    sums: Floats = w.T @ factor(sparse.csr_array(w.T), rho).solve(ones)
    return Traces(g, g2, gram, error, float(sums @ sums) / len(ones))


def panel_multiplier(w: sparse.csr_array, rho: float, column: Floats) -> Floats:
    """(I_T ⊗ G) v for a column with rows ordered by city, then year.

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> panel_multiplier(pair, 0.0, np.array([1.0, 2.0, 3.0, 4.0]))
    array([3., 4., 1., 2.])
    """
    return apply_multiplier(w, rho, column.reshape(w.shape[0], -1)).ravel()
