"""The verbs of `big` on a local Spark with two workers against the same verbs in memory.

Java and pyspark are no dependency: ``python -m tools.soak spark`` runs this where both are there.
"""

import ibis
import numpy as np
import pandas as pd
import pytest

from econshrink import Jackknife, Resampling, SpellTable, big, fit_fe, identify, kaplan_meier, moran
from econshrink.panel import bootstrap_fe
from econshrink.shrinkage import ConsecutiveDecline
from econshrink.spatial import Neighbours
from econshrink.survival import fit_discrete_hazard
from tests.oracles.big.test_big_equal import (
    SMALL,
    TABLE,
    as_panel,
    close,
    same_estimate,
    spells_table,
)

pyspark_sql = pytest.importorskip("pyspark.sql")
WORKERS = "local-cluster[2,1,1024]"  # two processes of one core and a gigabyte


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    home = tmp_path_factory.mktemp("spark")
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.local.dir": str(home),
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    session = pyspark_sql.SparkSession.builder.master(WORKERS).config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture
def opened(engine, tmp_path):
    def scan(frame, **keys):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        frame.to_parquet(path)
        options = {"workspace": big.Workspace(**SMALL)} | keys
        return big.scan(engine.read_parquet(str(path)), **options)

    return scan


def shuffled(table=TABLE):
    return table.sample(frac=1.0, random_state=1)


@pytest.mark.parametrize("vcov", [None, Jackknife("cell")])
def test_fixed_effects(opened, vcov):
    model = "y ~ a + lag(b) | cell + year"
    here = fit_fe(TABLE, model, vcov, unit="cell", time="year")
    same_estimate(big.fit_fe(opened(shuffled(), unit="cell", time="year"), model, vcov), here)


def test_the_bootstrap(opened):
    model, option = "y ~ a + b | cell + year", Resampling(100, rng=5)
    here = bootstrap_fe(TABLE, model, option, unit="cell", time="year")
    there = big.bootstrap_fe(opened(shuffled(), unit="cell", time="year"), model, option)
    close(there.draws.values, here.draws.values)


def test_identification(opened):
    rule, window = ConsecutiveDecline(2), (2010, 2020)
    here = identify(as_panel(), rule, window, series="s")
    there = big.identify(opened(shuffled(), unit="cell", time="year"), rule, window, series="s")
    pd.testing.assert_frame_equal(there.frame, here.frame, rtol=1e-12)


@pytest.mark.parametrize("by", [None, "group"])
def test_kaplan_meier(opened, by):
    table = spells_table()
    names = {"duration": "stop", "event": "event", "entry": "entry"}
    frame = table.assign(event=table["event"].astype(int))
    here = kaplan_meier(SpellTable.from_durations(frame, **names), by)
    there = big.kaplan_meier(opened(table), by, **names)
    pd.testing.assert_frame_equal(there.frame, here.frame, rtol=1e-12)


def test_discrete_hazards(opened):
    table = spells_table(2000)
    table = table.assign(stop=np.minimum(table["stop"], 9.0), event=table["event"].astype(int))
    rows = table.assign(start=table["stop"] - 1)
    spells = SpellTable.from_rows(rows, start="start", stop="stop", event="event")
    here = fit_discrete_hazard(spells, ("old", "mine"))
    names = {"duration_column": "stop", "event": "event"}
    there = big.fit_discrete_hazard(opened(table), ("old", "mine"), **names)
    close(there.coefficients, here.coefficients, 1e-9)


def test_moran(opened):
    ids = TABLE["cell"].drop_duplicates().tolist()
    rng = np.random.default_rng(2)
    first = rng.integers(0, len(ids), 600)
    second = (first + rng.integers(1, 20, 600)) % len(ids)
    pairs = pd.DataFrame({"city_a": first, "city_b": second}).map(ids.__getitem__)
    values = TABLE[TABLE["year"] == 2014].set_index("cell")["b"].dropna()
    values.index = values.index.astype(str)
    here = moran(values, Neighbours.from_pairs(pairs, values.index), None)
    there = big.moran(opened(shuffled(), unit="cell", time="year"), opened(pairs), "b", 2014)
    for name in ("statistic", "expectation", "std_error"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-10), name


def test_a_table_that_needs_several_ranges(opened):
    rng = np.random.default_rng(5)
    units = 40_000
    frame = pd.DataFrame(
        {
            "cell": np.repeat([f"c{i:06d}" for i in range(units)], 12),
            "year": np.tile(np.arange(2001, 2013), units),
            "y": rng.normal(size=12 * units),
            "x": rng.normal(size=12 * units),
        }
    )
    tight = big.Workspace(memory_mb=100, jobs=1)
    table = opened(shuffled(frame), unit="cell", time="year", workspace=tight)
    here = fit_fe(frame, "y ~ x | cell + year", unit="cell", time="year")
    same_estimate(big.fit_fe(table, "y ~ x | cell + year"), here)
