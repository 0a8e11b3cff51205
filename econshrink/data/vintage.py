"""Vintages: what was known in a year, so that nothing published later leaks into a forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.data.closing.boundaries import cell_status
from econshrink.data.closing.guard import made_here
from econshrink.nouns.panel import STATUSES, CityPanel
from econshrink.nouns.storage import register

PUBLICATION_LAG = 1
# Statuses of figures that something later than their own year has rewritten.
REWRITTEN = ("revised", "rebased", "estimated")
_COLUMNS = ("city", "year", "variable", "value", "published")


@register
@dataclass(frozen=True, eq=False)
class Vintage:
    """Figures as they stood at the end of a year.

    Parameters
    ----------
    panel : CityPanel
        Only figures published by then.
    known_in : int
        Year of the vintage.
    pseudo : bool
        True if publication years were inferred from one later compilation; False if every
        release carries its own year of publication.
    dropped : DataFrame
        Columns `variable`, `status`, `cells`: figures of the source that are not in the panel.
    """

    panel: CityPanel
    known_in: int
    pseudo: bool
    dropped: pd.DataFrame

    @property
    def kind(self) -> str:
        """The words to print: a vintage, or a pseudo-vintage of one compilation."""
        return "pseudo-vintage of one compilation" if self.pseudo else "vintage"


@dataclass(frozen=True)
@typed_fields
class Publication:
    """When the figures of one compilation became known.

    Parameters
    ----------
    lag : int
        Years from the year a figure is about to the year that publishes it.
    rewritten : mapping of str to int
        For the statuses `revised`, `rebased` and `estimated`: the year in which the rewriting
        was out, such as ``{"estimated": 2021}`` for a closure to the census of 2020. Cells of a
        status that is not named are never known, since what they read before is lost.
    """

    lag: int = PUBLICATION_LAG
    rewritten: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.rewritten) - set(REWRITTEN))
        faults = []
        if self.lag < 0:
            faults.append(Fault(f"lag {self.lag}", "0 or more", "Mend it."))
        if unknown:
            seen = f"statuses {', '.join(unknown)}"
            faults.append(Fault(seen, f"some of {', '.join(REWRITTEN)}", "Remove the others."))
        raise_all(SpecError, faults)


NEXT_YEAR = Publication()


def pseudo_vintage(
    source: CityPanel | pd.DataFrame, year: int, publication: Publication = NEXT_YEAR
) -> Vintage:
    """Keep what was published by the end of `year`.

    Parameters
    ----------
    source : CityPanel or DataFrame
        A table of releases, with columns `city`, `year`, `variable`, `value`, `published` (year)
        and, if at hand, `status` and `synthetic`; a cell may have several releases, of which the
        latest published by `year` counts. Or a panel, which is one compilation: its cells are
        taken to have been published `publication.lag` years after the year they are about, cells
        `interpolated` with the next figure of the city that is not, and rewritten cells as
        `publication` says.
    year : int
    publication : Publication
        For a panel only.

    Returns
    -------
    Vintage
        From a table of releases a vintage; from a panel a pseudo-vintage, which its source line
        says: reported cells show the compilation's figure, which may differ from the one first
        published.

    Raises
    ------
    DataError
        Nothing was published by then, or a table that lacks a column, holds a release from
        before the year it is about, or has two releases of a cell in one year.

    Examples
    --------
    >>> releases = pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2010, 2011], "variable": "population",
    ...     "value": [100.0, 105.0, 99.0], "published": [2011, 2013, 2012]})
    >>> pseudo_vintage(releases, 2012).panel.wide("population").loc["230400"].tolist()
    [100.0, 99.0]
    >>> pseudo_vintage(releases, 2013).panel.wide("population").loc["230400"].tolist()
    [105.0, 99.0]
    """
    if isinstance(source, CityPanel):
        return _of_compilation(source, year, publication)
    return _of_releases(source, year)


def _of_compilation(source: CityPanel, year: int, publication: Publication) -> Vintage:
    columns, statuses, dropped = {}, {}, []
    for name in source.variables:
        status = _status(source, name)
        known = _published(source, name, publication) <= year
        values = source.column(name)
        columns[name] = values.where(known)
        if name in source.status.columns:
            statuses[name] = source.status[name].where(known)
        lost = status[values.notna() & ~known].value_counts().sort_index()
        dropped += [(name, str(kind), int(count)) for kind, count in lost.items()]
    frame = pd.DataFrame(columns)
    rows = frame.notna().any(axis=1)
    if not rows.any():
        first = source.years[0] + publication.lag
        raise _nothing(year, f"{first} or later")
    status_frame = pd.DataFrame(statuses, index=frame.index)
    panel = replace(
        source,
        frame=frame[rows],
        status=status_frame[rows],
        source=f"{source.source}; pseudo-vintage of one compilation, as known in {year}",
    )
    return Vintage(panel, year, True, _dropped(dropped))


def _published(panel: CityPanel, name: str, publication: Publication) -> pd.Series:
    """Year in which each cell became known; infinite if never. Alike for vintages of all years."""
    return _known_since(panel, name, publication.lag, tuple(sorted(publication.rewritten.items())))


@lru_cache(maxsize=32)
def _status(panel: CityPanel, name: str) -> pd.Series:
    """`cell_status`, alike for vintages of all years."""
    return cell_status(panel, name)


@lru_cache(maxsize=32)
def _known_since(
    panel: CityPanel, name: str, lag: int, rewritten: tuple[tuple[str, int], ...]
) -> pd.Series:
    status = _status(panel, name)
    # Closed cells that kept another flag hold the later census as well.
    status = status.where(~made_here(panel, name) | status.isna(), "estimated")
    own = panel.frame.index.get_level_values("year").to_numpy(dtype=float)
    when = pd.Series(own, index=panel.frame.index)
    published = panel.column(name).notna() & (status != "interpolated")
    anchor = when.where(published).groupby(level="city").bfill().fillna(np.inf)
    when = when.where(status != "interpolated", anchor) + lag
    out_in = dict(rewritten)
    for kind in REWRITTEN:
        out = float(out_in.get(kind, np.inf))
        when = when.where(status != kind, np.maximum(when, out))
    return when.where(status.notna(), np.inf)


def _of_releases(source: pd.DataFrame, year: int) -> Vintage:
    raise_all(DataError, _release_faults(source))
    table = source[source["value"].notna()]
    out = table[table["published"] <= year]
    if out.empty:
        first = table["published"].min()
        raise _nothing(year, f"{first:g} or later" if len(table) else "a table with figures")
    latest = out.sort_values("published", kind="stable").drop_duplicates(
        ["city", "year", "variable"], keep="last"
    )
    cells = latest.set_index(["city", "year", "variable"])
    frame = cells["value"].unstack("variable").rename_axis(columns=None)
    status = pd.DataFrame(index=frame.index)
    kinds = table.get("status", pd.Series("reported", index=table.index)).fillna("reported")
    if "status" in source.columns:
        status = cells["status"].unstack("variable").rename_axis(columns=None)
    synthetic = bool(source["synthetic"].any()) if "synthetic" in source.columns else False
    used = table.index.isin(latest.index)
    lost = pd.DataFrame({"variable": table["variable"], "status": kinds})[~used].value_counts()
    counts = lost.sort_index().reset_index(name="cells")
    text = f"vintage of published releases, as known in {year}"
    panel = CityPanel(frame, status, source=text, synthetic=synthetic)
    return Vintage(panel, year, False, _typed(counts))


def _release_faults(source: pd.DataFrame) -> list[Fault]:
    absent = [name for name in _COLUMNS if name not in source.columns]
    if absent:
        seen = f"no column {', '.join(absent)}"
        return [Fault(seen, ", ".join(_COLUMNS), "Add them.", "table of releases")]
    faults = []
    undated = int((source["value"].notna() & source["published"].isna()).sum())
    if undated:
        remedy = "A figure without a publication year belongs to no vintage: date or remove it."
        faults.append(Fault(f"{undated} releases without a publication year", "none", remedy))
    early = source[source["published"] < source["year"]]
    for row in early.head(5).itertuples():
        seen = f"a figure of {row.year} published in {row.published}"
        faults.append(Fault(seen, "a later year", "Mend it.", f"city {row.city}, {row.variable}"))
    twice = source.duplicated(["city", "year", "variable", "published"], keep=False)
    for row in source[twice].head(5).itertuples():
        seen = f"several releases of {row.year} in {row.published}"
        faults.append(Fault(seen, "one", "Keep the last.", f"city {row.city}, {row.variable}"))
    if "status" in source.columns:
        strange = sorted(set(source["status"].dropna()) - set(STATUSES))
        if strange:
            expected = f"one of {', '.join(STATUSES)}"
            faults.append(Fault(f"status {', '.join(map(str, strange))}", expected, "Map it."))
    return faults


def _dropped(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return _typed(pd.DataFrame(rows, columns=["variable", "status", "cells"]))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"variable": "str", "status": "str", "cells": "int64"})


def _nothing(year: int, expected: str) -> DataError:
    remedy = "Nothing was published before; ask for a later year."
    return DataError(Fault(f"a vintage of {year}", expected, remedy))
