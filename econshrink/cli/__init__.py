"""The command line: ``econshrink COMMAND``, one module a command.

What comes in: embedded figures or the user's file; what goes out: text, JSON or a file, and an
exit status: 0 done, 1 done but something is wrong with the figures, 2 not done.

The modules of `commands` import nothing but argparse at their top, so that help is printed at once.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Container, Sequence

from econshrink.cli import commands
from econshrink.core.errors import EconshrinkError

DONE, WRONG, FAILED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status.

    Examples
    --------
    >>> main(["identify", "--rule", "census_loss"])  # doctest: +ELLIPSIS
    149 of 336 units shrink by net_loss(population, threshold=0) ...
    0
    """
    options = parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
    except EconshrinkError as problem:
        said = in_the_shell(f"{type(problem).__name__}: {problem}", vars(options))
        print(said, file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    return status


def in_the_shell(message: str, options: Container[str]) -> str:
    """A message whose remedies name arguments of Python, with the options of the command instead.

    Examples
    --------
    >>> in_the_shell('Name duration="T", event= and entry=.', {"duration", "event"})
    'Name --duration T, --event and entry=.'
    """

    def told(found: re.Match[str]) -> str:
        name, value = found["name"], found["value"]
        if name not in options:
            return found[0]
        option = f"--{name.replace('_', '-')}"
        return f"{option} {value}" if value else option

    return re.sub(
        r"""\b(?P<name>[a-z_]+)=(?:["'](?P<value>[^"']*)["'])?(?![\w=(\[])""", told, message
    )


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="econshrink",
        description="Statistics and econometrics of shrinking cities.",
        epilog="econshrink COMMAND --help shows the options of a command, with examples.",
    )
    top.add_argument("--version", action=_Version)
    found = top.add_subparsers(required=True, metavar="COMMAND")
    for command in commands.all_commands():
        part = found.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.HELP[0].upper() + command.HELP[1:] + ".",
            epilog="examples:\n" + "\n".join(f"  econshrink {line}" for line in command.EXAMPLES),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add(part)
        part.set_defaults(run=command.run)
    return top


class _Version(argparse.Action):
    """Print the version of the package and the digest of its figures, and stop."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="version of package and figures")

    def __call__(self, *_: object) -> None:
        """Print and exit."""
        import hashlib  # noqa: PLC0415  (only when asked for)
        from importlib.resources import files  # noqa: PLC0415

        from econshrink import __version__  # noqa: PLC0415

        manifest = files("econshrink") / "data" / "china" / "manifest.json"
        digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
        print(f"econshrink {__version__}, embedded figures {digest[:12]}")
        raise SystemExit(0)
