"""Embedded tables read through the checked reader, once each."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.china.schemas import SCHEMAS
from econshrink.data.open.checked import REMEDY, TableRecord, read_table

FOLDER = Path(__file__).resolve().parent
FORMAT = 1


def records(folder: Path = FOLDER) -> dict[str, TableRecord]:
    """What every table must hold, from ``manifest.json``.

    Parameters
    ----------
    folder : Path
        Folder of the tables.

    Returns
    -------
    dict of str to TableRecord

    Raises
    ------
    DataError
        The manifest is missing, is not of this format or does not list every table.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT or set(manifest["tables"]) != set(SCHEMAS):
            raise ValueError(f"format {manifest['format']}, tables {sorted(manifest['tables'])}")
        entries = {
            name: (int(entry["rows"]), str(entry["sha256"]), dict(entry["columns"]))
            for name, entry in manifest["tables"].items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        seen = f"no usable manifest ({type(error).__name__}: {error})"
        expected = f"format {FORMAT} with the tables {', '.join(SCHEMAS)}"
        raise DataError(Fault(seen, expected, REMEDY, path.name)) from error

    prints = TableRecord(*entries.pop("fingerprints"))
    found = {
        name: TableRecord(*entry, groups=partial(_groups, name, folder, prints))
        for name, entry in entries.items()
    }
    return found | {"fingerprints": prints}


def _groups(name: str, folder: Path, record: TableRecord) -> dict[str, tuple[int, int]]:
    table = _checked("fingerprints", folder, record)
    mine = table[table["table"] == name]
    pairs = zip(mine["rows"].tolist(), mine["crc32"].tolist(), strict=True)
    return dict(zip(mine["group"].tolist(), pairs, strict=True))


def stored(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """One embedded table as it is kept, checked on first use; the caller owns the copy.

    Parameters
    ----------
    name : str
        A key of `econshrink.data.china.schemas.SCHEMAS`.
    folder : Path
        Folder of the tables.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        The file is not what the manifest says.
    """
    return _stored(name, folder).copy()


@lru_cache(maxsize=64)
def _stored(name: str, folder: Path) -> pd.DataFrame:
    return _checked(name, folder, _records(folder)[name])


@lru_cache(maxsize=8)
def _records(folder: Path) -> dict[str, TableRecord]:
    return records(folder)


def _checked(name: str, folder: Path, record: TableRecord) -> pd.DataFrame:
    codes = None
    if name not in {"units", "fingerprints"}:
        codes = frozenset(_stored("units", folder)["city"])
    return read_table(folder / f"{name}.csv.gz", SCHEMAS[name], record, codes)
