"""Rebuild the embedded tables from the collected public figures.

Usage: ``python -m tools.china.build --facts FOLDER [--out FOLDER]``. The inputs must be
those of ``inputs.sha256``, byte by byte; the tables are written only if every official total holds.
``python -m tools.china.build --check`` recomputes the totals of the tables that are there.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from econshrink.core.errors import DataError, EconshrinkError, Fault, raise_all
from econshrink.data.china.compiled.checks import check_compiled_tables
from econshrink.data.china.schemas import SCHEMAS
from econshrink.data.china.store import FOLDER, FORMAT
from econshrink.data.china.totals import check_official_totals
from econshrink.data.open.checked import column_digests, group_digests, inspect
from tools.china.cells import Rows
from tools.china.licences import LICENCES
from tools.china.reshape import reshape, sort_rows
from tools.packing import check_inputs, listed, pack, plain

INPUTS = listed(Path(__file__).with_name("inputs.sha256"))


def canonical(name: str, rows: Rows) -> bytes:
    """The bytes of a table: UTF-8, line feeds, columns and rows in the order of the schema."""
    return plain(list(SCHEMAS[name].columns), rows)


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
            "licence_seen": LICENCES[name],
            "columns": column_digests(parsed),
        }
    manifest = {"format": FORMAT, "inputs": INPUTS, "tables": entries}
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def missed_totals(folder: Path) -> list[Fault]:
    """Print every official total, identity and agreement share; the faults are those missed."""
    faults = []
    for totals in (check_official_totals(folder), check_compiled_tables(folder)):
        for row in totals.itertuples():
            print(f"{'ok  ' if row.ok else 'MISS'} {row.check}: {row.got}")
            if not row.ok:
                remedy = "Find out which figure changed; do not relax the check."
                faults.append(Fault(str(row.got), str(row.expected), remedy, str(row.check)))
    return faults


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
    check_inputs(facts, INPUTS)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        fresh = Path(scratch)
        write(reshape(facts), fresh)
        raise_all(DataError, missed_totals(fresh))
        written = sorted(fresh.iterdir(), key=lambda path: path.suffix == ".json")  # it comes last
        report = [f"{path.name}: {path.stat().st_size:,} bytes" for path in written]
        for path in written:
            path.replace(out / path.name)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="tools.china.build", description=__doc__)
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--facts", type=Path, help="folder of the collected figures")
    task.add_argument("--check", action="store_true", help="only check the tables of --out")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the tables")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            raise_all(DataError, missed_totals(options.out))
        else:
            print("\n".join(build(options.facts, options.out)))
    except EconshrinkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
