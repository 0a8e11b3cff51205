"""First attempts by users of pyfixest, linearmodels, lifelines and statsmodels.

Their shapes of arguments on our verbs: each works, or ends in one sentence that shows the call.
"""

import numpy as np
import pandas as pd
import pytest

from econshrink import (
    Clustered,
    EconshrinkError,
    Estimate,
    Heteroskedastic,
    Iid,
    Resampling,
    Spec,
    SpellTable,
)
from econshrink.panel import (
    Instrumented,
    bootstrap_fe,
    fit_between,
    fit_cre,
    fit_fd,
    fit_fe,
    fit_iv,
    fit_pooled,
    fit_re,
    specification_curve,
    wild_bootstrap_fe,
)
from econshrink.tables import spells, survival_formula

WHO = {"unit": "firm", "time": "year"}


def wages():
    rng = np.random.default_rng(11)
    size = 40 * 8
    df = pd.DataFrame(
        {"firm": np.repeat(np.arange(40) + 1000, 8), "year": np.tile(range(1980, 1988), 40)}
    )
    for name in ("educ", "exper", "z", "z2"):
        df[name] = rng.normal(size=size)
    df["hours"] = df["z"] + df["z2"] + rng.normal(size=size)
    df["lwage"] = df["educ"] + 0.5 * df["hours"] + rng.normal(size=size)
    df["lwage2"] = df["lwage"] + rng.normal(size=size)
    df["industry"] = rng.choice(["food", "steel", "rail"], size)
    df["union"] = rng.random(size) < 0.4
    df["state"] = np.repeat([f"S{i % 5}" for i in range(40)], 8)
    df["w"] = rng.uniform(1, 2, size)
    return df


DF = wages()
INDEXED = DF.set_index(["firm", "year"])
DATED = DF.assign(year=pd.to_datetime(DF["year"].astype(str))).set_index(["firm", "year"])
LIFE = pd.DataFrame({"T": [5.0, 8, 2, 9, 4, 7], "E": [1, 0, 1, 1, 0, 1], "age": range(6)})

WORKS = {
    # pyfixest
    "feols with two effects": lambda: fit_fe(DF, "lwage ~ educ + exper | firm + year", **WHO),
    "feols clustered": lambda: fit_fe(DF, "lwage ~ educ | firm", Clustered("state"), **WHO),
    "feols two ways": lambda: fit_fe(
        DF, "lwage ~ educ | firm + year", Clustered(("firm", "year")), **WHO
    ),
    "feols product effect": lambda: fit_fe(DF, "lwage ~ educ | firm + industry^year", **WHO),
    "feols interaction": lambda: fit_fe(DF, "lwage ~ educ*exper | firm", **WHO),
    "feols categorical": lambda: fit_fe(DF, "lwage ~ educ + C(industry) | firm", **WHO),
    "feols i()": lambda: fit_fe(DF, "lwage ~ i(year, union, ref=1980) | firm + year", **WHO),
    "feols IV": lambda: fit_iv(DF, "lwage ~ educ | firm | hours ~ z + z2", **WHO),
    "feols weights": lambda: fit_fe(DF, "lwage ~ educ | firm", weights="w", **WHO),
    "feols log": lambda: fit_fe(DF, "np.log(w) ~ educ + I(exper**2) | firm", **WHO),
    "feols without effects": lambda: fit_pooled(DF, "lwage ~ educ + exper", Iid(), **WHO),
    "wildboottest": lambda: wild_bootstrap_fe(
        DF, "lwage ~ educ | firm", "educ", Resampling(99, cluster="firm"), **WHO
    ),
    # linearmodels
    "PanelOLS indexed": lambda: fit_fe(INDEXED, "lwage ~ educ + exper | firm + year"),
    "PanelOLS dated": lambda: fit_fe(DATED, "lwage ~ educ + exper | firm + year"),
    "RandomEffects": lambda: fit_re(INDEXED, "lwage ~ educ + exper"),
    "BetweenOLS": lambda: fit_between(INDEXED, "lwage ~ educ + exper"),
    "FirstDifferenceOLS": lambda: fit_fd(INDEXED, "lwage ~ educ + exper - 1"),
    "PooledOLS": lambda: fit_pooled(INDEXED, "lwage ~ 1 + educ + exper"),
    "IV2SLS": lambda: fit_iv(INDEXED, "lwage ~ 1 + educ + [hours ~ z + z2]"),
    # statsmodels
    "ols": lambda: fit_pooled(DF, "lwage ~ educ + C(state)", Heteroskedastic("HC3"), **WHO),
    "ols without constant": lambda: fit_pooled(DF, "lwage ~ educ + exper - 1", **WHO),
    "Mundlak": lambda: fit_cre(DF, "lwage ~ educ + exper", **WHO),
}

SEVERAL = {
    "feols two outcomes": ("lwage + lwage2 ~ educ | firm", 2),
    "feols csw": ("lwage ~ csw(educ, exper, hours) | firm", 3),
    "feols sw0": ("lwage ~ educ + sw0(exper, hours) | firm", 3),
    "feols csw0 of effects": ("lwage ~ educ | csw(firm, year)", 2),
}

SENTENCES = {
    "no unit": (lambda: fit_fe(DF, "lwage ~ educ | firm"), 'unit="firm"'),
    "feols vcov text": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", "hetero", **WHO),
        'vcov=Heteroskedastic("HC1")',
    ),
    "feols vcov dict": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", {"CRV1": "firm"}, **WHO),
        'vcov=Clustered("firm")',
    ),
    "feols vcov dict, two ways": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", {"CRV1": "firm + year"}, **WHO),
        'vcov=Clustered(("firm", "year"))',
    ),
    "feols vcov CRV3": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", {"CRV3": "firm"}, **WHO),
        'vcov=Jackknife("firm")',
    ),
    "linearmodels cov_type": (
        lambda: fit_fe(INDEXED, "lwage ~ educ | firm", "clustered"),
        'vcov=Clustered("firm")',
    ),
    "linearmodels kernel": (
        lambda: fit_fe(INDEXED, "lwage ~ educ | firm", "driscoll-kraay"),
        "vcov=DriscollKraay()",
    ),
    "statsmodels nonrobust": (
        lambda: fit_pooled(DF, "lwage ~ educ", "nonrobust", **WHO),
        "vcov=Iid()",
    ),
    "name of a column": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", "state", **WHO),
        'vcov=Clustered("state")',
    ),
    "the class": (lambda: fit_fe(DF, "lwage ~ educ | firm", Iid, **WHO), "vcov=Iid()"),
    "formula first": (
        lambda: fit_fe("lwage ~ educ | firm", DF, **WHO),
        'fit_fe(df, "y ~ x | firm"',
    ),
    "arrays": (lambda: fit_fe(DF["lwage"], DF[["educ"]], **WHO), 'Write "y ~ x1 + x2 | firm'),
    "lists of names": (lambda: fit_fe(DF, ["lwage", "educ"], **WHO), 'Spec("y", ("x1", "x2")'),
    "one text of covariates": (
        lambda: Spec("lwage", "educ", ("firm",)),
        'Spec("lwage", ("educ",))',
    ),
    "text of a sum": (lambda: Spec("lwage", "educ + exper"), 'Spec("lwage", ("educ", "exper"))'),
    "EntityEffects": (
        lambda: fit_fe(INDEXED, "lwage ~ educ + EntityEffects"),
        "no variable 'EntityEffects'",
    ),
    "effects forgotten": (lambda: fit_fe(DF, "lwage ~ educ", **WHO), "fit_pooled"),
    "instruments in fit_fe": (
        lambda: fit_fe(DF, "lwage ~ educ | firm | hours ~ z", **WHO),
        "Use fit_iv",
    ),
    "no instruments": (lambda: fit_iv(DF, "lwage ~ hours | firm", **WHO), "[endog ~ z]"),
    "vcov in the third place": (
        lambda: fit_iv(DF, "lwage ~ educ | firm | hours ~ z", Iid(), **WHO),
        "vcov=Iid",
    ),
    "text of an instrument": (lambda: Instrumented("hours", "z"), 'Write ("hours",)'),
    "unit as a column": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", unit=DF["firm"], time="year"),
        'unit="..."',
    ),
    "text as covariate": (lambda: fit_fe(DF, "lwage ~ industry | firm", **WHO), "C(industry)"),
    "square": (lambda: fit_fe(DF, "lwage ~ educ + educ**2 | firm", **WHO), "I(educ**2)"),
    "months": (
        lambda: fit_fe(DATED.reset_index().assign(year=lambda d: d["year"] + pd.Timedelta(days=40)),
                       "lwage ~ educ | firm", **WHO),
        ".dt.year",
    ),
    "index swapped": (lambda: fit_fe(INDEXED.swaplevel(), "lwage ~ educ | firm"), "swaplevel"),
    "one firm": (lambda: fit_fe(DF[:8], "lwage ~ educ | firm", **WHO), "at least two levels"),
    "weights as a column": (
        lambda: fit_fe(DF, "lwage ~ educ | firm", weights=DF["w"], **WHO),
        'weights="w"',
    ),
    "formula of two models in a bootstrap": (
        lambda: bootstrap_fe(DF, "lwage ~ sw(educ, exper) | firm", Resampling(9), **WHO),
        "Call it for each",
    ),
    "Surv without an event": (lambda: survival_formula("Surv(T) ~ age"), "Surv(duration, event)"),
    "durations without an event": (lambda: spells(LIFE, duration="T"), 'event="E"'),
}  # fmt: skip


@pytest.mark.parametrize("attempt", WORKS)
def test_works(attempt):
    made = WORKS[attempt]()
    if isinstance(made, Estimate):
        assert np.isfinite(made.covariance).all()
        assert made.spec is not None


@pytest.mark.parametrize("attempt", SEVERAL)
def test_several_models(attempt):
    formula, count = SEVERAL[attempt]
    found = fit_fe(DF, formula, **WHO)
    assert len(found) == count
    assert all(found[key].spec.formula == key for key in found)


@pytest.mark.parametrize("attempt", SENTENCES)
def test_one_sentence_with_the_right_call(attempt):
    call, right = SENTENCES[attempt]
    with pytest.raises(EconshrinkError) as caught:
        call()
    assert len(caught.value.faults) == 1
    assert right in str(caught.value)


def test_lifelines_durations():
    table = SpellTable.from_durations(LIFE, duration="T", event="E")
    assert table.events == 4
    assert spells(LIFE, duration="T", event="E").frame.equals(table.frame)


def test_specification_curve_of_formulas():
    found = specification_curve(
        DF, ["lwage ~ educ + csw0(exper, hours) | firm"], "educ", cluster="firm", **WHO
    )
    assert found.table["formula"].tolist()[-1] == "lwage ~ educ + exper + hours | firm"
