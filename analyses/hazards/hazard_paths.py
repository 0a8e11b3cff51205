"""Predicted onsets along the covariate paths of three named cities, and marginal effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_sample import COVARIATES, ENTRY, FIRST, LABELS, LAST, covariate_panel
from analyses.shared.samples import bilingual_names
from econshrink import CityPanel, Curve, Estimate
from econshrink.report import CATEGORIES, house_style, new_figure, percent_axis
from econshrink.survival import marginal_effects, predict_hazard, predict_onset

# Northeast, a resource city of the west, the coast: each at risk in every closed panel.
CITIES = {"220100": "Changchun", "510400": "Panzhihua", "440300": "Shenzhen"}
WHAT_IF = "growth one point lower"

EFFECTS = Exhibit(
    "onset_effects",
    "What one unit more goes with: hazard ratios and average marginal effects",
    "hazard.effect.{row}",
    (
        Column("label", "One unit more of"),
        Column("ratio", "Hazard ratio", ".2f", "iterative", "ratio", "hazard.ratio.{row}"),
        Column("band", "95% interval", align="c"),
        Column("estimate", "Points a year", ".2f", "iterative", "share", times=100),
        Column(
            "std_error", "Std. error", ".2f", "iterative", "share", "hazard.effect.{row}.se",
            times=100,
        ),
    ),
)  # fmt: skip


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
    work.figure(
        _figure(curves),
        "onset_paths",
        alt=(
            "Three panels, Changchun 长春市, Panzhihua 攀枝花市 and Shenzhen 深圳市: the predicted "
            "probability of a first onset so far, rising with the years, with wide bands, "
            "as it was and with growth one point lower."
        ),
    )
    _effects(work, fit)


def _path(panel: CityPanel, city: str) -> pd.DataFrame:
    """Covariates of one city in the years at risk, time counted as in the fit."""
    rows = panel.frame.loc[city].loc[FIRST:LAST, list(COVARIATES)].reset_index()
    return rows.assign(path="as it was", start=rows["year"] - ENTRY - 1, stop=rows["year"] - ENTRY)


def _figure(curves: dict[str, Curve]) -> Figure:
    names = bilingual_names()
    with house_style():
        figure, grid = new_figure("two", 2.8, columns=len(curves), sharey=True)
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
        handles, texts = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside lower center", ncols=2)
    return figure


def _effects(work: Workspace, fit: Estimate) -> None:
    spells = [work.load("hazard_main", f"spells_{number:02d}") for number in range(20)]
    found = [marginal_effects(table, fit) for table in spells]
    frame = pd.concat(found).groupby("term", sort=False).mean()
    hazard = float(frame["mean_hazard"].iloc[0])
    work.result("hazard.effect.mean_hazard", hazard, "iterative", "share", "onset_effects")
    limits = np.exp(fit.tidy().set_index("term").loc[frame.index, ["conf_low", "conf_high"]])
    frame["label"] = frame.index.map(LABELS)
    frame["ratio"] = [float(np.exp(fit.coefficient(str(term)))) for term in frame.index]
    frame["band"] = [f"{low:.2f}–{high:.2f}" for low, high in limits.to_numpy()]
    work.exhibit(
        EFFECTS,
        frame,
        (
            f"Cloglog of the hazard table, pooled over closed panels. Points: mean change of the "
            f"yearly probability of an onset in percentage points, over all rows at risk, whose "
            f"mean predicted probability is {hazard:.1%}. Delta method. Association, not effect.",
        ),
    )
