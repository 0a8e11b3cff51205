"""Pages of estimates, tests, confidence sets and decompositions; read by their fields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special

from econshrink.nouns.show.page import (
    Grid,
    Page,
    column,
    fixed,
    level_text,
    number,
    probability,
)

LABELS = {
    "r2_within": "within R²",
    "r2": "R²",
    "r2_between": "between R²",
    "pseudo_r2": "pseudo R²",
    "rmse": "RMSE",
    "loglik": "log likelihood",
    "deviance": "deviance",
    "events": "events",
    "years": "years",
    "mean_depvar": "mean outcome",
    "concordance": "concordance",
    "aic": "AIC",
    "bic": "BIC",
}
# What the covariance rests on is in the covariance line, and what was left out in the notes.
_INNER = ("parameters_", "vcov_", "rows_")
_MACHINERY = {"slopes", "effects_rank", "rss", "df_resid", "n_effects", "cities", "converged"}
_MOST_STATS = 12
# Models whose coefficients are read as ratios.
_RATIOS = {"cox": "hazard ratio", "poisson": "rate ratio"}


def estimate_page(estimate: Any, level: float = 0.95) -> Page:
    """A regression table: terms down, estimate, error, statistic, p-value and interval across."""
    tidy = estimate.tidy(level)
    t = "t" if math.isfinite(estimate.df_t) else "z"
    places = _places(tidy["std_error"].tolist())
    columns = {"": list(estimate.terms)}
    for name, heading in (("estimate", "estimate"), ("std_error", "std. error")):
        columns[heading] = [fixed(v, n) for v, n in zip(tidy[name], places, strict=True)]
    columns[t] = [fixed(value, 2) for value in tidy["statistic"]]
    columns["p"] = [probability(float(p)) for p in tidy["p_value"]]
    for name, heading in (("conf_low", f"[{level_text(level)}"), ("conf_high", "interval]")):
        columns[heading] = [fixed(v, n) for v, n in zip(tidy[name], places, strict=True)]
    if estimate.kind in _RATIOS:
        columns[_RATIOS[estimate.kind]] = [number(float(v)) for v in np.exp(estimate.coefficients)]
    grid = Grid(tuple(columns), tuple(zip(*columns.values(), strict=True)))
    outcome = getattr(estimate.spec, "depvar", "")
    what = f": {outcome}" if outcome else ""
    brief = (
        f"{estimate.method}{what} on {len(estimate.terms)} terms, N = {estimate.nobs:,}, "
        f"{estimate.vcov_label}"
    )
    title = estimate.method[:1].upper() + estimate.method[1:]
    facts = (*_about(estimate), ("Covariance", covariance_line(estimate)))
    stats = statistics_line(estimate.stats)
    notes = ((f"Statistics: {stats}",) if stats else ()) + tuple(estimate.notes)
    return Page(title, brief, facts, (grid,), notes, estimate.synthetic)


def _places(errors: list[float]) -> list[int]:
    """Decimals by row: three figures of the standard error, the same for all where they allow."""
    sizes = [math.floor(math.log10(e)) if e > 0 and math.isfinite(e) else 0 for e in errors]
    own = [min(max(2 - size, 0), 15) for size in sizes]
    most = max(own, default=3)
    return [most] * len(own) if most - min(own, default=3) <= 3 else own


def _about(estimate: Any) -> tuple[tuple[str, str], ...]:
    spec = estimate.spec
    facts = []
    outcome, effects = getattr(spec, "depvar", ""), getattr(spec, "absorb", ())
    if outcome:
        facts.append(("Outcome", str(outcome)))
    elif getattr(spec, "formula", ""):
        facts.append(("Model", str(spec.formula)))
    if effects:
        facts.append(("Effects", ", ".join(effects)))
    if getattr(spec, "weights", None) and isinstance(spec.weights, str):
        facts.append(("Weights", spec.weights))
    facts.append(("N", f"{estimate.nobs:,}"))
    if "cities" in estimate.stats:
        facts.append(("Units", number(estimate.stats["cities"])))
    if estimate.clusters:
        clusters = [f"{count:,} {name}" for name, count in estimate.clusters.items()]
        facts.append(("Clusters", ", ".join(clusters)))
    return tuple(facts)


def covariance_line(estimate: Any) -> str:
    """Covariance, small-sample rule and degrees of freedom, as one text."""
    rule = str(estimate.small_sample)
    said = "no small-sample correction" if rule in {"none", ""} else f"small-sample rule: {rule}"
    law = f"t({estimate.df_t:,.6g})" if math.isfinite(estimate.df_t) else "normal"
    return f"{estimate.vcov_label} ({said}); {law} distribution"


def statistics_line(stats: Mapping[str, float]) -> str:
    """Fit statistics that a reader looks for, known ones first."""
    shown = {key: stats[key] for key in LABELS if key in stats}
    shown |= {
        key: value
        for key, value in stats.items()
        if key not in _MACHINERY and not key.startswith(_INNER)
    }
    kept = list(shown.items())[:_MOST_STATS]
    text = " · ".join(f"{LABELS.get(key, key)} {number(value)}" for key, value in kept)
    rest = len(shown) - len(kept)
    return f"{text} · and {rest} more in .stats" if rest else text


def test_page(test: Any) -> Page:
    """A test in one table: statistic, degrees of freedom, p-value; null and note below."""
    law = _law(test)
    p_value = probability(float(test.p_value))
    row = (number(float(test.statistic)), law, p_value)
    grid = Grid(("statistic", "distribution", "p"), (row,), frozenset({1}))
    brief = f"{test.name}: {row[0]}, {law}, p {p_value if '<' in p_value else '= ' + p_value}"
    note = (test.note,) if getattr(test, "note", "") else ()
    facts = (("Null", test.null),) if test.null else ()
    return Page(str(test.name), brief, facts, (grid,), note)


def _law(test: Any) -> str:
    """The reference distribution, found by its p-value: a test stores no name of it."""
    statistic, df = float(test.statistic), float(getattr(test, "df", math.nan))
    if math.isnan(df):
        laws = {"normal": 2 * float(special.ndtr(-abs(statistic)))}
    else:
        laws = {
            f"chi-squared({number(df)})": float(special.chdtrc(df, statistic)),
            f"t({number(df)})": 2 * float(special.stdtr(df, -abs(statistic))),
        }
    for name, p_value in laws.items():
        if math.isclose(p_value, float(test.p_value), rel_tol=1e-6, abs_tol=1e-12):
            return name
    return "its own draws" if math.isnan(df) else f"df = {number(df)}"


def set_page(region: Any) -> Page:
    """A confidence set with the test it inverts."""
    level = level_text(region.level)
    grid = Grid(("term", f"{level} set", "kind"), ((region.term, region.text(), region.kind),))
    title = f"{level} confidence set of {region.term}"
    return Page(title, f"{region.term} {region.text()}", (("Method", region.method),), (grid,))


def decomposition_page(parts: Any) -> Page:
    """Parts of every target, the total last."""
    frame, several = parts.frame, len(parts.targets) > 1
    numbers = [column(frame[name]) for name in ("estimate", "std_error", "conf_low", "conf_high")]
    labels = [frame["target"].astype(str)] if several else []
    rows = tuple(zip(*labels, frame["part"].astype(str), *numbers, strict=True))
    names = (*(("target",) if several else ()), "part", "estimate", "std. error", "[low", "high]")
    grid = Grid(names, rows, frozenset(range(len(labels) + 1)))
    facts = [] if several else [("Total", parts.targets[0])]
    if parts.nobs:
        facts.append(("N", f"{parts.nobs:,}"))
    for name, count in (parts.clusters or {}).items():
        facts.append(("Clusters", f"{count:,} {name}"))
    if parts.error_label:
        facts.append(("Errors", parts.error_label))
    if parts.draws:
        lost = f", {parts.draws_lost:,} lost" if parts.draws_lost else ""
        facts.append(("Resamples", f"{parts.draws:,}{lost}"))
    title = parts.method[:1].upper() + parts.method[1:]
    brief = f"{parts.method}: {len(parts.parts)} parts of {', '.join(parts.targets[:3])}"
    return Page(title, brief, tuple(facts), (grid,), tuple(parts.notes), parts.synthetic)
