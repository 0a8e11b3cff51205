"""Seeded mutants of the numerics, and whether a test fails when a line is changed.

cosmic-ray makes the mutants (an operator swapped, a number moved, a condition turned); this module
draws them, equally many from every stratum, applies one at a time in a
copy of the project, and runs the tests of the wing it lies in. A mutant that no test notices
survives; the score is the share killed, with Wilson's interval.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import generator
from tools.soak.record import ROOT, setting

STRATA = {
    "inference": ("econshrink/inference/**/*.py",),
    "kernels": ("econshrink/*/kernel/*.py", "econshrink/forecast/scores/*.py"),
    "nouns": ("econshrink/nouns/*.py",),
}
# Annotations and defaults of decorators change no number; a line of text even less.
_LEFT_OUT = (
    "core/RemoveDecorator",
    "core/ReplaceBinaryOperator_BitOr",
    "core/Variable",
)
LONGEST = 240  # seconds a mutant's tests may take; an endless loop is noticed
Mutant = dict[str, Any]


def positions(root: Path = ROOT) -> dict[str, list[Mutant]]:
    """Every place where an operator of cosmic-ray can act, by stratum."""
    from cosmic_ray.ast import get_ast, ast_nodes  # noqa: I001, PLC0415  (group `soak`)
    from cosmic_ray.plugins import get_operator, operator_names  # noqa: PLC0415

    operators = [n for n in sorted(operator_names()) if not n.startswith(_LEFT_OUT)]
    found: dict[str, list[Mutant]] = {}
    for stratum, patterns in STRATA.items():
        files = sorted({path for pattern in patterns for path in root.glob(pattern)})
        for path in files:
            if path.name == "__init__.py":
                continue
            tree = get_ast(path.read_text(encoding="utf-8"))
            nodes = list(ast_nodes(tree))
            for name in operators:
                operator = get_operator(name)()
                places = [p for node in nodes for p in operator.mutation_positions(node)]
                for occurrence, (start, _) in enumerate(places):
                    found.setdefault(stratum, []).append(
                        {
                            "file": path.relative_to(root).as_posix(),
                            "operator": name,
                            "occurrence": occurrence,
                            "line": start[0],
                        }
                    )
    return found


def sample(count: int, seed: int, root: Path = ROOT) -> list[Mutant]:
    """Mutants drawn without repetition, equally many from every stratum, in a random order."""
    chosen: list[Mutant] = []
    for stratum, places in positions(root).items():
        rng = generator(f"soak.mutants.{stratum}", seed)
        size = min(len(places), -(-count // len(STRATA)))
        drawn = rng.choice(len(places), size, replace=False)
        chosen += [{"stratum": stratum, **places[int(i)]} for i in drawn]
    order = generator("soak.mutants.order", seed).permutation(len(chosen))
    return [chosen[int(i)] for i in order][:count]


def tests_of(file: str, root: Path) -> list[str]:
    """Tests that can notice a change of this file: those of its wing, known answers, references."""
    wing = file.split("/")[1]
    found = [root / "tests" / "unit" / wing, root / "tests" / "known"]
    if wing == "inference":
        found.append(root / "tests" / "unit" / "panel")
    near = {"inference": "panel", "nouns": "survival"}.get(wing, wing)
    found += sorted((root / "tests" / "reference").glob(f"test_*{near}*.py"))
    return [path.relative_to(root).as_posix() for path in found if path.exists()]


def run(mutant: Mutant, folder: Path) -> Mutant:
    """Apply one mutant in a copy of the project, run its tests, put the file back."""
    from cosmic_ray.mutating import mutate_code  # noqa: PLC0415
    from cosmic_ray.plugins import get_operator  # noqa: PLC0415

    path = folder / mutant["file"]
    code = path.read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(mutant["operator"])(), mutant["occurrence"])
    if changed is None or changed == code:
        return {**mutant, "became": "none"}
    path.write_text(changed, encoding="utf-8")
    lines = zip(code.splitlines(), changed.splitlines(), strict=False)
    shown = next(((old, new) for old, new in lines if old != new), ("", ""))
    try:
        became = "survived" if _passes(mutant["file"], folder) else "killed"
    except subprocess.TimeoutExpired:
        became = "killed"
    finally:
        path.write_text(code, encoding="utf-8")
    return {**mutant, "became": became, "old": shown[0].strip(), "new": shown[1].strip()}


def _several(work: tuple[list[Mutant], Path, float]) -> list[Mutant]:
    """Mutants of one core until the budget is spent; tests that fail without one are no tests."""
    mutants, folder, end = work
    sound: dict[str, bool] = {}
    done = []
    for mutant in mutants:
        if time.monotonic() > end:
            break
        key = " ".join(tests_of(mutant["file"], folder))
        if key not in sound:
            sound[key] = _passes(mutant["file"], folder)
        if sound[key]:
            done.append(run(mutant, folder))
        else:
            done.append({**mutant, "became": "not tested"})
    return done


def _passes(file: str, folder: Path) -> bool:
    """Whether the tests that can notice a change of `file` pass as it is now."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [*command, "-m", "not slow", *tests_of(file, folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    return done.returncode == 0


def mutate(count: int, seed: int, jobs: int = 2, seconds: float = float("inf")) -> dict[str, Any]:
    """Draw, run and count; the record of `benchmarks/mutants.json`."""
    chosen, end = sample(count, seed), time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        work = []
        for job in range(jobs):
            folder = Path(name) / str(job)
            for part in ("econshrink", "tests", "analyses", "tools", "benchmarks", "paper"):
                shutil.copytree(ROOT / part, folder / part)
            for file in ("pyproject.toml", "README.md", "requirements.lock"):
                shutil.copy(ROOT / file, folder)
            work.append((chosen[job::jobs], folder, end))
        done = [mutant for part in parallel_map(_several, work, jobs=jobs) for mutant in part]
    strata = {name: _score([m for m in done if m["stratum"] == name]) for name in STRATA}
    kept = [m for m in done if m["became"] == "survived"]
    kept.sort(key=lambda m: (m["file"], m["line"], m["operator"]))
    return {
        **setting(seed),
        "drawn": count,
        "mutants": len(done),
        **_score(done),
        "strata": strata,
        "left": kept,
    }


def _score(mutants: list[Mutant]) -> dict[str, Any]:
    """Killed and survived, their share and Wilson's 95 % interval."""
    killed = sum(m["became"] == "killed" for m in mutants)
    lived = sum(m["became"] == "survived" for m in mutants)
    n = killed + lived
    if not n:
        return {"killed": 0, "survived": 0}
    z = float(norm.ppf(0.975))
    share = killed / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    return {
        "killed": killed,
        "survived": lived,
        "score": round(share, 3),
        "low": round(middle - half, 3),
        "high": round(middle + half, 3),
    }
