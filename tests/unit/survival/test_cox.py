"""Cox regression: what it refuses, what it says, and the scales it stands."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import ConvergenceError, DataError, EconshrinkError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.storage import from_json, to_json
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.options import Breslow, Efron, Exact, FrequencyWeights, ImportanceWeights


def yearly(cities: int = 60, years: int = 8, task: str = "unit.cox") -> pd.DataFrame:
    """Back-to-back yearly rows that end with the first event."""
    rng = generator(task)
    rows = []
    for i in range(cities):
        fixed = rng.normal()
        for year in range(years):
            x = fixed + rng.normal()
            hazard = 1 - np.exp(-np.exp(-2.2 + 0.5 * x))
            event = int(rng.random() < hazard)
            z = rng.normal()
            rows.append((f"{110000 + i}", year, year + 1, event, x, z, i % 3, i % 7))
            if event:
                break
    names = ["city", "start", "stop", "event", "x", "z", "region", "province"]
    return pd.DataFrame(rows, columns=names)


def spells(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit", origin="2000")


def test_no_event_is_refused() -> None:
    with pytest.raises(DataError, match="no events among"):
        fit_cox(spells(yearly().assign(event=0)), ["x"])


def test_one_event_is_fitted_and_said() -> None:
    frame = yearly(20, 3).assign(event=0)
    # A covariate value in the middle of the risk set: the likelihood has a maximum.
    middle = frame[frame["start"] == 1]["x"].sub(frame["x"].median()).abs().idxmin()
    frame.loc[middle, "event"] = 1
    estimate = fit_cox(spells(frame), ["x"])
    assert estimate.stats["events"] == 1
    assert any("Only one event" in note for note in estimate.notes)


@pytest.mark.parametrize("ties", [Efron(), Breslow(), Exact()])
def test_monotone_likelihood_names_the_covariate(ties: object) -> None:
    frame = yearly()
    perfect = frame.assign(dummy=((frame["event"] == 1) | (frame["z"] > 1)).astype(int))
    with pytest.raises(ConvergenceError, match=r"dummy \(to \+infinity\)"):
        fit_cox(spells(perfect), ["x", "dummy"], ties=ties)


def test_never_treated_events_run_to_minus_infinity() -> None:
    frame = yearly()
    safe = frame.assign(safe=(1 - frame["event"]) * (frame["z"] > 0))
    with pytest.raises(ConvergenceError, match=r"safe \(to -infinity\)"):
        fit_cox(spells(safe), ["x", "safe"])


def test_constant_and_time_only_covariates_are_named() -> None:
    frame = yearly().assign(flat=7.0, calendar=lambda f: f["stop"] ** 2)
    with pytest.raises(SpecError, match="flat, calendar constant within every risk set"):
        fit_cox(spells(frame), ["x", "flat", "calendar"])


def test_collinear_covariates_are_named() -> None:
    frame = yearly().assign(sum=lambda f: 2 * f["x"] - 3 * f["z"] + 5)
    with pytest.raises(SpecError, match="sum a linear combination of x, z"):
        fit_cox(spells(frame), ["x", "z", "sum"])


def test_gaps_and_infinite_values_are_collected() -> None:
    frame = yearly()
    frame.loc[3, "x"], frame.loc[5, "z"] = np.nan, np.inf
    with pytest.raises(DataError) as caught:
        fit_cox(spells(frame), ["x", "z"])
    assert len(caught.value.faults) == 2
    assert "column x" in str(caught.value)
    assert "column z" in str(caught.value)


def test_text_covariate_is_refused() -> None:
    with pytest.raises(DataError, match="column name"):
        fit_cox(spells(yearly().assign(name="Yichun")), ["x", "name"])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"covariates": []}, SpecError, "no covariates"),
        ({"covariates": ["x", "x"]}, SpecError, "x twice"),
        ({"covariates": ["gdp"]}, SpecError, "no column gdp"),
        ({"strata": "zone"}, SpecError, "no column zone"),
        ({"vcov": Clustered("zone")}, SpecError, "zone"),
        ({"ties": Exact(), "vcov": Heteroskedastic()}, SpecError, "exact ties"),
        ({"ties": Exact(), "weights": FrequencyWeights("w")}, SpecError, "exact ties"),
        ({"weights": FrequencyWeights("half")}, DataError, "whole numbers"),
        ({"weights": ImportanceWeights("z")}, DataError, "weights of 0 or more"),
    ],
)
def test_wrong_requests(options: dict, error: type[EconshrinkError], words: str) -> None:
    frame = yearly().assign(w=1, half=0.5)
    with pytest.raises(error, match=words):
        fit_cox(spells(frame), **{"covariates": ["x"], **options})


@pytest.mark.parametrize("factor", [1e8, 1e-8, 1e120, 1e-120])
def test_units_do_not_matter(factor: float) -> None:
    frame = yearly()
    plain = fit_cox(spells(frame), ["x", "z"], vcov=Clustered())
    scaled = fit_cox(spells(frame.assign(x=frame["x"] * factor)), ["x", "z"], vcov=Clustered())
    assert scaled.coefficients * [factor, 1] == pytest.approx(plain.coefficients, rel=1e-11)
    assert scaled.std_errors * [factor, 1] == pytest.approx(plain.std_errors, rel=1e-11)
    assert scaled.stats["loglik"] == pytest.approx(plain.stats["loglik"], rel=1e-13)


def test_a_large_level_costs_only_the_digits_it_takes() -> None:
    frame = yearly()
    plain = fit_cox(spells(frame), ["x"])
    moved = fit_cox(spells(frame.assign(x=frame["x"] + 1e8)), ["x"])
    assert moved.coefficients == pytest.approx(plain.coefficients, rel=1e-7)


def test_risks_of_very_different_size() -> None:
    """An offset that spreads risks over e^60 does not drown the small risk sets."""
    rng = generator("unit.cox.sizes")
    n = 200
    late = rng.integers(0, 2, n)  # no row crosses time 10
    start = 10 * late + rng.integers(0, 5, n)
    frame = pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": start + rng.integers(1, 5, n),
            "event": rng.integers(0, 2, n),
            "x": rng.normal(size=n),
            "z": rng.normal(size=n),
            "lift": np.where(late, 0.0, 60.0),
        }
    )
    plain = fit_cox(spells(frame), ["x", "z"])
    lifted = fit_cox(spells(frame), ["x", "z"], offset="lift")
    assert lifted.coefficients == pytest.approx(plain.coefficients, rel=1e-9)
    assert lifted.std_errors == pytest.approx(plain.std_errors, rel=1e-9)


def test_rows_that_cover_no_event_do_not_matter() -> None:
    frame = yearly()
    early = frame.assign(city="9" + frame["city"], start=frame["start"] - 100, event=0)
    early["stop"] = early["start"] + 1
    both = spells(pd.concat([frame, early]))
    assert fit_cox(both, ["x"]).coefficients == pytest.approx(
        fit_cox(spells(frame), ["x"]).coefficients, rel=1e-12
    )


def test_notes_tell_of_repeated_events_few_events_and_strata() -> None:
    frame = yearly(12, 6)
    frame.loc[frame["city"] == frame["city"].iloc[0], "event"] = 1
    again = pd.concat([frame, frame.tail(1).assign(start=50, stop=51, event=1)])
    notes = " ".join(fit_cox(spells(again), ["x", "z"], strata="region").notes)
    assert "several events" in notes
    assert "consider Firth" in notes
    assert "by region" in notes


def test_clusters_are_counted_and_estimate_travels() -> None:
    estimate = fit_cox(spells(yearly()), ["x", "z"], vcov=Clustered("province"))
    assert estimate.clusters == {"province": 7}
    assert estimate.vcov_label == "clustered by province"
    again = from_json(to_json(estimate))
    assert np.array_equal(again.coefficients, estimate.coefficients)
    assert again.provenance == estimate.provenance


def test_fewer_clusters_than_coefficients_is_said() -> None:
    frame = yearly().assign(w=lambda f: np.sin(7 * f["z"]), half=lambda f: f["region"] > 1)
    estimate = fit_cox(spells(frame), ["x", "z", "w"], vcov=Clustered("half"))
    assert "wald_chi2" not in estimate.stats
    assert any("Fewer clusters" in note for note in estimate.notes)


def test_the_table_is_not_changed() -> None:
    table = spells(yearly())
    before = table.frame.copy()
    fit_cox(table, ["x"], vcov=Clustered())
    pd.testing.assert_frame_equal(table.frame, before)
