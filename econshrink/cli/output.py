"""Where a command's answer goes: text or JSON to the screen, or a file by its ending."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def add_output(parser: argparse.ArgumentParser) -> None:
    """Options ``--json`` and ``--out``."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write to FILE: .json, .csv, else text"
    )


def emit(
    options: argparse.Namespace,
    text: Callable[[], str],
    tree: Callable[[], Any],
    frame: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Print or write an answer in the form that was asked for; only that form is made."""
    target: Path | None = options.out
    ending = target.suffix.lower() if target else ""
    if ending == ".csv" and frame is not None:
        table = _inert(frame())
        named = table.index.names != [None]
        answer = table.to_csv(index=named, lineterminator="\n")
    elif ending == ".json" or options.json:
        answer = json.dumps(_finite(tree()), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    else:
        answer = text().rstrip("\n") + "\n"
    if target is None:
        print(answer, end="")
        return
    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.core.files import write_file  # noqa: PLC0415  (only when a file is asked for)

    try:
        write_file(target, answer)
    except OSError as problem:
        seen = f"a file that cannot be written ({problem.strerror})"
        raise DataError(Fault(seen, "a place to write to", "Check --out.", str(target))) from None


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON, the index as columns if it has a name."""
    named = frame.reset_index() if frame.index.names != [None] else frame
    return [{str(key): value for key, value in row.items()} for row in named.to_dict("records")]


def _finite(value: Any) -> Any:
    """JSON's own types: numbers of NumPy as plain ones, what is missing or infinite as null."""
    if isinstance(value, dict):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, str | bool | int) or value is None:
        return value
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bool | int):
        return plain
    if isinstance(plain, float):
        return plain if abs(plain) < float("inf") else None  # a NaN compares false
    import pandas as pd  # noqa: PLC0415  (loaded by now: only its values get here)

    return None if pd.isna(plain) else str(plain)


def _inert(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table without text that a spreadsheet would take for a formula."""
    from econshrink.core.files import inert  # noqa: PLC0415  (as in `emit`)

    def cell(value: Any) -> Any:
        return inert(value) if isinstance(value, str) else value

    made = frame.map(cell).rename(columns=cell, index=cell)
    return made.rename_axis(index=cell) if isinstance(made.index.name, str) else made
