"""Columns come in by a list of types: labels stay labels, in whatever verb and role."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from econshrink import Clustered, DataError, EconshrinkError
from econshrink.panel import fit_fe
from econshrink.survival import (
    DurationPolynomial,
    concordance,
    fit_cox,
    fit_discrete_hazard,
    fit_firth,
    fit_gompertz,
    fit_parametric,
    kaplan_meier,
    log_rank,
)

NAMED = {"unit": "firm", "time": "year"}
SPELLS = {"duration": "t", "event": "e"}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(72)
    table = pd.DataFrame({"firm": np.repeat(range(10), 6), "year": [*range(2001, 2007)] * 10})
    table["x"], table["k"] = rng.normal(size=60), rng.integers(1, 4, 60)
    table["y"], table["t"], table["e"] = table["x"] + rng.normal(size=60), table.index + 1.0, 1
    table["mixed"] = pd.Series(
        [value if row % 2 else str(value) for row, value in enumerate(table["k"])], dtype=object
    )
    table["nested"] = [[1]] * 60
    return table


@pytest.mark.parametrize("dtype", ["category", "str", "string"])
@pytest.mark.parametrize("verb", [fit_cox, fit_parametric, fit_gompertz, fit_firth])
def test_labels_are_no_covariates_and_the_remedies_work(verb, dtype, frame):
    data = frame.assign(k=frame["k"].astype(dtype))
    with pytest.raises(DataError, match=r"Write C\(k\) for a dummy a level") as caught:
        verb(data, ["x", "k"], **SPELLS)
    assert "df['k'].astype(float)" in str(caught.value)
    dummies = frame.assign(two=frame["k"] == 2, three=frame["k"] == 3)
    np.testing.assert_allclose(
        verb(data, ["x", "C(k)"], **SPELLS).coefficients,
        verb(dummies, ["x", "two", "three"], **SPELLS).coefficients,
        rtol=1e-6,
    )
    assert verb(data.assign(k=data["k"].astype(float)), ["x", "k"], **SPELLS).nobs == 60


def test_a_list_of_terms_is_computed_as_in_a_formula(frame):
    data = frame.assign(q=frame["x"] ** 2, kx=frame["k"] * frame["x"])
    one = fit_cox(data, ["x", "I(x^2)", "k:x"], **SPELLS)
    two = fit_cox(data, ["x", "q", "kx"], **SPELLS)
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-9)
    assert concordance(data, one).estimate == concordance(data, two).estimate
    rows = data.assign(a=data["year"] - 1, e=(data["year"] == 2006).astype(int))
    named = {"start": "a", "stop": "year", "event": "e", "unit": "firm"}
    flat = DurationPolynomial(0)
    np.testing.assert_allclose(
        fit_discrete_hazard(rows, ["I(x^2)"], duration=flat, **named).coefficients,
        fit_discrete_hazard(rows, ["q"], duration=flat, **named).coefficients,
        rtol=1e-6,
    )
    for term in ("x - k", "x**2", "x*k", "x + k"):
        with pytest.raises(EconshrinkError, match="one term in each place"):
            fit_cox(data, [term], **SPELLS)


ROLES = {
    "cluster": lambda d: fit_fe(d, "y ~ x | firm", vcov=Clustered("mixed"), **NAMED),
    "effect": lambda d: fit_fe(d, "y ~ x | mixed", **NAMED),
    "dummies": lambda d: fit_fe(d, "y ~ x + C(mixed) | firm", **NAMED),
    "strata": lambda d: fit_cox(d, ["x"], strata="mixed", **SPELLS),
    "curves": lambda d: kaplan_meier(d, "mixed", **SPELLS),
    "tests": lambda d: log_rank(d, "mixed", **SPELLS),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_one_label_in_two_types_is_told_and_mended(role, frame):
    """3 beside "3", as a spreadsheet has it, would be two groups."""
    data = frame.drop(columns="nested")
    with pytest.raises(DataError, match="both as int and as str") as caught:
        ROLES[role](data)
    assert "df['mixed'].astype(str)" in str(caught.value)
    ROLES[role](data.assign(mixed=data["mixed"].astype(str)))


def test_cells_that_hold_lists_are_told(frame):
    for call in (
        lambda: fit_fe(frame, "y ~ nested | firm", **NAMED),
        lambda: kaplan_meier(frame, "nested", **SPELLS),
    ):
        with pytest.raises(DataError, match=r"a list in each cell.*drop\(columns='nested'\)"):
            call()
    assert fit_fe(frame, "y ~ x | firm", **NAMED).nobs == 60


EVENTS = {
    "yes and no": (lambda k: np.where(k > 1, "yes", "no"), "df['e'].eq('"),
    "True as text": (lambda k: np.where(k > 1, "True", "False"), "df['e'].eq('"),
    "categories": (lambda k: pd.Categorical(np.where(k > 1, "died", "left")), "df['e'].eq('"),
    "1 and 2": (lambda k: np.where(k > 1, 2, 1), "df['e'].eq(2)"),
    "minus one": (lambda k: np.where(k > 1, 9, 0), "df['e'].eq(9)"),
}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_zero_or_one_and_else_told_how_to_say_it(kind, frame):
    made, remedy = EVENTS[kind]
    data = frame.assign(e=made(frame["k"]))
    with pytest.raises(DataError, match="0 or 1") as caught:
        fit_cox(data, ["x"], **SPELLS)
    assert remedy in str(caught.value)
    told = str(caught.value).split("df['e'] = ")[1].rstrip(".").split(").")[0]
    df = data
    mended = data.assign(e=eval(told if told.endswith(")") else told + ")", {"df": df}))
    wanted = frame.assign(e=(mended["e"]).astype(int))
    np.testing.assert_array_equal(
        fit_cox(mended, ["x"], **SPELLS).coefficients, fit_cox(wanted, ["x"], **SPELLS).coefficients
    )


USES = {
    "covariate": lambda d: fit_cox(d, ["x", "v"], **SPELLS),
    "duration": lambda d: fit_cox(d, ["x"], duration="v", event="e"),
    "weights": lambda d: fit_fe(d, "y ~ x | firm", weights="v", **NAMED),
}


@pytest.mark.parametrize("role", USES)
def test_what_is_no_number_is_refused_in_every_role(role, frame):
    for values in (
        pd.Series([Fraction(1, 2)] * 60, dtype=object),
        pd.to_timedelta(frame["k"], "D"),
        pd.period_range("2001", periods=60, freq="M"),
        pd.Series([np.datetime64("2001-01-01")] * 60, dtype=object),
        frame["k"] + 1j,
    ):
        data = frame.assign(v=values)
        with pytest.raises(EconshrinkError):
            USES[role](data)
