"""What an identification rule is, and how its parameters are printed."""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.nouns.panel import CityPanel

Texts = NDArray[np.object_]

UNVERIFIED = "unverified: from memory, check before citing"

LOSS_CLASSES = ("mild", "moderate", "severe")
LOSS_LIMITS = (0.005, 0.01)  # mean annual loss; the upper one is the 1 % of Oswalt and Rieniets


class Rule(Protocol):
    """What an identification rule must offer.

    `classes` names the values of the optional column ``class`` of `judge`; `source` says where
    the definition could not be verified.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    formula: ClassVar[str]
    classes: ClassVar[tuple[str, ...]]

    @property
    def rule_id(self) -> str:
        """Name with every parameter: printed wherever a count is."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Variables the panel must hold; the first is the population the rule is about."""
        ...

    def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
        """Labels and dates by city: at least the column ``shrinking`` (1, 0, missing).

        A column ``class`` holds one of `classes`, a column ``reason`` says why a label is
        missing other than for want of figures.
        """
        ...


def named(name: str, variable: str, **parameters: object) -> str:
    """Identifier of a rule: its name, its population concept and its parameters.

    Examples
    --------
    >>> named("net_loss", "urban", threshold=0.0)
    'net_loss(urban, threshold=0)'
    """
    parts = [variable]
    for key, value in parameters.items():
        shown = f"{value:g}" if isinstance(value, int | float) and value is not True else str(value)
        parts.append(f"{key}={shown}" if value is not False else f"{key}=no")
    return f"{name}({', '.join(parts)})".replace("=True", "=yes")


def loss_class(annual_loss: Floats, shrinking: Floats) -> Texts:
    """Severity of each shrinking city by its mean annual loss (a share); others have none.

    Mild below 0.5 percent a year, moderate from 0.5, severe from 1 percent. A shrinking city
    whose loss is unknown has none either.

    Examples
    --------
    >>> loss_class(np.array([0.004, 0.005, 0.01, 0.02]), np.array([1.0, 1.0, 1.0, 0.0])).tolist()
    ['mild', 'moderate', 'severe', None]
    """
    known = (shrinking == 1) & np.isfinite(annual_loss)
    place = np.digitize(np.where(known, annual_loss, 0.0), LOSS_LIMITS)
    return shown(np.array(LOSS_CLASSES)[place], known)


def shown(kinds: NDArray[np.str_], where: NDArray[np.bool_]) -> Texts:
    """The class where it applies, None elsewhere and where it is empty.

    Examples
    --------
    >>> shown(np.array(["mild", ""]), np.array([True, True])).tolist()
    ['mild', None]
    """
    kept: Texts = kinds.astype(object)
    kept[~where | (kinds == "")] = None
    return kept
