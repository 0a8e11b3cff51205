"""One task in a process of its own: log, errors, seconds, memory."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyses.machinery.tasks import Task
from analyses.machinery.workspace import Workspace
from econshrink import EconshrinkError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# What matplotlib loads when it writes its first figure.
WRITES_FIGURES = (
    "fontTools.subset",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
)
# Forking shares the imported packages; where it does not exist each worker imports for itself.
_METHOD = "fork" if hasattr(os, "fork") else "spawn"


@dataclass(frozen=True)
class Outcome:
    """What became of a task: its outputs, or the error that ended it."""

    outputs: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0

    @property
    def ok(self) -> bool:
        """True if the task ran through."""
        return not self.error


class Worker:
    """A running task.

    Parameters
    ----------
    task : Task
    work : Workspace
    """

    def __init__(self, task: Task, work: Workspace) -> None:
        import multiprocessing  # noqa: PLC0415  (a build that is up to date starts no process)

        context = multiprocessing.get_context(_METHOD)
        self.task = task
        self.started = time.monotonic()
        self.receiver, sender = context.Pipe(duplex=False)
        log = work.build / "log" / f"{task.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        self.process = context.Process(target=_main, args=(task, work, log, sender), daemon=False)
        self.process.start()
        sender.close()

    def outcome(self) -> Outcome:
        """Wait for the end of the task and return what became of it."""
        try:
            report: dict[str, Any] = json.loads(self.receiver.recv_bytes())
        except EOFError:
            self.process.join()
            report = {"error": _sudden(self.process.exitcode)}
        self.process.join()
        self.receiver.close()
        report["outputs"] = tuple(report.get("outputs", ()))
        return Outcome(**{"seconds": time.monotonic() - self.started, **report})

    def stop(self) -> None:
        """End the task now."""
        self.process.terminate()
        self.process.join()


def warm(task: Task) -> str:
    """Import the task's module here, so that forks share it; return the traceback if that fails."""
    if _METHOD != "fork" or not task.heavy:
        return ""
    try:
        importlib.import_module(task.module)
        for name in WRITES_FIGURES if "matplotlib" in sys.modules else ():
            importlib.import_module(name)
        _read_figures()
    except Exception:  # noqa: BLE001  (any fault of a script is reported as that task's failure)
        return traceback.format_exc()
    return ""


def _read_figures() -> None:
    """Read once what many tasks read; a fault in it is told by the first task that meets it."""
    samples = sys.modules.get("analyses.shared.samples")
    if samples is not None:
        with suppress(EconshrinkError):
            samples.read_figures()


def _main(task: Task, work: Workspace, log: Path, sender: Connection) -> None:
    start = time.monotonic()
    with _logged(log):  # to the end of the process
        try:
            _one_thread(task.cores)
            function = getattr(importlib.import_module(task.module), task.function)
            function(work)
            report: dict[str, Any] = {"outputs": work.finish()}
        except EconshrinkError as problem:
            traceback.print_exc()
            report = {"error": f"{_place(problem, task.module)}{type(problem).__name__}: {problem}"}
        except Exception:  # noqa: BLE001  (reported with its traceback)
            traceback.print_exc()
            report = {"error": traceback.format_exc()}
    cpu, memory = _usage()
    report |= {"seconds": time.monotonic() - start, "cpu_seconds": cpu, "peak_mb": memory}
    sender.send_bytes(json.dumps(report).encode())
    sender.close()


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Send everything the task prints, also from compiled code, to its log."""
    sys.stdout.flush()
    sys.stderr.flush()
    with path.open("w", encoding="utf-8", buffering=1) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        sys.stdout = sys.stderr = log
        yield


def _one_thread(cores: int) -> None:
    """One BLAS thread, whatever the caller's environment says: same digits on every machine."""
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    os.environ["ECONSHRINK_JOBS"] = str(cores)
    if "numpy" in sys.modules:
        from threadpoolctl import threadpool_limits  # noqa: PLC0415  (only beside numpy)

        threadpool_limits(1)


def _place(problem: BaseException, module: str) -> str:
    """File and line of the task's own script where the error came up."""
    script = module.replace(".", "/") + ".py"
    frames = traceback.extract_tb(problem.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).as_posix().endswith(script)]
    last = own[-1] if own else frames[-1]
    return f"{Path(last.filename).name}, line {last.lineno}: "


def _usage() -> tuple[float, float]:
    """CPU seconds and peak memory in MB of this process and its children."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return time.process_time(), 0.0
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return (
        sum(use.ru_utime + use.ru_stime for use in both),
        max(use.ru_maxrss for use in both) / unit,
    )


def _sudden(code: int | None) -> str:
    reason = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return f"the process ended without a report ({reason}); was it killed, or out of memory?"
