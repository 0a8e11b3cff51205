"""What REPLICATION.md says of exhibits, run times and sources, from records of the project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analyses.config import TASKS
from analyses.machinery.numbering import KINDS, STUDIES, listed, numbering, owners
from analyses.machinery.runner import MEASURED
from analyses.machinery.tasks import Task
from analyses.machinery.user_files import YEARBOOK
from econshrink.core.files import write_file
from tools import times

EXPECTED = Path("paper") / "expected"
SOURCES = Path("econshrink") / "data" / "china" / "SOURCES.md"
SLOWEST = 5
MOST_PATTERNS = 3
_KEPT = ("seconds", "cpu_seconds", "peak_mb")


def exhibits(root: Path) -> str:
    """Every table and figure by its printed number: name, program, run time, ids, studies."""
    made = listed(root)
    tasks = {task.name: task for task in (*TASKS, YEARBOOK)}
    seconds = {name: task["cpu_seconds"] for name, task in _record(root).get("tasks", {}).items()}
    ids = _ids(root)
    parts = []
    for document, numbers in numbering(root / "paper").items():
        lines = [
            f"Of the {document}:",
            "",
            "| Printed | Exhibit | Program | Seconds | Results | Stored studies |",
            "|---|---|---|--:|---|---|",
        ]
        own = [(kind, *pair) for kind in KINDS for pair in getattr(numbers, kind).items()]
        for kind, shown, number in own:
            name = shown if f"{kind}/{shown}_synthetic" not in made else f"{shown}_synthetic"
            task = tasks[made.get(f"{kind}/{name}", YEARBOOK.name)]
            spent = f"{seconds[task.name]:.1f}" if task.name in seconds else "with `DATA`"
            lines.append(
                f"| {kind.title()} {number} | `{name}` | `{program(task)}` | {spent} "
                f"| {patterns(ids.get(name, ()))} | {studies(task)} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def locked(root: Path) -> str:
    """Every locked prediction: what it saw and foretells, its digests, and how it is scored."""
    lines = [
        "| File | Saw | Units, years | SHA-256 of the file | of the data | of the code |",
        "|---|---|---|---|---|---|",
    ]
    rules: dict[str, list[str]] = {}
    for record in _locked(root):
        first, last = record["years"]
        digests = (f"`{record[key]}`" for key in ("sha256", "data_sha256", "code_sha256"))
        cells = (
            f"`paper/forecasts/{record['file']}`",
            str(record["information"]),
            f"{record['units']}, {first}–{last}",
            *digests,
        )
        lines.append(f"| {' | '.join(cells)} |")
        rules.setdefault(str(record["rule"]), []).append(str(record["file"]))
    said = [f"Scoring rule of {', '.join(files)}: {rule}" for rule, files in rules.items()]
    return "\n".join([*lines, "", *_corrections(root), *said])


def locked_short(root: Path) -> str:
    """File and digest of every locked prediction."""
    lines = []
    for record in _locked(root):
        first, last = record["years"]
        lines.append(
            f"- `paper/forecasts/{record['file']}`: {record['units']} units, {first}–{last}, from "
            f"{record['information']};\n  SHA-256 `{record['sha256']}`"
        )
    return "\n".join([*lines, "", *_corrections(root)]).rstrip()


def _corrections(root: Path) -> list[str]:
    """Why a file corrects another."""
    texts = [
        f"`{record['file']}` corrects `{record['corrects']}`: {record['reason']}"
        for record in _locked(root)
        if "corrects" in record
    ]
    return [part for text in texts for part in (wrapped(text), "")]


def _locked(root: Path) -> list[dict[str, Any]]:
    paths = sorted((root / "paper" / "forecasts").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def unplaced(root: Path) -> list[str]:
    """Exhibits that a task makes and neither document shows."""
    made = listed(root)
    return sorted(set(made) - set(owners(root / "paper", made)))


def patterns(ids: Sequence[str]) -> str:
    """A few patterns that cover the ids of one exhibit, with their number."""
    for depth in range(4, 0, -1):
        heads = dict.fromkeys(".".join(name.split(".")[:depth]) for name in ids)
        if len(heads) <= MOST_PATTERNS:
            whole = set(ids)
            shown = [f"`{head}`" if head in whole else f"`{head}.*`" for head in heads]
            return f"{len(ids)}: {', '.join(shown)}" if ids else ""
    heads = dict.fromkeys(name.split(".")[0] for name in ids)
    return f"{len(ids)}: " + ", ".join(f"`{head}.*`" for head in heads)


def program(task: Task) -> str:
    """The file of a task's script."""
    return task.module.replace(".", "/") + ".py"


def studies(task: Task) -> str:
    """Names, or patterns of names, of the stored studies among a task's inputs."""
    return ", ".join(f"`{Path(name).stem}`" for name in task.inputs if name.startswith(STUDIES))


def measured(root: Path) -> str:
    """Run time and memory of the last measured build, and what that build did not compute."""
    record = _record(root)
    tasks = record["tasks"]
    slow = sorted(tasks, key=lambda name: -tasks[name]["cpu_seconds"])[:SLOWEST]
    shown = ", ".join(f"`{name}` {tasks[name]['cpu_seconds']:.0f} s" for name in slow)
    cpu = sum(task["cpu_seconds"] for task in tasks.values())
    peak = max(task["peak_mb"] for task in tasks.values())
    made = listed(root)
    placed = owners(root / "paper", made)  # in the order of the documents
    reading = {
        task.name: [
            f"{key.partition('/')[0].title()} {number}"
            for key, (_, number) in placed.items()
            if made[key] == task.name
        ]
        for task in TASKS
        if studies(task)
    }
    if "seconds" in record:
        whole = (
            f"Last measured: a full build of {len(tasks)} tasks took {record['seconds']:.0f} s "
            f"({cpu:.0f} s of processor time), {record['jobs']} tasks at a time on "
            f"{record['cores']} cores ({record['machine']}, Python {record['python']})"
        )
    else:
        whole = (
            f"Measured task by task, not as a whole: {len(tasks)} tasks took {cpu:.0f} s of "
            f"processor time ({record['machine']}, Python {record['python']})"
        )
    text = (
        f"{whole}; the largest task used {peak:.0f} MB of memory. The longest tasks by processor "
        f"time: {shown}. By folder of `analyses/`: {_by_folder(tasks)}.\n\n"
        f"Not in that time: {len(reading)} tasks print stored Monte Carlo studies, which "
        "`make studies` repeats in hours and `make verify STUDIES=1` repeats by a tenth: "
        + "; ".join(f"`{name}` ({', '.join(shown)})" for name, shown in reading.items())
        + "."
    )
    text = "\n\n".join(filter(None, [text, times.said(root)]))
    return "\n".join(wrapped(part) for part in text.split("\n"))


def _by_folder(tasks: Mapping[str, Mapping[str, float]]) -> str:
    """Seconds of processor time of the tasks of each folder, the longest first."""
    spent: dict[str, float] = {}
    for task in TASKS:
        folder = task.folder or "the documents"
        spent[folder] = spent.get(folder, 0.0) + tasks.get(task.name, {}).get("cpu_seconds", 0.0)
    ranked = sorted(spent, key=lambda folder: -spent[folder])
    return ", ".join(f"{folder} {spent[folder]:.0f} s" for folder in ranked)


def keep_measured(root: Path) -> bool:
    """Copy times and memory of the last build to `MEASURED`; False unless it was a full one."""
    record = json.loads((root / "build" / "run.json").read_text(encoding="utf-8"))
    reused = [name for name, task in record["tasks"].items() if task["cached"]]
    if reused or record["failed"] or set(record["tasks"]) != {task.name for task in TASKS}:
        return False
    kept = {name: record[name] for name in ("python", "machine", "cores", "jobs", "seconds")}
    kept["tasks"] = {
        name: {field: task[field] for field in _KEPT} for name, task in record["tasks"].items()
    }
    write_file(root / MEASURED, json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return True


def provenance(root: Path) -> str:
    """Every embedded table: official origin, compilation it was seen in, licence seen there."""
    text = (root / SOURCES).read_text(encoding="utf-8")
    lines = [
        "| Data | Official origin | Seen in | Licence seen |",
        "|---|---|---|---|",
    ]
    for row in _table(text, "| table | rows | key |"):
        name, _, _, origin, compilation, licence = row
        lines.append(f"| {name} | {origin} | {compilation} | {licence} |")
    return "\n".join(lines)


def compiled(root: Path) -> tuple[int, int]:
    """How many embedded tables were seen in a compilation, and how many there are."""
    rows = list(_table((root / SOURCES).read_text(encoding="utf-8"), "| table | rows | key |"))
    ours = ("computed", "our mapping", "named in `source`", "written down", "the same programmes")
    return sum(not row[4].startswith(ours) for row in rows), len(rows)


def wrapped(text: str, width: int = 100) -> str:
    """Break a paragraph into lines."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def _table(text: str, head: str) -> Iterator[list[str]]:
    """Rows of the Markdown table under `head`."""
    body = text[text.index(head) :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    for line in body:
        yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _ids(root: Path) -> Mapping[str, list[str]]:
    entries = json.loads((root / EXPECTED / "results.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for key, entry in entries.items():
        found.setdefault(entry["exhibit"], []).append(key)
    return found


def _record(root: Path) -> dict[str, Any]:
    path = root / MEASURED
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
