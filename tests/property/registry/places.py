"""Canonical calls of decomposition, typologies, agreement, space and exact inference."""

import numpy as np
import pandas as pd

from econshrink import (
    CityPanel,
    Spec,
    causal,
    decompose,
    inference,
    panel as panels,
    shrinkage,
    spatial,
)
from econshrink.inference import Resampling
from tests.property.registry.calls import (
    Answer,
    Call,
    World,
    codes,
    growth_world,
    panel_world,
    place_world,
    rounded,
    single,
    size_world,
    told,
)
from tests.property.registry.others import _links, _ring, _values
from tests.property.registry.panel import ONE, TWO, made
from tests.property.registry.shrinkage import NET, WINDOW, _grown, made as grown

FEW = Resampling(49, rng=1)
DRAWN = {
    "permuted rows": "draws belong to the units in their order",
    "other ids": "draws belong to the units in their order",
}
BOTH = ("y", "x", "v")


def kind_world() -> World:
    """Twenty-four cities: jobs by industry, places, risks and capacities."""
    rng = np.random.default_rng(25)
    names = ("agriculture", "mining", "manufacturing", "hotels_catering",
             "culture_sports_entertainment", "other")  # fmt: skip
    average = np.array([3000, 100, 2000, 300, 60, 4540])
    frame = pd.DataFrame({"city": codes(24)})
    jobs = np.round(average * np.exp(rng.normal(0, 0.4, (24, 6))))
    frame = frame.assign(**dict(zip(names, jobs.T, strict=True)))
    other = pd.DataFrame({"city": codes(24)})
    other["density"] = np.exp(rng.normal(5, 1, 24))
    other["distance_km"] = np.exp(rng.normal(5, 1, 24))
    other["urban_shift"] = rng.normal(0.2, 0.2, 24)
    other["resource_stage"] = np.array(["none", "declining"])[rng.integers(0, 2, 24)]
    other["risk"] = rng.random(24)
    other["capacity"] = rng.gamma(2, 0.5, 24)
    other["path"] = np.array(["resource", "ecological"])[rng.integers(0, 2, 24)]
    other["probability"] = rng.random(24)
    return {"jobs": rounded(frame), "places": rounded(other)}


def _by_city(frame: pd.DataFrame, *left_out: str) -> pd.DataFrame:
    plain = frame.assign(city=frame["city"].astype(str)).set_index("city").sort_index()
    plain = plain.drop(columns=["irrelevant", *left_out], errors="ignore")
    texts = [c for c in plain if not pd.api.types.is_numeric_dtype(plain[c])]
    return plain.astype({c: object if c in texts else float for c in plain})


def _jobs(world: World) -> pd.DataFrame:
    return _by_city(world["jobs"])


def _places(world: World) -> pd.DataFrame:
    return _by_city(world["places"], "risk", "capacity", "path", "probability")


def _side(world: World):
    return made(world).with_variables({"north": (made(world).column("z") > 0).astype(float)})


def _runs(world: World) -> shrinkage.Multiverse:
    rules = {"loss": NET, "deep": shrinkage.NetLoss(threshold=0.1)}
    series = [shrinkage.PopulationSeries(grown(world), "residents", "annual", "made")]
    return shrinkage.multiverse(rules, series, [(2000, 2010), (2000, 2020)])


def _paths(world: World) -> Answer:
    found = shrinkage.path_types(_jobs(world), _places(world), 1)
    return told("path", found.frame.select_dtypes("number"))


def _support(world: World) -> Answer:
    frame = _by_city(world["places"])
    found = shrinkage.support_matrix(frame[["path", "probability"]], frame["risk"],
                                     frame["capacity"])  # fmt: skip
    return told("support", found.frame["support"])


def _features(world: World) -> tuple[pd.DataFrame, pd.Series]:
    frame = _places(world)[["density", "distance_km", "urban_shift"]]
    return frame, pd.Series(
        np.where(frame["density"] > frame["density"].median(), "a", "b"), frame.index
    )


def _records(world: World) -> Answer:
    base = pd.DataFrame({"city": codes(12), "start": 2000.0, "stop": 2021.0})
    base["city"] = sorted(world["units"]["city"].astype(str))
    frame = world["panel"].assign(city=world["panel"]["city"].astype(str))
    changes = frame[frame["year"].astype(int).mod(5).eq(0)]
    records = pd.DataFrame({"city": changes["city"], "time": changes["year"].astype(float),
                            "value": changes["population"].astype(float)})  # fmt: skip
    spells, account = shrinkage.merge_rows(
        base, shrinkage.Changing("people", records), rule_id="made"
    )
    rows = spells.frame.assign(start=spells.frame["start"].astype(int).astype(str))
    return told("rows", rows[["city", "start", "stop", "people"]]) | told(
        "split", account["rows_split"]
    )


def _balance(world: World) -> Answer:
    found = causal.balance_table(made(world), TWO, "z", ["v"])
    return told("p", found["p_value"]) | told("per_sd", found["per_sd"])


def shares_world() -> World:
    """Jobs of sixty cities in four sectors and farming, before and after."""
    rng = np.random.default_rng(26)
    jobs = rng.gamma(2.0, 100, (60, 5))
    later = jobs * np.exp(rng.normal(0.1, 0.3, 5) + 0.1 * rng.normal(size=(60, 5)))
    frame = pd.DataFrame({"city": codes(60), "noise": rng.normal(size=60)})
    for k, name in enumerate((*SECTORS, "farm")):
        frame[name], frame[f"{name}_later"] = jobs[:, k], later[:, k]
    frame["province"] = [f"p{i % 6}" for i in range(60)]
    return {"jobs": rounded(frame)}


SECTORS = ("a", "b", "c", "d")
NAMES = tuple(f"s_{name}" for name in SECTORS)
DESIGN = causal.ShiftShareDesign("x", "z", NAMES)


def _national(world: World):
    frame = _by_city(world["jobs"])
    every = [*SECTORS, "farm"]
    later = frame[[f"{name}_later" for name in every]].set_axis(every, axis=1)
    return frame, causal.shift_share(frame[every], later, without=["farm"])


def _exposed(world: World) -> tuple[CityPanel, pd.Series]:
    frame, found = _national(world)
    x = found.value.to_numpy()
    table = pd.DataFrame({"city": frame.index, "year": 2020, "z": x, "sum": found.share_sum})
    table["x"] = 2 * x + 0.01 * frame["noise"].to_numpy()
    table["y"] = table["x"] + np.sin(100 * x)
    table[list(NAMES)] = found.shares
    panel = CityPanel.from_long(table.reset_index(drop=True), attributes=frame[["province"]])
    return panel, pd.Series(found.national, list(NAMES))


def _rotemberg(world: World) -> Answer:
    panel, national = _exposed(world)
    shocks = pd.DataFrame([national] * len(panel.cities), index=list(panel.cities))
    return told("weight", causal.rotemberg_table(panel, SHOCKED, DESIGN, shocks)["weight"])


def _structure(world: World) -> pd.DataFrame:
    frame = _by_city(world["jobs"])
    names = ("employed_construction_sample", "employed_real_estate_sample",
             "tenure_purchased_sample", "floor_area_per_capita")  # fmt: skip
    found = frame[list(SECTORS)].set_axis(names, axis=1)
    whole = frame[[*SECTORS, "farm"]].sum(axis=1)
    return found.assign(employed_sample=whole, households_sample=whole)


def _areas(world: World) -> pd.DataFrame:
    frame = _by_city(world["jobs"])
    return pd.DataFrame({2010: frame["a"], 2020: frame["a_later"]})


SHOCKED = Spec("y", ("x", "sum"), ("province",))


def _first(estimate) -> Answer:
    return told("b", dict(zip(estimate.terms, map(float, estimate.coefficients), strict=True)))


def on(world, verb: str, run, **options) -> Call:
    """A call on one of the worlds."""
    return Call(verb, world, run, **options)


CALLS = (
    on(panel_world, "decompose.shapley_predicted", lambda w: told("part",
       decompose.shapley_predicted(made(w), ONE, {"first": ("x",), "second": ("v",)}, "province",
                                   FEW).wide()), but=DRAWN, scaled=("x", "v"), rtol=1e-6),
    on(panel_world, "decompose.oaxaca_blinder", lambda w: told("part", decompose.oaxaca_blinder(
        _side(w), ONE, {"first": ("x",), "second": ("v",)}, "north", resampling=FEW).wide()),
        but=DRAWN, scaled=("x", "v"), rtol=1e-6),
    on(panel_world, "decompose.component_means", lambda w: told("part", decompose.component_means(
        made(w).with_variables({"total": made(w).column("x") + made(w).column("v")}), "total",
        ("x", "v"), "province", resampling=FEW).wide()), but=DRAWN),
    on(panel_world, "causal.balance_table", _balance, scaled=("y", "x", "v", "z")),
    on(panel_world, "panel.permutation_test", lambda w: single("p", panels.permutation_test(
        made(w).select(years=[2012]), Spec("y", ("x",), ("province",)), "x", within="province",
        resampling=FEW).p_value), but=DRAWN, scaled=BOTH),
    on(panel_world, "panel.placebo_fe", lambda w: single("p", panels.placebo_fe(
        made(w), TWO, "x", FEW).p_value), but=DRAWN, scaled=BOTH),
    on(panel_world, "panel.curve_inference", lambda w: told("p", panels.curve_inference(
        panels.specification_curve(
            made(w), (TWO, Spec("y", ("x",), ("city", "year"))), "x"), FEW).adjusted),
        but=DRAWN, rtol=1e-6),
    on(panel_world, "spatial.spatial_impacts", lambda w: _first(spatial.spatial_impacts(
        spatial.fit_spatial(made(w), TWO, _ring(w)))), rtol=1e-5),
    on(place_world, "spatial.local_moran", lambda w: told("i", spatial.local_moran(
        _values(w), _links(w), Resampling(99, rng=1))[["local_i", "lag"]]), rtol=1e-8),
    on(place_world, "spatial.distance_to_core", lambda w: told("km", spatial.distance_to_core(
        _by_city(w["places"]).rename(columns={"longitude": "lon", "latitude": "lat"}),
        sorted(w["places"].sort_values("value")["city"].astype(str).head(3))))),
    on(size_world, "inference.romano_wolf", lambda w: told("p", inference.romano_wolf(
        np.array([3.0, 0.4]), np.asarray(w["sizes"][["size", "later"]], float) / 1e5)), but={
        "permuted rows": "draws stand in their order"}),
    on(kind_world, "shrinkage.location_quotients", lambda w: told(
        "lq", shrinkage.location_quotients(_jobs(w)))),
    on(kind_world, "shrinkage.path_types", _paths, but=DRAWN),
    on(kind_world, "shrinkage.support_matrix", _support),
    on(kind_world, "shrinkage.cluster_check", lambda w: single("ari", shrinkage.cluster_check(
        *_features(w), 2, 1, bootstraps=5).agreement), but=DRAWN, scaled=("density", "distance_km"),
        rtol=1e-6),
    on(size_world, "shrinkage.rank_intervals", lambda w: told("rank", shrinkage.rank_intervals(
        _by_city(w["sizes"], "group")[["size", "later"]], {"size": 1, "later": -1},
        shrinkage.EqualWeights(), shrinkage.DirichletWeights(20), 1)), but=DRAWN,
        scaled=("size", "later")),
    on(size_world, "shrinkage.size_classes", lambda w: told("class", shrinkage.size_classes(
        _by_city(w["sizes"])["size"] * 100))),
    on(growth_world, "shrinkage.multiverse", lambda w: told("count", _runs(w).counts[
        ["rule", "count", "unit_count"]].assign(n=lambda f: [f"run{i}" for i in range(len(f))])),
        scaled=("population",)),
    on(growth_world, "shrinkage.robust_and_fragile", lambda w: told(
        "kind", shrinkage.robust_and_fragile(_runs(w).support())), scaled=("population",)),
    on(growth_world, "shrinkage.variance_decomposition", lambda w: told(
        "share", shrinkage.variance_decomposition(_runs(w).counts, ["rule", "window"])),
        scaled=("population",)),
    on(growth_world, "shrinkage.run_probability", lambda w: told("p", shrinkage.run_probability(
        grown(w), WINDOW, shrinkage.StepErrors(0.01), 1)), but=DRAWN, scaled=("population",)),
    on(growth_world, "shrinkage.set_aside", lambda w: told("p", shrinkage.set_aside(
        grown(w), "population", ["suspect"]).wide("population")[2010])),
    on(growth_world, "shrinkage.weighted_mean_growth_by", lambda w: told("growth",
       shrinkage.weighted_mean_growth_by(_grown(w), "growth", "population", "own")),
       scaled=("population",)),
    on(growth_world, "shrinkage.merge_rows", _records),
    on(shares_world, "causal.shift_share", lambda w: told("value", _national(w)[1].value)),
    on(shares_world, "causal.akm0_set", lambda w: told("end", [list(map(float, pair)) for pair in
       causal.akm0_set(_exposed(w)[0], SHOCKED, DESIGN, 0.5).intervals]), rtol=1e-6),
    on(shares_world, "causal.fit_shock_level", lambda w: told("fit", causal.fit_shock_level(
        _exposed(w)[0], SHOCKED, DESIGN, _exposed(w)[1])), rtol=1e-6),
    on(shares_world, "causal.rotemberg_table", _rotemberg, rtol=1e-6),
    on(shares_world, "causal.housing_exposure", lambda w: told("share", causal.housing_exposure(
        _structure(w), _areas(w)))),
)  # fmt: skip
