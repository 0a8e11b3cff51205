"""Studies: stored with provenance, resumed, and a tenth of them repeated as a check."""

import gzip
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from analyses.machinery.runner import ROOT
from analyses.machinery.studies import registry
from analyses.machinery.studies.plan import Plan, Setting
from analyses.machinery.studies.run import check_studies, run_studies
from analyses.machinery.studies.store import FOLDER, read_replicates, read_study
from econshrink.core.errors import ConvergenceError, DataError, Fault, SpecError
from econshrink.lab import Answer, Study, coverage_test


@dataclass(frozen=True)
class Normal(Setting):
    mean: float
    count: int = 25


def draw(setting, seed):
    return np.random.default_rng(seed).normal(setting.mean, 1.0, setting.count)


def mean(data, rng):
    if data.mean() < -0.4:
        raise ConvergenceError(Fault("a low mean", "a higher one", "Try again."))
    return {"mu": Answer(data.mean(), data.std(ddof=1) / np.sqrt(len(data)))}


def shifted(data, rng):
    return {"mu": Answer(data.mean() + 1e-3, data.std(ddof=1) / np.sqrt(len(data)))}


GRID = {"zero": Normal(0.0)}


def quiet(line):
    """Say nothing."""


def plan(estimator=mean, replicates=60, grid=GRID):
    study = Study("toy", estimator, {"mu": 0.0}, draw)
    return Plan(study, grid, replicates, "A toy", "analyses.machinery.studies.plan")


@pytest.fixture
def stored(tmp_path):
    assert run_studies([plan()], root=tmp_path, jobs=1, say=quiet) == 0
    return tmp_path


def check(root, what=None, seed=1):
    lines = []
    status = check_studies([what or plan()], root=root, seed=seed, jobs=1, say=lines.append)
    return status, "\n".join(lines)


def test_a_study_is_stored_with_its_provenance(stored):
    record = read_study("toy", stored)
    assert record["replicates"] == 60
    assert record["settings"] == {"zero": Normal(0.0).digest()}
    assert {"seed", "code", "versions", "seconds"} <= set(record)
    row = record["rows"].iloc[0]
    rows = read_replicates("toy", stored)
    assert row["judged"] == rows["estimate"].notna().sum()
    assert row["bias"] == pytest.approx(rows["estimate"].mean(), abs=1e-8)


def test_running_again_gives_the_same_bytes(stored):
    path = stored / FOLDER / "toy.csv.gz"
    first = path.read_bytes()
    run_studies([plan()], root=stored, jobs=1, say=quiet)
    assert path.read_bytes() == first


def test_a_repeated_tenth_agrees(stored):
    status, text = check(stored)
    assert (status, "0 differences" in text) == (0, True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_estimator_is_found_out(stored, seed):
    status, text = check(stored, plan(shifted), seed)
    assert status == 1
    assert "other numbers" in text


def test_other_settings_are_found_out(stored):
    status, text = check(stored, plan(grid={"zero": Normal(0.0, 26)}))
    assert status == 1
    assert "settings" in text


def test_a_summary_that_was_edited_is_found_out(stored):
    path = stored / FOLDER / "toy.json"
    record = json.loads(path.read_text())
    record["rows"][0]["coverage"] = 0.95
    path.write_text(json.dumps(record))
    status, text = check(stored)
    assert status == 1
    assert "does not follow" in text


def test_an_edited_replicate_is_found_out(stored):
    path = stored / FOLDER / "toy.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    frame = pd.read_csv(pd.io.common.StringIO(text))
    frame["estimate"] += 0.01
    path.write_bytes(gzip.compress(frame.to_csv(index=False).encode(), mtime=0))
    assert check(stored)[0] == 1


def test_a_study_that_was_never_run(tmp_path):
    with pytest.raises(DataError, match="make studies ONLY=toy"):
        read_study("toy", tmp_path)


def test_an_unknown_study():
    with pytest.raises(SpecError, match="nonsense"):
        registry.plans(("nonsense",))


def test_every_registered_study_is_stored_and_current():
    for entry in registry.plans():
        record = read_study(entry.name, ROOT)
        now = {name: settings.digest() for name, settings in entry.grid.items()}
        assert (record["replicates"], record["settings"]) == (entry.replicates, now), entry.name


def test_coverage_is_judged_with_a_correction_for_the_number_of_rows():
    rows = pd.DataFrame(
        {"setting": list("abcd"), "term": "x", "judged": 2000, "coverage": [0.94, 0.95, 0.93, None]}
    )
    judged = coverage_test(rows)
    assert judged["nominal_holds"].tolist() == [True, True, False]
    assert judged["p_value"].iloc[1] == 1.0
