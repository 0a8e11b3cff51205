"""The choice made beforehand, targets met or missed, and errors split into people and census."""

from __future__ import annotations

import pandas as pd

from analyses.forecast.scored import Cases, late, loaded_cases, targets
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.forecast_setup import FIRST_TRUTH, LAST_YEAR, MIXTURE, OTHERS
from analyses.shared.forecast_tables import LABELS
from econshrink import Table
from econshrink.forecast import (
    STACKED,
    Choice,
    SizeClasses,
    choose_before,
    split_errors,
)
from econshrink.nouns import Cell, Row, Span

REGIONS = {
    "": "All",
    "east": "East",
    "central": "Central",
    "west": "West",
    "northeast": "Northeast",
}


def run(work: Workspace) -> None:
    """Choose, test against the targets, split."""
    cases = loaded_cases(work)
    chances: pd.DataFrame = work.load("forecast_scores", "tree_chances")
    used = str(work.results()["forecast.events.used.key"]["value"])
    work.table(_choice(work, cases["published"]))
    wide = {}
    for horizon in (3, 5):
        found = narrowed(cases, horizon)
        wide[horizon] = found["all"]
        for size, inside in found.items():
            key = f"forecast.narrowed.h{horizon}.{slug(size)}"
            work.result(key, inside, "mc", "share", "forecast_parts_targets")
    work.table(_targets(work, targets(cases, chances, used), wide))
    work.table(_splits(work, cases))


def choice(cases: pd.DataFrame) -> tuple[Choice, Choice]:
    """What the rule set on targets before 2020 picks, and beside it what later ones would."""
    known = cases[~cases["model"].isin([STACKED, *OTHERS, "cohort"])]
    seen = known[known["origin"] + known["horizon"] >= FIRST_TRUTH]
    early = choose_before(known, FIRST_TRUTH, "no_change", MIXTURE)
    return early, choose_before(seen, LAST_YEAR + 1, "no_change", MIXTURE)


def _choice(work: Workspace, cases: pd.DataFrame) -> Table:
    early, after = choice(cases)
    work.result("forecast.parts.model", LABELS[early.model].lower(), "label")
    work.result("forecast.parts.model.key", early.model, "label")
    work.result("forecast.parts.late_model", LABELS[after.model].lower(), "label")
    rows = []
    for name, ratio in early.ratios.items():
        values = {"early": float(ratio), "late": float(after.ratios.to_dict()[name])}
        for when, value in values.items():
            stem = f"forecast.parts.{when}.{name}"
            work.result(stem, value, "mc", "share", "forecast_choice")
        cells = [Cell(value, ".3f") for value in values.values()]
        mark = "used" if name == early.model else ""
        rows.append(Row((Cell(LABELS[str(name)]), *cells, Cell(mark))))
    return Table(
        "forecast_choice",
        f"The model was chosen by targets before {FIRST_TRUTH}",
        (tuple(map(Span, ("Model", f"Before {FIRST_TRUTH}", f"From {FIRST_TRUTH}", ""))),),
        tuple(rows),
        (
            "Mean over horizons of the CRPS divided by that of the last value. The mixture was "
            "the default, kept unless another was better by more than 0.01 before "
            f"{FIRST_TRUTH}; scores since did not enter the choice.",
        ),
        align="lrrl",
    )


def narrowed(cases: Cases, horizon: int) -> dict[str, float]:
    """Cover of 80% intervals, closed, had settled forecasts narrowed them at each origin.

    Half the width times the 80% quantile of past errors over half widths, from settled published
    forecasts of the horizon whose window holds no census.
    """
    past = cases["published"]
    past = past[(past["model"] == MIXTURE) & (past["horizon"] == horizon)]
    ended = past["origin"] + horizon
    crosses = sum((past["origin"] < year) & (ended >= year) for year in (2010, 2020)) > 0
    past = past[~crosses]
    ratio = (past["truth"] - past["median"]).abs() / ((past["high80"] - past["low80"]) / 2)
    parts = []
    now = late(cases["closed"], horizon)
    for origin, part in now[now["model"] == MIXTURE].groupby("origin"):
        factor = ratio[past["origin"] + horizon <= origin].quantile(0.8)
        half = factor * (part["high80"] - part["low80"]) / 2
        inside = ((part["truth"] - part["median"]).abs() <= half).astype(float)
        parts.append(pd.DataFrame({"size": part["size"], "inside": inside}))
    table = pd.concat(parts)
    labels = SizeClasses().labels
    found = {"all": float(table["inside"].mean())}
    by_size = table.groupby("size")["inside"].mean()
    return found | {labels[int(str(size))]: float(value) for size, value in by_size.items()}


def _targets(work: Workspace, found: pd.DataFrame, wide: dict[int, float]) -> Table:
    rows = []
    for row in found.itertuples():
        stem = f"forecast.target.{row.key}"
        value = float(str(row.found))
        work.result(stem, value, "mc", "", "forecast_parts_targets")
        work.result(f"{stem}.verdict", str(row.verdict), "label")
        said = f"{row.verdict}: {row.why}" if row.why else row.verdict
        cells = (str(row.target), str(row.wanted))
        rows.append(Row((*map(Cell, cells), Cell(value, str(row.form)), Cell(str(said)))))
    for verdict in ("met", "missed"):
        count = int((found["verdict"] == verdict).sum())
        work.count(f"forecast.targets.{verdict}", count, "", "forecast_parts_targets")
    return Table(
        "forecast_parts_targets",
        "Targets of the mixture that is held to the nation",
        (tuple(map(Span, ("Target", "Set at", "Found", "Verdict"))),),
        tuple(rows),
        (
            f"Targets from {FIRST_TRUTH} on. Published: values as they were printed. Closed: "
            "closed series, used for scoring only, against draws without the part of a census. "
            "Draws narrowed by what earlier forecasts missed would hold "
            f"{wide[5]:.0%} at five years and {wide[3]:.0%} at three, so they were not narrowed. "
            "Windows overlap: at five and ten years only one would be independent.",
        ),
        align="llrl",
    )


def _splits(work: Workspace, cases: Cases) -> Table:
    mine = {k: table[table["model"] == MIXTURE] for k, table in cases.items()}
    known = mine["published"]
    known = known[known["origin"] + known["horizon"] >= FIRST_TRUTH]
    whole = split_errors(known, mine["closed"], ["horizon"])
    parts = split_errors(known, mine["closed"], ["horizon", "region"])
    rows = []
    for horizon, total in whole.iterrows():
        for key, name in REGIONS.items():
            row = total if not key else parts.loc[(horizon, key)]
            stem = f"forecast.parts.split.h{horizon}.{key or 'all'}"
            for column in ("rmse", "demography", "rebasing"):
                value = float(row[column])
                work.result(f"{stem}.{column}", value, "mc", "share", "forecast_rebasing")
            years = f"{horizon} year{'s' * (int(str(horizon)) > 1)}"
            cells = (
                Cell(years if not key else ""), Cell(name), Cell(int(row["cases"]), ",d"),
                Cell(100 * float(row["rmse"]), ".1f"), Cell(float(row["demography"]), ".0%"),
                Cell(float(row["rebasing"]), ".0%"),
            )  # fmt: skip
            rows.append(Row(cells))
    heads = ("Horizon", "Region", "Cases", "RMSE", "People", "Census")
    return Table(
        "forecast_rebasing",
        "Squared error of the mixture, split into what people did and what the census corrected",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            f"Targets {FIRST_TRUTH} to {LAST_YEAR}; RMSE in log points × 100. Each share holds "
            "half of what both have in common. The closed series spreads the correction of a "
            "census over the decade by a rule, on which the split depends.",
        ),
        align="llrrrr",
    )
