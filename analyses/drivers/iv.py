"""Instruments for ageing and jobs: first stages, weak-instrument sets, and failed checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyses.drivers.long_inference import share_names, with_shares
from analyses.machinery.workspace import Workspace
from analyses.shared.cells import p_cell
from analyses.shared.samples_long import OUTCOMES, LongSample, long_sample
from analyses.shared.specs_long import (
    AGEING,
    BY_PROVINCE,
    INCOMPLETE,
    JOBS,
    MIGRATION,
    labels,
    spec,
)
from econshrink import CityPanel, Estimate, Table, fit_fe
from econshrink.causal import (
    ShiftShareDesign,
    Support,
    WeakIv,
    akm0_set,
    balance_table,
    fit_shock_level,
    fit_weak_iv,
    plausible_interval,
    rotemberg_table,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.panel import WEAK, Instrumented

BEFORE = ("log_population", "share_agriculture", "share_tertiary", "in_migrants")
JOB_CONTROLS = (INCOMPLETE, "share_65_plus", "child_woman_ratio", "log_population")
CHARACTERISTICS = ("share_tertiary", "in_migrants", "log_population", "employment_rate")
SHORT = dict(zip(OUTCOMES, ("Migration", "Natural", "Total"), strict=True))
TOP = 6


@dataclass(frozen=True)
class Line:
    """One instrumental-variable regression of the table."""

    key: str
    title: str
    outcome: str
    treatment: str
    instruments: tuple[str, ...]
    controls: tuple[str, ...]


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


def design_lines() -> dict[str, list[Line]]:
    """Every regression, by design."""
    lines: dict[str, list[Line]] = {
        "65+ share of 2020, instrument: predicted from the ages of 2010": [],
        "Change of the employment rate, instrument: non-agricultural job shock": [],
        "The same with agriculture inside: the share of agriculture by another name": [],
    }
    ageing, jobs, inside = lines.values()
    for outcome in OUTCOMES:
        name, short = SHORT[outcome], outcome.removesuffix("_rate")
        ageing.append(Line(f"ageing.{short}.bare", name, outcome, AGEING[0], AGEING[1:], ()))
        jobs.append(Line(f"jobs.{short}.bare", name, outcome, *_single(JOBS), (INCOMPLETE,)))
    for outcome in OUTCOMES:
        name, short = f"{SHORT[outcome]}, controls", outcome.removesuffix("_rate")
        ageing.append(Line(f"ageing.{short}.main", name, outcome, AGEING[0], AGEING[1:], BEFORE))
        jobs.append(Line(f"jobs.{short}.main", name, outcome, *_single(JOBS), JOB_CONTROLS))
    both = (AGEING[1], "predicted_75_plus")
    title = "Migration, controls, two instruments"
    ageing.append(Line("ageing.two", title, MIGRATION, AGEING[0], both, BEFORE))
    inside.append(Line("jobs.all", "Migration", MIGRATION, JOBS[0], ("bartik_all",), ()))
    return lines


def fit_line(panel: CityPanel, line: Line) -> tuple[WeakIv, Estimate]:
    """Second stage with sets, and the first stage."""
    made = spec(
        line.outcome,
        (line.treatment, *line.controls),
        instruments=line.instruments,
        endogenous=(line.treatment,),
    )
    how = Instrumented((line.treatment,), line.instruments)
    first = fit_fe(panel, spec(line.treatment, (*line.instruments, *line.controls)), BY_PROVINCE)
    return fit_weak_iv(panel, made, how, BY_PROVINCE), first


def iv_row(title: str, found: WeakIv, first: Estimate, instrument: str) -> Row:
    """A printed line: the point only if the effective F allows it, the set always."""
    estimate, allowed = found.estimate, found.point_allowed
    point = estimate.coefficient(found.term) if allowed else None
    error = estimate.std_error(found.term) if allowed else None
    return Row(
        (
            Cell(title),
            Cell(first.coefficient(instrument), ".2f"),
            Cell(first.std_error(instrument), ".2f", "(", ")"),
            Cell(found.effective_f, ",.1f"),
            Cell(found.critical_f, ".1f"),
            Cell(point, ".2f"),
            Cell(error, ".2f", "(", ")") if allowed else Cell(""),
            Cell(found.anderson_rubin.text(2)),
            Cell(estimate.nobs, "d"),
        )
    )


def iv_table(name: str, title: str, rows: list[Row], synthetic: bool = False) -> Table:
    """Lay the lines out."""
    return Table(
        name,
        title,
        (
            (
                Span("Outcome"),
                Span("First stage", 2),
                Span("Eff. F"),
                Span("Critical"),
                Span("2SLS", 2),
                Span("Anderson–Rubin set"),
                Span("N"),
            ),
        ),
        tuple(rows),
        (
            "Province effects; standard errors and sets clustered by province. First stage: "
            "coefficient of the (first) instrument. Effective F of Montiel Olea and Pflueger with "
            "its critical value for a worst-case bias of a tenth. The point is printed only if "
            f"the effective F reaches {WEAK:.0f}; the 95 % Anderson–Rubin set always, the null "
            "imposed, with critical values for few clusters.",
        ),
        align="lrlrrrlcr",
        synthetic=synthetic,
    )


def _single(pair: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    return pair[0], (pair[1],)


def _row(work: Workspace, panel: CityPanel, line: Line) -> Row:
    found, first = fit_line(panel, line)
    record_iv(work, f"iv.{line.key}", found, first, line.instruments[0], "iv")
    return iv_row(line.title, found, first, line.instruments[0])


def record_iv(
    work: Workspace, key: str, found: WeakIv, first: Estimate, instrument: str, exhibit: str
) -> None:
    """Record one line's numbers; the point only where it may be claimed."""
    made = found.estimate.synthetic
    numbers = {
        "first_stage": (first.coefficient(instrument), "estimate"),
        "effective_f": (found.effective_f, "estimate"),
        "critical_f": (found.critical_f, "estimate"),
    }
    if found.point_allowed:
        numbers["estimate"] = (found.estimate.coefficient(found.term), "estimate")
        numbers["se"] = (found.estimate.std_error(found.term), "se")
    for name, (value, kind) in numbers.items():
        work.result(f"{key}.{name}", value, kind, "", exhibit, made)
    work.result(f"{key}.ar", found.anderson_rubin.text(2), "label", "", exhibit, made)
    work.result(f"{key}.ar_kind", found.anderson_rubin.kind, "label", "", exhibit, made)
    work.result(f"{key}.clr", found.conditional_lr.text(2), "label", "", exhibit, made)
    work.result(f"{key}.nobs", found.estimate.nobs, "count", "units", exhibit, made)


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
