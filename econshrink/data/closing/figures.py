"""What every closure starts from: annual and census figures of the same cities, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.closing.old_base import UNSOUND
from econshrink.nouns.panel import CityPanel


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures of every city of either panel, years from the opening census on.

    Parameters
    ----------
    cities : Index
    years : ndarray of int
        From the opening census to the last annual year.
    raw : ndarray, shape (cities, years)
        Annual figures.
    sound : ndarray of bool, same shape
        Cells that exist and carry no status of `UNSOUND`.
    opening, closing : ndarray, shape (cities,)
        Census figures.
    decade : int
        Number of years from census to census, both counted.
    """

    cities: pd.Index
    years: NDArray[np.int64]
    raw: Floats
    sound: NDArray[np.bool_]
    opening: Floats
    closing: Floats
    decade: int


def read_figures(
    annual: CityPanel, census: CityPanel, variable: str, censuses: tuple[int, int]
) -> Figures:
    """Line up both panels, or raise a `DataError` with every mistake found."""
    raw, counts = annual.wide(variable), census.wide(variable)
    raise_all(DataError, _faults(annual, census, raw, counts, censuses))
    start, end = censuses
    cities = raw.index.union(counts.index)
    years = np.arange(start, annual.years[-1] + 1)
    raw, counts = raw.reindex(index=cities, columns=years), counts.reindex(cities)
    status = annual.wide_status(variable).reindex(index=cities, columns=years)
    return Figures(
        cities,
        years,
        raw.to_numpy(dtype=float),
        raw.notna().to_numpy() & ~status.isin(UNSOUND).to_numpy(),
        counts[start].to_numpy(dtype=float),
        counts[end].to_numpy(dtype=float),
        end - start + 1,
    )


def census_needs(figures: Figures, censuses: tuple[int, int]) -> dict[str, Floats]:
    """The census figures a city must have, by the reason given if it lacks one."""
    return {
        f"no census figure {censuses[0]}": figures.opening,
        f"no census figure {censuses[1]}": figures.closing,
    }


def reasons(needed: dict[str, Floats]) -> list[str]:
    """Why a city cannot be closed: everything it lacks, empty if nothing."""
    lacks = np.column_stack([np.isnan(values) for values in needed.values()])
    names = list(needed)
    return ["; ".join(name for name, gone in zip(names, row, strict=True) if gone) for row in lacks]


def _faults(
    annual: CityPanel,
    census: CityPanel,
    raw: pd.DataFrame,
    counts: pd.DataFrame,
    censuses: tuple[int, int],
) -> list[Fault]:
    faults = []
    if censuses[1] - censuses[0] < 2:
        faults.append(Fault(f"censuses {censuses}", "years at least two apart", "Mend `censuses`."))
    if annual.synthetic != census.synthetic:
        seen = f"annual synthetic={annual.synthetic}, census synthetic={census.synthetic}"
        faults.append(Fault(seen, "both real or both simulated", "Do not mix them."))
    for name, table in (("annual", raw), ("census", counts)):
        absent = [str(year) for year in censuses if year not in table.columns]
        if absent:
            expected = f"{censuses[0]} and {censuses[1]}"
            faults.append(
                Fault(f"no year {', '.join(absent)}", expected, "Check the panel.", f"{name} panel")
            )
        values = table.to_numpy(dtype=float)
        faults += [
            Fault(
                f"{values[row, column]:g}",
                "a positive figure",
                "Mend it.",
                f"{name} panel, {table.index[row]}, {table.columns[column]}",
            )
            for row, column in np.argwhere(values <= 0)
        ]
    return faults
