"""Stata and Parquet files."""

from __future__ import annotations

import importlib
import importlib.util
import io
import warnings
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, Fault, MissingExtra
from econshrink.data.open.grid import Grid, Limits


def read_stata(path: Path, limits: Limits) -> Grid:
    """Read a Stata file; value labels become text, variable labels are headings as well.

    Raises
    ------
    DataError
        Damaged or too large.
    """
    try:
        # Text that is not UTF-8 comes back as Latin-1 with a warning; it is recoded below.
        with (
            warnings.catch_warnings(action="ignore", category=UnicodeWarning),
            pd.read_stata(io.BytesIO(path.read_bytes()), iterator=True) as reader,
        ):
            labels = reader.variable_labels()
            frame = reader.read(convert_categoricals=True)  # type: ignore[attr-defined]
    except Exception as problem:
        raise _damaged(path, "Stata", problem) from problem
    names = tuple(recoded(str(labels.get(c, ""))) for c in frame.columns)
    return _grid(path, frame, names, limits)


def recoded(text: str) -> str:
    """Text of an old Stata file, which keeps no encoding: UTF-8 or GB18030 read as Latin-1.

    Examples
    --------
    >>> recoded("石家庄".encode("gb18030").decode("latin-1")), recoded("市"), recoded("é")
    ('石家庄', '市', 'é')
    """
    if text.isascii() or not all(ord(c) < 256 for c in text):
        return text
    content = text.encode("latin-1")
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return text


def read_parquet(path: Path, limits: Limits) -> Grid:
    """Read a Parquet file; needs the optional dependencies ``econshrink[io]``.

    Raises
    ------
    MissingExtra
        pyarrow is not installed.
    DataError
        Damaged or too large.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra(
            Fault(
                "a Parquet file, and no pyarrow",
                "the optional dependencies econshrink[io]",
                "Install them: pip install 'econshrink[io]', or save the table as csv.",
                f"file {path.name}",
            )
        )
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (ValueError, OSError) as problem:
        raise _damaged(path, "Parquet", problem) from problem
    return _grid(path, frame.reset_index(drop=True), (), limits)


def _grid(path: Path, frame: pd.DataFrame, labels: tuple[str, ...], limits: Limits) -> Grid:
    if len(frame) > limits.rows or frame.size > limits.cells:
        raise DataError(
            Fault(
                f"{len(frame):,} rows and {len(frame.columns):,} columns",
                f"at most {limits.rows:,} rows and {limits.cells:,} cells",
                "Keep the rows of interest, or pass larger `limits`.",
                f"file {path.name}",
            )
        )
    columns = [
        [None if missing else value for value, missing in zip(_plain(col), col.isna(), strict=True)]
        for _, col in frame.items()
    ]
    body = zip(*columns, strict=True)
    return Grid(path.name, "", (tuple(map(str, frame.columns)), *body), labels=labels)


def _plain(column: pd.Series) -> list[object]:
    """Python values; a 32-bit float keeps its seven printed digits, no more."""
    if column.dtype == "float32":
        return [float(str(value)) for value in column.to_numpy()]
    return [recoded(v) if isinstance(v, str) else v for v in column.astype(object).tolist()]


def _damaged(path: Path, kind: str, problem: Exception) -> DataError:
    return DataError(
        Fault(
            f"a damaged {kind} file ({problem})",
            f"a complete {kind} file",
            "Save it again.",
            f"file {path.name}",
        )
    )
