"""Lists of supported cities in the laboratory: what designs find, and what is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import binomtest

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from analyses.studies.policy_designs import FIRST, LAST, ListDesign, draw
from econshrink import Estimate, Table, group_time
from econshrink.causal import (
    RelativeMagnitudes,
    Smoothness,
    breakdown_value,
    event_curve,
    event_study,
    power_table,
)
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, GREY, house_style, new_figure

STUDY, EXHIBIT = "policy_designs", "policy_designs"
SETTINGS = {
    "chance_no_effect": "Chance, no effect",
    "chance": "Chance",
    "selection": "Chosen by loss",
}
INTERVALS = {
    "plain": "Parallel trends",
    "relative.0.5": "Violations half as fast as before",
    "relative.1": "Violations as fast as before",
    "smooth.0": "A linear trend",
    "smooth.0.0005": "Slope may change by 0.05 points a year",
    "smooth.0.001": "Slope may change by 0.1 points a year",
}
TESTS = {
    "reject.pretest": "Joint test of years before",
    "reject.time": "Placebo in time",
    "reject.permutation": "Dates permuted",
    "reject.cities": "Placebo cities",
}


def run(work: Workspace) -> None:
    """Show one country of each kind, and the stored study."""
    record = read_study(STUDY, work.root)
    rows = record["rows"].set_index(["setting", "term"])
    work.result("lab.policy.replicates", record["replicates"], "count", "countries", EXHIBIT, True)
    for setting in SETTINGS:
        for term in (*INTERVALS, *TESTS):
            stem = f"lab.policy.{setting}.{slug(term)}"
            row = rows.loc[(setting, term)]
            if term in INTERVALS:
                work.result(f"{stem}.bias", float(row["bias"]), "mc", "", EXHIBIT, True)
                work.result(
                    f"{stem}.coverage", float(row["coverage"]), "mc", "share", EXHIBIT, True
                )
            else:
                rate, draws = float(row["mean"]), int(row["replicates"])
                p_value = float(binomtest(round(rate * draws), draws, 0.05).pvalue)
                work.result(f"{stem}.rate", rate, "mc", "share", EXHIBIT, True)
                work.result(f"{stem}.p", p_value, "p", "", EXHIBIT, True)
        truth = float(rows.loc[(setting, "plain"), "truth"])
        work.result(f"lab.policy.{setting}.truth", truth, "mc", "", EXHIBIT, True)
    work.table(_table(rows, record))
    shown = {name: _one(selection) for name, selection in (("chance", 0.0), ("selection", 1.0))}
    _sensitivity(work, shown["selection"][0])
    work.figure(
        _figure(shown),
        "policy_event_study",
        synthetic=True,
        alt=(
            "Two panels of estimated effects by years since listing in simulated countries. "
            "Listed by chance, estimates lie on the truth near zero; listed by earlier "
            "loss, they fall steadily although the truth is near zero."
        ),
    )


def _one(selection: float) -> tuple[Estimate, np.ndarray]:
    """Event study of one country, and its true effects by event time."""
    drawn = draw(ListDesign(selection, 0.03), MASTER_SEED)
    study = event_study(group_time(drawn.data), FIRST, LAST)
    gains = event_study(group_time(replace(drawn.data, outcome=drawn.gain)), FIRST, LAST)
    return study, gains.coefficients


def _sensitivity(work: Workspace, study: Estimate) -> None:
    power = power_table(study, generator("policy.power"))
    for row, label in zip(power.to_dict("records"), ("half", "four_fifths"), strict=True):
        for name in ("slope", "bias", "bias_if_passed"):
            work.result(
                f"lab.policy.power.{label}.{name}", float(row[name]), "mc", "", EXHIBIT, True
            )
    work.result(
        "lab.policy.breakdown.relative",
        breakdown_value(study, RelativeMagnitudes),
        "iterative",
        "",
        EXHIBIT,
        True,
    )
    work.result(
        "lab.policy.breakdown.smooth",
        breakdown_value(study, Smoothness),
        "iterative",
        "",
        EXHIBIT,
        True,
    )


def _table(rows: pd.DataFrame, record: dict[str, object]) -> Table:
    made = [Row((Cell("Intervals for the mean effect of years 0 to 5"),), "group")]
    for term, text in INTERVALS.items():
        cells = []
        for setting in SETTINGS:
            row = rows.loc[(setting, term)]
            cells += [Cell(100 * float(row["bias"]), ".2f"), Cell(float(row["coverage"]), ".2f")]
        made.append(Row((Cell(text), *cells)))
    made.append(Row((Cell("Rejections at level 0.05"),), "group"))
    for term, text in TESTS.items():
        cells = []
        for setting in SETTINGS:
            cells += [Cell(None), Cell(float(rows.loc[(setting, term), "mean"]), ".2f")]
        made.append(Row((Cell(text), *cells)))
    truths = ", ".join(
        f"{100 * float(rows.loc[(setting, 'plain'), 'truth']):.2f}" for setting in SETTINGS
    )
    return Table(
        "policy_designs",
        "Designs for lists of supported cities, in the laboratory",
        (
            (Span(""), *(Span(text, 2) for text in SETTINGS.values())),
            (Span("Allowed, or tested"), *(Span(t) for _ in SETTINGS for t in ("Bias", "Rate"))),
        ),
        tuple(made),
        (
            f"{record['replicates']} simulated countries a column, seed {record['seed']}, code "
            f"{str(record['code'])[:10]}. Outcome: log population of resource cities, listed in "
            "2008, 2009 or 2011 by chance, or the sooner the more they had lost. Bias: mean of "
            "the interval's middle less the true mean effect, log points × 100 (true: "
            f"{truths}). Rate: coverage of 95% intervals, or share of tests that reject. Placebo "
            "tests permute dates (39 draws); placebo cities are never listed.",
        ),
        synthetic=True,
    )


def _figure(shown: dict[str, tuple[Estimate, np.ndarray]]) -> Figure:
    titles = {"chance": "listed by chance", "selection": "listed by earlier loss"}
    with house_style():
        figure, grid = new_figure("two", 2.8, 1, 2, sharey=True)
        for number, (name, (study, gains)) in enumerate(shown.items()):
            axes = grid[0, number]
            frame = event_curve(study).frame
            time = frame["time"].to_numpy(dtype=float)
            axes.axhline(0, color=GREY, linewidth=0.6)
            axes.axvline(-0.5, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
            axes.fill_between(
                time, 100 * frame["conf_low"], 100 * frame["conf_high"], color=CATEGORIES[0],
                alpha=0.2, linewidth=0,
            )  # fmt: skip
            axes.plot(
                time, 100 * frame["estimate"], color=CATEGORIES[0], marker="o", label="estimate"
            )
            real = [int(term[1:]) for term in study.terms]
            axes.plot(real, 100 * gains, color=CATEGORIES[1], linestyle=(0, (4, 2)), label="truth")
            axes.set_xticks(range(FIRST, LAST + 1))
            axes.set_xlabel("Years since listing")
            axes.set_title(f"({chr(ord('a') + number)}) {titles[name]}", loc="left", pad=5)
            if number == 0:
                axes.set_ylabel("Effect on log population × 100")
                handles, texts = axes.get_legend_handles_labels()
                figure.legend(handles, texts, loc="outside lower center", ncols=2)
    return figure
