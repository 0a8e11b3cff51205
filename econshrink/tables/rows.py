"""What the terms of a model are evaluated on."""

from __future__ import annotations

from typing import Protocol

import pandas as pd


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
