"""Cohort components: accounts to the person, Leslie and life-table identities, levers, monitor."""

import numpy as np
import pandas as pd
import pytest

from econshrink.cohorts import FEMALE, CohortRates, leslie_matrix, life_expectancy, project_year
from econshrink.errors import DataError, SpecError
from econshrink.forecast.cohort.component import (
    EXPECTED,
    GROUPS,
    Start,
    Uncertainty,
    project_cohorts,
)
from econshrink.forecast.cohort.hamilton_perry import hamilton_perry
from econshrink.forecast.cohort.inputs import (
    fertility_array,
    fertility_ratio,
    migration_profile,
    population_array,
    residual_migration,
    survival_arrays,
)
from econshrink.forecast.monitor import (
    Cusum,
    cost_loss_alarm,
    japan_disappearing,
    korea_class,
    korea_index,
    standardise,
)
from econshrink.forecast.reconcile import control, reconcile, summing_matrix
from econshrink.forecast.scenario import Change, Scenario, compare
from econshrink.seeds import generator


def start(steps=3, migration=(0.02, -0.03, 0.0), seed=1):
    rng = np.random.default_rng(seed)
    people = rng.uniform(1e3, 5e3, (3, 2, GROUPS))
    survival = np.tile(np.linspace(0.999, 0.3, GROUPS), (steps, 2, 1))
    births = np.zeros((steps, GROUPS))
    births[:, 3:10] = 0.15
    profile = rng.uniform(0.0, 1.0, (2, GROUPS))
    return Start(
        people,
        survival,
        np.full((steps, 2), 0.98),
        births,
        np.array([1.0, 0.9, 1.2]),
        np.array(migration),
        profile / profile.sum(),
        np.array([0, 0, 1]),
    )


def test_accounts_are_exact_in_every_draw():
    found = project_cohorts(start(), Uncertainty(migration_nation=0.01), 20, generator("test"))
    change = np.diff(found.total, axis=1)
    gap = change - (found.births - found.deaths + found.migrants)
    assert np.abs(gap).max() < 1e-6  # persons, of sums of some 10⁵
    assert found.total.shape == (3, 4, 20)
    assert (found.women < found.total).all()


def test_zero_migration_equals_the_hand_calculation():
    one = start(steps=1, migration=(0.0, 0.0, 0.0))
    found = project_cohorts(one, EXPECTED, 1, generator("test"))
    people = one.population[0]
    alive = people * one.survival[0]
    later = np.zeros_like(people)
    later[:, 1:] = alive[:, :-1]
    later[:, -1] += alive[:, -1]
    women = (people[FEMALE] + later[FEMALE]) / 2
    births = float((women * one.fertility[0]).sum())
    later[0, 0], later[1, 0] = births * 0.512 * 0.98, births * 0.488 * 0.98
    assert found.total[0, 1, 0] == pytest.approx(later.sum(), rel=1e-12)
    assert found.births[0, 0, 0] == pytest.approx(births, rel=1e-12)
    assert found.women[0, 1, 0] == pytest.approx(later[FEMALE, 4:8].sum(), rel=1e-12)
    assert found.migrants[0, 0, 0] == 0


def test_women_follow_the_leslie_matrix():
    one = start(steps=1, migration=(0.0, 0.0, 0.0))
    rates = CohortRates(one.survival[0], one.birth_survival[0], one.fertility[0])
    stepped = one.population[0]
    matrix = leslie_matrix(rates)
    expected = stepped[FEMALE]
    for _ in range(4):
        stepped = project_year(stepped, rates)[0]
        expected = matrix @ expected
    assert stepped[FEMALE] == pytest.approx(expected, rel=1e-12)


def survival_table():
    rows = []
    for sex in ("male", "female"):
        for age in range(-5, 100, 5):
            value = 0.99 if age < 0 else 0.995 - 0.006 * age / 5 - (0.2 if age == 95 else 0.0)
            rows.append({"sex": sex, "year_from": 2010, "age_from": age, "survival": value})
    return pd.DataFrame(rows)


def test_open_group_and_life_expectancy_keep_the_stationary_population():
    table = survival_table()
    survival, births = survival_arrays(table, [2010, 2040])
    assert survival[1] == pytest.approx(survival[0])  # held beyond the table
    ratios = table[table["sex"] == "male"].set_index("age_from")["survival"]
    lived = [ratios[-5]]
    for age in range(0, 95, 5):
        lived.append(lived[-1] * ratios[age])
    oldest = lived[-1] / (1 - ratios[95])  # 95 and over
    total = 5 * (sum(lived[:-1]) + oldest)
    ours = 5 * float(life_expectancy(survival[0, 0], births[0, 0]))
    assert ours == pytest.approx(total, rel=1e-12)
    # a stationary population stays as it is
    stationary = np.array([*lived[:17], sum(lived[17:-1]) + oldest])
    births_each = np.zeros(GROUPS)
    rates = CohortRates(survival[0], births[0], births_each)
    stepped = project_year(np.tile(stationary, (2, 1)), rates)[0][0]
    assert stepped[1:] == pytest.approx(stationary[1:], rel=1e-12)


def test_drawn_rates_spread_around_the_expected_path():
    central = project_cohorts(start(), EXPECTED, 1, generator("a")).total[:, -1, 0]
    drawn = project_cohorts(start(), Uncertainty(), 400, generator("b")).total[:, -1]
    assert np.median(drawn, axis=1) == pytest.approx(central, rel=0.02)
    shocks = Uncertainty(0, 0, 0, 0, 0.03, 0.0)
    together = np.corrcoef(project_cohorts(start(), shocks, 400, generator("c")).total[:, 1])
    assert together[0, 1] > 0.99  # one province
    assert abs(together[0, 2]) < 0.2


def test_inputs_from_tables():
    table = pd.DataFrame(
        [
            {"city": "a", "sex": sex, "age_from": age, "population": 10.0 + (age == 1)}
            for sex in ("male", "female")
            for age in [0, 1, *range(5, 90, 5)]
        ]
    )
    people = population_array(table, ["a"])
    assert people[0, 0, :2].tolist() == [21.0, 10.0]
    with pytest.raises(DataError, match="no full age table of b"):
        population_array(table, ["b"])
    rates = fertility_array(pd.Series({20: 0.1, 25: 0.05}))
    assert (rates[4], rates[5], rates.sum()) == (0.5, 0.25, 0.75)
    two = np.concatenate([people, people])
    two[1, :, 0] *= 3
    ratio = fertility_ratio(two, rates, np.ones(2))
    assert ratio == pytest.approx([0.5, 1.5])


def test_residual_migration_and_its_profile():
    one = start(steps=1)
    rates = CohortRates(one.survival[0], one.birth_survival[0], one.fertility[0])
    expected = project_year(one.population, rates)[0]
    moved = np.array([500.0, -800.0, 200.0])[:, None, None] * one.profile
    residual = residual_migration(one.population, expected + moved, [rates])
    assert residual == pytest.approx(moved, abs=1e-9)
    assert migration_profile(residual) == pytest.approx(one.profile)


def test_hamilton_perry_by_hand():
    before = np.full((1, 2, GROUPS), 100.0)
    after = np.full((1, 2, GROUPS), 110.0)
    after[..., -1] = 150.0
    future = hamilton_perry(before, after)
    assert future[0, 0, 5] == pytest.approx(110 * 1.1)
    assert future[0, 0, -1] == pytest.approx((110 + 110 + 150) * 150 / 300)
    assert future[0, 0, 0] == pytest.approx(110 * 1.1)  # as many more women aged 20-39
    assert hamilton_perry(before, after, np.array([5000.0])).sum() == pytest.approx(5000)
    with pytest.raises(DataError, match="empty cohort"):
        hamilton_perry(before * 0, after)
    with pytest.raises(DataError, match="totals"):
        hamilton_perry(before, after, np.zeros(1))


def test_start_refuses_broken_input():
    one = start()
    with pytest.raises(DataError, match="without people"):
        Start(one.population * 0, one.survival, one.birth_survival, one.fertility, one.ratio,
              one.migration, one.profile, one.groups)  # fmt: skip
    with pytest.raises(DataError, match="adds up to 2"):
        Start(one.population, one.survival, one.birth_survival, one.fertility, one.ratio,
              one.migration, 2 * one.profile, one.groups)  # fmt: skip
    with pytest.raises(SpecError, match="0 draws"):
        project_cohorts(one, EXPECTED, 0, generator("x"))
    with pytest.raises(SpecError, match="spreads of at least 0"):
        Uncertainty(fertility=-1)


def test_scenarios_differ_by_their_lever_only():
    one = start()
    more = compare(Scenario("more", {"fertility": Change(0.2)}), one, EXPECTED, 2, "t", batches=2)
    births = more.changed.births[:, 0] / more.baseline.births[:, 0]
    assert births == pytest.approx(np.full((3, 2), np.exp(0.2)))
    assert (more.total[:, 0] == 0).all()
    none = compare(Scenario("none", {"hukou": Change(0.0)}), one, Uncertainty(), 4, "t", batches=2)
    assert (none.total == 0).all()  # the same shocks
    jobs = compare(Scenario("jobs", {"jobs": Change(0.01)}), one, EXPECTED, 1, "t", batches=1)
    gained = jobs.changed.migrants - jobs.baseline.migrants
    assert gained[[0, 2], 0] == pytest.approx(0)
    assert gained[1, 0, 0] == pytest.approx(0.01 * one.population[1].sum())
    shared = compare(
        Scenario("s", {"collaboration": Change(1.0)}), one, EXPECTED, 1, "t", batches=1
    )
    first = shared.changed.migrants[:2, 0, 0]
    assert first.sum() == pytest.approx(shared.baseline.migrants[:2, 0, 0].sum())
    unsure = compare(Scenario("u", {"jobs": Change(0.0, 0.01)}), one, EXPECTED, 8, "t", batches=8)
    assert unsure.total[1, 1].std() > 0


def test_unknown_levers_are_refused_with_those_there_are():
    with pytest.raises(SpecError, match="lever 'taxes'; expected one of fertility, jobs, housing"):
        Scenario("x", {"taxes": Change(0.1)})
    with pytest.raises(SpecError, match="no lever"):
        Scenario("x", {})
    with pytest.raises(SpecError, match="error of at least 0"):
        Change(0.1, -1)


def test_cusum_and_standardising_by_hand():
    rates = np.array([[1.0, 2.0, 3.0, 0.0, -1.0, np.nan], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]])
    scores = standardise(rates, slice(0, 3))
    assert scores[0, 3:5] == pytest.approx([-2.0, -3.0])
    assert np.isnan(scores[1]).all()  # no spread
    down, up = Cusum(0.5, 4.0).sums(scores[:1])
    assert down[0] == pytest.approx([0.5, 0.0, 0.0, 1.5, 4.0, 4.0])
    assert up[0] == pytest.approx([0.0, 0.0, 0.5, 0.0, 0.0, 0.0])
    assert Cusum(0.5, 3.0).alarms(scores[:1])[0].tolist() == [False] * 4 + [True, True]


def test_indices_and_alarms():
    assert korea_index(np.array([10.0, 30.0]), np.array([100.0, 20.0])).tolist() == [0.1, 1.5]
    assert korea_class(np.array([0.1, 0.5, 1.5])) == ["high risk", "caution", "low risk"]
    with pytest.raises(DataError, match="65 and over"):
        korea_index(np.ones(1), np.zeros(1))
    assert japan_disappearing(np.array([[[4.0, 4.0], [2.0, 2.1]]])).tolist() == [0.5]
    with pytest.raises(SpecError, match="0 < cost < loss"):
        cost_loss_alarm(np.ones(1), 2.0, 1.0)


def test_reconciled_draws_add_up_and_move_least():
    groups = np.array([0, 0, 1])
    rng = np.random.default_rng(3)
    cities = rng.uniform(50, 100, (3, 5))
    above = np.vstack([cities.sum(axis=0) + 9, cities[:2].sum(axis=0) - 4, cities[2] + 2])
    variances = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    found = reconcile(above[0], above[1:], cities, groups, variances)
    # the textbook form: b = (S' W⁻¹ S)⁻¹ S' W⁻¹ y
    matrix = summing_matrix(groups)
    weight = np.diag(1 / variances)
    given = np.vstack([above, cities])
    textbook = np.linalg.solve(matrix.T @ weight @ matrix, matrix.T @ weight @ given)
    assert found == pytest.approx(textbook)
    exact = np.array([0.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    held = reconcile(above[0], above[1:], cities, groups, exact)
    assert held.sum(axis=0) == pytest.approx(above[0])
    assert control(cities, above[0]).sum(axis=0) == pytest.approx(above[0])
    with pytest.raises(DataError, match="below zero"):
        reconcile(above[0] * 0 - 500, above[1:], cities, groups, exact)
    with pytest.raises(DataError, match="negative variances"):
        reconcile(above[0], above[1:], cities, groups, -exact)
