"""Survival methods: where programs differ and who is right; bias and coverage of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from econshrink import Clustered, Heteroskedastic, SpellTable, Table, fit_cox
from econshrink.lab import coverage_test
from econshrink.nouns import Cell, Row, Span
from econshrink.survival import (
    DiagonalInformation,
    LogLogistic,
    LogNormalFrailty,
    Weibull,
    aalen_johansen,
    fit_andersen_gill,
    fit_frailty,
    fit_parametric,
    fit_pwp,
    predict_survival,
)

REFERENCE = Path("tests") / "reference"
HEART = ("age", "year", "surgery", "transplant")
ROSSI = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
LUNG = ("age", "sex", "ph.ecog")
BLADDER = ("rx", "size", "number")
STUDIES = {
    "survival_cox": "Cox regression, yearly rows",
    "survival_clustered": "Cities dependent within provinces",
    "survival_log_rank": "Log-rank test of equal groups",
    "survival_firth": "Few events",
    "survival_frailty_half": "Gamma frailty of provinces, variance one half",
    "survival_frailty_fifth": "Gamma frailty of provinces, variance one fifth",
    "survival_recurrent": "Recurrent events",
    "survival_recurrent_factor": "Recurrent events, unseen factor",
    "survival_weibull": "Weibull durations, late entry",
    "survival_log_logistic": "Log-logistic durations, late entry",
    "survival_log_normal": "Log-normal durations, late entry",
    "survival_gompertz": "Gompertz durations, late entry",
}
PARTS = {  # table, its studies, its title
    "survival_coverage": (
        ("survival_cox", "survival_clustered", "survival_log_rank", "survival_firth"),
        "Cox models, curves and tests where the truth is known: bias, coverage of 95% intervals",
    ),
    "survival_laws": (
        (
            "survival_frailty_half",
            "survival_frailty_fifth",
            "survival_recurrent",
            "survival_recurrent_factor",
            "survival_weibull",
            "survival_log_logistic",
            "survival_log_normal",
            "survival_gompertz",
        ),
        "Frailty, recurrent events, durations where the truth is known: bias, coverage",
    ),
}
LEFT_OUT = {"z, Efron", "x, Efron, clustered"}  # rows that only repeat their neighbours


def run(work: Workspace) -> None:
    """Print the answers of programs beside ours, and what the studies found."""
    _traps(work)
    _coverage(work)
    tally = json.loads((work.root / REFERENCE / "tally_survival.json").read_text(encoding="utf-8"))
    for part, name in (("main", "survival.csv"), ("extra", "survival_extra.csv")):
        for word in ("rows", "matched"):
            work.count(f"survival.reference.{part}.{word}", tally[name][word], "numbers")
        left = sum(tally[name]["left_out"].values())
        work.count(f"survival.reference.{part}.left_out", left, "numbers")


def answers(root: Path) -> dict[str, Callable[[], float]]:
    """Our answer to each case of the table of traps, by its key."""

    @cache
    def data(name: str) -> pd.DataFrame:
        frame = pd.read_csv(root / REFERENCE / "survival_data" / f"{name}.csv")
        key = frame[next((c for c in ("id", "city") if c in frame), frame.columns[0])]
        number = key if "id" in frame or "city" in frame else pd.Series(range(len(frame)))
        return frame.assign(city=number.map("{:05d}".format))

    def spells(name: str, **columns: object) -> SpellTable:
        return SpellTable(data(name).assign(**columns), rule_id="reference")

    rossi = {"start": 0.0, "stop": lambda f: f["week"], "event": lambda f: f["arrest"]}
    lung = {"start": 0.0, "stop": lambda f: f["time"], "event": lambda f: f["status"] - 1}

    def frailty() -> float:
        frame = spells("lung", **lung).frame.dropna(subset=["ph.ecog", "inst"])
        options = {"law": LogNormalFrailty(), "information": DiagonalInformation()}
        table = SpellTable(frame, rule_id="reference")
        return fit_frailty(table, LUNG, group="inst", **options).stats["theta"]

    def stopping() -> float:
        fit = fit_parametric(spells("lung", **lung), ("age", "sex"), family=LogLogistic())
        return fit.coefficient("(Intercept)")

    return {
        "entry": lambda: fit_cox(spells("heart"), HEART).coefficient("transplant"),
        "cluster": lambda: fit_cox(spells("heart"), HEART, vcov=Clustered()).std_error("age"),
        "ag": lambda: fit_andersen_gill(spells("bladder2"), BLADDER).std_error("rx"),
        "pwp": lambda: fit_pwp(spells("bladder2"), BLADDER).std_error("rx"),
        "robust": lambda: fit_cox(
            spells("rossi", **rossi), ROSSI, vcov=Heteroskedastic()
        ).std_error("fin"),
        "stopping": stopping,
        "frailty": frailty,
        "path": lambda: _path_error(spells("yearly")),
        "interval": lambda: _interval_error(spells("lung", **lung)),
        "incidence": lambda: _incidence_error(spells("yearly")),
    }


def _path_error(yearly: SpellTable) -> float:
    fit = fit_cox(yearly, ["x", "z"])
    path = pd.DataFrame({"path": "p", "start": [3, 6], "stop": [6, 10], "x": [0.5, 1], "z": 1})
    row = predict_survival(yearly, fit, path).frame.set_index("time").loc[7.0]
    return float(row["std_error"] / row["estimate"])


def _interval_error(lung: SpellTable) -> float:
    """Deaths known by the month only, grouped by sex and age as in the reference."""
    frame = lung.frame
    free = 30 * np.floor((frame["stop"] - 1) / 30)
    stop = np.where(frame["event"] == 1, free + 30, frame["stop"])
    table = frame.assign(stop=stop, free=free, by=frame["sex"] * 100 + frame["age"])
    fit = fit_parametric(
        SpellTable(table, rule_id="reference"),
        ("age", "sex"),
        family=Weibull(),
        vcov=Clustered("by"),
        last_free="free",
    )
    return fit.std_error("Log(scale)")


def _incidence_error(yearly: SpellTable) -> float:
    curve = aalen_johansen(yearly, "cause", cluster="province").frame
    return float(curve.loc[curve["group"] == "loss", "std_error"].iloc[-1])


def _traps(work: Workspace) -> None:
    ours = answers(work.root)
    cases = pd.read_csv(work.root / REFERENCE / "survival_traps.csv")
    rows = []
    for case in cases.itertuples():
        value = ours[case.key]()
        work.result(f"survival.trap.{case.key}", value, "iterative", "", "survival_traps")
        text = (Cell(case.case), Cell(case.quantity), Cell(value, ".5f"), Cell(case.right, ".5f"))
        rows.append(Row((*text, Cell(case.answer, ".5f"), Cell(case.program))))
    work.count("survival.traps", len(rows), "cases", "survival_traps")
    heads = ("Case", "Quantity", "econshrink", "Right", "Other", "Other program")
    work.table(
        Table(
            "survival_traps",
            "Cases in which well-known programs give another answer",
            (tuple(Span(head) for head in heads),),
            tuple(rows),
            (
                "Right: R with package survival where the case is one that R gets right; in the "
                "last three cases the derivative of the estimate or of the likelihood, by "
                "differences. The yearly panel is synthetic; the other data are long-published "
                "data sets. Tests compare our answer with the right one at the digits shown.",
            ),
            align="llrrrl",
        )
    )


def _coverage(work: Workspace) -> None:
    judged = []
    for name in STUDIES:
        found = read_study(name, work.root)["rows"]
        judged.append(found[~found["term"].isin(LEFT_OUT)].assign(study=name))
    found = pd.concat(judged, ignore_index=True)
    found["holds"] = coverage_test(found)["nominal_holds"].to_numpy()
    for entry in found.itertuples():
        stem = f"survival.study.{entry.study}.{slug(entry.setting)}.{slug(entry.term)}"
        for word in ("bias", "coverage"):
            value = float(getattr(entry, word))
            work.result(f"{stem}.{word}", value, "mc", "", "survival_coverage", True)
    holds = int(found["holds"].sum())
    work.result("survival.study.rows", len(found), "count", "rows", "survival_coverage", True)
    work.result("survival.study.nominal", holds, "count", "rows", "survival_coverage", True)
    for key, (names, title) in PARTS.items():
        rows: list[Row] = []
        for name in names:
            rows.append(Row((Cell(STUDIES[name]),), "group"))
            rows += [_study_row(entry) for entry in found[found["study"] == name].itertuples()]
        work.table(_study_table(key, title, rows))


def _study_row(entry: Any) -> Row:
    return Row(
        (
            Cell(f"{entry.setting}: {entry.term}"),
            Cell(entry.truth, ".3f"),
            Cell(entry.bias, ".3f"),
            Cell(entry.bias_mc, ".3f", "(", ")"),
            Cell(entry.se_ratio, ".2f"),
            Cell(entry.coverage, ".1%", "", "" if entry.holds else "*"),
            Cell(int(entry.replicates), ",d"),
        )
    )


def _study_table(key: str, title: str, rows: list[Row]) -> Table:
    heads = ("", "Truth", "Bias", "MC error", "SE ratio", "Coverage", "Replicates")
    return Table(
        key,
        title,
        (tuple(Span(head) for head in heads),),
        tuple(rows),
        (
            "Stored studies of simulated panels in the shape of yearly city data. SE ratio: "
            "mean standard error "
            "over the spread of the estimates. Asterisk: coverage differs from 95% by an exact "
            "binomial test at 5% over all rows of this table and its companion (Bonferroni). "
            "Replicates: those with an estimate.",
        ),
        synthetic=True,
    )
