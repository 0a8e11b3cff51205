"""Canonical calls of closing series to censuses, detectors of doubtful figures and vintages."""

import numpy as np
import pandas as pd

from econshrink import CityPanel, data
from econshrink.nouns import FlowPanel
from tests.property.registry.calls import Answer, Call, World, codes, flow_world, rounded, told
from tests.property.registry.shrinkage import network

POPULATION = {"population": 1.0}


def census_world() -> World:
    """Annual figures of eight cities from 2008 to 2022, lights, and two censuses."""
    rng = np.random.default_rng(22)
    cities, years = codes(8), range(2008, 2023)
    growth = rng.normal(0, 0.01, (8, 15)) + np.linspace(-0.02, 0.02, 8)[:, None]
    people = 2.0 ** rng.integers(18, 23, (8, 1)) * np.exp(np.cumsum(growth, axis=1))
    annual = pd.DataFrame([(c, t) for c in cities for t in years], columns=["city", "year"])
    annual["population"] = people.ravel()
    annual["lights"] = (people * rng.uniform(0.9, 1.1, (8, 15))).ravel() / 1024
    counted = pd.DataFrame([(c, t) for c in cities for t in (2010, 2020)], columns=["city", "year"])
    counted["population"] = (people[:, [2, 12]] * rng.uniform(0.85, 1.05, (8, 2))).ravel()
    changes = pd.DataFrame({"city": cities, "step_year": [2014.0, *[np.nan] * 7]})
    changes["population_2010_tabulation"] = people[:, 2]
    changes["population_2010"] = people[:, 2] * 1.25
    return {"annual": rounded(annual), "census": rounded(counted), "changes": rounded(changes)}


def annual(world: World) -> CityPanel:
    """The annual series of a world."""
    return CityPanel.from_long(world["annual"], source="made")


def census(world: World) -> CityPanel:
    """The censuses of a world."""
    return CityPanel.from_long(world["census"], source="made")


def call(name: str, run, **options) -> Call:
    """A call on the world of censuses, in persons."""
    options.setdefault("scaled", ("population", "population_2010", "population_2010_tabulation"))
    return Call(f"data.{name}", census_world, run, **options)


def _wide(panel: CityPanel) -> Answer:
    return told("population", panel.wide("population"), unit=POPULATION)


def _closed(verb, **options):
    return lambda w: _wide(verb(annual(w), census(w), **options).panel)


def _smooth(world: World) -> Answer:
    found = data.close_smoothed(annual(world), census(world), model=MODEL)
    return _wide(found.closure.panel) | told("error", found.std_error)


def _imputed(world: World) -> Answer:
    rng = np.random.default_rng(1)
    stated = data.close_smoothed(annual(world), census(world), model=MODEL)
    found = data.closure_imputations(
        annual(world), census(world), draws=4, rng=rng, smoothed=stated
    )
    return {} if not found.panels else _wide(found.panels[0])


def _filled(world: World) -> Answer:
    frame = world["annual"].reset_index(drop=True)
    gap = frame["population"].where(frame["year"].ne(2012))
    panel = CityPanel.from_long(frame.assign(population=gap), source="made")
    found = data.impute(panel, ["population"], 2, np.random.default_rng(1), auxiliary=["lights"])
    return told("population", found.panels[0].wide("population")[2012])


def _flags(found: pd.DataFrame) -> Answer:
    keyed = found.assign(one=1.0, year=found["year"].astype(int).astype(str))
    return told("flag", keyed[["city", "year", "rule", "one"]])


def _doubtful(world: World) -> CityPanel:
    """A zero between figures, and one ten times too large."""
    frame = world["annual"].reset_index(drop=True).copy()
    city = frame["city"].astype(str)
    here = city.eq(frame["population"].groupby(city, sort=False).max().idxmin())
    frame["population"] = np.array(frame["population"], dtype=float)
    frame.loc[(here & frame["year"].eq(2012)).astype(bool), "population"] = 0.0
    frame.loc[(here & frame["year"].eq(2016)).astype(bool), "population"] *= 10.0
    return CityPanel.from_long(frame, source="made")


def _sums(world: World) -> Answer:
    panel = annual(world)
    total = panel.wide("population").sum()
    printed = pd.DataFrame(
        {"area": panel.cities[0][:2] + "0000", "year": total.index, "variable": "population"}
    )
    found = data.check_sums(panel, printed.assign(value=total.to_numpy() * 1.05))
    return told("ratio", found.assign(year=found["year"].astype(str))[["year", "ratio"]])


def _vintage(world: World) -> Answer:
    return _wide(data.pseudo_vintage(annual(world), 2015).panel)


def _flow_panel(world: World, *factors: float) -> FlowPanel:
    from dataclasses import replace  # noqa: PLC0415

    net = network(world)
    years = range(2015, 2015 + len(factors))
    made = [replace(net, flows=(net.flows if f > 0 else net.flows.T) * abs(f), year=y)
            for f, y in zip(factors, years, strict=True)]  # fmt: skip
    return FlowPanel(tuple(made))


def _shares(world: World) -> Answer:
    from dataclasses import replace  # noqa: PLC0415

    net = network(world)
    none = np.zeros(len(net.cities))
    out, into = replace(net, unlisted_out=none), replace(net, unlisted_in=none)
    return told("flow", data.reconcile_shares(out, into).network.flows.sum(axis=1), net.cities,
                {"flow": 1.0})  # fmt: skip


MODEL = data.GrowthModel(0.0, 0.01, 0.002, 0.003, 0.3, 0.0, 0.005, 0.0, 0.002)
PLAIN = {"scaled": ()}
CALLS = (
    call("base_shift", lambda w: told("shift", data.base_shift(annual(w), census(w))["shift"])),
    call("close_log_linear", _closed(data.close_log_linear)),
    call("close_proportional", _closed(data.close_proportional)),
    call("close_denton", _closed(data.close_denton, indicator="lights")),
    call("close_smoothed", _smooth, rtol=1e-6),
    call("closure_imputations", _imputed, **PLAIN, rtol=1e-6, but={
        "permuted rows": "draws belong to the units in their order",
        "other ids": "draws belong to the units in their order"}),
    call("impute", _filled, **PLAIN, rtol=1e-6, but={
        "permuted rows": "draws belong to the units in their order",
        "other ids": "draws belong to the units in their order",
        "an irrelevant column": "is part of the panel"}),
    call("denton", lambda w: told("level", data.denton(
        annual(w).wide("lights").to_numpy(), np.ones((1, 15)),
        annual(w).wide("population").sum(axis=1).to_numpy()[:, None]), annual(w).cities,
        POPULATION), but={"nullable": "an array"}),
    call("smooth_decade", lambda w: told("level", data.smooth_decade(
        annual(w).wide("population").to_numpy()[:, 2:13], MODEL)[0], annual(w).cities,
        POPULATION), rtol=1e-6),
    call("detect", lambda w: _flags(data.detect(_doubtful(w), "population")), **PLAIN),
    call("detect_all", lambda w: _flags(data.detect_all(_doubtful(w))), **PLAIN,
         but={"an irrelevant column": "is looked at as well"}),
    call("apply_flags", lambda w: told("suspect", int(data.apply_flags(
        _doubtful(w), data.detect(_doubtful(w), "population")).status["population"]
        .eq("suspect").sum())), **PLAIN),
    call("check_sums", _sums, but={"other ids": "areas are parts of the codes"}),
    call("pseudo_vintage", _vintage),
    call("rebase_boundaries", lambda w: _wide(data.rebase_boundaries(
        annual(w), w["changes"].assign(city=w["changes"]["city"].astype(str)))),
        but={"nullable": "a table of the package"}),
    Call("data.check_flow_direction", flow_world, lambda w: told("faults", len(
        data.check_flow_direction(w["flows"][["origin", "destination", "flow"]])))),
    Call("data.transposed_years", flow_world, lambda w: told(
        "year", {str(y): 1.0 for y in data.transposed_years(_flow_panel(w, 1.0, 1.1, -1.0, 0.9))})),
    Call("data.reconcile_shares", flow_world, _shares, scaled=("flow",)),
)  # fmt: skip
