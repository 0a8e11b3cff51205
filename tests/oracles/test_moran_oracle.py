"""Moran's I of the census change, global and local, against esda on the same weights."""

import numpy as np
import pytest
from esda.moran import Moran, Moran_Local
from libpysal.weights import W

from econshrink.core.seeds import generator
from econshrink.data import load_adjacency, load_census_panel
from econshrink.inference.resampling import Resampling
from econshrink.shrinkage import NetLoss
from econshrink.shrinkage.identification import identify
from econshrink.spatial.autocorrelation import local_moran, moran
from econshrink.spatial.neighbours import Neighbours


@pytest.fixture(scope="module")
def change():
    frame = identify(load_census_panel(), NetLoss()).frame
    return frame["growth"].dropna()


@pytest.fixture(scope="module")
def neighbours(change):
    return Neighbours.from_pairs(load_adjacency(), change.index)


@pytest.fixture(scope="module")
def weights(neighbours):
    matrix = neighbours.matrix.tocsr()
    rows = range(len(neighbours.cities))
    around = {i: matrix[[i]].indices.tolist() for i in rows}
    return W(around, {i: [1.0] * len(around[i]) for i in rows}, silence_warnings=True)


def test_global(change, neighbours, weights):
    values = change.loc[list(neighbours.cities)]
    weights.transform = "r"
    theirs = Moran(values.to_numpy(), weights, permutations=0)
    ours = moran(values, neighbours, None)
    assert ours.statistic == pytest.approx(theirs.I, rel=1e-12)
    assert ours.expectation == pytest.approx(theirs.EI, rel=1e-12)
    assert ours.std_error == pytest.approx(np.sqrt(theirs.VI_rand), rel=1e-10)


def test_local(change, neighbours, weights):
    values = change.loc[list(neighbours.cities)]
    weights.transform = "r"
    theirs = Moran_Local(values.to_numpy(), weights, permutations=99, seed=1)
    ours = local_moran(values, neighbours, Resampling(99, rng=generator("oracle.lisa")))
    correlation = np.corrcoef(ours["local_i"], theirs.Is)[0, 1]
    ratio = ours["local_i"].to_numpy() / theirs.Is
    # esda divides by the sum of squares over n - 1, others over n: one constant at most
    assert correlation == pytest.approx(1.0, abs=1e-12)
    assert np.ptp(ratio) == pytest.approx(0.0, abs=1e-10)
    n = len(values)
    assert ratio[0] == pytest.approx(1.0, rel=1e-10) or ratio[0] == pytest.approx(
        n / (n - 1), rel=1e-10
    )
