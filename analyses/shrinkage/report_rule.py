"""The report's three-part rule: every combination, window and series, the claim beside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyses.machinery.workspace import Workspace
from analyses.shared.report_claims import CITIES, EXPANDING, HEILONGJIANG
from analyses.shared.samples import (
    RESIDENTS,
    Benchmarks,
    annual_panel,
    benchmarks,
    sample_note,
)
from econshrink import CityPanel, Identification, Table, identify
from econshrink.nouns import Cell, Row, Span
from econshrink.shrinkage import PARTS, Benchmark, ReportStandard

WINDOWS = ((2011, 2019), (2011, 2020), (2014, 2023), (2004, 2023))
SERIES = {
    "raw": "As published",
    "observed_cell": "Closed, observed 2020 cell",
    "straight_line": "Closed, straight line",
    "hold_1": "Closed, old base held at last growth",
    "hold_3": "Closed, old base held at three-year growth",
}


def run(work: Workspace) -> None:
    """Apply the rule to every series and window; tabulate counts and benchmarks."""
    panel = annual_panel()
    yardsticks = benchmarks(panel)
    found = list(_identify(work, panel, yardsticks))
    work.save(next(i for k, i in found if k == ("raw", WINDOWS[0], "A", "nation")), "raw_a")
    heilongjiang = panel.attributes.index[panel.attributes["province"] == "Heilongjiang"]
    for (series, window, parts, against), labels in found:
        key = f"identify.report.{series}.{window[0]}_{window[1]}.{_slug(parts)}"
        key += "" if "B" not in parts else f".{against}"
        if "B" not in parts and against == "sample":
            continue
        work.count(f"{key}.shrinking", labels.count, "units", "report_rule")
        work.count(f"{key}.units", labels.units, "units", "report_rule")
        if parts == "A":
            inside = len(set(labels.shrinking) & set(heilongjiang))
            work.count(f"{key}.shrinking.heilongjiang", inside, "units", "report_rule")
    work.count("identify.report.units", len(panel.cities), "units", "report_rule")
    work.count("identify.report.units.heilongjiang", len(heilongjiang), "units", "report_rule")
    work.count("identify.claims.cities", CITIES, "cities", "report_rule")
    work.count("identify.claims.heilongjiang.shrinking", HEILONGJIANG[0], "cities", "report_rule")
    work.count("identify.claims.heilongjiang.units", HEILONGJIANG[1], "cities", "report_rule")
    work.result("identify.claims.expanding_share", EXPANDING, "estimate", "share", "report_rule")
    work.table(_table(dict(found), panel))
    _below_nation(work, panel, yardsticks.nation)


Key = tuple[str, tuple[int, int], str, str]


def _identify(
    work: Workspace, panel: CityPanel, yardsticks: Benchmarks
) -> Iterator[tuple[Key, Identification]]:
    for series, label in SERIES.items():
        figures = panel if series == "raw" else _with_closed(work, panel, series)
        for window in WINDOWS:
            for parts in PARTS:
                for against, benchmark in vars(yardsticks).items():
                    rule = ReportStandard(parts, benchmark if "B" in parts else None)
                    yield (
                        (series, window, parts, against),
                        identify(
                            figures,
                            rule,
                            window,
                            series=f"annual, {label.lower()}",
                            concept=RESIDENTS,
                            sample=sample_note(figures),
                        ),
                    )


def _with_closed(work: Workspace, panel: CityPanel, series: str) -> CityPanel:
    """The annual panel with the closed series in the place of the published one.

    Before 2010 no census is embedded: the published series is moved to the census of 2010 by one
    ratio a city, which keeps its growth.
    """
    closed: CityPanel = work.load("closure", series)
    shared = [city for city in panel.cities if city in set(closed.cities)]
    chosen = panel.select(cities=shared)
    raw, new = chosen.wide("population"), closed.wide("population").reindex(shared)
    spliced = raw.mul(new[2010] / raw[2010], axis=0)
    spliced[new.columns] = new
    population = spliced.stack().reindex(chosen.frame.index)
    status = chosen.status.drop(columns="population", errors="ignore")
    return replace(chosen, frame=chosen.frame.assign(population=population), status=status)


def _slug(parts: str) -> str:
    return parts.lower().replace("&(b|c)", "_and_b_or_c").replace("&", "_and_")


def _table(found: dict[Key, Identification], panel: CityPanel) -> Table:
    heilongjiang = set(panel.attributes.index[panel.attributes["province"] == "Heilongjiang"])
    rows = []
    for window in WINDOWS:
        rows.append(Row((Cell(f"Stocks of {window[0]}–{window[1]}"),), "group"))
        for series, label in SERIES.items():
            cells = [_count(found[series, window, parts, "nation"]) for parts in PARTS]
            sample = _count(found[series, window, "A&B", "sample"])
            inside = len(set(found[series, window, "A", "nation"].shrinking) & heilongjiang)
            rows.append(Row((Cell(label), *cells, sample, Cell(inside, "d"))))
    return Table(
        "report_rule",
        "The three-part standard: units found by each combination of its parts",
        (
            (
                Span(""),
                Span("Part B against the nation", 5),
                Span("Sample mean"),
                Span("Heilongjiang"),
            ),
            (
                Span("Series of population"),
                *(Span(parts) for parts in PARTS),
                Span("A&B"),
                Span("A"),
            ),
        ),
        tuple(rows),
        (
            "A: residents fall three years in a row; B: mean real growth of GDP over the same "
            "years below the benchmark's; C: built-up area grows, and by more than residents. "
            f"{RESIDENTS.capitalize()}; {sample_note(panel)}. A run may lie anywhere in the "
            "window, all four stocks inside it.",
            "In brackets: units for which the combination is undefined, because built-up area "
            "ends in 2020 or a value is missing; they count as neither.",
            "The value of 2020 on the old base was never published, so each closed series rests "
            "on the extrapolation its row names; closed series add the mean of the decade, not "
            "the course within it, and runs found in them are runs of that mean.",
            "Closed series before 2010: published growth, moved to the census of 2010.",
            f"The report claims {CITIES} shrinking cities and states neither window nor series.",
        ),
    )


def _count(labels: Identification) -> Cell:
    undefined = len(labels.excluded)
    return Cell(labels.count, "d", after=f" ({undefined})" if undefined else "")


def _below_nation(work: Workspace, panel: CityPanel, nation: Benchmark) -> None:
    """Share of units growing more slowly than the nation, year by year: why B drifts."""
    growth = panel.wide("real_growth")
    for year in (2008, 2013, 2016, 2019, 2021):
        known = growth[year].dropna()
        share = float((known < nation.over([year])[0]).mean())
        work.result(f"identify.report.below_nation.{year}", share, "estimate", "share")
