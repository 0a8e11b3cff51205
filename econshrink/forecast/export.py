"""Trajectories as files that other programs read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.forecast import Forecast


def trajectories_table(forecast: Forecast) -> pd.DataFrame:
    """Every draw in one long table, to be written as a file other programs read.

    Parameters
    ----------
    forecast : Forecast

    Returns
    -------
    DataFrame
        Columns `city`, `year`, `trajectory` (from 1), `population`; sorted.
    """
    cities, years, draws = forecast.draws.shape
    return pd.DataFrame(
        {
            "city": np.repeat(forecast.cities, years * draws),
            "year": np.tile(np.repeat(forecast.years, draws), cities),
            "trajectory": np.tile(np.arange(1, draws + 1), cities * years),
            "population": forecast.draws.ravel(),
        }
    )


def write_trajectories(forecast: Forecast, path: str | Path) -> Path:
    """Write every draw to a file.

    Parameters
    ----------
    forecast : Forecast
    path : str or Path
        ``.csv``: the table of `trajectories_table`, whole persons. ``.npz``: arrays `population`
        (city × year × trajectory), `city`, `year`, `base`, `base_year`, `origin`, and one array
        ``part_<name>`` for every part of the error.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        Another kind of file, or no such folder.
    """
    target = Path(path)
    if target.suffix not in {".csv", ".npz"} or not target.parent.is_dir():
        seen = f"{target.name} in {target.parent.name or 'this folder'}"
        expected = "a name that ends in .csv or .npz, in a folder that is there"
        raise DataError(Fault(seen, expected, "Mend the path."))
    if target.suffix == ".csv":
        table = trajectories_table(forecast)
        whole = table.assign(population=table["population"].round().astype("int64"))
        whole.to_csv(target, index=False, lineterminator="\n")
        return target
    np.savez_compressed(
        target,
        allow_pickle=False,
        population=forecast.draws,
        city=np.array(forecast.cities),
        year=np.array(forecast.years),
        base=forecast.base,
        base_year=np.array(forecast.base_year),
        origin=np.array(forecast.origin),
        **{f"part_{name}": part for name, part in forecast.parts.items()},
    )
    return target
