"""Multiple imputation of covariates: recovered slopes, untouched cells, refusals."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.data.imputation import ChainedEquations, impute
from econshrink.inference.multiple import combine
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel


def gappy(cities=60, years=8, gaps=0.3):
    rng = generator("test.imputation")
    count = cities * years
    x, z = rng.normal(size=count), rng.normal(size=count)
    table = pd.DataFrame(
        {
            "city": np.repeat([f"{110000 + 100 * c}" for c in range(cities)], years),
            "year": np.tile(range(2010, 2010 + years), cities),
            "x": x + 0.8 * z,
            "z": z,
        }
    )
    table["y"] = 1.0 * table["x"] + 0.5 * z + rng.normal(size=count)
    # Gaps depend on what is observed (z), which biases complete cases of nothing else.
    missing = rng.random(count) < gaps * (0.5 + (z > 0))
    table["complete"] = table["x"]
    table.loc[missing, "x"] = np.nan
    return CityPanel.from_long(table)


def regression(panel, name):
    frame = panel.frame
    design = np.column_stack([np.ones(len(frame)), frame[name], frame["z"]])
    beta, rest, *_ = np.linalg.lstsq(design, frame["y"].to_numpy(), rcond=None)
    df = len(frame) - 3
    covariance = rest[0] / df * np.linalg.inv(design.T @ design)
    return Estimate("ols", ("one", "x", "z"), beta, covariance, "iid", "ols", len(frame), float(df))


def test_slopes_come_back_with_wider_errors():
    panel = gappy()
    several = impute(panel, ["x", "y"], 10, generator("test.impute"), auxiliary=["z"])
    both = combine([regression(each, "x") for each in several.panels])
    full = regression(panel, "complete")
    gap = abs(both.coefficient("x") - full.coefficient("x"))
    assert gap < 2 * both.std_error("x")
    assert both.std_error("x") > full.std_error("x")
    assert 0.05 < both.stats["fmi[x]"] < 0.7


def test_only_gaps_are_filled_and_marked():
    panel = gappy()
    missing = panel.frame["x"].isna()
    several = impute(panel, ["x", "y"], 2, generator("test.impute.marks"))
    for each in several.panels:
        assert each.frame.loc[~missing].equals(panel.frame.loc[~missing])
        assert each.frame["x"].notna().all()
        assert (each.status["x"] == "estimated").equals(missing.rename("x"))
        assert each.frame.loc[missing, "x"].isin(panel.frame["x"].dropna()).all()
    one, other = (each.frame["x"] for each in several.panels)
    assert (one[missing] != other[missing]).any()
    assert f"{int(missing.sum())} gaps" in several.note


def test_same_generator_same_draws():
    def fill():
        return impute(gappy(), ["x"], 2, generator("test.impute.same"), auxiliary=["z", "y"])

    assert [p.digest() for p in fill().panels] == [p.digest() for p in fill().panels]


def test_refusals():
    panel, rng = gappy(), generator("test.impute.refusals")
    with pytest.raises(SpecError, match="2 problems"):
        impute(panel, ["x", "x"], 1, rng)
    with pytest.raises(SpecError, match="no variable"):
        impute(panel, [], 2, rng)
    with pytest.raises(DataError, match="no gap"):
        impute(panel, ["y"], 2, rng)
    with pytest.raises(DataError, match="gaps in 'x'"):
        impute(panel, ["y"], 2, rng, auxiliary=["x"])
    with pytest.raises(DataError, match="no variable 'w'"):
        impute(panel, ["w"], 2, rng)
    single = panel.select(years=[2010])
    with pytest.raises(DataError, match="a predictor for every figure"):
        impute(single, ["x"], 2, rng, options=ChainedEquations(city_means=False))
    with pytest.raises(DataError, match="at least 400"):
        impute(panel, ["x"], 2, rng, options=ChainedEquations(donors=100))
    with pytest.raises(SpecError, match="donors 0"):
        ChainedEquations(donors=0)
