"""``econshrink completion``: a completion script for the shell."""

from __future__ import annotations

import argparse

NAME = "completion"
HELP = "print a completion script for the shell"
EXAMPLES = ("completion bash > ~/.local/share/bash-completion/completions/econshrink",)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    import shtab  # noqa: PLC0415

    from econshrink.cli import parser  # noqa: PLC0415

    print(shtab.complete(parser(), options.shell))
    return 0
