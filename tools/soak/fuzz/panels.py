"""Hostile tables and options through estimators of every wing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from econshrink import (
    CityPanel,
    Clustered,
    Conley,
    DriscollKraay,
    Heteroskedastic,
    Iid,
    Jackknife,
    NeweyWest,
    Spec,
    SpellTable,
    panel as panels,
    shrinkage,
    survival,
)
from tools.soak.fuzz.formulas import term
from tools.soak.fuzz.target import Call, Target
from tools.soak.fuzz.values import anything, column, scalar

Rng = np.random.Generator

_VCOVS: tuple[Callable[[Rng], Any], ...] = (
    lambda _: Iid(),
    lambda _: Heteroskedastic(),
    lambda _: Clustered(),
    lambda _: Clustered(("city", "year")),
    lambda _: Jackknife(),
    lambda rng: DriscollKraay(int(rng.integers(0, 4))),
    lambda rng: NeweyWest(int(rng.integers(0, 4))),
    lambda _: Conley(100.0),
    scalar,
    lambda _: Clustered("province"),
)


def table(rng: Rng) -> pd.DataFrame:
    """A long table of a few cities and years with hostile columns."""
    cities, years = int(rng.integers(1, 7)), int(rng.integers(1, 7))
    codes = [f"{110000 + 100 * i}" for i in range(cities)]
    frame = pd.DataFrame(
        [(code, year) for code in codes for year in range(2010, 2010 + years)],
        columns=["city", "year"],
    )
    rows = len(frame)
    for name in ("y", "x", "z"):
        frame[name] = column(rng, rows)
    chance = rng.random()
    if chance < 0.1:
        frame["city"] = column(rng, rows)
    elif chance < 0.2:
        frame["year"] = column(rng, rows)
    elif chance < 0.3:
        frame = frame.sample(frac=float(rng.uniform(0.2, 1.4)), replace=True, random_state=1)
    elif chance < 0.35:
        frame.columns = ["city", "year", "y", "x", "x"]
    return frame


_FITS: tuple[Callable[[CityPanel, Rng, Any], object], ...] = (
    lambda p, _, v: panels.fit_fe(p, Spec("y", ("x", "z"), ("city", "year")), v),
    lambda p, _, v: panels.fit_fe(p, Spec("y", ("x",), ("city",), "z"), v),
    lambda p, _, v: panels.fit_pooled(p, Spec("y", ("x", "z")), v),
    lambda p, _, __: panels.fit_re(p, Spec("y", ("x", "z"))),
    lambda p, _, v: panels.fit_fd(p, Spec("y", ("x", "z")), v),
    lambda p, _, __: panels.fit_between(p, Spec("y", ("x",))),
    lambda p, _, __: panels.fit_cre(p, Spec("y", ("x",))),
    lambda p, _, v: panels.fit_iv(
        p, Spec("y", ("x",), ("city",)), panels.Instrumented(("x",), ("z",)), vcov=v
    ),
    lambda p, rng, _: panels.fit_fe(p, Spec("y", ("x",)), anything(rng)),
    lambda p, rng, _: panels.fit_fe(p, anything(rng)),
    lambda _, rng, __: panels.fit_fe(anything(rng), Spec("y", ("x",))),
    lambda _, rng, __: Spec(anything(rng), anything(rng), anything(rng), anything(rng)),
    lambda p, _, __: shrinkage.identify(p, shrinkage.NetLoss(variable="y"), (2010, 2012)),
    lambda p, _, __: shrinkage.identify(p, shrinkage.ConsecutiveDecline(variable="y", years=2)),
    lambda p, _, __: shrinkage.identify(p, shrinkage.AlvesShapes(variable="y"), (2010, 2014)),
    lambda p, _, __: (p.digest(), p.lag("x"), p.wide("y"), p.select(years=range(2010, 2012))),
)


def _panel(rng: Rng) -> Call:
    frame = table(rng)
    fit = _FITS[int(rng.integers(len(_FITS)))]
    vcov = _VCOVS[int(rng.integers(len(_VCOVS)))](rng)
    return lambda: fit(CityPanel.from_long(frame, source="made"), rng, vcov)


_FORMULAS = (
    "y ~ x + z | city + year", "y ~ x", "np.log(y) ~ x", "y ~ C(z) + x", "y ~ x | city | x ~ z",
    "y ~ 1 + [x ~ z] | city", "y ~ x*z", "y ~ x + year", "y ~ lag(x)", "y ~ x | z", "y, x ~ z",
)  # fmt: skip


def _frame(rng: Rng) -> Call:
    """The same through the entrance: a frame and a formula."""
    frame = table(rng)
    formula: Any = _FORMULAS[int(rng.integers(len(_FORMULAS)))]
    chance = rng.random()
    formula = anything(rng) if chance < 0.05 else term(rng) if chance < 0.1 else formula
    unit, time = ("city", "year") if rng.random() < 0.95 else (anything(rng), anything(rng))
    vcov = None if rng.random() < 0.5 else _VCOVS[int(rng.integers(len(_VCOVS)))](rng)
    weights = "z" if rng.random() < 0.1 else None
    verb = (panels.fit_fe, panels.fit_pooled, panels.fit_iv, panels.fit_re)[int(rng.integers(4))]
    if verb in (panels.fit_fe, panels.fit_pooled):
        return lambda: verb(frame, formula, vcov, unit=unit, time=time, weights=weights)
    return lambda: verb(frame, formula, unit=unit, time=time)


def spells(rng: Rng) -> pd.DataFrame:
    """A table of spells with hostile columns."""
    rows = int(rng.integers(1, 25))
    start = rng.integers(0, 3, rows).astype(float)
    frame = pd.DataFrame(
        {
            "city": [f"{i % 9:06d}" for i in range(rows)],
            "start": start,
            "stop": start + rng.integers(1, 5, rows),
            "event": (rng.random(rows) < 0.6).astype(int),
            "g": rng.choice(["a", "b"], rows),
        }
    )
    for name in ("x", "z"):
        frame[name] = column(rng, rows)
    chance = rng.random()
    if chance < 0.3:
        name = ("city", "start", "stop", "event", "g")[int(rng.integers(5))]
        frame[name] = column(rng, rows)
    elif chance < 0.35:
        frame = frame.drop(columns="stop")
    return frame


_LIVES: tuple[Callable[[SpellTable, Rng], object], ...] = (
    lambda s, _: survival.kaplan_meier(s, "g"),
    lambda s, _: survival.nelson_aalen(s),
    lambda s, _: survival.log_rank(s, "g"),
    lambda s, _: survival.fit_cox(s, ("x", "z")),
    lambda s, _: survival.fit_cox(s, ("x",), strata="g", ties=survival.Breslow()),
    lambda s, _: survival.fit_parametric(s, ("x",)),
    lambda s, _: survival.fit_firth(s, ("x",)),
    lambda s, _: survival.fit_discrete_hazard(s, ("x",)),
    lambda s, rng: survival.kaplan_meier(s, anything(rng)),
    lambda s, rng: survival.fit_cox(s, anything(rng)),
    lambda s, rng: survival.kaplan_meier(s, level=anything(rng)),
    lambda _, rng: survival.fit_cox(anything(rng), ("x",)),
    lambda s, _: survival.split_periods(s),
)


def _life(rng: Rng) -> Call:
    frame = spells(rng)
    fit = _LIVES[int(rng.integers(len(_LIVES)))]
    return lambda: fit(SpellTable(frame, rule_id="made"), rng)


TARGETS = (Target("panel", 3.0, _panel), Target("frame", 3.0, _frame), Target("spells", 2.0, _life))
