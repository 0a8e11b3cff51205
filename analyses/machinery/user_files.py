"""Files of the user: ``make paper FLOWS=file`` replaces, ``make paper DATA=file`` adds."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyses.machinery.tasks import Task
from econshrink import DataError, Fault

FLOWS = "build/user/flows.csv"  # relative to the project's folder
FLOW_TASKS = ("network_flows",)
YEARBOOK = Task("yearbook", "data")  # part of a build only where a yearbook is given


def with_flows(tasks: Sequence[Task], file: str, root: Path) -> tuple[Task, ...]:
    """Copy the user's flows to where the tasks look for them, or clear that place.

    Parameters
    ----------
    tasks : sequence of Task
    file : str
        Path of a list ``origin, destination, flow`` and perhaps ``year``; empty for none.
    root : Path

    Returns
    -------
    tuple of Task
        The tasks that read flows have the copy among their inputs.

    Raises
    ------
    DataError
        No such file.
    """
    target = root / FLOWS
    if not file:
        target.unlink(missing_ok=True)
        return tuple(tasks)
    source = Path(file)
    if not source.is_file():
        raise DataError(
            Fault("no such file", "a CSV of flows", "Check the path after FLOWS=.", file)
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.resolve() != target.resolve():
        shutil.copyfile(source, target)
    return tuple(
        replace(task, inputs=(*task.inputs, FLOWS)) if task.name in FLOW_TASKS else task
        for task in tasks
    )


def with_data(tasks: Sequence[Task], file: str) -> tuple[Task, ...]:
    """Put a task for a user's yearbook, whose exhibits it adds, before the others.

    Raises
    ------
    DataError
        There is no such file.

    Examples
    --------
    >>> [task.name for task in with_data((), __file__)], with_data((), "")
    (['yearbook'], ())
    """
    if not file:
        return tuple(tasks)
    path = Path(file).expanduser().resolve()
    if not path.exists():
        raise DataError(
            Fault(
                f"no file {file}",
                "a yearbook file, or a folder of them",
                "Check the path: make paper DATA=path/to/file.xlsx.",
                "DATA",
            )
        )
    return (replace(YEARBOOK, inputs=(str(path),)), *tasks)
