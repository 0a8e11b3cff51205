"""Methods appendix: one regression, and the standard error that every program prints for it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.methods.references.panel_data import EIGHT, generated300
from econshrink import Clustered, DriscollKraay, Estimate, Jackknife, NeweyWest, Spec, Table, fit_fe
from econshrink.inference import Vcov
from econshrink.nouns import Cell, Row, Span
from econshrink.panel import explain_std_errors

SPEC = Spec("y", EIGHT, ("city", "year"))
PARTS: dict[str, tuple[str, Vcov]] = {
    "city": ("Clustered by city", Clustered("city")),
    "both": ("Clustered by city and year", Clustered(("city", "year"))),
    "kraay": ("Driscoll–Kraay, 2 lags", DriscollKraay(2)),
    "newey": ("Newey–West by city, 3 lags", NeweyWest(3)),
    "jackknife": ("Cluster jackknife by city (CRV3)", Jackknife("city")),
}

SEVERAL = ("none", "fixest", "fixest_full", "fixest_conventional", "linearmodels")
FORMULAS = {  # as a table cell holds them
    "G/(G-1) (N-1)/(N-K)": "G/(G−1) · (N−1)/(N−K)",
    "G/(G-1) (N-1)/(N-k)": "G/(G−1) · (N−1)/(N−k)",
    "G/(G-1) (N-1)/(N-(K-k))": "G/(G−1) · (N−1)/(N−K+k)",
    "N/(N-(K-k))": "N/(N−K+k)",
    "as fixest, but each component of a multi-way sum has its own G/(G-1)": "each G/(G−1) · "
    "(N−1)/(N−K)",
}


def run(work: Workspace) -> None:
    """Fit once a covariance, list what programs would print, tabulate."""
    panel, rows = generated300(), []
    ratios = []
    for key, (heading, option) in PARTS.items():
        estimate = fit_fe(panel, SPEC, option)
        table = explain_std_errors(estimate)
        rows.append(Row((Cell(heading),), "group"))
        shown = table if key != "both" else table[table["rule"].isin(SEVERAL)]
        rows += [_row(entry) for entry in shown.to_dict("records")]
        for entry in table.to_dict("records"):
            stem = f"methods.errors.{key}.{entry['rule']}"
            work.result(stem, entry["se(x1)"], "se", "", "methods_errors", True)
        if key == "city":
            errors = table["se(x1)"]
            ratios.append(float(errors.max() / errors.min() - 1))
            _sizes(work, estimate)
    work.result("methods.errors.city.spread", ratios[0], "estimate", "share", "", True)
    work.count("methods.errors.rules", sum(row.kind == "body" for row in rows), "rules")
    work.table(
        Table(
            "methods_errors",
            "One coefficient, one sample: the standard errors that programs print",
            (
                (
                    Span("Rule"),
                    Span("Printed by"),
                    Span("Variance factor"),
                    Span("K"),
                    Span("Factor"),
                    Span("s.e."),
                ),
            ),
            tuple(rows),
            (
                "Coefficient of the first covariate in a two-way fixed-effects regression of the "
                "generated reference panel (300 cities, 20 years, eight covariates). A row a named "
                "rule; every fit of the package prints the rule it used. "
                "N rows, k covariates, G clusters, K parameters as the rule counts them. Stata "
                "from its documentation, the others checked against numbers "
                "of the program. A dash: each component of the sum has a factor of its own.",
            ),
            synthetic=True,
            align="lllrrr",
        )
    )


def _row(entry: dict[str, object]) -> Row:
    factor = entry["factor"]
    known = isinstance(factor, float) and np.isfinite(factor)
    formula = str(entry["formula"]).split(";")[0]
    return Row(
        (
            Cell(f"{entry['rule']}{' *' if entry['used'] else ''}"),
            Cell(str(entry["program"])),
            Cell(FORMULAS.get(formula, formula.replace("-", "−"))),
            Cell(int(float(str(entry["parameters"]))), "d"),
            Cell(float(str(factor)) if known else None, ".5f"),
            Cell(float(str(entry["se(x1)"])), ".6f"),
        )
    )


def _sizes(work: Workspace, estimate: Estimate) -> None:
    sizes = pd.Series(
        {"rows": estimate.nobs, "covariates": len(EIGHT), "cities": estimate.stats["cities"]}
    )
    for name, value in sizes.items():
        work.count(f"methods.errors.{name}", int(value), str(name))
