"""One compiled table as a city panel, and the flags behind its statuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.china.compiled.schemas import EVERY, FLAGGED
from econshrink.data.china.panels import load_units
from econshrink.data.china.store import FOLDER, stored
from econshrink.nouns.panel import CityPanel


def load_compiled_flags(table: str | None = None) -> pd.DataFrame:
    """Every cell of the yearly compiled tables that is not plainly reported, or has a remark.

    Parameters
    ----------
    table : str, optional
        ``births``, ``job_sectors``, ``jobs``, ``main_cities`` or ``real_estate``; all by default.

    Returns
    -------
    DataFrame
        `city`, `year`, `table`, `variable` (``all`` speaks of every variable of the row),
        `status` (missing where there is no figure), `reason` (the rule that flagged it, or a
        remark; ``sources_disagree(...)`` names the other figure in its source's unit).

    Raises
    ------
    DataError
        No such table.

    Notes
    -----
    A flag is the output of a rule, no proof of an error, and an unflagged cell is no proof of
    soundness. Two compilations that agree were probably copied from one typing of the yearbook.

    Examples
    --------
    >>> flags = load_compiled_flags("jobs").set_index(["city", "year", "variable"])
    >>> flags.loc[("110000", 2005, "employees"), "status"]
    'wrong_concept'
    """
    flags = stored("compiled_status")
    if table is None:
        return flags
    if table not in FLAGGED:
        expected = f"one of {', '.join(FLAGGED)}"
        raise DataError(Fault(f"table {table!r}", expected, "Choose one of them."))
    return flags[flags["table"] == table].reset_index(drop=True)


def table_panel(
    table: str, variables: Sequence[str], source: str, *, all_units: bool, folder: Path = FOLDER
) -> CityPanel:
    """Variables of a yearly table with a status for every figure."""
    frame = stored(table, folder).set_index(["city", "year"])[list(variables)].astype("float64")
    flags = stored("compiled_status", folder)
    status = _statuses(frame, flags[(flags["table"] == table) & flags["status"].notna()])
    return city_panel(frame, status, source, all_units=all_units)


def city_panel(
    frame: pd.DataFrame, status: pd.DataFrame, source: str, *, all_units: bool
) -> CityPanel:
    """A panel of the 337 units, or of all, without rows that hold no figure."""
    attributes = load_units()
    kept = frame.notna().any(axis=1).to_numpy()
    if not all_units:
        known = attributes.index[attributes["in_337"]]
        kept = kept & frame.index.get_level_values("city").isin(known)
    return CityPanel(frame[kept], status[kept], attributes, source)


def _statuses(frame: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    there = frame.notna().to_numpy()
    cells = np.full(there.shape, "reported", dtype=object)
    rows = frame.index.get_indexer(pd.MultiIndex.from_frame(flags[["city", "year"]]))
    given = flags["status"].to_numpy(dtype=object)
    whole = (flags["variable"] == EVERY).to_numpy()
    cells[rows[whole]] = given[whole][:, None]
    columns = frame.columns.get_indexer(pd.Index(flags.loc[~whole, "variable"]))
    named = columns >= 0  # a panel may hold some of the table's variables only
    cells[rows[~whole][named], columns[named]] = given[~whole][named]
    cells[~there] = None
    return pd.DataFrame(cells, index=frame.index, columns=frame.columns)
