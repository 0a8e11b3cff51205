"""``econshrink completion``: a completion script for the shell."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "completion"
HELP = "print a completion script for the shell"
EXAMPLES = (
    "completion bash > ~/.local/share/bash-completion/completions/econshrink",
    "completion zsh > ~/.zfunc/_econshrink",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def run(options: argparse.Namespace) -> int:
    """Print the script; options that take a file complete names of files."""
    import shtab  # noqa: PLC0415

    from econshrink.cli import parser  # noqa: PLC0415

    top = parser()
    for part in _parts(top):
        for action in part._actions:
            if action.type is Path:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(top, options.shell))
    return 0


def _parts(top: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        part
        for action in top._actions
        if isinstance(action, argparse._SubParsersAction)
        for part in action.choices.values()
    ]
