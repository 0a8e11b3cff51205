"""Forecast exhibits of the article: scores, calibration, the map and the path of the headline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analyses.forecast.headline import FEWEST
from analyses.forecast.scored import late, loaded_cases
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import (
    FIRST_TRUTH,
    LOSS,
    MIXTURE as USED,
    NAIVE,
)
from econshrink.forecast import (
    accuracy,
    coverage,
    event_scores,
    paired_gain,
    split_errors,
)
from econshrink.report import (
    GREY,
    house_style,
    new_figure,
    panel_letter,
)

BASE, NOW, YEAR = 2020, 2024, 2030
SURE, BAND = 0.8, (0.1, 0.5, 0.9)
BLACK, GREEN = "#111111", "#009E73"
MODELS = {
    "no_change": "No change",
    "drift": "Trend carried on",
    "damped": "Trend that fades",
    USED: "Forecast used",
}
WINDOWS = {  # horizon, and whether the origin lies in 2020 or later
    "h3": (3, False),
    "h5": (5, False),
    "h10": (10, False),
    "post3": (3, True),
}
REGIONS = {"northeast": "Northeast", "central": "Central", "west": "West", "east": "East"}
EDGES = (0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0)

SCORES = Exhibit(
    "article_forecasts",
    "Forecasts scored at past dates",
    "article.forecast.{row}.{column}",
    (
        Column("label", ""),
        Column("mape", "Mean error", ".1f", "mc", "percent"),
        Column("crps", "CRPS", ".2f", "mc", "", times=100),
        Column("inside", "80% interval holds", ".0%", "mc", "share"),
        Column("gain", "lower by", ".1%", "mc", "share", over="CRPS of the forecast used"),
        Column("band", "95% band", over="CRPS of the forecast used", align="r"),
        Column("low", kind="mc", unit="share"),
        Column("high", kind="mc", unit="share"),
    ),
    group="window",
)


def run(work: Workspace) -> None:
    """Scores and calibration from the backtest; map and path are drawn with the risk."""
    cases = {kind: table[table["model"].isin(MODELS)] for kind, table in loaded_cases(work).items()}
    article_exhibits(work, cases)


def article_exhibits(work: Workspace, cases: Mapping[str, pd.DataFrame]) -> None:
    """Print, draw and record."""
    published = cases["published"]
    rows = [row for key in WINDOWS for row in _window(work, published, key)]
    work.exhibit(
        SCORES,
        pd.DataFrame(rows).set_index("row"),
        (
            f"Targets are estimates as published for {FIRST_TRUTH} to {NOW}; each forecast uses "
            "what was out a year after its origin. Mean error: mean absolute error, percent. "
            "CRPS: continuous ranked probability score of the drawn log change, times 100, lower "
            "is better. The band resamples provinces. Origins that share a year are not "
            "independent. Forecast used: equal mixture of a fading trend scaled to the nation's "
            "natural growth and two models that add natural growth from ages to migration that "
            "fades.",
        ),
    )
    _events(work, cases)
    work.figure(
        _calibration(work, cases),
        "article_calibration",
        alt="Two panels. Left: share of losses that came against the probability given. Right: "
        "share of truths inside the 80 percent interval by region, lowest in the Northeast across "
        "the census of 2020.",
    )


def _window(work: Workspace, published: pd.DataFrame, key: str) -> list[dict[str, object]]:
    horizon, post = WINDOWS[key]
    held = late(published, horizon, post)
    table = accuracy(held)[["mape", "crps", "inside80"]].astype(float)
    gains = {name: paired_gain(held, USED, name) for name in MODELS if name != USED}
    first = next(iter(gains.values()))
    since = f", origins from {BASE} on" if post else ""
    window = f"{horizon} years{since}: {first.origins} origins, {first.independent} independent"
    work.count(f"article.forecast.{key}.origins", first.origins, "origins", SCORES.name)
    work.count(f"article.forecast.{key}.independent", first.independent, "origins", SCORES.name)
    rows: list[dict[str, object]] = []
    for name, label in MODELS.items():
        score, gain = table.loc[name], gains.get(name)
        rows.append(
            {
                "row": f"{key}.{'last_value' if name == 'no_change' else name}",
                "window": window,
                "label": label,
                "mape": 100 * score["mape"],
                "crps": score["crps"],
                "inside": score["inside80"],
                "gain": gain.gain if gain else np.nan,
                "low": gain.low if gain else np.nan,
                "high": gain.high if gain else np.nan,
                "band": f"{gain.low:.1%} to {gain.high:.1%}".replace("-", "−") if gain else "",
            }
        )
    best = min(float(table.loc[name, "crps"]) for name in NAIVE)
    value = 1 - float(table.loc[USED, "crps"]) / best
    work.result(f"article.forecast.{key}.over_naive", value, "mc", "share", SCORES.name)
    return rows


def _events(work: Workspace, cases: Mapping[str, pd.DataFrame]) -> None:
    """Skill on a loss of a twentieth over a logit that knows past losses alone."""
    published = cases["published"]
    whole = split_errors(
        late(published[published["model"] == USED], 5),
        cases["closed"][cases["closed"]["model"] == USED],
        ["horizon"],
    )
    census = float(whole["rebasing"].iloc[0])
    work.result("article.forecast.h5.rebasing", census, "mc", "share", SCORES.name)
    for horizon in (3, 5):
        held = late(published, horizon)
        row = event_scores(held, LOSS).loc[USED]
        mine = held[held["model"] == USED]
        sure = mine[mine["chance_05"] >= SURE]
        stem = f"article.forecast.h{horizon}.event"
        work.result(f"{stem}.skill", float(row["skill_logit"]), "mc", "share", SCORES.name)
        work.result(f"{stem}.slope", float(row["slope"]), "mc", "", SCORES.name)
        work.count(f"{stem}.cases", len(mine), "cases", SCORES.name)
        work.count(f"{stem}.sure_cases", len(sure), "cases", SCORES.name)
        work.count(f"{stem}.sure_came", int(sure["event_05"].sum()), "cases", SCORES.name)


def _calibration(work: Workspace, cases: Mapping[str, pd.DataFrame]) -> Figure:
    """Left: how often a loss of a twentieth came. Right: share inside the 80% intervals."""
    used = {name: table[table["model"] == USED] for name, table in cases.items()}
    with house_style():
        figure, grid = new_figure("two", 2.9, 1, 2)
        _reliability(grid[0, 0], late(used["published"], 5), late(used["closed"], 5))
        _coverage(work, grid[0, 1], used)
        panel_letter(grid[0, 0], 0)
        panel_letter(grid[0, 1], 1)
    return figure


def _reliability(axes: Axes, published: pd.DataFrame, closed: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6)
    for cases, colour, mark, label in (
        (published, BLACK, "o", "as published"),
        (closed, GREY, "s", "adjusted to the censuses"),
    ):
        group = pd.cut(cases["chance_05"], EDGES, include_lowest=True)
        found = cases.groupby(group, observed=True).agg(
            chance=("chance_05", "mean"), came=("event_05", "mean"), cases=("event_05", "size")
        )
        found = found[found["cases"] >= FEWEST]
        axes.plot(
            found["chance"], found["came"], marker=mark, color=colour, linewidth=1.0,
            markersize=4, label=label,
        )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Probability forecast", ylabel="Share that came")
    axes.legend(loc="lower right", fontsize=7, title="Truth", title_fontsize=7)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))


def _coverage(work: Workspace, axes: Axes, used: Mapping[str, pd.DataFrame]) -> None:
    views = {
        "crossing": ("5 years, published", late(used["published"], 5), BLACK, "o"),
        "closed": ("5 years, adjusted", late(used["closed"], 5), GREY, "s"),
        "post": ("3 years from 2020, published", late(used["published"], 3, True), GREEN, "D"),
    }
    axes.axvline(SURE, color=GREY, linewidth=0.8)
    for number, (key, (label, cases, colour, mark)) in enumerate(views.items()):
        inside = coverage(cases, "region").loc[USED]
        for row, region in enumerate(REGIONS):
            value = float(inside[region])
            stem = f"article.forecast.inside.{key}.{region}"
            work.result(stem, value, "mc", "share", "article_calibration")
            axes.plot(value, row + 0.18 * (number - 1), mark, color=colour, markersize=4.5,
                      label=label if not row else None)  # fmt: skip
    axes.set_yticks(range(len(REGIONS)), list(REGIONS.values()))
    axes.set(xlim=(0, 1), ylim=(len(REGIONS) - 0.5, -0.5))
    axes.set_xlabel("Share of truths inside the 80% interval")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower left", fontsize=7)
