"""How to resample: number of draws, scheme, unit, randomness and workers, as one option."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.parallel import Backend, checked_backend
from econshrink.core.seeds import Rng, as_generator, as_seed


class Scheme(Protocol):
    """A way to draw cluster weights."""

    @property
    def label(self) -> str:
        """The scheme in words."""

    def weights(self, rng: np.random.Generator, draws: int, clusters: int) -> Floats:
        """Weights of shape (draws, clusters), with mean one."""


@dataclass(frozen=True)
class PairsCluster:
    """Clusters drawn with replacement, as many as there are (pairs cluster bootstrap).

    Examples
    --------
    >>> PairsCluster().weights(np.random.default_rng(0), 3, 5).sum(axis=1)
    array([5., 5., 5.])
    """

    @property
    def label(self) -> str:
        """The scheme in words."""
        return "pairs cluster bootstrap"

    def weights(self, rng: np.random.Generator, draws: int, clusters: int) -> Floats:
        """Counts of shape (draws, clusters)."""
        cells = rng.integers(0, clusters, (draws, clusters))
        cells += clusters * np.arange(draws)[:, None]
        counts = np.bincount(cells.ravel(), minlength=draws * clusters)
        return counts.reshape(draws, clusters).astype(float)


@dataclass(frozen=True)
class BayesianBootstrap:
    """Dirichlet(1, …, 1) weights, times the number of clusters (Rubin 1981).

    No cluster is ever left out altogether, so a covariate that varies in few clusters stays
    identified in every draw.

    Examples
    --------
    >>> BayesianBootstrap().weights(np.random.default_rng(0), 2, 5).sum(axis=1).round(9)
    array([5., 5.])
    """

    @property
    def label(self) -> str:
        """The scheme in words."""
        return "Bayesian cluster bootstrap (Dirichlet weights)"

    def weights(self, rng: np.random.Generator, draws: int, clusters: int) -> Floats:
        """Weights of shape (draws, clusters)."""
        raw = rng.standard_exponential((draws, clusters))
        return np.asarray(raw / raw.mean(axis=1, keepdims=True))


@dataclass(frozen=True)
@typed_fields
class Resampling:
    """How a verb draws: the one option of every bootstrap, permutation and simulation.

    Parameters
    ----------
    draws : int
        At least 2.
    scheme : PairsCluster or BayesianBootstrap, optional
        How clusters are drawn; default `PairsCluster`. Verbs that draw no clusters refuse it.
    cluster : str, optional
        What is drawn as a whole: ``"city"``, ``"province"`` or another grouping; default the
        unit that the verb names. Verbs that draw no clusters refuse it.
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed. With a seed the same
        call gives the same bytes, and the first draws of a longer run are those of a shorter one.
    jobs, backend
        See `core.parallel.parallel_map`; the numbers do not depend on them.

    Raises
    ------
    SpecError
        Fewer than two draws, or an unknown backend.

    Examples
    --------
    >>> Resampling(99, BayesianBootstrap(), cluster="province", rng=1).unit("city")
    'province'
    >>> Resampling().unit("city")
    'city'
    """

    draws: int = 999
    scheme: Scheme | None = None
    cluster: str | None = None
    rng: Rng = None
    jobs: int | None = None
    backend: Backend = "loky"

    def __post_init__(self) -> None:
        faults = []
        if self.draws < 2:
            faults.append(Fault(f"{self.draws} draws", "at least 2", "Ask for 999 or more."))
        faults += checked_backend(self.backend)
        raise_all(SpecError, faults)

    @property
    def weighting(self) -> Scheme:
        """The scheme, `PairsCluster` unless another is named."""
        return PairsCluster() if self.scheme is None else self.scheme

    def unit(self, usual: str) -> str:
        """What is drawn: the cluster that is named, else the verb's `usual` one."""
        return usual if self.cluster is None else self.cluster

    def seed(self) -> int:
        """Seed of this call; a generator moves on each time it is asked."""
        return as_seed(self.rng)

    def generator(self, task: str) -> np.random.Generator:
        """Generator of this call: the one given, else that of the seed and the task's name."""
        return as_generator(self.rng, task)

    def pinned(self) -> Resampling:
        """The same with a seed in place of a generator, which moves on."""
        return replace(self, rng=self.seed())

    def made(self, how: str) -> str:
        """Words for draws made like this, pinned before so that they can be made again."""
        return f"{how}, {self.draws} draws, seed {self.seed()}"

    def without_scheme(self, verb: str) -> Resampling:
        """Return itself, or raise a `SpecError` if a scheme is named, which `verb` cannot use."""
        if self.scheme is not None:
            seen = f"scheme {type(self.scheme).__name__}"
            raise SpecError(Fault(seen, f"no scheme for {verb}", "Leave scheme out.", "resampling"))
        return self

    def plain(self, verb: str) -> Resampling:
        """Return itself, or raise a `SpecError` if a scheme or cluster is named."""
        if self.cluster is not None:
            seen = f"cluster '{self.cluster}'"
            remedy = "Leave cluster out."
            raise SpecError(Fault(seen, f"no cluster for {verb}", remedy, "resampling"))
        return self.without_scheme(verb)
