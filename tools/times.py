"""Time the builds a reader waits for, median of three, and keep them: ``python -m tools.times``.

A copy of the files under version control is built from nothing, built again with nothing to do,
and built after one more sentence in the paper and in the supplement. With ``--clone`` a fresh clone
is timed instead, its environment included, which needs the network. What was measured is kept
beside the expected results, from where `tools.documents` prints it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from econshrink.core.files import write_file

ROOT = Path(__file__).resolve().parents[1]
TIMES = Path("paper") / "expected" / "times.json"
REPEATS = 3
# Build -> what it is, and where a sentence is added before each repetition.
BUILDS = {
    "full": ("of everything, with a ready environment", ""),
    "nothing": ("with nothing to do", ""),
    "paper": ("after a sentence was added to the paper", "paper/article/conclusion.typ"),
    "supplement": ("after one was added to the supplement", "paper/supplement/data.typ"),
}
CLONE, ROOM = "clone", "environment_mb"
_FIXED = {
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "SOURCE_DATE_EPOCH": "1795305600",
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "",
}


def said(root: Path) -> str:
    """What was measured, in a sentence; empty before the first measurement."""
    path = root / TIMES
    if not path.exists():
        return ""
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    parts = [f"{statistics.median(held[name]):.3g} s {what}" for name, (what, _) in BUILDS.items()]
    if CLONE in held:
        parts.append(
            f"{statistics.median(held[CLONE]):.3g} s of a fresh clone with its environment"
        )
    room = f" The environment takes {held[ROOM]} MB of disk." if ROOM in held else ""
    return (
        f"What a reader waits for, the median of {REPEATS} on {held['cores']} cores "
        f"({held['machine']}, Python {held['python']}): {'; '.join(parts)}.{room}"
    )


def measure(root: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of every build in a copy of `root`, in the order in which they were made."""
    found: dict[str, Any] = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        _copied(root, copy)
        for name, (_, edited) in BUILDS.items():
            found[name] = []
            for number in range(REPEATS):
                if name == "full":
                    shutil.rmtree(copy / "build", ignore_errors=True)
                if edited:
                    with (copy / edited).open("a", encoding="utf-8") as file:
                        file.write(f"\nThis is sentence {number + 1}.\n")
                found[name].append(_build(copy))
                say(f"{name}: {found[name][-1]} s")
            if name == "full":
                _build(copy)  # which reads every output once, and then knows it
    return found


def measure_clones(root: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of ``make paper`` in fresh clones of what is committed; size of the environment."""
    found, room = [], 0
    environment = {name: value for name, value in os.environ.items() if name not in _FIXED}
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            clone = ["git", "clone", "-q", str(root), f"{folder}/project"]
            for command, where in ((clone, folder), (["make", "paper"], f"{folder}/project")):
                subprocess.run(
                    command, cwd=where, env=environment, check=True, stdout=subprocess.DEVNULL
                )
            found.append(round(time.perf_counter() - start, 2))
            say(f"clone: {found[-1]} s")
            room = disk(Path(folder) / "project" / ".venv")
    return {CLONE: found, ROOM: room}


def disk(folder: Path) -> int:
    """Megabytes that the files of a folder take."""
    return round(sum(path.lstat().st_blocks for path in folder.rglob("*")) * 512 / 1e6)


def _copied(root: Path, to: Path) -> None:
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, to / name)


def _build(root: Path) -> float:
    environment = {**os.environ, **_FIXED, "PYTHONPATH": str(root)}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "analyses", "build"],
        cwd=root,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return round(time.perf_counter() - start, 2)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Measure and keep; the machine should have nothing else to do."""
    parser = argparse.ArgumentParser(prog="python -m tools.times", description=__doc__)
    parser.add_argument("--clone", action="store_true", help="time fresh clones instead")
    path = root / TIMES
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if parser.parse_args(arguments).clone:
        found |= measure_clones(root, print)
    else:
        found |= measure(root, print)
    write_file(root / TIMES, json.dumps(found, indent=1) + "\n")
    print(f"{said(root)}\nnow run python -m tools.documents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
