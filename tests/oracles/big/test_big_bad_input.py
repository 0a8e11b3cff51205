"""Bad input on disk: found before the work, or ended with what is kept."""

import errno

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from econshrink import DataError, SpecError, big, fit_fe
from econshrink.big.parquet_files import write_parquet
from econshrink.core import checkpoint
from econshrink.shrinkage import NetLoss, PathClusters

MODEL = "y ~ x | cell + year"


def table(units=40, years=6, ids=None):
    rng = np.random.default_rng(0)
    unit = np.repeat(np.arange(units) if ids is None else np.array(ids, dtype=object), years)
    frame = pd.DataFrame({"cell": unit, "year": np.tile(np.arange(2001, 2001 + years), units)})
    frame["x"] = rng.normal(size=len(frame))
    return frame.assign(y=frame["x"] + rng.normal(size=len(frame)))


def opened(path, **options):
    options = {"part_rows": 50, "memory_mb": 100} | options
    return big.scan(path, unit="cell", time="year", workspace=big.Workspace(**options))


def refused(source, *words, kind=DataError, model=MODEL):
    with pytest.raises(kind) as problem:
        big.fit_fe(opened(source) if not isinstance(source, big.BigTable) else source, model)
    for word in words:
        assert word in str(problem.value)


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_pair_twice_is_told_with_its_key(tmp_path, shuffled):
    frame = pd.concat([table(), table().tail(2)]).sort_values(["cell", "year"])
    frame = frame.sample(frac=1.0, random_state=0) if shuffled else frame
    frame.to_parquet(tmp_path / "t.parquet")
    refused(tmp_path / "t.parquet", "2 rows that repeat a pair (cell, year)", "(39, 2005)")


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("column", ["cell", "year"])
def test_rows_without_unit_or_time(tmp_path, column, shuffled):
    frame = table()
    frame[column] = frame[column].astype("Int64").where(frame.index != 17)
    frame = frame.sample(frac=1.0, random_state=0) if shuffled else frame
    frame.to_parquet(tmp_path / "t.parquet")
    refused(tmp_path / "t.parquet", f"1 rows without '{column}'")


def test_nan_and_null_are_both_missing(tmp_path):
    frame = table()
    frame.loc[[3, 50, 90], "x"] = np.nan
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    values = frame["x"].tolist()
    values[50] = None  # NULL beside NaN
    mixed = pa.array(values, pa.float64(), from_pandas=False)
    assert mixed.null_count == 1
    pq.write_table(arrow.set_column(2, "x", mixed), tmp_path / "t.parquet")
    there = big.fit_fe(opened(tmp_path / "t.parquet"), MODEL)
    here = fit_fe(frame, MODEL, unit="cell", time="year")
    np.testing.assert_allclose(there.covariance, here.covariance, rtol=1e-10)
    assert there.stats["rows_missing"] == 3
    unsorted = arrow.set_column(2, "x", mixed).take(np.random.default_rng(0).permutation(240))
    pq.write_table(unsorted, tmp_path / "u.parquet")
    again = big.fit_fe(opened(tmp_path / "u.parquet"), MODEL)
    np.testing.assert_allclose(again.covariance, here.covariance, rtol=1e-10)


def halves(folder, change):
    frame = table()
    folder.mkdir()
    frame[:120].to_parquet(folder / "a.parquet")
    change(frame[120:].copy()).to_parquet(folder / "b.parquet")
    return folder


def test_mixed_types_between_files_name_the_files(tmp_path):
    texts = halves(tmp_path / "x", lambda f: f.assign(x=f["x"].astype(str)))
    refused(texts, "'x' as numbers in a.parquet and texts in b.parquet")
    units = halves(tmp_path / "u", lambda f: f.assign(cell=f["cell"].astype(str)))
    with pytest.raises(DataError, match=r"'cell' as texts in b.parquet and whole numbers in a"):
        opened(units)
    whole = halves(tmp_path / "w", lambda f: f.assign(x=np.rint(f["x"]).astype("int32")))
    assert big.fit_fe(opened(whole), MODEL).nobs == 240  # numbers are numbers


def test_a_column_missing_in_one_file(tmp_path):
    folder = halves(tmp_path / "x", lambda f: f.drop(columns="x"))
    refused(folder, "no column 'x' in b.parquet")
    assert big.fit_fe(opened(folder), "y ~ lag(y) | cell").nobs == 200  # not used, not asked for
    folder = halves(tmp_path / "y", lambda f: f.drop(columns="year"))
    with pytest.raises(DataError, match=r"no column 'year' in b.parquet"):
        opened(folder)


def test_a_misspelt_column_is_guessed(tmp_path):
    table().rename(columns={"x": "income"}).to_parquet(tmp_path / "t.parquet")
    refused(tmp_path / "t.parquet", "no column 'incme'", "'income'", model="y ~ incme | cell")


def test_times_beyond_what_two_ways_can_hold(tmp_path):
    frame = table(units=4, years=300)
    frame.to_parquet(tmp_path / "t.parquet")
    refused(tmp_path / "t.parquet", "300 values of 'year'", "Absorb 'cell' alone")
    assert big.fit_fe(opened(tmp_path / "t.parquet"), "y ~ x | cell").nobs == 1200


def test_a_wrong_year_is_told_before_a_table_by_year_is_made(tmp_path):
    frame = table().rename(columns={"y": "population"})
    frame.loc[5, "year"] = 20_011
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"2001 to 20011"):
        big.identify(opened(tmp_path / "t.parquet"), NetLoss(), (2001, 2005))


def test_a_damaged_file_and_an_empty_folder(tmp_path):
    table().to_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.parquet").write_bytes((tmp_path / "t.parquet").read_bytes()[:-30])
    with pytest.raises(DataError, match=r"t.parquet, which is not a whole Parquet file"):
        opened(tmp_path / "t.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="Parquet files"):
        opened(tmp_path / "empty")
    table()[:0].to_parquet(tmp_path / "empty" / "t.parquet")
    refused(tmp_path / "empty", "a table without rows")


def test_infinite_and_undefined_figures(tmp_path):
    frame = table()
    frame.loc[7, "x"] = np.inf
    frame.to_parquet(tmp_path / "t.parquet")
    refused(tmp_path / "t.parquet", "1 infinite figures in 'x'")
    table().assign(x=lambda f: f["x"].abs().where(f.index != 7, 0.0)).to_parquet(
        tmp_path / "u.parquet"
    )
    refused(tmp_path / "u.parquet", "'np.log(x)' is not finite", model="y ~ np.log(x) | cell")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.assign(x=2.0), "'x' is constant"),
        (lambda f: f.assign(x=f["cell"] % 7 + 1000.1), "'x' has no variation left within cell"),
        (lambda f: f.assign(z=2 * f["x"] + f["year"]), "'x', 'z' are collinear"),
        (lambda f: f.assign(x=3 * f["y"]), "a perfect fit"),
        (lambda f: f.assign(x=np.nan), "no figure at all for 'x'"),
    ],
)
def test_what_cannot_be_estimated_is_told_as_in_memory(tmp_path, change, words):
    frame = change(table())
    frame.to_parquet(tmp_path / "t.parquet")
    model = "y ~ x + z | cell + year" if "z" in frame else MODEL
    for fit in (
        lambda: fit_fe(frame, model, unit="cell", time="year"),
        lambda: big.fit_fe(opened(tmp_path / "t.parquet"), model),
    ):
        with pytest.raises((DataError, SpecError), match=words):
            fit()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("y ~ C(x) | cell", "dummies and splines"),
        ("y ~ x | cell + region", "panel.fit_fe"),
        ("y ~ x", "effects none"),
        ("y ~ [x ~ year] | cell", "one model by least squares"),
    ],
)
def test_what_needs_the_table_in_memory_says_so(tmp_path, model, words):
    table().to_parquet(tmp_path / "t.parquet")
    refused(tmp_path / "t.parquet", words, kind=SpecError, model=model)


def test_a_rule_that_compares_units_is_refused(tmp_path):
    table().to_parquet(tmp_path / "t.parquet")
    with pytest.raises(SpecError, match="by its own figures"):
        big.identify(opened(tmp_path / "t.parquet"), PathClusters())


def test_a_disk_that_fills_keeps_what_is_done(tmp_path, monkeypatch):
    table().to_parquet(tmp_path / "t.parquet")
    source = opened(tmp_path / "t.parquet", folder=tmp_path / "work")
    whole = big.fit_fe(opened(tmp_path / "t.parquet"), MODEL)
    write, count = checkpoint.write_file, iter(range(100))

    def full(path, content):
        if next(count) == 4:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, content)

    monkeypatch.setattr(checkpoint, "write_file", full)
    with pytest.raises(DataError, match="it goes on from") as problem:
        big.fit_fe(source, MODEL)
    assert str(tmp_path / "work") in problem.value.faults[0].remedy
    assert len(list((tmp_path / "work").rglob("*.json"))) == 4
    again = big.fit_fe(source, MODEL)
    assert again.covariance.tobytes() == whole.covariance.tobytes()


def test_sorting_is_refused_on_a_small_disk(tmp_path, monkeypatch):
    table().sample(frac=1.0, random_state=0).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr("shutil.disk_usage", lambda _: (10**9, 10**9, 1000))
    refused(tmp_path / "t.parquet", "sorting 240 rows", "of free disk")


class Cluster:
    """An engine that writes a folder of parts, or nothing that can be seen from here."""

    def __init__(self, parts):
        self.parts = parts

    def to_parquet(self, path):
        for number, frame in enumerate(self.parts):
            path.mkdir(exist_ok=True)
            frame.to_parquet(path / f"part-{number:05d}-of-a-job.parquet")


def test_parts_of_a_cluster_become_one_file_in_their_order(tmp_path):
    frame = pd.DataFrame({"cell": list("aabbc"), "year": [1, 2, 1, 2, 1]})
    target = tmp_path / "all.parquet"
    write_parquet(Cluster([frame[:3], frame[3:]]), target)
    pd.testing.assert_frame_equal(pd.read_parquet(target), frame)
    assert [path.name for path in tmp_path.iterdir()] == ["all.parquet"]


def test_rows_written_where_nobody_here_can_read_are_told(tmp_path):
    with pytest.raises(DataError, match=r"Workspace\(folder=\) on a disk of both"):
        write_parquet(Cluster([]), tmp_path / "all.parquet")
