"""Scored cases of the forecasts, and every target with what was found."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.forecast.forecast_events import LABELS as EVENT_LABELS, NAME, with_trees
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.forecast_setup import FIRST_TRUTH, MIXTURE, NAIVE
from econshrink import Backtest
from econshrink.data import load_units
from econshrink.forecast import (
    SizeClasses,
    accuracy,
    coverage,
    score_events,
)

FREE = (-np.inf, np.inf)
Cases = dict[str, pd.DataFrame]


def loaded_cases(work: Workspace) -> Cases:
    """Cases against published figures and closed series, with the region."""
    region = load_units()["region"].astype(str)
    cases: Cases = {}
    for kind, name in (("published", "backtest"), ("closed", "closed")):
        held: Backtest = work.load("forecast_scores", name)
        cases[kind] = held.cases.assign(region=held.cases["city"].map(region))
    return cases


def late(cases: pd.DataFrame, horizon: int, post: bool = False) -> pd.DataFrame:
    """Cases of one horizon with targets from 2020 on, or origins from 2020 on."""
    since = cases["origin"] if post else cases["origin"] + cases["horizon"]
    return cases[(cases["horizon"] == horizon) & (since >= FIRST_TRUTH)]


def targets(cases: Cases, chances: pd.DataFrame, used: str) -> pd.DataFrame:
    """Every target and what was found: met, missed, or reported without one, and why missed."""
    published, closed = cases["published"], cases["closed"]
    rows: list[tuple[str, str, str, float, str, str, str]] = []

    def add(
        key: str, name: str, found: float, bounds: tuple[float, float], form: str, why: str = ""
    ) -> None:
        low, high = bounds
        inside = low <= found <= high
        verdict = "reported" if bounds == FREE else "met" if inside else "missed"
        why = why if verdict == "missed" else ""
        rows.append((key, name, _wanted(low, high, form), found, form, verdict, why))

    for kind, limit, why in (
        ("published", 0.038, "the census of 2020 lies in every window"),
        ("closed", 0.025, "no model reaches it"),
    ):
        error = float(accuracy(late(cases[kind], 5))["mape"].to_dict()[MIXTURE])
        add(f"mape5_{kind}", f"MAPE, 5 years, {kind}", error, (-np.inf, limit), ".2%", why)
    for horizon, least in ((5, 0.12), (10, 0.18)):
        crps = accuracy(late(published, horizon))["crps"].astype(float).to_dict()
        gain = 1 - crps[MIXTURE] / min(crps[name] for name in NAIVE)
        name = f"CRPS below the best naive rule, {horizon} years"
        add(f"crps{horizon}", name, gain, (least, np.inf), ".1%", "no model reaches it")
    crps = accuracy(late(published, 3, True))["crps"].astype(float).to_dict()
    gain = 1 - crps[MIXTURE] / crps["no_change"]
    name = "CRPS below the last value, 3 years from 2020"
    add("crps3_late", name, gain, (0.12, np.inf), ".1%", "few windows")
    labels = SizeClasses().labels
    why = "past errors were larger"
    for size, inside in coverage(late(closed, 5), "size").loc[MIXTURE].items():
        label = labels[int(str(size))]
        name = f"80% intervals, 5 years, closed, {label}"
        add(f"inside5_{slug(label)}", name, float(inside), (0.76, 0.86), ".1%", why)
    north = coverage(late(published, 3, True), "region").loc[MIXTURE, "northeast"]
    name = "80% intervals, Northeast, 3 years from 2020"
    add("inside3_northeast", name, float(north), (0.70, np.inf), ".0%")
    for horizon in (1, 3, 5):
        both = (MIXTURE,) if horizon == 5 else (used, MIXTURE)
        for model in both:
            key = "mixture" if model == MIXTURE else "used"
            skill, slope = _events(late(published, horizon), chances, horizon, model)
            wanted = (0.15, np.inf) if horizon == 3 and key == "used" else FREE
            title = f"{horizon} year{'s' * (horizon > 1)}, {EVENT_LABELS[model].lower()}"
            name = f"Event skill over the logit, {title}"
            add(f"skill{horizon}_{key}", name, skill, wanted, ".2f", "few events")
            if horizon == 3:
                why = "a mean of two probabilities is timid"
                name = f"Calibration slope, {title}"
                add(f"slope3_{key}", name, slope, (0.8, 1.3), ".2f", why)
    for horizon in (3, 5):
        slope = _events(late(closed, horizon), chances, horizon, MIXTURE)[1]
        name = f"Calibration slope, {horizon} years, closed, mixture"
        add(f"slope{horizon}_closed", name, slope, (0.8, 1.3), ".2f", "draws too wide, as above")
    columns = ["key", "target", "wanted", "found", "form", "verdict", "why"]
    return pd.DataFrame(rows, columns=columns)


def _wanted(low: float, high: float, form: str) -> str:
    if np.isinf(low) and np.isinf(high):
        return "–"
    if np.isinf(low):
        return f"at most {high:{form}}"
    return f"at least {low:{form}}" if np.isinf(high) else f"{low:{form}} to {high:{form}}"


def _events(
    cases: pd.DataFrame, chances: pd.DataFrame, horizon: int, name: str
) -> tuple[float, float]:
    """Skill over the logit and calibration slope of a loss of a twentieth."""
    if name == MIXTURE:
        row = score_events(cases[cases["model"] == MIXTURE], NAME).loc[MIXTURE]
    else:
        row = score_events(with_trees(cases, chances, horizon), NAME).loc[name]
    return float(row["skill_logit"]), float(row["slope"])
