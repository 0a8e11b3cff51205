"""Canonical calls of identification, description, inequality and flows."""

import numpy as np
import pandas as pd

from econshrink import CityPanel, flows, shrinkage
from econshrink.nouns import FlowNetwork
from tests.property.registry.calls import (
    Answer,
    Call,
    World,
    flow_world,
    growth_world,
    numbers,
    single,
    size_world,
    table,
)

WINDOW = (2000, 2020)
NET = shrinkage.NetLoss()


def made(world: World) -> CityPanel:
    """The panel of a world."""
    units = world["units"].set_index("city")
    return CityPanel.from_long(
        world["panel"], attributes=units.astype({"province": object}), source="made"
    )


def labels(world: World):
    """Labels by net loss."""
    return shrinkage.identify(made(world), NET, WINDOW)


def call(name: str, run, **options) -> Call:
    """A call on the growth world."""
    options.setdefault("scaled", ("population",))
    return Call(f"shrinkage.{name}", growth_world, run, **options)


def sized(name: str, run, **options) -> Call:
    """A call on sizes."""
    options.setdefault("scaled", ("size", "later"))
    return Call(f"shrinkage.{name}", size_world, run, **options)


def _sizes(world: World) -> np.ndarray:
    return np.asarray(world["sizes"]["size"], dtype=float)


def _series(world: World, name: str) -> pd.Series:
    frame = world["sizes"]
    return pd.Series(
        np.asarray(frame[name], dtype=float), index=pd.Index(frame["city"].astype(str))
    )


def _identify(world: World) -> Answer:
    found = shrinkage.identify(made(world), shrinkage.ConsecutiveDecline(3), WINDOW).frame
    return table(found.reset_index(), ["city"], {"loss": {}})


def _growth(world: World) -> Answer:
    return numbers("growth", shrinkage.log_growth(made(world), "population"))


def _severity(world: World) -> Answer:
    found = shrinkage.severity(made(world), WINDOW)
    return _all(found, {"population": 1.0})


def _all(found: pd.DataFrame, _unit=None) -> Answer:
    flat = found.reset_index()
    keys = [c for c in flat.columns if flat[c].dtype.kind not in "fiub"] or [flat.columns[0]]
    return table(flat, keys)


def _histories(world: World):
    watch = shrinkage.Watch(shrinkage.ConsecutiveDecline(3), 3, 2003, 2020)
    return shrinkage.city_histories(made(world), watch)


def _grown(world: World) -> CityPanel:
    data = made(world)
    return data.with_variables({"growth": shrinkage.log_growth(data, "population")})


def _wide(world: World) -> pd.DataFrame:
    return made(world).wide("population")


def _table(world: World) -> pd.DataFrame:
    return world["sizes"].set_index("city")[["size", "later"]].astype(float)


def network(world: World) -> FlowNetwork:
    """The flows of a world as a square matrix, cities sorted."""
    frame = world["flows"].astype({"origin": str, "destination": str, "flow": float})
    square = frame.pivot(index="origin", columns="destination", values="flow")
    return FlowNetwork(tuple(square.index), square.fillna(0.0).to_numpy())


def flowing(name: str, run, **options) -> Call:
    """A call on the flow world."""
    return Call(f"flows.{name}", flow_world, run, **options)


def _matrix(world: World) -> np.ndarray:
    return network(world).flows


def _by_city(verb):
    def run(world: World) -> Answer:
        net = network(world)
        found = verb(net)
        frame = (
            found
            if "city" in found.columns
            else found.set_axis(list(net.cities)).rename_axis("city").reset_index()
        )
        return table(frame, ["city"])

    return run


def _placed(world: World) -> FlowNetwork:
    net = network(world)
    places = world["units"].astype({"city": str}).set_index("city").loc[list(net.cities)]
    where = places[["latitude", "longitude"]].to_numpy(float)
    return FlowNetwork(net.cities, net.flows, coordinates=where)


def _gravity(world: World):
    net = _placed(world)
    fit = flows.fit_gravity(net, {"log_km": flows.log_distance(net)}).estimate
    return fit.terms, fit.coefficients


CALLS = (
    call("identify", _identify, scaled=()),
    call("log_growth", _growth),
    call("prevalence", lambda w: _all(shrinkage.prevalence(made(w), WINDOW)),
         but={"other ids": "a table of decades"}),
    call("severity", _severity, scaled=()),
    call("land_ratios", lambda w: _all(shrinkage.land_ratios(labels(w), made(w), WINDOW)),
         scaled=()),
    call("expansion_by_label",
         lambda w: _all(shrinkage.expansion_by_label(labels(w), made(w), WINDOW))),
    call("onsets_by_year", lambda w: numbers("onsets", shrinkage.onsets_by_year(
        made(w), shrinkage.ConsecutiveDecline(3), WINDOW))),
    call("loss_probability",
         lambda w: numbers("p", shrinkage.loss_probability(made(w), WINDOW, 0.02))),
    call("share", lambda w: numbers("s", shrinkage.share(made(w), "built_up_km2", "population")),
         scaled=(), but={}),
    call("city_histories", lambda w: single("rows", len(_histories(w).frame))),
    call("risk_spells", lambda w: numbers("risk", {
        "rows": len(shrinkage.risk_spells(_histories(w)).frame),
        "events": shrinkage.risk_spells(_histories(w)).frame["event"].sum()})),
    call("weighted_mean_growth", lambda w: numbers("growth", dict(enumerate(
        shrinkage.weighted_mean_growth(_grown(w), "growth", "population", "all").growth)))),
    call("sigma_convergence", lambda w: single("ratio", shrinkage.sigma_convergence(
        _wide(w), 1, 19).log_ratio)),
    sized("topsis", lambda w: numbers("score", shrinkage.topsis(
        _table(w), {"size": 1, "later": -1}, shrinkage.EntropyWeights()))),
    sized("composite_index", lambda w: numbers("index", shrinkage.composite_index(
        _table(w), {"size": 1, "later": -1}, shrinkage.EqualWeights()).values)),
    sized("share_arithmetic", lambda _: single("share", shrinkage.share_arithmetic(
        0.1, 0.2, 0.3)[0])),
    sized("gini", lambda w: single("gini", shrinkage.gini(_sizes(w)))),
    sized("theil", lambda w: single("theil", shrinkage.theil(_sizes(w)))),
    sized("primacy", lambda w: single("primacy", shrinkage.primacy(_sizes(w)))),
    sized("rank_size", lambda w: single("slope", shrinkage.rank_size(_sizes(w))[0])),
    sized("concentration", lambda w: numbers("c", shrinkage.concentration(_sizes(w)))),
    sized("theil_decomposition", lambda w: single("between", shrinkage.theil_decomposition(
        _sizes(w), list(w["sizes"]["group"])).between)),
    sized("cohen_kappa", lambda w: single("kappa", shrinkage.cohen_kappa(
        np.asarray(w["sizes"]["one"], float), np.asarray(w["sizes"]["two"], float)))),
    sized("fleiss_kappa", lambda w: single("kappa", shrinkage.fleiss_kappa(
        w["sizes"].set_index("city")[["one", "two", "three"]].astype(float)))),
    sized("beta_convergence", lambda w: single("beta", float(shrinkage.beta_convergence(
        _series(w, "size"), _series(w, "later"), 10).coefficients[-1]))),
    flowing("strengths", _by_city(flows.strengths)),
    flowing("centrality", _by_city(flows.centrality), rtol=1e-6),
    flowing("dominance", _by_city(flows.dominance)),
    flowing("network_effectiveness",
            lambda w: single("e", flows.network_effectiveness(_matrix(w))), scaled=("flow",)),
    flowing("network_reciprocity",
            lambda w: single("r", flows.network_reciprocity(_matrix(w))), scaled=("flow",)),
    flowing("backbone", lambda w: single("sum", float(np.sum(flows.backbone(_matrix(w)))))),
    flowing("polycentricity",
            lambda w: single("p", flows.polycentricity(_matrix(w).sum(axis=0))), scaled=("flow",)),
    flowing("fit_gravity", lambda w: numbers("b", dict(zip(*_gravity(w), strict=True))),
            scaled=("flow",), rtol=1e-6),
    flowing("log_distance", lambda w: single("sum", float(np.nansum(np.where(
        np.isfinite(flows.log_distance(_placed(w))), flows.log_distance(_placed(w)), 0.0))))),
    flowing("modularity", lambda w: single("q", flows.modularity(
        _matrix(w), [0, 0, 0, 0, 1, 1, 1, 1])), but={"other ids": "groups go by place"}),
    flowing("strength_bounds", _by_city(flows.strength_bounds)),
    flowing("minres", lambda w: numbers("score", dict(zip(
        network(w).cities, flows.minres(_matrix(w))[0], strict=True))), rtol=1e-5),
)  # fmt: skip
