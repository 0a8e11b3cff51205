"""Write `tally_survival.json`: rows of the reference tables matched, and left out by reason.

Run from the root of the repository: ``python tests/reference/write_survival_tally.py``. The tests
fail if the file says anything else than they find.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import test_survival_extra as extra  # noqa: E402
import test_survival_reference as main  # noqa: E402

if __name__ == "__main__":
    counts = {
        "survival.csv": {"rows": len(main.ROWS), **main.tally()},
        "survival_extra.csv": {"rows": len(extra.ROWS), **extra.tally()},
    }
    text = json.dumps(counts, indent=1, sort_keys=True)
    (HERE / "tally_survival.json").write_text(text + "\n")
