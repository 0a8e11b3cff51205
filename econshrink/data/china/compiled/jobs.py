"""Employment by city, in all and by sector, and its change within a reporting segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.china.compiled.panel import table_panel
from econshrink.data.china.compiled.schemas import JOB_VARIABLES, SECTORS
from econshrink.data.china.loaders import load_boundary_changes
from econshrink.data.china.store import stored
from econshrink.nouns.panel import STATUSES, CityPanel

LAST_OF_FIRST_SEGMENT = 2012
JOB_SOURCE = (
    "China City Statistical Yearbook, whole-unit columns: urban-unit employment, private and "
    "self-employed, registered unemployed, mean wage"
)
SECTOR_SOURCE = "China City Statistical Yearbook: employees of urban units by sector"


@dataclass(frozen=True)
class WithinSegment:
    """Refuse a difference across 2012/13, when the reporting of employees changed."""


@dataclass(frozen=True)
class AcrossSegments:
    """Take the difference across 2012/13 although the median unit steps by 13 percent there."""


Segments = WithinSegment | AcrossSegments


def load_jobs(*, all_units: bool = False) -> CityPanel:
    """Urban employment, registered unemployment and wages by city, 2000-2022.

    Parameters
    ----------
    all_units : bool
        True adds Chaohu and Laiwu before they were abolished.

    Returns
    -------
    CityPanel
        Year-end figures of 296 of the 337 units, a status for every figure:

        - `employees`: persons employed in urban units other than private ones, 2000-2022;
        - `private_self_employed`: persons in private firms and self-employed in towns, 2002-2019;
        - `registered_unemployed`: persons on the urban register, 2000-2019;
        - `mean_wage`: yuan a year, staff on post, 2000-2021.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    **Never difference across 2012/13**: a change of reporting lifts the median unit by 13
    percent. `job_growth` refuses it. A smaller step in coverage (2011, median 6.5 percent) is
    left to the remark ``jump``. Cells in which total employment stands for urban units (Beijing
    2000-05, Shanghai 2000-01 and eighteen other units) are `wrong_concept`; levels that return,
    spikes and contradictions of two sources are `suspect`. About 40 prefectures, most of them in
    the West, have no row at all: show the selection. Registered unemployment counts who
    registers, misses migrants, and is no rate; before 2005 it rests on one source.
    `load_compiled_flags` gives the reasons, `load_job_sources` the compilation of each cell.

    Examples
    --------
    >>> jobs = load_jobs()
    >>> float(jobs.frame.loc[("110000", 2006), "employees"])
    5137900.0
    >>> jobs.wide_status("employees").loc["110000", [2005, 2006]].tolist()
    ['wrong_concept', 'reported']
    """
    return table_panel("jobs", JOB_VARIABLES, JOB_SOURCE, all_units=all_units)


def load_job_sources() -> pd.DataFrame:
    """Which kind of compilation each figure of `load_jobs` was read in.

    Returns
    -------
    DataFrame
        `city`, `year`, `segment` (``to2012`` or ``from2013``) and ``<variable>_source``:
        ``yearbook`` (sheets of the yearbook), ``panel`` (an un-interpolated panel) or
        ``database`` (a city database); the first that is not contradicted by two others.

    Examples
    --------
    >>> load_job_sources()["employees_source"].value_counts().to_dict()
    {'yearbook': 3432, 'panel': 1741, 'database': 1372}
    """
    table = stored("jobs")
    return table[["city", "year", "segment", *(f"{name}_source" for name in JOB_VARIABLES)]]


def load_job_sectors(*, all_units: bool = False) -> CityPanel:
    """Employees of urban units by nineteen sectors and in all, 2005-2019.

    Parameters
    ----------
    all_units : bool
        True adds Chaohu and Laiwu.

    Returns
    -------
    CityPanel
        Persons; variables `econshrink.data.SECTORS` and `total`, the printed total. An empty
        cell is a printed blank and in effect nobody: the sums hold without it (mining most of
        all). Rows whose sectors miss the total by more than one percent, or whose total is
        suspect, are `suspect`; where the total is of another concept, `wrong_concept`.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    The break of 2012/13 of `load_jobs` holds for every sector. Chengdu 2017 and 2018: the
    sectors add to more than twice the printed total.

    Examples
    --------
    >>> sectors = load_job_sectors()
    >>> sectors.wide_status("mining").loc["510100", 2017]
    'suspect'
    >>> len(sectors.variables)
    20
    """
    return table_panel("job_sectors", (*SECTORS, "total"), SECTOR_SOURCE, all_units=all_units)


def job_growth(
    first: int,
    last: int,
    *,
    variable: str = "employees",
    usable: tuple[str, ...] = ("reported",),
    segments: Segments | None = None,
) -> pd.DataFrame:
    """Change in logarithms of a figure of `load_jobs` or `load_job_sectors` between two years.

    Parameters
    ----------
    first, last : int
        Years, both up to 2012 or both from 2013 on.
    variable : str
        A variable of either panel: `employees`, `mining` ...
    usable : tuple of str
        Statuses of cells that enter; a city with another one at either end has no change.
    segments : WithinSegment or AcrossSegments, optional
        ``AcrossSegments()`` asks by name for a difference across 2012/13, which is refused
        otherwise.

    Returns
    -------
    DataFrame
        Index `city`; `first`, `last` (persons or yuan), `change` (log, missing unless both ends
        are usable and positive) and `boundary_step`, True if the unit's territory changed in a
        year after `first` up to `last` (Chengdu 2016), so that the change is not on one territory.

    Raises
    ------
    DataError
        Years across the break, outside the table or out of order; unknown variable or status.

    Examples
    --------
    >>> change = job_growth(2013, 2019)
    >>> int(change["change"].notna().sum())
    276
    >>> across = job_growth(2010, 2016, segments=AcrossSegments())  # refused without asking
    >>> bool(across.loc["510100", "boundary_step"])
    True
    """
    panel = _panel_of(variable)
    raise_all(DataError, _growth_faults(panel, first, last, usable))
    if not isinstance(segments, AcrossSegments) and first <= LAST_OF_FIRST_SEGMENT < last:
        raise DataError(
            Fault(
                f"a difference from {first} to {last}, across the change of reporting of 2012/13",
                "two years up to 2012, or two years from 2013 on",
                "Difference within a segment, or ask by name: segments=AcrossSegments().",
            )
        )
    values, status = panel.wide(variable), panel.wide_status(variable)
    sound = status[[first, last]].isin(usable).all(axis=1) & (values[[first, last]] > 0).all(axis=1)
    change = np.log(values[last].where(sound)) - np.log(values[first].where(sound))
    steps = load_boundary_changes().set_index("city")["step_year"]
    moved = steps.index[(steps > first) & (steps <= last)]
    return pd.DataFrame(
        {
            "first": values[first],
            "last": values[last],
            "change": change,
            "boundary_step": values.index.isin(moved),
        }
    )


def _panel_of(variable: str) -> CityPanel:
    if variable in JOB_VARIABLES:
        return load_jobs()
    if variable in SECTORS or variable == "total":
        return load_job_sectors()
    expected = f"one of {', '.join((*JOB_VARIABLES, *SECTORS, 'total'))}"
    raise DataError(Fault(f"variable {variable!r}", expected, "Choose one of them."))


def _growth_faults(panel: CityPanel, first: int, last: int, usable: tuple[str, ...]) -> list[Fault]:
    faults = [
        Fault(f"year {year}", f"{panel.years[0]} to {panel.years[-1]}", "Choose a year with data.")
        for year in (first, last)
        if year not in panel.years
    ]
    if last <= first:
        faults.append(Fault(f"{first} to {last}", "an earlier year first", "Turn them round."))
    strange = sorted(set(usable) - set(STATUSES))
    if strange:
        seen, expected = f"status {', '.join(strange)}", f"some of {', '.join(STATUSES)}"
        faults.append(Fault(seen, expected, "Check the spelling."))
    return faults
