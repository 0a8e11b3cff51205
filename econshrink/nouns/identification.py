"""Identification: which cities shrink, by which rule, on which figures."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import identification_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True, eq=False, repr=False)
class Identification(Shown):
    """Labels of cities under one rule, with everything a count needs to be read.

    Parameters
    ----------
    frame : DataFrame
        Index city. Column ``shrinking`` (nullable boolean: missing means undefined, never
        "no"), and as far as the rule gives them ``onset``, ``detection`` (years), ``change``
        (persons), ``growth`` (share over the window), and the parts of a compound rule.
    rule_id : str
        Which rule, with its parameters.
    concept : str
        Population concept, such as ``"census residents, 2020 boundaries"``.
    window : tuple of int
        First and last year.
    series : str
        Which series: ``"census"``, ``"annual raw"``, ``"annual closed (hold growth 3)"``.
    sample : str
        Which units were eligible.
    excluded : DataFrame
        Columns ``city, reason``: eligible units left out, and why.
    notes : tuple of str
    synthetic : bool
    """

    frame: pd.DataFrame
    rule_id: str
    concept: str
    window: tuple[int, int]
    series: str
    sample: str
    excluded: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"city": [], "reason": []}))
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        faults = []
        if "shrinking" not in self.frame.columns:
            faults.append(Fault("no column 'shrinking'", "a label per city", "Add the column."))
        if self.frame.index.has_duplicates:
            faults.append(Fault("a city twice", "one row a city", "Remove the repeat."))
        if not self.rule_id:
            faults.append(Fault("no rule_id", "the rule that made the labels", "Name the rule."))
        if self.frame.empty:
            faults.append(
                Fault("no city that the rule can judge", "at least one", "Check window and series.")
            )
        raise_all(DataError, faults)
        frame = self.frame.sort_index().rename_axis("city")
        frame = frame.assign(shrinking=frame["shrinking"].astype("boolean"))
        object.__setattr__(self, "frame", frame)
        object.__setattr__(self, "window", (int(self.window[0]), int(self.window[1])))
        object.__setattr__(self, "notes", tuple(self.notes))

    def _page(self) -> Page:
        return identification_page(self)

    @property
    def units(self) -> int:
        """Number of cities with a defined label."""
        return int(self.frame["shrinking"].notna().sum())

    @property
    def count(self) -> int:
        """Number of shrinking cities."""
        return int(self.frame["shrinking"].fillna(value=False).sum())

    @property
    def share(self) -> float:
        """Shrinking cities as a share of those with a defined label."""
        return self.count / self.units if self.units else float("nan")

    @property
    def shrinking(self) -> tuple[str, ...]:
        """Codes of the shrinking cities."""
        return tuple(self.frame.index[self.frame["shrinking"].fillna(value=False)])

    def tabulate(self, groups: pd.Series) -> pd.DataFrame:
        """Count by group (a Series city -> group): columns units, shrinking, share, change."""
        defined = self.frame[self.frame["shrinking"].notna()]
        label = groups.reindex(defined.index)
        absent = label.index[label.isna()].tolist()
        if absent:
            raise DataError(
                Fault(
                    f"no group for {len(absent)} cities ({', '.join(absent[:5])} …)",
                    "a group for every city with a label",
                    "Complete the grouping.",
                )
            )
        grouped = defined.groupby(label.rename("group"))
        table = pd.DataFrame(
            {
                "units": grouped.size(),
                "shrinking": grouped["shrinking"].sum().astype(int),
            }
        )
        table["share"] = table["shrinking"] / table["units"]
        if "change" in defined:
            table["change"] = grouped["change"].sum()
        return table
