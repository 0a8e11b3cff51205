"""Feed every target until its time is over; count what was taken, refused, foreign or hung."""

from __future__ import annotations

import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from econshrink import EconshrinkError
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import generator
from tools.soak.fuzz import files, formulas, options, panels
from tools.soak.fuzz.target import Target
from tools.soak.record import setting

TARGETS = (*files.TARGETS, *formulas.TARGETS, *options.TARGETS, *panels.TARGETS)
LONGEST = 5.0  # seconds of the processor that one example may take
STUCK = 60.0  # seconds of the clock, for one that only waits
_SHOWN = 40  # foreign exceptions kept with their place, one a kind


class Hang(BaseException):
    """One example takes too long."""


def fuzz(seconds: float, seed: int, jobs: int = 2, only: Sequence[str] = ()) -> dict[str, Any]:
    """Run all targets for their shares of the seconds on `jobs` cores; return the record."""
    began = time.monotonic()
    work = [(seconds, seed, first, jobs, tuple(only)) for first in range(jobs)]
    parts = parallel_map(_stretch, work, jobs=jobs)
    tallies: dict[str, dict[str, int]] = {}
    foreign: dict[str, str] = {}
    for tally, found in parts:
        foreign = {**found, **foreign}
        for name, counts in tally.items():
            held = tallies.setdefault(name, dict.fromkeys(counts, 0))
            for kind, count in counts.items():
                held[kind] += count
    total = {kind: sum(t[kind] for t in tallies.values()) for kind in next(iter(tallies.values()))}
    return {
        **setting(seed),
        "budget_seconds": seconds,
        "seconds": round(time.monotonic() - began, 1),
        "jobs": jobs,
        **total,
        "targets": tallies,
        "faults": dict(sorted(foreign.items())[:_SHOWN]),
    }


def _stretch(
    work: tuple[float, int, int, int, tuple[str, ...]],
) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """Examples `first`, `first` + `step` ... of every target, on one core."""
    seconds, seed, first, step, only = work
    chosen = [target for target in TARGETS if not only or target.name in only]
    whole = sum(target.share for target in chosen)
    tallies: dict[str, dict[str, int]] = {}
    found: dict[str, str] = {}
    with _alarm(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for target in chosen:
            counts = dict.fromkeys(("examples", "taken", "refused", "foreign", "hung"), 0)
            with suppress(Exception):  # fills the caches, off the clock
                target.draw(generator(f"soak.fuzz.{target.name}.{first}", seed))()
            end = time.monotonic() + seconds * target.share / whole
            number = first
            while time.monotonic() < end:
                became, place, words = _try(target, seed, number)
                counts["examples"] += 1
                counts[became] += 1
                if place:
                    found.setdefault(f"{target.name}: {place}", f"example {number}: {words}")
                number += step
            tallies[target.name] = counts
    return tallies, found


def _try(target: Target, seed: int, number: int) -> tuple[str, str, str]:
    """What became of one example; of a foreign exception or a hang also its place and words."""
    rng = generator(f"soak.fuzz.{target.name}.{number}", seed)
    began = time.process_time()
    became, fault = "taken", None
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    signal.setitimer(signal.ITIMER_REAL, STUCK)
    try:
        target.draw(rng)()
    except EconshrinkError:
        became = "refused"
    except Hang as problem:
        became, fault = "hung", problem
    except Exception as problem:  # noqa: BLE001  (that is what is looked for)
        became, fault = "foreign", problem
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    if fault is None and time.process_time() - began > LONGEST:
        return "hung", "one call of compiled code", ""
    return became, "" if fault is None else _place(fault), str(fault)[:160] if fault else ""


def _place(problem: BaseException) -> str:
    """Kind of exception and the last line of the package it came through."""
    frames = traceback.extract_tb(problem.__traceback__)
    own = [frame for frame in frames if "/econshrink/" in frame.filename] or frames
    last = own[-1]
    file = last.filename.rpartition("/econshrink/")[2]
    return f"{type(problem).__name__} in {file}:{last.lineno} {last.name}"


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Hang

    kinds = (signal.SIGALRM, signal.SIGPROF)
    old = [signal.signal(kind, ring) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, old, strict=True):
            signal.signal(kind, handler)


if __name__ == "__main__":
    name, count, origin = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    [asked] = [target for target in TARGETS if target.name == name]
    call = asked.draw(generator(f"soak.fuzz.{name}.{count}", origin))
    held = getattr(call, "__closure__", None) or ()
    for cell in held:
        print(repr(cell.cell_contents)[:3000])
    if hasattr(call, "args"):
        print(call.args, call.keywords)
    print(call())
