"""Task: one node of the graph that builds the paper, and the checks of that graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from econshrink import Fault, SpecError
from econshrink.core.errors import raise_all

ALL = "*"


@dataclass(frozen=True)
class Task:
    """A function ``run(work: Workspace) -> None`` with what it needs.

    Parameters
    ----------
    name : str
        Name of the task, of its log, and of its folder of intermediate nouns.
    folder : str
        Folder of `analyses` that holds its script.
    needs : tuple of str
        Tasks whose outputs it reads. ``"*"`` stands for all tasks that do not say so themselves.
    module : str
        Where the function lives; default ``analyses.<folder>.<name>``.
    function : str
        Name of the function.
    inputs : tuple of str
        Files it reads that are neither code of the project nor outputs of `needs`: paths or glob
        patterns under the project root, such as ``"paper/*.typ"``.
    heavy : bool
        False if it imports no scientific package, and therefore starts at once.
    cores : int
        Cores it uses; one that uses as many as there are runs alone.

    Examples
    --------
    >>> Task("census_counts", "shrinkage", needs=("panel",)).module
    'analyses.shrinkage.census_counts'
    """

    name: str
    folder: str = ""
    needs: tuple[str, ...] = ()
    module: str = ""
    function: str = "run"
    inputs: tuple[str, ...] = ()
    heavy: bool = True
    cores: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", tuple(self.needs))
        object.__setattr__(self, "inputs", tuple(self.inputs))
        place = ("analyses", self.folder, self.name)
        object.__setattr__(self, "module", self.module or ".".join(filter(None, place)))


def ordered(tasks: Sequence[Task]) -> list[Task]:
    """Check the graph and return its tasks, needs before users, ``*`` written out.

    Raises
    ------
    SpecError
        A name twice, an unknown need, a circle, or no task at all.
    """
    names = [task.name for task in tasks]
    faults = [
        Fault(f"two tasks named '{name}'", "each name once", "Rename one in analyses/config.py.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if not tasks:
        faults.append(Fault("no task", "at least one", "List tasks in analyses/config.py."))
    common = tuple(task.name for task in tasks if ALL not in task.needs)
    full = [replace(task, needs=_written_out(task.needs, common)) for task in tasks]
    for task in full:
        for need in task.needs:
            if need not in names:
                faults.append(
                    Fault(
                        f"need '{need}'",
                        "the name of a task",
                        "Mend analyses/config.py.",
                        f"task {task.name}",
                    )
                )
    raise_all(SpecError, faults)
    try:
        order = TopologicalSorter({task.name: task.needs for task in full}).static_order()
        by_name = {task.name: task for task in full}
        return [by_name[name] for name in order]
    except CycleError as problem:
        circle = " -> ".join(problem.args[1])
        raise SpecError(
            Fault(f"tasks that need each other ({circle})", "no circle", "Split one of them.")
        ) from problem


def _written_out(needs: tuple[str, ...], common: tuple[str, ...]) -> tuple[str, ...]:
    if ALL not in needs:
        return needs
    return (*common, *(name for name in needs if name != ALL))


def ancestors(tasks: Sequence[Task], only: Sequence[str]) -> list[Task]:
    """Keep the tasks named in `only` and all they need; `tasks` must be ordered."""
    known = {task.name for task in tasks}
    raise_all(
        SpecError,
        [
            Fault(f"task '{name}'", f"one of {', '.join(sorted(known))}", "Check the spelling.")
            for name in only
            if name not in known
        ],
    )
    wanted = set(only)
    for task in reversed(tasks):
        if task.name in wanted:
            wanted.update(task.needs)
    return [task for task in tasks if task.name in wanted]
