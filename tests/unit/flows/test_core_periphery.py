"""Core and periphery: exhaustive equals brute force, searches agree, planted cores are found."""

from itertools import combinations, permutations

import numpy as np
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.flows.network.core_periphery import (
    BorgattiEverett,
    core_by_size,
    core_exhaustive,
    core_fit,
    core_p_value,
    core_search,
)
from econshrink.flows.network.core_scores import _exchange, _transition, minres, rombach


def matrix(seed, n=8):
    flows = np.random.default_rng(seed).gamma(1.0, 5.0, (n, n))
    np.fill_diagonal(flows, 0.0)
    return flows


def brute_force(flows, between):
    n = len(flows)
    off = ~np.eye(n, dtype=bool)
    best = (-2.0, ())
    for size in range(1, n - 1):
        for chosen in combinations(range(n), size):
            core = np.isin(np.arange(n), chosen)
            picture = np.full((n, n), np.nan if between is None else between)
            picture[np.ix_(core, core)], picture[np.ix_(~core, ~core)] = 1.0, 0.0
            cells = off & ~np.isnan(picture)
            if np.ptp(picture[cells]) > 0:
                value = np.corrcoef(flows[cells], picture[cells])[0, 1]
                best = max(best, (value, chosen), key=lambda pair: round(pair[0], 12))
    return best


@pytest.mark.parametrize("between", [None, 0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_exhaustive_equals_brute_force(between, seed):
    flows, model = matrix(seed), BorgattiEverett(between)
    value, chosen = brute_force(flows, between)
    found = core_exhaustive(flows, model)
    assert tuple(np.flatnonzero(found.members)) == chosen
    assert found.fit == pytest.approx(value, rel=1e-10)
    assert core_fit(flows, found.members, model) == pytest.approx(value, rel=1e-10)


def test_the_search_reaches_the_exhaustive_best():
    for seed in range(6):
        flows = matrix(seed, 12)
        best = core_exhaustive(flows).fit
        assert core_search(flows, np.random.default_rng(0)).fit == pytest.approx(best, rel=1e-9)


def test_the_search_finds_a_planted_core_among_sixty():
    rng = np.random.default_rng(0)
    size = np.where(np.arange(60) < 6, 5.0, 1.0)
    flows = rng.poisson(20 * np.outer(size, size)).astype(float)
    np.fill_diagonal(flows, 0)
    assert np.flatnonzero(core_search(flows, rng).members).tolist() == list(range(6))
    with pytest.raises(SpecError, match="at most 20"):
        core_exhaustive(flows)


@pytest.mark.parametrize("cores", [1, 2, 3, 4])
def test_the_number_of_cores_is_found(cores):
    rng = np.random.default_rng(cores)
    size = np.where(np.arange(13) < cores, 6.0, 1.0)
    flows = rng.poisson(30 * np.outer(size, size)).astype(float)
    np.fill_diagonal(flows, 0)
    assert core_by_size(flows, size).size == cores


def test_minres_recovers_asymmetric_scores_and_beats_neighbours():
    flows = matrix(3, 9)
    out, into = minres(flows)
    assert np.linalg.norm(out) == pytest.approx(np.linalg.norm(into))

    def loss(x, y):
        gap = flows - np.outer(x, y)
        np.fill_diagonal(gap, 0)
        return (gap**2).sum()

    rng = np.random.default_rng(0)
    for _ in range(50):
        assert loss(out, into) <= loss(out + rng.normal(0, 1e-3, 9), into + rng.normal(0, 1e-3, 9))


def test_rombach_exchange_reaches_the_best_ordering_of_six():
    flows = matrix(4, 6)
    both, ladder = flows + flows.T, _transition(6, 0.5, 0.6)
    best = max(ladder[list(p)] @ both @ ladder[list(p)] for p in permutations(range(6)))
    rng = np.random.default_rng(0)
    values = []
    for _ in range(10):
        score = np.empty(6)
        score[_exchange(both, ladder, rng.permutation(6))] = ladder
        values.append(score @ both @ score)
    assert max(values) == pytest.approx(best)


def test_rombach_ranks_a_planted_core_first_whatever_the_scale():
    rng = np.random.default_rng(1)
    size = np.where(np.arange(13) < 3, 5.0, 1.0)
    flows = rng.poisson(20 * np.outer(size, size)).astype(float)
    np.fill_diagonal(flows, 0)
    scores = rombach(flows, np.random.default_rng(0))
    assert set(np.argsort(-scores)[:3]) == {0, 1, 2}
    np.testing.assert_allclose(scores, rombach(flows * 9, np.random.default_rng(0)))


def test_degenerate_networks_are_refused():
    with pytest.raises(DataError, match="all alike"):
        core_exhaustive(np.ones((5, 5)) - np.eye(5))
    with pytest.raises(SpecError, match="between 2"):
        BorgattiEverett(2.0)
    assert core_p_value(0.5, np.zeros(99)) == 0.01
