"""The multiverse equals single identifications; agreement and decomposition have closed forms."""

from time import process_time

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import ConsecutiveDecline, LiCaoYu, LongWu, NetLoss, OswaltRieniets
from econshrink.shrinkage.agreement import (
    cohen_kappa,
    fleiss_kappa,
    jaccard,
    pairwise,
    robust_and_fragile,
    variance_decomposition,
)
from econshrink.shrinkage.identification import identify
from econshrink.shrinkage.multiverse_grid import PopulationSeries, about, multiverse
from econshrink.shrinkage.published import PUBLISHED, published_beside, published_counts

NAN = np.nan


def random_panel(seed=0, cities=20, years=range(2005, 2021)):
    rng = np.random.default_rng(seed)
    names = [f"{n:06d}" for n in range(cities)]
    table = pd.DataFrame({"city": np.repeat(names, len(years)), "year": list(years) * cities})
    for name in ("population", "urban"):
        walk = 1e5 * np.exp(np.cumsum(rng.normal(0, 0.02, (cities, len(years))), axis=1))
        walk[rng.random(walk.shape) < 0.02] = NAN
        table[name] = walk.ravel()
    return CityPanel.from_long(table)


RULES = {
    "loss": NetLoss(),
    "three falls": ConsecutiveDecline(3),
    "two falls": ConsecutiveDecline(2),
    "oswalt": OswaltRieniets(),
}
WINDOWS = [(2005, 2010), (2010, 2020), (2005, 2020)]


def run():
    panel = random_panel()
    figures = [
        PopulationSeries(panel, "residents", "raw", "as published"),
        PopulationSeries(panel, "urban", "raw", "as published", variable="urban"),
        PopulationSeries(random_panel(1, cities=15), "residents", "closed", "2020"),
    ]
    half = panel.cities[:10]
    return panel, multiverse(RULES, figures, WINDOWS, {"all": panel.cities, "half": half})


def test_every_count_equals_a_single_identification():
    panel, found = run()
    assert len(found) == 4 * 3 * 3 * 2
    raw = found.counts[(found.counts["series"] == "raw") & (found.counts["units"] == "all")]
    for row in raw.itertuples():
        variable = "population" if row.concept == "residents" else "urban"
        single = identify(panel, about(RULES[row.rule], variable), (row.first, row.last))
        assert (row.count, row.unit_count, row.rule_id) == (
            single.count,
            single.units,
            single.rule_id,
        )
        expected = single.frame["shrinking"].astype("Float64").to_numpy(float, na_value=NAN)
        np.testing.assert_array_equal(found.labels[row.run].to_numpy(), expected)


def test_unit_sets_count_their_own_cities():
    panel, found = run()
    both = found.counts.pivot_table(index="run", columns="units", values=["count", "unit_count"])
    labels = found.labels
    half = labels.loc[list(panel.cities[:10])]
    np.testing.assert_array_equal(both["count"]["half"], np.nansum(half, axis=0))
    np.testing.assert_array_equal(both["unit_count"]["half"], half.notna().sum())
    # the third panel has 15 cities: five have no label there
    closed = found.counts[(found.counts["series"] == "closed") & (found.counts["units"] == "all")]
    assert (closed["undefined"] >= 5).all()


def test_what_cannot_run_is_listed_with_its_reason():
    panel = random_panel()
    found = multiverse(
        {"loss": NetLoss(), "ten falls": ConsecutiveDecline(10), "no area": LongWu()},
        [
            PopulationSeries(
                panel, "residents", "raw", "as published", windows=((2005, 2012), (1999, 2012))
            )
        ],
        WINDOWS,
    )
    assert found.counts["rule"].tolist() == ["loss"]
    reasons = found.skipped.set_index(["rule", "first"])["reason"]
    assert "at least 11" in reasons["ten falls", 2005]
    assert "no variable 'built_up_km2'" in reasons["no area", 2005]
    assert "two years inside 2005–2020" in reasons["loss", 1999]
    with pytest.raises(DataError, match="at least one"):
        multiverse({"urban loss": NetLoss("x")}, found_figures(panel), WINDOWS)
    with pytest.raises(DataError, match="unit set 'none'"):
        multiverse(RULES, found_figures(panel), WINDOWS, {"none": []})


def found_figures(panel):
    return [PopulationSeries(panel, "residents", "raw", "as published")]


def test_a_rule_about_another_concept_is_skipped_not_relabelled():
    panel = random_panel()
    figures = [
        PopulationSeries(panel, "residents", "raw", "as published"),
        PopulationSeries(panel, "urban", "raw", "as published", variable="urban"),
    ]
    found = multiverse({"narrow": LiCaoYu(narrow=True)}, figures, [(2005, 2020)])
    assert found.counts["concept"].tolist() == ["urban"]
    assert "the series about 'population'" in found.skipped["reason"].iloc[0]


def test_curve_is_sorted_and_support_is_the_share_of_runs():
    _, found = run()
    curve = found.curve()
    assert curve["share"].is_monotonic_increasing
    assert curve["position"].tolist() == list(range(len(found)))
    support = found.support()
    np.testing.assert_allclose(support["support"], found.labels.mean(axis=1))
    kinds = robust_and_fragile(
        pd.DataFrame({"support": [1.0, 0.9, 0.5, 0.1, 0.0, NAN]}), nearly_all=0.9, few=0.1
    )
    assert kinds.tolist()[:5] == ["nearly all", "nearly all", "disputed", "few", "none"]
    assert kinds.isna().tolist()[5]
    with pytest.raises(SpecError, match="few < nearly_all"):
        robust_and_fragile(pd.DataFrame({"support": [0.5]}), nearly_all=0.1, few=0.9)


def test_published_counts_stand_beside_their_rule_concept_and_window():
    rule = NetLoss().rule_id
    beside = published_beside(rule, "residents", (2010, 2020))
    assert (beside.count, beside.total) == (149, 333)
    assert published_beside(rule, "residents", (2011, 2020)) is None
    assert published_beside(rule, "urban", (2010, 2020)).total == 693
    assert published_beside(NetLoss(threshold=0.05).rule_id, "residents", (2010, 2020)) is None
    three = ConsecutiveDecline(3)
    assert published_beside(three.rule_id, "urban", (2007, 2016)).count == 80
    assert published_beside(LiCaoYu(narrow=True).rule_id, "urban", (2010, 2015)).count == 22
    assert published_beside(LiCaoYu(narrow=False).rule_id, "residents", (2010, 2015)).count == 84
    table = published_counts()
    assert len(table) == len(PUBLISHED)
    assert not table.loc[table["source"].str.startswith("Analysis"), "verified"].any()
    assert table["share"].dropna().between(0, 1).all()


def test_kappas_and_jaccard_by_hand():
    a = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, NAN])
    b = np.array([1, 1, 0, 1, 0, 0, 1, 0, 0, 1])
    # 7 of 9 equal; shares 4/9 both: expected 16/81 + 25/81
    assert cohen_kappa(a, b) == pytest.approx((7 / 9 - 41 / 81) / (1 - 41 / 81))
    assert jaccard(a, b) == pytest.approx(3 / 5)
    assert np.isnan(cohen_kappa(np.ones(3), np.ones(3)))
    assert np.isnan(jaccard(np.zeros(3), np.zeros(3)))
    # Fleiss with two raters: P mean = share equal, P_e from the pooled share
    labels = pd.DataFrame({"a": a, "b": b})
    p = 8 / 18
    expected = p**2 + (1 - p) ** 2
    assert fleiss_kappa(labels) == pytest.approx((7 / 9 - expected) / (1 - expected))
    with pytest.raises(DataError, match="at least two runs"):
        fleiss_kappa(labels[["a"]])


def test_fleiss_kappa_of_four_runs_is_the_mean_agreement_of_pairs():
    values = np.random.default_rng(9).integers(0, 2, (12, 4)).astype(float)
    pairs = [(i, j) for i in range(4) for j in range(i)]
    observed = np.mean([(values[:, i] == values[:, j]).mean() for i, j in pairs])
    p = values.mean()
    expected = p**2 + (1 - p) ** 2
    found = fleiss_kappa(pd.DataFrame(values))
    assert found == pytest.approx((observed - expected) / (1 - expected))


def test_pairwise_equals_the_single_functions():
    _, found = run()
    table = pairwise(found.labels)
    rng = np.random.default_rng(2)
    for k in rng.choice(len(table), 25, replace=False):
        row = table.iloc[k]
        first, second = (found.labels[row[c]].to_numpy() for c in ("first", "second"))
        assert row["kappa"] == pytest.approx(cohen_kappa(first, second), nan_ok=True)
        assert row["jaccard"] == pytest.approx(jaccard(first, second), nan_ok=True)
        assert row["units"] == (np.isfinite(first) & np.isfinite(second)).sum()


def test_balanced_decomposition_is_the_analysis_of_variance():
    rng = np.random.default_rng(4)
    grid = pd.MultiIndex.from_product([range(4), range(3), range(2)], names=["a", "b", "c"])
    frame = grid.to_frame(index=False)
    frame["share"] = 0.1 * frame["a"] + rng.normal(0, 0.05, len(frame)) + 0.05 * (frame["b"] == 1)
    found = variance_decomposition(frame, ["a", "b", "c"])
    y = frame["share"]
    total = ((y - y.mean()) ** 2).sum()
    for name in ("a", "b", "c"):
        fitted = y.groupby(frame[name]).transform("mean")
        assert found.loc[name, "share"] == pytest.approx(((fitted - y.mean()) ** 2).sum() / total)
    assert found["share"].sum() == pytest.approx(1.0)


def test_unbalanced_shares_still_add_up_and_ignore_a_constant_factor():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"a": rng.integers(0, 3, 40), "b": rng.integers(0, 2, 40), "c": 1})
    frame["share"] = frame["a"] * 0.2 + frame["b"] * 0.1 + rng.normal(0, 0.01, 40)
    found = variance_decomposition(frame, ["a", "b", "c"])
    assert found["share"].sum() == pytest.approx(1.0)
    assert found.loc["c", "share"] == pytest.approx(0.0, abs=1e-12)
    assert (found.loc[["a", "b"], "share"] > 0).all()
    with pytest.raises(DataError, match="without variance"):
        variance_decomposition(frame.assign(share=1.0), ["a"])


@pytest.mark.slow
def test_five_hundred_runs_on_336_cities_take_under_two_seconds():
    panels = [random_panel(seed, cities=336, years=range(2000, 2024)) for seed in range(5)]
    figures = [
        PopulationSeries(panel, "residents", f"series {n}", "2020")
        for n, panel in enumerate(panels)
    ]
    windows = [(first, last) for first in range(2000, 2010, 2) for last in range(2015, 2024, 2)]
    spent = []
    for _ in range(2):  # the better of two: other work on the machine slows one down
        before = process_time()
        found = multiverse(RULES, figures, windows)
        spent.append(process_time() - before)
    assert len(found) == 500
    assert found.labels.shape == (336, 500)
    assert min(spent) < 2.0
