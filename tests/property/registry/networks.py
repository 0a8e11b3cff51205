"""Canonical calls of networks: cores, roles, nulls, gravity."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink import flows
from econshrink.inference import Resampling
from econshrink.nouns import FlowNetwork, FlowPanel
from tests.property.registry.calls import Answer, Call, World, codes, rounded, told

FEW = Resampling(29, rng=1)
DRAWN = {
    "permuted rows": "draws belong to the cities in their order",
    "other ids": "draws belong to the cities in their order",
}


def core_world() -> World:
    """Twelve cities, three of them a core, and where they lie."""
    rng = np.random.default_rng(24)
    cities = codes(12)
    size = np.where(np.arange(12) < 3, 9.0, 1.0) * rng.uniform(0.9, 1.1, 12)
    rows = [
        (i, j, float(rng.poisson(40 * size[a] * size[b]) + 1))
        for a, i in enumerate(cities)
        for b, j in enumerate(cities)
        if a != b
    ]
    places = pd.DataFrame({"city": cities, "size": size})
    places["latitude"] = rng.uniform(25, 45, 12)
    places["longitude"] = rng.uniform(100, 125, 12)
    frame = pd.DataFrame(rows, columns=["origin", "destination", "flow"])
    return {"flows": rounded(frame), "units": rounded(places)}


def network(world: World) -> FlowNetwork:
    """The network with coordinates, cities sorted."""
    frame = world["flows"].astype({"origin": str, "destination": str, "flow": float})
    square = frame.pivot(index="origin", columns="destination", values="flow").fillna(0.0)
    units = world["units"].astype({"city": str}).set_index("city").loc[list(square.index)]
    where = units[["latitude", "longitude"]].to_numpy(float)
    return FlowNetwork(tuple(square.index), square.to_numpy(), year=2020, coordinates=where)


def sizes(world: World) -> np.ndarray:
    """Sizes in the order of the cities."""
    units = world["units"].astype({"city": str}).set_index("city")
    return units.loc[list(network(world).cities), "size"].to_numpy(float)


def call(name: str, run, **options) -> Call:
    """A call on the network with a core."""
    return Call(f"flows.{name}", core_world, run, **options)


def by_city(name: str, run, **options) -> Call:
    """A call whose answer has one row a city, in their order."""
    return call(name, lambda w: told(name, np.asarray(run(w), dtype=float), network(w).cities),
                **options)  # fmt: skip


def _fit(world: World):
    net = network(world)
    return flows.fit_gravity(net, {"log_km": flows.log_distance(net)})


def _roles(world: World):
    return flows.flow_roles(network(world), resampling=FEW)


def _panel(world: World) -> FlowPanel:
    net = network(world)
    return FlowPanel(tuple(
        replace(net, flows=net.flows + k * net.flows.T / 4, year=2020 + k) for k in range(3)
    ))  # fmt: skip


def _mean(draws: np.ndarray, world: World) -> Answer:
    return told("flow", draws.sum(axis=(0, 2)), network(world).cities)


def _core(found) -> np.ndarray:
    return found.members


def _labelled(world: World) -> Answer:
    net = network(world)
    core = flows.core_exhaustive(net.flows)
    found = flows.assign_roles(net, core.members, net.flows)
    return told("role", pd.Series(list(found.labels), list(net.cities)))


def _unlisted(world: World) -> FlowNetwork:
    """Without the smallest flow of every city, whose movers are unlisted."""
    net = network(world)
    known = net.flows + np.where(np.eye(12) > 0, np.inf, 0.0)
    least = known.argmin(axis=1)
    listed = net.flows.copy()
    mass = listed[np.arange(12), least]
    listed[np.arange(12), least] = np.nan
    return replace(net, flows=listed, unlisted_out=mass)


def _pairs(world: World) -> list[tuple[str, str]]:
    """Each city with the next by longitude."""
    units = world["units"].sort_values("longitude")["city"].astype(str).to_list()
    return list(itertools.pairwise(units))


CALLS = (
    by_city("core_by_size", lambda w: _core(flows.core_by_size(network(w).flows, sizes(w)))),
    by_city("core_exhaustive", lambda w: _core(flows.core_exhaustive(network(w).flows)),
            scaled=("flow",)),
    by_city("core_search", lambda w: _core(flows.core_search(network(w).flows, 1)),
            scaled=("flow",)),
    by_city("rombach", lambda w: flows.rombach(network(w).flows, 1), but=DRAWN),
    by_city("participation", lambda w: flows.participation(
        network(w).flows, list(sizes(w) > 4)), scaled=("flow",)),
    by_city("neighbours", lambda w: flows.neighbours(network(w), _pairs(w)).sum(axis=1)),
    by_city("configuration_null", lambda w: flows.configuration_null(
        network(w), FEW).mean(axis=(0, 2)), but=DRAWN),
    by_city("gravity_null", lambda w: flows.gravity_null(_fit(w), FEW).mean(axis=(0, 2)),
            but=DRAWN, rtol=1e-6),
    by_city("hierarchy_null", lambda w: flows.hierarchy_null(_fit(w), FEW).mean(axis=(0, 2)),
            but=DRAWN, rtol=1e-6),
    call("assign_roles", _labelled),
    call("communities", lambda w: told("q", flows.communities(network(w).flows, 1)[1]),
         scaled=("flow",), but=DRAWN),
    call("flow_roles", lambda w: told("role", pd.Series(
        list(_roles(w).roles.labels), list(network(w).cities))), but=DRAWN),
    call("core_tests", lambda w: told("test", flows.core_tests(_roles(w), FEW)), but=DRAWN,
         rtol=1e-6),
    call("probabilities", lambda w: told("p", flows.probabilities(_roles(w), FEW)), but=DRAWN),
    call("stability", lambda w: told("share", flows.stability(_roles(w))), but=DRAWN),
    call("flips", lambda w: told("share", flows.flips(_roles(w), FEW)), but=DRAWN),
    call("effectiveness_trend", lambda w: told("slope", flows.effectiveness_trend(_panel(w)))),
    call("polycentricity_change", lambda w: told("change", flows.polycentricity_change(
        network(w).flows, _panel(w).networks[-1].flows, FEW)), but=DRAWN),
    call("spread_unlisted", lambda w: told("flow", flows.spread_unlisted(
        _unlisted(w)).flows.sum(axis=1), network(w).cities)),
    call("collaboration_gains", lambda w: told("gain", flows.collaboration_gains(
        _fit(w), flows.neighbours(network(w), _pairs(w)) > 0, resampling=FEW).frame), but=DRAWN,
        rtol=1e-5),
)  # fmt: skip
