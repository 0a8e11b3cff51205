"""Rebuild the embedded tables from the collected public figures.

Usage: ``python -m tools.china.build --facts FOLDER [--out FOLDER]``. The inputs must be
those listed here, byte by byte; the tables are written only if every official total holds.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from econshrink.core.errors import DataError, EconshrinkError, Fault, raise_all
from econshrink.data.china.schemas import SCHEMAS
from econshrink.data.china.store import FOLDER, FORMAT
from econshrink.data.china.totals import check_official_totals
from econshrink.data.open.checked import column_digests, group_digests, inspect
from tools.china.cells import Rows
from tools.china.reshape import reshape, sort_rows

INPUTS = {
    "adjacency.csv": "ea10161d9d7c1926afe92768b8034b48d42d86d850cb3d97f050051d7acc586d",
    "boundaries.geojson": "dfae2d9654caceaec571e5d8fc3fc1a4e29dce829a6f30cb2c64c4c17d7cc6a0",
    "boundary_changes.csv": "c32289fc97672b9fabc5f18e66036a719ec3ab79238eeaf71019a6de97bb2701",
    "built_up_annual.csv": "fddb3130cf34407f66ba63bd53b956ec826e39adfe7f7c72ef9e7977ba1c0472",
    "census_age_sex.csv": "35af51690b3905c9186149486c66a835940f0acdc5d29f65673ff6f36275584d",
    "census_population.csv": "87b0d374e9e0341b644939bd3f3bac175134202e99502e99f93c08ac05679de7",
    "census_profile.csv": "8f5352eee7ea55c5b2ad188cfcd5a42d5992eb55f4813d957e271a5d75a0d77e",
    "gdp_annual.csv": "026f1b12bf181f459c15bc85da868affa2af7c7f1173e6be7946dce6b72599c7",
    "gdp_sector_annual.csv": "bf6e3bb33544b213cf19d4ed895a796800d6497b1f5b9af7bda9e3542aba6e75",
    "national_age_specific.csv": "5d5b605ea67e374248fd79be8d1133824bad8bb5889ff13beaef567f707a482c",
    "national_annual.csv": "caf66563622889f4a3a1f4545f2e9800eee6b0d13fb868fb5198f8d778ca376e",
    "population_annual.csv": "ea3f3fbbf01a71c3b636bd1b5875c6d9c8f75592e9a40fdfb69fd82f67a4f511",
    "units.csv": "6fa23d1b8c226b3af4585a2cb1bb9869a38a15507bfa1f087fc661a1d3315fa4",
}


def check_inputs(folder: Path) -> None:
    """Raise one `DataError` naming every input that is missing or differs from the listed one.

    Parameters
    ----------
    folder : Path
        Folder of the collected figures.
    """
    faults = []
    for name, digest in INPUTS.items():
        path = folder / name
        seen = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no such file"
        if seen != digest:
            remedy = "Take the recorded version, or review the change and record its digest."
            faults.append(Fault(seen, f"SHA-256 {digest}", remedy, str(path)))
    raise_all(DataError, faults)


def canonical(name: str, rows: Rows) -> bytes:
    """The bytes of a table: UTF-8, line feeds, columns and rows in the order of the schema."""
    columns = list(SCHEMAS[name].columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return text.getvalue().encode("utf-8")


def pack(raw: bytes) -> bytes:
    """Compress without file name and time, so that the same table gives the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as stream:
        stream.write(raw)
    return buffer.getvalue()


def fingerprints(tables: dict[str, Rows]) -> Rows:
    """Row count and CRC-32 of the rows of each city (or series) of each table."""
    rows: Rows = []
    for name, table in tables.items():
        columns = list(SCHEMAS[name].columns)
        cells = [columns, *([row[column] for column in columns] for row in table)]
        groups = group_digests(cells, columns.index(SCHEMAS[name].key[0]))
        rows += [
            {"table": name, "group": group, "rows": str(count), "crc32": str(crc)}
            for group, (count, crc) in groups.items()
        ]
    return sort_rows("fingerprints", rows)


def write(tables: dict[str, Rows], folder: Path) -> None:
    """Write every table and the manifest, checking each table cell by cell first."""
    tables = {**tables, "fingerprints": fingerprints(tables)}
    codes = frozenset(row["city"] for row in tables["units"])
    entries = {}
    for name, rows in tables.items():
        raw = canonical(name, rows)
        known = None if name in {"units", "fingerprints"} else codes
        raise_all(DataError, inspect(raw, name, SCHEMAS[name], codes=known))
        (folder / f"{name}.csv.gz").write_bytes(pack(raw))
        parsed = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
        entries[name] = {
            "rows": len(rows),
            "key": list(SCHEMAS[name].key),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "columns": column_digests(parsed),
        }
    manifest = {"format": FORMAT, "inputs": INPUTS, "tables": entries}
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def build(facts: Path, out: Path) -> list[str]:
    """Check the inputs, reshape, check the totals, and only then put the tables in place.

    Parameters
    ----------
    facts : Path
        Folder of the collected figures.
    out : Path
        Folder the tables go to.

    Returns
    -------
    list of str
        Names and sizes of the files written.

    Raises
    ------
    DataError
        An input differs from the recorded one, a table breaks its schema, or an official
        total is missed. Nothing is written then.
    """
    check_inputs(facts)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        fresh = Path(scratch)
        write(reshape(facts), fresh)
        totals = check_official_totals(fresh)
        for row in totals.itertuples():
            print(f"{'ok  ' if row.ok else 'MISS'} {row.check}: {row.got}")
        remedy = "Find out which figure changed; do not relax the check."
        missed = totals[~totals["ok"]]
        raise_all(
            DataError,
            [
                Fault(str(row.got), str(row.expected), remedy, str(row.check))
                for row in missed.itertuples()
            ],
        )
        written = sorted(fresh.iterdir(), key=lambda path: path.suffix == ".json")  # it comes last
        report = [f"{path.name}: {path.stat().st_size:,} bytes" for path in written]
        for path in written:
            path.replace(out / path.name)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="tools.china.build", description=__doc__)
    parser.add_argument("--facts", type=Path, required=True, help="folder of the collected figures")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the tables go")
    options = parser.parse_args(arguments)
    try:
        print("\n".join(build(options.facts, options.out)))
    except EconshrinkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
