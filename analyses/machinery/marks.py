"""Digests of files, remembered from build to build as long as nobody wrote to them."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from econshrink.core.files import write_file

FILE = "marks.json"
_COARSE = 1_000_000_000  # nanoseconds; what some file systems round their times to
_FINE = 50_000_000  # several ticks of the clocks of the others


def file_digest(path: Path) -> str:
    """SHA-256 of one file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Marks:
    """SHA-256 of files. The content decides; a file's size and times only say whether to read it.

    A file whose size, number and times of its last write and last change are those of the last
    reading is not read again. The time of change cannot be set back, so a copy that keeps the old
    time of writing is read; a file so young that a later write could bear the same time is not
    remembered.

    Parameters
    ----------
    path : Path, optional
        Where they are kept; None to remember nothing beyond this object.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        kept = _read(path) if path else {}
        self._files: dict[str, list[Any]] = kept.get("files", {})
        self.notes: dict[str, Any] = kept.get("notes", {})  # what else may be kept beside them
        self._seen: set[str] = set()
        self._before = json.dumps(kept, sort_keys=True)

    def of(self, path: str) -> str:
        """Digest of a file; `FileNotFoundError` if there is none."""
        stat = os.stat(path)  # noqa: PTH116  (a thousand times a build)
        now = [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
        self._seen.add(path)
        held = self._files.get(path)
        if held is not None and held[:-1] == now:
            return str(held[-1])
        self._files.pop(path, None)
        started = time.time_ns()
        mark = file_digest(Path(path))
        last = max(now[2:])
        if started - last > (2 * _COARSE if last % _COARSE == 0 else _FINE):
            self._files[path] = [*now, mark]
        return mark

    def save(self) -> None:
        """Keep what this build asked for, if it differs from what is kept."""
        if self._path is None:
            return
        files = {path: self._files[path] for path in sorted(self._seen & set(self._files))}
        kept = {"files": files, "notes": self.notes}
        text = json.dumps(kept, sort_keys=True)
        if text != self._before:
            write_file(self._path, text)
            self._before = text


def _read(path: Path) -> dict[str, Any]:
    """What was kept; a damaged file means that everything is read again."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    whole = isinstance(tree, dict) and all(
        isinstance(tree.get(part), dict) for part in ("files", "notes")
    )
    return tree if whole else {}
