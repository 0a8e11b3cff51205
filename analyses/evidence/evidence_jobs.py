"""Jobs in depth: controls, kinds of jobs, loss against gain, timing, who is in the sample."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.evidence_lines import (
    AGES,
    GROWTH,
    NOTE,
    Blocks,
    line_rows,
    lines_exhibit,
)
from analyses.shared.sample_evidence import evidence_panel, residents, spread
from analyses.shared.specs_evidence import (
    BY_PROVINCE,
    CONTROLS,
    PROVINCE,
    SECTOR_GROUPS,
    SECTOR_TITLES,
    bare,
    line,
)
from econshrink import CityPanel, Spec, fit_fe
from econshrink.causal import coefficient_stability
from econshrink.data import job_growth, load_job_sectors, load_jobs

JOBS, EARLY = "jobs_2013_19", "jobs_2005_10"
WINDOW = (2013, 2019)
LINES = lines_exhibit(
    "evidence_jobs",
    "Net migration 2010–20 and observed jobs; the same regressor on growth 2000–10",
    "evidence.jobs",
)
TIMING = Exhibit(
    "evidence_timing",
    "Who leads? Jobs and people before and after each other",
    "evidence.timing.{row}.{column}",
    (
        Column("label", "Outcome on regressor, given"),
        Column("estimate", "Estimate", ".2f", "estimate"),
        Column("se", "Error", ".2f", "se", before="(", after=")"),
        Column("wild", "Wild", ".3f", "p"),
        Column("nobs", "Units", "d", "count", "units"),
    ),
)
SELECTION = Exhibit(
    "evidence_selection",
    "Units with observed jobs, and units without",
    "evidence.selection.{row}.{column}",
    (
        Column("label", ""),
        Column("inside", "With jobs", ".1f", "estimate"),
        Column("outside", "Without", ".1f", "estimate"),
    ),
)


def run(work: Workspace) -> None:
    """Fit every line; show who leads and who is missing."""
    panel = _with_jobs(evidence_panel())
    _lines(work, panel)
    _timing(work, panel)
    _selection(work, panel)


def _with_jobs(panel: CityPanel) -> CityPanel:
    """Further measures of jobs: by sector, with private employment, losses and gains, persons."""
    formal = job_growth(*WINDOW)
    change = formal["change"]
    everyone = _with_private()
    lost = (formal["last"] - formal["first"]).where(change.notna())
    later = job_growth(2019, 2022)["change"]
    columns = {
        "job_loss": change.clip(upper=0),
        "job_gain": change.clip(lower=0),
        "jobs_everyone": everyone,
        "jobs_same_units": change.where(everyone.notna()),
        "jobs_per_resident": 100 * lost / residents(2010),
        "jobs_2019_22": later,
    }
    return spread(panel, columns | _sectors())


def _with_private() -> pd.Series:
    """Log change of jobs in urban units, private firms and self-employment together."""
    panel = load_jobs()
    first, last = WINDOW
    total = pd.DataFrame(0.0, index=panel.wide("employees").index, columns=list(WINDOW))
    for name in ("employees", "private_self_employed"):
        status = panel.wide_status(name)[list(WINDOW)]
        total += panel.wide(name)[list(WINDOW)].where(status == "reported")
    return pd.Series(np.log(total[last] / total[first]))


def _sectors() -> dict[str, pd.Series]:
    """Change of each group of sectors in percent of all jobs of 2013."""
    panel = load_job_sectors()
    first, last = WINDOW
    status = panel.wide_status("total")[list(WINDOW)]
    sound = (status == "reported").all(axis=1)
    base = panel.wide("total")[first].where(sound)
    found = {}
    for group, names in SECTOR_GROUPS.items():
        parts = [panel.wide(name)[list(WINDOW)].fillna(0.0) for name in names]  # blank: nobody
        jobs = sum(parts[1:], parts[0])
        found[f"sector_{group}"] = 100 * (jobs[last] - jobs[first]) / base
    return found


def _lines(work: Workspace, panel: CityPanel) -> None:
    sectors = tuple(f"sector_{name}" for name in SECTOR_GROUPS)
    growth = (GROWTH,)
    blocks: Blocks = {
        "Jobs of urban units 2013–19, per log point": {
            "bare": ("Province effects only", JOBS, ()),
            "growth": ("and growth 2000–10", JOBS, growth),
            "controls": ("ages and structure", JOBS, (*AGES, *CONTROLS)),
            "full": ("ages, structure and growth 2000–10", JOBS, (*AGES, *CONTROLS, *growth)),
        },
        "Loss and gain, in one regression": {
            "loss_bare": ("Log points lost, province effects only", "job_loss", ("job_gain",)),
            "gain_bare": ("Log points gained, province effects only", "job_gain", ("job_loss",)),
            "loss": ("Log points lost, structure", "job_loss", ("job_gain", *AGES, *CONTROLS)),
            "gain": ("Log points gained, structure", "job_gain", ("job_loss", *AGES, *CONTROLS)),
        },
        "By sector, per percent of all jobs of 2013, in one regression, province effects only": {
            f"{name}_bare": (
                SECTOR_TITLES[name],
                f"sector_{name}",
                tuple(s for s in sectors if s != f"sector_{name}"),
            )
            for name in SECTOR_GROUPS
        },
        "By sector, the same with structure": {
            name: (
                SECTOR_TITLES[name],
                f"sector_{name}",
                (*(s for s in sectors if s != f"sector_{name}"), *AGES, *CONTROLS),
            )
            for name in SECTOR_GROUPS
        },
        "With private firms and self-employed": {
            "everyone": ("All jobs, province effects only", "jobs_everyone", ()),
            "same_units": ("Urban units, the same cities", "jobs_same_units", ()),
        },
        "Persons": {
            "persons": ("Migrants per job, structure", "jobs_per_resident", (*AGES, *CONTROLS)),
        },
        "Jobs of urban units 2005–10, per log point": {
            "early": ("Province effects only", EARLY, ()),
            "early_full": ("ages, structure and growth 2000–10", EARLY,
                           (*AGES, *CONTROLS, *growth)),
        },
    }  # fmt: skip
    work.exhibit(LINES, line_rows(panel, blocks), (NOTE,))
    bound = coefficient_stability(panel, bare("migration", JOBS, *AGES, *CONTROLS), JOBS)
    work.result("evidence.jobs.oster.bound", bound.bound, "estimate", "points", LINES.name)
    work.result("evidence.jobs.oster.delta", bound.delta, "estimate", "", LINES.name)


def _timing(work: Workspace, panel: CityPanel) -> None:
    questions = {
        "people_after_jobs": (
            "Growth 2020–23 on jobs 2013–19, given growth 2010–20",
            "growth_2020_23", JOBS, ("change",),
        ),
        "jobs_after_people": (
            "Jobs 2019–22 (log × 100) on growth 2010–20",
            "late_jobs", "change", (),
        ),
        "jobs_after_growth": (
            "Jobs 2013–19 (log × 100) on growth 2000–10",
            "middle_jobs", GROWTH, (),
        ),
        "people_after_early_jobs": (
            "Net migration 2010–20 on jobs 2005–10, given growth 2000–10",
            "migration", EARLY, (GROWTH,),
        ),
    }  # fmt: skip
    panel = panel.with_variables(
        {
            "late_jobs": 100 * panel.frame["jobs_2019_22"],
            "middle_jobs": 100 * panel.frame[JOBS],
        }
    )
    rows = {
        key: line(panel, bare(outcome, term, *held), term).row(label)
        for key, (label, outcome, term, held) in questions.items()
    }
    work.exhibit(
        TIMING,
        pd.DataFrame.from_dict(rows, orient="index"),
        ("Province effects; errors clustered by province; wild cluster bootstrap, null imposed.",),
    )


def _selection(work: Workspace, panel: CityPanel) -> None:
    """Who has observed jobs, and the bare estimate with those inside made like all."""
    frame = panel.frame
    inside = frame[JOBS].notna()
    titles: Mapping[str, str] = {
        "natural": "Natural change, percent",
        "migration": "Net migration, percent",
        "share_agriculture": "Employed in agriculture, percent",
        "share_65_plus": "65 and over, percent",
        "west": "In the West, percent of units",
    }
    shown = frame.assign(west=100.0 * (panel.attribute("region") == "west"))
    rows = {
        name: {"label": label, "inside": shown.loc[inside, name].mean(),
               "outside": shown.loc[~inside, name].mean()}
        for name, label in titles.items()
    }  # fmt: skip
    rows["units"] = {"label": "Units", "inside": int(inside.sum()), "outside": int((~inside).sum())}
    weights = 1 / chance_inside(
        shown[["natural", "share_agriculture", "west"]].to_numpy(), inside.to_numpy()
    )
    weighted = panel.with_variables({"weight": pd.Series(weights, frame.index)})
    plain = fit_fe(panel, bare("migration", JOBS), BY_PROVINCE)
    alike = fit_fe(weighted, Spec("migration", (JOBS,), PROVINCE, weights="weight"), BY_PROVINCE)
    for key, fit in (("plain", plain), ("reweighted", alike)):
        work.result(
            f"evidence.selection.{key}.estimate", fit.coefficient(JOBS), "estimate", "points"
        )
        work.result(f"evidence.selection.{key}.se", fit.std_error(JOBS), "se", "points")
    work.exhibit(
        SELECTION,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Units on one territory in both censuses. Weights: one over the chance to be inside, a "
            "logit on natural change, agriculture and the West. Bare coefficient of jobs 2013–19 "
            f"on net migration {plain.coefficient(JOBS):.1f} ({plain.std_error(JOBS):.1f}), "
            f"reweighted {alike.coefficient(JOBS):.1f} ({alike.std_error(JOBS):.1f}).",
        ),
    )


def chance_inside(columns: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Chance of each row to be inside: a logit by Newton's method."""
    spread_out = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    x = np.column_stack([np.ones(len(columns)), spread_out])
    slopes = np.zeros(x.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-x @ slopes))
        step = np.linalg.solve(
            x.T @ (x * (chance * (1 - chance))[:, None]), x.T @ (inside - chance)
        )
        slopes += step
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(1 / (1 + np.exp(-x @ slopes)))
