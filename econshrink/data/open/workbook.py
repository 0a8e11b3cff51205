"""Sheets of xlsx, xlsm and xls workbooks; macros are never run, formulas never calculated."""

from __future__ import annotations

import io
from pathlib import Path

import python_calamine

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Grid, Limits, Looks, Merged, blank, spans
from econshrink.data.open.ole import rebuilt_xls
from econshrink.data.open.shown import shown
from econshrink.data.open.text import column_letter
from econshrink.data.open.xlsx import protected, scan_workbook

_ASK = "unhide it, or use read_yearbook(..., hidden=True)"


def read_workbook(path: Path, kind: str, limits: Limits, hidden: bool = False) -> list[Grid]:
    """Every worksheet of a workbook, as it is shown; chart sheets are left out.

    A number is what the sheet shows: a percent-formatted .8012 is the text ``80.12%``. Hidden
    sheets, rows and columns are blank, with a note, unless `hidden` asks for them.
    """
    facts: dict[str, tuple[dict[tuple[int, int], str], Looks]] = {}
    looks: list[Looks] = []
    source: Path | io.BytesIO = path
    if kind == "xls":
        rebuilt = rebuilt_xls(path, limits)
        if rebuilt is None:
            raise protected(path.name)
        source, looks = io.BytesIO(rebuilt[0]), rebuilt[1]
    else:
        facts = scan_workbook(path, limits)
    try:
        with python_calamine.CalamineWorkbook.from_object(source) as book:
            metas = list(book.sheets_metadata)
            if looks:
                old = zip(metas, looks, strict=False)  # in the order of the file
                facts = {meta.name: ({}, seen) for meta, seen in old}
            return [
                _grid(
                    book, meta, path.name, kind, facts.get(meta.name, ({}, Looks())), limits, hidden
                )
                for meta in metas
                if _is_table(meta)
            ]
    except python_calamine.PasswordError as problem:
        raise protected(path.name) from problem
    except (python_calamine.CalamineError, OSError, ValueError) as problem:
        raise _damaged(path.name, problem) from problem
    except BaseException as problem:
        # A panic of the parser, which is written in Rust, is no `Exception`.
        if type(problem).__name__ != "PanicException":
            raise
        raise _damaged(path.name, problem) from problem


def _damaged(name: str, problem: BaseException) -> DataError:
    return DataError(
        Fault(
            f"a damaged workbook ({problem})",
            "a complete workbook",
            "Open it in a spreadsheet program and save it as xlsx.",
            f"file {name}",
        )
    )


def _is_table(meta: python_calamine.SheetMetadata) -> bool:
    return bool(meta.typ == python_calamine.SheetTypeEnum.WorkSheet)


def _grid(
    book: python_calamine.CalamineWorkbook,
    meta: python_calamine.SheetMetadata,
    file: str,
    kind: str,
    facts: tuple[dict[tuple[int, int], str], Looks],
    limits: Limits,
    hidden: bool,
) -> Grid:
    sheet = book.get_sheet_by_name(meta.name)
    if sheet.total_height > limits.rows:
        raise DataError(
            Fault(
                f"a sheet of {sheet.total_height:,} rows",
                f"at most {limits.rows:,}",
                "Keep the rows of interest, or pass larger `limits`.",
                f"file {file}, sheet {meta.name}",
            )
        )
    notes = []
    if kind == "xlsm":
        notes.append("the workbook holds macros; they were not run")
    hollow, looks = facts
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    merged = tuple(sheet.merged_cell_ranges or ())
    notes += _show(rows, looks.formats)
    visible = meta.visible == python_calamine.SheetVisibleEnum.Visible
    notes += _hide(rows, looks, merged, visible, hidden)
    return Grid(
        file,
        meta.name,
        tuple(map(tuple, rows)),
        merged,
        hollow
        if hidden
        else {
            (r, c): mark
            for (r, c), mark in hollow.items()
            if r not in looks.rows and c not in looks.columns
        },
        notes=tuple(notes),
    )


def _show(rows: list[list[object]], formats: dict[tuple[int, int], str]) -> list[str]:
    """Put what is shown in the place of what is stored."""
    scaled = unseen = 0
    for (r, c), code in formats.items():
        value = rows[r][c] if r < len(rows) and c < len(rows[r]) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        rows[r][c] = shown(value, code)
        scaled += rows[r][c] != value and rows[r][c] is not None
        unseen += rows[r][c] is None
    told = ((scaled, "read as their number formats show them"),
            (unseen, "that their formats do not show, not read"))  # fmt: skip
    return [f"{count} figures {what}" for count, what in told if count]


def _hide(
    rows: list[list[object]], looks: Looks, merged: Merged, visible: bool, hidden: bool
) -> list[str]:
    """Blank what is hidden, or say that it was read; only what holds something is told."""
    if not visible:
        if hidden:
            return ["hidden sheet, read as asked"]
        held = sum(any(not blank(v) for v in row) for row in rows)
        rows.clear()
        return [f"hidden sheet of {held} rows, not read ({_ASK})"]
    inside = [r for r in sorted(looks.rows) if r < len(rows) and not all(map(blank, rows[r]))]
    across = [c for c in sorted(looks.columns)
              if any(c < len(row) and not blank(row[c]) for row in rows)]  # fmt: skip
    told = [f"row {spans([r + 1 for r in inside])}"] if inside else []
    told += [f"column {', '.join(column_letter(c) for c in across)}"] if across else []
    if not told:
        return []
    if hidden:
        return [f"hidden {' and '.join(told)}, read as asked"]
    # A merged heading stays to be seen as long as one of its cells is.
    height, width = len(rows), max(map(len, rows))
    kept = {
        (top, left)
        for (top, left), (bottom, right) in merged
        if any(r not in looks.rows for r in range(top, min(bottom + 1, height)))
        and any(c not in looks.columns for c in range(left, min(right + 1, width)))
    }
    for r, row in enumerate(rows):
        for c in range(len(row)):
            if (r in looks.rows or c in looks.columns) and (r, c) not in kept:
                row[c] = None
    return [f"hidden {' and '.join(told)}, not read ({_ASK})"]
