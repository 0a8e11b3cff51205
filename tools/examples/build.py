"""Rebuild the tables of the two examples from the collected public figures.

Usage: ``python -m tools.examples.build --facts FOLDER [--out FOLDER]``. The inputs must be those of
``inputs.sha256``, byte by byte; the tables are written only if every national total holds.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, EconshrinkError, Fault, raise_all
from econshrink.data.examples.loaders import FOLDER
from econshrink.data.examples.schemas import (
    AGES,
    KOREAN_BIRTHS,
    KOREAN_COUNTS,
    SCHEMAS,
)
from econshrink.data.open.checked import column_digests, inspect
from tools.china.cells import Rows, scaled
from tools.packing import check_inputs, listed, pack, plain

INPUTS = listed(Path(__file__).with_name("inputs.sha256"))
LICENCES = {
    "europe": "Eurostat, CC BY 4.0",
    "europe_regions": "Eurostat, CC BY 4.0",
    "korea": "Statistics Korea, Korea Open Government License type 1",
}
# Population of the members that the collectors recalled, 2014 and 2019.
EUROPE_TOTALS = {
    "DE": (80_767_463, 83_019_213),
    "RO": (19_947_311, 19_414_458),
    "BG": (7_245_677, 7_000_039),
    "IT": (60_782_668, 60_359_546),
    "ES": (46_512_199, 46_937_060),
}
KOREA_TOTALS = {
    "population": (51_069_346, 51_829_120),  # 2015, 2020
    "households": (19_111_030, 20_926_710),
    "dwellings": (16_367_006, 18_525_844),
    "vacant_dwellings": (1_068_919, 1_511_306),
}


def reshape(folder: Path) -> dict[str, Rows]:
    """The three tables, cells as text, sorted by key."""
    europe, korea = _read(folder / "europe_nuts3.csv"), _read(folder / "korea_units.csv")
    off = sum(sum(int(row[age]) for age in AGES) != int(row["total"]) for row in europe)
    if off:
        raise DataError(Fault(f"{off} rows whose ages miss the total", "none", "Look them up."))
    regions = {row["nuts3_code"]: (row["country"], row["name"]) for row in europe}
    return {
        "europe_regions": [
            {"region": code, "country": country, "name": name}
            for code, (country, name) in sorted(regions.items())
        ],
        "europe": [
            {"region": row["nuts3_code"]} | {name: row[name] for name in ("year", "sex", *AGES)}
            for row in europe
        ],
        "korea": [_korean(row) for row in korea],
    }


def totals(tables: Mapping[str, Rows]) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """What is checked, what it must be, what the tables give."""
    europe = pd.DataFrame(tables["europe"])
    europe["total"] = europe[list(AGES)].astype(int).sum(axis=1)
    sums = europe.groupby([europe["region"].str[:2], "year"])["total"].sum()
    for country, expected in EUROPE_TOTALS.items():
        yield f"population of {country}", expected, tuple(int(n) for n in sums[country])
    korea = pd.DataFrame(tables["korea"])
    for name, expected in KOREA_TOTALS.items():
        wide = pd.to_numeric(korea[name]).groupby(korea["year"]).sum()
        yield f"Korea, {name}", expected, (int(wide["2015"]), int(wide["2020"]))


def build(facts: Path, out: Path) -> list[str]:
    """Check inputs and totals, write the tables and their manifest; names and sizes."""
    check_inputs(facts, INPUTS)
    tables = reshape(facts)
    faults = []
    for check, expected, got in totals(tables):
        print(f"{'ok  ' if got == expected else 'MISS'} {check}: {got}")
        if got != expected:
            faults.append(Fault(str(got), str(expected), "Find the figure that changed.", check))
    entries, packed = {}, {}
    for name, rows in tables.items():
        raw = plain(list(SCHEMAS[name].columns), rows)
        faults += inspect(raw, name, SCHEMAS[name])
        parsed = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
        packed[f"{name}.csv.gz"] = pack(raw)
        entries[name] = {
            "rows": len(rows),
            "key": list(SCHEMAS[name].key),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "licence_seen": LICENCES[name],
            "columns": column_digests(parsed),
        }
    raise_all(DataError, faults)
    manifest = {"format": 1, "inputs": INPUTS, "tables": entries}
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    packed["manifest.json"] = text.encode("utf-8")
    for name, content in packed.items():
        (out / name).write_bytes(content)
    return [f"{name}: {len(content):,} bytes" for name, content in packed.items()]


def _read(path: Path) -> Rows:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.to_dict("records")  # type: ignore[return-value]


def _korean(row: Mapping[str, str]) -> dict[str, str]:
    same = ("year", "name", "province", "reason", *KOREAN_COUNTS)
    births: Iterable[tuple[str, str]] = (
        (name, name.replace("births_per_woman", "births_per_1000_women")) for name in KOREAN_BIRTHS
    )
    return (
        {"unit": row["kr_code"]}
        | {name: row[name] for name in same}
        | {"grdp": scaled(row["grdp_million_krw"], 6)}
        | {"total_fertility_rate": scaled(row["total_fertility_rate"])}
        | {name: scaled(row[column], -3) for name, column in births}
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="tools.examples.build", description=__doc__)
    parser.add_argument("--facts", type=Path, required=True, help="folder of the collected figures")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the tables")
    options = parser.parse_args(arguments)
    try:
        print("\n".join(build(options.facts, options.out)))
    except EconshrinkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
