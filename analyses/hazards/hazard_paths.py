"""Predicted onsets along the covariate paths of three named cities, and marginal effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_sample import COVARIATES, ENTRY, FIRST, LABELS, LAST, covariate_panel
from analyses.shared.samples import bilingual_names
from econshrink import CityPanel, Curve, Estimate, Table
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, house_style, new_figure, percent_axis
from econshrink.survival import marginal_effects, predict_hazard, predict_onset

# Northeast, a resource city of the west, the coast: each at risk in every closed panel.
CITIES = {"220100": "Changchun", "510400": "Panzhihua", "440300": "Shenzhen"}
WHAT_IF = "growth one point lower"


def run(work: Workspace) -> None:
    """Curves of three cities as they were and with slower growth; marginal effects."""
    fit: Estimate = work.load("hazard_main", "cloglog")
    panel = covariate_panel()
    paths = {city: _path(panel, city) for city in CITIES}
    curves = {}
    for city, path in paths.items():
        slower = path.assign(path=WHAT_IF, growth_before=path["growth_before"] - 1)
        curves[city] = predict_onset(fit, pd.concat([path, slower]))
        ends = curves[city].frame.groupby("group").last()
        for key, group in (("actual", "as it was"), ("slower", WHAT_IF)):
            row = ends.loc[group]
            name = f"hazard.path.{CITIES[city].lower()}.{key}"
            work.result(name, float(row["estimate"]), "iterative", "share", "onset_paths")
            for limit in ("conf_low", "conf_high"):
                work.result(
                    f"{name}.{limit}", float(row[limit]), "iterative", "share", "onset_paths"
                )
        first = predict_hazard(fit, path).frame.iloc[0]
        name = f"hazard.path.{CITIES[city].lower()}.first"
        work.result(name, float(first["estimate"]), "iterative", "share", "onset_paths")
    work.save(curves["220100"], "path_changchun")
    work.figure(_figure(curves), "onset_paths")
    work.table(_effects(work, fit))


def _path(panel: CityPanel, city: str) -> pd.DataFrame:
    """Covariates of one city in the years at risk, time counted as in the fit."""
    rows = panel.frame.loc[city].loc[FIRST:LAST, list(COVARIATES)].reset_index()
    return rows.assign(path="as it was", start=rows["year"] - ENTRY - 1, stop=rows["year"] - ENTRY)


def _figure(curves: dict[str, Curve]) -> Figure:
    names = bilingual_names()
    with house_style():
        figure, grid = new_figure("two", 2.6, columns=len(curves), sharey=True)
        for number, (city, curve) in enumerate(curves.items()):
            axes = grid[0, number]
            for group, style, colour in (
                ("as it was", "-", CATEGORIES[0]),
                (WHAT_IF, "--", CATEGORIES[1]),
            ):
                part = curve.frame[curve.frame["group"] == group]
                year = ENTRY + part["time"]
                axes.plot(year, part["estimate"], style, color=colour, label=group)
                if group == "as it was":
                    limits = (part["conf_low"], part["conf_high"])
                    axes.fill_between(year, *limits, color=colour, alpha=0.18, linewidth=0)
            title = f"({chr(ord('a') + number)}) {names[city]}"
            axes.set_title(title, loc="left", fontsize=8)
            axes.set(xlim=(ENTRY, LAST), ylim=(0, 1))
            axes.set_xticks([2012, 2014, 2016, 2018, 2020])
            percent_axis(axes.yaxis, 0)
        grid[0, 0].set_ylabel("Probability of an onset so far")
        grid[0, 0].legend(loc="upper left", fontsize=7)
    return figure


def _effects(work: Workspace, fit: Estimate) -> Table:
    spells = [work.load("hazard_main", f"spells_{number:02d}") for number in range(20)]
    found = [marginal_effects(table, fit) for table in spells]
    mean = pd.concat(found).groupby("term", sort=False).mean()
    rows = []
    for term, row in mean.iterrows():
        name = str(term)
        work.result(
            f"hazard.effect.{name}", float(row["estimate"]), "iterative", "share", "onset_effects"
        )
        work.result(
            f"hazard.effect.{name}.se",
            float(row["std_error"]),
            "iterative",
            "share",
            "onset_effects",
        )
        ratio = float(np.exp(fit.coefficient(name)))
        limits = fit.tidy().set_index("term").loc[name, ["conf_low", "conf_high"]]
        band = f"{np.exp(limits['conf_low']):.2f}–{np.exp(limits['conf_high']):.2f}"
        effect = (
            Cell(100 * float(row["estimate"]), ".2f"),
            Cell(100 * float(row["std_error"]), ".2f"),
        )
        rows.append(Row((Cell(LABELS[name]), Cell(ratio, ".2f"), Cell(band), *effect)))
        work.result(f"hazard.ratio.{name}", ratio, "iterative", "ratio", "onset_effects")
    hazard = float(mean["mean_hazard"].iloc[0])
    work.result("hazard.effect.mean_hazard", hazard, "iterative", "share", "onset_effects")
    heads = ("One unit more of", "Hazard ratio", "95% interval", "Points a year", "Std. error")
    return Table(
        "onset_effects",
        "What one unit more goes with: hazard ratios and average marginal effects",
        (tuple(Span(head) for head in heads),),
        tuple(rows),
        (
            f"Cloglog of the hazard table, pooled over closed panels. Points: mean change of the "
            f"yearly probability of an onset in percentage points, over all rows at risk, whose "
            f"mean predicted probability is {hazard:.1%}. Delta method. Association, not effect.",
        ),
        align="lrcrr",
    )
