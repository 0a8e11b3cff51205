"""Option objects whose fields are what their annotations say.

An option is where a user's words enter an estimator. A text where a number belongs, a number where
a name belongs or one name where several do would otherwise end in an exception of Python's far
from its cause, or be read as something else: a text of three letters as three names.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import get_annotations
from typing import Any, TypeVar

import numpy as np

from econshrink.core.errors import Fault, SpecError, raise_all

_Class = TypeVar("_Class")
_WORDS = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "True or False"}


def typed_fields(kind: type[_Class]) -> type[_Class]:
    """Check the types of a dataclass's fields before its own ``__post_init__`` does the rest.

    Stands below ``@dataclass(frozen=True)``.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... @typed_fields
    ... class Lag:
    ...     years: int = 5
    >>> Lag("3")
    Traceback (most recent call last):
      ...
    econshrink.core.errors.SpecError: Lag.years: saw years='3'; expected a whole number. Leave it \
out for 5, or write a whole number.
    """
    own: Callable[[Any], None] | None = getattr(kind, "__post_init__", None)

    def __post_init__(self: Any) -> None:
        _require_types(self)
        if own is not None:
            own(self)

    kind.__post_init__ = __post_init__  # type: ignore[attr-defined]
    return kind


def _require_types(made: Any) -> None:
    kind: Any = type(made)
    hints = _hints(kind)
    faults = []
    for field in dataclasses.fields(made):
        value = getattr(made, field.name)
        if field.name in hints and not _fits(value, hints[field.name]):
            expected = _WORDS.get(str(field.type), str(field.type))
            default = field.default
            given = "W" if default is dataclasses.MISSING else f"Leave it out for {default!r}, or w"
            faults.append(
                Fault(
                    f"{field.name}={_shown(value)}",
                    expected,
                    f"{given}rite {expected}.",
                    f"{kind.__name__}.{field.name}",
                )
            )
    raise_all(SpecError, faults)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    """Annotations as types; those that only a type checker can resolve are left out."""
    found: dict[str, Any] = {}
    homes = {name: home for home in reversed(kind.__mro__) for name in get_annotations(home)}
    for field in dataclasses.fields(kind):
        holder = types.SimpleNamespace(__annotations__={field.name: field.type})
        names = vars(sys.modules[homes[field.name].__module__])
        with contextlib.suppress(NameError, TypeError):  # an import for type checkers
            found |= typing.get_type_hints(holder, globalns=names)
    return found


def _fits(value: object, hint: Any) -> bool:
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in inside)
    if origin is typing.Literal:
        return any(type(value) is type(part) and value == part for part in inside)
    if hint is None or hint is type(None):
        return value is None
    if origin is None:
        return _is_a(value, hint)
    if origin is tuple:
        return _all_fit(value, inside)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, inside[0]) and _fits(held, inside[1]) for key, held in value.items()
        )
    if origin is np.ndarray or not isinstance(origin, type):
        return True  # arrays are looked into where they are used
    if issubclass(origin, Collection) and not isinstance(value, origin):
        return False
    return isinstance(value, origin)


def _all_fit(value: object, inside: tuple[Any, ...]) -> bool:
    """A tuple, or what a class turns into one: a list, a range; never the letters of a text."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return False
    if len(inside) == 2 and inside[1] is ...:
        return all(_fits(part, inside[0]) for part in value)
    pairs = zip(value, inside, strict=False)
    return len(value) == len(inside) and all(_fits(part, hint) for part, hint in pairs)


def _is_a(value: object, hint: Any) -> bool:
    if hint is bool:
        return isinstance(value, bool | np.bool_)
    if hint is int:
        return isinstance(value, int | np.integer) and not isinstance(value, bool)
    if hint is float:
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        return whole or isinstance(value, float | np.floating | np.integer)
    if not isinstance(hint, type) or getattr(hint, "_is_protocol", False):
        return True
    return isinstance(value, hint)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
