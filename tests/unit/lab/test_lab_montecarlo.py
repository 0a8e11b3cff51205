"""The Monte Carlo runner: its measures, its independence of jobs, and its resumption."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import ConvergenceError, DataError, Fault, SpecError
from econshrink.lab import Answer, LabSettings, PlaceSettings, Study, monte_carlo, replicate
from econshrink.lab.performance import summarise


@dataclass(frozen=True)
class Normal:
    mean: float
    count: int = 25

    def digest(self):
        return f"normal {self.mean} {self.count}"


def draw(settings, seed):
    return np.random.default_rng(seed).normal(settings.mean, 1.0, settings.count)


def mean(data, rng):
    return {"mu": Answer(data.mean(), data.std(ddof=1) / np.sqrt(len(data)))}


def fragile(data, rng):
    if data.mean() < 0:
        raise ConvergenceError(Fault("a negative mean", "a positive one", "Try again."))
    return {"mu": Answer(data.mean(), 0.2)}


def broken(data, rng):
    raise ZeroDivisionError("a bug")


GRID = {"zero": Normal(0.0), "one": Normal(1.0)}


def study(name="mean", estimator=mean, truth=None):
    return Study(name, estimator, {"mu": 0.0} if truth is None else truth, draw=draw)


def run(what, **options):
    return monte_carlo(what, GRID, **({"replicates": 30, "seed": 7, "progress": False} | options))


def test_bias_error_and_coverage_of_the_mean():
    table = run(study(), replicates=400).set_index("setting")
    zero, one = table.loc["zero"], table.loc["one"]
    assert abs(zero["bias"]) < 3.5 * zero["bias_mc"]
    assert one["bias"] == pytest.approx(1.0, abs=0.05)
    assert zero["rmse"] == pytest.approx(0.2, rel=0.12)
    assert zero["se_ratio"] == pytest.approx(1.0, abs=4 * zero["se_ratio_mc"])
    assert zero["coverage"] == pytest.approx(0.94, abs=0.04)
    assert one["coverage"] == 0.0


def test_measures_by_hand():
    rows = pd.DataFrame(
        {
            "setting": "s",
            "replicate": [0, 1, 2, 3],
            "term": "b",
            "truth": 1.0,
            "estimate": [0.0, 1.0, 2.0, 3.0],
            "std_error": [0.6, 0.6, 0.6, 0.4],
            "conf_low": [-9.0, np.nan, np.nan, np.nan],
            "conf_high": [0.5, np.nan, np.nan, np.nan],
            "failure": None,
        }
    )
    out = summarise(rows).iloc[0]
    sd = np.sqrt(5 / 3)
    assert out["bias"] == 0.5
    assert out["bias_mc"] == pytest.approx(sd / 2)
    assert out["rmse"] == pytest.approx(np.sqrt(6 / 4))
    # Squared errors 1, 0, 1, 4: standard deviation sqrt(3).
    assert out["rmse_mc"] == pytest.approx(np.sqrt(3) / (2 * np.sqrt(1.5) * 2))
    assert out["mean_se"] == pytest.approx(0.55)
    assert out["se_ratio"] == pytest.approx(0.55 / sd)
    # Inside: the second (1 ± 1.18) and the third (2 ± 1.18); the first has limits of its own.
    assert out["coverage"] == 0.5
    assert out["coverage_mc"] == 0.25


def test_truth_may_depend_on_the_data():
    table = run(study("own", truth=lambda data: {"mu": float(data.mean())}))
    np.testing.assert_array_equal(table["bias"], 0.0)


def test_chunks_do_not_change_the_numbers():
    pd.testing.assert_frame_equal(run(study()), run(study(), chunk=7))


@pytest.mark.slow
def test_jobs_do_not_change_the_numbers(tmp_path):
    plain = run(study())
    pd.testing.assert_frame_equal(plain, run(study(), jobs=2, path=tmp_path))
    pd.testing.assert_frame_equal(plain, run(study(), path=tmp_path))


def test_replicates_share_their_seed_over_settings():
    rows = replicate(study(), GRID, replicates=5, seed=1, progress=False)
    zero, one = (rows[rows["setting"] == s]["estimate"].to_numpy() for s in ("zero", "one"))
    np.testing.assert_allclose(one - zero, 1.0)


def test_a_killed_study_resumes_with_the_same_numbers(tmp_path):
    whole = run(study(), path=tmp_path)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 6
    files[2].unlink()
    stamps = {file: file.stat().st_mtime_ns for file in files if file.exists()}
    pd.testing.assert_frame_equal(run(study(), path=tmp_path), whole)
    assert sorted(tmp_path.iterdir()) == files
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in stamps.items())
    pd.testing.assert_frame_equal(run(study()), whole)


def test_saved_numbers_are_used_and_other_studies_do_not_see_them(tmp_path):
    run(study(), path=tmp_path)
    for file in tmp_path.iterdir():
        saved = json.loads(file.read_text())
        for row in saved["rows"]:
            row["estimate"] = 5.0
        file.write_text(json.dumps(saved))
    assert (run(study(), path=tmp_path)["mean"] == 5.0).all()
    assert (run(study("other"), path=tmp_path)["mean"] != 5.0).all()
    assert (run(study(), path=tmp_path, seed=8)["mean"] != 5.0).all()


def test_a_damaged_chunk_is_named(tmp_path):
    run(study(), path=tmp_path)
    file = min(tmp_path.iterdir())
    file.write_text('{"first": 0')
    with pytest.raises(DataError, match=file.name):
        run(study(), path=tmp_path)
    file.write_text('{"first": 0, "last": 99, "rows": []}')
    with pytest.raises(DataError, match="Delete the file"):
        run(study(), path=tmp_path)


def test_failures_are_counted_not_hidden():
    table = run(study("fragile", fragile)).set_index("setting")
    zero = table.loc["zero"]
    assert zero["failed"] + zero["replicates"] == 30
    assert 5 < zero["failed"] < 25
    assert table.loc["one", "failed"] == 0


def test_a_bug_stops_the_study():
    with pytest.raises(ZeroDivisionError):
        run(study("broken", broken))


def test_bad_requests_are_refused():
    with pytest.raises(SpecError) as caught:
        monte_carlo(study(), {}, replicates=1, chunk=0, progress=False)
    assert len(caught.value.faults) == 3
    with pytest.raises(SpecError, match="at least 1"):
        run(study(), jobs=0)
    with pytest.raises(SpecError, match="without truth"):
        run(study(truth={"other": 1.0}))
    bare = study("bare", lambda data, rng: {"mu": data.mean() + 0 * rng.random()})
    with pytest.raises(SpecError, match="Wrap the numbers in Answer"):
        run(bare)
    with pytest.raises(SpecError, match="no finished replicate"):
        monte_carlo(
            study("never", fragile), {"low": Normal(-9.0)}, replicates=2, seed=1, progress=False
        )


def test_progress_is_written_to_the_standard_error(capsys):
    run(study(), progress=True)
    seen = capsys.readouterr()
    assert "mean: 6/6" in seen.err
    assert seen.out == ""


def test_the_laboratory_is_the_default_data_set():
    settings = LabSettings(last_year=2002, places=PlaceSettings(cities=64))

    def count(run, rng):
        return {"cities": Answer(float(len(run.true.cities)))}

    what = Study("lab", count, {"cities": 64.0})
    rows = replicate(what, {"small": settings}, replicates=2, progress=False)
    assert rows["estimate"].tolist() == [64.0, 64.0]
