"""``python -m tools.soak PART``: what takes long, each part with its record.

| Part | What it does |
|---|---|
| fuzz | hostile files, formulas, options and panels: no foreign exception, no hang |
| properties | the property tests with many more examples and new seeds |
| kills | the whole build killed at random moments |
| long | `make verify` with other threads, processors and package versions |
| spark | the verbs of `econshrink.big` on a local Spark with two workers |
| mutants | seeded mutants of the numerics: how many do the tests kill? |

With `--again` the recorded survivors of the mutants are tried with the tests that `judgements.json`
names; with `--fresh` others are drawn and recorded beside. The first two parts share the seconds
given; what was run is recorded with seed, date and tallies in benchmarks/soak.json, where a smaller
run does not replace a larger one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from tools.soak.record import RECORD, ROOT, keep, setting, today

COMMON = ("fuzz", "properties")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line; return 1 if anything failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="default: fuzz properties")
    parser.add_argument("--seconds", type=float, default=3600.0, help="budget (default: an hour)")
    parser.add_argument("--seed", type=int, help="of the first round (default: the date)")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--tasks", nargs="*", default=[], metavar="TASK", help="of `kills`")
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--again", action="store_true", help="try the recorded survivors of these")
    parser.add_argument("--fresh", action="store_true", help="record these beside the first draw")
    parser.add_argument("--cases", nargs="*", default=[], metavar="CASE", help="of `long`")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    chosen = options.parts or list(COMMON)
    unknown = sorted(set(chosen) - set(_PARTS))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(_PARTS)}")
    options.seed = today() if options.seed is None else options.seed
    options.seconds /= max(1, len(set(chosen) & set(COMMON)))
    return max(_PARTS[part](options) for part in chosen)


def _properties(options: argparse.Namespace) -> int:
    from tools.soak.properties import soak  # noqa: PLC0415  (loads pytest)

    record = soak(options.seconds, options.seed)
    path = keep("properties", record, "budget_seconds")
    print(
        f"properties: seed {record['seed']}, {record['seconds']:.0f} s, {record['rounds']} rounds, "
        f"{record['reached']} of {record['property_tests']} property tests, "
        f"{record['examples']:,} examples, {record['failed']} failed; {path.relative_to(ROOT)}"
    )
    for name, entry in record["tests"].items():
        for failure in entry["failed"]:
            print(f"  {name} with --seed {failure['seed']}: {failure['message']}")
    return 1 if record["failed"] else 0


def _fuzz(options: argparse.Namespace) -> int:
    from tools.soak.fuzz.run import fuzz  # noqa: PLC0415  (loads every wing)

    record = fuzz(options.seconds, options.seed, options.jobs)
    path = keep("fuzz", record, "examples")
    print(
        f"fuzz: seed {record['seed']}, {record['seconds']:.0f} s, {record['examples']:,} examples "
        f"({record['taken']:,} taken, {record['refused']:,} refused), {record['foreign']} foreign "
        f"exceptions, {record['hung']} hung; {path.relative_to(ROOT)}"
    )
    for place, example in record["faults"].items():
        print(f"  {place}; {example}")
    return 1 if record["foreign"] or record["hung"] else 0


def _kills(options: argparse.Namespace) -> int:
    from tools.soak.kills import kill_builds  # noqa: PLC0415  (loads the tasks of the paper)

    found = kill_builds(options.tasks, kills=options.kills, seed=options.seed, jobs=options.jobs)
    record: dict[str, Any] = {**setting(options.seed), "tasks": options.tasks, **vars(found)}
    path = keep("kills of some tasks" if options.tasks else "kills", record, "kills")
    print(
        f"kills: seed {options.seed}, {found.kills} kills, {found.files} files, "
        f"{len(found.faults)} faults; {path.relative_to(ROOT)}"
    )
    for fault in found.faults:
        print(f"  {fault}")
    return 1 if found.faults else 0


def _mutants(options: argparse.Namespace) -> int:
    from tools.soak.mutants import mutate  # noqa: PLC0415  (needs the group `soak`)

    if options.again or options.fresh:
        from tools.soak.survivors import afresh, again  # noqa: PLC0415  (needs the group `soak`)

        fresh = (options.mutants, options.seed, options.seconds)
        record, path = again() if options.again else afresh(*fresh), ROOT / RECORD
    else:
        record = mutate(options.mutants, options.seed, options.seconds)
        path = keep("mutants", record, "mutants")
    print(
        f"mutants: seed {record['seed']}, {record['killed']} of {record['mutants']} killed, score "
        f"{record.get('score')} [{record.get('low')}, {record.get('high')}]; "
        f"{path.relative_to(ROOT)}"
    )
    for left in record["left"]:
        print(f"  {left['file']}:{left['line']} {left['old']} -> {left['new']}")
    return 0


def _long(options: argparse.Namespace) -> int:
    from tools.soak.long import CASES, RESOLUTIONS, check  # noqa: PLC0415  (not needed otherwise)

    known = [*CASES, *RESOLUTIONS]
    unknown = sorted(set(options.cases) - set(known))
    if unknown:
        print(f"no case {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    record = check(options.cases or known, options.seed)
    path = keep("long", record, "count")
    for name, case in record["cases"].items():
        held = "held" if case["held"] else "FAILED"
        print(f"long: {name}: {held} in {case['seconds']} s ({case['told']})")
    print(f"  {path.relative_to(ROOT)}")
    return 0 if all(case["held"] for case in record["cases"].values()) else 1


def _spark(options: argparse.Namespace) -> int:
    from econshrink.core.errors import EconshrinkError  # noqa: PLC0415  (not needed otherwise)
    from tools.soak.spark import check  # noqa: PLC0415

    try:
        record = check(options.seed)
    except EconshrinkError as problem:
        print(f"spark: not run: {problem}")
        return 2
    path = keep("spark", record, "workers")
    held = "held" if record["held"] else "FAILED"
    print(f"spark: {held} in {record['seconds']} s ({record['told']}); {path.relative_to(ROOT)}")
    return 0 if record["held"] else 1


_PARTS = {
    "spark": _spark,
    "long": _long,
    "mutants": _mutants,
    "fuzz": _fuzz,
    "properties": _properties,
    "kills": _kills,
}


if __name__ == "__main__":
    sys.exit(main())
