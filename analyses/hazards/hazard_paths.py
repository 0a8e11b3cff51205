"""What one unit more of a covariate goes with: hazard ratios and average marginal effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_sample import LABELS
from econshrink import Estimate
from econshrink.survival import marginal_effects

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
    """Average over the closed panels, beside the pooled hazard ratios."""
    fit: Estimate = work.load("hazard_main", "cloglog")
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
