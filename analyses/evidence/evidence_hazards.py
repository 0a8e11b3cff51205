"""Onsets of decline again, with observed jobs and investment, with and without persistence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_models import fit_clustered_cox, pooled
from analyses.shared.hazard_sample import (
    closed_panels,
    covariate_panel,
    onset_rows,
    watched_rules,
)
from analyses.shared.sample_evidence import evidence_panel, investment
from econshrink import CityPanel, Estimate, SpellTable
from econshrink.core.seeds import generator
from econshrink.data import load_jobs
from econshrink.inference import least_squares, romano_wolf
from econshrink.survival import score_residual_table

PANELS, DRAWS = 8, 9_999
BREAK = 2013  # first year of the second reporting of jobs
AGES = ("elderly_2010", "children_2010")
LABELS = {
    "elderly_2010": "65 and over in 2010, percent",
    "children_2010": "Children per 100 women in 2010",
    "growth_before": "Output growth of three years before, percent",
    "jobs_before": "Jobs of the year before, log × 10",
    "building_before": "Investment of the year before, log × 10",
    "investment_level": "Investment a head 2008–10, log",
    "growth_2000_10": "Growth 2000–10, log × 100",
}
BASE = (*AGES, "growth_before")
MODELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "jobs": ("Jobs", (*BASE, "jobs_before")),
    "building": ("Investment", (*BASE, "building_before")),
    "level": ("Both", (*BASE, "jobs_before", "investment_level")),
    "same": ("Census 2000 known", (*BASE, "jobs_before", "investment_level")),
    "persistent": (
        "With growth 2000–10",
        (*BASE, "jobs_before", "investment_level", "growth_2000_10"),
    ),
}
FAMILY = "persistent"

HAZARDS = Exhibit(
    "evidence_hazards",
    "Hazard of a first onset 2012–20 with observed jobs and investment",
    "evidence.hazard.{row}.{column}",
    (
        Column("label", ""),
        *(
            column
            for key, (over, _) in MODELS.items()
            for column in (
                Column(f"{key}.estimate", "Est.", ".2f", "iterative", over=over),
                Column(f"{key}.se", "Error", ".2f", "iterative", over=over, before="(", after=")"),
            )
        ),
        Column(f"{FAMILY}.rw", "t", ".2f", "mc", over="RW"),
        Column(f"{FAMILY}.score", "Score", ".2f", "mc", over="RW"),
    ),
)


def run(work: Workspace) -> None:
    """Fit every model on every closed panel and combine."""
    covariates = _covariates()
    primary = watched_rules()[0]
    panels = closed_panels()[:PANELS]
    rows: dict[str, dict[str, object]] = {term: {"label": label} for term, label in LABELS.items()}
    for key, (_, terms) in MODELS.items():
        names = (*terms, "growth_2000_10") if key == "same" else terms
        tables = [onset_rows(panel, primary, covariates, names=names) for panel in panels]
        fit = pooled(tables, [fit_clustered_cox(table, terms) for table in tables])
        work.save(fit, key)
        for term in terms:
            rows[term] |= {
                f"{key}.estimate": fit.coefficient(term),
                f"{key}.se": fit.std_error(term),
            }
        for name in ("events", "units"):
            work.result(
                f"evidence.hazard.{key}.{name}", fit.stats[name], "iterative", name, HAZARDS.name
            )
        a_parameter = fit.stats["events"] / len(terms)
        work.result(
            f"evidence.hazard.{key}.a_parameter", a_parameter, "iterative", "", HAZARDS.name
        )
        if key == FAMILY:
            provinces = min(table.frame["province"].nunique() for table in tables)
            for term, value in adjusted(fit, provinces).items():
                rows[str(term)][f"{FAMILY}.rw"] = value
            for term, value in score_bootstrap(tables, terms).items():
                rows[str(term)][f"{FAMILY}.score"] = value
    work.count("evidence.hazard.panels", len(panels), "panels", HAZARDS.name)
    work.exhibit(
        HAZARDS,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            f"Log hazard ratios of Cox models, {PANELS} closed panels combined by Rubin's rules, "
            "errors clustered by province. Jobs: change in the calendar year before, never across "
            f"{BREAK - 1}/{BREAK}, so that {BREAK + 1} drops out; investment is complete up to "
            "2017, so that its column ends in 2018. The fourth column has the units of the fifth "
            "without its last term. RW: Romano–Wolf over the terms of the fifth. t: draws from a "
            "multivariate t with the estimate's correlations and as many degrees of freedom as "
            "provinces less one, imputation in the errors. Score: wild bootstrap of the provinces' "
            "efficient scores, each term's null imposed in turn; median over the panels, which "
            "leaves out what differs between them.",
        ),
    )


def adjusted(fit: Estimate, clusters: int) -> pd.Series:
    """Step-down p-values of all terms from the joint t distribution of their statistics."""
    errors = np.asarray(fit.std_errors)
    correlation = np.asarray(fit.covariance) / np.outer(errors, errors)
    rng = generator("evidence.hazard.family")
    normal = rng.standard_normal((DRAWS, len(errors))) @ np.linalg.cholesky(correlation).T
    scale = np.sqrt(rng.chisquare(clusters - 1, DRAWS) / (clusters - 1))
    found = romano_wolf(np.asarray(fit.coefficients) / errors, normal / scale[:, None])
    return pd.Series(found, index=list(fit.terms))


def score_bootstrap(tables: Sequence[SpellTable], terms: Sequence[str]) -> pd.Series:
    """Step-down p-values by a wild bootstrap of scores, median over the panels.

    Without a term the model is fitted again; the term's score there, freed of the other terms'
    (outer products of the rows' scores), is summed by province and given random signs, the same
    for all terms (Kline and Santos 2012).
    """
    found = []
    for number, table in enumerate(tables):
        provinces = pd.factorize(table.frame["province"])[0]
        sums = np.zeros((provinces.max() + 1, len(terms)))
        full = fit_clustered_cox(table, terms)
        for place, term in enumerate(terms):
            others = [name for name in terms if name != term]
            without = fit_clustered_cox(table, others)
            known = {name: without.coefficient(name) for name in others} | {term: 0.0}
            null = np.array([known[name] for name in full.terms])
            scores = score_residual_table(table, replace(full, coefficients=null))
            x, y = scores[others].to_numpy(), scores[term].to_numpy()
            np.add.at(sums[:, place], provinces, least_squares(y, x)[1])
        sums = sums / np.sqrt((sums**2).sum(axis=0))
        rng = generator(f"evidence.hazard.score.{number}")
        signs = rng.choice([-1.0, 1.0], (DRAWS, len(sums)))
        found.append(romano_wolf(sums.sum(axis=0), signs @ sums))
    return pd.Series(np.median(found, axis=0), index=list(terms))


def _covariates() -> CityPanel:
    """Yearly covariates of the hazard models and those of the evidence."""
    panel = covariate_panel()
    jobs = load_jobs()
    people = np.log(jobs.wide("employees").where(jobs.wide_status("employees") == "reported"))
    hired = people.diff(axis=1)
    hired[BREAK] = np.nan
    built = np.log(investment()).diff(axis=1)
    fixed = evidence_panel().frame.droplevel("year")
    index = panel.frame.index
    cities = index.get_level_values("city")
    return panel.with_variables(
        {
            "jobs_before": 10 * _year_before(hired, index),
            "building_before": 10 * _year_before(built, index),
            "investment_level": pd.Series(
                fixed["investment_level"].reindex(cities).to_numpy(), index
            ),
            "growth_2000_10": pd.Series(fixed["growth_census"].reindex(cities).to_numpy(), index),
        }
    )


def _year_before(wide: pd.DataFrame, index: pd.MultiIndex) -> pd.Series:
    """Value of the calendar year before, on the rows of a panel."""
    long = wide.set_axis(wide.columns + 1, axis=1).stack()
    return pd.Series(long.reindex(index).to_numpy(dtype=float), index)
