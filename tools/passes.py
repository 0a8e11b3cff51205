"""Which files of the package a call enters, and how often it comes back to one it had left.

``python -m tools.passes`` prints a Cox fit; ``passes(call)`` counts any other. Definitions that
Python runs on import are left out: the call is made once before it is watched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd

import econshrink
from econshrink import SpellTable, fit_cox

ROOT = Path(econshrink.__file__).parent


@dataclass(frozen=True)
class Passes:
    """Files in the order they were first entered, and returns to one that had been left."""

    files: tuple[str, ...]
    returns: int


def passes(call: Callable[[], Any], under: str = "") -> Passes:
    """Watch a call; only files whose path within the package begins with `under` count."""
    call()
    visits: list[str] = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(under) and (not visits or visits[-1] != name):
                visits.append(name)

    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    files = tuple(dict.fromkeys(visits))
    return Passes(files, len(visits) - len(files))


def cox() -> None:
    """A plain fit on yearly rows."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "city": np.repeat(np.arange(50).astype(str), 4),
            "start": np.tile(np.arange(4), 50),
            "stop": np.tile(np.arange(1, 5), 50),
            "event": rng.integers(0, 2, 200),
            "x": rng.normal(size=200),
        }
    )
    spells = SpellTable(frame, rule_id="example")
    fit_cox(spells, ["x"])


def main() -> None:
    """Print what a Cox fit passes through, in its wing and in the whole package."""
    for under in ("survival/", ""):
        found = passes(cox, under)
        print(f"{under or 'package'}: {len(found.files)} files, {found.returns} returns")
        print("  " + ", ".join(found.files))


if __name__ == "__main__":
    main()
