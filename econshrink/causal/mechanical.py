"""Mechanical correlation: the same count on both sides of an equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.terms import TERMS
from econshrink.nouns.spec import Spec

CONTAINS, DIVIDES = "contains the outcome", "shares a denominator"


@dataclass(frozen=True)
@typed_fields
class Makeup:
    """What a variable is made of, for variables that the dictionary does not know.

    Parameters
    ----------
    parts, per : tuple of str
        Counts with their time, such as ``"residents@end"``; see `econshrink.core.terms.Term`.
    """

    parts: tuple[str, ...] = ()
    per: tuple[str, ...] = ()


@dataclass(frozen=True)
class MechanicalLink:
    """One count on both sides.

    Parameters
    ----------
    covariate : str
    counts : tuple of str
        What it shares with the outcome.
    kind : str
        ``"contains the outcome"``: a count of the end of the period, which the outcome itself
        is; or ``"shares a denominator"``: a count of the start, whose errors move both sides.
    """

    covariate: str
    counts: tuple[str, ...]
    kind: str

    @property
    def text(self) -> str:
        """The link in words."""
        return f"'{self.covariate}' {self.kind} ({', '.join(self.counts)})"


def mechanical_links(
    spec: Spec, makeup: Mapping[str, Makeup] | None = None
) -> tuple[MechanicalLink, ...]:
    """Find covariates that share a count with the outcome.

    Parameters
    ----------
    spec : Spec
    makeup : mapping, optional
        Make-up of variables that are not in the dictionary, or that differ from it.

    Returns
    -------
    tuple of MechanicalLink
        Links to the outcome first by severity, then in the order of the covariates. Expressions
        and unknown variables have none.

    Examples
    --------
    >>> spec = Spec("total_rate", ("gdp_per_head", "share_tertiary", "floor_area"))
    >>> [link.text for link in mechanical_links(spec)]
    ["'gdp_per_head' contains the outcome (residents@end)",
     "'share_tertiary' shares a denominator (residents@start)"]
    """
    known = dict(makeup or {})
    outcome = _makeup(spec.depvar, known)
    if outcome is None:
        return ()
    numerator, all_counts = set(outcome.parts), {*outcome.parts, *outcome.per}
    severe, mild = [], []
    for name in spec.covariates:
        found = _makeup(name, known)
        if found is None:
            continue
        own = {*found.parts, *found.per}
        later = sorted(count for count in own & numerator if not _is_start(count))
        shared = sorted(own & all_counts)
        if later:
            severe.append(MechanicalLink(name, tuple(later), CONTAINS))
        elif shared:
            mild.append(MechanicalLink(name, tuple(shared), DIVIDES))
    return (*severe, *mild)


def guard_mechanical(spec: Spec, makeup: Mapping[str, Makeup] | None = None) -> tuple[str, ...]:
    """Refuse a covariate that contains the outcome; return notes on shared denominators.

    Parameters
    ----------
    spec : Spec
    makeup : mapping, optional
        See `mechanical_links`.

    Returns
    -------
    tuple of str
        One note a covariate with a shared denominator.

    Raises
    ------
    SpecError
        A covariate that contains the outcome, all at once.

    Examples
    --------
    >>> guard_mechanical(Spec("net_migration_rate", ("employment_rate",)))
    ()
    """
    links = mechanical_links(spec, makeup)
    raise_all(
        SpecError,
        [
            Fault(
                link.text,
                f"covariates made of figures before the change in '{spec.depvar}'",
                "Use a rate of another count, such as employed per person 15+, or a lag.",
                f"covariate {link.covariate}",
            )
            for link in links
            if link.kind == CONTAINS
        ],
    )
    return tuple(link.text for link in links)


def _is_start(count: str) -> bool:
    return count.endswith(("@start", "@before"))


def _makeup(name: str, known: Mapping[str, Makeup]) -> Makeup | None:
    if name in known:
        return known[name]
    if name in TERMS and (TERMS[name].parts or TERMS[name].per):
        return Makeup(TERMS[name].parts, TERMS[name].per)
    return None
