"""A verb whose time or memory grows faster than its input says so in its docstring."""

import importlib
import json
import re
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "scale.json"
STEEP = 1.2
SAID = re.compile(r"\b(time|memory)( and memory)? grows? with", re.IGNORECASE)
REPORT = json.loads(RESULTS.read_text(encoding="utf-8"))
VERBS, LARGEST = REPORT["verbs"], str(max(REPORT["units"]))


def steep(row):
    """Tell whether a verb was seen to grow faster than its input, or did not finish."""
    if LARGEST not in row:
        return "CPU s" in row.get("stopped", "")
    return max(row["time_exponent"], row["memory_exponent"]) > STEEP


def test_the_growth_run_covers_the_verbs():
    assert len(VERBS) > 250
    finished = [name for name, row in VERBS.items() if "time_exponent" in row]
    assert len(finished) > 0.9 * len(VERBS)


@pytest.mark.parametrize("name", [name for name, row in VERBS.items() if steep(row)])
def test_a_steep_verb_says_how_it_grows(name):
    wing, _, verb = name.rpartition(".")
    found = getattr(importlib.import_module(f"econshrink.{wing}" if wing else "econshrink"), verb)
    assert SAID.search(" ".join((found.__doc__ or "").split())), name
