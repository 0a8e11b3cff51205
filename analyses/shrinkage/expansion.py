"""Do shrinking cities still build? The satellite's answer, beside the growing ones'."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.report_claims import EXPANDING
from econshrink import CityPanel, Identification, load_china
from econshrink.data import load_census_panel
from econshrink.report import GAIN, LOSS, house_style, new_figure, percent_axis
from econshrink.shrinkage import expansion_by_label, land_ratios

WINDOW = (2010, 2020)
COLOURS = {"shrinking": LOSS, "other": GAIN}
LABELS = {"shrinking": "Losing residents", "other": "Gaining residents"}


AREA = Exhibit(
    "expansion",
    "Built-up area 2010–2020 of units losing and gaining residents",
    "expansion.{row}.{column}",
    (
        Column("label", "Units"),
        Column("units", "Number", "d", "count", "units"),
        Column("expanding", "Expanding", "d", "count", "units"),
        Column("without_area", None, "d", "count", "units"),
        Column("expanding_share", "Share", ".1%", "estimate", "share"),
        Column("median_growth", "Median growth", ".1%", "estimate", "share"),
        Column("mean_log_growth", None, "", "estimate"),
        Column("area_added_km2", "Added, km²", ",.0f"),
    ),
)
RATIO = "Ratio of growth rates, quantiles"
QUANTILES = {"least": 0, "25%": 25, "50%": 50, "75%": 75, "most": 100}
LAND = Exhibit(
    "land",
    "Land and people 2010–2020: gap and ratio of growth, land per person",
    "expansion.{row}.{column}",
    (
        Column("label", "Units"),
        Column("area_growth", "area", ".3f", over="Median log growth"),
        Column("population_growth", "people", ".3f", over="Median log growth"),
        Column("gap", "gap", ".3f", "estimate", over="Median log growth"),
        Column("m2_per_person", "in 2020", ",.0f", "estimate", "m2", over="Median m² per person"),
        Column("m2_per_person_lost", "lost", ",.0f", "estimate", "m2", over="Median m² per person"),
        *(
            Column(
                f"rate_ratio_q{percent}",
                head,
                ".1f",
                "estimate",
                over="Ratio of growth rates, quantiles",
            )
            for head, percent in QUANTILES.items()
        ),
    ),
)


def run(work: Workspace) -> None:
    """Tabulate and draw the growth of built-up area by label."""
    labels: Identification = work.load("census", "residents")
    panel = load_china()
    falls = int((panel.wide("built_up_km2").diff(axis=1) < 0).sum().sum())
    work.count("expansion.area_falls", falls, "steps", "expansion")
    table = expansion_by_label(labels, panel, WINDOW)
    work.exhibit(
        AREA,
        table.assign(label=table.index.map(LABELS)).rename(index={"other": "growing"}),
        (
            f"Losing: fewer residents in {WINDOW[1]} than in {WINDOW[0]}. Area: land cover class "
            f"13 of MODIS MCD12Q1. That class falls in {falls} of the yearly steps observed, "
            "so a share of expanding units near one is no finding by itself.",
            f"The report claims that {EXPANDING:.2%} of shrinking cities expand.",
        ),
    )
    work.exhibit(
        LAND,
        _ratios(labels, panel),
        (
            "Gap: growth of built-up area less growth of residents. Lost: built-up area added "
            "per resident lost. The ratio of growth rates, the form of SDG indicator 11.3.1, "
            "has no finite mean and changes sign where population growth passes zero, so we "
            "print its quantiles and use the gap.",
        ),
    )
    _draw(work, labels)


def _ratios(labels: Identification, panel: CityPanel) -> pd.DataFrame:
    """Land per person lost, and why the ratio of two growth rates is not used."""
    people = load_census_panel().column("population")
    both = panel.with_variables({"residents": people})
    table = land_ratios(labels, both, WINDOW, population="residents")
    medians = ["area_growth", "population_growth", "gap", "m2_per_person", "m2_per_person_lost"]
    rows = {}
    for name, wanted in (("shrinking", True), ("growing", False)):
        part = table[table["shrinking"] == wanted]
        levels = part["rate_ratio"].dropna().quantile([p / 100 for p in QUANTILES.values()])
        rows[name] = {
            "label": LABELS["shrinking" if wanted else "other"],
            **part[medians].median(),
            **{f"rate_ratio_q{100 * level:.0f}": value for level, value in levels.items()},
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _draw(work: Workspace, labels: Identification) -> None:
    """Distribution of built-up growth by label."""
    area = load_china().wide("built_up_km2")
    growth = 100 * np.log(area[WINDOW[1]] / area[WINDOW[0]])
    with house_style():
        fig, axes = new_figure("one", height=2.6)
        axis = axes[0, 0]
        for key, wanted in (("shrinking", True), ("other", False)):
            chosen = labels.frame.index[labels.frame["shrinking"].eq(wanted).fillna(value=False)]
            values = np.sort(growth.reindex(chosen).dropna().to_numpy())
            share = np.arange(1, len(values) + 1) / len(values)
            axis.step(values, share, where="post", color=COLOURS[key], label=LABELS[key])
        axis.set_xlim(-2, 60)
        axis.set_xlabel("Growth of built-up area 2010–2020, log points × 100")
        axis.set_ylabel("Cumulative share of units")
        axis.legend(loc="lower right")
        axis.set_ylim(0, 1.01)
        percent_axis(axis.yaxis, 0)
    work.figure(
        fig,
        "expansion",
        alt=(
            "Two cumulative curves of growth of built-up area, for losing and for gaining "
            "units. They lie close together; hardly any unit has none."
        ),
    )
