"""A table of pairs and a formula to a gravity model."""

import numpy as np
import pandas as pd
import pytest

from econshrink import Clustered, EconshrinkError, FlowNetwork, FlowPanel
from econshrink.flows import GravityEffects, fit_gravity

PLACES = tuple("abcdefgh")


def dyads(years=(2010, 2011)):
    rng = np.random.default_rng(4)
    km = rng.uniform(50, 400, (8, 8))
    rows = [
        (PLACES[i], PLACES[j], t, km[i, j], rng.poisson(9e4 / km[i, j]))
        for t in years
        for i in range(8)
        for j in range(8)
        if i != j
    ]
    return pd.DataFrame(rows, columns=["o", "d", "t", "km", "movers"])


def cube(table, name, years):
    out = np.zeros((len(years), 8, 8))
    for row in table.itertuples():
        place = years.index(row.t), PLACES.index(row.o), PLACES.index(row.d)
        out[place] = getattr(row, name)
    return out


ROLES = {"origin": "o", "destination": "d", "time": "t"}


@pytest.mark.parametrize(
    ("effects", "chosen"),
    [
        ("", GravityEffects()),
        (" | o^t + d^t", GravityEffects()),
        (" | t^o + d^t", GravityEffects()),
        (" | o^t", GravityEffects(destination=False)),
    ],
)
def test_equals_the_cubes_made_by_hand(effects, chosen):
    table, years = dyads(), [2010, 2011]
    flows = cube(table, "movers", years)
    panel = FlowPanel(tuple(FlowNetwork(PLACES, flows[i], year=y) for i, y in enumerate(years)))
    km = cube(table, "km", years) + np.eye(8)
    two = fit_gravity(panel, {"x": np.log(km)}, effects=chosen).estimate
    one = fit_gravity(
        table.sample(frac=1, random_state=1), f"movers ~ np.log(km){effects}", **ROLES
    )
    assert one.estimate.terms == ("np.log(km)",)
    np.testing.assert_allclose(one.estimate.coefficients, two.coefficients, rtol=1e-9)
    np.testing.assert_allclose(one.estimate.covariance, two.covariance, rtol=1e-7)
    assert one.estimate.clusters == {"o": 8, "d": 8}


def test_clusters_by_the_users_names_and_without_time():
    table = dyads((2010,)).drop(columns="t")
    found = fit_gravity(
        table, "movers ~ np.log(km) | o + d", origin="o", destination="d", vcov=Clustered("o^d")
    )
    assert found.estimate.clusters == {"o^d": 56}


@pytest.mark.parametrize(
    ("change", "formula", "roles", "words"),
    [
        (lambda t: t, "movers ~ km", {}, "no origin= and no destination="),
        (lambda t: t, "movers ~ km", ROLES | {"origin": "from"}, "no column 'from'"),
        (lambda t: t[5:], "movers ~ km", ROLES, "5 of 112 ordered pairs without a row"),
        (lambda t: pd.concat([t, t]), "movers ~ km", ROLES, "112 pairs listed more than once"),
        (lambda t: t.assign(km=np.nan), "movers ~ km", ROLES, "'km' missing in 112 rows"),
        (lambda t: t, "movers ~ kmm", ROLES, "Did you mean 'km'"),
        (lambda t: t, "movers ~ km | o", ROLES, "some of o\\^t, d\\^t and o\\^d"),
        (lambda t: t, {"km": 1}, ROLES, "a formula"),
        (lambda _: FlowNetwork(("a", "b"), 1 - np.eye(2)), "f ~ km", {}, "as arrays"),
    ],
)
def test_refusals(change, formula, roles, words):
    with pytest.raises(EconshrinkError, match=words):
        fit_gravity(change(dyads()), formula, **roles)
