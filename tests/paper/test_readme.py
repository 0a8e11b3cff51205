"""The figures the README shows are the expected results."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| ([^|]+) \| (-?[\d,.]+) \| `([a-z0-9_.]+)` \|")


def test_the_readme_shows_the_expected_results():
    rows = ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    expected = json.loads((ROOT / "paper/expected/results.json").read_text(encoding="utf-8"))
    assert len(rows) >= 7
    for _, shown, key in rows:
        assert float(shown.replace(",", "")) == expected[key]["value"], key
