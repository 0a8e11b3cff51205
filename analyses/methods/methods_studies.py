"""Methods appendix: bias, standard errors and coverage where the truth is known."""

from __future__ import annotations

import math

import pandas as pd

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.lab import coverage_test
from econshrink.nouns import Cell, Row, Span

HEADINGS = {
    "panel_static": "Fixed effects, random effects, instruments",
    "panel_dynamic": "Dynamic panels, two-step GMM",
    "spatial_panel": "Spatial Durbin panels, W first, then demean",
    "province_clusters": "Errors correlated within provinces",
    "near_errors": "Errors correlated between near cities",
    "lab_wage_curve": "The synthetic country: a wage curve published with error",
    "lab_growth_series": "The synthetic country: growth by series",
}
TABLES = {
    "methods_studies": (
        "Panel estimators where the truth is known",
        ("panel_static", "panel_dynamic"),
    ),
    "methods_spatial": ("Spatial panels where the truth is known", ("spatial_panel",)),
    "methods_clusters": (
        "Correlated errors, and the synthetic country, where the truth is known",
        ("province_clusters", "near_errors", "lab_wage_curve", "lab_growth_series"),
    ),
}
# What does not claim to cover: the assumption it rests on fails in that setting by design.
WITHOUT_CLAIM: dict[str, tuple[tuple[str, str], ...]] = {
    "panel_static": (
        ("exogenous, effects correlated", "random effects"),
        ("endogenous", "fixed effects"),
        ("endogenous", "fixed effects, CRV3"),
        ("endogenous", "random effects"),
    ),
    "panel_dynamic": (("", "fixed effects"), ("", "uncorrected")),
    "spatial_panel": (("", "dummies"),),
    "province_clusters": (("", "HC1"), ("", "clustered by city")),
    "near_errors": (
        ("", "HC1"),
        ("", "clustered by city"),
        ("", "Driscoll-Kraay"),
        ("near sites and years", "no lags"),
    ),
    "lab_wage_curve": (("", "fixed effects"),),
    "lab_growth_series": (("", ""),),
}


def run(work: Workspace) -> None:
    """Read the stored studies, judge coverage jointly, tabulate."""
    records = {name: read_study(name, work.root) for name in HEADINGS}
    parts = [
        record["rows"].assign(study=name, claims=_claims(name, record["rows"]))
        for name, record in records.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    numbers = table.columns.difference(["setting", "term", "study", "claims"])
    table[numbers] = table[numbers].astype(float)  # a study without coverage stores nulls
    claimed = table["claims"] & table["coverage"].notna()
    judged = coverage_test(table[claimed])
    table.loc[claimed, "holds"] = judged["nominal_holds"].to_numpy()
    _record(work, table, judged, records)
    for key, (title, names) in TABLES.items():
        rows: list[Row] = []
        for name in names:
            count = records[name]["replicates"]
            rows.append(Row((Cell(f"{HEADINGS[name]} ({count:,} replicates)"),), "group"))
            rows += _rows(table[table["study"] == name])
        work.table(_table(key, title, rows))


def _claims(name: str, rows: pd.DataFrame) -> pd.Series:
    out = pd.Series(False, index=rows.index)
    for setting, term in WITHOUT_CLAIM[name]:
        fits = rows["term"].str.contains(term, regex=False)
        if setting:
            fits &= rows["setting"] == setting
        out |= fits
    return ~out


def _rows(part: pd.DataFrame) -> list[Row]:
    rows, shown = [], ""
    for entry in part.to_dict("records"):
        setting, claims = str(entry["setting"]), bool(entry["claims"])
        verdict = "–" if not claims else "holds" if entry["holds"] else "fails"
        cells = (
            Cell(setting if setting != shown else ""),
            Cell(str(entry["term"])),
            Cell(float(entry["truth"]), ".3f"),
            Cell(float(entry["bias"]), ".4f"),
            Cell(float(entry["bias_mc"]), ".4f", "(", ")"),
            Cell(float(entry["se_ratio"]), ".2f"),
            Cell(float(entry["coverage"]), ".1%"),
            Cell(float(entry["coverage_mc"]), ".1%", "(", ")"),
            Cell(verdict),
        )
        shown = setting
        rows.append(Row(cells))
    return rows


def _record(
    work: Workspace,
    table: pd.DataFrame,
    judged: pd.DataFrame,
    records: dict[str, dict[str, object]],
) -> None:
    for entry in table.to_dict("records"):
        stem = ".".join(slug(str(entry[part])) for part in ("study", "setting", "term"))
        for name in ("bias", "bias_mc", "coverage"):
            value = float(entry[name])
            if not math.isnan(value):
                unit = "share" if name == "coverage" else ""
                work.result(f"methods.{stem}.{name}", value, "mc", unit, "methods_studies", True)
    for name, record in records.items():
        work.count(f"methods.{name}.replicates", record["replicates"], "replicates")
    work.count("methods.coverage.claims", len(judged), "intervals")
    work.count("methods.coverage.hold", int(judged["nominal_holds"].sum()), "intervals")


def _table(key: str, title: str, rows: list[Row]) -> Table:
    return Table(
        key,
        title,
        (
            (Span("", 3), Span("Bias", 2), Span("s.e."), Span("95% coverage", 3)),
            (
                Span("Setting"),
                Span("Estimator or term"),
                Span("Truth"),
                Span("mean"),
                Span("MC error"),
                Span("over s.d."),
                Span("share"),
                Span("MC error"),
                Span("nominal"),
            ),
        ),
        tuple(rows),
        (
            "Bias: mean error, with its Monte Carlo error. s.e. over s.d.: mean standard error "
            "over the standard deviation of the errors. Nominal: exact binomial test of 95% "
            "coverage at 5%, corrected by Bonferroni over all intervals of the studies that "
            "claim it; a dash marks those whose assumptions the setting breaks on purpose.",
            "Stored study: run once, and kept with its seed, versions and code digest; a random "
            "tenth "
            "of the replicates can be repeated.",
        ),
        synthetic=True,
        align="ll" + "r" * 7,
    )
