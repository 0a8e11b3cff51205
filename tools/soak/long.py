"""`make verify` where other machines would run it: threads, processors, package versions.

Each case is an environment for one ``python -m analyses verify``. A case fails if a number leaves
the tolerances that the paper's own check states. Those with other package versions build an
environment of their own with uv in a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.soak.record import ROOT, setting

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# AVX-512 and what builds on it; numpy ignores what the machine does not have.
_NO_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
CASES: dict[str, dict[str, str]] = {
    "one thread": dict.fromkeys(_THREADS, "1"),
    "two threads": dict.fromkeys(_THREADS, "2"),
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "no AVX-512": {"NPY_DISABLE_CPU_FEATURES": _NO_AVX512, "OPENBLAS_CORETYPE": "Haswell"},
}
# uv's strategies for direct dependencies: the oldest and the newest that pyproject.toml allows.
RESOLUTIONS = {"oldest packages": "lowest-direct", "newest packages": "highest"}
CHEAP = tuple(CASES)


def check(only: Sequence[str] = CHEAP, seed: int = 0) -> dict[str, Any]:
    """Run the cases named and tell, for each, whether every number held."""
    found = {}
    for name in only:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="long-") as folder:
            copy = _copy(Path(folder) / "project")
            python = sys.executable
            if name in RESOLUTIONS:
                python = _environment(Path(folder) / "environment", RESOLUTIONS[name])
            environment = {**os.environ, **CASES.get(name, {}), "PYTHONPATH": str(copy)}
            done = subprocess.run(
                [python, "-m", "analyses", "verify", "--jobs", "2"],
                cwd=copy,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        told = [line for line in done.stdout.splitlines() if "differences" in line]
        found[name] = {
            "held": done.returncode == 0,
            "seconds": round(time.monotonic() - began),
            "told": (told or done.stderr.splitlines() or [""])[-1].split(";")[0],
        }
    return {**setting(seed), "cases": found, "count": len(found)}


def _copy(folder: Path) -> Path:
    """What a build reads, without what it made."""
    for part in ("econshrink", "analyses", "paper", "tests/reference", "benchmarks"):
        shutil.copytree(ROOT / part, folder / part)
    for file in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    return folder


def _environment(folder: Path, resolution: str) -> str:
    """An environment with the paper's packages at the ends of what is allowed."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
    python = str(folder / "bin" / "python")
    wanted = ["-e", f"{ROOT}[paper]", "--resolution", resolution, "--python", python]
    subprocess.run([*uv, "pip", "install", "-q", *wanted], check=True)
    return python
