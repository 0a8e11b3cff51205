"""The loops behind `Compiled`, run as plain Python, and draws fitted side by side."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

from econshrink.core.arrays import stable_order, weighted_gram
from econshrink.core.errors import DataError, MissingExtra
from econshrink.core.seeds import generator
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox import bootstrap as cox_bootstrap, draw_loops as cox_draw_loops
from econshrink.survival.cox.bootstrap import bootstrap_cox
from econshrink.survival.cox.compiled import Loops
from econshrink.survival.cox.draw_loops import DrawLoops
from econshrink.survival.cox.draw_sums import DrawDesign
from econshrink.survival.cox.draws import draw_derivatives
from econshrink.survival.cox.fit import partial_point, prepare
from econshrink.survival.cox.likelihood import clustered_scores, hazards
from econshrink.survival.cox.regression import fit_cox
from econshrink.survival.design import SurvivalDesign, survival_arrays
from econshrink.survival.options import Breslow, Compiled, Efron, FrequencyWeights

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
@pytest.mark.parametrize("strata", [(), ("zone",)])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_loops_are_the_array_form(kind: str, strata: tuple[str, ...], ties: str) -> None:
    spells = table(kind)
    design = SurvivalDesign(("x", "z"), ties, strata, "known")
    sets = prepare(survival_arrays(spells, design), design)
    loops, beta = Loops(translate=lambda kernel: kernel), np.array([0.4, -0.3])
    state = loops.state(sets, beta)
    ours, theirs = loops.point(sets, state, beta), partial_point(sets, beta)
    assert ours.loglik == pytest.approx(theirs.loglik, rel=1e-13)
    assert ours.score == pytest.approx(theirs.score, rel=1e-11, abs=1e-11)
    assert ours.information == pytest.approx(theirs.information, rel=1e-12)
    cluster = spells.city_codes[sets.rows]
    expected = clustered_scores(sets, hazards(sets, beta), cluster, 60)
    assert loops.clustered(sets, state, cluster, 60) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("size", [0.01, 3.0])
def test_risks_of_draws(size: float) -> None:
    draw = generator("unit.engines.risks")
    x, change = draw.normal(size=(40, 3)), size * draw.normal(size=(3, 8))
    counts, cluster = draw.poisson(1.0, (10, 8)).astype(float), draw.integers(0, 10, 40)
    base = draw.random(40)
    loops = DrawLoops(translate=lambda kernel: kernel)
    copies = base[:, None] * counts[cluster]
    found = loops.risks(x, (base, cluster), counts, change)
    assert found == pytest.approx(copies * np.exp(x @ change), rel=1e-12)
    assert (loops.risks(x, (base, cluster), counts, None) == copies).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("average_ties", [True, False])
def test_loops_over_draws_are_the_array_form(
    kind: str, average_ties: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cox_draw_loops, "_TILE", 2)  # two full tiles and a narrow one
    spells, draw = table(kind, 20), generator("unit.engines.tiles")
    design = SurvivalDesign(("x", "z"), strata=("zone",))
    sets = prepare(survival_arrays(spells, design), design)
    mine, loops = spells.city_codes[sets.rows], DrawLoops(translate=lambda kernel: kernel)
    base = draw.random(len(mine))
    counts, change = draw.poisson(1.0, (20, 5)).astype(float), 0.2 * draw.normal(size=(2, 5))
    arrays, compiled = (DrawDesign(sets, mine, base, each) for each in (None, loops))
    events, _ = arrays.events(counts)
    for step in (None, change):
        ours = draw_derivatives(compiled, events, counts, step, average_ties)
        theirs = draw_derivatives(arrays, events, counts, step, average_ties)
        for found, expected in zip(ours, theirs, strict=True):
            assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)
    hard = base * np.exp(40 * draw.normal(size=len(base)))
    for each in (None, loops):
        wild = DrawDesign(sets, mine, hard, each)
        with np.errstate(all="ignore"):  # as compiled loops do
            exact = draw_derivatives(wild, events, counts, None, average_ties)[2]
        assert exact.all() == (kind == "yearly")


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
    draws = bootstrap_cox(spells, fit, generator("unit.engines.draws"), draws=12).to_numpy()
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
        design = SurvivalDesign(("x", "z"))
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


@pytest.mark.skipif(importlib.util.find_spec("numba") is not None, reason="the extra is installed")
def test_the_missing_extra_is_named() -> None:
    spells = table("yearly", 10)
    with pytest.raises(MissingExtra, match="fast"):
        fit_cox(spells, ["x"], engine=Compiled())
    with pytest.raises(MissingExtra, match="fast"):
        bootstrap_cox(
            spells, fit_cox(spells, ["x"], ties=Efron()), generator("unit"), engine=Compiled()
        )


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
    draws = bootstrap_cox(hard, fit, generator("unit.engines.hard"), draws=4).to_numpy()
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
