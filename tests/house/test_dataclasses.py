"""What every dataclass of the package promises: frozen, and compared only if it can be."""

import dataclasses
import importlib
import pkgutil

import pytest

import econshrink
from econshrink.nouns.show.shown import Shown

WINGS = sorted(m.name for m in pkgutil.iter_modules(econshrink.__path__) if m.ispkg)
UNCOMPARED = ("ndarray", "NDArray", "DataFrame", "Series", "sparse", "Floats", "Ints", "Bools")
WORKING = {  # filled while a file or a history is read
    "data.open.grid.Looks",
    "data.open.xlsx._Sheet",
    "data.yearbook.extract.Places",
    "data.yearbook.meaning.Meanings",
    "data.yearbook.report.Collector",
    "shrinkage.episodes.histories._City",
}


def dataclasses_of(wing):
    """Dataclasses defined in any module of a wing; modules whose extra is absent are left out."""
    room = importlib.import_module(f"econshrink.{wing}")
    for found in pkgutil.walk_packages(room.__path__, f"econshrink.{wing}."):
        if "__main__" in found.name:
            continue
        try:
            module = importlib.import_module(found.name)
        except ImportError:
            continue
        for kind in vars(module).values():
            own = isinstance(kind, type) and kind.__module__ == module.__name__
            if own and dataclasses.is_dataclass(kind):
                yield kind


@pytest.mark.parametrize("wing", WINGS)
def test_dataclasses_are_frozen_and_compare_what_can_be_compared(wing):
    faults = []
    for kind in dataclasses_of(wing):
        made, name = kind.__dataclass_params__, f"{kind.__module__}.{kind.__name__}"[11:]
        if made.frozen == (name in WORKING):
            faults.append(f"{name} can be changed, or need not be")
        hints = [f.type for f in dataclasses.fields(kind) if f.compare]
        arrays = any(word in str(hint) for hint in hints for word in UNCOMPARED)
        if made.eq and arrays:
            faults.append(f"{name} compares arrays or tables, which have no truth value")
        if issubclass(kind, Shown) and made.repr:
            faults.append(f"{name} prints its fields, not its page")
    assert not faults, "\n".join(faults)
