"""The verbs of `econshrink.big` where the rows live in Spark: wall seconds on a local cluster.

Run ``python -m benchmarks.spark [million rows ...]`` (default 1 4 16) with the Python of
``make spark``: two workers of one core and two gigabytes each read the same Parquet file as
`benchmarks.big`, in an order by year. Regressions are sorted by Spark and streamed to this process;
spells are grouped on the workers. Writes ``benchmarks/results/spark.json``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from math import log
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.big import MODEL, by_year, make, own_peak
from benchmarks.setting import machine
from econshrink.core.files import write_file

PACKAGES = ("econshrink", "pyspark", "ibis-framework", "pyarrow", "duckdb", "numpy")
WORKERS = "local-cluster[2,1,2048]"
TARGET = Path(__file__).parent / "results" / "spark.json"


def main() -> None:
    """Measure at every size; print and keep."""
    sizes = [float(word) for word in sys.argv[1:]] or [1.0, 4.0, 16.0]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-spark-") as folder:
        session = started(Path(folder))
        for millions in (0.1, *sizes):  # the first only wakes the workers
            mixed = Path(folder) / "mixed.parquet"
            beside = get_context("spawn").Process(target=write, args=(mixed, millions))
            beside.start()  # the peak told below is not that of making the rows
            beside.join()
            for road, call in roads(session, mixed, Path(folder)).items():
                start = time.perf_counter()
                call()
                if millions < min(sizes):
                    continue
                one = {"road": road, "rows": round(millions * 1e6)}
                one |= {"seconds": time.perf_counter() - start, "driver_peak_mb": own_peak() / 1e3}
                before = [row for row in rows if row["road"] == road]
                if before:
                    grown = log(one["rows"] / before[-1]["rows"])
                    one["exponent"] = log(one["seconds"] / before[-1]["seconds"]) / grown
                rows.append(one)
                print(one, flush=True)
            mixed.unlink()
    report = {"machine": machine(PACKAGES), "workers": WORKERS, "results": rows}
    write_file(TARGET, json.dumps(report, indent=1) + "\n")


def write(target: Path, millions: float) -> None:
    """Write the rows of `benchmarks.big` in an order by year."""
    plain = target.with_name("cells.parquet")
    make(plain, millions)
    by_year(plain, target)
    plain.unlink()


def started(folder: Path) -> Any:
    """A local cluster whose files lie in a folder, as Ibis sees it."""
    import ibis  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    session = SparkSession.builder.master(WORKERS).config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)


def roads(engine: Any, path: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    """The same table as rows of a panel and as spells, through Spark."""
    from econshrink import big  # noqa: PLC0415

    def table(**keys: str) -> Any:
        room = big.Workspace(tempfile.mkdtemp(dir=folder))
        return big.scan(engine.read_parquet(str(path)), workspace=room, **keys)

    def hazards() -> Any:
        rows = engine.read_parquet(str(path))
        spells = rows.mutate(stop=rows.year - 2000, event=(rows.x1 > 1).cast("int8"))
        room = big.Workspace(tempfile.mkdtemp(dir=folder))
        source = big.scan(spells.select("stop", "event"), workspace=room)
        return big.kaplan_meier(source, duration="stop", event="event")

    return {
        "sort by Spark, then stream": lambda: big.fit_fe(table(unit="cell", time="year"), MODEL),
        "Kaplan-Meier on the workers": hazards,
    }


if __name__ == "__main__":
    main()
