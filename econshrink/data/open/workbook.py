"""Sheets of xlsx, xlsm and xls workbooks; macros are never run, formulas never calculated."""

from __future__ import annotations

import io
from pathlib import Path

import python_calamine

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Grid, Limits
from econshrink.data.open.ole import rebuilt_xls
from econshrink.data.open.xlsx import protected, scan_workbook


def read_workbook(path: Path, kind: str, limits: Limits) -> list[Grid]:
    """Read every worksheet of a workbook.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        ``xlsx``, ``xlsm`` or ``xls``, as `sniff` told.
    limits : Limits
        Checked before the sheets are unpacked.

    Returns
    -------
    list of Grid
        Hidden sheets too, with a note; chart sheets are left out.

    Raises
    ------
    DataError
        Damaged, protected or too large.
    """
    hollow = {}
    if kind != "xls":
        hollow = scan_workbook(path, limits)
    source: Path | io.BytesIO = path
    if kind == "xls":
        content = rebuilt_xls(path, limits)
        if content is None:
            raise protected(path.name)
        source = io.BytesIO(content)
    try:
        with python_calamine.CalamineWorkbook.from_object(source) as book:
            sheets = [meta for meta in book.sheets_metadata if _is_table(meta)]
            return [_grid(book, meta, path.name, kind, hollow, limits) for meta in sheets]
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
    hollow: dict[str, dict[tuple[int, int], str]],
    limits: Limits,
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
    if meta.visible != python_calamine.SheetVisibleEnum.Visible:
        notes.append("hidden sheet")
    return Grid(
        file,
        meta.name,
        tuple(tuple(row) for row in sheet.to_python(skip_empty_area=False)),
        tuple(sheet.merged_cell_ranges or ()),
        hollow.get(meta.name, {}),
        notes=tuple(notes),
    )
