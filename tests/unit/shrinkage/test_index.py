"""Weights, index and closeness against hand computation; ranks under other weights."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.shrinkage.describe.index import (
    CriticWeights,
    EntropyWeights,
    EqualWeights,
    GivenWeights,
    PrincipalWeights,
    composite_index,
    normalise,
    principal_component,
    topsis,
)
from econshrink.shrinkage.describe.rank_intervals import (
    DirichletWeights,
    ResampleRows,
    rank_intervals,
)

SIGNS = {"loss": 1, "ageing": 1, "income": -1}
WEIGHTINGS = [EqualWeights(), EntropyWeights(), CriticWeights(), PrincipalWeights()]


def table(rows=40, seed=1):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=rows)
    return pd.DataFrame(
        {
            "loss": common + rng.normal(0, 0.5, rows),
            "ageing": common + rng.normal(0, 1.0, rows),
            "income": -common + rng.normal(0, 0.7, rows),
        },
        index=[f"{n:06d}" for n in range(rows)],
    )


def test_normalisation_is_pooled_and_signed():
    two = pd.DataFrame({"a": [0.0, 5.0, 10.0], "b": [1.0, 3.0, 2.0]}, index=["x10", "y10", "x20"])
    found = normalise(two, {"a": 1, "b": -1})
    assert found["a"].tolist() == [0.0, 0.5, 1.0]
    assert found["b"].tolist() == [1.0, 0.0, 0.5]


def test_entropy_weights_by_hand():
    x = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    # first column: all in one row, entropy 0; second: even, entropy 1
    assert EntropyWeights().weigh(x).tolist() == pytest.approx([1.0, 0.0])
    x = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    e = np.log(2) / np.log(3)
    assert EntropyWeights().weigh(x).tolist() == pytest.approx([(1 - e) / (2 - e), 1 / (2 - e)])


def test_critic_weights_by_hand():
    x = np.array([[0.0, 0.0, 1.0], [0.5, 1.0, 0.0], [1.0, 0.5, 0.5]])
    s = x.std(axis=0, ddof=1)
    r = np.corrcoef(x.T)
    c = [s[j] * sum(1 - r[j, k] for k in range(3)) for j in range(3)]
    assert CriticWeights().weigh(x).tolist() == pytest.approx((np.array(c) / sum(c)).tolist())


def test_principal_weights_are_squared_loadings():
    x = normalise(table(), SIGNS).to_numpy()
    loadings, share = principal_component(x)
    r = np.corrcoef(x.T)
    np.testing.assert_allclose(r @ loadings, share * 3 * loadings, atol=1e-12)
    assert loadings.sum() > 0
    np.testing.assert_allclose(PrincipalWeights().weigh(x), loadings**2)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_index_is_the_weighted_mean_and_its_variance_is_shared_out(weighting):
    found = composite_index(table(), SIGNS, weighting)
    assert found.weights.sum() == pytest.approx(1.0)
    assert (found.weights >= 0).all()
    np.testing.assert_allclose(found.values, found.scores @ found.weights)
    assert found.variance_shares.sum() == pytest.approx(1.0)
    assert found.values.between(0, 1).all()
    assert found.ranks.iloc[found.values.to_numpy().argmax()] == 1


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_unit_and_the_order_of_rows_do_not_matter(weighting):
    data = table()
    other = data.assign(income=data["income"] * 1e4 + 7, loss=data["loss"] * 0.01)
    base = composite_index(data, SIGNS, weighting).values
    np.testing.assert_allclose(composite_index(other, SIGNS, weighting).values, base)
    shuffled = data.sample(frac=1, random_state=1)
    again = composite_index(shuffled, SIGNS, weighting).values
    np.testing.assert_allclose(again.reindex(base.index), base)


def test_topsis_by_hand_and_its_ends():
    data = pd.DataFrame({"a": [0.0, 1.0, 0.5], "b": [0.0, 1.0, 1.0]}, index=list("xyz"))
    found = topsis(data, {"a": 1, "b": 1}, GivenWeights((3.0, 1.0)))
    plus, minus = np.hypot(0.75 * 0.5, 0.0), np.hypot(0.75 * 0.5, 0.25)
    assert found.tolist() == pytest.approx([0.0, 1.0, minus / (plus + minus)])


def test_faulty_tables_are_refused_with_every_fault():
    bad = table().assign(loss=np.nan, ageing=1.0)
    with pytest.raises(DataError, match="3 problems") as problem:
        normalise(bad, {"loss": 1, "ageing": 1, "income": 2})
    assert "40 gaps" in str(problem.value)
    with pytest.raises(SpecError, match="one weight of 0 or more"):
        composite_index(table(), SIGNS, GivenWeights((1.0, 2.0)))


def test_rank_intervals_hold_the_rank_and_widen_with_freer_weights():
    data, rng = table(), np.random.default_rng(3)
    tight, loose = (
        rank_intervals(data, SIGNS, EntropyWeights(), DirichletWeights(400, k), rng)
        for k in (1000.0, 5.0)
    )
    for found in (tight, loose):
        assert (found["rank_low"] <= found["rank_high"]).all()
    width = [(f["rank_high"] - f["rank_low"]).mean() for f in (tight, loose)]
    assert width[0] < width[1]
    assert (
        (tight["rank_low"] <= tight["rank"]) & (tight["rank"] <= tight["rank_high"])
    ).mean() > 0.9


def test_resampling_moves_data_driven_weights_only():
    data, rng = table(), np.random.default_rng(4)
    fixed = rank_intervals(data, SIGNS, EqualWeights(), ResampleRows(50), rng)
    assert (fixed["rank_low"] == fixed["rank_high"]).all()
    assert (fixed["rank"] == fixed["rank_equal"]).all()
    moving = rank_intervals(data, SIGNS, EntropyWeights(), ResampleRows(200), rng)
    assert (moving["rank_low"] < moving["rank_high"]).any()
    with pytest.raises(SpecError, match="at least one draw"):
        rank_intervals(data, SIGNS, EqualWeights(), ResampleRows(0), rng)


def test_a_row_that_dominates_is_first_under_any_weights():
    data = table()
    data.loc["000000"] = [9.0, 9.0, -9.0]
    found = rank_intervals(
        data, SIGNS, EqualWeights(), DirichletWeights(300, 3.0), np.random.default_rng(5)
    )
    assert found.loc["000000", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
