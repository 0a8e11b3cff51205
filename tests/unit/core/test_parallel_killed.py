"""Workers that are killed, shared constants, checkpoints, a cluster: nothing lost, same bytes."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from econshrink.core.checkpoint import Checkpoint
from econshrink.core.errors import DataError, MissingExtra, SpecError
from econshrink.core.parallel import Cluster, Local, parallel_map
from econshrink.core.seeds import generator
from econshrink.core.workers import WorkerLost

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def draw(number: int) -> np.ndarray:
    return generator(f"test.killed.{number}").normal(size=50)


def killed_once(folder: Path, number: int) -> np.ndarray:
    """Kills its own process the first time that some items are begun."""
    mark = folder / f"{number}"
    if number % 5 == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(number)


def always_killed(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def scaled(number: int, shared: dict[str, np.ndarray]) -> float:
    return float(shared["big"][number] * number)


def slow_and_counted(folder: Path, number: int) -> list[float]:
    (folder / f"{number}-{os.getpid()}-{time.monotonic_ns()}").touch()
    if number == 4 and not (folder / "whole").exists():
        raise RuntimeError("the power failed")
    return draw(number).tolist()


def write_into(number: int, shared: np.ndarray) -> None:
    shared[number] = 0.0


def bad(number: int) -> int:
    if number == 2:
        raise ValueError("no such sample")
    return number


@pytest.mark.parametrize("chunk", [1, 4])
def test_a_killed_worker_loses_nothing(tmp_path, chunk):
    alone = [draw(number) for number in range(20)]
    found = parallel_map(
        partial(killed_once, tmp_path), range(20), backend=Local(jobs=2), chunk=chunk
    )
    assert [x.tobytes() for x in found] == [x.tobytes() for x in alone]
    assert len(list(tmp_path.iterdir())) == 4  # every one of them was killed


@pytest.mark.slow
def test_twenty_killed_runs_give_the_same_bytes(tmp_path):
    alone = [draw(number).tobytes() for number in range(10)]
    for run in range(20):
        folder = tmp_path / str(run)
        folder.mkdir()
        found = parallel_map(partial(killed_once, folder), range(10), backend=Local(jobs=2))
        assert [x.tobytes() for x in found] == alone


def test_a_task_that_always_kills_its_worker_is_named_within_ten_seconds():
    start = time.monotonic()
    with pytest.raises(WorkerLost, match="killed 3 times in item 3, 3"):
        parallel_map(always_killed, range(8), backend=Local(jobs=2))
    assert time.monotonic() - start < 10
    with pytest.raises(WorkerLost, match="killed 1 times in item 3"):
        parallel_map(always_killed, range(8), backend=Local(jobs=2), retries=0, chunk=3)


def test_an_exception_keeps_its_type_and_names_the_item():
    for backend in (Local(), Local(jobs=2), Local(jobs=2, threads=True), "current"):
        with pytest.raises(ValueError, match="no such sample") as caught:
            parallel_map(bad, range(5), backend=backend)
        assert "item 2, 2 of parallel_map" in caught.value.__notes__[0]


def test_shared_constants_are_the_same_everywhere():
    shared = {"big": np.arange(300_000.0), "small": np.ones(2)}
    alone = parallel_map(scaled, range(6), shared=shared)
    assert alone == [float(i * i) for i in range(6)]
    for backend in (Local(jobs=2), Local(jobs=2, threads=True)):
        assert parallel_map(scaled, range(6), shared=shared, backend=backend, chunk=2) == alone
    with pytest.raises(ValueError, match="read-only"):
        parallel_map(write_into, [1, 2], shared=shared["big"], backend=Local(jobs=2))


def test_functions_defined_where_they_are_used_travel_too():
    add = 3
    function = lambda x, f: f(x) + add  # noqa: E731
    assert parallel_map(function, [1, 2], shared=lambda x: 2 * x, jobs=2) == [5, 7]
    assert parallel_map(partial(lambda a, x: a(x) + add, abs), [-1, -2], jobs=2) == [4, 5]


def test_a_checkpoint_goes_on_where_it_stopped(tmp_path):
    marks, pieces = tmp_path / "marks", Checkpoint(tmp_path / "pieces", name="v1")
    marks.mkdir()
    work = partial(slow_and_counted, marks)
    with pytest.raises(RuntimeError, match="the power failed"):
        parallel_map(work, range(6), checkpoint=pieces)
    assert len(list((tmp_path / "pieces").glob("*.json"))) == 5  # four results and run.json
    (marks / "whole").touch()
    found = parallel_map(work, range(6), checkpoint=pieces)
    assert found == [draw(number).tolist() for number in range(6)]
    begun = [int(path.name.split("-")[0]) for path in marks.glob("*-*")]
    assert sorted(begun) == [0, 1, 2, 3, 4, 4, 5]  # only what was not finished ran again
    assert parallel_map(work, range(6), checkpoint=pieces, backend=Local(jobs=2)) == found


def test_a_checkpoint_keeps_arrays_and_refuses_what_it_cannot_give_back(tmp_path):
    pieces = Checkpoint(tmp_path / "a")
    first = parallel_map(draw, range(3), checkpoint=pieces)
    again = parallel_map(draw, range(3), checkpoint=pieces)
    assert [x.tobytes() for x in first] == [x.tobytes() for x in again]
    with pytest.raises(SpecError, match="other items"):
        parallel_map(draw, range(4), checkpoint=pieces)
    with pytest.raises(SpecError, match="type tuple"):
        parallel_map(lambda x: (x, x), [1], checkpoint=Checkpoint(tmp_path / "b"))
    (tmp_path / "a" / "0000001.npy").write_bytes(b"torn")
    with pytest.raises(DataError, match="damaged file"):
        parallel_map(draw, range(3), checkpoint=pieces)


def test_options_that_cannot_be():
    with pytest.raises(SpecError, match="at least 1"):
        Local(jobs=0)
    with pytest.raises(SpecError, match="one of them"):
        parallel_map(abs, [1], jobs=2, backend=Local(jobs=2))
    with pytest.raises(SpecError, match="retries -1"):
        parallel_map(abs, [1], retries=-1)


def test_dask_is_only_asked_for_by_a_cluster(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match="pip install distributed"):
        parallel_map(abs, [1, 2], backend=Cluster("tcp://127.0.0.1:1"))
