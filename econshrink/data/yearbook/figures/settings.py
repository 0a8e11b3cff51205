"""Settings of a reading, checked at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.open.limits import DEFAULT_LIMITS, Limits
from econshrink.data.yearbook.shape.headings import HeadingTable, heading_table
from econshrink.data.yearbook.words.units import read_unit

Scope = Literal["city", "districts", "both"]
CountyLevel = Literal["reject", "aggregate"]


@dataclass(frozen=True)
class Settings:
    """How to read: see `econshrink.data.yearbook.read_yearbook` for every field."""

    table: HeadingTable = field(default_factory=heading_table)
    scope: Scope = "city"
    county_level: CountyLevel = "reject"
    units: Mapping[str, str] = field(default_factory=dict)
    year: int | Mapping[str, int] | None = None
    province: str = ""
    detect: bool = True
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        faults = []
        choices = (
            ("scope", self.scope, ("city", "districts", "both")),
            ("county_level", self.county_level, ("reject", "aggregate")),
        )
        for name, value, allowed in choices:
            if value not in allowed:
                expected = f"one of {', '.join(allowed)}"
                faults.append(Fault(f"{name}={value!r}", expected, "Choose one of them."))
        for term, text in self.units.items():
            indicator = self.table.indicators.get(term)
            unit = read_unit(text)
            if indicator is None:
                known = ", ".join(sorted(self.table.indicators))
                faults.append(Fault(f"units for '{term}'", f"one of {known}", "Use our term."))
            elif unit is None or unit.factor(indicator.dimension) is None:
                expected = f"a unit of {indicator.dimension}"
                faults.append(Fault(f"unit '{text}' for {term}", expected, "Write it as printed."))
        raise_all(DataError, faults)

    def year_of(self, file: str) -> int | None:
        """Year the user gave for a file, None if not given."""
        return self.year.get(file) if isinstance(self.year, Mapping) else self.year
