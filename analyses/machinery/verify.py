"""`make verify`: rebuild or reuse, then compare every number with the expected one."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from analyses.machinery.compare import as_json, compare, report, tally
from analyses.machinery.marks import FILE as MARKS, file_digest
from analyses.machinery.numbering import LISTED, listed
from analyses.machinery.results import Entry, dump, read
from analyses.machinery.run_record import (
    MANIFEST,
    PDFS,
    data_hashes,
    made_exhibits,
    recorded,
    write_records,
)
from analyses.machinery.runner import ROOT, STATE, Builder, results_of
from analyses.machinery.tasks import Task, ordered
from econshrink.core.files import write_file

EXPECTED = Path("paper") / "expected" / "results.json"
_SHOWN_HASHES = (".pdf", ".svg")

Say = Callable[[str], None]


def build(
    tasks: Sequence[Task],
    only: Sequence[str] = (),
    *,
    root: Path = ROOT,
    folder: Path | None = None,
    jobs: int = 2,
    say: Say = print,
) -> int:
    """Build and write the records; return 0, or 1 if a task failed."""
    builder = Builder(tasks, root, folder or root / "build", jobs, say)
    done = builder.run(only)
    if done.ran or done.failed or not recorded(builder):
        entries: Mapping[str, Entry] = {}
        if done.ok:
            entries = results_of(builder.build, [task.name for task in ordered(tasks)])
        write_records(builder, entries)
    say(done.summary())
    if done.out_of_date:
        old = [path for path in done.out_of_date if path.endswith(".pdf")] or done.out_of_date
        say(
            f"{len(done.out_of_date)} files of an earlier build are out of date, such as "
            f"{builder.build / old[0]}"
        )
    if done.ok:
        for path in (builder.build / name for name in PDFS):
            if path.exists():
                say(f"{path.stem}: {path}")
    return 0 if done.ok else 1


def verify(
    tasks: Sequence[Task],
    *,
    root: Path = ROOT,
    jobs: int = 2,
    twice: bool = False,
    say: Say = print,
) -> int:
    """Check inputs, build, compare with the expected results; return 0 only if all agree.

    Parameters
    ----------
    tasks : sequence of Task
    root : Path
        Folder of the project.
    jobs : int
    twice : bool
        Build twice from nothing in temporary folders and compare every byte as well.
    say : callable
        Receives the printed lines.

    Returns
    -------
    int
        Exit status: 1 on a changed input, a failed task, or any difference.
    """
    changed = input_differences(root)
    for line in changed:
        say(f"input changed: {line}")
    if changed:
        return 1
    say(f"inputs: {len(data_hashes(root))} embedded tables as in {MANIFEST.as_posix()}")
    if build(tasks, root=root, jobs=jobs, say=say):
        return 1
    folder = root / "build"
    found = read(folder / "results.json")
    path = root / EXPECTED
    if not path.exists():
        say(f"no {EXPECTED.as_posix()}: adopt the present numbers with `make accept`")
        return 1
    expected = read(path)
    differences = compare(expected, found)
    counted = tally({**expected, **found}, differences)
    text = report(differences, counted)
    hashes = "".join(f"| {name} | {mark} |\n" for name, mark in _hashes(folder).items())
    say(text)
    write_file(
        folder / "verify.md",
        f"# Verification\n\n{text}\n## Hashes, for information\n\n| File | SHA-256 |\n|---|---|\n"
        f"{hashes}",
    )
    write_file(folder / "verify.json", as_json(differences, counted))
    say(f"{len(differences)} differences; see {folder / 'verify.md'}")
    moved = exhibit_differences(root, _made(root, tasks))
    for line in moved:
        say(line)
    status = 1 if differences or moved else 0
    return max(status, build_twice(tasks, root=root, jobs=jobs, say=say)) if twice else status


def input_differences(root: Path) -> list[str]:
    """Embedded tables that are missing, changed, or not in their manifest."""
    folder = (root / MANIFEST).parent
    stated = data_hashes(root)
    lines = []
    if not stated:
        return [f"{MANIFEST.as_posix()} is missing or names no file"]
    for name, mark in sorted(stated.items()):
        path = folder / name
        if not path.exists():
            lines.append(f"{name} is missing")
            continue
        try:
            seen = hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
        except (OSError, EOFError, zlib.error) as problem:
            lines.append(f"{name} cannot be decompressed ({problem})")
            continue
        if seen != mark:
            lines.append(f"{name} holds text with SHA-256 {seen}, the manifest says {mark}")
    tables = {path.name for path in folder.glob("*.gz")}
    lines += [f"{name} is not in the manifest" for name in sorted(tables - set(stated))]
    return lines


def exhibit_differences(root: Path, made: Mapping[str, str]) -> list[str]:
    """Tables and figures that are no longer made, are new, or come from another task."""
    known = listed(root)
    lines = [f"{name} of {known[name]} is not made" for name in sorted(set(known) - set(made))]
    lines += [f"{name} of {made[name]} is new" for name in sorted(set(made) - set(known))]
    lines += [
        f"{name} comes from {made[name]}, not from {known[name]}"
        for name in sorted(set(made) & set(known))
        if made[name] != known[name]
    ]
    return lines


def _made(root: Path, tasks: Sequence[Task]) -> dict[str, str]:
    state = json.loads((root / "build" / STATE).read_text(encoding="utf-8"))
    return made_exhibits(state, tasks)


def build_twice(
    tasks: Sequence[Task], *, root: Path = ROOT, jobs: int = 2, say: Say = print
) -> int:
    """Build twice from nothing and compare every output byte by byte; return 1 on a difference."""
    parent = root / "build"
    parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=".twice-", dir=parent))  # Typst reads below the root only
    try:
        trees = []
        for name in ("first", "another"):  # names of unlike length: a path in an output shows
            say(f"building from nothing ({name})")
            if build(tasks, root=root, folder=holder / name, jobs=jobs, say=say):
                return 1
            trees.append(_contents(holder / name))
        return _compare_bytes(trees[0], trees[1], say)
    finally:
        shutil.rmtree(holder)


def accept(tasks: Sequence[Task], *, root: Path = ROOT, jobs: int = 2, say: Say = print) -> int:
    """Print the difference to the expected results and adopt the present ones.

    Refused where the environment says ``CI=true``: what is expected is decided by a person.
    """
    if os.environ.get("CI", "").lower() in ("true", "1"):
        say("accept is refused on a build server: run it by hand and commit the file")
        return 1
    if build(tasks, root=root, jobs=jobs, say=say):
        return 1
    found = read(root / "build" / "results.json")
    path = root / EXPECTED
    expected = read(path) if path.exists() else {}
    differences = compare(expected, found)
    say(report(differences, tally({**expected, **found}, differences)))
    write_file(path, dump({key: _without_task(entry) for key, entry in found.items()}))
    say(f"{EXPECTED.as_posix()} now holds {len(found)} numbers")
    made = _made(root, tasks)
    for line in exhibit_differences(root, made):
        say(line)
    write_file(root / LISTED, json.dumps(made, indent=1) + "\n")
    return 0


def _without_task(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != "task"}


def _contents(folder: Path) -> dict[str, str]:
    """Hashes of what the tasks made; logs, times and state differ by nature."""
    skipped = {STATE, MARKS, "run.json", "exhibits.md"}
    return {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "log" and path.name not in skipped
    }


def _compare_bytes(first: Mapping[str, str], second: Mapping[str, str], say: Say) -> int:
    names = sorted(set(first) | set(second))
    unlike = [name for name in names if first.get(name) != second.get(name)]
    for name in unlike:
        say(f"bytes differ: {name}")
    endings: dict[str, int] = {}
    for name in set(names) - set(unlike):
        ending = Path(name).suffix.lstrip(".") or name
        endings[ending] = endings.get(ending, 0) + 1
    same = ", ".join(f"{count} {ending}" for ending, count in sorted(endings.items()))
    say(f"two builds: {len(names) - len(unlike)} of {len(names)} files identical ({same})")
    return 1 if unlike else 0


def _hashes(folder: Path) -> dict[str, str]:
    paths = [path for path in sorted(folder.glob("**/*")) if path.suffix in _SHOWN_HASHES]
    return {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in paths
        if ".twice" not in path.as_posix()
    }
