"""Option objects of every namespace, built from values nobody should pass."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import econshrink
from econshrink.core.lazy import public_names
from tools.soak.fuzz.target import Call, Target
from tools.soak.fuzz.values import anything

Rng = np.random.Generator

# A class that holds one of these is data or a result.
_DATA = re.compile(
    r"DataFrame|Series|Floats|Ints|Counts|Flags|Texts|array|sparse|Estimate|CityPanel|SpellTable|"
    r"Curve|Draws|Forecast|Flow(?:Panel|Network)|Table\b|Cell|Row|Span|Absorber|Callable|Estimator|"
    r"Note|Array|Closure|Path\b|Planter|Identification|Resampling\b.*Estimate"
)


@functools.cache
def options() -> tuple[type, ...]:
    """Public frozen dataclasses that a user builds: no data in them, and no verb returns them."""
    root = Path(econshrink.__file__).parent
    rooms = [path.parent.name for path in root.glob("*/__init__.py") if public_names(path)]
    held = [
        value
        for room in sorted(rooms)
        for name in sorted(public_names(root / room / "__init__.py"))
        for value in [getattr(importlib.import_module(f"econshrink.{room}"), name)]
    ]
    returned = " ".join(
        str(inspect.signature(value).return_annotation)
        for value in held
        if inspect.isfunction(value)
    )
    words = set(re.findall(r"\w+", returned))
    found = {
        value
        for value in held
        if inspect.isclass(value)
        and dataclasses.is_dataclass(value)
        and value.__name__ not in words
        and (fields := [field for field in dataclasses.fields(value) if field.init])
        and not any(_DATA.search(str(field.type)) for field in fields)
    }
    return tuple(sorted(found, key=lambda kind: (kind.__module__, kind.__name__)))


def _build(rng: Rng) -> Call:
    chosen = options()[int(rng.integers(len(options())))]
    values: dict[str, Any] = {}
    fields = [field for field in dataclasses.fields(chosen) if field.init]
    hurt = int(rng.integers(len(fields)))
    for place, field in enumerate(fields):
        needed = field.default is dataclasses.MISSING and (
            field.default_factory is dataclasses.MISSING
        )
        if place == hurt or needed or rng.random() < 0.2:
            values[field.name] = anything(rng)
    return functools.partial(_made, chosen, values)


def _made(chosen: type, values: dict[str, Any]) -> None:
    made = chosen(**values)
    repr(made)


def names() -> Iterator[str]:
    """Names of the options, for the record."""
    return (f"{item.__module__}.{item.__qualname__}" for item in options())


TARGETS = (Target("options", 1.0, _build),)
