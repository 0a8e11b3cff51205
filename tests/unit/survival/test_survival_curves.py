"""Clusters in curves, means and tests: identities, derivatives by differences, bands, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.resampling import BayesianBootstrap, Resampling, Scheme
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.curves.aalen_johansen import aalen_johansen
from econshrink.survival.curves.bootstrap_bands import (
    Simultaneous,
    bootstrap_incidence,
    bootstrap_survival,
)
from econshrink.survival.curves.kaplan_meier import kaplan_meier, nelson_aalen
from econshrink.survival.curves.log_rank import FlemingHarrington, log_rank
from econshrink.survival.curves.summaries import (
    clustered_restricted_mean_differences,
    clustered_restricted_means,
    restricted_mean,
)
from econshrink.survival.kernel import influence
from econshrink.survival.options import Breslow


def panel(n: int = 80, years: int = 7) -> SpellTable:
    """Yearly rows, late entry, repeated events, gaps, provinces."""
    rng = generator("unit.curves")
    rows = []
    for city in range(n):
        for year in range(int(rng.integers(0, 3)), years):
            if rng.random() < 0.05:
                continue
            event = int(rng.random() < 0.1 + 0.05 * (city % 5 == 0))
            cause = ("loss", "merger")[rng.integers(0, 2)] if event else ""
            rows.append((f"{city:03d}", year, year + 1, event, cause, city % 9, city % 2))
            if event and rng.random() < 0.5:
                break
    names = ["city", "start", "stop", "event", "cause", "province", "group"]
    return SpellTable(pd.DataFrame(rows, columns=names), rule_id="unit")


def weighted(table: SpellTable, name: object, step: float) -> SpellTable:
    weight = 1 + step * (table.frame["province"] == name)
    return SpellTable(table.frame.assign(w=weight), rule_id="unit")


def jackknife(measure: object, table: SpellTable) -> np.ndarray:
    """Infinitesimal jackknife over provinces by central differences in their weight."""
    total = 0.0
    for name in table.frame["province"].unique():
        up, down = (measure(weighted(table, name, step)) for step in (1e-5, -1e-5))
        total = total + ((up - down) / 2e-5) ** 2
    return np.sqrt(total)


def test_clustered_errors_are_the_derivative_in_the_weights() -> None:
    table = panel()
    for curve in (kaplan_meier, nelson_aalen):
        found = curve(table, cluster="province").frame["std_error"].to_numpy()
        expected = jackknife(lambda t, f=curve: f(t, weights="w").frame["estimate"].values, table)
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_one_row_a_city_is_close_to_greenwood_and_blocks_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without late entry the jackknife over rows equals Greenwood's formula."""
    table = panel()
    last = table.frame.groupby("city").tail(1).assign(start=0)
    single = SpellTable(last, rule_id="unit")
    plain, robust = kaplan_meier(single).frame, kaplan_meier(single, cluster="city").frame
    assert robust["std_error"].to_numpy() == pytest.approx(plain["std_error"].to_numpy(), rel=1e-10)
    whole = kaplan_meier(table, cluster="city").frame
    monkeypatch.setattr(influence, "_CELLS", 20)
    pd.testing.assert_frame_equal(kaplan_meier(table, cluster="city").frame, whole)


def test_incidence_errors_by_cluster() -> None:
    """Repeating cities under new provinces shrinks errors by the root of two; dependence does."""
    table = panel()
    one = aalen_johansen(table, "cause", cluster="province").frame
    other = table.frame.assign(city="x" + table.frame["city"])
    both = pd.concat([table.frame, other], ignore_index=True)
    same = aalen_johansen(SpellTable(both, rule_id="unit"), "cause", cluster="province").frame
    assert same["std_error"].to_numpy() == pytest.approx(one["std_error"].to_numpy(), rel=1e-9)
    apart = both.assign(province=both["province"] + 100 * (both["city"].str[0] == "x"))
    free = aalen_johansen(SpellTable(apart, rule_id="unit"), "cause", cluster="province").frame
    ratio = free["std_error"].to_numpy()[1:] * np.sqrt(2)
    assert ratio == pytest.approx(one["std_error"].to_numpy()[1:], rel=1e-9)


def test_restricted_means_by_cluster() -> None:
    table = panel()
    found = clustered_restricted_means(table, 6.0, "group", cluster="province")

    def mean(t: SpellTable) -> np.ndarray:
        curve = kaplan_meier(t, "group", weights="w")
        return restricted_mean(curve, 6.0)["restricted_mean"].to_numpy()

    assert found["std_error"].to_numpy() == pytest.approx(jackknife(mean, table), rel=1e-6)
    gap = clustered_restricted_mean_differences(table, 6.0, "group", cluster="province").iloc[0]
    expected = jackknife(lambda t: np.diff(mean(t)), table)
    assert gap["std_error"] == pytest.approx(expected[0], rel=1e-6)
    assert gap["difference"] == pytest.approx(np.diff(found["restricted_mean"])[0])
    alike = SpellTable(table.frame.assign(group=1), rule_id="unit")
    with pytest.raises(SpecError, match="one group"):
        clustered_restricted_mean_differences(alike, 6.0, "group")
    with pytest.raises(DataError, match="beyond the last exit"):
        clustered_restricted_means(table, 60.0)


@pytest.mark.parametrize("strata", [None, "group"])
def test_clustered_log_rank_is_the_robust_score_test(strata: str | None) -> None:
    table = panel()
    frame = table.frame.assign(north=(table.frame["province"] < 4).astype(int))
    table = SpellTable(frame, rule_id="unit")
    options = {"strata": strata, "ties": Breslow(), "vcov": Clustered("province")}
    score = fit_cox(table, ["north"], **options).stats["robust_score_chi2"]
    test = log_rank(table, "north", strata=strata, cluster="province")
    assert test.statistic == pytest.approx(score, rel=1e-10)
    assert "clustered by province" in test.label


def test_clustered_tests_repeat_and_refuse() -> None:
    """Copies of a city in its cluster leave the test as it is; the plain one doubles."""
    table = panel()
    copy = table.frame.assign(city="x" + table.frame["city"])
    double = SpellTable(pd.concat([table.frame, copy], ignore_index=True), rule_id="unit")
    for weight in (FlemingHarrington(), FlemingHarrington(1, 0), FlemingHarrington(0, 1)):
        options = {"weight": weight, "cluster": "province"}
        once, twice = (log_rank(t, "group", **options).statistic for t in (table, double))
        assert twice == pytest.approx(once, rel=1e-9)
    few = SpellTable(table.frame.assign(half=table.frame["province"] % 2), rule_id="unit")
    with pytest.raises(DataError, match="2 clusters by 'half'"):
        log_rank(few, "province", cluster="half")


def test_bootstrap_curves_are_those_of_repeated_cities() -> None:
    table = panel(20)
    curve = bootstrap_survival(table, resampling=Resampling(2, rng=generator("draw")))
    names = sorted(table.frame["city"].unique())
    picks = generator("draw").integers(0, 20, (2, 20))
    paths = []
    for pick in picks:
        parts = [
            table.frame[table.frame["city"] == names[j]].assign(city=f"{k:03d}")
            for k, j in enumerate(pick)
        ]
        own = kaplan_meier(SpellTable(pd.concat(parts), rule_id="unit")).frame
        place = np.searchsorted(own["time"], curve.frame["time"], side="right") - 1
        paths.append(own["estimate"].to_numpy()[place])
    expected = np.std(paths, axis=0, ddof=1)
    assert curve.frame["std_error"].to_numpy() == pytest.approx(expected, abs=1e-12)


def test_bands_agree_with_the_jackknife_and_hold_the_whole_curve() -> None:
    table = panel()
    robust = kaplan_meier(table, "group", cluster="city").frame

    def drawn(name: str, scheme: Scheme | None = None) -> Resampling:
        return Resampling(1500, scheme, rng=generator(name))

    point = bootstrap_survival(table, "group", drawn("a"))
    whole = bootstrap_survival(table, "group", drawn("a"), reach=Simultaneous())
    late = robust["time"] > 0
    ratio = point.frame["std_error"][late] / robust["std_error"][late]
    assert ratio.between(0.85, 1.2).all()
    assert (whole.frame["conf_low"] <= point.frame["conf_low"] + 1e-12).all()
    assert (whole.frame["conf_high"] >= point.frame["conf_high"] - 1e-12).all()
    bayes = bootstrap_survival(table, "group", drawn("b", BayesianBootstrap()))
    assert (bayes.frame["std_error"][late] / robust["std_error"][late]).between(0.8, 1.2).all()
    ends = bootstrap_incidence(table, "cause", "group", drawn("c"))
    errors = aalen_johansen(table, "cause", "group").frame
    pd.testing.assert_series_equal(ends.frame["estimate"], errors["estimate"])
    moved = errors["std_error"] > 0.02
    assert (ends.frame["std_error"][moved] / errors["std_error"][moved]).between(0.8, 1.25).all()


def test_bootstrap_refusals() -> None:
    table = panel(20)
    single = SpellTable(table.frame.assign(all_=1), rule_id="unit")
    with pytest.raises(SpecError, match="one cluster"):
        bootstrap_survival(single, resampling=Resampling(cluster="all_"))
    with pytest.raises(DataError, match="simultaneous"):
        bootstrap_survival(table, resampling=Resampling(20, rng=1), reach=Simultaneous())
