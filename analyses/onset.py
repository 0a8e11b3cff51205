"""Time to the first onset of a three-year fall, 2012–2017: an illustration with few events."""

from __future__ import annotations

import pandas as pd

from analyses.samples import annual_panel, growth_panel
from analyses.workspace import Workspace
from econshrink.estimate.survival.cox import fit_cox
from econshrink.estimate.survival.kaplan_meier import kaplan_meier
from econshrink.estimate.survival.options import ClusterRobust
from econshrink.measure.spells import OnsetRisk, onset_spells, onsets_by_year
from econshrink.measure.standards import ConsecutiveDecline
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.report.regression import regression_table
from econshrink.report.survival_plot import plot_curve
from econshrink.terms import label

RULE = ConsecutiveDecline(3)
RISK = OnsetRisk(RULE, baseline=2011, last_stock=2019)
CENSUS_YEARS = (2010, 2020)  # the level moves to the new census
SEGMENT_STARTS = (2001, 2011, 2021)  # first growth on the base of a census
COVARIATES = ("lag_real_growth", "lag_secondary_share")
LABELS = {name: label(name) for name in COVARIATES}
REGIONS = {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"}


def run(work: Workspace) -> None:
    """Count onsets, draw survival by region, fit the hazard model."""
    _onsets(work)
    panel = growth_panel()
    spells = onset_spells(panel, RISK)
    published = onset_spells(annual_panel(), RISK).events
    home = spells.frame["city"].map(panel.attributes["region"])
    northeast = spells.frame[home == "northeast"]
    units = int(northeast["city"].nunique())
    work.count("cox.at_risk.northeast.units", units, "units", "onset_survival")
    left = spells.dropped[spells.dropped["city"].map(panel.attributes["region"]) == "northeast"]
    reasons = left["reason"].str.startswith("already falling")
    work.count("cox.at_risk.northeast.falling", int(reasons.sum()), "units", "onset_survival")
    work.count("cox.at_risk.northeast.doubtful", int((~reasons).sum()), "units", "onset_survival")
    events = int(northeast["event"].sum())
    work.count("cox.at_risk.northeast.events", events, "events", "onset_survival")
    regions = spells.frame["city"].map(panel.attributes["region"].map(REGIONS))
    curve = kaplan_meier(SpellTable(spells.frame.assign(region=regions), spells.rule_id), "region")
    work.save(curve, "curve")
    fig = plot_curve(curve, xlabel="Years since 2011", ylabel="Share without an onset", width="two")
    work.figure(fig, "onset_survival")
    work.result("cox.conf_level", curve.conf_level, "estimate", "share", "onset_survival")
    work.count("cox.at_risk.units", spells.cities, "units", "onset_survival")
    work.count("cox.at_risk.events", spells.events, "events", "onset_survival")
    falling = int(spells.dropped["reason"].str.startswith("already falling").sum())
    work.count("cox.at_risk.already_falling", falling, "units", "onset_survival")
    _hazard(work, published)


def _onsets(work: Workspace) -> None:
    counts = onsets_by_year(annual_panel(), RULE, (2000, 2024))
    total, starts = int(counts.sum()), int(counts[list(SEGMENT_STARTS)].sum())
    moved = int(counts[list(CENSUS_YEARS)].sum())
    work.count("cox.onsets.total", total, "onsets", "onsets")
    work.count("cox.onsets.segment_starts", starts, "onsets", "onsets")
    work.count("cox.onsets.census_years", moved, "onsets", "onsets")
    share = (starts + moved) / total
    work.result("cox.onsets.artefact_share", share, "estimate", "share", "onsets")
    for year, count in counts.items():
        work.count(f"cox.onsets.y{year}", int(count), "onsets", "onsets")
    work.table(_onset_table(counts))


def _onset_table(counts: pd.Series) -> Table:
    half = -(-len(counts) // 2)
    years = list(counts.items())
    rows = []
    for left, right in zip(years[:half], [*years[half:], None], strict=False):
        cells: list[Cell] = []
        for entry in (left, right):
            if entry is None:
                cells += [Cell(""), Cell("")]
                continue
            year, count = entry
            mark = " *" if year in SEGMENT_STARTS else " †" if year in CENSUS_YEARS else ""
            cells += [Cell(f"{year}{mark}"), Cell(int(count), "d")]
        rows.append(Row(tuple(cells)))
    return Table(
        "onsets",
        "First onsets of a three-year fall in the published annual series",
        ((Span("Year"), Span("Onsets"), Span("Year"), Span("Onsets")),),
        tuple(rows),
        (
            f"Rule {RULE.rule_id}; stocks 2000–2024 as published; onset is the first fall of the "
            "first run.",
            "* First growth on the base of a new census; † year of a census, when the level moves. "
            "Onsets there are mostly made by the new base, not by that year.",
        ),
        align="lrlr",
    )


def _hazard(work: Workspace, all_events: int) -> None:
    panel = growth_panel()
    spells = onset_spells(panel, RISK, COVARIATES)
    lost = all_events - spells.events
    work.count("cox.onset.lost", lost, "events", "onset_hazard")
    cox = fit_cox(spells, COVARIATES)
    province = spells.frame["city"].map(panel.attributes["province"])
    spells_by_province = SpellTable(spells.frame.assign(province=province), spells.rule_id)
    work.save(cox, "cox", ".json")
    work.estimate("cox.onset", cox, "onset_hazard", kind="iterative")
    clustered = fit_cox(spells_by_province, COVARIATES, vcov=ClusterRobust("province"))
    work.save(clustered, "cox_clustered", ".json")
    work.estimate("cox.onset_clustered", clustered, "onset_hazard", kind="iterative")
    struck = spells_by_province.frame.query("event == 1").groupby(["province", "year"]).size()
    province, year = struck.idxmax()
    work.result("cox.onset.cluster.province", str(province), "label", "", "onset_hazard")
    work.result("cox.onset.cluster.year", str(year), "label", "", "onset_hazard")
    work.count("cox.onset.cluster.events", int(struck.max()), "events", "onset_hazard")
    work.count("cox.onset.events", spells.events, "events", "onset_hazard")
    work.count("cox.onset.units", spells.cities, "units", "onset_hazard")
    work.table(
        regression_table(
            {"(1)": cox, "(2)": clustered},
            name="onset_hazard",
            title="Cox model of the first onset of a three-year fall, 2012–2017",
            labels=LABELS,
            stats={"events": "Onsets", "loglik": "Log likelihood"},
            notes=(
                f"Illustrative. Units not falling in 2011, published series, stocks to 2019; "
                f"{spells.events} onsets among {spells.cities} units. Log hazard ratios; Efron "
                "ties; yearly covariate rows.",
                f"Column (2): clustered by province; {int(struck.max())} of the onsets fall in one "
                f"province and year, {province} {year}.",
                "Figures flagged suspect or of a wrong concept and rows without a covariate are "
                f"left out: {lost} of the {all_events} onsets on all published figures are lost.",
                "An onset is known only two years later; the model describes, it does not predict.",
            ),
        )
    )
