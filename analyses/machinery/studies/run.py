"""`make studies`: run studies with progress and resumption; repeat a tenth of them to check."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analyses.machinery.studies.plan import Plan
from analyses.machinery.studies.store import (
    NUMBERS,
    code_digest,
    read_replicates,
    read_study,
    write_study,
)
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.lab import replicate, summarise

SHARE = 0.1
TOLERANCE = (1e-6, 1e-9)  # relative, absolute: of the kind "estimate"
Say = Callable[[str], None]


def run_studies(chosen: Sequence[Plan], *, root: Path, jobs: int = 2, say: Say = print) -> int:
    """Run every plan and store it; finished pieces of a stopped run are read, not repeated."""
    for plan in chosen:
        start = time.monotonic()
        pieces = root / "build" / "studies" / f"{plan.name}-{code_digest(plan, root)[:12]}"
        rows = replicate(
            plan.study,
            plan.grid,
            replicates=plan.replicates,
            jobs=jobs,
            path=pieces,
            chunk=plan.chunk,
        )
        paths = write_study(plan, rows, root, time.monotonic() - start)
        say(f"{plan.name}: {len(rows)} rows in {', '.join(path.name for path in paths)}")
    return 0


def check_studies(
    chosen: Sequence[Plan], *, root: Path, seed: int = 1, jobs: int = 2, say: Say = print
) -> int:
    """Repeat a random tenth of the replicates of each stored study and compare; 1 on a difference.

    Parameters
    ----------
    chosen : sequence of Plan
    root : Path
    seed : int
        Chooses the tenth.
    jobs : int
    say : callable
    """
    wrong = 0
    for plan in chosen:
        stored, record = read_replicates(plan.name, root), read_study(plan.name, root)
        rng = generator(f"studies.check.{plan.name}", seed)
        count = max(1, round(SHARE * plan.replicates))
        numbers = sorted(rng.choice(plan.replicates, count, replace=False).tolist())
        again = replicate(
            plan.study, plan.grid, replicates=plan.replicates, jobs=jobs, numbers=numbers,
            seed=record["seed"],
        )  # fmt: skip
        faults = _settings_differ(plan, record) + differences(stored, again, numbers)
        if not _same(record["rows"], summarise(stored)):
            faults.append("the stored summary does not follow from the stored replicates")
        changed = "" if code_digest(plan, root) == record["code"] else " (code changed since)"
        say(f"{plan.name}: {len(again)} rows repeated, {len(faults)} differences{changed}")
        for fault in faults[:5]:
            say(f"  {fault}")
        wrong += len(faults)
    return 1 if wrong else 0


def differences(stored: pd.DataFrame, again: pd.DataFrame, numbers: Sequence[int]) -> list[str]:
    """Replicates that are missing, or whose numbers differ from the stored ones."""
    keys = ["setting", "replicate", "term"]
    part = stored[stored["replicate"].isin(numbers)].fillna({"term": ""}).set_index(keys)
    fresh = again.fillna({"term": ""}).set_index(keys)
    faults = [f"stored, not repeated: {key}" for key in part.index.difference(fresh.index)]
    faults += [f"repeated, not stored: {key}" for key in fresh.index.difference(part.index)]
    both = part.index.intersection(fresh.index)
    left = part.loc[both, NUMBERS].to_numpy(float)
    right = fresh.loc[both, NUMBERS].to_numpy(float)
    close = np.isclose(left, right, rtol=TOLERANCE[0], atol=TOLERANCE[1], equal_nan=True)
    return faults + [f"other numbers: {both[row]}" for row in np.flatnonzero(~close.all(axis=1))]


def _settings_differ(plan: Plan, record: dict[str, object]) -> list[str]:
    now = {name: settings.digest() for name, settings in plan.grid.items()}
    faults = [] if record["settings"] == now else ["the settings are not those of the stored study"]
    if record["seed"] != MASTER_SEED or record["replicates"] != plan.replicates:
        faults.append("seed or number of replicates are not those of the stored study")
    return faults


def _same(stored: pd.DataFrame, computed: pd.DataFrame) -> bool:
    if len(stored) != len(computed) or set(stored.columns) != set(computed.columns):
        return False
    numbers = computed.select_dtypes("number").columns
    return bool(
        np.allclose(
            stored[numbers].to_numpy(float),
            computed[numbers].to_numpy(float),
            rtol=1e-5,
            atol=1e-8,
            equal_nan=True,
        )
    )
