"""Dynamic panels of Arellano and Bond (1991) and Blundell and Bond (1998) on their data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analyses.methods.references.panel_data import Numbers, coefficients, empluk
from econshrink import Estimate, Spec
from econshrink.core.arrays import group_sums
from econshrink.panel import (
    DifferenceGmm,
    Exogenous,
    GmmFit,
    LaggedDifferences,
    LaggedLevels,
    MomentData,
    SystemGmm,
    YearDummies,
    fit_gmm,
    moment_data,
    one_step,
    serial_correlation,
)

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
    found = coefficients(estimate, error)
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


def ab_two() -> Numbers:
    """Difference GMM, two steps, with and without Windmeijer's correction."""
    corrected = fit_gmm(empluk(), *AB, DifferenceGmm(2))
    plain = fit_gmm(empluk(), *AB, DifferenceGmm(2, corrected=False))
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


def ab_one() -> Numbers:
    """Difference GMM, one step, with what plm calls its classical covariance."""
    robust = fit_gmm(empluk(), *AB, DifferenceGmm(1))
    moments, terms, _, _ = moment_data(empluk(), *AB)
    first = one_step(moments)
    theirs = _unit_variance(moments, first)
    classical = replace(robust, covariance=theirs)
    tests = {f"m{o}": serial_correlation(moments, first, theirs, o) for o in (1, 2)}
    stats = {m: t.statistic for m, t in tests.items()}
    stats |= {f"{m}_p": t.p_value for m, t in tests.items()} | {"wald_slopes": 0, "wald_years": 0}
    # with the variance of the errors in place of 1/140 the covariance is ours
    own = fit_gmm(empluk(), *AB, DifferenceGmm(1, corrected=False))
    np.testing.assert_allclose(own.covariance, theirs * 140 * own.stats["sigma2"], rtol=1e-10)
    assert abs(own.stats["sargan"] - 73.858) < 5e-4
    assert terms == robust.terms
    name = "J as plm prints it (one-step residuals, two-step weight; not the classical Sargan)"
    return (
        _lagged(robust, "se robust (sandwich)")
        | _lagged(classical, "se classical")
        | _tests(robust.stats, "robust vcov")
        | _tests(stats, "uncorrected vcov")
        | {(name, "chi2(25)"): robust.stats["hansen_one_step"]}
    )


def bb_one() -> Numbers:
    """System GMM, one step, the instrument list of plm."""
    instruments = (*BB_LIST, YearDummies("level"))
    robust = fit_gmm(empluk(), BB, instruments, SystemGmm(1))
    stats = robust.stats
    counts = (stats["rows_difference"], stats["rows_level"], stats["instruments"])
    assert counts == (751, 891, 113)
    assert stats["hansen_one_step_df"] == 100
    moments, _, _, _ = moment_data(empluk(), BB, instruments, system=True)
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


def bb_two() -> Numbers:
    """System GMM, two steps, the instrument list of pydynpd."""
    # the list of pydynpd: year dummies instrument both equations
    estimate = fit_gmm(empluk(), BB, (*BB_LIST, YearDummies("both")), SystemGmm(2))
    assert estimate.stats["instruments"] == 113
    numbers = _lagged(estimate, "se Windmeijer")
    return numbers | {("Hansen J", "chi2(100)"): estimate.stats["hansen"]}
