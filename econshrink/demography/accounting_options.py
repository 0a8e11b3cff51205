"""Rules of the accounting that no count decides: the nation's residual, and migrants' children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from econshrink.core.arrays import Ints, largest_remainder
from econshrink.core.errors import Fault, SpecError

FEMALE = 1
# Women counted as mothers of children aged 0-4 and 5-9 (years), and the share of ten years'
# migration that lies before the mean birth of each group.
MOTHERS = ((15, 45), (20, 50))
MOVED_BEFORE = (0.25, 0.75)


class Nation(Protocol):
    """What the nation's own residual is called."""

    @property
    def label(self) -> str:
        """The rule in words."""

    @property
    def closed(self) -> bool:
        """Whether national net migration is zero by the rule."""

    def coverage(self, arrived: Ints, after: Ints) -> Ints:
        """Persons by unit, sex and age (n, 2, A) that the rule takes out of net migration."""


@dataclass(frozen=True)
class OpenNation:
    """The nation's residual stays in net migration: nothing is adjusted.

    Net migration then contains whatever one census missed and the other found, and the misfit
    of the survival table.

    Examples
    --------
    >>> OpenNation().coverage(np.ones((1, 2, 3), int), np.ones((1, 2, 3), int)).sum().item()
    0
    """

    @property
    def label(self) -> str:
        """The rule in words."""
        return "national residual left in net migration"

    @property
    def closed(self) -> bool:
        """Not closed."""
        return False

    def coverage(self, arrived: Ints, after: Ints) -> Ints:  # noqa: ARG002
        """Return zeros."""
        return np.zeros_like(arrived)


@dataclass(frozen=True)
class ClosedNation:
    """National net migration is zero at every sex and age: census survival ratios.

    Each cell's national residual is spread over the units in proportion to their survivors, as
    *coverage*. That is the census survival method (Shryock and Siegel 1976, *The Methods and
    Materials of Demography*, ch. 21): it assumes that both censuses' completeness by age and
    mortality are alike everywhere, and takes migration across the border for coverage.

    Examples
    --------
    >>> arrived = np.array([[[0, 60]] * 2, [[0, 30]] * 2])
    >>> after = np.array([[[9, 70]] * 2, [[9, 29]] * 2])
    >>> ClosedNation().coverage(arrived, after)[:, 0, 1].tolist()
    [6, 3]
    """

    @property
    def label(self) -> str:
        """The rule in words."""
        return "national net migration zero at every sex and age (census survival ratios)"

    @property
    def closed(self) -> bool:
        """Closed."""
        return True

    def coverage(self, arrived: Ints, after: Ints) -> Ints:
        """Residual of the nation, in proportion to survivors; whole persons."""
        there = arrived.sum(axis=0)
        wish = np.where(there > 0, after.sum(axis=0), 0)
        scale = np.divide(wish, there, out=np.ones(there.shape), where=there > 0)
        scaled = largest_remainder(arrived * scale, wish)
        return np.asarray(scaled - arrived)


class Children(Protocol):
    """Which of the children born between the counts moved."""

    @property
    def label(self) -> str:
        """The rule in words."""

    def migrants(self, after: Ints, migration: Ints, lower: tuple[int, ...], born: int) -> Ints:
        """Net migrants among the children, shape (n, 2, born)."""


@dataclass(frozen=True)
class ByResidence:
    """Children born since the start are natural change where they live at the end.

    A child that came with its mother counts as a birth of the place it came to.

    Examples
    --------
    >>> none = np.zeros((1, 2, 4), int)
    >>> ByResidence().migrants(none, none, (0, 5, 10, 15), 2).shape
    (1, 2, 2)
    """

    @property
    def label(self) -> str:
        """The rule in words."""
        return "children born between the censuses are natural change where they live"

    def migrants(self, after: Ints, migration: Ints, lower: tuple[int, ...], born: int) -> Ints:  # noqa: ARG002
        """Return zeros."""
        return np.zeros((*after.shape[:2], born), dtype=np.int64)


@dataclass(frozen=True)
class ByMothers:
    """Children move with their mothers: child-woman ratios times net migration of women.

    Net migrants aged 0-4 are a quarter of the unit's ratio of children 0-4 to women 15-44 times
    net migration of women 15-44; aged 5-9 three quarters with women 20-49 (Shryock and Siegel
    1976, ch. 21, for ten-year intervals). In China many children stay behind with grandparents,
    so the rule moves too many; the truth lies between it and `ByResidence`.

    Examples
    --------
    >>> lower = tuple(range(0, 60, 5))
    >>> after = np.full((1, 2, 12), 60)
    >>> moved = np.zeros((1, 2, 12), int)
    >>> moved[:, 1, 3:9] = 20  # a third of the women 15-44, and of those 20-44
    >>> ByMothers().migrants(after, moved, lower, 2)[0].tolist()
    [[5, 12], [5, 12]]
    """

    @property
    def label(self) -> str:
        """The rule in words."""
        return "children born between the censuses moved in proportion to women (¼, ¾)"

    def migrants(self, after: Ints, migration: Ints, lower: tuple[int, ...], born: int) -> Ints:
        """Net migrants by sex and age group; needs five-year groups and ten years."""
        if lower[1] != 5 or born != 2:
            raise SpecError(
                Fault(
                    f"{born} groups of children of {lower[1]} years",
                    "two five-year groups (ten years)",
                    "Use ByResidence for other spans.",
                )
            )
        ages = np.array(lower)
        moved = np.zeros((*after.shape[:2], born))
        for group, ((youngest, limit), share) in enumerate(zip(MOTHERS, MOVED_BEFORE, strict=True)):
            mothers = (ages >= youngest) & (ages < limit)
            women = after[:, FEMALE, mothers].sum(axis=1)
            net = migration[:, FEMALE, mothers].sum(axis=1)
            rate = np.divide(net, women, out=np.zeros(len(women)), where=women > 0)
            moved[:, :, group] = share * after[:, :, group] * rate[:, None]
        return np.minimum(np.rint(moved).astype(np.int64), after[:, :, :born])
