"""Rules across variables: registered population in the resident column, parts against wholes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from econshrink.core.field_types import typed_fields
from econshrink.data.quality.history import spike_sides
from econshrink.data.quality.wide import Mask, Wide


@dataclass(frozen=True)
@typed_fields
class HukouInResident:
    """Registered (hukou) population in the column of residents.

    With a hukou column: equal to it within `equal`, while the two differ by at least `gap` in the
    median of the city's other years. Without: a province in which at least `share` of the cities
    (four or more) leave their neighbouring years by more than `block` in one year and return in
    the next, outside census years; then those cities. A stay of several years is seen only with
    the hukou column.
    """

    equal: float = 0.001
    gap: float = 0.02
    block: float = 0.01
    share: float = 0.5
    name: ClassVar[str] = "hukou_in_resident"
    status: ClassVar[str] = "wrong_concept"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return "equals the registered population, or a province leaves and returns together"

    def find(self, resident: Wide, hukou: Wide | None) -> Mask:
        """Cells of the resident column that break the rule, shape (cities, years)."""
        found = self._block(resident)
        return found | self._equal(resident, hukou) if hukou is not None else found

    def _equal(self, resident: Wide, hukou: Wide) -> Mask:
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.abs(resident.values / hukou.values - 1)
        same = ratio <= self.equal
        out = np.zeros(same.shape, dtype=bool)
        for i, row in enumerate(ratio):
            others = row[np.isfinite(row) & ~same[i]]
            if others.size >= 2 and np.median(others) >= self.gap:
                out[i] = same[i]
        return out

    def _block(self, resident: Wide) -> Mask:
        rise, fall = spike_sides(resident)
        smaller = np.minimum(np.abs(rise), np.abs(fall))
        off = (np.sign(rise) == np.sign(fall)) & (smaller > self.block)
        off &= (np.abs(rise - fall) < 0.5 * smaller) & ~resident.census[None, :]
        seen = np.isfinite(rise) & np.isfinite(fall)
        out = np.zeros(off.shape, dtype=bool)
        for group in np.unique(resident.groups):
            rows = resident.groups == group
            count = off[rows].sum(axis=0)
            hit = (count >= 4) & (count >= self.share * np.maximum(seen[rows].sum(axis=0), 1))
            out[rows] = off[rows] & hit[None, :]
        return out


@dataclass(frozen=True)
@typed_fields
class PartAboveWhole:
    """Districts above the whole city, or sectors that miss the total by more than `tolerance`."""

    tolerance: float = 0.02
    name: ClassVar[str] = "part_above_whole"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"parts exceed or miss their whole by more than {self.tolerance:.0%}"

    def districts(self, part: Wide, whole: Wide) -> Mask:
        """Cells of the districts' column that exceed the city's."""
        if whole.ratio or whole.name.endswith(("_per_head", "wage", "price")):
            return np.zeros(part.values.shape, dtype=bool)
        return np.asarray(part.values > (1 + self.tolerance) * whole.values, dtype=bool)

    def sectors(self, parts: list[Wide], whole: Wide) -> Mask:
        """Cells at which the parts do not sum to the whole."""
        total = np.sum([part.values for part in parts], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.abs(total / whole.values - 1) > self.tolerance, dtype=bool)
