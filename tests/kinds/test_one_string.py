"""A string means one thing: names Python reads otherwise, powers, words of other programs."""

import numpy as np
import pandas as pd
import pytest

from econshrink import Spec, SpecError
from econshrink.panel import fit_fe, fit_iv, fit_poisson
from econshrink.survival import fit_cox
from econshrink.tables import as_panel


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(71)
    table = pd.DataFrame({"firm": np.repeat(np.arange(30), 6), "year": [*range(2001, 2007)] * 30})
    names = ("x", "z", "pop", "GDP", "ＧＤＰ", "import", "yield", " x", "a-b", "b", "人口（万人）")
    for name in names:
        table[name] = rng.uniform(1, 2, len(table))
    table["g"], table["ｇ"] = (
        rng.choice(list("pqr"), len(table)),
        rng.choice(list("st"), len(table)),
    )
    table["y"] = table["x"] + rng.normal(size=len(table))
    return table


def within(table, outcome, columns):
    """Least squares on dummies of firms: an independent route to the slopes."""
    dummies = pd.get_dummies(table["firm"]).to_numpy(dtype=float)
    right = np.column_stack([*(np.asarray(c, dtype=float) for c in columns), dummies])
    return np.linalg.pinv(right) @ np.asarray(outcome, dtype=float)


# formula -> outcome and covariates by hand
COMPUTED = {
    "y ~ log(ＧＤＰ) | firm": lambda d: (d["y"], [np.log(d["ＧＤＰ"])]),
    "y ~ ＧＤＰ:x + GDP | firm": lambda d: (d["y"], [d["GDP"], d["ＧＤＰ"] * d["x"]][::-1]),
    "ＧＤＰ/pop ~ x | firm": lambda d: (d["ＧＤＰ"] / d["pop"], [d["x"]]),
    "y ~ log(ＧＤＰ) + GDP + C(g) | firm": lambda d: (
        d["y"], [np.log(d["ＧＤＰ"]), d["GDP"], d["g"] == "q", d["g"] == "r"]),
    "y ~ C(ｇ) + C(g) | firm": lambda d: (
        d["y"], [d["ｇ"] == "t", d["g"] == "q", d["g"] == "r"]),
    "y ~ i(ｇ, ＧＤＰ) + GDP | firm": lambda d: (
        d["y"], [*(d["ＧＤＰ"] * (d["ｇ"] == key) for key in "st"), d["GDP"]]),
    "import - yield ~ import:x | firm": lambda d: (
        d["import"] - d["yield"], [d["import"] * d["x"]]),
    "y ~ log(import) + C(g) | firm": lambda d: (
        d["y"], [np.log(d["import"]), d["g"] == "q", d["g"] == "r"]),
    "y ~ I(x^2 + 1) | firm": lambda d: (d["y"], [d["x"] ** 2 + 1]),
    "y ~ I(x^2) + C(g) | firm": lambda d: (d["y"], [d["x"] ** 2, d["g"] == "q", d["g"] == "r"]),
    "-x^2 + pop ~ z | firm": lambda d: (d["pop"] - d["x"] ** 2, [d["z"]]),
    "log(`人口（万人）`) ~ ` x` + x | firm": lambda d: (
        np.log(d["人口（万人）"]), [d[" x"], d["x"]]),
}  # fmt: skip


@pytest.mark.parametrize("formula", COMPUTED)
def test_a_formula_uses_the_columns_it_names(formula, frame):
    outcome, columns = COMPUTED[formula](frame)
    wanted = within(frame, outcome, columns)[: len(columns)]
    for data, named in ((frame, {"unit": "firm", "time": "year"}), (as_panel(frame, "firm"
                        , "year"), {})):  # fmt: skip
        found = fit_fe(data, formula, **named)
        np.testing.assert_allclose(found.coefficients, wanted, rtol=1e-8)


def test_a_space_before_a_name_is_another_column(frame):
    found = fit_fe(frame, Spec("y", (" x", "x"), ("firm",)), unit="firm", time="year")
    wanted = within(frame, frame["y"], [frame[" x"], frame["x"]])[:2]
    np.testing.assert_allclose(found.coefficients, wanted, rtol=1e-8)


def test_weights_offsets_and_instruments_are_read_alike(frame):
    named = {"unit": "firm", "time": "year"}
    hand = frame.assign(w=frame["ＧＤＰ"] ** 2, o=np.log(frame["ＧＤＰ"]), q=frame["z"] ** 2)
    for written, made in (
        (fit_fe(frame, "y ~ x | firm", weights="ＧＤＰ^2", **named),
         fit_fe(hand, "y ~ x | firm", weights="w", **named)),
        (fit_poisson(frame, "pop ~ x | firm", offset="log(ＧＤＰ)", **named),
         fit_poisson(hand, "pop ~ x | firm", offset="o", **named)),
        (fit_iv(frame, "y ~ x + [pop ~ z^2] | firm", **named),
         fit_iv(hand, "y ~ x + [pop ~ q] | firm", **named)),
    ):  # fmt: skip
        np.testing.assert_allclose(written.coefficients, made.coefficients, rtol=1e-9)


def test_survival_reads_the_same_words(frame):
    spells = frame.assign(t=frame.index + 1.0, d=1, s=np.log(frame["ＧＤＰ"]), q=frame["x"] ** 2)
    one = fit_cox(spells, "Surv(t, d) ~ log(ＧＤＰ) + GDP + I(x^2)")
    two = fit_cox(spells, ["s", "GDP", "q"], duration="t", event="d")
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-9)


@pytest.mark.parametrize("formula", ["y ~ a-b | firm", "a-b ~ x | firm", "y ~ x:z | firm"])
def test_a_column_called_like_another_reading_is_refused_until_renamed(formula, frame):
    data = frame.assign(a=frame["x"] * 2, **{"x:z": frame["pop"]})
    call = {"unit": "firm", "time": "year"}
    with pytest.raises(SpecError, match=r"one meaning|two readings") as caught:
        fit_fe(data, formula, **call)
    if "two readings" not in str(caught.value):
        renamed = data.rename(columns={"a-b": "one", "x:z": "two"})
        assert fit_fe(renamed, formula, **call).nobs == len(data)
    same = frame.assign(**{"x:z": frame["x"] * frame["z"]})
    assert fit_fe(same, "y ~ x:z | firm", **call).nobs == len(data)  # the readings agree


OTHERS = {
    "y ~ ln(pop) | firm": r"Write log\(x\)",
    "y ~ l(x, 1) | firm": r"Write lag\(x, 1\)",
    "y ~ factor(g) | firm": r"Write C\(",
    "asinh(pop) ~ x | firm": r"Write np.arcsinh\(x\)",
    "y ~ x + offset(log(pop)) | firm": "offset=",
    "pop − z ~ x | firm": "Write pop - z",
    "y ~ log（pop） | firm": r"Write log\(pop\)",
    "y ～ x | firm": r"Write 'y ~ x \| firm'",
}  # fmt: skip


@pytest.mark.parametrize("formula", OTHERS)
def test_words_of_other_programs_are_answered_with_ours(formula, frame):
    with pytest.raises(SpecError, match=OTHERS[formula]):
        fit_fe(frame, formula, unit="firm", time="year")
