"""read_yearbook: from a yearbook's files to a panel and a report on every row."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.open.grid import Grid, blank
from econshrink.data.open.limits import DEFAULT_LIMITS, Limits
from econshrink.data.open.openers import files_of, open_all
from econshrink.data.yearbook.figures.assemble import (
    add_parts,
    build_panel,
    build_report,
    check_something_read,
    flag_panel,
    totals_frame,
)
from econshrink.data.yearbook.figures.collect import Collector
from econshrink.data.yearbook.figures.extract import read_block
from econshrink.data.yearbook.figures.report import QualityReport
from econshrink.data.yearbook.figures.settings import CountyLevel, Scope, Settings
from econshrink.data.yearbook.shape.headings import Extension, heading_table
from econshrink.data.yearbook.shape.layout import Block, find_blocks, spread_merged
from econshrink.data.yearbook.words.names import Gazetteer, load_gazetteer
from econshrink.nouns.panel import CityPanel


@dataclass(frozen=True)
class YearbookReading:
    """What was read.

    Parameters
    ----------
    panel : CityPanel
        Figures in our units, with a status for every cell. Figures of 市辖区 have the suffix
        ``_districts``.
    report : QualityReport
        What became of every row, column and cell.
    totals : DataFrame
        Sums printed in the files: `area` (province code, ``000000`` for the nation), `year`,
        `variable`, `value`.
    """

    panel: CityPanel
    report: QualityReport
    totals: pd.DataFrame


def read_yearbook(
    path: str | os.PathLike[str],
    *,
    headings: Extension | None = None,
    scope: Scope = "city",
    county_level: CountyLevel = "reject",
    units: Mapping[str, str] | None = None,
    year: int | Mapping[str, int] | None = None,
    province: str = "",
    detect: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> YearbookReading:
    r"""Read yearbook tables in any usual form.

    Parameters
    ----------
    path : path
        A file (xlsx, xlsm, xls, csv, tsv, txt, dta; parquet with ``econshrink[io]``) or a folder
        of such files. The kind, the encoding and the separator are told from the bytes.
    headings : mapping, optional
        Further headings, ``{printed: term}`` or ``{printed: (term, unit)}``; overrides the table
        of `heading_table`.
    scope : str
        ``city`` reads 全市, ``districts`` reads 市辖区, ``both`` reads both. Figures whose scope is
        not stated count as ``city`` (with a note). Districts always have the suffix
        ``_districts``: the two never share a variable.
    county_level : str
        ``reject`` lists rows below the prefecture; ``aggregate`` adds up additive figures where
        the unit itself has none (status ``estimated``).
    units : mapping, optional
        ``{term: printed unit}`` for figures over which no unit is printed.
    year : int or mapping, optional
        Year of figures that name none, for all files or ``{file name: year}``.
    province : str
        Code or name of the province that rows stand under if the file does not say.
    detect : bool
        Run the detectors of `econshrink.data.quality` and mark the cells they find.
    limits : Limits
        Largest file, sheet and unpacked size that is read.

    Returns
    -------
    YearbookReading
        `panel`, `report`, `totals`.

    Raises
    ------
    DataError
        Unreadable file, ambiguous name, text among figures, unknown unit or year, two figures
        for one cell: all are listed with file, sheet, row and column.
    MissingExtra
        A Parquet file without pyarrow.

    Notes
    -----
    Figures are converted exactly: 123.45 万人 is 1234500.0. 年末总人口 goes to `hukou_population`
    (see `heading_table`). The edition of a yearbook is never taken for the year of its figures.
    Macros are not run and formulas not calculated.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "population.csv"
    ...     text = "城市,年份,常住人口（万人）\n鹤岗,2010,105.87\n鹤岗,2011,…\n合计,2010,9\n"
    ...     _ = file.write_bytes(text.encode("gb18030"))
    ...     reading = read_yearbook(file)
    >>> float(reading.panel.frame.loc[("230400", 2010), "population"])
    1058700.0
    >>> reading.report.missing["reason"].tolist(), len(reading.report.rows)
    (['ellipsis: not available'], 2)
    """
    gazetteer = load_gazetteer()
    settings = Settings(
        heading_table(headings), scope, county_level, dict(units or {}), year,
        _province(province, gazetteer), detect, limits,
    )  # fmt: skip
    paths, aside = files_of(Path(path))
    out = Collector()
    read, skipped = _read_grids(open_all(paths, limits), settings, gazetteer, out)
    raise_all(DataError, out.faults)
    check_something_read(out, scope)
    added = add_parts(out)
    panel = build_panel(out, added, f"yearbook {Path(path).name}")
    totals = totals_frame(out)
    panel, flags = flag_panel(panel, totals, detect=detect)
    report = build_report(out, gazetteer, tuple(read), (*aside, *skipped), flags)
    return YearbookReading(panel, report, totals)


def _province(province: str, gazetteer: Gazetteer) -> str:
    code = gazetteer.province(province) if province else ""
    if province and not code:
        seen = f"province '{province}'"
        raise DataError(Fault(seen, "a province's name or code", "Check the spelling."))
    return code


def _read_grids(
    grids: list[Grid], settings: Settings, gazetteer: Gazetteer, out: Collector
) -> tuple[list[str], list[str]]:
    """Read every sheet; sheets without cities are listed row by row as well."""
    read, skipped = [], []
    before: list[Block] = []
    for grid in grids:
        filled = [r for r, row in enumerate(grid.rows) if not all(blank(v) for v in row)]
        out.rows_in += len(filled)
        sheet = out.open(grid)
        blocks = find_blocks(grid, settings.table, gazetteer)
        if not blocks:
            skipped.append(f"{grid.name}: no city, {len(filled)} rows")
            for row in filled:
                out.list_row(sheet, row, "sheet without cities")
            continue
        blocks = _continued(blocks, before)
        read.append("; ".join((f"{grid.name}: {len(filled)} rows", *grid.notes)))
        _refuse_ragged(grid, blocks, out)
        rows, stands_under = spread_merged(grid), ""
        for block in blocks:
            stands_under = read_block(
                grid, rows, block, sheet, stands_under, gazetteer, settings, out
            )
        before = blocks
    return read, skipped


def _continued(blocks: list[Block], before: list[Block]) -> list[Block]:
    """A sheet 续表 without headings of its own goes on under those of the sheet before."""
    first = blocks[0]
    headed = any(c.role in {"figure", "value"} for c in first.columns)
    if headed or not before or len(before[-1].columns) < len(first.columns):
        return blocks
    context = first.context.over(before[-1].context)
    return [
        Block(before[-1].columns, context, first.first, first.last, first.heading_rows),
        *blocks[1:],
    ]


def _refuse_ragged(grid: Grid, blocks: list[Block], out: Collector) -> None:
    """In delimited text a row with a field too many or too few has shifted figures."""
    if grid.sheet or grid.labels:
        return
    for block in blocks:
        heads = [r for r, kind in block.heading_rows if kind == "heading"]
        if not heads:
            continue
        width = max(len(grid.rows[r]) for r in heads)
        for row in range(block.first, block.last):
            line = grid.rows[row]
            extra = any(not blank(v) for v in line[width:])
            texts = sum(not blank(v) for v in line)
            if extra or (len(line) < width and texts > 1):
                out.faults.append(
                    Fault(
                        f"{len(line)} fields",
                        f"{width} fields as in the heading",
                        "Put figures with thousands separators in quotation marks, or mend the "
                        "row.",
                        grid.where(row, min(len(line), width)),
                    )
                )
