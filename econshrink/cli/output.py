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
    target: Path | None = getattr(options, "out", None)
    ending = target.suffix.lower() if target else ""
    if ending == ".csv" and frame is not None:
        answer = _inert(frame()).to_csv(lineterminator="\n")
    elif ending == ".json" or options.json:
        answer = json.dumps(tree(), ensure_ascii=False, indent=1, default=str) + "\n"
    else:
        answer = text().rstrip("\n") + "\n"
    if target is None:
        print(answer, end="")
        return
    from econshrink.core.files import write_file  # noqa: PLC0415  (only when a file is asked for)

    write_file(target, answer)


def _inert(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table without text that a spreadsheet would take for a formula."""
    from econshrink.core.files import inert  # noqa: PLC0415  (as in `emit`)

    def cell(value: Any) -> Any:
        return inert(value) if isinstance(value, str) else value

    made = frame.map(cell).rename(columns=cell, index=cell)
    return made.rename_axis(index=cell) if isinstance(made.index.name, str) else made
