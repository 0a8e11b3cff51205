"""``econshrink rules``: the registered identification rules."""

from __future__ import annotations

import argparse

from econshrink.cli.output import add_output, emit

NAME = "rules"
HELP = "list the registered identification rules with formula and needs"
EXAMPLES = ("rules", "rules --json")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Print every rule."""
    from econshrink.shrinkage import registered  # noqa: PLC0415

    known = registered()
    emit(
        options,
        lambda: "\n".join(
            f"{key}\n  {title}\n  {rule.formula}\n  needs {', '.join(rule.needs)}"
            for key, (rule, title) in known.items()
        ),
        lambda: {
            key: {"title": title, "formula": rule.formula, "needs": list(rule.needs)}
            for key, (rule, title) in known.items()
        },
    )
    return 0
