"""What can be said of `econshrink.big` where its packages are not installed."""

import sys

import numpy as np
import pandas as pd
import pytest

from econshrink import DataError, MissingExtra, SpecError, big
from econshrink.big.workspace import at_work, in_words


@pytest.fixture
def nothing_installed(monkeypatch):
    for name in ("pyarrow", "ibis", "duckdb"):
        monkeypatch.setitem(sys.modules, name, None)


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path, nothing_installed):
    path = tmp_path / "cells.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(MissingExtra, match=r"pip install 'econshrink\[big\]'"):
        big.scan(path, unit="cell", time="year")
    with pytest.raises(MissingExtra, match=r"econshrink\[big\]"):
        big.scan(path, table="cells", unit="cell", time="year")


def test_a_frame_is_shown_how_to_open_a_table():
    frame = pd.DataFrame({"cell": [1], "year": [2010]})
    with pytest.raises(SpecError, match=r"scan\(path, unit="):
        big.fit_fe(frame, "y ~ x | cell")
    with pytest.raises(SpecError, match=r"scan\(path\)"):
        big.kaplan_meier(frame, duration="t", event="d")


def test_nothing_at_a_path(tmp_path):
    with pytest.raises(DataError, match="nothing at"):
        big.scan(tmp_path / "absent.parquet")
    with pytest.raises(SpecError, match="a path or an Ibis table"):
        big.scan(np.zeros(3))


def test_a_workspace_says_what_is_wrong_with_it():
    with pytest.raises(SpecError) as problem:
        big.Workspace(memory_mb=1, jobs=0, part_rows=0)
    assert len(problem.value.faults) == 3


def test_a_disk_too_small_is_refused_with_the_estimate(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: (10**12, 10**12, 3 * 10**9))
    with (
        at_work(big.Workspace(tmp_path), "sorting") as place,
        pytest.raises(DataError, match=r"needs about 5\.0 GB .* has 3\.0 GB"),
    ):
        place.require_space(5e9, "sorting")


@pytest.mark.parametrize("folder", [None, "work"])
def test_a_disk_that_fills_ends_in_a_sentence(tmp_path, folder):
    where = tmp_path / folder if folder else None
    with (
        pytest.raises(DataError, match="full disk") as problem,
        at_work(big.Workspace(where), "sorting"),
    ):
        raise OSError(28, "No space left on device")
    again = "it goes on from" if folder else "larger disk"
    assert again in problem.value.faults[0].remedy
    with pytest.raises(OSError, match="denied"), at_work(big.Workspace(where), "sorting"):
        raise OSError(13, "denied")


def test_bytes_in_words():
    assert [in_words(size) for size in (1, 2e6, 7.5e9)] == ["1 MB", "2 MB", "7.5 GB"]
