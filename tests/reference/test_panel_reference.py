"""Every row of panel.csv: what other programs print, matched to the tolerance it states.

`MODELS` maps the (data set, model, convention) of the table to a function that returns our numbers
as {(quantity, term): value}; a convention that ends in … is a prefix, an empty one means any.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.arrays import group_sums
from econshrink.estimate.panel.between import fit_between
from econshrink.estimate.panel.differences import fit_fd
from econshrink.estimate.panel.dynamic import DifferenceGmm, SystemGmm, fit_gmm
from econshrink.estimate.panel.dynamic_instruments import (
    Exogenous,
    LaggedDifferences,
    LaggedLevels,
    YearDummies,
)
from econshrink.estimate.panel.dynamic_rows import moment_data
from econshrink.estimate.panel.fixed_effects import fit_fe
from econshrink.estimate.panel.hausman import hausman
from econshrink.estimate.panel.pooled import fit_pooled
from econshrink.estimate.panel.random_effects import VarianceComponents, fit_re
from econshrink.inference.gmm import GmmFit, MomentData, one_step, serial_correlation
from econshrink.inference.kernel import DriscollKraay, NeweyWest
from econshrink.inference.pcse import BeckKatz
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec

HERE = Path(__file__).parent
ROWS = list(csv.DictReader((HERE / "panel.csv").read_text("utf-8").splitlines()))
Numbers = dict[tuple[str, str], float]
EIGHT = tuple(f"x{i}" for i in range(1, 9))


@cache
def _grunfeld() -> CityPanel:
    table = pd.read_csv(HERE / "data" / "grunfeld.csv")
    table["city"] = [f"{firm:06d}" for firm in table.pop("firm")]
    return CityPanel.from_long(table, source="Grunfeld (1958)")


@cache
def _empluk() -> CityPanel:
    table = pd.read_csv(HERE / "data" / "empluk.csv")
    logs = {"n": "emp", "w": "wage", "k": "capital", "ys": "output"}
    table = table.assign(**{short: np.log(table[name]) for short, name in logs.items()})
    table["city"] = [f"{firm:06d}" for firm in table.pop("firm")]
    return CityPanel.from_long(table[["city", "year", *logs]], source="Arellano and Bond (1991)")


@cache
def _generated300() -> CityPanel:
    rng = np.random.default_rng(0)
    n, years, k = 300, 20, 8
    city, year = np.repeat(np.arange(n), years), np.tile(np.arange(years), n)
    a, g, x = rng.normal(size=n), rng.normal(size=years), rng.normal(size=(n * years, k))
    x = x + (0.5 * a[city] + 0.3 * g[year])[:, None]
    c, v = rng.normal(size=n), rng.normal(size=n * years)
    error = 0.3 * c[city] + v * (1 + 0.5 * np.abs(x[:, 0]))
    table = pd.DataFrame(x, columns=list(EIGHT))
    table["y"] = x @ np.linspace(0.5, -0.5, k) + a[city] + g[year] + error
    table["city"], table["year"] = [f"{i:06d}" for i in city], 2004 + year
    names = [f"{i:06d}" for i in range(n)]
    provinces = pd.DataFrame({"province": [str(i % 31) for i in range(n)]}, index=names)
    return CityPanel.from_long(table, attributes=provinces, source="generated300")


def _coefficients(estimate: Estimate, error: str = "se") -> Numbers:
    numbers: Numbers = {}
    for term in estimate.terms:
        label = "(Intercept)" if term == "Intercept" else term
        numbers["coef", label] = estimate.coefficient(term)
        numbers[error, label] = estimate.std_error(term)
    return numbers


def _fe(panel: CityPanel, formula: str, vcov: object) -> Numbers:
    return _coefficients(fit_fe(panel, Spec.parse(formula), vcov))


def _grunfeld_fe(effects: str, vcov: object) -> Callable[[], Numbers]:
    return lambda: _fe(_grunfeld(), f"inv ~ value + capital | {effects}", vcov)


def _generated_fe(vcov: object, terms: str = " + ".join(EIGHT), effects: str = "city + year"):
    return lambda: _fe(_generated300(), f"y ~ {terms} | {effects}", vcov)


def _named(estimate: Estimate) -> Numbers:
    stats = estimate.stats
    return _coefficients(estimate) | {
        ("sigma2 idiosyncratic", ""): stats["sigma2_idiosyncratic"],
        ("sigma2 individual", ""): stats["sigma2_city"],
        ("theta", ""): stats["theta_max"],
    }


def _random(rule: str) -> Callable[[], Numbers]:
    return lambda: _named(fit_re(_grunfeld(), PLAIN, Iid(), VarianceComponents(rule)))


def _hausman() -> Numbers:
    test = hausman(_grunfeld(), PLAIN)
    assert test.df == 2
    return {("chi2(2)", ""): test.statistic, ("p", ""): test.p_value}


AB = (
    Spec("n", ("lag(n)", "lag(n, 2)", "w", "lag(w)", "k", "ys", "lag(ys)"), ("city", "year")),
    (LaggedLevels("n"), Exogenous(("w", "lag(w)", "k", "ys", "lag(ys)")), YearDummies()),
)
BB = Spec("n", ("lag(n)", "w", "lag(w)", "k", "lag(k)"), ("city", "year"))
BB_LIST = (*map(LaggedLevels, "nwk"), *map(LaggedDifferences, "nwk"))


def _lagged(estimate: Estimate, error: str) -> Numbers:
    labels = {
        "lag(n)": "L1.n",
        "lag(n, 2)": "L2.n",
        "lag(w)": "L1.w",
        "lag(ys)": "L1.ys",
        "lag(k)": "L1.k",
    }
    found = _coefficients(estimate, error)
    return {(quantity, labels.get(term, term)): v for (quantity, term), v in found.items()}


def _tests(stats: dict[str, float], vcov: str) -> Numbers:
    numbers: Numbers = {
        (f"wald.coef, {vcov}", "chi2(7)"): stats["wald_slopes"],
        (f"wald.td, {vcov}", "chi2(6)"): stats["wald_years"],
    }
    for m in ("m1", "m2"):
        numbers[f"{m} statistic, {vcov}", "z"] = stats[m]
        numbers[f"{m} p, {vcov}", "two-sided"] = stats[f"{m}_p"]
    return numbers


def _unit_variance(moments: MomentData, first: GmmFit) -> np.ndarray:
    """What plm calls the classical one-step covariance: sigma2 replaced by 1 / cities."""
    return first.inverse / moments.cities


def _ab_two() -> Numbers:
    corrected = fit_gmm(_empluk(), *AB, DifferenceGmm(2))
    plain = fit_gmm(_empluk(), *AB, DifferenceGmm(2, corrected=False))
    stats = corrected.stats
    assert (stats["rows_difference"], stats["instruments"]) == (611, 38)
    assert (corrected.clusters, stats["hansen_df"]) == ({"city": 140}, 25)
    return (
        _lagged(corrected, "se robust (Windmeijer)")
        | _lagged(plain, "se uncorrected")
        | _tests(stats, "robust vcov")
        | _tests(plain.stats, "uncorrected vcov")
        | {
            ("Hansen J", "chi2(25)"): stats["hansen"],
            ("Hansen J p", "chi2(25)"): stats["hansen_p"],
        }
    )


def _ab_one() -> Numbers:
    robust = fit_gmm(_empluk(), *AB, DifferenceGmm(1))
    moments, terms, _, _ = moment_data(_empluk(), *AB)
    first = one_step(moments)
    theirs = _unit_variance(moments, first)
    classical = replace(robust, covariance=theirs)
    tests = {f"m{o}": serial_correlation(moments, first, theirs, o) for o in (1, 2)}
    stats = {m: t.statistic for m, t in tests.items()}
    stats |= {f"{m}_p": t.p_value for m, t in tests.items()} | {"wald_slopes": 0, "wald_years": 0}
    # with the variance of the errors in place of 1/140 the covariance is ours
    own = fit_gmm(_empluk(), *AB, DifferenceGmm(1, corrected=False))
    np.testing.assert_allclose(own.covariance, theirs * 140 * own.stats["sigma2"], rtol=1e-10)
    assert own.stats["sargan"] == pytest.approx(73.858, abs=5e-4)
    assert terms == robust.terms
    name = "J as plm prints it (one-step residuals, two-step weight; not the classical Sargan)"
    return (
        _lagged(robust, "se robust (sandwich)")
        | _lagged(classical, "se classical")
        | _tests(robust.stats, "robust vcov")
        | _tests(stats, "uncorrected vcov")
        | {(name, "chi2(25)"): robust.stats["hansen_one_step"]}
    )


def _bb_one() -> Numbers:
    instruments = (*BB_LIST, YearDummies("level"))
    robust = fit_gmm(_empluk(), BB, instruments, SystemGmm(1))
    stats = robust.stats
    counts = (stats["rows_difference"], stats["rows_level"], stats["instruments"])
    assert counts == (751, 891, 113)
    assert stats["hansen_one_step_df"] == 100
    moments, _, _, _ = moment_data(_empluk(), BB, instruments, system=True)
    first = one_step(moments)
    classical = replace(robust, covariance=_unit_variance(moments, first))
    numbers = _lagged(robust, "se robust (sandwich)") | _lagged(classical, "se classical")
    name = "J as plm prints it (one-step residuals, two-step weight)"
    numbers[name, "chi2(100)"] = stats["hansen_one_step"]
    numbers[f"{name} p", "p"] = stats["hansen_one_step_p"]
    # plm takes the middle term of the variance of m_j from the difference rows alone, although
    # the coefficients rest on both equations; ours uses both
    upper = moments.differenced
    partly = group_sums(
        moments.z[upper] * first.residuals[upper, None], moments.city[upper], moments.cities
    )
    for order in (1, 2):
        theirs = replace(first, moments=partly)
        test = serial_correlation(moments, theirs, robust.covariance, order)
        numbers[f"m{order} statistic, robust vcov", "z"] = test.statistic
        numbers[f"m{order} statistic, robust vcov p", "p"] = test.p_value
    return numbers


def _bb_two() -> Numbers:
    # the list of pydynpd: year dummies instrument both equations
    estimate = fit_gmm(_empluk(), BB, (*BB_LIST, YearDummies("both")), SystemGmm(2))
    assert estimate.stats["instruments"] == 113
    numbers = _lagged(estimate, "se Windmeijer")
    return numbers | {("Hansen J", "chi2(100)"): estimate.stats["hansen"]}


PLAIN = Spec("inv", ("value", "capital"))
_FIRM, _GEN = "within (firm)", "within (city and year), x1..x8"
_BOTH = ("city", "year")
_ABG, _BBG = "Arellano-Bond difference GMM", "Blundell-Bond system GMM"
MODELS: dict[tuple[str, str, str], Callable[[], Numbers]] = {
    ("empluk", _ABG, "two-step; …"): _ab_two,
    ("empluk", _ABG, "one-step; …"): _ab_one,
    ("empluk", _BBG, "one-step; …"): _bb_one,
    ("empluk", _BBG, "two-step; …"): _bb_two,
    ("grunfeld", _FIRM, "classical"): _grunfeld_fe("city", Iid()),
    ("grunfeld", "within (firm and year)", "classical"): _grunfeld_fe("city + year", Iid()),
    ("grunfeld", _FIRM, "cluster by firm, no factor (Arellano HC0)"): _grunfeld_fe(
        "city", Clustered("city", "none")
    ),
    ("grunfeld", _FIRM, "cluster by firm, factor N/(N-k)=200/198 (Arellano HC1)"): _grunfeld_fe(
        "city", Clustered("city", "linearmodels")
    ),
    ("grunfeld", _FIRM, "cluster by firm, factor G/(G-1)*(N-1)/(N-k)=(10/9)*(199/198)"): (
        _grunfeld_fe("city", Clustered("city", "fixest_none"))
    ),
    ("grunfeld", _FIRM, "White, no factor"): _grunfeld_fe("city", Heteroskedastic("HC0")),
    ("grunfeld", _FIRM, "White, factor 200/198"): _grunfeld_fe(
        "city", Heteroskedastic("HC1", "linearmodels_slopes")
    ),
    ("grunfeld", "pooled OLS", "classical"): lambda: _coefficients(
        fit_pooled(_grunfeld(), PLAIN, Iid())
    ),
    ("grunfeld", "between", "classical"): lambda: _coefficients(
        fit_between(_grunfeld(), PLAIN, Iid())
    ),
    ("grunfeld", "first difference with constant", "classical"): lambda: _coefficients(
        fit_fd(_grunfeld(), PLAIN, Iid())
    ),
    ("grunfeld", "first difference without constant", "classical"): lambda: _coefficients(
        fit_fd(_grunfeld(), PLAIN, Iid(), constant=False)
    ),
    ("grunfeld", "random effects, Swamy-Arora", "classical"): _random("swamy_arora"),
    ("grunfeld", "random effects, Wallace-Hussain", "classical"): _random("wallace_hussain"),
    ("grunfeld", "random effects, Amemiya", "classical"): _random("amemiya"),
    ("grunfeld", "random effects, Nerlove", "classical"): _random("nerlove"),
    ("grunfeld", "Hausman (within v Swamy-Arora)", "classical vcov difference"): _hausman,
    ("grunfeld", _FIRM, "Driscoll-Kraay, Bartlett weights 1-l/3, maxlag 2, no factor"): (
        _grunfeld_fe("city", DriscollKraay(2, "none"))
    ),
    ("grunfeld", _FIRM, "panel Newey-West, Bartlett weights 1-l/3, maxlag 2, no factor"): (
        _grunfeld_fe("city", NeweyWest(2, "none"))
    ),
    ("generated300", _GEN, "Driscoll-Kraay by year, default lag, fixest"): _generated_fe(
        DriscollKraay(2, "fixest")
    ),
    # pyfixest counts every absorbed effect in K
    ("generated300", _GEN, "Driscoll-Kraay, default lag, pyfixest"): _generated_fe(
        DriscollKraay(2, "fixest_full")
    ),
    ("generated300", _GEN, "Driscoll-Kraay lag 3, pyfixest"): _generated_fe(
        DriscollKraay(3, "fixest_full")
    ),
    ("generated300", _GEN, "kernel bartlett, default bandwidth, PanelOLS"): _generated_fe(
        DriscollKraay(None, "linearmodels")
    ),
    ("generated300", _GEN, "Newey-West lag 3, fixest"): _generated_fe(NeweyWest(3, "fixest")),
    ("generated300", _GEN, "Newey-West lag 3, pyfixest"): _generated_fe(
        NeweyWest(3, "fixest_full")
    ),
    (
        "grunfeld",
        _FIRM,
        "two-way cluster firm and year, V_firm+V_year-V_white, no factor",
    ): _grunfeld_fe("city", Clustered(_BOTH, "none")),
    ("grunfeld", _FIRM, "Beck-Katz PCSE"): _grunfeld_fe("city", BeckKatz("city")),
    ("generated300", _GEN, "estimate"): _generated_fe(Iid()),
    ("generated300", _GEN, "CRV1 city, fixest default G/(G-1)*(N-1)/(N-28)"): _generated_fe(
        Clustered("city", "fixest")
    ),
    ("generated300", _GEN, "CRV1 city, no factor"): _generated_fe(Clustered("city", "none")),
    ("generated300", _GEN, "CRV1 city, N/(N-k)=6000/5992"): _generated_fe(
        Clustered("city", "linearmodels_slopes")
    ),
    ("generated300", _GEN, "CRV1 city, G/(G-1)*(N-1)/(N-k)"): _generated_fe(
        Clustered("city", "fixest_none")
    ),
    ("generated300", _GEN, "CRV1 city, N/(N-K_full)=6000/5673"): _generated_fe(
        Clustered("city", "linearmodels")
    ),
    ("generated300", _GEN, "CRV1 city, N/(N-319)=6000/5681"): _generated_fe(
        Clustered("city", "linearmodels_effects")
    ),
    # the table's label says N; its number is (N-1), which group_debias contains
    ("generated300", _GEN, "CRV1 city, G/(G-1)*N/(N-319)"): _generated_fe(
        Clustered("city", "linearmodels_effects_group")
    ),
    ("generated300", _GEN, "CRV1 city, G/(G-1)*(N-1)/(N-327)"): _generated_fe(
        Clustered("city", "fixest_full")
    ),
    ("generated300", _GEN, "iid"): _generated_fe(Iid()),
    ("generated300", _GEN, "HC1"): _generated_fe(Heteroskedastic("HC1")),
    ("generated300", _GEN, "two-way cluster city and year, G_df min"): _generated_fe(
        Clustered(_BOTH, "fixest")
    ),
    ("generated300", _GEN, "two-way cluster city and year, conventional"): _generated_fe(
        Clustered(_BOTH, "fixest_conventional")
    ),
    ("generated300", _GEN, "two-way cluster city and year, PanelOLS"): _generated_fe(
        Clustered(_BOTH, "linearmodels")
    ),
    ("generated300", "within (city and year), x1 only", ""): _generated_fe(Clustered(), "x1"),
    ("generated300", "within (city and province-year), x1 only", ""): _generated_fe(
        Clustered(), "x1", "city + province^year"
    ),
}


def _key(row: dict[str, str]) -> tuple[str, str, str]:
    found = []
    for dataset, model, convention in MODELS:
        prefix = convention.removesuffix("…")
        exact = convention in {"", row["convention"]}
        prefixed = prefix != convention and row["convention"].startswith(prefix)
        if (row["dataset"], row["model"]) == (dataset, model) and (exact or prefixed):
            found.append((dataset, model, convention))
    assert len(found) == 1, f"{len(found)} functions for {row}"
    return found[0]


@cache
def _numbers(key: tuple[str, str, str]) -> Numbers:
    return MODELS[key]()


def _tolerance(row: dict[str, str]) -> dict[str, float]:
    text = row["tolerance_note"]
    if text.startswith("atol"):
        return {"abs": float(text.split()[1].rstrip(";")), "rel": 0.0}
    if text.startswith("depends on dummy parametrisation"):
        return {"rel": 1e-8, "abs": 0.0}  # ours is that of plm
    if text.startswith("rtol"):
        return {"rel": float(text.split()[1].rstrip(";")), "abs": 0.0}
    raise AssertionError(f"no tolerance in {text!r}")


@pytest.mark.parametrize("row", ROWS, ids=[f"row{i + 2}" for i in range(len(ROWS))])
def test_row(row):
    ours = _numbers(_key(row))[row["quantity"], row["term"]]
    assert ours == pytest.approx(float(row["value"]), **_tolerance(row))


def test_tally():
    matched = [_key(row) for row in ROWS]
    assert len(matched) == 227
    assert set(matched) == set(MODELS)  # no function without a row


def test_generated_panel_is_the_one_of_the_table():
    frame = _generated300().frame
    assert frame["y"].iloc[0] == pytest.approx(-1.394126993630327, rel=1e-14)
    assert frame["x1"].iloc[0] == pytest.approx(0.7717445587521174, rel=1e-14)
    assert frame["y"].sum() == pytest.approx(-695.1443489, abs=1e-7)


SIX = {
    "none": 1.0,
    "linearmodels_slopes": 6000 / 5992,
    "fixest_none": 300 / 299 * 5999 / 5992,
    "fixest": 300 / 299 * 5999 / (6000 - 28),
    "stata_xtreg": 300 / 299 * 5999 / (6000 - 28),
    "linearmodels": 6000 / 5673,
    "fixest_full": 300 / 299 * 5999 / 5673,
    "stata_areg": 300 / 299 * 5999 / 5673,
}


@pytest.mark.parametrize("rule", SIX)
def test_clustered_factor_formula(rule):
    spec = Spec("y", EIGHT, _BOTH)
    raw = fit_fe(_generated300(), spec, Clustered("city", "none"))
    named = fit_fe(_generated300(), spec, Clustered("city", rule))
    ratio = named.covariance / raw.covariance
    np.testing.assert_allclose(ratio, SIX[rule], rtol=1e-12)
    assert named.small_sample == rule
