"""Draws of clusters fitted side by side give what weighted fits give one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.arrays import stable_order, weighted_gram
from econshrink.core.errors import DataError
from econshrink.core.seeds import generator
from econshrink.inference.resampling import Resampling
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.cox import bootstrap as cox_bootstrap
from econshrink.survival.cox.bootstrap import bootstrap_cox
from econshrink.survival.cox.fit import fit_cox, prepare
from econshrink.survival.design import survival_arrays
from econshrink.survival.kernel.draws import DrawDesign, draw_derivatives, refit_draws
from econshrink.survival.options import Breslow, FrequencyWeights

KINDS = ["yearly", "tied", "distinct"]


def table(kind: str, cities: int = 60) -> SpellTable:
    draw = generator(f"unit.engines.{kind}")
    years = 5
    n = cities * years
    start = np.tile(np.arange(years, dtype=float), cities)
    length = np.ones(n)
    if kind != "yearly":
        start = start * 4 + draw.integers(0, 2, n)
        length = draw.integers(1, 3, n).astype(float)
    if kind == "distinct":
        length *= draw.random(n) + 0.1
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "start": start,
            "stop": start + length,
            "event": (draw.random(n) < 0.4).astype(int),
            "x": draw.normal(size=n),
            "z": 1e5 + 1e3 * draw.integers(0, 2, n),
            "zone": np.repeat(np.arange(cities) % 2, years),
            "known": draw.normal(size=n) * 0.2,
        }
    )
    return SpellTable(frame, rule_id="unit")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options", [{}, {"ties": Breslow()}, {"strata": "zone", "offset": "known"}]
)
def test_draws_are_weighted_fits(
    kind: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a draw that should have settled side by side")

    spells = table(kind)
    fit = fit_cox(spells, ["x", "z"], **options)
    monkeypatch.setattr(cox_bootstrap, "_refit", refuse)
    monkeypatch.setattr(cox_bootstrap, "_DRAWS", 8)
    resampling = Resampling(12, rng=generator("unit.engines.draws"))
    draws = bootstrap_cox(spells, fit, resampling).to_numpy()
    picks = generator("unit.engines.draws").multinomial(60, np.full(60, 1 / 60), size=12)
    for row, pick in zip(draws, picks, strict=True):
        frame = spells.frame.assign(often=pick[spells.city_codes])
        again = fit_cox(
            SpellTable(frame, "unit"), ["x", "z"], weights=FrequencyWeights("often"), **options
        )
        assert row == pytest.approx(again.coefficients, rel=1e-9)


def test_sums_of_draws_are_those_of_repeated_rows() -> None:
    """Both layouts, single times and ranges, give the sums of each draw by itself."""
    for kind in KINDS:
        spells = table(kind, 20)
        design = SurvivalSpec(("x", "z"), ties="efron")
        sets = prepare(survival_arrays(spells, design), design)
        mine = spells.city_codes[sets.rows]
        counts = generator("unit.engines.sums").poisson(1.0, (20, 3)).astype(float)
        change = np.array([[0.1, 0.0, -0.2], [0.0, 0.3, 0.1]])
        sums = DrawDesign(sets, mine, np.ones(len(mine))).sums(counts, change)
        for b in range(3):
            risk = counts[mine, b] * np.exp(sets.x @ change[:, b])
            assert sums.s0[:, b] == pytest.approx(sets.intervals.scatter(risk), abs=1e-12)
            first = sets.intervals.scatter(sets.x * risk[:, None])
            assert pytest.approx(first, abs=1e-12) == sums.s1[:, :, b].T


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("average_ties", [True, False])
def test_hard_draws_are_told_apart(kind: str, average_ties: bool) -> None:
    spells, draw = table(kind, 20), generator("unit.engines.tiles")
    design = SurvivalSpec(("x", "z"), ties="efron", strata=("zone",))
    sets = prepare(survival_arrays(spells, design), design)
    mine = spells.city_codes[sets.rows]
    counts = draw.poisson(1.0, (20, 5)).astype(float)
    hard = draw.random(len(mine)) * np.exp(40 * draw.normal(size=len(mine)))
    design_of_draws = DrawDesign(sets, mine, hard)
    events, _ = design_of_draws.events(counts)
    exact = draw_derivatives(design_of_draws, events, counts, None, average_ties)[2]
    assert exact.all() == (kind == "yearly")


def test_order_and_gram() -> None:
    draw = generator("unit.engines.arrays")
    for count in (3, 70_000, 1 << 33):
        keys = draw.integers(0, count, 500)
        assert (stable_order(keys, count) == np.argsort(keys, kind="stable")).all()
    x, weights = draw.normal(size=(9_000, 3)), draw.random(9_000)
    assert weighted_gram(x, weights) == pytest.approx((x * weights[:, None]).T @ x, rel=1e-12)


def test_draws_too_hard_for_running_sums_are_fitted_one_by_one() -> None:
    spells = table("tied")
    hard = SpellTable(spells.frame.assign(known=lambda f: 60 * f["known"]), rule_id="unit")
    fit = fit_cox(hard, ["x"], offset="known")
    draws = bootstrap_cox(hard, fit, Resampling(4, rng=generator("unit.engines.hard"))).to_numpy()
    picks = generator("unit.engines.hard").multinomial(60, np.full(60, 1 / 60), size=4)
    for row, pick in zip(draws, picks, strict=True):
        frame = hard.frame.assign(often=pick[hard.city_codes])
        again = fit_cox(
            SpellTable(frame, "unit"), ["x"], weights=FrequencyWeights("often"), offset="known"
        )
        assert row == pytest.approx(again.coefficients, rel=1e-9)


def test_sorted_rows_are_left_as_they_are_and_others_sorted() -> None:
    frame = table("distinct").frame
    mixed = frame.sample(frac=1, random_state=1)
    for given in (frame, mixed, mixed.assign(city=mixed["city"].astype("category"))):
        found = SpellTable(given, rule_id="unit")
        assert (found.frame["start"] == frame["start"]).all()
        assert (found.frame["city"].astype(str) == frame["city"]).all()
        assert (found.city_codes == pd.factorize(frame["city"])[0]).all()
    copied = SpellTable(frame, rule_id="unit")
    frame.loc[0, "x"] = 99.0
    assert copied.frame.loc[0, "x"] != 99.0
    with pytest.raises(DataError, match="no city"):
        SpellTable(frame.assign(city=frame["city"].where(frame.index != 7)), rule_id="unit")


@pytest.mark.parametrize("far", [0.0, 25.0])
def test_a_draw_whose_likelihood_rises_for_ever_does_not_settle(far: float) -> None:
    """Far out the score is nothing and a step is still one: no maximum, however small the score."""
    zone = np.arange(40) % 2
    rows = pd.DataFrame({"city": [f"{i:06d}" for i in range(40)], "start": 0.0, "stop": 1.0,
                         "event": ((zone == 1) & (np.arange(40) < 20)).astype(int),
                         "zone": zone})  # fmt: skip
    design = SurvivalSpec(("zone",), ties="breslow")
    sets = prepare(survival_arrays(SpellTable(rows, "unit"), design), design)
    beta = np.array([far]) * sets.scale
    base = np.exp(sets.x @ beta)
    draws = DrawDesign(sets, np.arange(40)[sets.rows], base)
    _, settled = refit_draws(draws, beta, np.ones((40, 3)), average_ties=False)
    assert not settled.any()
