"""The entrance of verbs on panels: they take any table whose unit and time are named."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import pandas as pd

from econshrink.core.arguments import checked
from econshrink.core.elsewhere import misfit
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


class LaterVerb(Protocol[_P, _R_co]):
    """A verb with a panel among its later arguments, which may be any table as well."""

    @overload
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> _R_co: ...


def takes_panels(verb: Callable[Concatenate[CityPanel, _P], _R]) -> PanelVerb[_P, _R]:
    """Let a verb whose first argument is a panel take any table.

    Unit and time are named by ``unit=`` and ``time=``, as in `as_panel`; a `CityPanel` goes in as
    it is. Further panels of the verb, such as the censuses beside an annual series, may be tables
    too, of the same names.

    Examples
    --------
    >>> def years(panel: CityPanel) -> tuple[int, ...]:
    ...     return panel.years
    >>> table = pd.DataFrame({"fips": ["01001", "01001"], "t": [2010, 2020], "pop": [5.0, 4.0]})
    >>> takes_panels(years)(table, unit="fips", time="t")
    (2010, 2020)
    """
    return cast("PanelVerb[_P, _R]", _entered(verb))


def takes_panels_later(verb: Callable[_P, _R]) -> LaterVerb[_P, _R]:
    """Let the later arguments of a verb that are panels be any table, see `takes_panels`."""
    return cast("LaterVerb[_P, _R]", _entered(verb))


def _entered(verb: Callable[..., Any]) -> Callable[..., Any]:
    own = inspect.signature(verb)
    places = list(own.parameters)
    panels = {
        name for name, given in own.parameters.items() if "CityPanel" in str(given.annotation)
    }
    called = checked(verb, verb.__module__)
    more = [
        inspect.Parameter(role, inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str|None")
        for role in ROLES
    ]
    whole = own.replace(parameters=[*own.parameters.values(), *more])

    def as_panels(name: str, value: Any, named: dict[str, Any]) -> Any:
        absent = value is None and own.parameters[name].default is None
        return as_panel(value, **named) if name in panels and not absent else value

    @wraps(verb)
    def entered(*args: Any, **options: Any) -> Any:
        named = {role: options.pop(role) for role in ROLES if role in options}
        if places[0] in panels and not args and places[0] not in options:
            call = f'{verb.__name__}(table, ..., unit="...", time="...")'
            raise SpecError(Fault(f"no table in {verb.__name__}", "a table", f"Write {call}."))
        try:
            whole.bind(*args, **options)
        except TypeError:  # a name or a number of arguments it does not have, told before the table
            wrong = misfit(verb.__name__, whole, args, {**options, **named})
            if wrong is not None:
                raise wrong from None
        given = [as_panels(*pair, named) for pair in zip(places, args, strict=False)]
        for name in panels & {*options}:
            options[name] = as_panels(name, options[name], named)
        return called(*given, *args[len(places) :], **options)

    entered.__signature__ = whole  # type: ignore[attr-defined]
    return entered
