"""What a build ran on and what it made: run.json, exhibits.md and MANIFEST.sha256."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analyses.machinery.numbering import DOCUMENTS
from analyses.machinery.results import Entry
from analyses.machinery.runner import Builder, State
from analyses.machinery.tasks import Task
from analyses.machinery.worker import THREAD_VARIABLES
from econshrink.core.files import write_file

PACKAGES = (
    "econshrink",
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "linearmodels",
    "formulaic",
    "joblib",
    "matplotlib",
    "seaborn",
    "typst",
    "pylopdf-fonts-zh-cn",
)
MANIFEST = Path("econshrink") / "data" / "china" / "manifest.json"
SUMS = "MANIFEST.sha256"
PDFS = tuple(f"{name}.pdf" for name in DOCUMENTS)
_EXHIBITS = {"tables": ".csv", "figures": ".svg"}


def write_records(builder: Builder, entries: Mapping[str, Entry]) -> None:
    """Write the three records of a build into its folder."""
    record = run_record(builder)
    write_file(builder.build / "run.json", json.dumps(record, indent=1, sort_keys=True) + "\n")
    write_file(builder.build / "exhibits.md", exhibits(builder, entries))
    write_file(builder.build / SUMS, sums(builder))


def recorded(builder: Builder) -> bool:
    """True if the records in the folder are of the outputs that are there now.

    They are not after a build that was killed between its last task and its records.
    """
    path = builder.build / SUMS
    whole = (builder.build / "run.json").exists() and path.exists()
    return whole and path.read_text(encoding="utf-8") == sums(builder)


def sums(builder: Builder) -> str:
    """SHA-256 and path of every output, as `sha256sum` writes and checks them."""
    lines = [f"{mark}  {path}" for path, mark in sorted(builder.outputs().items())]
    return "\n".join(lines) + "\n"


def run_record(builder: Builder) -> dict[str, Any]:
    """Machine, versions, code version, data hashes, and seconds and memory of each task."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "jobs": builder.jobs,
        "threads": {name: os.environ.get(name, "") for name in THREAD_VARIABLES},
        "packages": {name: _version(name) for name in PACKAGES},
        "git": _git(builder.root),
        "data": data_hashes(builder.root),
        "seconds": round(builder.report.seconds, 2),
        "tasks": {
            name: {
                "seconds": entry["seconds"],
                "cpu_seconds": entry["cpu_seconds"],
                "peak_mb": entry["peak_mb"],
                "cached": name in builder.report.cached,
                "outputs": len(entry["outputs"]),
            }
            for name, entry in builder.state.items()
        },
        "failed": sorted(builder.report.failed),
        "not_built": builder.report.blocked,
    }


def data_hashes(root: Path) -> dict[str, str]:
    """File -> SHA-256 of its text, as the manifest of the embedded tables states it.

    Empty without a manifest. The hash is of the uncompressed text, so that another compressor
    changes nothing.
    """
    path = root / MANIFEST
    if not path.exists():
        return {}
    tables = json.loads(path.read_text(encoding="utf-8"))["tables"]
    return {f"{name}.csv.gz": entry["sha256"] for name, entry in sorted(tables.items())}


def exhibits(builder: Builder, entries: Mapping[str, Entry]) -> str:
    """Markdown: which script makes which table, figure and number, and how long each task takes."""
    modules = {task.name: task.module.replace(".", "/") + ".py" for task in builder.tasks}
    lines = ["| Exhibit | Kind | Program |", "|---|---|---|"]
    for name, entry in sorted(builder.state.items()):
        for path in sorted(entry["outputs"]):
            folder, _, file = path.rpartition("/")
            if _EXHIBITS.get(folder) == Path(file).suffix:
                lines.append(f"| {Path(file).stem} | {folder[:-1]} | {modules[name]} |")
        for path in sorted(p for p in entry["outputs"] if p in PDFS):
            lines.append(f"| {path} | document | {modules[name]} |")
    counted: dict[str, int] = {}
    for result in entries.values():
        counted[result["task"]] = counted.get(result["task"], 0) + 1
    for name, count in sorted(counted.items()):
        lines.append(f"| {count} numbers cited by id | results.json | {modules[name]} |")
    return "\n".join([*lines, "", *_runtime(builder.state), ""])


def made_exhibits(state: State, tasks: Sequence[Task]) -> dict[str, str]:
    """Exhibit, such as ``"table/closure"``, -> the task that makes it, sorted."""
    found = {
        f"{folder[:-1]}/{Path(file).stem}": task.name
        for task in tasks
        for path in state.get(task.name, {}).get("outputs", ())
        for folder, _, file in [path.rpartition("/")]
        if _EXHIBITS.get(folder) == Path(file).suffix
    }
    return dict(sorted(found.items()))


def _runtime(state: State) -> list[str]:
    lines = [
        f"Measured on {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}.",
        "",
        "| Task | Seconds | CPU seconds | Peak memory (MB) |",
        "|---|--:|--:|--:|",
    ]
    for name, entry in sorted(state.items()):
        lines.append(
            f"| {name} | {entry['seconds']:.1f} | {entry['cpu_seconds']:.1f} "
            f"| {entry['peak_mb']:.0f} |"
        )
    total = sum(entry["seconds"] for entry in state.values())
    cpu = sum(entry["cpu_seconds"] for entry in state.values())
    peak = max((entry["peak_mb"] for entry in state.values()), default=0)
    return [*lines, f"| **sum, or highest** | {total:.1f} | {cpu:.1f} | {peak:.0f} |"]


def _version(package: str) -> str:
    import importlib.metadata  # noqa: PLC0415  (a build that is up to date asks for no version)

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _git(root: Path) -> dict[str, Any]:
    """Commit and whether the tree differs from it; says so where there is no repository."""
    import subprocess  # noqa: PLC0415  (as in `_version`)

    def ask(*arguments: str) -> str | None:
        command = ["git", "-C", str(root), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    commit = ask("rev-parse", "HEAD")
    if commit is None:
        return {"commit": "no repository or no commit"}
    return {"commit": commit, "dirty": bool(ask("status", "--porcelain"))}
