"""Instruments for ageing and jobs: first stages, weak-instrument sets, and failed checks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.cells import p_cell
from analyses.shared.iv_lines import (
    BEFORE,
    Line,
    design_lines,
    fit_line,
    iv_row,
    iv_table,
    record_iv,
)
from analyses.shared.samples_long import OUTCOMES, LongSample, long_sample, share_names, with_shares
from analyses.shared.specs_long import (
    AGEING,
    BY_PROVINCE,
    INCOMPLETE,
    JOBS,
    MIGRATION,
    labels,
    spec,
)
from econshrink import CityPanel, Table, fit_fe
from econshrink.causal import (
    ShiftShareDesign,
    Support,
    akm0_set,
    balance_table,
    fit_shock_level,
    fit_weak_iv,
    plausible_interval,
    rotemberg_table,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.panel import Instrumented

CHARACTERISTICS = ("share_tertiary", "in_migrants", "log_population", "employment_rate")
TOP = 6


def run(work: Workspace) -> None:
    """Fit every line, test the instruments, take the job shock apart."""
    sample = long_sample()
    panel = with_shares(sample.comparable, sample.bartik.share_table)
    rows: list[Row] = []
    for heading, lines in design_lines().items():
        rows.append(Row((Cell(heading),), "group"))
        rows += [_row(work, panel, line) for line in lines]
    work.table(iv_table("iv", "Instrumental variables: ageing and jobs", rows))
    _correlation(work, panel)
    _pretrend(work, panel)
    _shares(work, sample, panel)
    _direct_effect(work, panel)


def _row(work: Workspace, panel: CityPanel, line: Line) -> Row:
    found, first = fit_line(panel, line)
    record_iv(work, f"iv.{line.key}", found, first, line.instruments[0], "iv")
    return iv_row(line.title, found, first, line.instruments[0])


def _correlation(work: Workspace, panel: CityPanel) -> None:
    """With agriculture in, the shock is the agricultural share."""
    frame = panel.frame
    for name in ("bartik_all", "bartik"):
        value = float(np.corrcoef(frame[name], frame["share_agriculture"])[0, 1])
        work.result(f"iv.correlation.{name}", value, "estimate", "correlation", "iv")


def _pretrend(work: Workspace, panel: CityPanel) -> None:
    """Test whether the instruments predict growth before, or what was there at the start."""
    names = labels(("prior_growth", *CHARACTERISTICS))
    rows = []
    for instrument, controls in ((AGEING[1], ()), (JOBS[1], (INCOMPLETE,))):
        made = spec(MIGRATION, (instrument, *controls))
        every = ("prior_growth", *CHARACTERISTICS)
        table = balance_table(panel, made, instrument, every, BY_PROVINCE)
        rows.append(Row((Cell(labels((instrument,))[instrument]),), "group"))
        for name, row in table.iterrows():
            key = f"iv.pretrend.{instrument}.{name}"
            work.result(f"{key}.estimate", row["estimate"], "estimate", "", "pretrend")
            work.result(f"{key}.se", row["std_error"], "se", "", "pretrend")
            work.result(f"{key}.p", row["p_value"], "p", "", "pretrend")
            rows.append(
                Row(
                    (
                        Cell(names[str(name)]),
                        Cell(row["estimate"], ".2f"),
                        Cell(row["std_error"], ".2f", "(", ")"),
                        Cell(row["per_sd"], ".2f"),
                        p_cell(row["p_value"]),
                        p_cell(row["p_holm"]),
                        Cell(int(row["nobs"]), "d"),
                    )
                )
            )
    controlled = spec(
        MIGRATION,
        (AGEING[0], *BEFORE, "prior_growth"),
        instruments=AGEING[1:],
        endogenous=AGEING[:1],
    )
    with_prior = fit_weak_iv(panel, controlled, Instrumented(AGEING[:1], AGEING[1:]), BY_PROVINCE)
    work.result("iv.ageing.given_prior.ar", with_prior.anderson_rubin.text(2), "label")
    work.result("iv.ageing.given_prior.estimate", with_prior.estimate.coefficient(AGEING[0]),
                "estimate")  # fmt: skip
    heads = ("Estimate", "", "Per sd", "p", "p, Holm", "N")
    work.table(
        Table(
            "pretrend",
            "What the instruments should not predict",
            ((Span(""), Span("Estimate", 2), *(Span(head) for head in heads[2:])),),
            tuple(rows),
            (
                "Each row regresses a predetermined variable on the instrument, with province "
                "effects (and the sum of the shares for the job shock), clustered by province. "
                "Growth 2000–2010 is that of the annual series between census years, for units "
                "whose series shows no boundary change. Per sd: standard deviations per standard "
                "deviation of the instrument.",
            ),
            align="lrlrrrr",
        )
    )


def _shares(work: Workspace, sample: LongSample, panel: CityPanel) -> None:
    """Rotemberg weights, the regression across shocks and the exposure-robust set."""
    names = share_names(sample.bartik.sectors)
    design = ShiftShareDesign(JOBS[0], JOBS[1], names)
    made = spec(MIGRATION, (JOBS[0], INCOMPLETE))
    shocks = sample.bartik.share_table.copy()
    shocks.loc[:, :] = sample.bartik.shocks
    table = rotemberg_table(panel, made, design, shocks)
    for sector, row in table.iterrows():
        key = f"iv.rotemberg.{str(sector).removeprefix('s_')}"
        work.result(f"{key}.weight", float(row["weight"]), "estimate", "", "rotemberg")
    first = str(table.index[0]).removeprefix("s_").replace("_", " ")
    work.result("iv.rotemberg.first", first, "label", "", "rotemberg")
    sign = "negative" if table["weight"].iloc[0] < 0 else "positive"
    work.result("iv.rotemberg.first_sign", sign, "label", "", "rotemberg")
    negative = float(-table.loc[table["weight"] < 0, "weight"].sum())
    work.result("iv.rotemberg.negative", negative, "estimate", "", "rotemberg")
    work.result("iv.rotemberg.total", float(table["contribution"].sum()), "estimate", "")
    national = pd.Series(sample.bartik.national, index=list(names))
    level = fit_shock_level(panel, made, design, national)
    work.count("iv.shocks.sectors", level.sectors, "sectors", "rotemberg")
    for name, value in (
        ("effective", level.effective_shocks),
        ("largest_weight", level.largest_weight),
    ):
        work.result(f"iv.shocks.{name}", value, "estimate", "", "rotemberg")
    robust = akm0_set(panel, made, design)
    work.result("iv.jobs.akm0", robust.text(2), "label", "", "rotemberg")
    work.result("iv.jobs.akm0_kind", robust.kind, "label", "", "rotemberg")
    work.table(_rotemberg(table))


def _rotemberg(table: pd.DataFrame) -> Table:
    rows = [
        Row(
            (
                Cell(str(sector).removeprefix("s_").replace("_", " ").capitalize()),
                Cell(row["weight"], ".3f"),
                Cell(row["shock"], ".2f"),
                Cell(row["estimate"], ".2f"),
                Cell(row["first_stage_f"], ".2f"),
            )
        )
        for sector, row in table.head(TOP).iterrows()
    ]
    heads = ("Industry", "Weight", "Shock", "Estimate", "First-stage F")
    return Table(
        "rotemberg",
        "Which industries the job shock rests on",
        (tuple(Span(head) for head in heads),),
        tuple(rows),
        (
            f"The {TOP} industries with the largest Rotemberg weights of the non-agricultural job "
            "shock for the change of the employment rate; weights of all industries sum to one "
            "and may be negative. Shock: mean log growth of employment 2010–2020 in other "
            "provinces (long-form counts). Estimate: the industry's share times its shock as the "
            "only instrument; F alone, iid.",
        ),
    )


def _direct_effect(work: Workspace, panel: CityPanel) -> None:
    """Bounds if ages act on growth directly, at most as they predicted growth before."""
    prior = fit_fe(panel, spec("prior_growth", (AGEING[1],)), BY_PROVINCE).coefficient(AGEING[1])
    work.result("iv.plausible.support", prior, "estimate", "", "iv")
    how = Instrumented(AGEING[:1], AGEING[1:])
    for outcome in OUTCOMES:
        made = spec(outcome, AGEING[:1], instruments=AGEING[1:], endogenous=AGEING[:1])
        found = plausible_interval(panel, made, how, Support(min(prior, 0.0), 0.0), BY_PROVINCE)
        work.result(f"iv.plausible.{outcome}", found.text(2), "label", "", "iv")
