"""Kill a build at random moments: no half-written file, and going on gives the same bytes.

A build in a process group of its own is killed (SIGKILL, workers included) at moments drawn from
the seed. After every kill each file that is there must be whole, that is equal to the file of an
undisturbed build; the build then goes on in the same folder, and at its end the two folders must
agree byte by byte with nothing left over.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analyses.config import TASKS
from analyses.machinery.marks import FILE as MARKS, file_digest
from analyses.machinery.verify import build
from econshrink.core.files import PART
from econshrink.core.seeds import generator
from tools.soak.record import ROOT

# What a build says about itself: times and versions differ by nature.
_OWN = {"run.json", "exhibits.md", "state.json", MARKS}


@dataclass
class Kills:
    """What the kills found.

    Parameters
    ----------
    kills : int
        Kills that met a running build.
    moments : list of float
        Seconds after the start of each.
    restarts : int
        Builds that were through before their moment came, and began again from nothing.
    files : int
        Files compared at the end.
    faults : list of str
        Files half written, missing, left over or different.
    """

    kills: int = 0
    moments: list[float] = field(default_factory=list)
    restarts: int = 0
    files: int = 0
    faults: list[str] = field(default_factory=list)


def kill_builds(only: Sequence[str] = (), *, kills: int, seed: int, jobs: int = 2) -> Kills:
    """Kill the build of some tasks, or of the whole paper, again and again."""
    parent = ROOT / "build"
    parent.mkdir(exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=".kills-", dir=parent))  # Typst reads below the root only
    try:
        whole, killed = holder / "whole", holder / "killed"
        began = time.monotonic()
        _finish(_start(whole, only, jobs))
        length = time.monotonic() - began
        expected = _contents(whole)
        found = Kills(files=len(expected))
        rng = generator("soak.kills", seed)
        while found.kills < kills:
            moment = float(rng.uniform(0.0, length / min(kills, 4)))
            if _killed(_start(killed, only, jobs), moment):
                found.kills += 1
                found.moments.append(round(moment, 2))
                found.faults += _half_written(killed, expected)
            else:
                found.restarts += 1
                shutil.rmtree(killed)
        _finish(_start(killed, only, jobs))
        found.faults += _differences(expected, _contents(killed))
        return found
    finally:
        shutil.rmtree(holder)


def _start(folder: Path, only: Sequence[str], jobs: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tools.soak.kills", str(folder), str(jobs), *only]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the build itself failed: {errors.decode()[-2000:]}")


def _killed(process: subprocess.Popen[bytes], moment: float) -> bool:
    """Kill the whole group after `moment` seconds; False if it was through before."""
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def _contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "log" and path.name not in _OWN
    }


def _half_written(folder: Path, expected: dict[str, str]) -> list[str]:
    """Files of a killed build that are not whole; a part not yet given its name is none of them."""
    faults = []
    for name in _OWN & {"run.json", "state.json"}:
        path = folder / name
        if path.exists():
            try:
                json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                faults.append(f"half written: {name}")
    for name, mark in _contents(folder).items():
        if not name.endswith(PART) and expected.get(name) != mark:
            faults.append(f"half written: {name}")
    return faults


def _differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    faults = [f"missing: {name}" for name in sorted(set(expected) - set(found))]
    faults += [f"left over: {name}" for name in sorted(set(found) - set(expected))]
    both = sorted(set(found) & set(expected))
    return faults + [f"different: {name}" for name in both if expected[name] != found[name]]


if __name__ == "__main__":
    target, workers, *chosen = sys.argv[1:]
    sys.exit(build(TASKS, chosen, folder=Path(target), jobs=int(workers)))
