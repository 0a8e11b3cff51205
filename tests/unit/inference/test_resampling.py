"""One option for all resampling: seeds, generators and what a verb refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import as_generator, as_seed, generator
from econshrink.inference.resampling import BayesianBootstrap, PairsCluster, Resampling
from econshrink.nouns.draws import Draws
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.nouns.storage import from_json, to_json
from econshrink.panel.resampling.engine import bootstrap_fe
from econshrink.panel.resampling.wild_and_placebo import placebo_fe, wild_bootstrap_fe

SPEC = Spec("y", ("x",), ("city", "year"))


def panel():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 2)), columns=["y", "x"])
    frame["city"] = np.repeat([f"{i:06d}" for i in range(20)], 4)
    frame["year"] = [2010, 2011, 2012, 2013] * 20
    return CityPanel.from_long(frame)


def test_none_an_int_and_a_generator():
    assert as_generator(None, "a").random() == generator("a").random()
    assert as_generator(5, "a").random() == generator("a", 5).random()
    given = np.random.default_rng(1)
    assert as_generator(given, "a") is given
    assert as_seed(np.random.default_rng(1)) == as_seed(np.random.default_rng(1))
    assert as_seed(given) != as_seed(given)  # it moves on


@pytest.mark.parametrize("verb", [bootstrap_fe, placebo_fe])
def test_a_generator_gives_the_same_draws_again(verb):
    term = () if verb is bootstrap_fe else ("x",)
    one, two = (
        verb(panel(), SPEC, *term, resampling=Resampling(50, rng=np.random.default_rng(3)))
        for _ in range(2)
    )
    assert one.draws.values.tobytes() == two.draws.values.tobytes()
    seed = as_seed(np.random.default_rng(3))
    three = verb(panel(), SPEC, *term, resampling=Resampling(50, rng=seed))
    assert one.draws.values.tobytes() == three.draws.values.tobytes()
    assert f"seed {seed}" in one.draws.method


def test_a_verb_refuses_what_it_cannot_use():
    with pytest.raises(SpecError, match="no scheme for a wild bootstrap"):
        wild_bootstrap_fe(panel(), SPEC, "x", Resampling(9, PairsCluster()))
    with pytest.raises(SpecError, match="no cluster for a permutation"):
        placebo_fe(panel(), SPEC, "x", Resampling(9, cluster="city"))
    with pytest.raises(SpecError, match="1 draws"):
        Resampling(1)
    with pytest.raises(SpecError, match="backend 'dask'"):
        Resampling(backend="dask")
    assert Resampling().weighting == PairsCluster()
    assert Resampling(scheme=BayesianBootstrap()).weighting == BayesianBootstrap()


def test_draws_are_summed_up_without_the_lost_ones():
    values = np.random.default_rng(0).normal(size=(40, 2))
    values[3, 1] = np.nan
    draws = Draws(("a", "b"), values, "by hand")
    kept = np.delete(values, 3, axis=0)
    assert (len(draws), draws.lost) == (40, 1)
    np.testing.assert_allclose(draws.std_errors, kept.std(axis=0, ddof=1))
    np.testing.assert_allclose(draws.quantiles(0.5), np.median(kept, axis=0))
    limits = draws.intervals(0.9).loc["b"]
    np.testing.assert_allclose(limits, np.quantile(kept[:, 1], [0.05, 0.95]))
    again = from_json(to_json(draws))
    assert again.terms == draws.terms
    np.testing.assert_array_equal(again.values, draws.values)
    with pytest.raises(DataError, match="for 1 terms"):
        Draws(("a",), values, "by hand")
    with pytest.raises(DataError, match="no term 'c'"):
        draws.column("c")


def test_a_test_rejects_at_its_size():
    found = HypothesisTest("J", "valid", 3.9, 1.0, 0.048)
    assert (found.rejects(), found.rejects(0.01)) == (True, False)
    assert from_json(to_json(found)) == found
    assert not HypothesisTest("J", "valid", 0.0, 0.0, float("nan")).rejects()
