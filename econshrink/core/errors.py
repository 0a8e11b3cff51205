"""The errors a user can meet, each telling what was seen, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

ALIKE = 5  # faults of one cause that are told one by one


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input.

    Parameters
    ----------
    seen : str
        What was found.
    expected : str
        What should have been there.
    remedy : str
        What the user can do about it.
    where : str, optional
        File, row, column, city or term; empty if the whole input is meant.
    """

    seen: str
    expected: str
    remedy: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}saw {self.seen}; expected {self.expected}. {self.remedy}"


class EconshrinkError(Exception):
    """Root of all errors of this package; `faults` lists every mistake that was found.

    Examples
    --------
    >>> error = DataError(Fault("an empty table", "one row a city and year", "Check the filter."))
    >>> print(error)
    saw an empty table; expected one row a city and year. Check the filter.
    """

    def __init__(self, faults: Fault | Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        lines = [str(fault) for fault in self.faults]
        if len(lines) == 1:
            super().__init__(lines[0])
        else:
            super().__init__(f"{len(lines)} problems:\n" + "\n".join(f"  - {s}" for s in lines))

    def __reduce__(self) -> tuple[type[EconshrinkError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class DataError(EconshrinkError):
    """The figures are not what the function can work on."""


class SpecError(EconshrinkError):
    """The model that was asked for cannot be estimated on these figures."""


class CallError(SpecError, TypeError):
    """A function was called with an argument it does not have, or without one it needs."""


class NameAbsent(SpecError, AttributeError):
    """A result was asked for something it does not carry under that name."""


class ConvergenceError(EconshrinkError):
    """An iterative estimator did not converge, or has no finite solution."""


class MissingExtra(EconshrinkError):
    """A feature needs an optional dependency that is not installed."""


def _by_cause(faults: Iterable[Fault]) -> list[Fault]:
    """The faults in their order, many of one cause as one."""
    causes: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        causes.setdefault((fault.expected, fault.remedy), []).append(fault)
    found: list[Fault] = []
    for alike in causes.values():
        if len(alike) > ALIKE:
            seen = f"{alike[0].seen}, and {len(alike) - 1} times the like"
            found.append(replace(alike[0], seen=seen))
        else:
            found += alike
    return found


def raise_all(error: type[EconshrinkError], faults: Iterable[Fault], limit: int = 20) -> None:
    """Raise `error` with every fault, if there are any.

    Parameters
    ----------
    error : type
        Class of the error to raise.
    faults : iterable of Fault
        All mistakes found so far; nothing happens if there are none. More than `ALIKE` that expect
        the same and have the same remedy have one cause: the first is told, the others counted.
    limit : int
        The message lists at most this many and then counts the rest.

    Examples
    --------
    >>> raise_all(DataError, [])
    >>> bad = [Fault("0 persons", "persons", "Mend it.", f"unit {i}") for i in range(40)]
    >>> raise_all(DataError, bad)
    Traceback (most recent call last):
      ...
    econshrink.core.errors.DataError: unit 0: saw 0 persons, and 39 times the like; \
expected persons. Mend it.
    """
    found = _by_cause(faults)
    if not found:
        return
    if len(found) > limit:
        rest = Fault(
            f"{len(found) - limit} more problems of this kind", "none", "Mend those above first."
        )
        found = [*found[:limit], rest]
    raise error(found)
