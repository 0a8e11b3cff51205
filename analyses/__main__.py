"""Commands behind the Makefile: ``python -m analyses build|verify|accept|studies|score|atlas``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from analyses.machinery import verify
from econshrink import EconshrinkError


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m analyses", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build the paper, or some tasks of it")
    building.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="TASK",
        help="these tasks, or exhibits such as Table 3 or Figure S2, and what they need",
    )
    building.add_argument(
        "--data", default="", metavar="FILE", help="a yearbook that adds columns and rows"
    )
    building.add_argument("--flows", default="", metavar="FILE", help="flows for the network")
    verifying = commands.add_parser("verify", help="compare every number with the expected one")
    verifying.add_argument("--twice", action="store_true", help="also build twice, compare bytes")
    verifying.add_argument(
        "--studies", type=_positive, metavar="SEED", help="also repeat a tenth of every study"
    )
    studying = commands.add_parser("studies", help="run the long Monte Carlo studies")
    studying.add_argument("--only", nargs="+", default=[], metavar="STUDY", help="these studies")
    scoring = commands.add_parser("score", help="score every locked prediction")
    scoring.add_argument(
        "--figures", required=True, metavar="FILE", help="CSV of city, year, population"
    )
    commands.add_parser("atlas", help="write build/atlas.html from the results of a build")
    accepting = commands.add_parser("accept", help="adopt the present numbers as expected")
    for command in (building, verifying, studying, accepting):
        command.add_argument("--jobs", type=_positive, default=2, help="tasks at the same time")
    options = parser.parse_args(arguments)
    try:
        if options.command == "score":
            from analyses.forecast.forecast_lock import report  # noqa: PLC0415

            return report(options.figures, print)
        if options.command == "atlas":
            from analyses.atlas.page import write  # noqa: PLC0415
            from analyses.machinery.runner import ROOT  # noqa: PLC0415

            write(ROOT, _say)
            return 0
        from analyses.config import TASKS  # noqa: PLC0415  (its faults are reported below)
        from analyses.machinery.runner import ROOT  # noqa: PLC0415
        from analyses.machinery.user_files import with_data, with_flows  # noqa: PLC0415

        tasks = with_flows(TASKS, getattr(options, "flows", ""), ROOT)
        if options.command == "build":
            tasks = with_data(tasks, options.data)
            only = _named(options.only) if options.only else ()
            return verify.build(tasks, only, jobs=options.jobs, say=_say)
        if options.command == "studies":
            return _studies(options.only, options.jobs)
        if options.command == "verify":
            status = verify.verify(TASKS, jobs=options.jobs, twice=options.twice, say=_say)
            if options.studies:
                status = max(status, _studies((), options.jobs, check=options.studies))
            return status
        return verify.accept(TASKS, jobs=options.jobs, say=_say)
    except EconshrinkError as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; finished tasks are kept", file=sys.stderr)
        return 130


def _studies(only: Sequence[str], jobs: int, check: int = 0) -> int:
    # studies import the whole package, which a build that is up to date must not wait for
    from analyses.machinery.runner import ROOT  # noqa: PLC0415
    from analyses.machinery.studies.registry import plans  # noqa: PLC0415
    from analyses.machinery.studies.run import check_studies, run_studies  # noqa: PLC0415

    chosen = plans(tuple(only))
    if check:
        return check_studies(chosen, root=ROOT, seed=check, jobs=jobs, say=_say)
    return run_studies(chosen, root=ROOT, jobs=jobs, say=_say)


def _named(words: Sequence[str]) -> list[str]:
    from analyses.machinery.numbering import listed, tasks_named  # noqa: PLC0415
    from analyses.machinery.runner import ROOT  # noqa: PLC0415

    return tasks_named(words, ROOT / "paper", listed(ROOT))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
