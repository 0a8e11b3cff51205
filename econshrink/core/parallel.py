"""Many independent pieces of work on several cores or machines, with the same results as on one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from econshrink.core.errors import Fault, SpecError
from econshrink.core.workers import (
    JOBS_VARIABLE,
    Done,
    Work,
    do_one,
    on_cluster,
    on_processes,
    on_threads,
)

BACKENDS = ("loky", "threading", "current")
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class Local:
    """Workers on this machine.

    Parameters
    ----------
    jobs : int, optional
        How many; default the environment's ``ECONSHRINK_JOBS``, else 1, which is this process.
    threads : bool
        Threads of this process, for work that is mostly in numpy; otherwise processes (loky).

    Raises
    ------
    SpecError
        Fewer than one job.

    Examples
    --------
    >>> parallel_map(abs, [-1, 2], backend=Local(jobs=2, threads=True))
    [1, 2]
    """

    jobs: int | None = None
    threads: bool = False

    def __post_init__(self) -> None:
        if self.jobs is not None:
            _workers(self.jobs)


@dataclass(frozen=True)
class Cluster:
    """Workers of a running Dask cluster; needs the package ``distributed``.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``"tcp://10.0.0.1:8786"``. It begins a task again whose worker
        is lost, as often as its setting ``distributed.scheduler.allowed-failures`` says.

    Examples
    --------
    >>> Cluster("tcp://10.0.0.1:8786").address
    'tcp://10.0.0.1:8786'
    """

    address: str


Backend = str | Local | Cluster


class Kept(Protocol):
    """Results of one run that are kept as they come."""

    def read(self) -> dict[int, Any]:
        """Those that are there, by number of the item."""

    def write(self, number: int, result: Any) -> Any:
        """Keep one; gives it back."""


class Keeps(Protocol):
    """A place where results are kept, such as `checkpoint.Checkpoint`."""

    def opened(self, function: Callable[..., Any], items: Sequence[Any]) -> Kept:
        """The results of this function and these items."""


def checked_backend(backend: Backend) -> list[Fault]:
    """Fault of a backend that there is not."""
    if isinstance(backend, Local | Cluster) or backend in BACKENDS:
        return []
    expected = f"{', '.join(BACKENDS)}, Local(…) or Cluster(…)"
    return [Fault(f"backend '{backend}'", expected, "Choose one of them.")]


def parallel_map(
    function: Callable[..., _Out],
    items: Iterable[_In],
    *,
    jobs: int | None = None,
    label: str = "",
    backend: Backend = "loky",
    shared: object = None,
    retries: int = 2,
    chunk: int = 1,
    checkpoint: Keeps | None = None,
) -> list[_Out]:
    """Apply `function` to each item and return the results in the order of the items.

    Every worker runs BLAS on one thread, as does a single job, so the digits do not depend on the
    number of jobs. A function that needs random numbers must take them from
    ``seeds.generator(f"task.{name}")`` with a name that belongs to the item, never from a shared
    generator or from its position in the queue.

    Parameters
    ----------
    function : callable
        Called as ``function(item)``, or ``function(item, shared)``.
    items : iterable
    jobs : int, optional
        Workers; default the environment's ``ECONSHRINK_JOBS``, else 1. Not with `Local` or
        `Cluster`, which say it themselves.
    label : str
        If given, progress goes to standard error under this name.
    backend : Local, Cluster or {"loky", "threading", "current"}
        Processes, threads, a Dask cluster, or what the caller's ``joblib.parallel_config`` says.
    shared : object, optional
        Large constants, given to every call as second argument. They are sent to a worker once;
        worker processes of this machine read their arrays from one file in memory, so no call may
        write into them.
    retries : int
        How often an item is begun again whose worker process was killed. Only unfinished items
        are repeated. An exception of `function` is not retried.
    chunk : int
        Items that go to a worker at a time; more than one pays where an item takes milliseconds.
    checkpoint : Checkpoint, optional
        Folder that keeps finished results; a later call with the same items takes them from there.

    Returns
    -------
    list
        One result an item.

    Raises
    ------
    SpecError
        Fewer than one job, another backend, a checkpoint of other work.
    WorkerLost
        An item whose worker is killed every time; named.
    MissingExtra
        A `Cluster` without the package ``distributed``.

    Notes
    -----
    An exception of `function` comes through as it is, with a note that names the item.

    Examples
    --------
    >>> parallel_map(abs, [-1, -2, 3])
    [1, 2, 3]
    """
    faults = checked_backend(backend)
    for name, value, least in (("retries", retries, 0), ("chunk", chunk, 1)):
        if value < least:
            faults.append(Fault(f"{name} {value}", f"at least {least}", "Mend it."))
    if faults:
        raise SpecError(faults)
    workers = 1 if isinstance(backend, Cluster) else _workers(_jobs(backend, jobs))
    queue: Sequence[_In] = list(items)
    kept = checkpoint.opened(function, queue) if checkpoint is not None else None
    found: dict[int, Any] = kept.read() if kept is not None else {}
    work = Work(function, shared, {i: x for i, x in enumerate(queue) if i not in found}, chunk)
    with threadpool_limits(1):
        for number, result in _reported(
            _results(work, backend, workers, retries), len(queue), len(found), label
        ):
            found[number] = result if kept is None else kept.write(number, result)
    return [found[number] for number in range(len(queue))]


def _results(work: Work, backend: Backend, workers: int, retries: int) -> Iterator[Done]:
    """Number and result of every item, in the order in which they are done."""
    if isinstance(backend, Cluster):
        return on_cluster(work, backend.address)
    if backend == "current":
        one, items = delayed(do_one), work.items
        calls = (one(work.function, work.shared, i, x) for i, x in items.items())
        return iter(Parallel(return_as="generator")(calls))
    if workers == 1 or len(work.items) < 2:
        return (work.one(number) for number in work.items)
    if backend == "threading" or (isinstance(backend, Local) and backend.threads):
        return on_threads(work, workers)
    return on_processes(work, workers, retries)


def _jobs(backend: Backend, jobs: int | None) -> int | None:
    if not isinstance(backend, Local):
        return jobs
    if jobs is not None:
        seen = f"jobs={jobs} beside {backend}"
        raise SpecError(Fault(seen, "one of them", "Write Local(jobs=…) and leave jobs out."))
    return backend.jobs


def _workers(jobs: int | None) -> int:
    text = os.environ.get(JOBS_VARIABLE, "1") if jobs is None else str(jobs)
    if not text.isdigit() or int(text) < 1:
        where = JOBS_VARIABLE if jobs is None else "jobs"
        raise SpecError(Fault(text, "a whole number, at least 1", "Mend it.", where))
    return int(text)


def _reported(results: Iterable[Done], total: int, before: int, label: str) -> Iterator[Done]:
    """Pass results on and tell how many there are, at most once in two seconds."""
    start = told = time.monotonic()
    for count, result in enumerate(results, start=before + 1):
        yield result
        now = time.monotonic()
        if label and (now - told > 2 or count == total):
            told = now
            sys.stderr.write(
                f"{label}: {count}/{total} ({count / total:.0%}), {now - start:.0f} s\n"
            )
            sys.stderr.flush()
