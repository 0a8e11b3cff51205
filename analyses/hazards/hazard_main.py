"""First onsets 2012–2020 among units not already declining: three models over closed panels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_models import MODELS, fit_clustered_cox, hazard_table, pooled, record
from analyses.shared.hazard_sample import (
    CENSUS_YEARS,
    COVARIATES,
    ENTRY,
    FIRST,
    LABELS,
    LAST,
    SEGMENT_STARTS,
    closed_panels,
    covariate_panel,
    onset_rows,
    watched_rules,
)
from analyses.shared.samples import annual_panel
from econshrink import SpellTable, Table
from econshrink.nouns import Cell, Row, Span
from econshrink.shrinkage import ConsecutiveDecline, onsets_by_year

SHOWN = (*COVARIATES, "(Intercept)")


def run(work: Workspace) -> None:
    """Onsets by year, the account of city-years, and the primary table."""
    primary = watched_rules()[0]
    covariates = covariate_panel()
    tables = [onset_rows(panel, primary, covariates) for panel in closed_panels()]
    for number, spells in enumerate(tables):
        work.save(spells, f"spells_{number:02d}")
    _onset_table(work, tables)
    _account(work, tables)
    fits = {
        name: pooled(tables, [fit(t, COVARIATES) for t in tables]) for name, fit in MODELS.items()
    }
    late = [_without_first_year(spells) for spells in tables]
    fits["Cox, 2013 on"] = pooled(late, [fit_clustered_cox(t, COVARIATES) for t in late])
    for name, fit in fits.items():
        key = name.lower().replace(", 2013 on", "_strict")
        record(work, f"hazard.primary.{key}", fit, "hazard")
        work.save(fit, key, ".json")
    cloglog = fits["Cloglog"]
    work.result(
        "hazard.primary.largest_lambda",
        cloglog.stats["largest_lambda"],
        "iterative",
        "share",
        "hazard",
    )
    work.table(
        hazard_table(
            fits,
            name="hazard",
            title="Hazard of a first onset of three falls in a row, 2012–2020",
            labels=LABELS,
            terms=SHOWN,
            notes=(
                f"Log hazard ratios. Units not in a run of three falls in {ENTRY}; {len(tables)} "
                "closed panels, cells flagged suspect or of another concept set aside; combined by "
                "Rubin's rules. Units and onsets are means over the panels.",
                "Association, not effect. Cloglog has a constant baseline. The last column takes "
                "entry a year later, so that no unit is at risk on the strength of the step into "
                "2011, the first on a new base.",
                "An onset is the first of three falls and known only two years later.",
            ),
        )
    )


def _without_first_year(spells: SpellTable) -> SpellTable:
    """Rows from 2013 on: who falls from the first year on is then never at risk."""
    frame = spells.frame[spells.frame["year"] > FIRST]
    return SpellTable(frame, spells.rule_id, spells.origin, spells.dropped, spells.notes)


def _onset_table(work: Workspace, tables: list[SpellTable]) -> None:
    published = onsets_by_year(annual_panel(), ConsecutiveDecline(3), (2000, 2024))
    total = int(published.sum())
    starts, moved = (int(published[list(ys)].sum()) for ys in (SEGMENT_STARTS, CENSUS_YEARS))
    for key, value in (("total", total), ("segment_starts", starts), ("census_years", moved)):
        work.count(f"hazard.onsets.{key}", value, "onsets", "onsets")
    work.result(
        "hazard.onsets.artefact_share", (starts + moved) / total, "estimate", "share", "onsets"
    )
    work.result("hazard.onsets.segment_share", starts / total, "estimate", "share", "onsets")
    at_risk, events = (pd.DataFrame([_yearly(t)[j] for t in tables]) for j in (0, 1))
    rows = []
    for year, count in published.items():
        mark = " *" if year in SEGMENT_STARTS else " †" if year in CENSUS_YEARS else ""
        cells = [Cell(f"{year}{mark}"), Cell(int(count), "d")]
        if FIRST <= year <= LAST:
            risk, onset = at_risk[year], events[year]
            span = f"{int(onset.min())}–{int(onset.max())}"
            hazard = float(onset.sum() / risk.sum())
            cells += [Cell(float(risk.mean()), ".0f"), Cell(float(onset.mean()), ".1f")]
            cells += [Cell(span), Cell(hazard, ".1%")]
            work.result(
                f"hazard.primary.y{year}", float(onset.mean()), "iterative", "onsets", "onsets"
            )
        else:
            cells += [Cell("")] * 4
        rows.append(Row(tuple(cells)))
    work.table(
        Table(
            "onsets",
            "First onsets of three falls in a row, by year",
            (
                (Span(""), Span("Published"), Span("Closed panels, units at risk", 4)),
                (
                    Span("Year"),
                    Span("Onsets"),
                    Span("At risk"),
                    Span("Onsets"),
                    Span("Range"),
                    Span("Hazard"),
                ),
            ),
            tuple(rows),
            (
                "Published: first run of three falls in the stocks 2000–2024 as published, whoever "
                "was at risk.",
                f"Closed panels: means over {len(tables)} panels; range over panels.",
                "* First growth on the base of a new census; † year of a census, when the level "
                "moves. Published onsets there are mostly made by the new base.",
            ),
            align="lrrrrr",
        )
    )


def _yearly(spells: SpellTable) -> tuple[pd.Series, pd.Series]:
    groups = spells.frame.groupby("year")["event"]
    years = range(FIRST, LAST + 1)
    return groups.size().reindex(years, fill_value=0), groups.sum().reindex(years, fill_value=0)


def _account(work: Workspace, tables: list[SpellTable]) -> None:
    """What became of every city-year of the watch, as means over the panels."""
    accounts = pd.DataFrame([t.account.set_index("what")["rows"] for t in tables]).fillna(0.0)
    means = accounts.mean().sort_values(ascending=False)
    totals = accounts.sum(axis=1)
    if totals.nunique() != 1:  # the account of every panel has the same city-years
        raise AssertionError(totals.unique())
    head = ["row with event", "row without event"]
    order = [*head, *(name for name in means.index if name not in head)]
    names = {"row with event": "Onset", "row without event": "At risk, no onset"}
    names["no growth_before"] = "Without output growth of the years before"
    rows = [
        Row((Cell(names.get(n, n[0].upper() + n[1:])), Cell(float(means[n]), ",.1f")))
        for n in order
    ]
    rows.append(Row((Cell("All city-years"), Cell(float(totals.iloc[0]), ",.0f")), "rule"))
    work.table(
        Table(
            "onset_account",
            "What became of every city-year of the record",
            ((Span(""), Span("City-years")),),
            tuple(rows),
            (
                f"Means over {len(tables)} closed panels; steps {ENTRY}–{LAST + 2}, the last two "
                f"years only confirm onsets up to {LAST}. Entry: first year in which a unit is "
                "known not to be in a run; it is at risk from the next year on. Undecided: clear, "
                "but the values that would have confirmed an onset are missing.",
            ),
            align="lr",
        )
    )
    work.count("hazard.account.total", int(totals.iloc[0]), "city-years", "onset_account")
    work.result(
        "hazard.account.rows",
        float(np.sum(means[head])),
        "iterative",
        "city-years",
        "onset_account",
    )
    events = [t.events for t in tables]
    for key, value in (("fewest", min(events)), ("most", max(events))):
        work.count(f"hazard.primary.{key}", value, "onsets", "onsets")
