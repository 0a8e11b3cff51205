"""Build what changed, and only that: a graph of tasks keyed by the content they rest on."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analyses.machinery.fingerprint import Sources, digest, installed
from analyses.machinery.marks import FILE as MARKS, Marks
from analyses.machinery.report import Report
from analyses.machinery.results import Entry, dump, merge, reread
from analyses.machinery.tasks import ALL, Task, ancestors, ordered
from analyses.machinery.worker import Outcome, Worker, warm
from analyses.machinery.workspace import Workspace
from econshrink import DataError, Fault
from econshrink.core.errors import raise_all
from econshrink.core.files import sweep, write_file

ROOT = Path(__file__).resolve().parents[2]
STATE = "state.json"
RESULTS = "results.json"
MEASURED = Path("paper") / "expected" / "run.json"  # of the last full build that was measured
State = dict[str, dict[str, Any]]


@dataclass
class Builder:
    """One build of a graph of tasks.

    Parameters
    ----------
    tasks : sequence of Task
    root : Path
        Folder of the project.
    build : Path
        Folder of everything made.
    jobs : int
        Tasks at the same time.
    say : callable
        Receives the progress lines.
    """

    tasks: Sequence[Task]
    root: Path = ROOT
    build: Path = ROOT / "build"
    jobs: int = 2
    say: Callable[[str], None] = print

    def __post_init__(self) -> None:
        self.marks = Marks(self.build / MARKS)
        self.sources = Sources(self.root, self.marks)
        self.state = _read_state(self.build / STATE)
        self.report = Report()
        self._done: set[str] = set()
        self._running: dict[str, tuple[Worker, str]] = {}
        self._whole = digest(())

    def run(self, only: Sequence[str] = ()) -> Report:
        """Build all tasks, or those in `only` and what they need."""
        start = time.monotonic()
        graph = ordered(self.tasks)
        sweep(self.build)
        self._forget({task.name for task in graph})
        self._final = {task.name for task in self.tasks if ALL in task.needs}
        self._lock = self._digest_of_environment()
        chosen = ancestors(graph, only) if only else graph
        self._total = len(chosen)
        urgency = _urgency(chosen, self.root)
        pending = sorted(chosen, key=lambda task: -urgency[task.name])
        try:
            while pending or self._running:
                pending = self._advance(pending)
                if self._running:
                    self._collect()
        except BaseException:
            for worker, _ in self._running.values():
                worker.stop()
            raise
        if self.report.ok and not only:  # else results of tasks that were not looked at mix in
            self._merge(graph)
        self.marks.save()
        self.report.out_of_date = self._left_over()
        self.report.seconds = time.monotonic() - start
        return self.report

    def outputs(self) -> dict[str, str]:
        """Every output of a finished task, relative to the build folder, with its SHA-256."""
        return {
            path: mark
            for entry in self.state.values()
            for path, mark in sorted(entry["outputs"].items())
        }

    # -- one step --------------------------------------------------------------------------

    def _advance(self, pending: list[Task]) -> list[Task]:
        """Start or skip every task that is ready; return those that still wait."""
        waiting = []
        for task in pending:
            cause = next((n for n in task.needs if self._lost(n)), "")
            if cause:
                self.report.blocked[task.name] = self.report.blocked.get(cause, cause)
            elif not set(task.needs) <= self._done or not self._room_for(task):
                waiting.append(task)
            else:
                self._start(task)
        return waiting

    def _lost(self, name: str) -> bool:
        return name in self.report.failed or name in self.report.blocked

    def _room_for(self, task: Task) -> bool:
        used = sum(worker.task.cores for worker, _ in self._running.values())
        return not self._running or used + task.cores <= self.jobs

    def _start(self, task: Task) -> None:
        key = self._key(task)
        if self._fresh(task, key):
            self.report.cached.append(task.name)
            self._done.add(task.name)
            return
        problem = warm(task)
        if problem:
            self._finish(task, key, Outcome(error=problem))
            return
        work = Workspace(
            task.name, self.build, self.root, task.needs, self._source_digest(task), task.inputs
        )
        self._running[task.name] = (Worker(task, work), key)

    def _collect(self) -> None:
        """Wait until at least one running task ends, and book it."""
        from multiprocessing.connection import wait  # noqa: PLC0415  (only if something runs)

        by_pipe = {worker.receiver: name for name, (worker, _) in self._running.items()}
        for pipe in wait(list(by_pipe)):
            worker, key = self._running.pop(by_pipe[pipe])  # type: ignore[index]
            self._finish(worker.task, key, worker.outcome())

    def _finish(self, task: Task, key: str, outcome: Outcome) -> None:
        old = set(self.state.get(task.name, {}).get("outputs", {}))
        outcome = self._without_collisions(outcome)
        taken = {p for name in self._done for p in self.state[name]["outputs"]}
        for path in sorted(old - set(outcome.outputs) - taken):
            (self.build / path).unlink(missing_ok=True)
        self.state.pop(task.name, None)
        if outcome.ok:
            marks = {path: self._mark(path) for path in sorted(outcome.outputs)}
            self.state[task.name] = {
                "key": key,
                "outputs": marks,
                "seconds": round(outcome.seconds, 2),
                "cpu_seconds": round(outcome.cpu_seconds, 2),
                "peak_mb": round(outcome.peak_mb),
            }
            self._done.add(task.name)
            self.report.ran.append(task.name)
        else:
            self.report.failed[task.name] = outcome.error
        write_file(self.build / STATE, json.dumps(self.state, indent=1, sort_keys=True))
        self._tell(task, outcome)

    def _tell(self, task: Task, outcome: Outcome) -> None:
        seen = len(self._done) + len(self.report.failed)
        place = f"[{seen:>{len(str(self._total))}}/{self._total}]"
        if outcome.ok:
            self.say(
                f"{place} {task.name:<24} {outcome.seconds:6.1f} s   cpu {outcome.cpu_seconds:5.1f}"
                f" s   {outcome.peak_mb:5.0f} MB"
            )
        else:
            self.say(f"{place} {task.name} FAILED after {outcome.seconds:.1f} s")
            self.say("      " + outcome.error.rstrip().replace("\n", "\n      "))
            self.say(f"      log: {self.build / 'log' / (task.name + '.log')}")

    # -- what a task rests on --------------------------------------------------------------

    def _key(self, task: Task) -> str:
        needs = {need: self.state[need]["outputs"] for need in task.needs}
        return digest(
            [
                json.dumps(asdict(task), sort_keys=True),
                self._lock,
                self.sources.of(task.module),
                self.sources.of("analyses.machinery.workspace"),
                self.sources.digest_of(self._inputs(task)),
                json.dumps(needs, sort_keys=True),
                self._source_digest(task),
            ]
        )

    def _inputs(self, task: Task) -> list[Path]:
        found: list[Path] = []
        faults = []
        for pattern in task.inputs:
            paths = _matching(self.root, pattern)
            if not paths:
                faults.append(
                    Fault(f"no file '{pattern}'", "at least one", "Mend `inputs`.", task.name)
                )
            found += paths
        raise_all(DataError, faults)
        return found

    def _source_digest(self, task: Task) -> str:
        """For a task that sums up all others: digest of all code and of its own inputs."""
        if task.name not in self._final:
            return ""
        lock = [path for path in [self.root / "requirements.lock"] if path.exists()]
        return digest([self.sources.whole, self.sources.digest_of([*self._inputs(task), *lock])])

    def _digest_of_environment(self) -> str:
        lock = self.root / "requirements.lock"
        named = lock.read_text(encoding="utf-8") if lock.exists() else ""
        return digest(
            [
                named,
                *installed(named),
                platform.python_version(),
                platform.machine(),
                sys.platform,
            ]
        )

    def _fresh(self, task: Task, key: str) -> bool:
        entry = self.state.get(task.name)
        return (
            entry is not None
            and entry["key"] == key
            and all(self._mark(path) == mark for path, mark in entry["outputs"].items())
        )

    def _mark(self, path: str) -> str:
        """Digest of an output, by its path below the build folder; empty if it is not there."""
        try:
            return self.marks.of(f"{self.build}{os.sep}{path}")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return ""

    # -- keeping the folder clean ----------------------------------------------------------

    def _without_collisions(self, outcome: Outcome) -> Outcome:
        """Refuse a file that another task wrote in this build."""
        for name in sorted(self._done):
            both = sorted(set(self.state[name]["outputs"]) & set(outcome.outputs))
            if both:
                return Outcome(
                    error=f"{both[0]} is an output of task '{name}' too; rename one of them",
                    seconds=outcome.seconds,
                )
        return outcome

    def _forget(self, names: set[str]) -> None:
        """Remove the outputs of tasks that no longer exist."""
        for gone in sorted(set(self.state) - names):
            for path in self.state.pop(gone)["outputs"]:
                (self.build / path).unlink(missing_ok=True)

    def _left_over(self) -> list[str]:
        lost = [*self.report.failed, *self.report.blocked]
        return sorted(path for name in lost for path in self.state.get(name, {}).get("outputs", {}))

    def _merge(self, graph: Sequence[Task]) -> None:
        """Write results.json, unless it is there as merged from the same results."""
        names = [f"results/{task.name}.json" for task in graph]
        marks = self.outputs()
        parts = [marks.get(name, "") for name in names]
        if self.marks.notes.get("merged") != [digest(parts), self._mark(RESULTS)]:
            entries = results_of(self.build, [task.name for task in graph])
            write_file(self.build / RESULTS, dump(entries))
            self.marks.notes["merged"] = [digest(parts), self._mark(RESULTS)]


def _urgency(graph: Sequence[Task], root: Path) -> dict[str, float]:
    """Seconds from the start of each task to the end of all that need it, as last measured."""
    path = root / MEASURED
    known = json.loads(path.read_text(encoding="utf-8"))["tasks"] if path.exists() else {}
    found: dict[str, float] = {}
    for task in reversed(graph):
        after = max((found[t.name] for t in graph if task.name in t.needs), default=0.0)
        found[task.name] = after + known.get(task.name, {}).get("cpu_seconds", 1.0)
    return found


def _matching(root: Path, pattern: str) -> list[Path]:
    """Files of a pattern under `root`, or a file or the files of a folder given in full."""
    given = Path(pattern)
    if not given.is_absolute():
        return [path for path in sorted(root.glob(pattern)) if path.is_file()]
    inside = sorted(given.rglob("*")) if given.is_dir() else [given]
    return [path for path in inside if path.is_file()]


def results_of(build: Path, tasks: Sequence[str]) -> dict[str, Entry]:
    """Merged entries of the given tasks; an id in two of them is an error."""
    files = {name: build / "results" / f"{name}.json" for name in sorted(tasks)}
    return merge({name: reread(path) for name, path in files.items() if path.exists()})


def _read_state(path: Path) -> State:
    """State of the last build; a damaged file means that everything is built again."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return tree if isinstance(tree, dict) else {}
