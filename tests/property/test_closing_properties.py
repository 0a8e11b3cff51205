"""Properties of the further closures, of imputations and of vintages, whatever the figures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError
from econshrink.data.closing.closure import close_proportional
from econshrink.data.closing.denton import Denton, close_denton, denton
from econshrink.data.closing.growth_model import GrowthMixture, GrowthModel
from econshrink.data.closing.imputations import closure_imputations
from econshrink.data.closing.old_base import HoldGrowth, HoldLevel
from econshrink.data.closing.smoother import close_smoothed
from econshrink.data.vintage import pseudo_vintage
from econshrink.inference.multiple import combine
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel

YEARS = np.arange(2010, 2024)
MODEL = GrowthMixture(
    (
        GrowthModel(0.0, 0.02, 0.002, 0.003, 1.0, 0.0, 0.001, 0.001, 0.002),
        GrowthModel(0.0, 0.02, 0.002, 0.003, 0.4, 0.0, 0.004, 0.005, 0.002),
    ),
    (0.6, 0.4),
)
CLOSURES = {
    "proportional": close_proportional,
    "proportional, level held": lambda a, c: close_proportional(a, c, old_base=HoldLevel()),
    "Denton": close_denton,
    "smoother": lambda a, c: close_smoothed(a, c, model=MODEL).closure,
}
NAMES = st.sampled_from(list(CLOSURES))
SEEDS = st.integers(0, 2**32 - 1)
CHECK = settings(max_examples=6, deadline=None, derandomize=True)


def figures(seed):
    rng = np.random.default_rng(seed)
    cities = int(rng.integers(1, 5))
    growth = rng.normal(0.0, 0.02, (cities, len(YEARS)))
    annual = np.exp(rng.uniform(8, 16, (cities, 1)) + growth.cumsum(axis=1))
    return annual, annual[:, [0, 10]] * np.exp(rng.normal(0.0, 0.05, (cities, 2)))


def panel(values, years=YEARS):
    cities = [str(230_100 + 100 * place) for place in range(len(values))]
    frame = pd.DataFrame(values, index=pd.Index(cities, name="city"), columns=years)
    return CityPanel(frame.rename_axis(columns="year").stack().to_frame("population"))


def close(annual, census, name):
    closure = CLOSURES[name](panel(annual), panel(census, np.array([2010, 2020])))
    assert closure.excluded.empty
    return closure.panel.wide("population").to_numpy()


@CHECK
@given(SEEDS, NAMES)
def test_the_census_is_met_exactly_and_people_stay_positive(seed, name):
    annual, census = figures(seed)
    closed = close(annual, census, name)
    assert (closed[:, [0, 10]] == census).all()
    assert (closed > 0).all()


@CHECK
@given(SEEDS, NAMES, st.floats(1e-4, 1e4))
def test_units_do_not_matter(seed, name, factor):
    annual, census = figures(seed)
    scaled = close(annual * factor, census * factor, name)
    assert scaled == pytest.approx(close(annual, census, name) * factor, rel=1e-9)


@CHECK
@given(SEEDS, NAMES)
def test_cities_are_closed_one_by_one(seed, name):
    annual, census = figures(seed)
    together = close(annual, census, name)
    assert close(annual[:1], census[:1], name) == pytest.approx(together[:1], rel=1e-11)


@CHECK
@given(SEEDS)
def test_denton_with_stocks_at_both_ends_is_the_proportional_closure(seed):
    annual, census = figures(seed)
    one, other = close(annual, census, "Denton"), close(annual, census, "proportional")
    assert one == pytest.approx(other, rel=1e-9)


@CHECK
@given(SEEDS, st.sampled_from(["proportional", "Denton"]), st.sampled_from([-1.0, 1.0]))
def test_a_sign_that_both_sources_agree_on_is_kept_over_the_decade(seed, name, sign):
    rng = np.random.default_rng(seed)
    raw = 1000 * np.exp(sign * np.linspace(0, rng.uniform(0.01, 0.2), len(YEARS)))[None, :]
    census = raw[:, [0, 10]].copy()
    census[:, 1] = census[:, 0] * np.exp(sign * rng.uniform(0.01, 0.2))
    closed = close(raw, census, name)[:, :11]
    assert np.sign(closed[:, -1] - closed[:, 0]) == sign


@CHECK
@given(SEEDS, st.booleans(), st.sampled_from([1, 2]))
def test_denton_meets_every_benchmark_and_leaves_a_fitting_indicator_alone(seed, additive, order):
    rng = np.random.default_rng(seed)
    indicator = rng.uniform(10, 20, (3, 12))
    rows = np.kron(np.eye(3), np.ones(4))
    target = rng.uniform(30, 90, (3, 3))
    method = Denton(additive=additive, order=order)
    series = denton(indicator, rows, target, method)
    assert series @ rows.T == pytest.approx(target, rel=1e-9)
    same = denton(indicator, rows, indicator @ rows.T, method)
    assert same == pytest.approx(indicator, rel=1e-8)


@CHECK
@given(SEEDS)
def test_every_imputation_meets_the_censuses(seed):
    annual, census = figures(seed)
    first, second = panel(annual), panel(census, np.array([2010, 2020]))
    smooth = close_smoothed(first, second, model=MODEL)
    several = closure_imputations(
        first, second, rules=(HoldLevel(), HoldGrowth(1), HoldGrowth(3)), draws=4,
        rng=np.random.default_rng(seed), smoothed=smooth,
    )  # fmt: skip
    for each in several.panels:
        wide = each.wide("population").to_numpy()
        assert (wide[:, [0, 10]] == census).all()
        assert each.column("population_raw").tolist() == first.column("population").tolist()


@CHECK
@given(SEEDS, st.integers(2008, 2026))
def test_a_vintage_never_contains_a_later_figure(seed, known_in):
    rng = np.random.default_rng(seed)
    count = 40
    year = rng.integers(2008, 2020, count)
    table = pd.DataFrame(
        {
            "city": rng.choice(["230100", "230200"], count),
            "year": year,
            "variable": rng.choice(["population", "jobs"], count),
            "published": year + rng.integers(0, 7, count),
        }
    ).drop_duplicates()
    table["value"] = table["published"].astype(float)  # a figure tells when it was published
    if table["published"].min() > known_in:
        with pytest.raises(DataError):
            pseudo_vintage(table, known_in)
        return
    vintage = pseudo_vintage(table, known_in)
    assert vintage.panel.frame.max().max() <= known_in
    newest = table[table["published"] <= known_in].groupby(["city", "year", "variable"])
    for (city, about, name), value in newest["value"].max().items():
        assert vintage.panel.frame.loc[(city, about), name] == value


@CHECK
@given(SEEDS, st.integers(2012, 2023))
def test_a_pseudo_vintage_does_not_depend_on_later_figures(seed, known_in):
    annual, census = figures(seed)
    other = annual.copy()
    other[:, known_in <= YEARS] *= 1.5
    later = census * np.array([1.0, 0.7])
    one = close_proportional(panel(annual), panel(census, np.array([2010, 2020]))).panel
    two = close_proportional(panel(other), panel(later, np.array([2010, 2020]))).panel
    first, second = (pseudo_vintage(each, known_in).panel for each in (one, two))
    if known_in <= 2020:
        assert first.years[-1] == known_in - 1
        assert first.frame.equals(second.frame)
    assert max(first.years) < known_in


@CHECK
@given(SEEDS, st.integers(2, 6))
def test_combining_ignores_the_order_and_never_narrows(seed, count):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(count, 3, 3))
    several = [
        Estimate("ols", ("a", "b", "c"), rng.normal(size=3), root @ root.T + np.eye(3),
                 "iid", "none", 50, 40.0)
        for root in roots
    ]  # fmt: skip
    both, back = combine(several), combine(several[::-1])
    assert both.covariance == pytest.approx(back.covariance)
    within = np.mean([each.covariance for each in several], axis=0)
    assert (np.linalg.eigvalsh(both.covariance - within) > -1e-10).all()
    assert both.df_t <= 40.0
    same = combine([several[0]] * count)
    assert same.covariance == pytest.approx(several[0].covariance)
