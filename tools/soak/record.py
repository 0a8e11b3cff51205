"""benchmarks/soak.json: what each part of the soak last did, with seed, date and versions."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

from econshrink.core.files import write_file

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path("benchmarks") / "soak.json"
LAST = Path("build") / "soak.json"
NAMES = ("hypothesis", "numpy", "scipy", "pandas", "statsmodels", "linearmodels", "formulaic")


def setting(seed: int) -> dict[str, Any]:
    """Date, seed and versions: the head of every record."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seed": seed,
        "python": platform.python_version(),
        "machine": platform.platform(),
        "packages": {name: importlib.metadata.version(name) for name in NAMES},
    }


def today() -> int:
    """The date as a number: the seed of a run that names none."""
    return int(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))


def keep(part: str, record: dict[str, Any], size: str, root: Path = ROOT) -> Path:
    """Write the record of a part; a smaller run (by field `size`) goes to the build folder only."""
    path = root / RECORD
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if part in held and held[part][size] > record[size]:
        path = root / LAST
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    text = json.dumps({**held, part: record}, indent=1, sort_keys=True)
    return write_file(path, text + "\n")
