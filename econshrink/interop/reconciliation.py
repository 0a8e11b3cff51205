"""Reconcile: the same model by other packages on the same rows, and why their errors differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import codes
from econshrink.core.errors import Fault, SpecError
from econshrink.interop.second_opinion import (
    Rows,
    with_linearmodels,
    with_pyfixest,
    with_statsmodels,
)
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.show.page import Grid, Page, frame_grid, number
from econshrink.nouns.show.shown import Shown
from econshrink.panel.design.prepare import Design, row_labels
from econshrink.panel.explain import explain_std_errors
from econshrink.panel.postestimation import figures_of, rows_of

EXPLAINED = 1e-6  # of what the named rules leave of a ratio of standard errors
_ASKED = {
    "linearmodels": with_linearmodels,
    "statsmodels": with_statsmodels,
    "pyfixest": with_pyfixest,
}


@dataclass(frozen=True, eq=False, repr=False)
class Reconciliation(Shown):
    """What other packages find on the same rows.

    Parameters
    ----------
    estimate : Estimate
        Ours.
    others : dict
        Package -> its estimate.
    table : DataFrame
        One row a package and term: ``package, term, coefficient_ratio, error_ratio`` (theirs over
        ours), ``rule_ratio`` (what the two named small-sample rules make of it) and ``left``
        (their quotient; 1 means that the rules explain all of it).
    rules : DataFrame
        The error under every named rule, from `econshrink.panel.explain_std_errors`.
    reasons : tuple of str
        In words.
    """

    estimate: Estimate
    others: dict[str, Estimate]
    table: pd.DataFrame
    rules: pd.DataFrame
    reasons: tuple[str, ...]

    @property
    def explained(self) -> bool:
        """True if something was compared, and named rules account for every difference."""
        near = (self.table["coefficient_ratio"] - 1).abs() < EXPLAINED
        return bool(len(near) and (near & ((self.table["left"] - 1).abs() < EXPLAINED)).all())

    def _page(self) -> Page:
        rows = tuple(
            (
                str(row["package"]),
                str(row["term"]),
                *(f"{row[name]:.6f}" for name in _RATIOS),
            )
            for row in self.table.to_dict("records")
        )
        columns = ("package", "term", "coefficient", "std. error", "rules say", "left")
        grids = [Grid(columns, rows, frozenset({0, 1}), "Theirs over ours")] if rows else []
        if len(self.rules):
            rules = self.rules[["rule", "program", "parameters", "ratio"]]
            rules = rules.rename(columns={"parameters": "K", "ratio": "error ratio"})
            used = [f"{name} *" if mine else name for name, mine in self._used()]
            rules = rules.assign(rule=used).reset_index(drop=True)
            grids.append(frame_grid(rules, "Errors under every named rule (* ours)"))
        own = self.estimate
        told = "yes" if self.explained else "not all" if self.others else "nothing was compared"
        facts = (
            ("N", f"{own.nobs:,}"),
            ("Covariance", f"{own.vcov_label} (small-sample rule: {own.small_sample})"),
            ("Explained", told),
        )
        brief = f"{', '.join(self.others) or 'no package'} against ours, explained: {told}"
        title = f"Reconciliation: {own.method}"
        return Page(title, brief, facts, tuple(grids), self.reasons, own.synthetic)

    def _used(self) -> list[tuple[str, bool]]:
        return [
            (str(r), bool(u)) for r, u in zip(self.rules["rule"], self.rules["used"], strict=True)
        ]


_RATIOS = ("coefficient_ratio", "error_ratio", "rule_ratio", "left")


def reconcile(estimate: Estimate, data: Any) -> Reconciliation:
    """Fit the same model with linearmodels, statsmodels and pyfixest (if installed), and compare.

    Parameters
    ----------
    estimate : Estimate
        From `fit_fe`, `fit_pooled` or `fit_poisson`, with a covariance that is iid, HC0, HC1,
        clustered or Driscoll-Kraay.
    data : CityPanel or any table
        The figures it was fitted on.

    Returns
    -------
    Reconciliation
        Ratios of coefficients and standard errors, what the small-sample rules make of them, and
        the reasons in words: which parameters each package counts, which effects are nested in
        clusters, singletons, kernel, degrees of freedom of t.

    Raises
    ------
    SpecError
        Another kind of model.
    DataError
        Other figures than those of the estimate.

    Examples
    --------
    >>> from econshrink.nouns.spec import Spec
    >>> from econshrink.panel.fixed_effects import fit_fe
    >>> rng = np.random.default_rng(0)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(10)], 6),
    ...     "year": [*range(2000, 2006)] * 10,
    ...     "x": rng.normal(size=60), "y": rng.normal(size=60)}))
    >>> found = reconcile(fit_fe(panel, Spec("y", ("x",), ("city", "year"))), panel)
    >>> ratios = found.table.set_index("package")["error_ratio"].round(4)
    >>> found.explained, ratios[["linearmodels", "statsmodels"]].tolist()
    (True, [1.05, 1.0975])
    """
    rows, design = _rows(estimate, figures_of(estimate, data))
    rules = _rules(estimate)
    others: dict[str, Estimate] = {}
    reasons: list[str] = []
    lines: list[dict[str, Any]] = []
    for package, ask in _ASKED.items():
        found = ask(rows)
        if isinstance(found, str):
            reasons.append(f"{package} was not asked: {found}.")
            continue
        others[package] = found
        says = _rule_ratios(package, estimate, found, rules, rows)
        lines += _lines(package, estimate, found, says)
        reasons.append(_reason(package, estimate, found, rules, float(says[-1])))
    reasons += _shared_reasons(estimate, design)
    columns = ["package", "term", *_RATIOS]
    table = pd.DataFrame(lines, columns=columns)
    return Reconciliation(estimate, others, table, rules, tuple(reasons))


def _rows(estimate: Estimate, data: CityPanel) -> tuple[Rows, Design]:
    rows = rows_of(estimate, data)
    if rows.offset is not None:
        remedy = "Compare by hand, with compare()."
        raise SpecError(Fault("a model with an offset", "a model without one", remedy))
    design = rows.design
    kind = _covariance_kind(estimate)
    labels = row_labels(data, design, tuple(estimate.clusters))
    return (
        Rows(
            estimate.terms,
            design.y,
            rows.x,
            design.effects,
            design.weights,
            design.city,
            design.year,
            kind,
            {name: codes(label)[0] for name, label in labels.items()},
            int(estimate.stats.get("vcov_lags", 0)),
            estimate.kind == "poisson",
        ),
        design,
    )


def _covariance_kind(estimate: Estimate) -> str:
    label = estimate.vcov_label
    if estimate.clusters and label.startswith("clustered") and "(" not in label:
        return "clustered"
    for kind in ("HC0", "HC1"):
        if f"({kind})" in label:
            return kind
    if label.startswith("Driscoll-Kraay"):
        return "Driscoll-Kraay"
    return label


def _rules(estimate: Estimate) -> pd.DataFrame:
    try:
        return explain_std_errors(estimate)
    except SpecError:
        return pd.DataFrame({"rule": [], "program": [], "parameters": [], "ratio": [], "used": []})


def _rule_ratios(
    package: str, estimate: Estimate, found: Estimate, rules: pd.DataFrame, rows: Rows
) -> np.ndarray:
    """Ratios of errors, by term, that the rule of a package and ours predict."""
    nobs, own = estimate.nobs, estimate.stats
    if rows.covariance == "HC0":
        return np.ones(len(estimate.terms))
    if rows.counts and package == "pyfixest" and rows.covariance == "iid":
        # a Poisson variance there, here one proportional to the mean
        theirs = (nobs - 1) / (nobs - own["parameters_levels"])
        ours = own["vcov_factor"] * own["dispersion"] * own["df_resid"] / nobs
        return np.full(len(estimate.terms), np.sqrt(theirs / ours))
    if package == "pyfixest":
        return _under("fixest", estimate, rules)
    if package == "linearmodels":
        known = rules.set_index("rule")["parameters"]
        counted = float(known.get("linearmodels", np.nan))
        more = (nobs - counted) / (nobs - found.stats["vcov_parameters"])
        return np.asarray(_under("linearmodels", estimate, rules) * np.sqrt(more))
    if rows.counts and rows.covariance == "HC1":  # its GLM corrects nothing
        return _under("none", estimate, rules)
    # its clustered errors count the columns, its others the rank
    levels, rank = own["parameters_levels"], own["parameters_rank"]
    if len(estimate.clusters) > 1:  # each component its own G/(G−1)
        more = (nobs - own["parameters_nested"]) / (nobs - levels)
        return np.asarray(_under("fixest_conventional", estimate, rules) * np.sqrt(more))
    more = 1.0 if rows.covariance == "clustered" else (nobs - levels) / (nobs - rank)
    return np.asarray(_under("fixest_full", estimate, rules) * np.sqrt(more))


def _under(name: str, estimate: Estimate, rules: pd.DataFrame) -> np.ndarray:
    """Errors under a named rule over ours, by term."""
    row = rules[rules["rule"] == name]
    if row.empty:
        return np.full(len(estimate.terms), np.nan)
    errors = row[[f"se({term})" for term in estimate.terms]].to_numpy(dtype=float)[0]
    return np.asarray(errors / estimate.std_errors)


def _lines(
    package: str, estimate: Estimate, found: Estimate, says: np.ndarray
) -> list[dict[str, Any]]:
    """One row a term; the others have ours in the same order, by whatever names."""
    ratios = found.std_errors / estimate.std_errors
    slopes = found.coefficients / estimate.coefficients
    return [
        {
            "package": package,
            "term": term,
            "coefficient_ratio": float(slopes[place]),
            "error_ratio": float(ratios[place]),
            "rule_ratio": float(says[place]),
            "left": float(ratios[place] / says[place]),
        }
        for place, term in enumerate(estimate.terms)
    ]


def _reason(
    package: str, estimate: Estimate, found: Estimate, rules: pd.DataFrame, says: float
) -> str:
    ratio = float(found.std_errors[-1] / estimate.std_errors[-1])
    if found.nobs != estimate.nobs:
        cause = f"on {found.nobs:,} rows, not our {estimate.nobs:,}"
    elif not np.isfinite(says):
        cause = "no named rule covers this covariance"
    elif abs(ratio / says - 1) >= EXPLAINED:
        cause = f"its rule would make that {says:.6f}; degrees of freedom do not explain the rest"
    elif abs(ratio - 1) < EXPLAINED:
        cause = "the same degrees of freedom"
    else:
        cause = _counting(package, estimate, found, rules)
    law = _law(found.df_t)
    mine = _law(estimate.df_t)
    tail = f"; p-values from {law}, ours from {mine}" if law != mine else ""
    return f"{package}: errors {ratio:.6f} times ours, {cause}{tail}."


def _counting(package: str, estimate: Estimate, found: Estimate, rules: pd.DataFrame) -> str:
    name = {"linearmodels": "linearmodels", "pyfixest": "fixest"}.get(package, "fixest_full")
    known = rules[rules["rule"] == name]
    own = number(estimate.stats.get("vcov_parameters", float("nan")))
    if known.empty or estimate.kind == "poisson":
        return (
            f"another small-sample rule or dispersion; we ({estimate.small_sample}) count K = {own}"
        )
    counted = found.stats.get("vcov_parameters", float(known["parameters"].iloc[0]))
    formula = str(known["formula"].iloc[0])
    return (
        f"because it multiplies the variance by {formula}; its K = {number(counted)}, "
        f"ours ({estimate.small_sample}) {own}"
    )


def _law(df: float) -> str:
    return f"t({df:,.6g})" if np.isfinite(df) else "the normal law"


def _shared_reasons(estimate: Estimate, design: Design) -> list[str]:
    """Nesting, singletons and kernel: what packages treat differently by default."""
    stats, said = estimate.stats, []
    inside = stats.get("parameters_levels", 0.0) - stats.get("parameters_nested", 0.0)
    if estimate.clusters and inside > 0:
        said.append(
            f"Effects nested in the clusters have {number(inside + 1)} levels: fixest counts them "
            "as one parameter, linearmodels and regressions with dummies count each."
        )
    lost = design.dropped.get("singleton", 0)
    if lost:
        said.append(
            f"{lost} singletons are left out here and in the rows given to the others; "
            "PanelOLS and statsmodels would keep them by default and count more rows."
        )
    if "vcov_lags" in stats:
        said.append(
            f"Kernels are compared at our {number(stats['vcov_lags'])} lags; default lags differ "
            "(fixest: fourth root of T; linearmodels: 4 (T/100)^(2/9))."
        )
    return said
