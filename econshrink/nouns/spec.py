"""Spec: what is regressed on what, with which effects absorbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True)
class Spec:
    """A regression of `depvar` on `covariates`, with the effects in `absorb` swept out.

    Parameters
    ----------
    depvar : str
        Outcome.
    covariates : tuple of str
        Column names, or expressions such as ``"np.log(gdp)"`` that the design step evaluates. Each
        is one term: a sum, difference, product or power of terms is refused there, ``"I(a - b)"``
        and ``"a:b"`` are computed.
    absorb : tuple of str
        Effects: ``"city"``, ``"year"``, a city attribute, or ``"province^year"`` for a product.
    weights : str, optional
        Column of analytic weights.
    intercept : bool
        False for ``y ~ x - 1``; without meaning where effects are absorbed.

    Raises
    ------
    SpecError
        No covariate, a covariate twice, the outcome among the covariates, or one text where a
        tuple of names belongs.

    Examples
    --------
    >>> Spec.parse("growth ~ lag_gdp + lag_secondary | city + year")
    Spec(depvar='growth', covariates=('lag_gdp', 'lag_secondary'), absorb=('city', 'year'),
         weights=None)
    """

    depvar: str
    covariates: tuple[str, ...]
    absorb: tuple[str, ...] = ()
    weights: str | None = None
    intercept: bool = field(default=True, repr=False)

    def __post_init__(self) -> None:
        raise_all(SpecError, _type_faults(self))
        object.__setattr__(self, "covariates", tuple(self.covariates))
        object.__setattr__(self, "absorb", tuple(self.absorb))
        faults = []
        if not self.depvar:
            faults.append(Fault("no outcome", "the name of one variable", "Name the outcome."))
        if not self.covariates:
            faults.append(Fault("no covariates", "at least one", "Add a covariate."))
        for role, names in (("covariate", self.covariates), ("effect", self.absorb)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                faults.append(
                    Fault(f"{role} {', '.join(twice)} twice", "each once", "Remove the repeat.")
                )
        if self.depvar in self.covariates:
            faults.append(
                Fault(
                    f"the outcome '{self.depvar}' among its own covariates",
                    "an outcome explained by other variables",
                    "Use a lag of it instead.",
                )
            )
        raise_all(SpecError, faults)

    @classmethod
    def parse(cls, formula: str, weights: str | None = None) -> Spec:
        """Read ``"y ~ x1 + x2 | city + year"``; the part behind ``|`` may be absent."""
        sides = formula.split("~")
        if len(sides) != 2:
            raise SpecError(
                Fault(f"formula '{formula}'", "one '~' in it", "Write 'y ~ x1 + x2 | city + year'.")
            )
        right = sides[1].split("|")
        if len(right) > 2:
            raise SpecError(
                Fault(f"formula '{formula}'", "at most one '|' in it", "Join effects with '+'.")
            )
        absorb = _terms(right[1]) if len(right) == 2 else ()
        return cls(sides[0].strip(), _terms(right[0]), absorb, weights)

    @property
    def formula(self) -> str:
        """The specification as a formula string."""
        effects = f" | {' + '.join(map(_quoted, self.absorb))}" if self.absorb else ""
        without = "" if self.intercept else " - 1"
        right = " + ".join(map(_quoted, self.covariates))
        return f"{_quoted(self.depvar)} ~ {right}{without}{effects}"


def _type_faults(spec: Spec) -> list[Fault]:
    """Faults of roles of a wrong type: one text for several names would be split into letters."""
    faults = []
    given: Any  # what the user passed may be of any type
    for role, given in (("covariates", spec.covariates), ("absorb", spec.absorb)):
        if isinstance(given, str):
            seen = f"{role} given as the text {given!r}"
            call = (
                f'Spec("{spec.depvar}", {_as_tuple(given)})'
                if role == "covariates"
                else (f"absorb={_as_tuple(given)}")
            )
            faults.append(Fault(seen, "a tuple of names", f"Write {call}."))
        elif not all(isinstance(name, str) for name in given):
            odd = next(name for name in given if not isinstance(name, str))
            seen = f"{odd!r} among the {role}"
            faults.append(Fault(seen, "names, which are text", "Name the columns."))
    given = spec.depvar
    if not isinstance(given, str):
        seen = f"an outcome of type {type(given).__name__}"
        faults.append(Fault(seen, "the name of one variable", "Name the outcome as text."))
    given = spec.weights
    if given is not None and not isinstance(given, str):
        seen = f"weights of type {type(given).__name__}"
        faults.append(Fault(seen, "the name of a column", 'Put them into the table: weights="w".'))
    return faults


def _as_tuple(text: str) -> str:
    names = [f'"{name.strip()}"' for name in text.replace("+", ",").split(",") if name.strip()]
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _quoted(name: str) -> str:
    """A name with spaces in backticks, as formulas write it; expressions as they are."""
    plain = not any(sign in name for sign in "`()[]{}+-*/:^|~,=<>")
    return f"`{name}`" if plain and " " in name else name


def _terms(text: str) -> tuple[str, ...]:
    """Split at plus signs outside parentheses."""
    terms, depth, start = [], 0, 0
    for position, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "+" and depth == 0:
            terms.append(text[start:position])
            start = position + 1
    terms.append(text[start:])
    return tuple(term.strip() for term in terms if term.strip())
