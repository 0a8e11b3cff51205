"""``econshrink totals``: the embedded figures against the totals they must reproduce."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from econshrink.cli.output import add_output, emit, records

if TYPE_CHECKING:
    import pandas as pd

NAME = "totals"
HELP = "check the embedded figures against official totals and internal counts"
EXAMPLES = ("totals", "totals --json", "totals --out totals.csv")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Check and print; 1 if a check fails."""
    import pandas as pd  # noqa: PLC0415

    from econshrink.data import check_compiled_tables, check_official_totals  # noqa: PLC0415

    official = check_official_totals().assign(table="official totals")
    checks = pd.concat([official, check_compiled_tables()], ignore_index=True)
    checks = checks[["table", "check", "got", "expected", "ok"]]
    emit(options, lambda: _text(checks), lambda: records(checks), lambda: checks)
    return 0 if checks["ok"].all() else 1


def _text(checks: pd.DataFrame) -> str:
    lines = []
    for table, part in checks.groupby("table", sort=False):
        lines.append(f"{table}")
        for row in part.to_dict("records"):
            end = "" if row["ok"] else f", expected {row['expected']}"
            lines.append(f"  {'ok  ' if row['ok'] else 'MISS'}  {row['check']}: {row['got']}{end}")
    failed = int((~checks["ok"].astype(bool)).sum())
    return "\n".join([*lines, f"{len(checks)} checks, {failed} failed"])
