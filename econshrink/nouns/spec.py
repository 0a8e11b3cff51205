"""Spec: what is regressed on what, with which effects absorbed."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True)
@typed_fields
class Spec:
    """A regression of `depvar` on `covariates`, with the effects in `absorb` swept out.

    Parameters
    ----------
    depvar : str
        Outcome.
    covariates : tuple of str
        Column names, or expressions such as ``"np.log(gdp)"`` that the design step evaluates.
    absorb : tuple of str
        Effects: ``"city"``, ``"year"``, a city attribute, or ``"province^year"`` for a product.
    weights : str, optional
        Column of analytic weights.

    Raises
    ------
    SpecError
        No covariate, a covariate twice, or the outcome among the covariates.

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

    def __post_init__(self) -> None:
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
        effects = f" | {' + '.join(self.absorb)}" if self.absorb else ""
        return f"{self.depvar} ~ {' + '.join(self.covariates)}{effects}"


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
