"""A verb whose time or memory grows faster than its input says so in its docstring."""

import importlib
import json
import re
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "scale.json"
STEEP = 1.2
SAID = re.compile(r"\b(time|memory)( and memory)? grows? with", re.IGNORECASE)
VERBS = json.loads(RESULTS.read_text(encoding="utf-8"))["verbs"] if RESULTS.exists() else {}


def steep(row):
    """Tell whether a verb was seen to grow faster than its input, or did not finish."""
    grown = max(row.get("time_exponent", 0.0), row.get("memory_exponent", 0.0))
    return grown > STEEP or "CPU s" in row.get("stopped", "")


def test_the_growth_run_covers_the_verbs():
    assert len(VERBS) > 250
    finished = [name for name, row in VERBS.items() if "time_exponent" in row]
    assert len(finished) > 0.9 * len(VERBS)


@pytest.mark.parametrize("name", [name for name, row in VERBS.items() if steep(row)])
def test_a_steep_verb_says_how_it_grows(name):
    wing, _, verb = name.rpartition(".")
    found = getattr(importlib.import_module(f"econshrink.{wing}" if wing else "econshrink"), verb)
    assert SAID.search(" ".join((found.__doc__ or "").split())), name
