"""Three falls in a row under every closure, imputations combined, and what closing foretells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.samples import RESIDENTS, UNRELIABLE, annual_panel, sample_note
from econshrink import CityPanel, Table, identify
from econshrink.core.seeds import generator
from econshrink.data import (
    Denton,
    HoldGrowth,
    HoldLevel,
    ObservedCell,
    StraightLine,
    close_denton,
    close_log_linear,
    close_proportional,
    close_smoothed,
    closure_imputations,
    load_boundary_changes,
    load_census_panel,
    rebase_boundaries,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.shrinkage import ConsecutiveDecline, set_aside

WINDOWS = ((2011, 2019), (2011, 2020))
RULE = ConsecutiveDecline(3)
DRAWS = 20


def run(work: Workspace) -> None:
    """Count under each closure, combine the imputations, check growth after 2020."""
    census = load_census_panel()
    annual = rebase_boundaries(annual_panel(), load_boundary_changes())
    panels = _closures(annual, census)
    rows = [_row(work, key, label, panel) for key, (label, panel) in panels.items()]
    rows.append(_imputed(work, annual, census))
    work.table(
        Table(
            "closure_family",
            "Three falls in a row under each closure of the annual series",
            (
                (Span(""), Span("Stocks of 2011–2019", 2), Span("Stocks of 2011–2020", 2)),
                (
                    Span("Series"),
                    Span("All"),
                    Span("Heilongjiang"),
                    Span("All"),
                    Span("Heilongjiang"),
                ),
            ),
            tuple(rows),
            (
                f"Falls of any size count. {RESIDENTS.capitalize()}; {sample_note(annual)}, "
                "boundaries "
                "of 2020. Each closure meets both censuses; they differ in what stands in for "
                "the value "
                "of 2020 on the old base, which was never published, and in how the gap is "
                "spread. Runs in a closed series are runs of the decade's mean growth on the "
                "published course.",
                f"Imputations: mean and standard deviation over {DRAWS} draws over extrapolation "
                "rules and the smoother's errors.",
            ),
        )
    )
    _after_2020(work, annual, panels["hold_1"][1])


def _closures(annual: CityPanel, census: CityPanel) -> dict[str, tuple[str, CityPanel]]:
    logs = {
        "observed_cell": ("Log-linear, observed 2020 cell", ObservedCell()),
        "straight_line": ("Straight line", StraightLine()),
        "hold_level": ("Log-linear, level of 2019 held", HoldLevel()),
        "hold_1": ("Log-linear, last growth held", HoldGrowth(1)),
        "hold_3": ("Log-linear, three-year growth held", HoldGrowth(3)),
    }
    panels = {"raw": ("As published, on the boundaries of 2020", annual)}
    for key, (label, rule) in logs.items():
        panels[key] = (label, close_log_linear(annual, census, old_base=rule).panel)
    panels["proportional"] = (
        "Proportional error of closure, last growth held",
        close_proportional(annual, census, old_base=HoldGrowth(1)).panel,
    )
    panels["denton"] = (
        "Denton, first differences, last growth held",
        close_denton(annual, census, method=Denton(), old_base=HoldGrowth(1)).panel,
    )
    panels["smoother"] = ("State-space smoother", close_smoothed(annual, census).closure.panel)
    covered = set(annual.cities)
    return {
        key: (label, panel.select(cities=[c for c in panel.cities if c in covered]))
        for key, (label, panel) in panels.items()
    }


def _counts(panel: CityPanel) -> list[tuple[int, int]]:
    home = panel.attributes["province"]
    counts = []
    for window in WINDOWS:
        found = identify(panel, RULE, window).shrinking
        counts.append((len(found), int((home.loc[list(found)] == "Heilongjiang").sum())))
    return counts


def _row(work: Workspace, key: str, label: str, panel: CityPanel) -> Row:
    cells = [Cell(label)]
    for window, (count, inside) in zip(WINDOWS, _counts(panel), strict=True):
        stem = f"closure.falls.{key}.{window[0]}_{window[1]}"
        work.count(f"{stem}.shrinking", count, "units", "closure_family")
        work.count(f"{stem}.heilongjiang", inside, "units", "closure_family")
        cells += [Cell(count, "d"), Cell(inside, "d")]
    return Row(tuple(cells))


def _imputed(work: Workspace, annual: CityPanel, census: CityPanel) -> Row:
    drawn = closure_imputations(annual, census, draws=DRAWS, rng=generator("closure.imputations"))
    counts = np.array([_counts(panel) for panel in drawn.panels], dtype=float)
    cells = [Cell("Imputations, mean (standard deviation)")]
    for place, window in enumerate(WINDOWS):
        stem = f"closure.falls.imputed.{window[0]}_{window[1]}"
        for part, name in enumerate(("shrinking", "heilongjiang")):
            mean, spread = counts[:, place, part].mean(), counts[:, place, part].std(ddof=1)
            work.result(f"{stem}.{name}.mean", mean, "mc", "units", "closure_family")
            work.result(f"{stem}.{name}.sd", spread, "mc", "units", "closure_family")
            cells.append(Cell(mean, ".1f", after=f" ({spread:.1f})"))
    return Row(tuple(cells), "rule")


def _after_2020(work: Workspace, annual: CityPanel, closed: CityPanel) -> None:
    """Record how growth after 2020 goes with closed and with published growth before it.

    Out of sample: figures after 2020 stand on the new base and entered no closure.
    """
    unsound = ("interpolated", *UNRELIABLE)
    start = set_aside(annual, "population", unsound).wide("population")[2020]
    # A figure rebased after the census stands on another territory (Tonghua without Meihekou).
    end = set_aside(annual, "population", (*unsound, "rebased")).wide("population")[2023]
    outcome = np.log(end / start) / 3
    before = {
        "published": np.log(annual.wide("population")[2019] / annual.wide("population")[2014]) / 5,
        "closed": np.log(closed.wide("population")[2019] / closed.wide("population")[2014]) / 5,
    }
    table = pd.DataFrame({"outcome": outcome, **before}).dropna()
    work.count("closure.after_2020.units", len(table), "units")
    for name in before:
        error = float((table["outcome"] - table[name]).abs().mean())
        link = float(table["outcome"].corr(table[name]))
        work.result(f"closure.after_2020.{name}.mae", error, "estimate", "share")
        work.result(f"closure.after_2020.{name}.correlation", link, "estimate", "")
