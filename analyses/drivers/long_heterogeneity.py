"""Do the drivers differ by region, resource stage and size? Interacted slopes and their test."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.cells import p_cell
from analyses.shared.samples_long import CONTROLS, DRIVERS, long_sample
from analyses.shared.specs_long import BY_PROVINCE, MIGRATION, spec
from econshrink import CityPanel, Estimate, Table, fit_fe
from econshrink.inference import wald
from econshrink.nouns import Cell, Row, Span

EXHIBIT = "long_heterogeneity"
GROUPINGS = {
    "region": {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"},
    "stage": {"none": "Not listed", "growing": "Growing or mature", "old": "Declining, renewing"},
    "size": {"below 1.5 m": "Below 1.5 m", "1.5 to 4 m": "1.5–4 m", "above 4 m": "Above 4 m"},
}
HEADS = {
    "share_65_plus": "65 and over",
    "child_woman_ratio": "Children",
    "employment_rate": "Employed",
    "floor_area": "Floor area",
}
TITLES = {"region": "Region", "stage": "Official resource list", "size": "Residents in 2010"}
STAGES = {"growing": "growing", "mature": "growing", "declining": "old", "regenerating": "old"}


def run(work: Workspace) -> None:
    """Interact the drivers with every grouping; test equal slopes."""
    panel = long_sample().comparable
    stage = panel.attributes["resource_stage"].map(STAGES).fillna("none")
    groups = {
        "region": panel.attributes["region"],
        "stage": stage,
        "size": panel.attributes["size"],
    }
    rows: list[Row] = []
    for key, levels in GROUPINGS.items():
        estimate = interacted(panel, groups[key], levels)
        rows.append(Row((Cell(TITLES[key]),), "group"))
        rows += _rows(work, key, levels, estimate, groups[key])
    work.table(_table(rows))


def interacted(panel: CityPanel, group: pd.Series, levels: Mapping[str, str]) -> Estimate:
    """One slope of every driver in every level; controls and province effects are common."""
    spread = group.reindex(panel.frame.index.get_level_values("city")).to_numpy()
    columns = {
        f"{term}_{slug(level)}": panel.frame[term] * (spread == level)
        for term in DRIVERS
        for level in levels
    }
    means = {
        f"is_{slug(level)}": pd.Series((spread == level).astype(float), index=panel.frame.index)
        for level in list(levels)[1:]
    }
    wide = panel.with_variables(columns | means)
    # a region does not vary within its provinces
    inner = tuple(means) if not _nested(panel, group) else ()
    return fit_fe(wide, spec(MIGRATION, (*columns, *inner, *CONTROLS)), BY_PROVINCE)


def _nested(panel: CityPanel, group: pd.Series) -> bool:
    return bool((group.groupby(panel.attributes["province"]).nunique() == 1).all())


def _rows(
    work: Workspace, key: str, levels: Mapping[str, str], estimate: Estimate, group: pd.Series
) -> list[Row]:
    rows = []
    for level, title in levels.items():
        cells = [Cell(title), Cell(int((group == level).sum()), "d")]
        errors = [Cell(""), Cell("")]
        for term in DRIVERS:
            name = f"{term}_{slug(level)}"
            stem = f"drivers.by_{key}.{slug(level)}.{term}"
            work.result(f"{stem}.estimate", estimate.coefficient(name), "estimate", "", EXHIBIT)
            work.result(f"{stem}.se", estimate.std_error(name), "se", "", EXHIBIT)
            cells.append(Cell(estimate.coefficient(name), ".2f"))
            errors.append(Cell(estimate.std_error(name), ".2f", "(", ")"))
        rows += [Row(tuple(cells)), Row(tuple(errors))]
    tests = [Cell("Equal slopes, p"), Cell("")]
    for term in DRIVERS:
        p_value = _equal(estimate, [f"{term}_{slug(level)}" for level in levels])
        work.result(f"drivers.by_{key}.equal.{term}", p_value, "p", "", EXHIBIT)
        tests.append(p_cell(p_value))
    rows.append(Row(tuple(tests), "rule"))
    return rows


def _equal(estimate: Estimate, names: list[str]) -> float:
    """P-value of equal slopes: a Wald test of the differences."""
    at = [estimate.terms.index(name) for name in names]
    contrast = np.column_stack([-np.ones(len(at) - 1), np.eye(len(at) - 1)])
    difference = contrast @ estimate.coefficients[at]
    covariance = contrast @ estimate.covariance[np.ix_(at, at)] @ contrast.T
    return wald("equal slopes", "equal", difference, covariance).p_value


def _table(rows: list[Row]) -> Table:
    return Table(
        EXHIBIT,
        "The drivers of net migration by region, resource stage and size",
        ((Span(""), Span("Units"), *(Span(HEADS[term]) for term in DRIVERS)),),
        tuple(rows),
        (
            "Drivers as in the main table. One regression a grouping: drivers interacted with the "
            "group, common controls and province effects; clustered by province in parentheses. "
            "Equal slopes: Wald test. Resource stages of the State Council's list of 2013. "
            "Associations; with few provinces in a group its errors are rough.",
        ),
        align="lrrrrr",
    )
