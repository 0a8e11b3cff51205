"""Words of other packages, and what to write here: names of arguments that no function here has.

A user of pyfixest, linearmodels, statsmodels, lifelines or R types the names of that package first.
What Python would say, `unexpected keyword argument 'cov_type'`, helps nobody: the sentences below
say how the same thing is called here.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from econshrink.core.errors import CallError, Fault

_Method = TypeVar("_Method", bound=Callable[..., Any])
# words for a covariance -> the option
OPTIONS = {
    **dict.fromkeys(("iid", "nonrobust", "unadjusted", "homoskedastic"), "Iid()"),
    **dict.fromkeys(("hetero", "robust", "heteroskedastic"), 'Heteroskedastic("HC1")'),
    **{f"hc{i}": f'Heteroskedastic("HC{i}")' for i in range(4)},
    **dict.fromkeys(("cluster", "clustered", "crv1"), 'Clustered("{unit}")'),
    "crv3": 'Jackknife("{unit}")',
    **dict.fromkeys(("kernel", "driscoll-kraay", "dk"), "DriscollKraay()"),
    **dict.fromkeys(("nw", "hac"), "NeweyWest()"),
    "conley": "Conley(cutoff_km=200)",
}
SHORT = 6  # values of a list that are repeated in a remedy
_TABLE = "the table as first argument"
_OPTION = 'vcov=Clustered("{unit}"), vcov=Heteroskedastic() or vcov=Iid()'
_EFFECTS = 'effects behind a bar of the formula, "y ~ x | firm + year"'

# what to write -> the argument it takes, and the words of others; "..." stands for what was given
_SAID: dict[str, tuple[str, tuple[str, ...]]] = {
    'NAME(df, "...", ...), without names': ("model", ("fml", "formula")),
    _TABLE: ("", ("data", "df", "dataframe")),
    _OPTION: (
        "vcov",
        ("cov_type", "cov", "se", "se_type", "robust", "cov_kwds", "cov_config", "debiased"),
    ),
    'vcov=Clustered("...")': ("vcov", ("cluster", "clusters", "groups", "cluster_col")),
    'vcov=Clustered("{unit}")': ("vcov", ("cluster_entity",)),
    'vcov=Clustered("{time}")': ("vcov", ("cluster_time",)),
    'the rule inside the option, Clustered("{unit}", rule="fixest")': (
        "vcov",
        ("ssc", "small", "use_t"),
    ),
    'unit="..."': ("unit", ("entity", "entity_col", "id", "idvar", "id_col", "i", "individual")),
    'time="..."': ("time", ("t", "period", "timevar", "time_col", "year", "date")),
    'unit="...", time="..."': ("unit", ("panel_id", "index", "panel")),
    _EFFECTS: (
        "model",
        ("entity_effects", "time_effects", "other_effects", "fe", "fixef", "absorb"),
    ),
    "keep_singletons=": ("keep_singletons", ("singletons", "fixef_rm", "drop_singletons")),
    "the rows to use, df[...], as first argument": ("", ("subset", "split", "sample")),
    'a table and a formula, (df, "y ~ x | firm")': (
        "model",
        ("dependent", "exog", "endog", "y", "X", "x"),
    ),
    'fit_iv(df, "y ~ x + [endog ~ z] | firm")': ("model", ("instruments", "instrument", "iv")),
    "last_year=2030, a year": (
        "last_year",
        ("horizon", "horizons", "h", "periods", "n_periods", "steps", "n_ahead"),
    ),
    "level=0.95": ("level", ("alpha", "conf_level", "ci", "conf")),
    "rng=1": ("rng", ("seed", "random_state", "random_seed")),
    'weights="..."': ("weights", ("weights_col", "wt")),
}
_ARGUMENTS = {word: (ours, text) for text, (ours, words) in _SAID.items() for word in words}
_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def misfit(
    name: str,
    signature: inspect.Signature,
    args: Sequence[Any],
    options: Mapping[str, Any],
    words: Mapping[str, str] | None = None,
) -> CallError | None:
    """What is wrong with the names and the number of a function's arguments, if anything is.

    Parameters
    ----------
    name : str
        The function.
    signature : Signature
    args, options
        As they were passed.
    words : mapping, optional
        Further foreign arguments and what to write here, before the common ones.

    Examples
    --------
    >>> def fitted(data, model, vcov=None): ...
    >>> print(misfit("fitted", inspect.signature(fitted), (1, "y ~ x"), {"cluster": "firm"}))
    saw cluster= in fitted; expected its arguments: data, model, vcov. Write \
vcov=Clustered("firm").
    """
    known = {
        key: parameter
        for key, parameter in signature.parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    by_place = [key for key, parameter in known.items() if parameter.kind in _PLACED]
    expected = f"its arguments: {', '.join(known)}" if known else "no arguments"
    call = f"{name}({', '.join(_needed(known)) or ', '.join(by_place[:2])})"
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        strange = [key for key in options if key not in known]
        if strange:
            seen = f"{', '.join(f'{key}=' for key in strange)} in {name}"
            told = dict.fromkeys(_remedies(strange, options, known, words or {}))
            found = [text.replace("NAME", name) for text in told if text]
            if len(found) > 1 and _TABLE in found:
                found.remove(_TABLE)
            remedy = f"Write {', '.join(found)}." if found else f"Leave it out; see help({name})."
            return CallError(Fault(seen, expected, remedy))
    twice = [key for key in by_place[: len(args)] if key in options]
    if twice:
        seen = f"{twice[0]}= by place and by name in {name}"
        first = f" {by_place[0]} comes first." if by_place else ""
        return CallError(Fault(seen, "each argument once", f"Write {call}.{first}"))
    if len(args) > len(by_place) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        seen = f"{len(args)} arguments without a name in {name}"
        named = [key for key in known if key not in by_place]
        others = f"Name the others: {', '.join(f'{key}=' for key in named)}." if named else ""
        some = f"{len(by_place)} at most: {', '.join(by_place)}" if by_place else "none"
        return CallError(Fault(seen, some, others or f"See help({name})."))
    missing = [
        key for key in _needed(known) if key not in options and key not in by_place[: len(args)]
    ]
    if missing:
        seen = f"no {' and no '.join(missing)} in {name}"
        return CallError(Fault(seen, expected, f"Write {call}."))
    return None


def answers(method: _Method) -> _Method:
    """A method whose foreign arguments end in a sentence too."""
    parameters = list(inspect.signature(method).parameters.values())[1:]  # without self
    signature = inspect.Signature(parameters)

    @functools.wraps(method)
    def called(self: Any, *args: Any, **options: Any) -> Any:
        wrong = misfit(method.__name__, signature, args, options)
        if wrong is not None:
            raise wrong
        return method(self, *args, **options)

    return cast("_Method", called)


def _needed(known: Mapping[str, inspect.Parameter]) -> list[str]:
    return [key for key, parameter in known.items() if parameter.default is parameter.empty]


def _remedies(
    strange: Sequence[str],
    options: Mapping[str, Any],
    known: Mapping[str, inspect.Parameter],
    words: Mapping[str, str],
) -> list[str]:
    """What to write for foreign arguments: words of others, fields of an option, or the nearest."""
    found: list[str] = []
    fields: dict[str, list[str]] = {}
    for key in strange:
        text = _remedy(key, options, known, words)
        place = "" if text else _holder(key, known)
        if place:
            fields.setdefault(place, []).append(f"{key}={_shown(options[key])}")
        near = [] if text or place else get_close_matches(key, known, n=1)
        found.append(text or place or "".join(f"{name}=" for name in near))
    return [f"{text}({', '.join(fields[text])})" if text in fields else text for text in found]


def _holder(key: str, known: Mapping[str, inspect.Parameter]) -> str:
    """The argument and the option whose field it is, such as ``country=Country``."""
    for name, parameter in known.items():
        option = type(parameter.default)
        if dataclasses.is_dataclass(option) and key in {f.name for f in dataclasses.fields(option)}:
            return f"{name}={option.__name__}"
    return ""


def _remedy(
    key: str,
    options: Mapping[str, Any],
    known: Mapping[str, inspect.Parameter],
    words: Mapping[str, str],
) -> str:
    """What to write for a word of another package; empty if it is none."""
    value = options[key]
    if key in words:
        return filled(words[key], value)
    wanted, text = _ARGUMENTS.get(key, ("", ""))
    if text and (not wanted or wanted in known):
        if text == _OPTION and isinstance(value, str) and value.lower() in OPTIONS:
            text = f"vcov={OPTIONS[value.lower()]}"
        for role, other in (("unit", "firm"), ("time", "year")):
            given = options.get(role)
            text = text.replace(f"{{{role}}}", given if isinstance(given, str) else other)
        return filled(text, value)
    return ""


def _shown(value: object) -> str:
    """A short value as one would type it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple | range) and 0 < len(value) <= SHORT:
        return f"({', '.join(map(_shown, value))}{',' * (len(value) == 1)})"
    return str(value) if isinstance(value, bool | int | float) else "..."


def filled(text: str, value: object) -> str:
    """What to write, with the names that were given in the place of its dots.

    Examples
    --------
    >>> filled('unit="...", time="..."', ["firm", "year"])
    'unit="firm", time="year"'
    """
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        return text
    for part in value:
        text = text.replace('"..."', f'"{part}"', 1)
    return text
