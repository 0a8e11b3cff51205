"""Hostile formulas: grammar-made, token-made and damaged ones, on a small panel."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from econshrink import CityPanel, Spec
from econshrink.panel import fit_fe
from econshrink.tables import read_formula, survival_formula
from tools.soak.fuzz.target import Call, Target
from tools.soak.fuzz.values import TEXTS

Rng = np.random.Generator

_ATOMS = (
    "y", "x", "w", "g", "year", "city", "province", "1", "0", "-1", "2", "1.5", "1e400",
    "np.log(w)",
    "np.log(x)", "lag(x)", "lag(x, 2)", "diff(y)", "lag(x, -1)", "lag(x, 10**9)", "C(year)", "C(g)",
    "I(x**2)", "{x+1}", "Q('x')", "`x`", "np.exp(w*1e3)", "missing", "np.nope(x)", "x.values",
    "poly(x, 2)",
    "bs(x, df=4)", "scale(x)", "center(w)", "log(w)", "x[0]", "lambda: 1", "(x for x in y)",
    "x if x else y",
    "'text'", "None", "np.sqrt(x)", "x@w", "hashed(x, levels=3)", "cs(x)", "lag()", "diff(x, 'a')",
)  # fmt: skip
_JOINS = (
    " + ", " - ", ":", "*", "/", "**", "^", " ~ ", " | ", ", ", " % ", " in ", "==", ">", " & ", "",
)  # fmt: skip


@functools.cache
def panel() -> CityPanel:
    """Six cities in six years, with a group in words."""
    rng = np.random.default_rng(1)
    index = pd.MultiIndex.from_product(
        [[f"{i:06d}" for i in range(1, 7)], range(2010, 2016)], names=["city", "year"]
    )
    frame = pd.DataFrame(rng.normal(size=(36, 2)), index=index, columns=["y", "x"])
    frame["w"] = rng.uniform(1, 2, 36)
    cities = pd.Index([f"{i:06d}" for i in range(1, 7)], name="city")
    named = pd.DataFrame({"province": ["a", "b"] * 3, "g": ["u", "v", "w"] * 2}, index=cities)
    return CityPanel(frame, attributes=named, source="made", synthetic=True)


def term(rng: Rng, depth: int = 0) -> str:
    """A formula of the grammar, or nearly."""
    chance = rng.random()
    if depth > 2 or chance < 0.55:
        return _ATOMS[int(rng.integers(len(_ATOMS)))]
    if chance < 0.85:
        return term(rng, depth + 1) + _JOINS[int(rng.integers(len(_JOINS)))] + term(rng, depth + 1)
    if chance < 0.92:
        return f"({term(rng, depth + 1)})"
    if chance < 0.96:
        return f"np.{'abs' if rng.random() < 0.5 else 'log'}({term(rng, depth + 1)})"
    text = term(rng, depth + 1)
    at = int(rng.integers(len(text) + 1))
    extra = TEXTS[int(rng.integers(len(TEXTS)))]
    return text[:at] + extra[:20] + text[at + int(rng.integers(3)) :]


def _expressions(rng: Rng) -> Call:
    covariates = tuple(term(rng) for _ in range(int(rng.integers(1, 3))))
    outcome = "y" if rng.random() < 0.6 else term(rng)
    weights = None if rng.random() < 0.7 else term(rng)
    absorb = (("city",), ("city", "year"), (), ("province",))[int(rng.integers(4))]
    return lambda: fit_fe(panel(), Spec(outcome, covariates, absorb, weights))


def _read(rng: Rng) -> Call:
    parts = [term(rng), " ~ ", term(rng), " | ", term(rng)]
    text = "".join(parts[: (3, 5, 1)[int(rng.integers(3))]])
    survival = f"Surv({term(rng, 2)}, {term(rng, 2)}) ~ {term(rng)}"
    if rng.random() < 0.3:
        return lambda: survival_formula(survival)
    return lambda: read_formula(text)


TARGETS = (Target("formula.spec", 2.0, _expressions), Target("formula.read", 2.0, _read))
