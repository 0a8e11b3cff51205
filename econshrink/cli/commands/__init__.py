"""The commands, one a module: name, help, examples, options, and what it does.

A module imports nothing heavy at its top. What comes in: parsed options; what goes out: printed
text or a file, and an exit status.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Protocol, cast

ORDER = (
    "rules",
    "identify",
    "account",
    "fit",
    "reconcile",
    "cox",
    "hazard",
    "forecast",
    "risk",
    "atlas",
    "flows",
    "lab",
    "check_data",
    "totals",
    "completion",
)


class Command(Protocol):
    """What a module of this room holds."""

    NAME: str
    HELP: str
    EXAMPLES: tuple[str, ...]

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and return the exit status."""


def all_commands() -> list[Command]:
    """Modules of all commands, in the order of the help."""
    return [cast("Command", importlib.import_module(f"{__name__}.{name}")) for name in ORDER]
