"""What the drivers predict outside their province, their shares of R², and two counterfactuals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import complete, evidence_panel, residents
from analyses.shared.specs_evidence import CONTROLS, DRIVERS, OUTCOMES, primary
from econshrink import CityPanel, Resampling, Spec, shapley_r2
from econshrink.core.seeds import generator
from econshrink.inference import BayesianBootstrap, least_squares

PERSISTENCE = "growth_census"
BEFORE = ("share_65_plus", "child_woman_ratio", "jobs_2005_10", "investment_level")
BAND_DRAWS = 999
SETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "growth": ("Growth 2000–10 alone", (PERSISTENCE,)),
    "drivers": ("Four drivers before 2010", BEFORE),
    "both": ("Both", (PERSISTENCE, *BEFORE)),
    "structure": ("Both, and structure of 2010", (PERSISTENCE, *BEFORE, *CONTROLS)),
}
LATE_SETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "growth": ("Growth 2010–20 alone", ("change",)),
    "both": ("Growth 2010–20 and all drivers", ("change", *DRIVERS)),
}
PLAYERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "level": ("Level of investment", ("investment_level",)),
    "persistence": ("Growth 2000–10", (PERSISTENCE,)),
    "jobs": ("Jobs", ("jobs_2005_10", "jobs_2013_19")),
    "births": ("Children", ("child_woman_ratio",)),
    "building": ("Growth of investment", ("investment_growth",)),
    "ageing": ("65 and over", ("share_65_plus",)),
    "structure": ("Structure of 2010", CONTROLS),
}

SCORES = Exhibit(
    "evidence_scores",
    "Predicting units of a province that the regression has not seen",
    "evidence.score.{row}.{column}",
    (
        Column("label", "Regressors"),
        Column("r2", "R²", ".2f", "estimate"),
        Column("low", "2.5%", ".2f", "mc", over="Band"),
        Column("high", "97.5%", ".2f", "mc", over="Band"),
        Column("nobs", "Units", "d", "count", "units"),
    ),
    group="outcome",
)
SHARES = Exhibit(
    "evidence_shares",
    "Shares of R² within provinces, drivers as players",
    "evidence.share.{row}.{column}",
    (
        Column("label", ""),
        *(
            column
            for outcome, over in zip(OUTCOMES, ("Net migration", "Natural change"), strict=True)
            for column in (
                Column(outcome, "Share", ".2f", "estimate", over=over),
                Column(f"{outcome}.se", "Error", ".2f", "mc", over=over, before="(", after=")"),
            )
        ),
    ),
)
COUNTS = Exhibit(
    "evidence_counts",
    "Units that would have lost residents 2010–20, had one component been another",
    "evidence.counts.{row}.{column}",
    (
        Column("label", ""),
        Column("closed", "With the national adjustment", "d", "count", "units"),
        Column("open", "Without the national adjustment", "d", "count", "units"),
    ),
)


def run(work: Workspace) -> None:
    """Score, share out, and count."""
    panel = evidence_panel()
    _scores(work, panel)
    _shares(work, panel)
    _counts(work, panel)


def _scores(work: Workspace, panel: CityPanel) -> None:
    rows = {}
    needed = ("migration", PERSISTENCE, *DRIVERS, *CONTROLS)
    for outcome, title, sets in (
        ("migration", "Net migration 2010–20", SETS),
        ("growth_2020_23", "Growth 2020–23", LATE_SETS),
    ):
        sample = complete(panel, (*needed, outcome))
        for name, (label, terms) in sets.items():
            rows[f"{outcome}.{name}"] = {
                "label": label,
                "outcome": title,
                **out_of_province(sample, outcome, terms),
            }
    work.exhibit(
        SCORES,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Least squares without province effects on all provinces but one, scored on that one; "
            "1 − squared errors over squared distances from the other provinces' mean. Units of "
            "the primary regression. Bands: provinces' errors reweighted "
            f"({BAND_DRAWS} draws of Dirichlet weights), predictions held.",
            "Growth 2010–20 is itself part of the level from which growth 2020–23 starts, so that "
            "an error in the census of 2020 enters both with opposite signs.",
        ),
    )


def out_of_province(panel: CityPanel, outcome: str, terms: tuple[str, ...]) -> dict[str, float]:
    """Out-of-province R² of least squares, with a band over provinces."""
    frame = panel.frame
    province = panel.attribute("province").to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame[list(terms)].to_numpy()])
    y = frame[outcome].to_numpy()
    missed, spread = [], []
    for name in sorted(set(province)):
        out = province == name
        slopes = least_squares(y[~out], x[~out])[0]
        missed.append(((y[out] - x[out] @ slopes) ** 2).sum())
        spread.append(((y[out] - y[~out].mean()) ** 2).sum())
    rng = generator(f"evidence.score.{outcome}.{len(terms)}")
    weights = BayesianBootstrap().weights(rng, BAND_DRAWS, len(missed))
    drawn = 1 - weights @ np.array(missed) / (weights @ np.array(spread))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return {
        "r2": 1 - sum(missed) / sum(spread),
        "low": float(low),
        "high": float(high),
        "nobs": len(y),
    }


def _shares(work: Workspace, panel: CityPanel) -> None:
    players = {name: terms for name, (_, terms) in PLAYERS.items()}
    rows = {name: {"label": label} for name, (label, _) in PLAYERS.items()}
    rows["total"] = {"label": "R² within provinces"}
    for outcome in OUTCOMES:
        spec = primary(outcome)
        sample = _within(complete(panel, (outcome, *spec.covariates)), (outcome, *spec.covariates))
        found = shapley_r2(
            sample,
            Spec(outcome, spec.covariates),
            players,
            Resampling(scheme=BayesianBootstrap()),
        )
        for name, row in rows.items():
            row[outcome] = found.number("R2", name)
            row[f"{outcome}.se"] = found.number("R2", name, "std_error")
    work.exhibit(
        SHARES,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Mean increase of R² over all orders in which the groups can enter the primary "
            "regression; all variables less their province's mean. Errors by a Bayesian bootstrap "
            "over provinces. A share is no effect: a lasting trait of a place that raises "
            "investment and attracts people is counted for investment.",
        ),
    )


def _within(panel: CityPanel, names: tuple[str, ...]) -> CityPanel:
    """Variables less the mean of their province."""
    province = panel.attribute("province")
    columns = panel.frame[list(names)]
    return panel.with_variables(dict(columns.sub(columns.groupby(province).transform("mean"))))


def _counts(work: Workspace, panel: CityPanel) -> None:
    """Losers by fact, without migration, without natural change, at the nation's natural rate."""
    people = residents(2010).reindex(list(panel.cities)).to_numpy()
    rows: dict[str, dict[str, object]] = {
        key: {"label": label}
        for key, label in (
            ("observed", "As it was"),
            ("zero_migration", "No net migration"),
            ("zero_natural", "No natural change"),
            ("national_natural", "Natural change of the sample's mean rate"),
            ("losers_natural_gain", "Losers with natural gain"),
            ("losers_migration_loss", "Losers that lost migrants"),
            ("northeast_natural_loss", "Losers of the Northeast with natural loss"),
            ("northeast", "Losers of the Northeast"),
        )
    }
    northeast = panel.attribute("region").to_numpy() == "northeast"
    for kind, ending in (("closed", ""), ("open", "_open")):
        moved = panel.frame[f"migration{ending}"].to_numpy()
        born = panel.frame[f"natural{ending}"].to_numpy()
        lost = moved + born < 0
        mean = float((born * people).sum() / people.sum())
        work.result(f"evidence.counts.natural_mean.{kind}", mean, "estimate", "points")
        found = {
            "observed": lost,
            "zero_migration": born < 0,
            "zero_natural": moved < 0,
            "national_natural": moved + mean < 0,
            "losers_natural_gain": lost & (born > 0),
            "losers_migration_loss": lost & (moved < 0),
            "northeast_natural_loss": lost & northeast & (born < 0),
            "northeast": lost & northeast,
        }
        for key, which in found.items():
            rows[key][kind] = int(which.sum())
    work.exhibit(
        COUNTS,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            f"{len(panel.cities)} units on one territory in both censuses. Natural change of the "
            "first column contains coverage, so that the two components add up; by births and "
            "deaths alone see the second. Arithmetic of two components, not a forecast of "
            "another world: without migration births and deaths would have been others too.",
        ),
    )
