"""Any file with one table as a DataFrame: figures as numbers, everything else as it is printed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.open.faults import grouped
from econshrink.data.open.grid import DEFAULT_LIMITS, Limits, blank
from econshrink.data.open.table import Table, label, one_table
from econshrink.data.open.text import column_letter

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PADDED = re.compile(r"[+-]?0\d")  # a code such as 01001, which a number would cut
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")  # 1.234,5 as much of Europe writes
_DOTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")  # 1,234, which may be thousands
_LONGEST = 15  # digits of a whole number that a float holds; a longer one is a code
_ABSENT = frozenset(("NA", "N/A", "NaN", "nan", "NULL", "null", ".", "..", "…", "-"))


def read_frame(
    path: str | os.PathLike[str], needed: Sequence[str] = (), limits: Limits = DEFAULT_LIMITS
) -> pd.DataFrame:
    r"""Read the one table of a file.

    Parameters
    ----------
    path : path
        xlsx, xlsm, xls, csv, tsv, txt, dta, or parquet with ``econshrink[io]``. The kind, the
        encoding and the separator are told from the bytes.
    needed : sequence of str
        Headings that the table must have, in any case of letters; rows above them are titles.
    limits : Limits
        Largest file and sheet that is read.

    Returns
    -------
    DataFrame
        Columns as they are headed (``column A`` without a heading). A column of text in which
        every cell is a number becomes numbers, with gaps where it says ``NA``, ``.`` or nothing;
        codes with leading zeros or more than 15 digits stay text. In a text file with decimal
        commas, which a figure such as ``0,5`` shows, ``1.234`` is a thousand and more.

    Raises
    ------
    DataError
        No such file, unreadable, several sheets, a heading missing or twice, rows that do not fit
        under the headings, a formula without its value.
    MissingExtra
        A Parquet file without pyarrow.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "towns.csv"
    ...     _ = file.write_text("fips,year,people\n01001,2010,5.5\n01001,2011,NA\n")
    ...     table = read_frame(file)
    >>> table["fips"].tolist(), table["year"].tolist(), table["people"].tolist()
    (['01001', '01001'], [2010, 2011], [5.5, nan])
    """
    table = one_table(path, [name.lower() for name in needed], limits)
    raise_all(DataError, grouped(_hollow(table)))
    cells = [[table.grid.cell(row, k) for row in table.rows] for k in range(len(table.headings))]
    # Stata and Parquet keep the types of their columns; a text that looks like a number is meant.
    typed = not table.grid.sheet and any(
        not (cell is None or isinstance(cell, str)) for column in cells for cell in column
    )
    if not typed and not table.grid.sheet and any(map(_decimal_commas, cells)):
        cells = [_with_points(column) for column in cells]
    columns = {}
    for place, (name, column) in enumerate(zip(table.headings, cells, strict=True)):
        if name or not all(blank(cell) for cell in column):
            columns[name or f"column {column_letter(place)}"] = _column(column, typed)
    return pd.DataFrame(columns)


def _column(cells: Sequence[object], typed: bool) -> pd.Series:
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and not blank(cell)]
    figures = [text for text in texts if text not in _ABSENT]
    if not texts or (
        not typed
        and all(_NUMBER.fullmatch(t) and not _PADDED.match(t) and not _is_code(t) for t in figures)
    ):
        return _numbers(cells)
    return pd.Series([None if blank(cell) else label(cell) for cell in cells], dtype="str")


def _is_code(text: str) -> bool:
    return text.isdecimal() and len(text) > _LONGEST


def _figures(cells: Sequence[object]) -> list[str]:
    """Texts of a column of a text file that say something."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and not blank(cell)]
    return [text for text in texts if text not in _ABSENT]


def _decimal_commas(cells: Sequence[object]) -> bool:
    """Whether a column is of figures with decimal commas, one of which cannot be thousands."""
    texts = _figures(cells)
    return all(map(_COMMA.fullmatch, texts)) and any(
        "," in text and not _GROUPS.fullmatch(text) for text in texts
    )


def _with_points(cells: list[object]) -> list[object]:
    """A column of a file with decimal commas as one with decimal points."""
    texts = _figures(cells)
    dotted = [text for text in texts if "." in text]
    if not all(map(_COMMA.fullmatch, texts)) or not (
        any("," in text for text in texts) or (dotted and all(map(_DOTS.fullmatch, dotted)))
    ):
        return cells
    return [
        cell.replace(".", "").replace(",", ".")
        if isinstance(cell, str) and cell.strip() not in _ABSENT
        else cell
        for cell in cells
    ]


def _numbers(cells: Sequence[object]) -> pd.Series:
    """Cells that are numbers or look it; whole ones without a gap as integers, dates as dates."""
    values = [
        np.nan
        if blank(cell) or (isinstance(cell, str) and cell.strip() in _ABSENT)
        else float(cell)
        if isinstance(cell, str)
        else cell
        for cell in cells
    ]
    column = pd.Series(values, dtype=object).infer_objects()
    if column.dtype != "float64" or not np.isfinite(column).all():
        return column
    whole = column.eq(np.floor(column)).all() and column.abs().max() < 2**53
    return column.astype("int64") if whole else column


def _hollow(table: Table) -> list[Fault]:
    rows = set(table.rows)
    return [
        Fault(
            f"an error value {mark}" if mark else "a formula that was never calculated",
            "a figure",
            "Open the file in a spreadsheet program, mend the cell and save it.",
            table.grid.where(row, column),
        )
        for (row, column), mark in sorted(table.grid.hollow.items())
        if row in rows and blank(table.grid.cell(row, column))
    ]
