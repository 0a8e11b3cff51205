"""The lines of the instrumental-variable tables, for China and for synthetic countries."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.machinery.workspace import Workspace
from analyses.shared.samples_long import OUTCOMES
from analyses.shared.specs_long import AGEING, BY_PROVINCE, INCOMPLETE, JOBS, MIGRATION, spec
from econshrink import CityPanel, Estimate, Table, fit_fe
from econshrink.causal import WeakIv, fit_weak_iv
from econshrink.nouns import Cell, Row, Span
from econshrink.panel import WEAK, Instrumented

BEFORE = ("log_population", "share_agriculture", "share_tertiary", "in_migrants")
JOB_CONTROLS = (INCOMPLETE, "share_65_plus", "child_woman_ratio", "log_population")
SHORT = dict(zip(OUTCOMES, ("Migration", "Natural", "Total"), strict=True))


@dataclass(frozen=True)
class Line:
    """One instrumental-variable regression of the table."""

    key: str
    title: str
    outcome: str
    treatment: str
    instruments: tuple[str, ...]
    controls: tuple[str, ...]


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
            f"the effective F reaches {WEAK:.0f}; the 95% Anderson–Rubin set always, the null "
            "imposed, with critical values for few clusters.",
        ),
        align="lrlrrrlcr",
        synthetic=synthetic,
    )


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


def _single(pair: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    return pair[0], (pair[1],)
