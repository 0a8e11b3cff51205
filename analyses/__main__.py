"""Commands behind the Makefile: ``python -m analyses build|verify|accept``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from analyses import verify
from econshrink.errors import EconshrinkError


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m analyses", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build the paper, or some tasks of it")
    building.add_argument(
        "--only", nargs="+", default=[], metavar="TASK", help="these tasks and what they need"
    )
    verifying = commands.add_parser("verify", help="compare every number with the expected one")
    verifying.add_argument("--twice", action="store_true", help="also build twice, compare bytes")
    accepting = commands.add_parser("accept", help="adopt the present numbers as expected")
    for command in (building, verifying, accepting):
        command.add_argument("--jobs", type=_positive, default=2, help="tasks at the same time")
    options = parser.parse_args(arguments)
    try:
        from analyses.config import TASKS  # noqa: PLC0415  (its faults are reported below)

        if options.command == "build":
            return verify.build(TASKS, options.only, jobs=options.jobs, say=_say)
        if options.command == "verify":
            return verify.verify(TASKS, jobs=options.jobs, twice=options.twice, say=_say)
        return verify.accept(TASKS, jobs=options.jobs, say=_say)
    except EconshrinkError as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; finished tasks are kept", file=sys.stderr)
        return 130


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
