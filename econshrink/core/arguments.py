"""The door of every public function: arguments of a wrong kind end in one sentence, not inside.

A text where a panel belongs would otherwise fail far from its cause, be split into letters, or be
taken: a year 2025.5 for 2025, a date for its ticks. A column that a table lacks is told likewise.
What an annotation names by a class of ours, a
number, a text or a collection of these is checked; arrays and tables are looked into where they
are used.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import functools
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from econshrink.core.columns import FIGURES, refusal
from econshrink.core.elsewhere import misfit
from econshrink.core.errors import DataError, Fault, SpecError

_Verb = TypeVar("_Verb", bound=Callable[..., Any])
_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "True or False"}
_NUMBER = (bool, int, float, complex, np.number, np.bool_)
_MOMENT = (datetime.date, datetime.timedelta, np.datetime64, np.timedelta64, pd.Period)
_SCALAR = (*_NUMBER, *_MOMENT, str, bytes, type(None))
_TABLES = {pd.DataFrame: pd.Series, pd.Series: pd.DataFrame}


def checked(verb: _Verb, home: str) -> _Verb:
    """Hand out a function that looks at its arguments first; `home` is where it is public.

    Examples
    --------
    >>> def halved(people: float) -> float:
    ...     return people / 2
    >>> checked(halved, "here")("many")
    Traceback (most recent call last):
      ...
    econshrink.core.errors.SpecError: halved(people=): saw 'many'; expected a number. Pass a number.
    """

    @functools.wraps(verb)
    def called(*args: Any, **options: Any) -> Any:
        faults = _faults(verb, args, options)
        if faults:
            figures = all(fault.expected == FIGURES for fault in faults)
            raise (DataError if figures else SpecError)(faults)
        try:
            return verb(*args, **options)
        except KeyError as problem:
            fault = _absent(verb, args, options, problem)
            if fault is None:
                raise
            raise DataError(fault) from problem

    called.__module__ = home  # where pickle finds it again
    return typing.cast("_Verb", called)


def own_words(verb: _Verb) -> _Verb:
    """Leave a function's arguments to itself: it says more about a wrong one than we could."""
    verb.own_words = True  # type: ignore[attr-defined]
    return verb


def _faults(
    verb: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]
) -> list[Fault]:
    signature, hints = _known(verb)
    try:
        given = signature.bind(*args, **options).arguments
    except TypeError:
        wrong = misfit(verb.__name__, signature, args, options)
        if wrong is None:
            raise
        raise wrong from None
    return [
        _fault(verb.__name__, signature.parameters[name], value, hints[name])
        for name, value in given.items()
        if name in hints and _wrong(value, hints[name])
    ]


def _absent(
    verb: Callable[..., Any],
    args: tuple[Any, ...],
    options: Mapping[str, Any],
    problem: KeyError,
) -> Fault | None:
    """A column that a function asks of a table it was given and that is not there."""
    given = _known(verb)[0].bind(*args, **options).arguments
    tables = {name: value for name, value in given.items() if isinstance(value, pd.DataFrame)}
    key = problem.args[0] if problem.args else ""
    if not tables or not isinstance(key, str):
        return None
    seen = key if "[" in key else f"no column '{key}'"
    for name, table in tables.items():
        if key not in table.columns:
            columns = ", ".join(map(str, table.columns[:12]))
            where = f"{verb.__name__}({name}=)"
            return Fault(seen, f"it beside {columns}", "Add or rename the column.", where)
    return None


@functools.cache
def _known(verb: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Any]]:
    signature = inspect.signature(verb)
    try:
        hints = typing.get_type_hints(verb)
    except (NameError, TypeError):  # a name that only a type checker can resolve
        hints = {}
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
             inspect.Parameter.KEYWORD_ONLY)  # fmt: skip
    kept = {name for name, parameter in signature.parameters.items() if parameter.kind in plain}
    return signature, {name: hint for name, hint in hints.items() if name in kept}


def _wrong(value: object, hint: Any) -> bool:
    """Whether a value is clearly not what the annotation names."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return all(_wrong(value, part) for part in inside)
    if hint is None or hint is type(None):
        return value is not None
    if origin is typing.Literal:
        return value not in inside
    if origin is None:
        return _not_a(value, hint)
    if origin is np.ndarray:
        odd = isinstance(value, str | bytes | Mapping | None) or _ours(type(value))
        return odd or (_moments(value) and not re.search("complex|datetime|object", str(hint)))
    if origin is collections.abc.Callable:
        return not callable(value)
    if not isinstance(origin, type):
        return False
    if issubclass(origin, Mapping):
        return isinstance(value, (*_SCALAR, list, tuple, set)) or _ours(type(value))
    if issubclass(origin, collections.abc.Iterable):
        return _not_many(value, origin, inside)
    return isinstance(value, _SCALAR)


def _not_many(value: object, origin: type, inside: tuple[Any, ...]) -> bool:
    if isinstance(value, _SCALAR) or (_ours(type(value)) and not isinstance(value, Sequence)):
        return True
    if not isinstance(value, list | tuple):
        return False
    if issubclass(origin, tuple) and not (len(inside) == 2 and inside[1] is ...):
        pairs = zip(value, inside, strict=False)
        return len(value) != len(inside) or any(_wrong(part, hint) for part, hint in pairs)
    return bool(inside) and any(_wrong(part, inside[0]) for part in value)


def _not_a(value: object, hint: Any) -> bool:
    if hint is bool:
        return not isinstance(value, bool | np.bool_)
    if hint is int:
        return isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer)
    if hint is float:
        fine = isinstance(value, _NUMBER) or not isinstance(value, (*_SCALAR, list, tuple, dict))
        return not fine or isinstance(value, bool | complex | np.complexfloating)
    if hint is str:
        return not isinstance(value, str)
    if not isinstance(hint, type) or hint in (object, typing.Any):
        return False
    if hint in _TABLES:
        odd = (*_SCALAR, _TABLES[hint], list, tuple)
        return isinstance(value, odd) or _ours(type(value)) or _moments(value)
    if getattr(hint, "_is_protocol", False):
        return isinstance(value, (*_SCALAR, list, tuple, dict, *_TABLES))
    if _ours(hint):  # a class with words of its own tells how it is made
        return not isinstance(value, hint) and not hasattr(hint, "own_words")
    return isinstance(value, (*_SCALAR, list, tuple, dict)) and not isinstance(value, hint)


def _moments(value: object) -> bool:
    """Dates, periods, durations or complex numbers, which would be taken for their ticks."""
    if isinstance(value, list | tuple):
        return bool(value) and isinstance(value[0], (*_MOMENT, complex))
    dtype = getattr(value, "dtype", None)
    if isinstance(value, np.ndarray) and value.dtype == object and value.size:
        return isinstance(value.flat[0], (*_MOMENT, complex))
    if isinstance(dtype, np.dtype):
        return dtype.kind in "mMc"
    return isinstance(dtype, pd.PeriodDtype | pd.DatetimeTZDtype | pd.IntervalDtype)


def _ours(kind: Any) -> bool:
    return getattr(kind, "__module__", "").partition(".")[0] == "econshrink"


def _fault(verb: str, parameter: inspect.Parameter, value: object, hint: Any) -> Fault:
    if _moments(value):
        return refusal(pd.Series(value), parameter.name)
    expected = _name(hint).removesuffix(" or None")
    remedy = f"Pass {expected}."
    if isinstance(value, pd.DataFrame) and "CityPanel" in expected:
        remedy = (
            'Make one: from econshrink.tables import as_panel; as_panel(df, unit="...", '
            'time="...").'
        )
    elif isinstance(value, pd.DataFrame) and "SpellTable" in expected:
        remedy = (
            "Make one: from econshrink.tables import spells; "
            'spells(df, duration="...", event="...").'
        )
    elif isinstance(value, str) and getattr(hint, "__name__", "") == "Rule":
        remedy = (
            "Take one: from econshrink.shrinkage import registered; "
            'registered()["census_loss"][0], and list(registered()) for the other keys.'
        )
    elif isinstance(value, type) and _ours(value):
        remedy = f"Make one: {parameter.name}={value.__name__}()."
    elif parameter.default is not inspect.Parameter.empty:
        remedy = f"Leave it out, or pass {expected}."
    return Fault(_shown(value), expected, remedy, f"{verb}({parameter.name}=)")


def _name(hint: Any) -> str:
    """An annotation in words."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_name(part) for part in inside))
    if hint is None or hint is type(None):
        return "None"
    if origin is typing.Literal:
        return " or ".join(map(repr, inside))
    if origin is np.ndarray:
        return "an array"
    if origin is collections.abc.Callable:
        return "a function"
    if origin is None:
        name = getattr(hint, "__name__", str(hint))
        return _WORDS.get(hint, _one(name))
    plain = [getattr(part, "__name__", "") for part in inside if part is not ...]
    what = {"int": "whole numbers", "float": "numbers", "str": "texts"}.get("".join(set(plain)), "")
    kind = "mapping" if issubclass(origin, Mapping) else "list"
    return f"a {kind} of {what}" if what else f"a {kind}"


def _one(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


def _shown(value: object) -> str:
    if dataclasses.is_dataclass(value) or isinstance(value, pd.DataFrame | pd.Series | np.ndarray):
        name = value.__name__ if isinstance(value, type) else type(value).__name__
        return f"the class {name}" if isinstance(value, type) else _one(name)
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
