"""Why standard errors differ between programs: the same estimate under every named rule."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.errors import Fault, SpecError
from econshrink.inference.small_sample import RULES, Rule
from econshrink.nouns.estimate import Estimate

PROGRAMS = {
    "none": "no correction (linearmodels AbsorbingLS default, plm HC0)",
    "fixest": "R fixest, pyfixest, reghdfe",
    "fixest_none": "fixest, K.fixef = none; plm sss",
    "fixest_full": "fixest, K.fixef = full; statsmodels with dummies",
    "fixest_conventional": "fixest, G.df = conventional (differs with several clusterings)",
    "linearmodels": "linearmodels PanelOLS default",
    "linearmodels_slopes": "PanelOLS, auto_df=False, count_effects=False",
    "linearmodels_effects": "PanelOLS, debiased=False",
    "linearmodels_group": "PanelOLS, group_debias=True",
    "linearmodels_effects_group": "PanelOLS, debiased=False, group_debias=True",
    "stata_areg": "Stata areg",
    "stata_xtreg": "Stata xtreg, fe",
}


def explain_std_errors(estimate: Estimate) -> pd.DataFrame:
    """Standard errors that other programs print for the same model, and why they differ.

    Parameters
    ----------
    estimate : Estimate
        Clustered in one way, iid or heteroskedastic (HC0, HC1); from `fit_fe`, `fit_pooled` or
        another linear estimator.

    Returns
    -------
    DataFrame
        One row a rule, in the order of `small_sample.RULES`: ``rule``, ``program``, ``formula``,
        ``parameters`` (K), ``factor`` (on the variance), ``ratio`` (of standard errors to those
        of the estimate), ``used`` (the estimate's own rule), then one column ``se(term)`` a term.

    Raises
    ------
    SpecError
        A covariance whose rules are not one common factor (several clusterings, kernels, …).

    Examples
    --------
    >>> from econshrink.estimate.panel.fixed_effects import fit_fe
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
    clustered = len(estimate.clusters) == 1 and estimate.vcov_label.startswith("clustered")
    plain = estimate.vcov_label == "iid" or "(HC1)" in estimate.vcov_label
    plain = plain or "(HC0)" in estimate.vcov_label
    if not (clustered or plain) or "parameters_levels" not in estimate.stats:
        raise SpecError(
            Fault(
                f"the covariance '{estimate.vcov_label}'",
                "iid, HC0, HC1 or one-way clustered",
                "Fit again with one of these to compare programs.",
            )
        )
    own = estimate.stats["vcov_factor"]
    rows = []
    for name, rule in RULES.items():
        parameters = _parameters(estimate, rule, clustered)
        if not parameters < estimate.nobs:  # not applicable, or no degrees of freedom
            continue
        scale = _factor(estimate, rule, parameters, clustered)
        ratio = float(np.sqrt(scale / own))
        row = {
            "rule": name,
            "program": PROGRAMS[name],
            "formula": rule.formula if clustered else "N/(N-K)" if name != "none" else "1",
            "parameters": parameters,
            "factor": scale,
            "ratio": ratio,
            "used": name == estimate.small_sample,
        }
        errors = zip(estimate.terms, estimate.std_errors * ratio, strict=True)
        rows.append(row | {f"se({term})": float(error) for term, error in errors})
    return pd.DataFrame(rows)


def _parameters(estimate: Estimate, rule: Rule, clustered: bool) -> float:
    stats = estimate.stats
    swept = estimate.spec is not None and estimate.method.endswith("fixed effects")
    effects = estimate.spec.absorb if estimate.spec is not None and swept else ()
    slopes, levels = stats["slopes"], stats["parameters_levels"]
    nested = stats["parameters_nested"]
    if rule.count == "xtreg":
        if "city" not in effects:
            return float("nan")
        if not clustered:
            return stats["parameters_rank"]
        if "year" in next(iter(estimate.clusters)).split("^"):
            return float("nan")  # cities are not nested in the clusters
        return stats["parameters_rank"] - stats["cities"] + 1
    alone = clustered and len(effects) == 1 and nested == slopes + 1
    return {
        "nothing": 0.0,
        "slopes": slopes,
        "nested": nested,
        "levels": levels,
        "rank": stats["parameters_rank"],
        "linearmodels": slopes if alone else levels,
        "effects only": levels - slopes,
    }[rule.count]


def _factor(estimate: Estimate, rule: Rule, parameters: float, clustered: bool) -> float:
    if rule.count == "nothing":
        return 1.0
    size = estimate.nobs
    if not clustered:
        return size / (size - parameters)
    groups = next(iter(estimate.clusters.values()))
    share = 1.0 if rule.group == "no" else groups / (groups - 1)
    return share * (size - 1 if rule.less_one else size) / (size - parameters)
