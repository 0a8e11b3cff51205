"""Why standard errors differ between programs: the same estimate under every named rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.errors import Fault, SpecError
from econshrink.inference.small_sample import RULES, SmallSampleRule
from econshrink.nouns.estimate import Estimate

CLUSTERED = {
    "none": "linearmodels AbsorbingLS; plm HC0",
    "fixest": "R fixest, pyfixest, reghdfe",
    "fixest_none": "fixest, K.fixef = none; plm sss",
    "fixest_full": "fixest, K.fixef = full; statsmodels with dummies",
    "fixest_conventional": "fixest, G.df = conventional",
    "linearmodels": "PanelOLS default",
    "linearmodels_slopes": "PanelOLS, auto_df=False, count_effects=False",
    "linearmodels_effects": "PanelOLS, debiased=False",
    "linearmodels_group": "PanelOLS, group_debias=True",
    "linearmodels_effects_group": "PanelOLS, debiased=False, group_debias=True",
    "stata_areg": "Stata areg",
    "stata_xtreg": "Stata xtreg, fe",
}
SEVERAL = {name: text for name, text in CLUSTERED.items() if not name.startswith("stata")}
KRAAY = {
    "none": "plm vcovSCC",
    "fixest": "R fixest vcov_DK",
    "fixest_full": "pyfixest (counts every effect)",
    "linearmodels": "PanelOLS, kernel covariance",
}
NEWEY = {
    "none": "plm vcovNW",
    "fixest": "R fixest vcov_NW",
    "fixest_full": "pyfixest (counts every effect)",
}
JACKKNIFE = {
    "none": ("(G-1)/G", "textbook; summclust"),
    "fixest": ("G/(G-1) (N-1)/(N-K)", "pyfixest CRV3"),
}


@dataclass(frozen=True)
class _Kind:
    """What decides the rules of a covariance: groups, programs, and whether it is clustered."""

    programs: Mapping[str, str]
    groups: float
    clustered: bool
    ways: int = 1


def explain_std_errors(estimate: Estimate) -> pd.DataFrame:
    """Standard errors that other programs print for the same model, and why they differ.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or another linear estimator, with a covariance that is iid,
        HC0, HC1, clustered (one or several ways), `DriscollKraay`, `NeweyWest` or `Jackknife`.

    Returns
    -------
    DataFrame
        One row a rule, in the order of `small_sample.RULES`: ``rule``, ``program``, ``formula``,
        ``parameters`` (K), ``factor`` (on the variance; missing where each component of several
        clusterings has its own), ``ratio`` (of standard errors to those of the estimate, of the
        first term where terms differ), ``used`` (the estimate's own rule), then one column
        ``se(term)`` a term.

    Raises
    ------
    SpecError
        A covariance whose rules are not named factors (HC2, HC3, Conley, bootstraps).

    Notes
    -----
    Kernels are compared at the lags of the estimate; programs differ in their default lags too:
    fixest and plm take ⌊T^(1/4)⌋, linearmodels ⌊4 (T/100)^(2/9)⌋. With several clusterings the
    factor of FixedEffectModels.jl is that of ``fixest_conventional``, of reghdfe that of
    ``fixest``.
    The rules and who prints them were checked against numbers of the programs that are named,
    Stata and Julia from their documentation.

    Examples
    --------
    >>> from econshrink.panel.fixed_effects import fit_fe
    >>> from econshrink.nouns.panel import CityPanel
    >>> from econshrink.nouns.spec import Spec
    >>> rng = np.random.default_rng(0)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(10)], 6),
    ...     "year": [*range(2000, 2006)] * 10,
    ...     "x": rng.normal(size=60), "y": rng.normal(size=60)}))
    >>> table = explain_std_errors(fit_fe(panel, Spec("y", ("x",), ("city", "year"))))
    >>> table.set_index("rule").loc[["fixest", "stata_areg"], "parameters"].tolist()
    [7.0, 16.0]
    """
    if estimate.vcov_kind == "jackknife" and "parameters_levels" in estimate.stats:
        return _jackknife(estimate)
    kind = _kind(estimate)
    own = estimate.stats["vcov_factor"]
    mine = RULES.get(estimate.small_sample, RULES["none"])
    rows = []
    for name, program in kind.programs.items():
        rule = RULES[name]
        parameters = _parameters(estimate, rule, kind)
        if not parameters < estimate.nobs:  # not applicable, or no degrees of freedom
            continue
        scale = _factor(estimate, rule, parameters, kind)
        ratios = np.sqrt(scale / own * _components(estimate, rule, mine, kind))
        each = rule.group == "each" and kind.ways > 1
        row = {
            "rule": name,
            "program": program,
            "formula": rule.formula if kind.clustered else "N/(N-K)" if name != "none" else "1",
            "parameters": parameters,
            "factor": np.nan if each else scale,
            "ratio": float(ratios[0]),
            "used": name == estimate.small_sample,
        }
        errors = zip(estimate.terms, estimate.std_errors * ratios, strict=True)
        rows.append(row | {f"se({term})": float(error) for term, error in errors})
    return pd.DataFrame(rows)


def _kind(estimate: Estimate) -> _Kind:
    vcov = estimate.vcov_kind
    if "parameters_levels" in estimate.stats:
        if vcov == "clustered":
            programs = CLUSTERED if len(estimate.clusters) == 1 else SEVERAL
            groups = min(estimate.clusters.values())
            return _Kind(programs, groups, True, len(estimate.clusters))
        if vcov in {"iid", "hc0", "hc1"}:
            return _Kind(CLUSTERED, np.nan, False)
        if vcov in {"driscoll_kraay", "newey_west"}:
            programs = KRAAY if vcov == "driscoll_kraay" else NEWEY
            return _Kind(programs, estimate.stats["vcov_groups"], True)
    raise SpecError(
        Fault(
            f"the covariance '{estimate.vcov_label}'",
            "iid, HC0, HC1, clustered, Driscoll-Kraay, Newey-West or jackknife",
            "Fit again with one of these to compare programs.",
        )
    )


def _parameters(estimate: Estimate, rule: SmallSampleRule, kind: _Kind) -> float:
    stats = estimate.stats
    swept = estimate.spec is not None and estimate.kind in {"fe", "iv", "poisson"}
    effects = estimate.spec.absorb if estimate.spec is not None and swept else ()
    slopes, levels = stats["slopes"], stats["parameters_levels"]
    nested = stats["parameters_nested"]
    if rule.count == "xtreg":
        if "city" not in effects:
            return float("nan")
        if not kind.clustered:
            return stats["parameters_rank"]
        if "year" in next(iter(estimate.clusters)).split("^"):
            return float("nan")  # cities are not nested in the clusters
        return stats["parameters_rank"] - stats["cities"] + 1
    alone = bool(estimate.clusters) and len(effects) == 1 and nested == slopes + 1
    if kind.ways > 1 and alone:  # linearmodels asks that the effect be nested in every clustering
        alone = all(effects[0] == name for name in estimate.clusters)
    return {
        "nothing": 0.0,
        "slopes": slopes,
        "nested": nested,
        "levels": levels,
        "rank": stats["parameters_rank"],
        "linearmodels": slopes if alone else levels,
        "effects only": levels - slopes,
    }[rule.count]


def _factor(estimate: Estimate, rule: SmallSampleRule, parameters: float, kind: _Kind) -> float:
    if rule.count == "nothing":
        return 1.0
    size = estimate.nobs
    kernel = kind.clustered and not estimate.clusters
    if not kind.clustered or (kernel and rule.name.startswith("linearmodels")):
        return size / (size - parameters)
    own = rule.group == "no" or (rule.group == "each" and kind.ways > 1)
    share = 1.0 if own else kind.groups / (kind.groups - 1)
    return share * (size - 1 if rule.less_one else size) / (size - parameters)


def _components(
    estimate: Estimate, rule: SmallSampleRule, mine: SmallSampleRule, kind: _Kind
) -> np.ndarray:
    """Variance ratios, by term, of a sum whose components have factors of their own."""
    if kind.ways == 1:
        return np.ones(len(estimate.terms))
    each = np.array([estimate.stats[f"vcov_each[{j}]"] for j in range(len(estimate.terms))])
    power = (rule.group == "each") - (mine.group == "each")
    return np.asarray(each ** float(power))


def _jackknife(estimate: Estimate) -> pd.DataFrame:
    groups = next(iter(estimate.clusters.values()))
    nested, size = estimate.stats["parameters_nested"], estimate.nobs
    other = groups / (groups - 1) * (size - 1) / (size - nested)
    rows = []
    for name, (formula, program) in JACKKNIFE.items():
        scale = (groups - 1) / groups if name == "none" else other
        ratio = float(np.sqrt(scale / estimate.stats["vcov_factor"]))
        errors = zip(estimate.terms, estimate.std_errors * ratio, strict=True)
        rows.append(
            {
                "rule": name,
                "program": program,
                "formula": formula,
                "parameters": 0.0 if name == "none" else nested,
                "factor": scale,
                "ratio": ratio,
                "used": name == "none",
            }
            | {f"se({term})": float(error) for term, error in errors}
        )
    return pd.DataFrame(rows)
