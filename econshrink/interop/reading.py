"""What the adapters share: reading a foreign result by its fields, and refusing a stranger."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from econshrink.core.errors import DataError, Fault, MissingExtra, SpecError
from econshrink.nouns.spec import Spec


def demanded(result: Any, names: Iterable[str], package: str, made_by: str) -> None:
    """Raise a `DataError` unless `result` has every field an adapter reads."""
    missing = [name for name in names if not hasattr(result, name)]
    if missing:
        kind = f"{type(result).__module__.split('.')[0]}.{type(result).__name__}"
        raise DataError(
            Fault(
                f"a {kind} without {', '.join(missing)}",
                f"a fitted result of {package}",
                f"Pass what {made_by} returns; fit the model first.",
            )
        )


def specification(outcome: str, terms: Sequence[str], effects: Sequence[str]) -> Spec | None:
    """The specification where it can be said in our words, else None."""
    slopes = tuple(term for term in terms if term.lower() not in {"intercept", "const", "constant"})
    try:
        return Spec(outcome, slopes, tuple(effects))
    except SpecError:
        return None


def counts(labels: Any) -> int:
    """Number of distinct labels."""
    return len(np.unique(np.asarray(labels)))


def needed(package: str, what: str) -> ModuleType:
    """Import a package that is not among our dependencies, or say how to get it."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] != package:
            raise
        raise MissingExtra(
            Fault(f"no {package}", f"{package} for {what}", f"Install it: pip install {package}.")
        ) from problem
