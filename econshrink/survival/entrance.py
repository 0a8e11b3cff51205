"""Where spells come in: a `SpellTable`, or any table with its columns named, into every verb.

The user's names go in and come out; what a verb sees are the places of a `SpellTable`.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import pandas as pd

from econshrink.core.columns import NUMBERS, kind_of
from econshrink.core.elsewhere import misfit
from econshrink.core.errors import CallError, DataError, Fault, SpecError, raise_all
from econshrink.inference.linear_fit import UNIT
from econshrink.inference.vcov import Clustered
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.tables.opening import open_table
from econshrink.tables.scanning import signs
from econshrink.tables.spell_table import spells as spell_table, spells_of
from econshrink.tables.survival_model import SurvivalModel, survival_formula

_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)

ROLES = ("duration", "event", "entry", "start", "stop", "unit")
_OWN = ("city", "start", "stop", "event")
HOME = "home"  # the unit of a row laid out anew for recurrent and competing events
_ASIDE = " (column)"  # how a user's column called like a role is set aside, see `SpellTable.place`
_VALUES = {"cause"}  # arguments whose text is a value and no column

# what users of other packages write -> what to write here
_ELSEWHERE = {
    "duration_col": 'duration="..."',
    "durations": 'duration="..."',
    "event_col": 'event="..."',
    "event_observed": 'event="..."',
    "status": 'event="..."',
    "entry_col": 'entry="..."',
    "start_col": 'start="..."',
    "stop_col": 'stop="..."',
    "id_col": 'unit="..."',
    "cluster_col": 'vcov=Clustered("...")',
    "groups": 'vcov=Clustered("...") or by="..."',
    "group": 'by="..."',
    "cluster": 'vcov=Clustered("...")',
    "method": "ties=Efron(), Breslow() or Exact()",
    "tie_method": "ties=Efron(), Breslow() or Exact()",
    "weights_col": 'weights=ImportanceWeights("...")',
    "formula": 'NAME(df, "...", ...), without names',
    "fml": 'NAME(df, "...", ...), without names',
    "data": "the table as first argument",
    "df": "the table as first argument",
    "robust": "vcov=Heteroskedastic()",
    "penalizer": "fit_cox_ridge(..., Ridge(...))",
    "l1_ratio": "fit_cox_path(..., ElasticNet(...))",
    "alpha": "level=0.95",
}
_OBJECTS = {
    **{name.lower(): f"{name}()" for name in ("Efron", "Breslow", "Exact", "Cloglog", "Logit")},
    **{name.lower(): f"{name}()" for name in ("Weibull", "Exponential", "LogNormal")},
    "loglogistic": "LogLogistic()",
    "log-logistic": "LogLogistic()",
    "lognormal": "LogNormal()",
    "log-normal": "LogNormal()",
    "gamma": "GammaFrailty()",
    "gaussian": "LogNormalFrailty()",
    "log-log": "LogLogBand()",
    "log": "LogBand()",
    "plain": "PlainBand()",
    "hc0": "Heteroskedastic()",
    "robust": "Heteroskedastic()",
    "cluster": 'Clustered("{unit}")',
    "clustered": 'Clustered("{unit}")',
    "iid": "Iid()",
    "naive": "Iid()",
    "nonrobust": "Iid()",
    "wilcoxon": "FlemingHarrington(1)",
    "peto": "FlemingHarrington(1)",
    "fleming-harrington": "FlemingHarrington(1)",
}


class _Arrow(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Table = pd.DataFrame | _Arrow


class SpellVerb(Protocol[_P, _R_co]):
    """A verb on spells, which takes any table as well."""

    @overload
    def __call__(self, spells: SpellTable, /, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, spells: Table, /, *args: Any, **kwargs: Any) -> _R_co: ...


def takes_tables(verb: Callable[Concatenate[SpellTable, _P], _R]) -> SpellVerb[_P, _R]:
    """Let a verb on spells take any table.

    The columns are named by ``duration=, event=, entry=, unit=`` or ``start=, stop=, event=,
    unit=``, or stand in a formula ``Surv(start, stop, event) ~ x + strata(g)`` in the place of
    covariates or groups. Covariates left out are all other columns, which must be numbers. After a
    fit the same table needs no names. A `SpellTable` goes in as it is.
    """
    own = inspect.signature(verb)
    names = list(own.parameters)
    more = [
        inspect.Parameter(role, inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str|None")
        for role in ROLES
        if role not in names
    ]
    whole = own.replace(parameters=[*own.parameters.values(), *more])

    @wraps(verb)
    def entered(*args: Any, **options: Any) -> Any:
        _refuse(_foreign(verb.__name__, whole, options))
        if args:
            data, given = args[0], args[1:]
        elif "spells" in options:
            data, given = options.pop("spells"), ()
        else:
            raise SpecError(_call(verb.__name__, names, "no table", "a table"))
        return _run(verb, own, data, given, options)

    entered.__signature__ = whole  # type: ignore[attr-defined]
    return cast("SpellVerb[_P, _R]", entered)


def _refuse(error: CallError | None) -> None:
    if error is not None:
        raise error


def _foreign(verb: str, whole: inspect.Signature, options: Mapping[str, Any]) -> CallError | None:
    """Names of arguments that no verb here has, and how the same is said."""
    strange = [name for name in options if name not in whole.parameters]
    words = {name: text for name, text in _ELSEWHERE.items() if name not in whole.parameters}
    table = [None] if "spells" not in options else []
    return misfit(verb, whole, table, options, words) if strange else None


def _run(
    verb: Callable[..., Any],
    own: inspect.Signature,
    data: Any,
    given: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    names = list(own.parameters)
    roles = {
        role: options.pop(role)
        for role in ROLES
        if role in options and (role not in names or isinstance(options[role], str))
    }
    roles = {role: name for role, name in roles.items() if name is not None}
    if given and isinstance(given[0], str) and "covariates" in names[1:2] and "~" not in given[0]:
        raise SpecError(_no_list(given[0], verb.__name__))
    named = dict(zip(names[1:], given, strict=False))
    if len(given) >= len(names) or {*named} & {*options}:
        _refuse(misfit(verb.__name__, own, [data, *given], options))
    named |= options
    if not isinstance(data, SpellTable):
        _refuse_columns(data, verb.__name__, names)
    _refuse_texts(named, own, roles.get("unit"))
    table, model, named = _opened(data, named, names, roles, verb.__name__)
    _refuse(misfit(verb.__name__, own, [table], named))
    if not table.names and model is None and isinstance(data, SpellTable):
        return verb(table, **named)
    known = table.names
    placed = {
        name: value if name in _VALUES else _inward(value, known) for name, value in named.items()
    }
    if own.parameters.get("vcov") and _by(own.parameters["vcov"].default) == HOME:
        vcov = placed.get("vcov")
        if _by(vcov) in {"city", UNIT}:  # whose rows are laid out anew, each unit's under its home
            placed["vcov"] = replace(cast("Any", vcov), by=HOME)
    return _outward(verb(table, **placed), table, _Record(table, model, roles.get("unit")))


def _opened(
    data: Any, named: dict[str, Any], names: list[str], roles: dict[str, Any], verb: str
) -> tuple[SpellTable, SurvivalModel | None, dict[str, Any]]:
    """The table; the model, if a formula said it; the arguments with what the formula said."""
    unit = roles.get("unit")
    place = names[1] if len(names) > 1 else ""
    first = named.get(place)
    if isinstance(first, Estimate):
        return (*_again(data, first, roles), named)
    formula_in = "covariates" if place == "covariates" else "by"
    text = named.get(formula_in)
    if formula_in == "covariates" and isinstance(text, list | tuple) and _computed(text):
        table = spell_table(data, **roles)
        written = _as_formula(table, [*text])
        if written:
            data, roles, text = table, {}, written
    if isinstance(text, str) and "~" in text:
        model = survival_formula(text)
        raise_all(SpecError, _said_twice(model, named, roles, data, text))
        if formula_in == "by":
            return _grouped(data, model, named, names, roles)
        right = text if model.stop and not isinstance(data, SpellTable) else _right(text)
        base = data if model.stop else spell_table(data, **roles)
        table, found = spells_of(base, right, unit=unit if model.stop else None)
        named = {**named, "covariates": tuple(map(table.called, found.covariates))}
        offset = table.called(found.offset) if found.offset else None
        for role, value in (("strata", tuple(map(table.called, found.strata))), ("offset", offset)):
            if value and role not in names:
                seen = f"{role}(...) in a formula of {verb}"
                raise SpecError(Fault(seen, "what this model has", "Leave it out."))
            if value:
                named[role] = value
        named |= _clusters(model, named, names, verb)
        return table, found, named
    if isinstance(data, SpellTable):
        return spell_table(data, **roles), None, named
    table = spell_table(data, **roles)
    if place == "covariates":
        if "covariates" not in named:
            named = {**named, "covariates": _others(table, named, verb)}
        chosen = tuple(named["covariates"] or ())
        return table, SurvivalModel(None, None, None, chosen), named
    return table, None, named


def _computed(terms: Sequence[Any]) -> bool:
    """Whether a list holds more than plain names."""
    texts = [term for term in terms if isinstance(term, str)]
    return len(texts) == len(terms) and any(signs(t) or "(" in t or "`" in t for t in texts)


def _as_formula(table: SpellTable, terms: list[str]) -> str:
    """A list with terms that are no columns, such as ``log(x)`` or ``C(g)``, as a formula."""
    terms = [table.called(term) for term in terms]  # as the user calls what was set aside
    columns = {table.called(str(name)) for name in table.frame.columns}
    made = [term for term in terms if term not in columns]
    if not _computed(made):
        return ""
    wrong = [term for term in made if signs(term) - {":"}]
    if wrong:
        seen = f"'{wrong[0]}' among the covariates"
        remedy = f'Write "I({wrong[0]})" to compute it, or list the terms.'
        raise SpecError(Fault(seen, "one term in each place", remedy))
    return "~ " + " + ".join(_quoted(term) if term in columns else term for term in terms)


def _again(
    data: Any, estimate: Estimate, roles: dict[str, Any]
) -> tuple[SpellTable, SurvivalModel | None]:
    """The table of a fit once more: its roles and terms are those of the fit."""
    spec = estimate.spec
    formula = spec.formula if isinstance(spec, SurvivalSpec) else ""
    if not formula:
        return spell_table(data, **roles), None
    assert isinstance(spec, SurvivalSpec)
    if isinstance(data, SpellTable) or roles:
        return spells_of(spell_table(data, **roles), _right(formula))
    if survival_formula(formula).stop is None:
        return spell_table(data), None  # which says that roles are missing
    return spells_of(data, formula, unit=spec.unit)


def _grouped(
    data: Any,
    model: SurvivalModel,
    named: dict[str, Any],
    names: list[str],
    roles: dict[str, Any],
) -> tuple[SpellTable, SurvivalModel | None, dict[str, Any]]:
    """``Surv(duration, event) ~ group + strata(h)`` for curves and tests of groups."""
    if len(model.covariates) > 1 or model.offset or (model.strata and "strata" not in names):
        seen = f"'{model.text}' for groups"
        remedy = 'Name one column, "Surv(duration, event) ~ g", or none, "... ~ 1".'
        raise SpecError(Fault(seen, "one column of groups", remedy))
    where: dict[str, Any] = dict(roles)
    if model.stop and not isinstance(data, SpellTable):
        rows = {"start": model.start, "stop": model.stop}
        where |= rows if model.start else {"duration": model.stop}
        where["event"] = model.event
    found = {**named, "by": model.covariates[0] if model.covariates else None}
    if model.strata:
        found["strata"] = model.strata
    found |= _clusters(model, named, names, "curves")
    return spell_table(data, **where), None, found


def _clusters(
    model: SurvivalModel, named: Mapping[str, Any], names: list[str], verb: str
) -> dict[str, Any]:
    """What ``cluster(g)`` asks for, where a verb has such a covariance."""
    if model.cluster is None:
        return {}
    if "vcov" in names and "vcov" not in named:
        return {"vcov": Clustered(model.cluster)}
    if "cluster" in names and "cluster" not in named:
        return {"cluster": model.cluster}
    seen = f"cluster({model.cluster}) in a formula of {verb}"
    expected = (
        "one place for clusters" if {"vcov", "cluster"} & {*names} else "none, as it has none"
    )
    raise SpecError(Fault(seen, expected, "Leave cluster(...) out."))


def _said_twice(
    model: SurvivalModel,
    named: Mapping[str, Any],
    roles: Mapping[str, Any],
    data: Any,
    text: str,
) -> list[Fault]:
    faults = []
    if model.stop and isinstance(data, SpellTable):
        seen = f"Surv(...) in '{text}' beside a SpellTable"
        faults.append(Fault(seen, "a table that knows its roles", f"Write '{_right(text)}'."))
    elif model.stop and set(roles) - {"unit"}:
        seen = f"{', '.join(f'{role}=' for role in roles if role != 'unit')} beside Surv(...)"
        faults.append(Fault(seen, "one of them", "Leave them out."))
    twice = [name for name in ("strata", "offset") if getattr(model, name) and named.get(name)]
    if twice:
        seen = f"{' and '.join(twice)} in the formula and as argument"
        faults.append(Fault(seen, "one of them", "Leave the argument out."))
    return faults


def _right(formula: str) -> str:
    return "~ " + formula.split("~", 1)[1].strip()


def _others(table: SpellTable, named: Mapping[str, Any], verb: str) -> list[str]:
    """All columns without a role, as lifelines takes them; text is told, not left out."""
    used = {*_OWN, *(place for value in named.values() for place in _columns_of(value, table))}
    rest = [str(name) for name in table.frame.columns if str(name) not in used]
    names = [table.called(name) for name in rest]
    if not names:
        return []
    texts = [
        name
        for name, place in zip(names, rest, strict=True)
        if kind_of(table.frame[place]) != NUMBERS
    ]
    if texts:
        kept = [name for name in names if name not in texts][:3]
        seen = f"no covariates named, and columns that are no numbers: {', '.join(texts[:6])}"
        call = f'{verb}(df, "~ {" + ".join([*kept, f"C({texts[0]})"])}", ...)'
        remedy = f"Name the covariates, {kept}, or write {call}."
        raise SpecError(Fault(seen, "a list of covariates, or numbers in all columns", remedy))
    return names


def _columns_of(value: Any, table: SpellTable) -> list[str]:
    if isinstance(value, str):
        return [table.place(value)]
    if isinstance(value, list | tuple):
        return [table.place(part) for part in value if isinstance(part, str)]
    found = [getattr(value, name, None) for name in ("by", "column", "cluster")]
    return [place for part in found if part is not None for place in _columns_of(part, table)]


def _inward(value: Any, known: Mapping[str, str]) -> Any:
    """The user's names of columns in an argument, as the table calls them."""
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return type(value)(known.get(part, part) for part in value)
    if isinstance(value, Estimate):
        return _renamed(value, lambda name: known.get(name, name))
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return value
    moved = {
        name: _inward(getattr(value, name), known)
        for name in ("by", "column", "cluster")
        if getattr(value, name, None) is not None
    }
    changed = {name: new for name, new in moved.items() if new != getattr(value, name)}
    return replace(cast("Any", value), **changed) if changed else value


def _by(vcov: Any) -> str:
    by = getattr(vcov, "by", "")
    return by if isinstance(by, str) else ""


def _renamed(estimate: Estimate, name: Callable[[str], str]) -> Estimate:
    """Terms and specification of an estimate under other names of columns."""
    spec = estimate.spec
    if isinstance(spec, SurvivalSpec):
        single: dict[str, Any] = {
            field: name(getattr(spec, field))
            for field in ("offset", "weights", "cluster", "group")
            if getattr(spec, field) is not None
        }
        covariates, strata = (tuple(map(name, part)) for part in (spec.covariates, spec.strata))
        spec = replace(spec, covariates=covariates, strata=strata, **single)
    return replace(estimate, terms=tuple(map(name, estimate.terms)), spec=spec)


@dataclasses.dataclass(frozen=True, eq=False)
class _Record:
    """What a fit is to remember of its table: roles and terms, as a formula."""

    table: SpellTable
    model: SurvivalModel | None
    unit: str | None

    @property
    def formula(self) -> str:
        if self.model is None or self.model.text:
            text = self.model.text if self.model else ""
            return text if "Surv" in text or not self._left else f"{self._left} {_right(text)}"
        names = map(_quoted, self.model.covariates)
        return f"{self._left} ~ {' + '.join(names)}".strip()

    @property
    def _left(self) -> str:
        roles = [self.table.called(role) for role in ("start", "stop", "event")]
        if not {"stop", "event"} <= {*self.table.names.values()}:
            return ""
        known = roles if "start" in self.table.names.values() else roles[1:]
        return f"Surv({', '.join(map(_quoted, known))})"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d]\w*", name) else f"`{name}`"


def _outward(result: Any, table: SpellTable, record: _Record) -> Any:
    """The result under the user's names."""
    aside = {place: name for name, place in table.names.items() if place.endswith(_ASIDE)}
    unit = table.called("city") if "city" in table.names.values() else "row"

    def name(text: str) -> str:
        for place, called in aside.items():
            text = text.replace(place, called)
        return text

    def label(text: str) -> str:
        return re.sub(r"\bby (city|home)\b", f"by {unit}", name(text))

    if isinstance(result, Estimate):
        found = _renamed(result, lambda text: name(_role(text, table)))
        if isinstance(found.spec, SurvivalSpec) and record.model is not None:
            spec = replace(
                found.spec, formula=record.formula, unit=record.unit or record.model.unit
            )
            found = replace(found, spec=spec)
        clusters = {
            unit if key in {"city", HOME} else name(key): n for key, n in found.clusters.items()
        }
        return replace(
            found,
            clusters=clusters,
            vcov_label=label(found.vcov_label),
            notes=tuple(map(label, found.notes)),
        )
    if isinstance(result, Curve):
        return replace(result, label=label(result.label))
    if isinstance(result, pd.DataFrame):
        moved = result.rename(columns=name)
        if "term" in moved:
            moved["term"] = moved["term"].map(lambda text: name(_role(str(text), table)))
        return moved
    if isinstance(result, SpellTable) or not dataclasses.is_dataclass(result):
        return result
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, Estimate | Curve | pd.DataFrame):
            changed[field.name] = _outward(value, table, record)
        elif isinstance(value, tuple) and value and all(isinstance(v, str) for v in value):
            changed[field.name] = tuple(map(label, value))
    return replace(cast("Any", result), **changed) if changed else result


def _role(text: str, table: SpellTable) -> str:
    """A role as the user calls it; other names as they are."""
    return table.called(text) if text in _OWN else text


def _refuse_texts(named: Mapping[str, Any], own: inspect.Signature, unit: str | None) -> None:
    """Refuse texts where option objects belong, each with the object it means."""
    faults = []
    for name, value in named.items():
        kind = str(own.parameters[name].annotation)
        if kind == "Estimate" and not isinstance(value, Estimate):
            seen = f"a {type(value).__name__} where the estimate belongs"
            faults.append(Fault(seen, "what a fit returned", "Fit first: fit_cox(df, ...)."))
            continue
        wrong = isinstance(value, str) and "str" not in kind and name != "covariates"
        if not wrong or "float" in kind or "DataFrame" in kind:
            if isinstance(value, type) and "Any" not in kind:
                seen = f"the class {value.__name__} as {name}"
                remedy = f"Make one: {name}={value.__name__}()."
                faults.append(Fault(seen, "an option, which is an object", remedy))
            continue
        found = _OBJECTS.get(value.strip().lower(), "")
        if name == "weights":
            found = f'ImportanceWeights("{value}")'
        elif name == "vcov" and not found:
            found = f'Clustered("{value}")'
        remedy = f"Write {name}={found}." if found else f"Pass one of: {kind}."
        text = remedy.replace("{unit}", unit or "city")
        faults.append(Fault(f"{name}={value!r}", "an option, which is an object", text))
    raise_all(SpecError, faults)


def _refuse_columns(data: Any, verb: str, names: list[str]) -> None:
    """Refuse columns, arrays and texts where a table belongs."""
    if isinstance(data, pd.DataFrame):
        return
    try:
        open_table(data)
    except DataError:
        if hasattr(data, "collect") or isinstance(data, Mapping):
            raise
        kind = type(data).__name__
        raise SpecError(_call(verb, names, f"a {kind} where the data belong", "a table")) from None


def _call(verb: str, names: Sequence[str], seen: str, expected: str) -> Fault:
    second = {"covariates": '["x"], ', "estimate": "estimate, ", "causes": '"cause", '}
    more = second.get(names[1] if len(names) > 1 else "", "")
    return Fault(seen, expected, f'Write {verb}(df, {more}duration="T", event="E").')


def _no_list(text: str, verb: str) -> Fault:
    remedy = (
        f'Write {verb}(df, ["{text}"], ...) or {verb}(df, "~ {_quoted(text)}", ...); durations '
        'are named: duration="T", event="E".'
    )
    return Fault(f"covariates as one text, '{text}'", "a list of names, or a formula", remedy)
