"""The three hazard models side by side, and what is pooled over imputations; real or synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analyses.machinery.workspace import Workspace
from econshrink import Clustered, Estimate, SpellTable, Table, fit_cox
from econshrink.inference import combine
from econshrink.nouns import Cell, Row
from econshrink.report import regression_table
from econshrink.survival import DurationPolynomial, fit_discrete_hazard, fit_firth

CONSTANT = DurationPolynomial(0)
PROVINCE = Clustered("province")
INTERCEPT = "(Intercept)"


def fit_cloglog(spells: SpellTable, covariates: Sequence[str]) -> Estimate:
    """Complementary log-log with a constant baseline, clustered by province."""
    return fit_discrete_hazard(spells, covariates, duration=CONSTANT, vcov=PROVINCE)


def fit_clustered_cox(spells: SpellTable, covariates: Sequence[str]) -> Estimate:
    """Cox model, Efron ties, clustered by province."""
    return fit_cox(spells, covariates, vcov=PROVINCE)


def fit_penalised(spells: SpellTable, covariates: Sequence[str]) -> Estimate:
    """Firth's penalty, without profile limits: neither Rubin's rules nor the tables use them."""
    return fit_firth(spells, covariates, level=None)


MODELS = {"Cloglog": fit_cloglog, "Cox": fit_clustered_cox, "Firth": fit_penalised}


def pooled(tables: Sequence[SpellTable], fits: Sequence[Estimate]) -> Estimate:
    """Rubin's rules over the imputations, with onsets and units as means over them."""
    both = combine(list(fits))
    events = float(np.mean([table.events for table in tables]))
    shares = [both.stats[f"lambda[{term}]"] for term in both.terms if term != INTERCEPT]
    stats = {
        "events": events,
        "units": float(np.mean([table.frame["home"].nunique() for table in tables])),
        "events_per_parameter": events / len(both.terms),
        "largest_lambda": max(shares),
        "imputations": float(len(tables)),
    }
    return replace(both, stats=both.stats | stats, notes=(), clusters={})


def record(work: Workspace, prefix: str, fit: Estimate, exhibit: str) -> None:
    """Coefficients and what stands in the foot of a table."""
    work.estimate(prefix, fit, exhibit, kind="iterative")
    units = {"events": "onsets", "units": "units", "events_per_parameter": "", "imputations": ""}
    for key, unit in units.items():
        if key in fit.stats:
            work.result(f"{prefix}.{key}", fit.stats[key], "estimate", unit, exhibit, fit.synthetic)


FOOT = (
    ("units", "Units at risk", ",.1f"),
    ("events", "Onsets", ",.1f"),
    ("events_per_parameter", "Onsets a parameter", ",.1f"),
    ("largest_lambda", "Most variance due to imputation", ".0%"),
)


def hazard_table(
    fits: Mapping[str, Estimate], *, labels: Mapping[str, str], **options: Any
) -> Table:
    """A regression table with units and onsets, means over imputations, in its foot."""
    table = regression_table(fits, labels=labels, **options)
    rows = []
    for key, text, style in FOOT:
        if any(key in fit.stats for fit in fits.values()):
            cells = [Cell(fit.stats.get(key), style) for fit in fits.values()]
            rows.append(Row((Cell(text), *cells)))
    return replace(table, rows=(*table.rows, *rows))
