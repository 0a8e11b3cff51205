"""A formula means what it says: algebra on the right, arithmetic elsewhere, no third thing."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from econshrink import Clustered, DataError, EconshrinkError, Spec, SpecError
from econshrink.panel import Instrumented, fit_cre, fit_fe, fit_iv, fit_pooled, fit_re
from econshrink.tables import read_formula


def terms(formula, **options):
    (model,) = read_formula(formula, **options)
    return model.spec.covariates


ALGEBRA = {
    "a + b": ("a", "b"),
    "a*b": ("a", "b", "a:b"),
    "a:b": ("a:b",),
    "a*b - a:b": ("a", "b"),
    "(a + b)**2": ("a", "b", "a:b"),
    "(a + b + c)^2": ("a", "b", "c", "a:b", "a:c", "b:c"),
    "(a + b)*c": ("a", "b", "c", "a:c", "b:c"),
    "C(a)/b": ("C(a)", "C(a):b"),
    "C(a)*b": ("C(a)", "b", "C(a):b"),
    "a + a": ("a",),
    "a + b - b": ("a",),
    "I(a - b) + np.log(c)": ("I(a - b)", "np.log(c)"),
    "{a - b}": ("I(a - b)",),
    "`GDP per head` + b": ("GDP per head", "b"),
    "i(year, treated, ref=2005)": ("i(year, treated, ref=2005)",),
    "lag(a, 2) + diff(b)": ("lag(a, 2)", "diff(b)"),
}


@pytest.mark.parametrize("right", ALGEBRA)
def test_algebra_is_honoured(right):
    assert terms(f"y ~ {right} | firm") == ALGEBRA[right]


@pytest.mark.parametrize("right", ["a - 1", "a + 0", "0 + a", "-1 + a", "a*b - a:b - 1"])
def test_a_formula_without_a_constant_says_so(right):
    (model,) = read_formula(f"y ~ {right}")
    assert not model.spec.intercept
    assert model.spec.formula.endswith("- 1")
    assert read_formula(f"y ~ {right} | firm")[0].spec.intercept  # effects hold the constant


READINGS = {
    "a - c": ("removed, which is not there", "I(a - c)"),
    "-a": ("removed", "I(-a)"),
    "a + b - c": ("'c' removed", "I(a + b - c)"),
    "a**2": ("interactions of one term", "I(a**2)"),
    "a^2": ("interactions of one term", "I(a**2)"),
    "b + a**3": ("interactions of one term", "I(a**3)"),
    "a/b": ("nested in groups", "I(a / b)"),
    "(a + b)/c": ("nested in groups", "I(a / c)"),
}


@pytest.mark.parametrize("right", READINGS)
def test_two_readings_are_refused_and_both_named(right):
    with pytest.raises(SpecError, match="two readings") as caught:
        read_formula(f"y ~ {right} | firm")
    text = str(caught.value)
    assert all(reading in text for reading in READINGS[right])


def test_a_left_side_of_categories_is_nested_where_the_data_say_so():
    assert terms("y ~ g/x", categorical={"g"}.__contains__) == ("g", "g:x")


BROKEN = [
    "", "y", "y ~", "~ x", "y ~ x ~ z", "y ~~ x", "y ~ x |", "y ~ (x", "y ~ x)", "y ~ x + ",
    "y ~ 'x", "y ~ x | f | g", "y ~ [e ~ z] + [d ~ w]", "y ~ [e]", "y ~ [e ~]", "y ~ x | f:g",
    "y ~ x | f*g", "y ~ x | f[z]", "y ~ *", "y ~ x ** ", "y ~ sw()", "y ~ sw(a,)", "y ~ :x",
    "y ~ x::z", "y ~ x | 0 | e ~ z | d", "y ~ a %% b", "y ~ f(", "y ~ `x", "y ~ x; z",
]  # fmt: skip


@pytest.mark.parametrize("formula", BROKEN)
def test_broken_formulas_end_in_one_sentence(formula):
    with pytest.raises(EconshrinkError) as caught:
        fitted(formula)
    assert str(caught.value).count("expected") >= 1


def test_instruments_in_both_notations():
    for formula in ("y ~ x + [e ~ z + w] | firm", "y ~ x | firm | e ~ z + w"):
        (model,) = read_formula(formula)
        assert model.spec == Spec("y", ("x", "e"), ("firm",))
        assert (model.endogenous, model.instruments) == (("e",), ("z", "w"))
    (model,) = read_formula("y ~ 1 | e ~ z")
    assert (model.spec.covariates, model.spec.absorb) == (("e",), ())


def test_several_models():
    def formulas(text):
        return [model.spec.formula for model in read_formula(text)]

    assert formulas("y1 + y2 ~ x | f") == ["y1 ~ x | f", "y2 ~ x | f"]
    assert formulas("sw(y1, y2) ~ x") == ["y1 ~ x", "y2 ~ x"]
    assert formulas("y ~ sw(a, b)") == ["y ~ a", "y ~ b"]
    assert formulas("y ~ x + csw(a, b)") == ["y ~ x + a", "y ~ x + a + b"]
    assert formulas("y ~ x + sw0(a, b)") == ["y ~ x", "y ~ x + a", "y ~ x + b"]
    assert formulas("y ~ x + csw0(a, b)") == ["y ~ x", "y ~ x + a", "y ~ x + a + b"]
    assert formulas("y ~ x | csw(f, g)") == ["y ~ x | f", "y ~ x | f + g"]
    assert len(formulas("y1 + y2 ~ sw(a, b) | csw0(f, g)")) == 12


@pytest.mark.parametrize("left", ["a - b", "a / b", "(a + b) / 2", "a + 2*b", "I(a + b)", "-a"])
def test_an_outcome_is_arithmetic(left):
    assert read_formula(f"{left} ~ x")[0].spec.depvar == left


def test_a_formula_is_printed_as_it_is_read():
    for text in ("y ~ x | firm + year", "y ~ a:b - 1", "`GDP per head` ~ x | firm^year"):
        (model,) = read_formula(text)
        assert model.spec.formula == text
        assert read_formula(model.spec.formula)[0] == model


# what is computed


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(5)
    size = 30 * 6
    table = pd.DataFrame(rng.normal(size=(size, 6)), columns=list("xzwabc"))
    table["firm"] = np.repeat(np.arange(30), 6)
    table["year"] = np.tile(range(2001, 2007), 30)
    table["pop"] = rng.uniform(1, 2, size)
    table["births"], table["deaths"] = rng.poisson(9, size), rng.poisson(7, size)
    table["g"] = rng.choice(["p", "q", "r"], size)
    table["e"] = table["z"] + table["w"] + rng.normal(size=size)
    table["GDP per head"] = rng.normal(size=size)
    table["y"] = table["x"] + table["e"] + rng.normal(size=size)
    table["treated"] = table["firm"] < 9
    return table


def fitted(formula, table=None, verb=fit_fe, **options):
    if table is None:
        table = pd.DataFrame({"firm": [1, 2], "year": [1, 2], "y": [1.0, 2], "x": [3.0, 1]})
    return verb(table, formula, unit="firm", time="year", **options)


OUTCOMES = {
    "births - deaths": lambda d: d["births"] - d["deaths"],
    "(births - deaths) / pop": lambda d: (d["births"] - d["deaths"]) / d["pop"],
    "births / pop": lambda d: d["births"] / d["pop"],
    "100*births/pop - 1": lambda d: 100 * d["births"] / d["pop"] - 1,
    "births**2": lambda d: d["births"] ** 2,
    "-births": lambda d: -d["births"],
    "I(births + deaths)": lambda d: d["births"] + d["deaths"],
    "log(pop)": lambda d: np.log(d["pop"]),
    "np.log(pop) - np.log(2*pop + 1)": lambda d: np.log(d["pop"]) - np.log(2 * d["pop"] + 1),
    "births > deaths": lambda d: (d["births"] > d["deaths"]).astype(float),
}


@pytest.mark.parametrize("left", OUTCOMES)
def test_outcomes_are_computed(left, frame):
    by_hand = frame.assign(made=OUTCOMES[left])
    one = fitted(f"{left} ~ x | firm", frame)
    np.testing.assert_allclose(
        one.coefficients, fitted("made ~ x | firm", by_hand).coefficients, rtol=1e-12
    )
    two = fitted(Spec(left, ("x",), ("firm",)), frame)
    assert one.coefficients[0] == two.coefficients[0]
    assert one.spec.depvar == left


def test_a_sum_in_a_spec_is_computed(frame):
    by_hand = fitted("made ~ x | firm", frame.assign(made=frame["births"] + frame["deaths"]))
    assert fitted(Spec("births + deaths", ("x",), ("firm",)), frame).coefficients[0] == (
        pytest.approx(by_hand.coefficients[0], rel=1e-12)
    )


def test_weights_and_instruments_are_computed(frame):
    hand = frame.assign(half=frame["pop"] / 2, gap=frame["z"] - frame["w"])
    assert fitted("y ~ x | firm", frame, weights="pop/2").coefficients[0] == pytest.approx(
        fitted("y ~ x | firm", hand, weights="half").coefficients[0], rel=1e-12
    )
    for model, extra in (
        ("y ~ x + [e ~ z - w] | firm", {}),
        (Spec("y", ("x", "e"), ("firm",)), {"instrumented": Instrumented(("e",), ("z - w",))}),
    ):
        one = fitted(model, frame, fit_iv, **extra)
        two = fitted("y ~ x + [e ~ gap] | firm", hand, fit_iv)
        np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-9)


@pytest.mark.parametrize("term", ["x**2", "x - z", "x + z", "x*z", "x/z", "x^2", "-x", "x:z + w"])
def test_a_spec_holds_one_term_in_each_place(term, frame):
    with pytest.raises(SpecError, match="one term in each place") as caught:
        fitted(Spec("y", ("w", term), ("firm",)), frame)
    assert "I(" in str(caught.value)
    inside = f"I({term.replace(':', '*').replace('^', '**')})"
    assert fitted(Spec("y", ("w", inside), ("firm",)), frame).nobs == len(frame)


def test_products_and_squares_are_what_they_say(frame):
    hand = frame.assign(xx=frame["x"] ** 2, xz=frame["x"] * frame["z"])
    for formula in ("y ~ x*z + I(x**2) | firm", "y ~ x + z + x:z + I(x ** 2) | firm"):
        one = fitted(formula, frame)
        two = fitted("y ~ x + z + xz + xx | firm", hand)
        assert sorted(one.coefficients.round(10)) == sorted(two.coefficients.round(10))


def test_categories_are_coded_against_each_other(frame):
    wide = frame.assign(q=frame["g"] == "q", r=frame["g"] == "r")
    one = fitted("y ~ C(g)*x | firm", frame)
    two = fitted("y ~ q + r + x + q:x + r:x | firm", wide)
    assert sorted(one.coefficients.round(9)) == sorted(two.coefficients.round(9))
    nested = fitted("y ~ C(g)/x | firm", frame)
    assert nested.stats["rss"] == pytest.approx(two.stats["rss"], rel=1e-9)


def test_no_constant_means_a_dummy_for_every_level(frame):
    one = fitted("y ~ C(g) - 1", frame, fit_pooled)
    means = frame.groupby("g")["y"].mean()
    np.testing.assert_allclose(one.coefficients, means, rtol=1e-12)
    for verb in (fit_re, fit_cre):
        with pytest.raises(SpecError, match="'- 1' in"):
            fitted("y ~ x - 1", frame, verb)


def test_indicators_are_dummies_times_a_number(frame):
    one = fitted("y ~ i(year, treated, ref=2003) | firm + year", frame)
    hand = frame.copy()
    names = [f"d{year}" for year in range(2001, 2007) if year != 2003]
    for name in names:
        hand[name] = (hand["year"] == int(name[1:])) & hand["treated"]
    two = fitted(f"y ~ {' + '.join(names)} | firm + year", hand)
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-9)
    assert one.terms[0] == "year::2001:treated"
    assert len(fitted("y ~ i(g, ref='p') | firm", frame).terms) == 2
    assert fitted("y ~ i(g) | firm", frame).terms == ("g::q", "g::r")
    with pytest.raises(SpecError, match="one of the levels 2001"):
        fitted("y ~ i(year, treated, ref=1999) | firm", frame)
    with pytest.raises(SpecError, match=r"Write i\("):
        fitted("y ~ i(year, treated, 5) | firm", frame)


def test_several_models_come_back_by_formula(frame):
    found = fitted("y + x ~ csw(z, w) | firm", frame)
    assert list(found)[1] == "y ~ z + w | firm"
    for formula, estimate in found.items():
        assert estimate.coefficients[0] == fitted(formula, frame).coefficients[0]
    iv = fitted("y ~ sw(x, a) + [e ~ z] | firm", frame, fit_iv)
    assert [list(e.terms) for e in iv.values()] == [["x", "e"], ["a", "e"]]


def test_names_with_spaces(frame):
    one = fitted("y ~ `GDP per head` + x | firm", frame)
    assert one.terms == ("GDP per head", "x")
    two = fitted(Spec("y", ("GDP per head", "x"), ("firm",)), frame)
    assert one.coefficients[0] == two.coefficients[0]
    assert fitted("y ~ `GDP per head`*x | firm", frame).nobs == len(frame)
    assert fitted("y ~ C(g) + `GDP per head` | firm", frame).nobs == len(frame)
    assert fitted("`GDP per head` - y ~ x | firm", frame).nobs == len(frame)


def test_unknown_names_are_told_with_the_nearest(frame):
    for call in (
        lambda: fitted("y ~ birth | firm", frame),
        lambda: fitted("y ~ np.log(birth) | firm", frame),
        lambda: fitted("y ~ x + C(birth) | firm", frame),
        lambda: fitted(Spec("birth", ("x",), ("firm",)), frame),
        lambda: fitted("y ~ x | firm", frame, weights="birth"),
    ):
        with pytest.raises(SpecError, match="Did you mean 'births'"):
            call()
    with pytest.raises(SpecError, match="Did you mean 'firm'"):
        fitted("y ~ x | frm", frame)
    with pytest.raises(SpecError, match="Did you mean 'firm'"):
        fitted("y ~ x | firm", frame, vcov=Clustered("frm"))


@pytest.mark.parametrize("term", ["np.log(x)", "x / 0", "log(x)", "np.sqrt(x)", "1 / (x - x)"])
def test_what_is_undefined_is_told_and_not_dropped(term, frame):
    with pytest.raises(SpecError, match="undefined or infinite"):
        fitted(f"y ~ I({term}) | firm", frame)


EVIL = [
    "np.log(x, y)", "np.maximum(x, z, y)", "np.log(x, out=y)", "np.exp(x, where=True)",
    "__import__('os').getcwd()", "C(x.__class__)", "C(x, (lambda: 1)())", "x.__class__",
    "I(x.values)", "C([q for q in x])", "I(open('f'))", "eval('x')", "C(eval('x'))",
    "np.load('f')", "C(np.load('f'))", "I(np.lib)", "C(x)[0]", "I(x[0])", "np.__dict__",
    "I(_x)", "C(x, contr.__class__)", "getattr(x, 'y')", "C(g, f'{x}')", "(x := 3)",
    "I(x if x else x)", "hashed(x, levels=3)", "np.log.__call__(x)", "C(exec('1'))", "Q('x')",
    "I(9**9**9**9 * x)", "C(g, contr.custom(open('f')))",
]  # fmt: skip


@pytest.mark.parametrize("term", EVIL)
def test_nothing_but_arithmetic_and_formulaic_is_ever_evaluated(term, frame):
    for model in (f"y ~ {term} | firm", f"{term} ~ x | firm", Spec("y", (term,), ("firm",))):
        with pytest.raises((SpecError, DataError)):
            fitted(model, frame)


def test_plain_formulas_do_not_import_formulaic():
    code = (
        "import sys, numpy as np, pandas as pd\n"
        "from econshrink.panel import fit_fe\n"
        "d = pd.DataFrame({'f': np.repeat(range(9), 4), 't': list(range(4)) * 9})\n"
        "d['x'] = np.random.default_rng(0).normal(size=36)\n"
        "d['y'] = np.random.default_rng(1).normal(size=36)\n"
        "fit_fe(d, 'y ~ x + I(x**2) + lag(x) + x:t | f', unit='f', time='t')\n"
        "print('formulaic' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "False"
