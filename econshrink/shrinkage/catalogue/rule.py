"""What an identification rule is; identifier, needs and registration come from its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
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


@dataclass(frozen=True)
class CatalogueRule:
    """What the rules of the catalogue share: identifier and needs follow from their fields.

    The field ``variable`` and those made by `column` name variables of the panel; every field
    but ``variable`` is a parameter in the identifier, a `quiet` one only where it is changed.
    `alone` says that each city is judged by its own figures: a panel can be judged in parts.
    """

    name: ClassVar[str]
    quiet: ClassVar[tuple[str, ...]] = ()
    alone: ClassVar[bool] = True

    @property
    def rule_id(self) -> str:
        """Name, population concept and parameters, in the order of the fields."""
        shown: dict[str, object] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "variable" or (one.name in self.quiet and value == one.default):
                continue
            show = one.metadata.get("show")
            shown[one.metadata.get("word") or one.name] = show(value) if show else value
        return named(self.name, self.needs[0], **shown)

    @property
    def needs(self) -> tuple[str, ...]:
        """The population concept and every other column that is used."""
        names = [getattr(self, one.name) for one in fields(self) if _is_column(one)]
        return tuple(name for name in names if name)


def column(default: str, *, word: str = "", show: Callable[[str], str] | None = None) -> Any:
    """Field that names a variable the rule needs; an empty name asks for none."""
    return field(default=default, metadata={"column": True, "word": word, "show": show})


def parameter(default: object, *, word: str = "", show: Callable[[Any], str] | None = None) -> Any:
    """Field that stands in the identifier under another word or in another form."""
    return field(default=default, metadata={"word": word, "show": show})


def _is_column(one: Field[Any]) -> bool:
    return one.name == "variable" or bool(one.metadata.get("column"))


BUILT_IN: dict[str, tuple[Callable[[], Rule], str]] = {}  # key to (maker, title)
_R = TypeVar("_R", bound=Rule)


def built_in(key: str, title: str, **parameters: object) -> Callable[[type[_R]], type[_R]]:
    """List a rule of the catalogue with these parameters; stands above its class."""

    def listed(rule: type[_R]) -> type[_R]:
        if key in BUILT_IN:
            raise SpecError(Fault(f"key '{key}' again", "a key not yet taken", "Choose another."))
        BUILT_IN[key] = (partial(rule, **parameters), title)
        return rule

    return listed


def check_share(name: str, value: float) -> None:
    """Refuse a parameter that is no share from 0 to below 1."""
    if not 0 <= value < 1:
        raise SpecError(Fault(f"{name} {value}", "a share from 0 to below 1", "Mend it."))


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
    """
    known = (shrinking == 1) & np.isfinite(annual_loss)
    place = np.digitize(np.where(known, annual_loss, 0.0), LOSS_LIMITS)
    return shown(np.array(LOSS_CLASSES)[place], known)


def shown(kinds: NDArray[np.str_], where: NDArray[np.bool_]) -> Texts:
    """The class where it applies, None elsewhere and where it is empty."""
    kept: Texts = kinds.astype(object)
    kept[~where | (kinds == "")] = None
    return kept
