"""Curve: an estimated function of time with its band."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import curve_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

KINDS = ("survival", "cumulative_hazard", "incidence", "hazard", "event_time")
_REQUIRED = ("time", "estimate", "std_error", "conf_low", "conf_high", "group")


@register
@dataclass(frozen=True, eq=False, repr=False)
class Curve(Shown):
    """An estimated function of time, one or more groups.

    Parameters
    ----------
    frame : DataFrame
        Columns ``time, estimate, std_error, conf_low, conf_high, group``; survival curves add
        ``at_risk`` and ``events``. Sorted by group and time.
    kind : str
        One of `KINDS`.
    level : float
        Level of the pointwise band.
    label : str
        What the curve shows, with its rule and series.
    notes : tuple of str
    synthetic : bool
    """

    frame: pd.DataFrame
    kind: str
    level: float = 0.95
    label: str = ""
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        missing = [name for name in _REQUIRED if name not in self.frame.columns]
        faults = []
        if missing:
            faults.append(Fault(f"no column {', '.join(missing)}", ", ".join(_REQUIRED), "Add it."))
        if self.kind not in KINDS:
            faults.append(Fault(f"kind '{self.kind}'", ", ".join(KINDS), "Choose one of them."))
        if self.frame.empty:
            faults.append(Fault("a curve without points", "at least one", "Check the data."))
        raise_all(DataError, faults)
        frame = self.frame.sort_values(["group", "time"], kind="stable").reset_index(drop=True)
        object.__setattr__(self, "frame", frame)

    def _page(self) -> Page:
        return curve_page(self)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(str(name) for name in self.frame["group"].unique())
