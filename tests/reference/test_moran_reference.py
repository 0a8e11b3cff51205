"""Moran's I equals esda's on the same weights (stored numbers; moran_data/make_esda.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.inference.resampling import Resampling
from econshrink.spatial.autocorrelation import local_moran, moran
from econshrink.spatial.neighbours import Neighbours

FOLDER = Path(__file__).parent / "moran_data"


def read(name):
    return pd.read_csv(FOLDER / name, dtype={"city": str, "city_a": str, "city_b": str})


@pytest.mark.parametrize("kind", ["row_standardised", "binary"])
def test_global_and_local_moran_equal_esda(kind):
    stored = read("esda.csv")
    stored = stored[stored["weights"] == kind]
    whole = stored[stored["measure"] != "local"].set_index("measure")["value"]
    values = read("values.csv").set_index("city")["value"]
    weights = Neighbours.from_pairs(read("pairs.csv"), row_standardised=kind == "row_standardised")
    found = moran(values, weights, None)
    assert found.units == 333
    assert found.statistic == pytest.approx(whole["I"], rel=1e-12)
    assert found.expectation == pytest.approx(whole["expectation"], rel=1e-12)
    assert found.std_error == pytest.approx(whole["std_error"], rel=1e-9)
    local = local_moran(values, weights, Resampling(99, rng=np.random.default_rng(1)))["local_i"]
    expected = stored[stored["measure"] == "local"].set_index("city")["value"]
    # esda divides by n - 1 where our second moment divides by n
    np.testing.assert_allclose(local * (333 - 1) / 333, expected.reindex(local.index), rtol=1e-9)
