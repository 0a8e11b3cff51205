"""What the terms of a model are evaluated on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import NUMBERS, as_numbers, kind_of


class Rows(Protocol):
    """What terms are evaluated on: a `CityPanel`, or rows at risk."""

    @property
    def frame(self) -> pd.DataFrame:
        """Numbers."""

    @property
    def attributes(self) -> pd.DataFrame:
        """What does not change within a unit, one row a unit."""

    @property
    def labels(self) -> pd.DataFrame:
        """What is no number and may change."""

    @property
    def unit(self) -> str:
        """Name of the unit."""

    @property
    def time(self) -> str:
        """Name of the time."""

    @property
    def groupings(self) -> tuple[str, ...]:
        """Names that can be groups."""

    def role(self, name: str) -> str:
        """``"unit"``, ``"time"`` or empty."""

    def attribute(self, name: str) -> pd.Series:
        """An attribute or label by row."""


@dataclass(frozen=True, eq=False)
class PlainRows:
    """Rows that are no panel of years, such as rows at risk or pairs of places: no lags."""

    frame: pd.DataFrame
    labels: pd.DataFrame
    unit: str
    time: str
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def role(self, name: str) -> str:
        """No column stands for a unit or a year."""
        del name
        return ""

    def attribute(self, name: str) -> pd.Series:
        """Text or category of every row."""
        return self.labels[name]

    @property
    def groupings(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*map(str, self.labels), *map(str, self.frame))


def plain_rows(
    columns: Mapping[str, pd.Series], index: pd.Index, unit: str, time: str
) -> PlainRows:
    """Sort columns into numbers and labels."""
    numbers: dict[str, Floats] = {}
    labels: dict[str, pd.Series] = {}
    for name, column in columns.items():
        if kind_of(column) == NUMBERS:
            numbers[name] = as_numbers(column, name)[0]
        else:
            labels[name] = column
    frame = pd.DataFrame(numbers, index=index)
    return PlainRows(frame, pd.DataFrame(labels, index=index), unit, time)
