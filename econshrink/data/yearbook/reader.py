"""From a yearbook's files to a panel and a report on every row."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.core.arguments import own_words
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.china.panels import load_units
from econshrink.data.open.faults import grouped, listed
from econshrink.data.open.grid import DEFAULT_LIMITS, Grid, Limits, blank
from econshrink.data.open.openers import files_of, open_all
from econshrink.data.open.text import column_letter
from econshrink.data.quality.detect import apply_flags, detect_all
from econshrink.data.yearbook.extract import read_block
from econshrink.data.yearbook.headings import Extension, heading_table
from econshrink.data.yearbook.layout import Block, find_blocks, spread_merged
from econshrink.data.yearbook.meaning import CountyLevel, Scope, Settings
from econshrink.data.yearbook.names import Gazetteer, load_gazetteer
from econshrink.data.yearbook.report import (
    MISSING_COLUMNS,
    Collector,
    Conversion,
    Key,
    MatchNote,
    QualityReport,
)
from econshrink.nouns.country import CHINA
from econshrink.nouns.panel import CityPanel


@dataclass(frozen=True, eq=False)
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


@own_words
def read_yearbook(
    path: str | os.PathLike[str],
    *,
    headings: Extension | None = None,
    scope: Scope = "city",
    county_level: CountyLevel = "reject",
    units: Mapping[str, str] | None = None,
    year: int | Mapping[str, int] | None = None,
    province: str = "",
    drop: Collection[str] = (),
    detect: bool = True,
    hidden: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> YearbookReading:
    r"""Read yearbook tables in any usual form.

    Parameters
    ----------
    path : path
        A file (xlsx, xlsm, xls, csv, tsv, txt, dta; parquet with ``econshrink[io]``) or a folder
        of such files. The kind, the encoding and the separator are told from the bytes.
    headings : mapping, optional
        Further headings, ``{printed: term}`` or ``{printed: (term, unit)}``, also of columns
        that hold no figures (``{"Sgnyea": "year"}``); overrides the table of `heading_table`.
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
    drop : collection of str
        Codes of rows that are left out, as printed (``"654100"``) or of their unit if a row has
        no code; the report lists them.
    detect : bool
        Run the detectors of `econshrink.data.quality` and mark the cells they find.
    hidden : bool
        Read hidden sheets, rows and columns too. Either way the report says what is hidden.
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
    (see `heading_table`). A spreadsheet's figure is the one that it shows: a percent-formatted
    .8012 is 80.12 %, in our unit .8012, whatever the heading says. The edition of a yearbook is
    never taken for the year of its figures.
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
        _province(province, gazetteer), tuple(drop), detect, limits,
    )  # fmt: skip
    paths, aside = files_of(Path(path))
    out = Collector()
    read, skipped = _read_grids(open_all(paths, limits, hidden), settings, gazetteer, out)
    faults = [*_drop_faults(drop, out), *out.faults]
    if faults:
        raise_all(DataError, grouped(faults))
    check_something_read(out, scope)
    added = add_parts(out)
    panel = build_panel(out, added, f"yearbook {Path(path).name}")
    totals = totals_frame(out)
    panel, flags = flag_panel(panel, totals, detect=detect)
    report = build_report(out, gazetteer, tuple(read), (*aside, *skipped), flags)
    return YearbookReading(panel, report, totals)


def _drop_faults(drop: Collection[str], out: Collector) -> list[Fault]:
    absent = sorted(set(drop) - out.dropped)
    if not absent:
        return []
    seen, remedy = f"no row with the code {listed(absent)}", "Write codes as the file prints them."
    return [Fault(seen, "codes of rows to drop", remedy, "drop")]


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
        for note in grid.notes:
            if "hidden" in note or "format" in note:
                out.notes.setdefault(f"{grid.name}: {note}")
        blocks = find_blocks(grid, settings.table, gazetteer)
        if not blocks:
            why = [n for n in grid.notes if n.startswith("hidden")] or ["no city"]
            skipped.append(f"{grid.name}: {'; '.join(why)}, {len(filled)} rows")
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


TOTAL_COLUMNS = ("area", "year", "variable", "value")


def add_parts(out: Collector) -> set[Key]:
    """Sum county-level figures into units that have none of their own; return what was added."""
    added: set[Key] = set()
    for key, parts in sorted(out.parts.items()):
        if key in out.figures or key in out.missing:
            for value, address in parts:
                if value is not None:
                    out.reject(key, value, address, "the unit has a figure of its own")
            continue
        values = [value for value, _ in parts if value is not None]
        if len(values) < len(parts):
            for value, address in parts:
                if value is not None:
                    reason = "another county-level part of the unit is missing in this year"
                    out.reject(key, value, address, reason)
            continue
        out.figures[key] = (float(np.sum(values)), parts[0][1])
        added.add(key)
        for _, (sheet, row, _column) in parts:
            out.kept.add((sheet, row))
            out.rows.pop((sheet, row), None)
    if added:
        units = sorted({city for city, _, _ in added})
        out.notes.setdefault(
            f"{len(added)} figures of {len(units)} units are sums of the county-level rows in the "
            "file; whether all counties are there is not known (status estimated)"
        )
    return added


def build_panel(out: Collector, added: set[Key], source: str) -> CityPanel:
    """Panel of all figures; a row for every city and year with a figure or a missing mark."""
    keys = [*out.figures, *out.missing]
    index = pd.MultiIndex.from_tuples(
        sorted({(city, year) for city, year, _ in keys}), names=["city", "year"]
    )
    variables = list(dict.fromkeys(variable for _, _, variable in keys))
    rows = {pair: i for i, pair in enumerate(index)}
    columns = {name: j for j, name in enumerate(variables)}
    values = np.full((len(index), len(variables)), np.nan)
    status = np.full(values.shape, None, dtype=object)
    for (city, year, variable), (value, _) in out.figures.items():
        place = rows[city, year], columns[variable]
        values[place] = value
        status[place] = "estimated" if (city, year, variable) in added else "reported"
    units = load_units()
    return CityPanel(
        pd.DataFrame(values, index=index, columns=variables),
        pd.DataFrame(status, index=index, columns=variables),
        units.loc[index.unique("city")],
        source,
    )


def flag_panel(
    panel: CityPanel, totals: pd.DataFrame, *, detect: bool
) -> tuple[CityPanel, pd.DataFrame]:
    """Panel with the statuses of the detectors, and their findings."""
    flags = (
        detect_all(panel, totals=totals, country=CHINA) if detect else detect_all(panel, rules=())
    )
    return apply_flags(panel, flags), flags


def totals_frame(out: Collector) -> pd.DataFrame:
    """Printed sums of provinces (code) and the nation (000000)."""
    rows = [(area, year, variable, value) for area, year, variable, value, _ in out.totals]
    return pd.DataFrame(rows, columns=list(TOTAL_COLUMNS)).drop_duplicates(ignore_index=True)


def build_report(
    out: Collector,
    gazetteer: Gazetteer,
    files: tuple[str, ...],
    skipped: tuple[str, ...],
    flags: pd.DataFrame,
) -> QualityReport:
    """Report of everything that was collected."""
    conversions = tuple(
        _conversion(out, mark, count) for mark, count in sorted(out.conversions.items())
    )
    assumed = [
        f"unit of {c.variable} taken as {c.unit}: none is printed ('{c.heading}')"
        for c in conversions
        if c.unit_from.startswith("assumed")
    ]
    if out.marks:
        shown = "; ".join(f"'{mark}' at {out.where(place)}" for mark, place in out.marks[:3])
        assumed.append(f"footnote marks removed from {len(out.marks)} figures: {shown}")
    cautions = dict.fromkeys(f"{c.variable}: {note}" for c in conversions for note in c.notes)
    return QualityReport(
        files=files,
        skipped=skipped,
        rows_in=out.rows_in,
        rows_kept=len(out.kept),
        rows=tuple(out.rows[place] for place in sorted(out.rows)),
        cells=tuple(out.cells),
        columns=tuple(out.columns),
        conversions=conversions,
        matches=_matches(out, gazetteer),
        missing=_missing(out),
        flags=flags,
        notes=(*out.notes, *dict.fromkeys(assumed), *cautions),
        figures=len(out.figures),
    )


def _matches(out: Collector, gazetteer: Gazetteer) -> tuple[MatchNote, ...]:
    counts: Mapping[tuple[str, str, str], int] = Counter(out.matches)
    return tuple(
        MatchNote(printed, city, gazetteer.label(city), how, rows)
        for (printed, city, how), rows in sorted(counts.items(), key=lambda item: item[0][1])
    )


def _conversion(out: Collector, mark: tuple[str, ...], count: int) -> Conversion:
    sheet, column, heading, term, unit, factor, source = mark
    grid = out.grids[int(sheet)]
    notes = tuple(sorted(out.unit_notes[mark]))
    return Conversion(
        grid.file, grid.sheet, column_letter(int(column)), heading, term, unit, factor, source,
        count, notes,
    )  # fmt: skip


def _missing(out: Collector) -> pd.DataFrame:
    rows = []
    for (city, year, variable), (reason, mark, (sheet, row, column)) in sorted(out.missing.items()):
        grid = out.grids[sheet]
        place = (grid.file, grid.sheet, row + 1, column_letter(column))
        rows.append((city, year, variable, reason, mark, *place))
    return pd.DataFrame(rows, columns=list(MISSING_COLUMNS))


def check_something_read(out: Collector, scope: str) -> None:
    """An empty reading is an error that says what was there instead."""
    if out.figures or out.missing:
        return
    if out.other_scopes:
        seen = f"figures of the scope {', '.join(sorted(out.other_scopes))} only"
        raise DataError(Fault(seen, f"figures of the scope {scope}", "Pass scope='both'."))
    headings = dict.fromkeys(c.heading for c in out.columns if c.heading)
    names = dict.fromkeys(note.text for note in list(out.rows.values())[:200])
    seen = "no figure of a known city under a known heading"
    if headings:
        seen += f"; headings {', '.join(list(headings)[:8])}"
    elif names:
        seen += f"; rows {', '.join(list(names)[:5])}"
    hidden = [f"{grid.name}: {n}" for grid in out.grids for n in grid.notes if "not read" in n]
    if hidden:
        seen += f"; {'; '.join(hidden[:3])}"
    where = ", ".join(dict.fromkeys(grid.name for grid in out.grids[:5]))
    raise DataError(
        Fault(
            seen,
            "prefecture-level units under headings of the heading table",
            "Pass `headings={'printed heading': 'term'}` or `county_level='aggregate'`.",
            where,
        )
    )


def check_data(path: str | os.PathLike[str], as_json: bool = False) -> str:
    r"""Read a yearbook file or folder (both scopes, all detectors) and report on it.

    Parameters
    ----------
    path : path
        As in `read_yearbook`.
    as_json : bool
        JSON for machines instead of text for people.

    Returns
    -------
    str

    Raises
    ------
    DataError
        As in `read_yearbook`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("城市,年份,GDP（亿元）\n鹤岗市,2010,251.0\n", encoding="utf-8")
    ...     print(check_data(file).splitlines()[0])
    2 rows = 1 kept + 1 listed; 1 figures, 0 missing cells, 0 flagged cells
    """
    report = read_yearbook(path, scope="both").report
    return report.to_json() if as_json else report.text()
