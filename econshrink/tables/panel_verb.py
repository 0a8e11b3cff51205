"""The entrance of verbs on panels: they take any table whose unit and time are named."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import pandas as pd

from econshrink.core.arguments import checked
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_table import as_panel

_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)
ROLES = ("unit", "time")


class _Arrow(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class PanelVerb(Protocol[_P, _R_co]):
    """A verb on a panel, which takes any table as well, with ``unit=`` and ``time=`` named."""

    @overload
    def __call__(self, panel: CityPanel, /, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, panel: pd.DataFrame | _Arrow, /, *args: Any, **kwargs: Any) -> _R_co: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> _R_co: ...


def takes_panels(verb: Callable[Concatenate[CityPanel, _P], _R]) -> PanelVerb[_P, _R]:
    """Let a verb whose first argument is a panel take any table.

    Unit and time are named by ``unit=`` and ``time=``, as in `as_panel`; a `CityPanel` goes in as
    it is.

    Examples
    --------
    >>> def years(panel: CityPanel) -> tuple[int, ...]:
    ...     return panel.years
    >>> table = pd.DataFrame({"fips": ["01001", "01001"], "t": [2010, 2020], "pop": [5.0, 4.0]})
    >>> takes_panels(years)(table, unit="fips", time="t")
    (2010, 2020)
    """
    own = inspect.signature(verb)
    first = next(iter(own.parameters))
    called = checked(verb, verb.__module__)

    @wraps(verb)
    def entered(*args: Any, **options: Any) -> Any:
        named = {role: options.pop(role) for role in ROLES if role in options}
        if not args and first not in options:
            call = f'{verb.__name__}(table, ..., unit="...", time="...")'
            raise SpecError(Fault(f"no table in {verb.__name__}", "a table", f"Write {call}."))
        data, rest = (args[0], args[1:]) if args else (options.pop(first), ())
        return called(as_panel(data, **named), *rest, **options)

    more = [
        inspect.Parameter(role, inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str|None")
        for role in ROLES
    ]
    entered.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[*own.parameters.values(), *more]
    )
    return cast("PanelVerb[_P, _R]", entered)
