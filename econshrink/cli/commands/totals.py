"""``econshrink totals``: the embedded figures against the totals they must reproduce."""

from __future__ import annotations

import argparse

from econshrink.cli.output import add_output, emit

NAME = "totals"
HELP = "check the embedded figures against official totals and internal counts"
EXAMPLES = ("totals", "totals --json")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Check and print; 1 if a check fails."""
    from econshrink.data import check_official_totals  # noqa: PLC0415

    checks = check_official_totals()
    emit(
        options,
        lambda: "\n".join(
            f"{'ok  ' if row.ok else 'MISS'}  {row.check}: {row.got}" for row in checks.itertuples()
        ),
        lambda: checks.to_dict("records"),
        lambda: checks,
    )
    return 0 if checks["ok"].all() else 1
