"""Where data, model and covariance come in: any table, a formula or a Spec, an option."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from econshrink.core.elsewhere import OPTIONS, misfit
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import TIME, UNIT, Vcov
from econshrink.inference.vcov import Clustered
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.tables.formula import Model, read_formula
from econshrink.tables.panel_table import as_panel

_F = TypeVar("_F", bound=Callable[..., Any])

_FIRST = ("data", "model")  # arguments of every verb on a model


def enter(
    data: Any,
    model: Any,
    vcov: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    also: Iterable[str] | None = (),
) -> tuple[CityPanel, Spec, Vcov]:
    """Panel, specification and covariance of what a user passed, or one sentence on what is wrong.

    Parameters
    ----------
    data : CityPanel or any table
    model : Spec or formula of one model without instruments
    vcov : Vcov, optional
        By default clustered by the unit, whatever its name.
    unit, time, weights : str, optional
    also : iterable of str, optional
        Further texts that name columns; None keeps every column of the table.

    Raises
    ------
    SpecError, DataError
        See `as_panel` and `read_formula`; an option of a wrong type.
    """
    panel, found, option = enter_iv(
        data, model, vcov, unit=unit, time=time, weights=weights, also=also
    )
    if found.instruments:
        seen = f"instruments {', '.join(found.instruments)} in the formula"
        raise SpecError(Fault(seen, "a model without instruments", "Use fit_iv for this formula."))
    return panel, found.spec, option


def enter_iv(
    data: Any,
    model: Any,
    vcov: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    also: Iterable[str] | None = (),
) -> tuple[CityPanel, Model, Vcov]:
    """As `enter`, for a model that may have instruments."""
    _not_swapped(data, model)
    texts: list[str] | None = None
    if also is not None:
        texts = [*_mentions(model), *also, *_option_names(vcov)]
        texts.append(weights if isinstance(weights, str) else "")
    panel = as_panel(data, unit, time, mentioned=texts)
    found = read_model(panel, model, weights)
    if len(found) > 1:
        seen = f"{len(found)} models in '{model}'"
        remedy = "Call it for each: " + "; ".join(f'"{m.spec.formula}"' for m in found[:3]) + "."
        raise SpecError(Fault(seen, "one model", remedy))
    return panel, found[0], checked_vcov(panel, vcov)


def enter_all(
    data: Any,
    models: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> tuple[CityPanel, list[Spec]]:
    """One panel and many models, formulas of several models among them."""
    if isinstance(models, str | Spec):
        models = [models]
    panel = as_panel(data, unit, time)
    found = [part for model in models for part in read_model(panel, model)]
    inner = [part for part in found if part.instruments]
    if inner:
        seen = f"instruments {', '.join(inner[0].instruments)} in a formula"
        raise SpecError(Fault(seen, "models without instruments", "Use fit_iv for this formula."))
    return panel, [part.spec for part in found]


def read_model(panel: CityPanel, model: Any, weights: Any = None) -> tuple[Model, ...]:
    """A Spec as it is, a formula as the models it stands for."""
    if isinstance(model, Model):
        return (model,)
    if isinstance(model, Spec):
        if weights is not None and model.weights not in {None, weights}:
            seen = f"weights='{weights}' beside a Spec with weights '{model.weights}'"
            raise SpecError(Fault(seen, "one of them", "Leave weights= out."))
        return (Model(replace(model, weights=weights or model.weights)),)
    if isinstance(model, str):
        if weights is not None and not isinstance(weights, str):
            seen = f"weights= of type {type(weights).__name__}"
            remedy = 'Put them into the table and name the column: weights="w".'
            raise SpecError(Fault(seen, "the name of a column", remedy))
        labels = {*map(str, panel.labels.columns), *_texts(panel)}
        return read_formula(model, weights, categorical=labels.__contains__)
    raise SpecError(_no_model(model))


def several(verb: _F) -> _F:
    """Let a verb take formulas of several models, such as ``y ~ csw(a, b)``.

    A formula of one model gives what the verb gives; of several, a dict from each formula to its
    result.
    """
    signature = inspect.signature(verb)

    @wraps(verb)
    def over(*given: Any, **options: Any) -> Any:
        wrong = misfit(verb.__name__, signature, given, options)
        if wrong is not None:
            raise wrong
        places = list(given)
        data, model = (places.pop(0) if places else options.pop(key) for key in _FIRST)
        args = tuple(places)
        if not isinstance(model, str) or not ("(" in model or "+" in model.split("~")[0]):
            return verb(data, model, *args, **options)
        if isinstance(data, CityPanel):
            labels = {*map(str, data.labels.columns), *_texts(data)}
            found = read_formula(model, categorical=labels.__contains__)
        else:
            found = read_formula(model, categorical=lambda _: True)
        if len(found) == 1:
            return verb(data, model, *args, **options)
        names = {name: options.pop(name, None) for name in ("unit", "time")}
        texts = [model, *map(str, options.values())]
        for value in (*args, *options.values()):
            texts += _option_names(value)
        panel = as_panel(data, **names, mentioned=texts)
        return {m.spec.formula: verb(panel, m, *args, **options) for m in found}

    return cast("_F", over)


def checked_vcov(panel: CityPanel, vcov: Any) -> Vcov:
    """A covariance option; the default is clustered by the unit, a text names the right object."""
    if vcov is None:
        return Clustered(panel.unit)
    if isinstance(vcov, type):
        seen = f"the class {vcov.__name__} as vcov"
        inside = f'"{panel.unit}"' if hasattr(vcov, "by") else ""
        raise SpecError(Fault(seen, "an option", f"Make one: vcov={vcov.__name__}({inside})."))
    if hasattr(vcov, "groupings") and hasattr(vcov, "covariance"):
        return cast("Vcov", _own_names(panel, vcov))
    if isinstance(vcov, Mapping):
        by = " + ".join(map(str, vcov.values()))
        kind = "Jackknife" if "CRV3" in vcov else "Clustered"
        parts = [f'"{part.strip()}"' for part in by.split("+")]
        inside = parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
        remedy = f"Write vcov={kind}({inside})."
    else:
        key = str(vcov).strip().lower()
        found = OPTIONS.get(key, "")
        if not found and str(vcov) in panel.groupings:
            found = f'Clustered("{vcov}")'
        call = (found or 'Clustered("{unit}")').format(unit=panel.unit)
        remedy = f"Write vcov={call} (from econshrink import {call.split('(')[0]})."
    raise SpecError(Fault(f"vcov={vcov!r}", "an option, which is an object", remedy))


def _own_names(panel: CityPanel, vcov: Any) -> Any:
    """An option whose ``"city"`` or ``"year"`` means unit or time, under the panel's own names."""
    given = getattr(vcov, "by", None)
    if given is None:
        return vcov
    own = {"unit": panel.unit, "time": panel.time}
    names = (given,) if isinstance(given, str) else tuple(given)
    roles = ({UNIT: "unit", TIME: "time"}.get(name) or panel.role(name) for name in names)
    called = tuple(own.get(role, name) for role, name in zip(roles, names, strict=True))
    return vcov if called == names else replace(vcov, by=called[0] if len(called) == 1 else called)


def _not_swapped(data: Any, model: Any) -> None:
    if isinstance(data, str | Spec) and not isinstance(model, str | Spec):
        seen = f"a {type(data).__name__} where the data belong"
        remedy = 'The data come first: fit_fe(df, "y ~ x | firm", unit="firm", time="year").'
        raise SpecError(Fault(seen, "data, then model", remedy))


def _mentions(model: Any) -> list[str]:
    if isinstance(model, Model):
        return [*_mentions(model.spec), *model.endogenous, *model.instruments]
    if isinstance(model, Spec):
        return [model.depvar, *model.covariates, *model.absorb, model.weights or ""]
    if not isinstance(model, str):
        raise SpecError(_no_model(model))
    return [model]


def _option_names(option: Any) -> list[str]:
    """Columns an option names, whatever kind of option it is."""
    names: list[str] = []
    if isinstance(option, str):
        return [option]
    for field in (*getattr(option, "__dataclass_fields__", ()), "groupings"):
        value = getattr(option, field, ())
        if isinstance(value, str):
            names.append(value)
        elif isinstance(value, tuple | list):
            names += [part for part in value if isinstance(part, str)]
    return names


def _texts(panel: CityPanel) -> list[str]:
    return [name for name in map(str, panel.attributes) if name not in panel.frame.columns]


def _no_model(model: Any) -> Fault:
    seen = f"a model of type {type(model).__name__}"
    if isinstance(model, list | tuple):
        seen += f" ({', '.join(map(str, model[:4]))})"
    remedy = 'Write "y ~ x1 + x2 | firm + year" or Spec("y", ("x1", "x2"), ("firm", "year")).'
    return Fault(seen, "a formula or a Spec", remedy)


def refuse_instrumented(instrumented: Any, expected: type) -> None:
    """Raise if something else stands where the instruments belong."""
    if instrumented is None or isinstance(instrumented, expected):
        return
    name = type(instrumented).__name__
    seen = f"a {name} where the instruments belong"
    remedy = f'Name the argument: vcov={name}(...); instruments are Instrumented(("x",), ("z",)).'
    faults = [Fault(seen, "Instrumented, or a formula with [x ~ z]", remedy)]
    raise_all(SpecError, faults)
