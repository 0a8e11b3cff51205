"""Country: what is known of a country beside its panel, and China's as one instance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True)
@typed_fields
class Country:
    """Groups, censuses and size classes of a country; nothing at all by default.

    Parameters
    ----------
    group : str, optional
        Attribute of the panel that holds the province, state or region.
    prefix : int
        First characters of a unit's code that stand for the group, where codes tell it; 0 if
        they do not.
    censuses : tuple of int
        Years, also coming ones, in which a census moves the base of yearly figures.
    size_classes : tuple of str
        From small to large, one more than limits.
    size_limits : tuple of float
        Persons; a figure at a limit belongs to the class above.

    Raises
    ------
    SpecError
        Censuses or limits that do not ascend, or classes that do not fit the limits.

    Examples
    --------
    >>> america = Country(group="state", prefix=2, censuses=(2000, 2010, 2020))
    >>> america.groups(["01001", "01003", "56001"]).tolist(), Country().groups([7, 9]).tolist()
    (['01', '01', '56'], ['', ''])
    """

    group: str | None = None
    prefix: int = 0
    censuses: tuple[int, ...] = ()
    size_classes: tuple[str, ...] = ()
    size_limits: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        for name in ("censuses", "size_limits"):
            values = list(getattr(self, name))
            if values != sorted(set(values)):
                faults.append(Fault(f"{name} {values}", "ascending values", "Sort them."))
        if self.size_classes and len(self.size_classes) != len(self.size_limits) + 1:
            seen = f"{len(self.size_classes)} size classes and {len(self.size_limits)} limits"
            faults.append(Fault(seen, "one class more than limits", "Add or remove one."))
        if self.prefix < 0:
            faults.append(Fault(f"prefix {self.prefix}", "0 or more", "Leave it out."))
        raise_all(SpecError, faults)

    def groups(self, units: Iterable[Any], panel: CityPanel | None = None) -> NDArray[np.str_]:
        """Group of each unit: by code, else by attribute of the panel, else one for all."""
        codes = [str(unit) for unit in units]
        if self.prefix:
            return np.array([code[: self.prefix] for code in codes])
        if self.group is not None and panel is not None and self.group in panel.attributes:
            known = panel.attributes[self.group].astype(str)
            return np.array(known.to_numpy(), dtype=str)
        return np.full(len(codes), "", dtype=str)


CHINA = Country(
    "province",
    2,
    (1990, 2000, 2010, 2020, 2030, 2040, 2050),
    (
        "small",  # 小城市
        "medium",  # 中等城市
        "large II",  # II型大城市
        "large I",  # I型大城市
        "very large",  # 特大城市
        "super-large",  # 超大城市
    ),
    (0.5e6, 1e6, 3e6, 5e6, 10e6),
)
"""Codes of GB/T 2260, censuses in years ending in 0, size classes of 国发〔2014〕51号."""
