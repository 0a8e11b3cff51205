"""The verbs of `econshrink.big` on a local Spark with two workers, where Java and pyspark are."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from typing import Any

from econshrink.core.errors import Fault, SpecError, raise_all
from tools.soak.record import ROOT, setting

TESTS = "tests/oracles/big/test_big_spark.py"


def check(seed: int) -> dict[str, Any]:
    """Run the tests in a process of its own and count them."""
    raise_all(SpecError, _absent())
    start = time.monotonic()
    options = ["-p", "no:cacheprovider", "--override-ini", "norecursedirs=.*"]
    options += ["-W", "default", "--disable-warnings"]
    command = [sys.executable, "-m", "pytest", *options, TESTS]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = run.stdout.strip().splitlines() or [run.stderr.strip()[-300:]]
    record = {"held": run.returncode == 0, "seconds": round(time.monotonic() - start)}
    return setting(seed) | record | {"told": lines[-1], "workers": 2}


def _absent() -> list[Fault]:
    """What Spark needs and is not there."""
    faults = []
    if shutil.which("java") is None:
        remedy = "On Debian or Ubuntu: apt install openjdk-17-jre-headless."
        faults.append(Fault("no program 'java'", "Java 17 or later, which runs Spark", remedy))
    for name in ("pyspark", "ibis", "duckdb"):
        if importlib.util.find_spec(name) is None:
            remedy = 'Install both: pip install "econshrink[big]" "pyspark>=4,<5".'
            faults.append(Fault(f"no package '{name}' in this Python", "it", remedy))
    return faults
