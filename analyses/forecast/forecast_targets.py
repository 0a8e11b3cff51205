"""The targets set before scoring, each met or missed."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH, NAIVE
from analyses.shared.forecast_tables import LABELS
from econshrink import Backtest, Table
from econshrink.forecast import accuracy, coverage, event_scores
from econshrink.nouns import Cell, Row, Span


def target_table(work: Workspace, found: Backtest, used: str) -> Table:
    """Figure, target and verdict for the model used, and for the best model of each row."""
    cases = {h: found.of(h, FIRST_TRUTH) for h in (5, 10)}
    scores = {h: accuracy(part) for h, part in cases.items()}
    falls = event_scores(cases[5], 0.0).drop(["climatology", "logit"])
    naive = {h: float(table.loc[list(NAIVE), "crps"].min()) for h, table in scores.items()}
    gain = {h: 1 - table["crps"] / naive[h] for h, table in scores.items()}
    sizes = {h: coverage(part, "size") for h, part in cases.items()}
    rows = []

    def add(key: str, text: str, value: float, low: float, high: float, best: str = "") -> None:
        met = low <= value <= high
        work.result(f"forecast.target.{key}", value, "mc", "", "forecast_targets")
        work.result(f"forecast.target.{key}.verdict", "met" if met else "missed", "label")
        form = ".2f" if key.startswith(("slope", "skill")) else ".1%"
        ends = [format(x, form) for x in (low, high)]
        if low == -9:
            wanted = f"at most {ends[1]}"
        elif high == 9:
            wanted = f"at least {ends[0]}"
        else:
            wanted = f"{ends[0]} to {ends[1]}"
        verdict = "met" if met else "missed"
        rows.append(Row((Cell(text), Cell(wanted), Cell(value, form), Cell(verdict), Cell(best))))

    for h, limit in ((5, 0.045), (10, 0.08)):
        column = scores[h]["mape"].astype(float)
        add(f"mape{h}", f"MAPE, {h} years", float(column[used]), -9, limit, _best(column.idxmin()))
    for h in (5, 10):
        column = gain[h].astype(float)
        text = f"CRPS below the best naive rule, {h} years"
        add(f"crps{h}", text, float(column[used]), 0.10, 9, _best(column.idxmax()))
    for h in (5, 10):
        own = sizes[h].loc[used].astype(float)
        for word, value in (("lowest", own.min()), ("highest", own.max())):
            text = f"80% intervals, {h} years, {word} of the size classes"
            add(f"inside{h}_{word}", text, float(value), 0.76, 0.84)
    column = falls["skill_logit"].astype(float)
    text = "Brier skill over the persistence logit, any fall, 5 years"
    add("skill5", text, float(column[used]), 0.15, 9, _best(column.idxmax()))
    for h in (5, 10):
        table = event_scores(cases[h], 0.0).drop(["climatology", "logit"])
        slopes = table["slope"].astype(float)
        near = str((slopes - 1).abs().idxmin())
        text = f"Calibration slope, any fall, {h} years"
        add(f"slope{h}", text, float(slopes[used]), 0.9, 1.1, _best(near))
    heads = ("Target", "Set at", "Found", "Verdict", "Best model of the row")
    return Table(
        "forecast_targets",
        f"Targets set before scoring: {LABELS[used].lower()}",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            "Pseudo-real-time, as in the table of accuracy. The model is chosen by the rule of the "
            "text; the last column names the model nearest to each target, chosen after the fact. "
            "Weights, spread and learnt slopes come from earlier origins only. Choices "
            "of design (the damping of 0.8, leaving out steps into census years, origins with as "
            "many censuses ahead, the questions on trajectories) were made by people who had "
            "already seen these decades: origins are held back from the models, not from us.",
        ),
        align="lllll",
    )


def _best(name: object) -> str:
    return LABELS[str(name)]
