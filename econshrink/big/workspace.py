"""Where a run on disk works: its folder, its memory, what it keeps for the next start."""

from __future__ import annotations

import errno
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from econshrink.core.checkpoint import Checkpoint
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.parallel import parallel_map

PART_ROWS = 1_000_000  # rows read together: some 100 MB for ten columns
LEAST_MEMORY = 100  # MB that the sort of an embedded database can work with
SPARE = 1.1  # of a disk that is asked for, beside the estimate


@dataclass(frozen=True)
@typed_fields
class Workspace:
    """Where and with what means a run beyond memory works.

    Parameters
    ----------
    folder : Path or str, optional
        Keeps sorted copies, Grams and finished pieces: the same call after a kill goes on from
        there. Without it a temporary folder is used and removed, so nothing can be resumed. It
        is yours to delete.
    memory_mb : int
        What the embedded database may take, in megabytes. Python with its packages takes some
        250 beside it.
    jobs : int, optional
        Processes that work on parts of the table; default as in `core.parallel.parallel_map`.
    part_rows : int
        Rows that are read together. The last digits of sums depend on it, nothing else.

    Raises
    ------
    SpecError
        Too little memory, fewer than one job or one row.

    Examples
    --------
    >>> Workspace("work", memory_mb=700).memory_mb
    700
    """

    folder: Path | str | None = None
    memory_mb: int = 500
    jobs: int | None = None
    part_rows: int = PART_ROWS

    def __post_init__(self) -> None:
        faults = []
        if self.memory_mb < LEAST_MEMORY:
            seen = f"memory_mb {self.memory_mb}"
            faults.append(Fault(seen, f"at least {LEAST_MEMORY}", "Give it more."))
        for name, value in (("jobs", self.jobs), ("part_rows", self.part_rows)):
            if value is not None and value < 1:
                faults.append(Fault(f"{name} {value}", "at least 1", "Mend it."))
        raise_all(SpecError, faults)


@dataclass(frozen=True, eq=False)
class Place:
    """The folder of one task while it runs."""

    folder: Path
    digest: str
    workspace: Workspace

    def over(
        self, function: Callable[..., Any], items: Any, label: str, shared: Any = None
    ) -> list[Any]:
        """Results of all items, kept one by one: a later run of the same task goes on from them."""
        checkpoint = Checkpoint(self.folder / label.replace(" ", "-"), self.digest)
        jobs = self.workspace.jobs
        shown = label if len(items) > 1 else ""
        return parallel_map(
            function, items, jobs=jobs, label=shown, shared=shared, checkpoint=checkpoint
        )

    def require_space(self, size: float, what: str) -> None:
        """Say how many bytes are needed; refuse if the disk has not got them."""
        free = shutil.disk_usage(self.folder)[2]
        if size * SPARE > free:
            raise DataError(
                Fault(
                    f"{what} needs about {in_words(size)} and {self.folder} has {in_words(free)}",
                    f"{in_words(size * SPARE)} of free disk",
                    "Free some, or name a folder on a larger disk: Workspace(folder=…).",
                )
            )
        if size > 100e6:
            sys.stderr.write(
                f"{what}: about {in_words(size)} in {self.folder}, {in_words(free)} free\n"
            )
            sys.stderr.flush()


@contextmanager
def at_work(workspace: Workspace, name: str, *what: object) -> Iterator[Place]:
    """A folder for one task, the same for the same `what`; a full disk ends in a `DataError`.

    Takes `name` of the task; `what` it depends on, things with a telling ``repr``.
    """
    text = "\n".join([str(workspace.part_rows), *map(repr, what)])
    digest = hashlib.sha256(text.encode()).hexdigest()
    if workspace.folder is not None:
        folder = Path(workspace.folder) / f"{name}-{digest[:12]}"
        with _full_disk(folder, kept=True):
            folder.mkdir(parents=True, exist_ok=True)
            yield Place(folder, digest, workspace)
        return
    with tempfile.TemporaryDirectory(prefix="econshrink-big-") as temporary:
        folder = Path(temporary)
        with _full_disk(folder, kept=False):
            yield Place(folder, digest, workspace)


@contextmanager
def _full_disk(folder: Path, kept: bool) -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        if not _no_space(problem):
            raise
        after = f"Free some and run the same call again: it goes on from {folder}."
        if not kept:
            after = "Free some, or name a folder on a larger disk: Workspace(folder=…)."
        seen = f"a full disk below {folder}"
        raise DataError(Fault(seen, "room for the pieces of this run", after)) from problem


def _no_space(problem: BaseException) -> bool:
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return True
    words = ("No space left on device", "failed to offload", "max_temp_directory_size")
    return type(problem).__module__.startswith(("duckdb", "_duckdb", "pyarrow")) and any(
        word in str(problem) for word in words
    )


def in_words(size: float) -> str:
    """A number of bytes in words.

    Examples
    --------
    >>> in_words(3.21e9), in_words(5e5)
    ('3.2 GB', '1 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, size / 1e6):.0f} MB"
