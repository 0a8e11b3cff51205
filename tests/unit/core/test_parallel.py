"""Parallel map: order, equal digits on every backend, progress, errors."""

from __future__ import annotations

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from econshrink.core.errors import SpecError
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import generator


def draw(name: str) -> list[float]:
    """Solve a system large enough for BLAS to split it, on numbers that belong to `name`."""
    source = generator(f"test.{name}")
    matrix = source.normal(size=(150, 150))
    return np.linalg.solve(matrix @ matrix.T + np.eye(150), source.normal(size=150)).tolist()


def threads(_: int) -> int:
    """Highest number of threads of any numerical library here."""
    np.linalg.inv(np.eye(3))
    return max(entry["num_threads"] for entry in threadpool_info() if entry["user_api"] == "blas")


def fail(number: int) -> int:
    raise ValueError(f"bad item {number}")


NAMES = ("c", "a", "b", "d")


def test_order_and_digits_do_not_depend_on_jobs_or_backend() -> None:
    alone = parallel_map(draw, NAMES)
    assert alone == [draw(name) for name in NAMES]
    assert parallel_map(draw, NAMES, jobs=2, backend="threading") == alone
    assert parallel_map(draw, NAMES, jobs=2, backend="loky") == alone
    assert parallel_map(draw, NAMES[::-1], jobs=2, backend="threading") == alone[::-1]


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_blas_runs_on_one_thread(backend: str) -> None:
    assert parallel_map(threads, [1, 2], jobs=2, backend=backend) == [1, 1]
    assert parallel_map(threads, [1]) == [1]


def test_progress_goes_to_standard_error(capsys) -> None:
    parallel_map(abs, [1, 2, 3], label="bootstrap")
    assert "bootstrap: 3/3 (100%)" in capsys.readouterr().err
    parallel_map(abs, [1, 2, 3])
    assert capsys.readouterr().err == ""


def test_faults(monkeypatch) -> None:
    with pytest.raises(ValueError, match="bad item"):
        parallel_map(fail, [1, 2], jobs=2, backend="threading")
    with pytest.raises(SpecError, match="at least 1"):
        parallel_map(abs, [1], jobs=0)
    with pytest.raises(SpecError, match="backend 'spark'"):
        parallel_map(abs, [1], backend="spark")
    monkeypatch.setitem(os.environ, "ECONSHRINK_JOBS", "many")
    with pytest.raises(SpecError, match="ECONSHRINK_JOBS"):
        parallel_map(abs, [1])
    assert parallel_map(abs, [], jobs=2) == []
