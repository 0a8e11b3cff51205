"""The engines of `parallel_map`: threads, processes that may be killed, a Dask cluster.

Every engine yields (number of the item, result) as results come. A function and its constants are
sent to a worker process once, in a file; a task is then a few numbers and the items.
"""

from __future__ import annotations

import importlib
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import joblib
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from econshrink.core.errors import EconshrinkError, Fault, MissingExtra

JOBS_VARIABLE = "ECONSHRINK_JOBS"
THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "VECLIB_MAXIMUM")
CONSTANTS = "constants"
AHEAD = 2  # chunks in flight for each worker
PATIENCE = 60  # seconds a cluster may be without workers
MAPPED = 1_000_000  # bytes from which arrays of constants are read from one file by all workers
Done = tuple[int, Any]


class WorkerLost(EconshrinkError):
    """A worker process ended before its item was done, each time it was begun."""


@dataclass(frozen=True, eq=False)
class Work:
    """A function, its constants, and the numbered items that are still to do."""

    function: Callable[..., Any]
    shared: object
    items: dict[int, Any]
    chunk: int

    def chunks(self) -> deque[tuple[int, ...]]:
        """Numbers of the items that go to a worker together."""
        numbers = list(self.items)
        return deque(tuple(numbers[i : i + self.chunk]) for i in range(0, len(numbers), self.chunk))

    def one(self, number: int) -> Done:
        """Do one item here."""
        return do_one(self.function, self.shared, number, self.items[number])


def do_one(function: Callable[..., Any], shared: object, number: int, item: Any) -> Done:
    """Do one item; an exception gets a note that names it."""
    try:
        return number, function(item) if shared is None else function(item, shared)
    except Exception as problem:
        problem.add_note(f"in {_named(number, item)} of parallel_map")
        raise


def _named(number: int, item: Any) -> str:
    text = repr(item)
    return f"item {number}, {text if len(text) <= 80 else text[:77] + '...'}"


def on_threads(work: Work, workers: int) -> Iterator[Done]:
    """Threads of this process; the caller limits BLAS, which holds for all of them."""
    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(_several, work, numbers) for numbers in work.chunks()]
        for future in futures:
            yield from future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _several(work: Work, numbers: tuple[int, ...]) -> list[Done]:
    return [work.one(number) for number in numbers]


def on_processes(work: Work, workers: int, retries: int) -> Iterator[Done]:
    """Processes of this machine.

    When one is killed the pool is lost. What it had in hand is then done again item by item, each
    alone in a new pool, so that the item that kills its worker is known; the rest goes on.
    """
    with tempfile.TemporaryDirectory(prefix="econshrink-", ignore_cleanup_errors=True) as folder:
        task = partial(_in_process, folder, _write(Path(folder), work))
        todo = work.chunks()
        while todo:
            hands: dict[Future[list[Done]], tuple[int, ...]] = {}
            try:
                yield from _pooled(task, work, workers, todo, hands)
            except BrokenProcessPool:
                for future, numbers in hands.items():  # begun, or waiting, when it broke
                    if future.done() and not future.cancelled() and not future.exception():
                        yield from future.result()
                        continue
                    for number in numbers:
                        yield _alone(task, work, number, retries)
            except BaseException:
                for future in hands:
                    future.cancel()
                raise


def _pooled(
    task: Callable[..., list[Done]],
    work: Work,
    workers: int,
    todo: deque[tuple[int, ...]],
    hands: dict[Future[list[Done]], tuple[int, ...]],
) -> Iterator[Done]:
    """Run the chunks; `hands` holds those that are not done when a worker is lost."""
    pool = _pool(workers)
    while todo or hands:
        while todo and len(hands) < AHEAD * workers:
            future = pool.submit(task, _pick(work, todo[0]))
            hands[future] = todo.popleft()
        for future in wait(list(hands), return_when=FIRST_COMPLETED).done:
            results = future.result()
            del hands[future]
            yield from results


def _alone(task: Callable[..., list[Done]], work: Work, number: int, retries: int) -> Done:
    for _ in range(retries + 1):
        try:
            future = _pool(1).submit(task, _pick(work, (number,)))
            return future.result()[0]  # type: ignore[no-any-return]
        except BrokenProcessPool:
            continue
    raise WorkerLost(_lost(work, number, retries + 1))


def _lost(work: Work, number: int, times: int) -> Fault:
    return Fault(
        f"a worker that was killed {times} times in {_named(number, work.items[number])}",
        "a task that leaves its process alive",
        "Look at its memory, or at compiled code it calls; with jobs=1 it runs in this process.",
    )


def _pool(workers: int) -> Any:
    """Pool of processes, kept warm between calls; a broken one is replaced."""
    limits = {f"{name}_NUM_THREADS": "1" for name in THREADS} | {JOBS_VARIABLE: "1"}
    return get_reusable_executor(max_workers=workers, timeout=300, env=limits)


def _pick(work: Work, numbers: tuple[int, ...]) -> list[Done]:
    return [(number, work.items[number]) for number in numbers]


def _write(folder: Path, work: Work) -> Callable[..., Any]:
    """Constants for the workers, large arrays as a file they all map; what goes with each chunk."""
    function: Any = work.function
    fixed: tuple[Any, ...] = ((), {})
    if isinstance(function, partial):  # what it binds may be large
        fixed, function = (function.args, function.keywords), function.func
    try:
        joblib.dump((*fixed, work.shared), folder / CONSTANTS)
    except Exception:  # noqa: BLE001 - they hold functions that only loky's own pickler can send
        (folder / CONSTANTS).unlink(missing_ok=True)
        return work.function if work.shared is None else partial(_with, work.function, work.shared)
    return function  # type: ignore[no-any-return]


def _with(function: Callable[..., Any], shared: object, item: Any) -> Any:
    return function(item, shared)


_read: dict[str, tuple[Any, ...]] = {}  # constants of the last work of this process


def _in_process(folder: str, function: Callable[..., Any], chunk: list[Done]) -> list[Done]:
    """Runs in a worker process."""
    path = Path(folder) / CONSTANTS
    shared = None
    if path.exists():
        if folder not in _read:
            _read.clear()
            mapped = "r" if path.stat().st_size > MAPPED else None
            _read[folder] = joblib.load(path, mmap_mode=mapped)
        first, named, shared = _read[folder]
        function = partial(function, *first, **named) if first or named else function
    with threadpool_limits(1):
        return [do_one(function, shared, number, item) for number, item in chunk]


def on_cluster(work: Work, address: str) -> Iterator[Done]:
    """Workers of a Dask cluster, which begins a lost task again itself and then gives up.

    What it gives up may only have waited beside the item that kills its workers. Every such item
    is then done alone, so that the one named is the one that kills.
    """
    try:
        dask = importlib.import_module("distributed")
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] != "distributed":
            raise
        fault = Fault(
            "no package distributed", "Dask for Cluster(…)", "Install it: pip install distributed."
        )
        raise MissingExtra(fault) from problem
    with dask.Client(address, set_as_default=False) as client:
        todo, hands = work.chunks(), dict[Any, tuple[int, ...]]()
        window = AHEAD * max(1, sum(client.nthreads().values()))
        suspects = deque[int]()  # the scheduler blames all tasks a lost worker had in hand
        sent = _sent(client, work)
        while todo or hands or suspects:
            alone = bool(suspects) and not hands
            if alone:
                sent = _sent(client, work)
                chunks = deque[tuple[int, ...]]([(suspects.popleft(),)])
            else:
                chunks = deque() if suspects else todo
            while chunks and len(hands) < window:
                numbers = chunks.popleft()
                future = client.submit(_on_cluster, sent, _pick(work, numbers), pure=False)
                hands[future] = numbers
            for future in _finished(client, list(hands)):
                numbers = hands.pop(future)
                try:
                    results = future.result()
                except dask.scheduler.KilledWorker as problem:
                    if alone:
                        times = problem.allowed_failures + 1
                        raise WorkerLost(_lost(work, numbers[0], times)) from problem
                    suspects.extend(numbers)
                    continue
                yield from results


def _finished(client: Any, futures: list[Any]) -> list[Any]:
    """Those that are done, at least one; a cluster that stays without workers is an error."""
    dask = importlib.import_module("distributed")
    empty = None  # since when it has no worker
    while True:
        try:
            with client.as_current():  # where a wait looks for its client
                done = dask.wait(futures, timeout=2, return_when="FIRST_COMPLETED").done
        except dask.TimeoutError:
            now = time.monotonic()
            empty = None if client.nthreads() else empty or now
            if empty is not None and now - empty > PATIENCE:
                fault = Fault(
                    f"a cluster without a worker for {PATIENCE} seconds",
                    "workers that come back after one is killed",
                    "Start workers at the same scheduler and call again; "
                    "a checkpoint keeps what is done.",
                )
                raise WorkerLost(fault) from None
        else:
            return [future for future in futures if future in done]


def _sent(client: Any, work: Work) -> Any:
    """The constants as a task, not scattered data: a scheduler can give it to a new worker."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")  # once, and that is wanted
        return client.submit(_constants, work.function, work.shared, pure=False)


def _constants(function: Callable[..., Any], shared: object) -> tuple[Callable[..., Any], object]:
    return function, shared


def _on_cluster(sent: tuple[Callable[..., Any], object], chunk: list[Done]) -> list[Done]:
    """Runs in a worker of the cluster."""
    function, shared = sent
    with threadpool_limits(1):
        return [do_one(function, shared, number, item) for number, item in chunk]
