"""Policy estimators against diff-diff and pysyncon, and the adapters' own reading of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
from diff_diff import CallawaySantAnna as Theirs

from econshrink.causal.policy.adoption import NEVER, Adoption
from econshrink.causal.policy.external import (
    CallawaySantAnna,
    Imputation,
    SunAbraham,
    event_study_external,
    group_time_external,
)
from econshrink.causal.policy.group_time import (
    NeverTreated,
    NotYetTreated,
    VaryingBase,
    event_study,
    group_time,
    overall_effect,
)
from econshrink.causal.policy.synthetic import one_city, synthetic_control

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from test_policy_reference import PUBLISHED, mpdta


@pytest.fixture(scope="module")
def data():
    return mpdta()


def test_the_adapter_reproduces_the_published_group_time_effects(data):
    found = group_time_external(data).set_index(["group", "time"])["estimate"]
    for group, row in PUBLISHED.items():
        for time, value in row.items():
            assert round(found[group, time], 4) == value, (group, time)


@pytest.mark.parametrize("late", [False, True])
def test_our_effects_and_errors_equal_theirs(data, late):
    controls = NotYetTreated() if late else NeverTreated()
    ours = group_time(data, controls, VaryingBase()).frame
    theirs = group_time_external(data, CallawaySantAnna(controls))
    both = ours.merge(theirs, on=["group", "time"], suffixes=("", "_theirs"))
    assert len(both) == 12
    np.testing.assert_allclose(both["estimate"], both["estimate_theirs"], atol=1e-10)
    np.testing.assert_allclose(both["std_error"], both["std_error_theirs"], rtol=0.03)


def test_the_overall_effect_equals_theirs(data):
    frame = data.outcome
    import pandas as pd  # noqa: PLC0415

    n, years = frame.shape
    long = pd.DataFrame(
        {
            "i": np.repeat(np.arange(n), years), "t": np.tile(np.array(data.years), n),
            "y": frame.ravel(),
            "g": np.repeat(np.where(np.isinf(data.first), 0, data.first).astype(int), years),
        }
    )  # fmt: skip
    fitted = Theirs().fit(long, "y", "i", "t", "g")
    ours = overall_effect(group_time(data))
    assert ours.coefficients[0] == pytest.approx(fitted.overall_att, abs=1e-10)
    assert ours.std_errors[0] == pytest.approx(fitted.overall_se, rel=0.01)


def test_event_studies_agree(data):
    ours = event_study(group_time(data), -4, 3)
    callaway = event_study_external(data, CallawaySantAnna())
    assert callaway.terms == ours.terms
    np.testing.assert_allclose(callaway.coefficients, ours.coefficients, atol=1e-10)
    np.testing.assert_allclose(callaway.std_errors, ours.std_errors, rtol=0.03)
    sun = event_study_external(data, SunAbraham())
    # without covariates and with never-treated comparisons the two are the same numbers
    np.testing.assert_allclose(sun.coefficients, ours.coefficients, atol=1e-8)
    imputed = event_study_external(data, Imputation())
    assert imputed.terms == ("e0", "e1", "e2", "e3")
    assert "not known" in imputed.notes[0]
    np.testing.assert_allclose(imputed.coefficients, ours.coefficients[-4:], atol=0.02)


def made_up(effect, seed=0):
    rng = np.random.default_rng(seed)
    n, years, start = 16, 20, 12
    factors = rng.normal(0, 1, (2, years)).cumsum(axis=1)
    loads = rng.uniform(0, 1, (n, 2))
    loads[0] = loads[1:5].mean(axis=0)
    outcome = 10 + loads @ factors + rng.normal(0, 0.1, (n, years))
    outcome[0, start:] += effect
    first = np.full(n, NEVER)
    first[0] = 2000 + start
    cities = tuple(f"{100000 + i}" for i in range(n))
    return Adoption(cities, tuple(range(2000, 2000 + years)), outcome, first)


def test_a_synthetic_control_finds_a_planted_effect_and_nothing_without():
    found = synthetic_control(made_up(-2.0), "100000")
    after = found.gap.frame.query("time >= 0")["estimate"]
    assert after.mean() == pytest.approx(-2.0, abs=0.3)
    assert found.p_value == pytest.approx(1 / 16)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-2)
    assert synthetic_control(made_up(0.0, 3), "100000").p_value > 0.05


def test_one_city_leaves_the_other_treated_out(data):
    treated = data.cities[int(np.flatnonzero(np.isfinite(data.first))[0])]
    alone = one_city(data, treated)
    assert np.isfinite(alone.first).sum() == 1
    assert len(alone.cities) == 310


def test_adapters_find_the_laboratorys_known_effects():
    from analyses.studies.policy_designs import ListDesign, draw, truth  # noqa: PLC0415

    gaps = {name: [] for name in ("callaway", "sun", "imputation", "ours")}
    for seed in range(12):
        drawn = draw(ListDesign(0.0, 0.1), seed)
        known = truth(drawn)["plain"]
        cases = {
            "callaway": event_study_external(drawn.data, CallawaySantAnna()),
            "sun": event_study_external(drawn.data, SunAbraham()),
            "imputation": event_study_external(drawn.data, Imputation()),
            "ours": event_study(group_time(drawn.data), -5, 5),
        }
        for name, study in cases.items():
            after = [k for k, term in enumerate(study.terms) if 0 <= int(term[1:]) <= 5]
            gaps[name].append(study.coefficients[after].mean() - known)
    for name, found in gaps.items():
        error = np.std(found, ddof=1) / np.sqrt(len(found))
        assert abs(np.mean(found)) < 3 * error, name
