"""All rules on a panel: flags with city, year, variable, rule, status and the rule in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import pandas as pd

from econshrink.data.quality.concept import HukouInResident, PartAboveWhole
from econshrink.data.quality.history import (
    CopiedYear,
    Jump,
    Spike,
    SwappedDigits,
    UnitSlip,
    ZeroBetween,
)
from econshrink.data.quality.lines import InterpolationRun, SharedValue, SplicedYear
from econshrink.data.quality.sums import check_sums
from econshrink.data.quality.wide import Mask, Wide, wide
from econshrink.nouns.country import Country
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

FLAG_COLUMNS = ("city", "year", "variable", "rule", "status", "detail")
# If several rules hit a cell, the one that says most about its cause gives the status.
_PRIORITY = ("wrong_concept", "interpolated", "suspect")
_SECTORS = ("gdp_primary", "gdp_secondary", "gdp_tertiary")
DISTRICTS = "_districts"


class Detector(Protocol):
    """A rule on one variable."""

    @property
    def name(self) -> str:
        """Name of the rule."""

    @property
    def status(self) -> str:
        """Cell status the rule gives."""

    @property
    def statement(self) -> str:
        """The rule in words."""

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""


DEFAULT_RULES: tuple[Detector, ...] = (
    ZeroBetween(),
    UnitSlip(),
    SwappedDigits(),
    Spike(),
    Jump(),
    CopiedYear(),
    InterpolationRun(),
    SplicedYear(),
    SharedValue(),
)


@takes_panels
def detect(
    panel: CityPanel,
    variable: str,
    rules: Sequence[Detector] = DEFAULT_RULES,
    *,
    country: Country = Country(),  # noqa: B008 - a frozen option
) -> pd.DataFrame:
    """Flags of the rules that look at one variable alone.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        Figures in our units.
    variable : str
        One of its variables.
    rules : sequence of Detector
        Rules to apply, such as ``Spike(tolerance=0.1)``.
    country : Country
        Census years, in which levels may jump, and groups whose units share errors; none by
        default, `econshrink.CHINA` for China.

    Returns
    -------
    DataFrame
        `city`, `year`, `variable`, `rule`, `status`, `detail`.

    Examples
    --------
    >>> figures = [100.0, 101.0, 0.0, 103.0]
    >>> panel = CityPanel.from_long(pd.DataFrame(
    ...     {"city": "230400", "year": range(2010, 2014), "population": figures}))
    >>> detect(panel, "population")[["year", "rule", "status"]].values.tolist()
    [[2012, 'zero_between', 'suspect']]
    """
    data = wide(panel, variable, country)
    frames = [_frame(data, rule.find(data), rule) for rule in rules]
    return _together(frames)


@takes_panels
def detect_all(
    panel: CityPanel,
    rules: Sequence[Detector] = DEFAULT_RULES,
    *,
    totals: pd.DataFrame | None = None,
    country: Country = Country(),  # noqa: B008 - a frozen option
) -> pd.DataFrame:
    """Flags of all rules on all variables, of rules across variables, and of printed totals.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        Figures in our units.
    rules : sequence of Detector
        Rules on single variables; none of any kind is applied if it is empty.
    totals : DataFrame, optional
        Printed totals, as for `check_sums`: all cells of a sum that fails are flagged.
    country : Country
        As for `detect`.

    Returns
    -------
    DataFrame
        As `detect`.
    """
    if not rules:
        return _together([])
    frames = [detect(panel, variable, rules, country=country) for variable in panel.variables]
    frames += _across(panel, country)
    if totals is not None and len(totals):
        frames.append(_from_sums(panel, totals))
    return _together(frames)


@takes_panels
def apply_flags(panel: CityPanel, flags: pd.DataFrame) -> CityPanel:
    """Panel whose reported cells carry the status of the rules that flag them.

    Cells that are not plainly reported keep the status they have.

    Raises
    ------
    DataError
        A flag for a cell the panel does not have.
    """
    status = panel.status.reindex(columns=list(panel.variables)).astype(object)
    status = status.where(panel.status.notna() | panel.frame.isna(), "reported")
    for wanted in reversed(_PRIORITY):
        chosen = flags[flags["status"] == wanted]
        for variable, group in chosen.groupby("variable"):
            cells = pd.MultiIndex.from_frame(group[["city", "year"]])
            here = status.index.isin(cells)
            plain = status[str(variable)].isin(["reported", *_PRIORITY]) & here
            given = panel.status.get(str(variable))
            if given is not None:
                plain &= given.isna() | (given == "reported")
            status.loc[plain, str(variable)] = wanted
    return replace(panel, status=status)


def _across(panel: CityPanel, country: Country) -> list[pd.DataFrame]:
    frames, names = [], set(panel.variables)
    if "population" in names:
        rule = HukouInResident()
        resident = wide(panel, "population", country)
        hukou = wide(panel, "hukou_population") if "hukou_population" in names else None
        frames.append(_frame(resident, rule.find(resident, hukou), rule))
    parts = PartAboveWhole()
    for name in sorted(names):
        whole = name.removesuffix(DISTRICTS)
        if name.endswith(DISTRICTS) and whole in names:
            data = wide(panel, name)
            frames.append(_frame(data, parts.districts(data, wide(panel, whole)), parts))
    # Sectors are of the first release; a revised total differs from them without fault.
    total = "gdp_first_release" if "gdp_first_release" in names else "gdp_nominal"
    if {*_SECTORS, total} <= names:
        sectors = [wide(panel, name) for name in _SECTORS]
        mask = parts.sectors(sectors, wide(panel, total))
        frames += [_frame(data, mask, parts) for data in sectors]
    return frames


def _from_sums(panel: CityPanel, totals: pd.DataFrame) -> pd.DataFrame:
    sums = check_sums(panel, totals)
    rows = []
    for item in sums[sums["flagged"]].itertuples():
        figures = panel.frame[str(item.variable)].dropna()
        for city, year in figures.index[figures.index.get_level_values("year") == item.year]:
            if item.area == "000000" or city[:2] == str(item.area)[:2]:
                detail = f"cities sum to {item.ratio:.3f} of the printed total of {item.area}"
                rows.append((city, year, item.variable, "sum_against_total", "suspect", detail))
    return pd.DataFrame(rows, columns=list(FLAG_COLUMNS))


def _frame(
    data: Wide, mask: Mask, rule: Detector | HukouInResident | PartAboveWhole
) -> pd.DataFrame:
    rows, columns = np.nonzero(mask)
    return pd.DataFrame(
        {
            "city": [data.cities[i] for i in rows],
            "year": [data.years[t] for t in columns],
            "variable": data.name,
            "rule": rule.name,
            "status": rule.status,
            "detail": rule.statement,
        },
        columns=list(FLAG_COLUMNS),
    )


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return pd.DataFrame(columns=list(FLAG_COLUMNS))
    together = pd.concat(filled, ignore_index=True)
    return together.sort_values(["variable", "city", "year", "rule"], ignore_index=True)
