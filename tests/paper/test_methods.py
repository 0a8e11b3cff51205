"""The methods appendix: references matched, studies judged, timings of exact results."""

import json
from pathlib import Path

import pytest

from analyses.machinery.studies.registry import plans
from analyses.machinery.studies.store import read_replicates, read_study
from analyses.methods.methods_studies import HEADINGS, WITHOUT_CLAIM
from analyses.methods.references.sources import SOURCES
from econshrink.lab.performance import summarise

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", HEADINGS)
def test_stored_study_is_the_planned_one(name):
    (plan,) = plans((name,))
    record = read_study(name, ROOT)
    assert record["replicates"] == plan.replicates
    assert record["settings"] == {key: s.digest() for key, s in plan.grid.items()}
    rows = record["rows"]
    assert (rows["replicates"] + rows["failed"] == plan.replicates).all()
    again = summarise(read_replicates(name, ROOT))
    assert again["bias"].to_numpy() == pytest.approx(rows["bias"].to_numpy(), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("name", HEADINGS)
def test_exceptions_from_the_claim_of_coverage_exist(name):
    rows = read_study(name, ROOT)["rows"]
    for setting, term in WITHOUT_CLAIM[name]:
        found = rows["term"].str.contains(term, regex=False)
        if setting:
            found &= rows["setting"] == setting
        assert found.any(), (setting, term)


def test_every_source_of_references_states_tolerances():
    for source in SOURCES:
        for row in source.rows():
            relative, absolute = source.tolerance(row)
            assert 0 < max(relative, absolute) < 1e-2, row


@pytest.mark.parametrize("cities", [300, 3000])
def test_draws_of_the_benchmark_equal_literal_refits(cities):
    path = ROOT / "benchmarks" / "results" / f"panel_{cities}.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    gaps = {entry["task"]: entry["largest_relative_gap"] for entry in report["results"]}
    known = {task: gap for task, gap in gaps.items() if gap is not None}
    assert len(known) >= 4
    assert max(known.values()) < 1e-12, known
    assert all(entry["cpu_seconds"] > 0 for entry in report["results"])
