"""Closures beside the log-linear one: by hand, on the embedded figures, and their refusals."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.data import close_china, close_log_linear, load_census_panel, load_china
from econshrink.data.closing.closure import close_proportional
from econshrink.data.closing.denton import Denton, close_denton, denton
from econshrink.data.closing.growth_fit import Likelihood, fit_growth_model
from econshrink.data.closing.growth_model import (
    GrowthMixture,
    GrowthModel,
    memberships,
    mixed_levels,
    true_levels,
)
from econshrink.data.closing.guard import guard_raw_against_closed, guard_within_decade
from econshrink.data.closing.imputations import closure_imputations
from econshrink.data.closing.old_base import HoldGrowth, HoldLevel, ObservedCell
from econshrink.data.closing.smoother import close_smoothed, smooth_decade
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.storage import from_json, to_json

YEARS = range(2010, 2022)
STATED = GrowthModel(0.0, 0.01, 0.002, 0.003, 0.3, 0.0, 0.003, 0.001, 0.002)


def panel(rows, years=YEARS, status=None, **more):
    table = {"city": np.repeat(list(rows), len(years)), "year": np.tile(years, len(rows))}
    table["population"] = np.concatenate(list(rows.values())).astype(float)
    for name, values in more.items():
        table[name] = np.concatenate(list(values.values())).astype(float)
    return CityPanel.from_long(pd.DataFrame(table), status=status)


def census(rows):
    return panel(rows, (2010, 2020))


DRIFT = np.array([100 * 1.01**t for t in range(10)] + [90.0, 89.0])


def test_proportional_closure_by_hand():
    closure = close_proportional(panel({"230400": DRIFT}), census({"230400": (100, 90)}))
    old = 100 * 1.01**10
    expected = [DRIFT[t] * ((10 - t) * old + t * 90) / (10 * old) for t in range(10)]
    assert closure.panel.wide("population").loc["230400"][:10].tolist() == pytest.approx(expected)
    assert closure.panel.wide("population").loc["230400"][[2020, 2021]].tolist() == [90.0, 89.0]
    assert "HoldGrowth(years=1)" in closure.rule


def test_the_level_held_and_the_city_that_has_none():
    annual = np.array([[1.0, 2.0, 3.0, 9.0], [1.0, np.nan, np.nan, 9.0], [np.nan] * 4])
    sound = np.isfinite(annual)
    assert HoldLevel().level(annual, sound)[:2].tolist() == [3.0, 1.0]
    assert np.isnan(HoldLevel().level(annual, sound)[2])


def test_denton_along_another_indicator():
    lights = np.array([10.0, 12, 11, 9, 10, 10, 10, 10, 10, 10, 9, 7])
    annual = panel(
        {"230400": DRIFT, "230500": DRIFT}, lights={"a": lights, "b": [*lights[:3], *[np.nan] * 9]}
    )
    ends = census({"230400": (100, 81), "230500": (100, 81)})
    closure = close_denton(annual, ends, indicator="lights")
    ratio = 10 + (9 - 10) * np.arange(11) / 10
    closed = closure.panel.wide("population").loc["230400"]
    assert closed[:11].tolist() == pytest.approx((ratio * lights[:11]).tolist())
    assert closure.excluded["reason"].tolist() == ["a gap in the indicator (lights)"]
    with pytest.raises(SpecError, match="one of the two"):
        close_denton(annual, ends, indicator="lights", old_base=HoldLevel())


def test_denton_additive_keeps_differences_and_refuses_negative_people():
    annual = panel(
        {"230400": DRIFT, "230500": DRIFT}, lights={"a": DRIFT, "b": [100, *[0.5] * 9, 5, 5]}
    )
    ends = census({"230400": (110, 95), "230500": (100, 1)})
    closure = close_denton(annual, ends, indicator="lights", method=Denton(additive=True))
    expected = DRIFT[:11] + 10 + (5 - 10) * np.arange(11) / 10
    assert closure.panel.wide("population").loc["230400"][:11].tolist() == pytest.approx(
        expected.tolist()
    )
    assert closure.excluded["reason"].tolist() == ["a benchmarked figure below zero"]


def test_denton_refusals():
    ones = np.ones((1, 3))
    with pytest.raises(SpecError, match="cities, years"):
        denton(ones, np.ones((1, 4)), np.ones((1, 1)))
    with pytest.raises(SpecError, match="rank 1"):
        denton(ones, np.ones((2, 3)), np.ones((1, 2)))
    with pytest.raises(SpecError, match="at least 2"):
        denton(ones, np.ones((1, 3)), np.ones((1, 1)), Denton(order=2))
    with pytest.raises(DataError, match="positive indicator"):
        denton(ones * 0, np.ones((1, 3)), np.ones((1, 1)))
    with pytest.raises(SpecError, match="order 3"):
        Denton(order=3)
    assert np.isnan(denton(np.array([[1.0, np.nan]]), np.ones((1, 2)), np.ones((1, 1)))).all()


def test_gradient_of_the_likelihood():
    rng = generator("test.closing.gradient")
    seen = rng.normal(0, 0.03, (60, 6)).cumsum(axis=1)
    seen[::7, 2] = np.nan
    likelihood = Likelihood(seen, 2)
    theta = np.array([0.1, -4, -6, -5, -6, 0.9, 0.1, -5, -5, 0.4, -0.1, -4, -6, 0.3])
    _, gradient = likelihood.objective(theta)
    for place, step in enumerate(1e-6 * np.eye(len(theta))):
        rise = likelihood.objective(theta + step)[0] - likelihood.objective(theta - step)[0]
        assert gradient[place] == pytest.approx(rise / 2e-6, rel=1e-4, abs=1e-6)


def test_the_fit_finds_stated_parameters():
    rng = generator("test.closing.fit")
    sound = GrowthModel(-0.002, 0.012, 0.002, 0.004, 1.0, 0.0, 0.001, 0.0005, 0.001)
    smoothed = GrowthModel(-0.002, 0.012, 0.002, 0.004, 0.3, 0.0, 0.001, 0.0005, 0.001)
    seen = np.vstack([simulated(sound, 400, rng)[1], simulated(smoothed, 200, rng)[1]])
    mixture, _ = fit_growth_model(seen, classes=2)
    assert [m.passed for m in mixture.models] == pytest.approx([1.0, 0.3], abs=0.04)
    assert mixture.weights[0] == pytest.approx(2 / 3, abs=0.06)
    assert mixture.models[0].spread == pytest.approx(0.012, rel=0.1)
    kind = memberships(mixture, seen).argmax(axis=1)
    assert (kind == np.repeat([0, 1], [400, 200])).mean() > 0.85
    with pytest.raises(SpecError, match="ten cities a class"):
        fit_growth_model(seen[:25], classes=3)


def simulated(model, cities, rng, years=10):
    """True log levels and what is seen of them, drawn step by step from the model."""
    growth = rng.normal(model.growth, model.spread, cities)
    drift = rng.normal(model.drift, model.drift_spread, cities)
    true, wander, levels, seen = np.zeros(cities), np.zeros(cities), [], []
    for year in range(1, years + 1):
        growth = growth + (year > 1) * rng.normal(0, model.step, cities)
        true = true + growth + rng.normal(0, model.yearly, cities)
        wander = wander + rng.normal(0, model.wander, cities)
        noise = rng.normal(0, model.noise, cities)
        levels.append(true)
        seen.append(model.passed * true + year * drift + wander + noise)
    seen[-1] = true
    return np.column_stack(levels), np.column_stack(seen)


def test_bands_hold_the_truth_as_often_as_they_say():
    true, seen = simulated(STATED, 4000, generator("test.closing.coverage"))
    mean, covariance = true_levels(STATED, seen)
    error = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))[:, :-1]
    inside = (np.abs(mean - true)[:, :-1] <= 1.959964 * error).mean(axis=0)
    assert inside == pytest.approx(np.full(9, 0.95), abs=0.0125)  # over 3.5 Monte Carlo errors


def test_a_mixture_of_equal_classes_is_the_one_class():
    _, seen = simulated(STATED, 5, generator("test.closing.equal"))
    both = GrowthMixture((STATED, STATED), (0.4, 0.6))
    for one, other in zip(mixed_levels(both, seen), true_levels(STATED, seen), strict=True):
        assert one == pytest.approx(other, abs=1e-14)


def test_smoothed_closure_of_two_cities():
    annual = panel({"230400": DRIFT, "230500": DRIFT, "230600": DRIFT * np.nan})
    ends = census({"230400": (100, 80), "230500": (100, 110), "230600": (1, 1)})
    smooth = close_smoothed(annual, ends, model=STATED)
    assert (smooth.fitted, smooth.log_level.shape) == (False, (2, 11))
    assert smooth.closure.excluded["city"].tolist() == ["230600"]
    assert "last year by the model" in smooth.closure.rule
    error = smooth.std_error
    assert (error[[2010, 2020]] == 0).all().all()
    assert (error[2015] > 0).all()
    low, high = smooth.band()
    closed = smooth.closure.panel.wide("population")[list(low.columns)]
    assert ((low <= closed + 1e-9) & (closed <= high + 1e-9)).all().all()
    shift = smooth.deviations(4000, generator("test.closing.deviations"))
    assert shift.std(axis=0)[:, 1:-1] == pytest.approx(error.to_numpy()[:, 1:-1], rel=0.06)
    with pytest.raises(SpecError, match="between 0 and 1"):
        smooth.band(95)
    levels, errors = smooth_decade(np.array([[*DRIFT[:10], 80.0]]), STATED)
    assert levels[0] == pytest.approx(closed.loc["230400"].to_numpy())
    assert errors[0] == pytest.approx(error.loc["230400"].to_numpy())


def test_models_that_cannot_be():
    with pytest.raises(SpecError, match="positive share"):
        GrowthModel(0.0, 0.01, 0.002, 0.003, 0.0, 0.0, 0.003, 0.001, 0.002)
    with pytest.raises(SpecError, match="both above zero"):
        GrowthModel(0.0, 0.01, 0.002, 0.0, 1.0, 0.0, 0.003, 0.001, 0.002)
    with pytest.raises(SpecError, match="summing to one"):
        GrowthMixture((STATED,), (0.5,))
    both = GrowthMixture((STATED, STATED), (0.4, 0.6))
    assert from_json(to_json(both)) == both


def test_guards():
    closed = close_china().panel
    with pytest.raises(SpecError, match="297 cities") as caught:
        guard_within_decade(closed, "population")
    assert "population_raw" in str(caught.value)
    guard_within_decade(closed, "population_raw")
    guard_within_decade(closed.select(years=[2010, 2020]), "population", step=10)
    with pytest.raises(SpecError, match=r"0\.00% of the variance"):
        guard_raw_against_closed(
            closed.select(years=range(2010, 2021)), "population", "population_raw"
        )
    guard_raw_against_closed(closed, "population", "population_raw", absorb=("year",))
    with pytest.raises(SpecError, match="at least one year"):
        guard_within_decade(closed, "population", step=0)


def test_closure_imputations():
    annual, ends = load_china(), load_census_panel()
    smooth = close_smoothed(annual, ends, model=STATED)
    several = closure_imputations(
        annual, ends, draws=8, rng=generator("test.closing.imputations"), smoothed=smooth
    )
    assert several.labels[:4] == several.labels[4:]
    assert len(several.panels[0].cities) + len(several.excluded) == 337
    assert several.excluded["reason"].notna().all()
    wide = np.array([p.wide("population")[list(range(2010, 2021))] for p in several.panels])
    assert (wide[:, :, [0, 10]] == wide[:1, :, [0, 10]]).all()
    assert (wide.std(axis=0)[:, 1:10] > 0).all()
    status = several.panels[0].wide_status("population")
    assert status[2015].isin(["estimated", "suspect", "wrong_concept"]).all()
    for closed in several.panels:
        with pytest.raises(SpecError):
            guard_within_decade(closed, "population")


def test_refusals_of_imputations():
    annual, ends = panel({"230400": DRIFT}), census({"230400": (100, 80)})
    smooth = close_smoothed(annual, ends, model=STATED)
    rng = generator("test.closing.refusals")
    rules = (HoldLevel(), HoldGrowth(1))
    with pytest.raises(SpecError, match="at least 3 different rules"):
        closure_imputations(annual, ends, rules=(*rules, HoldLevel()), rng=rng, smoothed=smooth)
    with pytest.raises(SpecError, match="3 draws for 4 centres"):
        closure_imputations(
            annual, ends, rules=(*rules, ObservedCell()), draws=3, rng=rng, smoothed=smooth
        )
    other = close_smoothed(
        panel({"230400": DRIFT}), panel({"230400": (100, 90)}, (2010, 2019)), model=STATED,
        censuses=(2010, 2019),
    )  # fmt: skip
    with pytest.raises(DataError, match="a smoother from 2010 to 2019"):
        closure_imputations(annual, ends, rng=rng, smoothed=other)


@pytest.mark.slow
def test_china_smoothed():
    annual, ends = load_china(), load_census_panel()
    smooth = close_smoothed(annual, ends)
    assert smooth.log_level.shape == (297, 11)
    assert smooth.fitted
    sound, *_, faint = smooth.model.models
    assert sound.passed > faint.passed
    line = close_log_linear(annual, ends).panel.wide("population")
    ratio = smooth.closure.panel.wide("population")[2015] / line[2015]
    assert ratio.between(0.9, 1.1).mean() > 0.95
