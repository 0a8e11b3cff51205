"""What a study leaves behind: a summary with its provenance, and its replicates."""

from __future__ import annotations

import gzip
import importlib.metadata
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from analyses.machinery.fingerprint import Sources
from analyses.machinery.studies.plan import Plan
from econshrink import DataError, Fault
from econshrink.core.files import write_file
from econshrink.core.seeds import MASTER_SEED
from econshrink.lab import summarise

FOLDER = Path("paper") / "studies"
FORMAT = 1
NUMBERS = ["truth", "estimate", "std_error", "conf_low", "conf_high"]
VERSIONS = ("econshrink", "numpy", "scipy", "pandas")
DIGITS = 9  # significant digits of a stored replicate


def code_digest(plan: Plan, root: Path) -> str:
    """Digest of the plan's module and everything it can import."""
    return Sources(root).of(plan.module)


def write_study(plan: Plan, rows: pd.DataFrame, root: Path, seconds: float) -> list[Path]:
    """Write summary and replicates of a finished study; return the two files."""
    record = {
        "format": FORMAT,
        "name": plan.name,
        "title": plan.title,
        "seed": MASTER_SEED,
        "replicates": plan.replicates,
        "settings": {name: settings.digest() for name, settings in plan.grid.items()},
        "code": code_digest(plan, root),
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
        "seconds": round(seconds, 1),
        "rows": json.loads(summarise(rows).to_json(orient="records", double_precision=12)),
    }
    text = rows.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    return [
        write_file(root / FOLDER / f"{plan.name}.json", json.dumps(record, indent=1) + "\n"),
        write_file(root / FOLDER / f"{plan.name}.csv.gz", gzip.compress(text.encode(), mtime=0)),
    ]


def read_study(name: str, root: Path) -> dict[str, Any]:
    """The stored record of a study; ``rows`` is a DataFrame of its summary.

    Raises
    ------
    DataError
        The study has not been run, or its file is damaged.
    """
    path = root / FOLDER / f"{name}.json"
    if not path.exists():
        raise DataError(
            Fault(
                f"no stored study '{name}'",
                f"the file {FOLDER.as_posix()}/{name}.json",
                f"Run `make studies ONLY={name}`.",
            )
        )
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        record["rows"] = pd.DataFrame(record["rows"])
    except (json.JSONDecodeError, KeyError, ValueError) as problem:
        raise DataError(
            Fault(
                f"a damaged file ({problem})", "a stored study", "Run the study again.", str(path)
            )
        ) from problem
    return record


def read_replicates(name: str, root: Path) -> pd.DataFrame:
    """Every stored replicate of a study, as `econshrink.lab.replicate` returns them."""
    read_study(name, root)
    text = gzip.decompress((root / FOLDER / f"{name}.csv.gz").read_bytes()).decode()
    kinds = {"setting": str, "term": "str", "failure": "str"} | dict.fromkeys(NUMBERS, float)
    return pd.read_csv(io.StringIO(text), dtype=kinds, keep_default_na=True)  # type: ignore[arg-type]
