"""Many independent pieces of work on several cores, with the same results as on one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from econshrink.core.errors import Fault, SpecError

BACKENDS = ("loky", "threading", "current")
JOBS_VARIABLE = "ECONSHRINK_JOBS"
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def parallel_map(
    function: Callable[[_In], _Out],
    items: Iterable[_In],
    *,
    jobs: int | None = None,
    label: str = "",
    backend: str = "loky",
) -> list[_Out]:
    """Apply `function` to each item and return the results in the order of the items.

    Every worker runs BLAS on one thread, as does a single job, so the digits do not depend on the
    number of jobs. A function that needs random numbers must take them from
    ``seeds.generator(f"task.{name}")`` with a name that belongs to the item, never from a shared
    generator or from its position in the queue.

    Parameters
    ----------
    function : callable
    items : iterable
    jobs : int, optional
        Workers; default the environment's ``ECONSHRINK_JOBS``, else 1.
    label : str
        If given, progress goes to standard error under this name.
    backend : {"loky", "threading", "current"}
        Processes, threads, or what the caller's ``joblib.parallel_config`` says (such as Dask).

    Returns
    -------
    list
        One result an item.

    Raises
    ------
    SpecError
        Fewer than one job, or another backend. An exception of `function` comes through.

    Examples
    --------
    >>> parallel_map(abs, [-1, -2, 3])
    [1, 2, 3]
    """
    workers = _workers(jobs)
    if backend not in BACKENDS:
        raise SpecError(Fault(f"backend '{backend}'", ", ".join(BACKENDS), "Choose one of them."))
    queue: Sequence[_In] = list(items)
    with threadpool_limits(1):
        if backend != "current" and (workers == 1 or len(queue) < 2):
            results: Iterator[_Out] = (function(item) for item in queue)
            return list(_reported(results, len(queue), label))
        calls = (delayed(function)(item) for item in queue)
        with parallel_config(**_configuration(backend, workers)):
            results = Parallel(return_as="generator")(calls)
            return list(_reported(results, len(queue), label))


def _workers(jobs: int | None) -> int:
    text = os.environ.get(JOBS_VARIABLE, "1") if jobs is None else str(jobs)
    if not text.isdigit() or int(text) < 1:
        where = JOBS_VARIABLE if jobs is None else "jobs"
        raise SpecError(Fault(text, "a whole number, at least 1", "Mend it.", where))
    return int(text)


def _configuration(backend: str, workers: int) -> dict[str, Any]:
    if backend == "current":
        return {}
    if backend == "threading":  # the limit set around it holds for threads of this process
        return {"backend": "threading", "n_jobs": workers}
    return {"backend": "loky", "n_jobs": workers, "inner_max_num_threads": 1}


def _reported(results: Iterable[_Out], total: int, label: str) -> Iterator[_Out]:
    """Pass results on and tell how many there are, at most once in two seconds."""
    start = told = time.monotonic()
    for count, result in enumerate(results, start=1):
        yield result
        now = time.monotonic()
        if label and (now - told > 2 or count == total):
            told = now
            sys.stderr.write(
                f"{label}: {count}/{total} ({count / total:.0%}), {now - start:.0f} s\n"
            )
            sys.stderr.flush()
