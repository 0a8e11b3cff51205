"""One week of trips between the thirteen cities of Beijing-Tianjin-Hebei."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.china.panels import load_units
from econshrink.data.china.store import FOLDER, stored
from econshrink.nouns.flows import FlowNetwork

FLOW_TABLES = ("flows", "flow_totals")
LABEL = "mobility of one week, 2-9 January 2020, Baidu Migration index: all trips, no migration"
NOTES = (
    "rows are origins, columns destinations",
    "mean daily index of eight days, 2-9 January 2020, the week before the Spring Festival rush",
    "the origin's scale index times the destination's share, computed from the origin's side",
    "a unitless index of all trips, commuting, business and student returns included: not persons, "
    "not migration, not talent",
    "the data are Baidu's: credit Baidu; no permission to pass them on is claimed",
)


def load_flows() -> FlowNetwork:
    """Mobility of one week between the thirteen cities of Beijing-Tianjin-Hebei.

    Returns
    -------
    FlowNetwork
        Rows are origins, columns destinations; cells are Baidu's unitless index of all trips, the
        daily mean of the eight days 2-9 January 2020. `kind` is ``shares``: an index is no count
        of persons and has no Poisson error. `stocks` are residents of the 2020 census,
        `coordinates` a point inside each unit, not its city centre. Trips to and from all other
        cities are in `load_flow_totals`.

    Raises
    ------
    DataError
        The two flow tables are not installed: they can be deleted, and everything else works
        without them.

    Notes
    -----
    Observed **mobility**: commuting, business trips and students going home, a week before the
    Spring Festival rush. Not migration, not talent. Only the mean over the eight days is kept, so
    days cannot be compared. For calibration and testing; credit Baidu, and do not present the
    table as a data set to redistribute.

    Examples
    --------
    >>> week = load_flows()
    >>> week.count, week.kind, week.labels[:2]
    (13, 'shares', ('Beijing', 'Tianjin'))
    >>> float(week.flows[0, 1])  # from Beijing to Tianjin
    0.76353
    """
    _require(FOLDER)
    pairs = stored("flows").pivot(index="origin", columns="destination", values="index")
    cities = tuple(pairs.index)
    units = load_units().loc[list(cities)]
    census = stored("census").set_index(["year", "city"])["population"]
    return FlowNetwork(
        cities,
        pairs.reindex(columns=list(cities)).fillna(0.0).to_numpy(),  # only the diagonal is empty
        kind="shares",
        names_en=tuple(units["name_en"]),
        names_zh=tuple(units["name_zh"]),
        stocks=np.asarray(census.loc[2020].reindex(list(cities)), dtype=np.float64),
        coordinates=units[["lon", "lat"]].to_numpy(dtype=np.float64),
        year=2020,
        label=LABEL,
        notes=NOTES,
    )


def load_flow_totals() -> pd.DataFrame:
    """Trips of the thirteen cities in all, among themselves, and to and from everywhere else.

    Returns
    -------
    DataFrame
        `city`; index of trips going out and coming in: `out_total`, `in_total`, `out_within`,
        `in_within` (the thirteen), `out_rest`, `in_rest` (all other cities, named or not);
        `named_destinations`, `named_origins`: share of trips whose other end Baidu names.

    Raises
    ------
    DataError
        The flow tables are not installed.

    Examples
    --------
    >>> totals = load_flow_totals().set_index("city")
    >>> float(totals.loc["110000", "out_total"])
    11.43599
    """
    _require(FOLDER)
    return stored("flow_totals")


def flows_installed(folder: Path = FOLDER) -> bool:
    """Whether the two flow tables are there; they may be deleted."""
    return all((folder / f"{name}.csv.gz").is_file() for name in FLOW_TABLES)


def _require(folder: Path) -> None:
    if flows_installed(folder):
        return
    raise DataError(
        Fault(
            "an installation without the two tables of observed flows",
            "flows.csv.gz and flow_totals.csv.gz",
            "Use a synthetic network, econshrink.lab.plant_roles(seed=1), or install the tables.",
        )
    )
