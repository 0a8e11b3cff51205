"""Decomposition: numbers that add up to a total, each with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.regressions import decomposition_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

TOTAL = "total"
_NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
_SLACK = 1e-8  # rounding of a sum, relative to the sum of absolute parts


@register
@dataclass(frozen=True, eq=False, repr=False)
class Decomposition(Shown):
    """Parts of one or several totals.

    Parameters
    ----------
    frame : DataFrame
        Columns ``target`` (what is decomposed: a region, a coefficient), ``part``, ``estimate``,
        ``std_error``, ``conf_low``, ``conf_high``. Every target has a row with part ``"total"``,
        the sum of its other rows. Missing uncertainty is NaN.
    method : str
        Decomposition in words.
    error_label : str
        Where standard errors and limits come from.
    nobs : int
    clusters : dict
        Clustering variable to number of clusters.
    draws : int
        Usable resamples behind the limits; 0 without.
    draws_lost : int
        Resamples that did not identify the decomposition, left out.
    notes : tuple of str
    synthetic : bool

    Raises
    ------
    DataError
        A column is absent, a target or part twice, a total that is not the sum of its parts.

    Examples
    --------
    >>> frame = pd.DataFrame({"target": "west", "part": ["jobs", "age", "total"],
    ...     "estimate": [1.0, 2.0, 3.0], "std_error": 0.1, "conf_low": 0.0, "conf_high": 4.0})
    >>> Decomposition(frame, "by hand").shares()["estimate"].round(3).tolist()
    [0.333, 0.667]
    """

    frame: pd.DataFrame
    method: str
    error_label: str = ""
    nobs: int = 0
    clusters: dict[str, int] | None = None
    draws: int = 0
    draws_lost: int = 0
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        wanted = ("target", "part", *_NUMBERS)
        missing = [name for name in wanted if name not in self.frame.columns]
        if missing:
            raise DataError(Fault(f"no column {', '.join(missing)}", ", ".join(wanted), "Add it."))
        frame = self.frame[list(wanted)].reset_index(drop=True)
        raise_all(DataError, _faults(frame))
        object.__setattr__(self, "frame", frame)

    def _page(self) -> Page:
        return decomposition_page(self)

    @property
    def targets(self) -> tuple[str, ...]:
        """What is decomposed."""
        return tuple(str(name) for name in self.frame["target"].unique())

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts other than the total."""
        return tuple(str(name) for name in self.frame["part"].unique() if name != TOTAL)

    def wide(self, column: str = "estimate") -> pd.DataFrame:
        """One number as a target × part table, parts and targets in their order."""
        table = self.frame.pivot(index="target", columns="part", values=column)
        return table.reindex(index=list(self.targets), columns=[*self.parts, TOTAL])

    def number(self, target: str, part: str, column: str = "estimate") -> float:
        """One number; an unknown target or part is an error."""
        table = self.wide(column)
        if target not in table.index or part not in table.columns:
            seen = f"part '{part}' of '{target}'"
            expected = f"{', '.join(self.targets)}; {', '.join([*self.parts, TOTAL])}"
            raise DataError(Fault(seen, expected, "Check the spelling."))
        return float(table.loc[[target], part].item())

    def shares(self) -> pd.DataFrame:
        """Parts over their target's total; undefined (NaN) where the total is zero."""
        rows = self.frame[self.frame["part"] != TOTAL].reset_index(drop=True)
        totals = self.wide()[TOTAL].reindex(rows["target"]).to_numpy(dtype=float)
        nonzero = np.where(totals == 0, np.nan, totals)
        return rows[["target", "part"]].assign(estimate=rows["estimate"].to_numpy() / nonzero)


def _faults(frame: pd.DataFrame) -> list[Fault]:
    faults = []
    if frame.empty:
        return [Fault("a decomposition without rows", "a target and its parts", "Check it.")]
    twice = frame[frame.duplicated(["target", "part"])]
    for row in twice.itertuples():
        faults.append(Fault(f"{row.part} of {row.target} twice", "each part once", "Remove it."))
    for target, rows in frame.groupby("target", sort=False):
        whole = rows.loc[rows["part"] == TOTAL, "estimate"]
        parts = rows.loc[rows["part"] != TOTAL, "estimate"]
        if len(whole) != 1 or not len(parts):
            seen = f"{len(whole)} totals and {len(parts)} parts of {target}"
            faults.append(Fault(seen, "one total and its parts", "Add the row 'total'."))
            continue
        gap = abs(float(parts.sum()) - float(whole.iloc[0]))
        if not gap <= _SLACK * max(float(parts.abs().sum()), 1e-300):
            seen = f"parts of {target} that miss the total by {gap:.3g}"
            faults.append(Fault(seen, "parts that add up", "This is a fault of the method."))
    return faults
