"""What no registered rule may depend on, tried on every rule of the registry."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import PathClusters, registered
from econshrink.shrinkage.identification import identify

WINDOW = (2000, 2020)
LEVELS = (
    "population",
    "urban",
    "built_up_km2",
    "night_lights",
    "real_output",
    "women_20_39",
    "people_65_plus",
)
RULES = {key: rule for key, (rule, _) in registered().items()}
# ratio of two stocks, or a size limit in persons: scaling one variable alone changes these
SCALED_TOGETHER = {"women_to_elderly"}
OWN_FIGURES = [key for key, rule in RULES.items() if not isinstance(rule, PathClusters)]


def build(seed, cities=12, factor=1.0):
    """Random walks of every variable a registered rule may need."""
    rng = np.random.default_rng(seed)
    years = range(WINDOW[0], WINDOW[1] + 1)
    names = [f"{n:06d}" for n in range(cities)]
    table = pd.DataFrame({"city": np.repeat(names, len(years)), "year": list(years) * cities})
    for name in LEVELS:
        drift = rng.normal(0, 0.02, (cities, 1))
        steps = drift + rng.normal(0, 0.02, (cities, len(years)))
        walk = np.round(1e6 * np.exp(np.cumsum(steps, axis=1)))
        table[name] = (walk * factor).ravel()
    table["vacancy"] = rng.uniform(0, 0.2, len(table))
    table["crisis"] = rng.integers(0, 2, len(table))
    table["industrial"] = np.repeat(rng.integers(0, 2, cities), len(years))
    return CityPanel.from_long(table)


def shrinking(panel, rule):
    frame = identify(panel, rule, WINDOW).frame
    return frame["shrinking"], frame.get("class")


@pytest.mark.parametrize("key", sorted(RULES))
def test_every_rule_labels_the_random_panel(key):
    label, kinds = shrinking(build(7), RULES[key])
    assert label.notna().all()
    if kinds is not None:
        assert set(kinds.dropna()) <= set(RULES[key].classes)


@settings(max_examples=3, derandomize=True, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([2.0, 1024.0]))
def test_scaling_every_stock_changes_no_label(seed, factor):
    one, other = build(seed), build(seed, factor=factor)
    for rule in RULES.values():
        for a, b in zip(shrinking(one, rule), shrinking(other, rule), strict=True):
            if a is not None:
                pd.testing.assert_series_equal(a, b)


@settings(max_examples=3, derandomize=True, deadline=None)
@given(st.integers(0, 1000))
def test_permuting_the_cities_permutes_the_labels(seed):
    panel = build(seed)
    order = np.random.default_rng(seed).permutation(len(panel.cities))
    renamed = dict(zip(panel.cities, np.array(panel.cities)[order], strict=True))
    frame = panel.frame.rename(index=renamed, level="city")
    shuffled = CityPanel(frame)
    for rule in RULES.values():
        before, _ = shrinking(panel, rule)
        after, _ = shrinking(shuffled, rule)
        assert after.rename(index={v: k for k, v in renamed.items()}).sort_index().equals(before)


@settings(max_examples=3, derandomize=True, deadline=None)
@given(st.integers(0, 1000), st.integers(2001, 2019))
def test_a_missing_year_never_turns_unknown_into_a_wrong_label(seed, year):
    panel = build(seed)
    hole = panel.frame.copy()
    hole.loc[hole.index.get_level_values("year") == year] = np.nan
    gappy = CityPanel(hole)
    # Alves' peak, intensity and the slopes are defined on all years: they become undefined
    for key in OWN_FIGURES:
        whole, _ = shrinking(panel, RULES[key])
        known, _ = shrinking(gappy, RULES[key])
        defined = known.notna()
        assert (known[defined] == whole[defined]).all(), key


@settings(max_examples=3, derandomize=True, deadline=None)
@given(st.integers(0, 1000))
def test_a_city_is_judged_by_its_own_figures(seed):
    panel = build(seed, cities=6)
    alone = panel.select(cities=panel.cities[:1])
    for key in OWN_FIGURES:
        together, _ = shrinking(panel, RULES[key])
        single, _ = shrinking(alone, RULES[key])
        assert single.iloc[0] == together.iloc[0], key


def test_every_parameter_is_in_the_rule_id():
    """Changing any field of a rule changes its rule_id: no two rules share one."""
    changes = {
        str: lambda v: v + "_x",
        int: lambda v: v + 2,
        float: lambda v: v * 0.9 if v else 0.01,
    }
    for key, rule in RULES.items():
        for field in fields(rule):
            value = getattr(rule, field.name)
            if type(value) not in changes or field.name == "parts":
                continue
            other = replace(rule, **{field.name: changes[type(value)](value)})
            unused = rule.name == "report_standard" and field.name in {
                "output_growth",
                "area",
                "expansion_margin",
            }
            assert unused or other.rule_id != rule.rule_id, (key, field.name)
