"""Panel and report out of what was collected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.china.panels import load_units
from econshrink.data.open.text import column_letter
from econshrink.data.quality import apply_flags, detect_all
from econshrink.data.yearbook.figures.collect import Collector, Key
from econshrink.data.yearbook.figures.report import (
    MISSING_COLUMNS,
    Conversion,
    MatchNote,
    QualityReport,
)
from econshrink.data.yearbook.words.names import Gazetteer
from econshrink.nouns.panel import CityPanel

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
    flags = detect_all(panel, totals=totals) if detect else detect_all(panel, rules=())
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
    where = ", ".join(dict.fromkeys(grid.name for grid in out.grids[:5]))
    raise DataError(
        Fault(
            seen,
            "prefecture-level units under headings of the heading table",
            "Pass `headings={'printed heading': 'term'}` or `county_level='aggregate'`.",
            where,
        )
    )
