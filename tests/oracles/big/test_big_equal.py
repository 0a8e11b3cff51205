"""Verbs on disk against the same verbs in memory: every number to 1e-10."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from econshrink import (
    CityPanel,
    Clustered,
    Heteroskedastic,
    Iid,
    Jackknife,
    Resampling,
    SpellTable,
    big,
    fit_fe,
    identify,
    kaplan_meier,
    moran,
)
from econshrink.big import sorting
from econshrink.core.errors import EconshrinkError
from econshrink.data import HoldGrowth, StraightLine, close_log_linear, close_proportional
from econshrink.inference import BayesianBootstrap
from econshrink.panel import bootstrap_fe
from econshrink.shrinkage import ConsecutiveDecline, registered, severity
from econshrink.spatial import Neighbours
from econshrink.survival import DurationPolynomial, Logit, fit_discrete_hazard

UNITS, YEARS = 300, 12
SMALL = {"part_rows": 700, "memory_mb": 100}  # several parts of this little table
FORMS = ("sorted", "shuffled", "folder", "duckdb", "ibis")


def long_table():
    rng = np.random.default_rng(3)
    kept = np.flatnonzero(rng.random(UNITS * YEARS) < 0.9)
    unit, year = kept // YEARS, kept % YEARS
    shared = rng.normal(size=UNITS)[unit] + rng.normal(size=YEARS)[year]
    x = rng.normal(size=(len(unit), 2)) + shared[:, None]
    frame = pd.DataFrame({"cell": unit + 100, "year": year + 2009, "a": x[:, 0], "b": x[:, 1]})
    frame["name"] = np.array([f"u{i:04d}é" for i in range(UNITS)], dtype=object)[unit]
    frame["y"] = 0.5 * x[:, 0] - 0.2 * x[:, 1] + shared + rng.normal(size=len(unit))
    frame["w"] = rng.integers(0, 4, len(unit)) / 2
    steps = rng.normal(-0.005, 0.02, (UNITS, YEARS)).cumsum(axis=1)
    frame["population"] = np.exp(11 + steps)[unit, year]
    for name in ("real_growth", "built_up_km2", "night_lights", "urban", "vacancy"):
        frame[name] = rng.lognormal(size=len(unit))
    for name in ("b", "population", "urban"):
        frame.loc[rng.random(len(unit)) < 0.02, name] = np.nan
    lonely = pd.DataFrame({"cell": [7], "year": [2010], "name": ["a"], "y": [1.0], "a": [2.0]})
    return pd.concat([frame, lonely], ignore_index=True).sort_values(["cell", "year"])


TABLE = long_table()


def stored(folder, form, table=TABLE, unit="cell", **options):
    """The table on disk in one of the forms, opened."""
    frame = table.sort_values([unit, "year"])
    mixed = frame.sample(frac=1.0, random_state=1)
    where = folder / f"{form}.parquet"
    keys = {"unit": unit, "time": "year", "workspace": big.Workspace(**SMALL), **options}
    if form == "sorted":
        frame.to_parquet(where, row_group_size=500)
    elif form == "shuffled":
        mixed.to_parquet(where)
    elif form == "folder":
        where = folder / "folder"
        where.mkdir()
        half = len(frame) // 2
        frame[half:].to_parquet(where / "a.parquet", row_group_size=300)  # names do not tell order
        frame[:half].to_parquet(where / "b.parquet")
    else:
        where = folder / "cells.duckdb"
        with duckdb.connect(str(where)) as connection:
            connection.register("frame", mixed)
            connection.execute("create table cells as select * from frame")
        if form == "ibis":
            cells = ibis.duckdb.connect(str(where), read_only=True).table("cells")
            return big.scan(cells.filter(cells.year > 0), **keys)
        keys["table"] = "cells"
    return big.scan(where, **keys)


def close(ours, theirs, tolerance=1e-10):
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=1e-13)


def same_estimate(ours, theirs, tolerance=1e-10):
    assert ours.terms == theirs.terms
    close(ours.coefficients, theirs.coefficients, tolerance)
    close(ours.covariance, theirs.covariance, tolerance)
    assert ours.clusters == theirs.clusters
    assert (ours.method, ours.vcov_label, ours.notes) == (
        theirs.method,
        theirs.vcov_label,
        theirs.notes,
    )
    assert (ours.nobs, ours.df_t, ours.small_sample) == (
        theirs.nobs,
        theirs.df_t,
        theirs.small_sample,
    )
    assert ours.stats.keys() == theirs.stats.keys()
    for name, value in ours.stats.items():
        assert value == pytest.approx(theirs.stats[name], rel=tolerance), name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("unit", ["cell", "name"])
def test_fixed_effects_from_every_kind_of_table(tmp_path, form, unit):
    model = f"y ~ a + b | {unit} + year"
    here = fit_fe(TABLE, model, unit=unit, time="year")
    same_estimate(big.fit_fe(stored(tmp_path, form, unit=unit), model), here)


@pytest.mark.parametrize(
    "model",
    [
        "y ~ a + b | cell",
        "y ~ a + b | year + cell",
        "np.exp(y / 9) ~ a + I(b**2) + a:b + lag(b) | cell + year",
        "y ~ a + diff(a, 2) | cell + year",
    ],
)
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    "vcov",
    [
        Iid(),
        Clustered("cell", "stata_xtreg"),
        Clustered("cell", "linearmodels"),
        Jackknife("cell"),
        Jackknife("cell", about_mean=True),
    ],
)
def test_fixed_effects_with_every_option(tmp_path, model, weights, vcov):
    here = fit_fe(TABLE, model, vcov, unit="cell", time="year", weights=weights)
    there = big.fit_fe(stored(tmp_path, "sorted"), model, vcov, weights=weights)
    same_estimate(there, here)


def test_a_year_with_one_row_is_left_out_as_in_memory(tmp_path):
    late = TABLE[TABLE["cell"] == 100].tail(1).assign(year=2030)
    table = pd.concat([TABLE, late])
    here = fit_fe(table, "y ~ a | cell + year", unit="cell", time="year")
    there = big.fit_fe(stored(tmp_path, "shuffled", table), "y ~ a | cell + year")
    same_estimate(there, here)
    assert there.stats["rows_singleton"] == 2


def test_a_unit_alone_in_two_years_can_be_left_out(tmp_path):
    early = TABLE[TABLE["cell"].isin([100, 101]) & TABLE["year"].isin([2010, 2011])]
    table = pd.concat([TABLE, early.assign(year=early["year"] - 40)])
    args = "y ~ a | cell + year", Jackknife("cell")
    here = fit_fe(table, *args, unit="cell", time="year")
    same_estimate(big.fit_fe(stored(tmp_path, "sorted", table), *args), here)


@pytest.mark.parametrize("model", ["y ~ a + b | cell", "y ~ a + b | cell + year"])
@pytest.mark.parametrize("scheme", [None, BayesianBootstrap()])
def test_the_bootstrap_gives_the_same_draws(tmp_path, model, scheme):
    option = Resampling(300, scheme, rng=5)
    here = bootstrap_fe(TABLE, model, option, unit="cell", time="year")
    there = big.bootstrap_fe(stored(tmp_path, "folder"), model, option)
    close(there.draws.values, here.draws.values)
    assert there.draws.method == here.draws.method
    assert (there.short_of_rank, there.fewer_effects) == (here.short_of_rank, here.fewer_effects)
    same_estimate(there.estimate, here.estimate)


def as_panel(table=TABLE, unit="cell"):
    figures = table.drop(columns=[c for c in ("cell", "name") if c != unit and c in table])
    return CityPanel.from_long(figures.rename(columns={unit: "city"}), source="x")


@pytest.mark.parametrize("form", ["sorted", "shuffled"])
@pytest.mark.parametrize("unit", ["cell", "name"])
def test_identification_by_every_rule_that_looks_at_one_unit(tmp_path, form, unit):
    table, panel, judged = stored(tmp_path, form, unit=unit), as_panel(unit=unit), 0
    for key, (rule, _) in registered().items():
        if not rule.alone or not set(rule.needs) <= set(panel.variables):
            continue
        for window in ((2010, 2020), (2009, 2019)):
            try:
                here = identify(panel, rule, window, series="s")
            except EconshrinkError as problem:
                with pytest.raises(type(problem)):
                    big.identify(table, rule, window, series="s")
                continue
            there = big.identify(table, rule, window, series="s")
            pd.testing.assert_frame_equal(there.frame, here.frame, obj=key, rtol=1e-12)
            assert there.excluded.values.tolist() == here.excluded.values.tolist()
            assert (there.rule_id, there.sample, there.count) == (
                here.rule_id,
                here.sample,
                here.count,
            )
            judged += 1
    assert judged > 10


@pytest.mark.parametrize("form", ["sorted", "duckdb"])
def test_severity(tmp_path, form):
    here = severity(as_panel(), (2010, 2020), ConsecutiveDecline(2))
    there = big.severity(stored(tmp_path, form), (2010, 2020), ConsecutiveDecline(2))
    pd.testing.assert_frame_equal(there, here, rtol=1e-12)


@pytest.mark.parametrize("form", ["sorted", "shuffled"])
@pytest.mark.parametrize("rule", [HoldGrowth(1), StraightLine(), "proportional"])
def test_closure(tmp_path, form, rule):
    rng = np.random.default_rng(4)
    ids = np.append(np.arange(100, 100 + UNITS), [5, 999_999])
    people = rng.lognormal(11, 0.1, (len(ids), 2))
    people[rng.random(people.shape) < 0.05] = np.nan
    census = pd.DataFrame(
        {"cell": ids.repeat(2), "year": [2010, 2020] * len(ids), "population": people.ravel()}
    )
    (tmp_path / "census").mkdir()
    counts = stored(tmp_path / "census", form, census)
    verb, inside = big.close_log_linear, close_log_linear
    options = {"old_base": rule}
    if rule == "proportional":
        verb, inside, options = big.close_proportional, close_proportional, {}
    there = verb(stored(tmp_path, form), counts, to=tmp_path / "out", **options)
    here = inside(as_panel(), as_panel(census), **options)
    found = pd.concat(map(pd.read_parquet, sorted((tmp_path / "out").glob("*.parquet"))))
    ours = found.set_index(["cell", "year"]).rename_axis(["city", "year"])
    names = ["population", "population_raw"]
    pd.testing.assert_frame_equal(ours[names], here.panel.frame[names], rtol=1e-12)
    status = here.panel.status["population"].astype("str")
    assert (ours["population_status"].fillna("") == status.fillna("")).all()
    key = ["city", "reason"]
    assert sorted(there.excluded[key].values.tolist()) == sorted(here.excluded[key].values.tolist())
    again = verb(stored(tmp_path, "folder"), counts, to=tmp_path / "new", **options)
    assert again.table.columns == there.table.columns


def spells_table(people=6000):
    rng = np.random.default_rng(8)
    entry = rng.integers(0, 3, people).astype(float)
    group = np.array(["coast", "west", "north east"], dtype=object)[rng.integers(0, 3, people)]
    return pd.DataFrame(
        {
            "entry": entry,
            "stop": entry + rng.integers(1, 15, people),
            "event": rng.random(people) < 0.4,
            "group": group,
            "old": rng.integers(0, 5, people) / 4,
            "mine": rng.integers(0, 2, people),
        }
    )


@pytest.mark.parametrize("by", [None, "group"])
@pytest.mark.parametrize("entry", [None, "entry"])
def test_kaplan_meier(tmp_path, by, entry):
    table = spells_table()
    table.to_parquet(tmp_path / "spells.parquet")
    names = {"duration": "stop", "event": "event", "entry": entry}
    frame = table.assign(event=table["event"].astype(int))
    here = kaplan_meier(SpellTable.from_durations(frame, **names), by)
    there = big.kaplan_meier(big.scan(tmp_path / "spells.parquet"), by, **names)
    pd.testing.assert_frame_equal(there.frame, here.frame, rtol=1e-12)


@pytest.mark.parametrize("link", [Logit(), None])
@pytest.mark.parametrize("vcov", [Iid(), Heteroskedastic()])
@pytest.mark.parametrize("shape", [None, DurationPolynomial(2)])
def test_discrete_hazards(tmp_path, link, vcov, shape):
    table = spells_table()
    table = table.assign(stop=np.minimum(table["stop"], 9.0), event=table["event"].astype(int))
    table = table[table["stop"] > 0]
    table.to_parquet(tmp_path / "spells.parquet")
    options = {"vcov": vcov} | ({"link": link} if link else {})
    options |= {"duration": shape} if shape else {}
    rows = table.assign(start=table["stop"] - 1)
    spells = SpellTable.from_rows(rows, start="start", stop="stop", event="event")
    here = fit_discrete_hazard(spells, ("old", "mine"), **options)
    names = {"duration_column": "stop", "event": "event"}
    there = big.fit_discrete_hazard(
        big.scan(tmp_path / "spells.parquet"), ("old", "mine"), **names, **options
    )
    close(there.coefficients, here.coefficients, 1e-9)
    close(there.covariance, here.covariance, 1e-9)
    assert there.nobs == here.nobs
    for name in ("loglik", "loglik_null", "events"):
        assert there.stats[name] == pytest.approx(here.stats[name], rel=1e-10)


@pytest.mark.parametrize("standardised", [True, False])
@pytest.mark.parametrize("form", ["sorted", "ibis"])
@pytest.mark.parametrize("unit", ["cell", "name"])
def test_moran(tmp_path, standardised, form, unit):
    ids = TABLE[unit].drop_duplicates().tolist()
    rng = np.random.default_rng(2)
    first = rng.integers(0, len(ids), 600)
    second = (first + rng.integers(1, 20, 600)) % len(ids)
    pairs = pd.DataFrame({"city_a": first, "city_b": second}).map(ids.__getitem__)
    pairs.to_parquet(tmp_path / "pairs.parquet")
    values = TABLE[TABLE["year"] == 2014].set_index(unit)["b"].dropna()
    if unit == "cell":
        values.index = values.index.astype(str)
    w = Neighbours.from_pairs(pairs, values.index, row_standardised=standardised)
    here = moran(values, w, None)
    there = big.moran(
        stored(tmp_path, form, unit=unit),
        big.scan(tmp_path / "pairs.parquet"),
        "b",
        2014,
        row_standardised=standardised,
    )
    for name in ("statistic", "expectation", "std_error", "p_normal"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-10), name
    assert there.units == here.units
    assert sorted(there.left_out) == sorted(here.left_out)


@pytest.mark.parametrize("unit", ["cell", "name"])
@pytest.mark.parametrize("form", ["shuffled", "duckdb", "mixed files"])
def test_a_sort_in_many_ranges(tmp_path, form, unit, monkeypatch):
    monkeypatch.setattr(sorting, "RANGE_SHARE", 2e-4)  # of 100 MB: some ten ranges
    monkeypatch.setattr(sorting, "AT_ONCE", 450)
    model = f"y ~ a + b | {unit} + year"
    space = {"workspace": big.Workspace(tmp_path / "work", **SMALL)}
    if form == "mixed files":
        (tmp_path / "files").mkdir()
        mixed = TABLE.sample(frac=1.0, random_state=2)
        small = mixed[:900].astype({"cell": "int32", "b": "float32", "name": "category"})
        small.to_parquet(tmp_path / "files" / "a.parquet")
        mixed[900:].to_parquet(tmp_path / "files" / "b.parquet")
        table = big.scan(tmp_path / "files", unit=unit, time="year", **space)
        frame = pd.concat([small.astype({"b": float, "name": "str"}), mixed[900:]])
    else:
        table, frame = stored(tmp_path, form, unit=unit, **space), TABLE
    here = fit_fe(frame, model, unit=unit, time="year")
    same_estimate(big.fit_fe(table, model), here)
    assert len(list((tmp_path / "work").rglob("sorted-range-*.parquet"))) > 5
    assert not list((tmp_path / "work").rglob("range-0*.parquet"))
