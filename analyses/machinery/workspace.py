"""Workspace: what a task function may read and write, and the record of what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyses.machinery.results import Entry, Result, dump, merge, reread, to_entries
from econshrink.core.errors import Fault, SpecError
from econshrink.core.files import write_file

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from analyses.machinery.exhibit import Exhibit
    from econshrink import Estimate, Table


@dataclass
class Workspace:
    """Handed to every task function; all files of a task go through it.

    Parameters
    ----------
    task : str
        Name of the running task.
    build : Path
        Folder of everything made.
    root : Path
        Folder of the project.
    needs : tuple of str
        Tasks whose outputs may be read.
    source_digest : str
        Digest of code and manuscript, printed in the paper.
    inputs : tuple of str
        Files the task named as its inputs, as it named them.
    """

    task: str
    build: Path
    root: Path
    needs: tuple[str, ...] = ()
    source_digest: str = ""
    inputs: tuple[str, ...] = ()
    outputs: list[str] = field(default_factory=list)
    _results: list[Result] = field(default_factory=list)

    def load(self, task: str, name: str) -> Any:
        """Read the noun `name` that `task` saved; `task` must be among the needs."""
        # storage imports numpy and pandas, which the typesetting task must not wait for
        from econshrink import load  # noqa: PLC0415

        self._require(task)
        found = sorted(self._nouns(task).glob(f"{name}.*"))
        if not found:
            held = sorted(path.stem for path in self._nouns(task).glob("*.*"))
            raise SpecError(
                Fault(
                    f"no noun '{name}' of task '{task}'",
                    f"one of {', '.join(held) or 'none: it saved nothing'}",
                    "Check the name, or save it there.",
                    f"task {self.task}",
                )
            )
        return load(found[0])

    def save(self, noun: Any, name: str, suffix: str = ".npz") -> None:
        """Save a noun for later tasks, as ``.npz`` or ``.json``."""
        from econshrink import save  # noqa: PLC0415  (as in `load`)

        self._record(save(noun, self._nouns(self.task) / f"{name}{suffix}"))

    def table(self, table: Table) -> None:
        """Write a table to ``build/tables`` as typ, tex, csv, md and html."""
        from econshrink.report import write_table  # noqa: PLC0415  (as in `load`)

        for path in write_table(table, self.build / "tables"):
            self._record(path)

    def exhibit(self, exhibit: Exhibit, frame: pd.DataFrame, notes: Sequence[str] = ()) -> None:
        """Write the table that `exhibit` makes of `frame`, and record its numbers."""
        self.table(exhibit.table(frame, notes))
        self._results += exhibit.results(frame)

    def figure(self, figure: Figure, name: str, synthetic: bool = False, *, alt: str = "") -> None:
        """Write a figure to ``build/figures`` as svg, pdf and png, and what it shows in words.

        `alt` is read to those who do not see the figure: the kind of picture, its axes, and what
        stands out in it. Cities bear both names, such as ``"Hegang 鹤岗市"``.
        """
        from analyses.machinery.letters import check_letters  # noqa: PLC0415  (as in `load`)
        from econshrink.report import save_figure  # noqa: PLC0415

        check_letters(figure, name)
        paths = save_figure(figure, self.build / "figures", name, synthetic=synthetic)
        for path in paths:
            self._record(path)
        self.write(f"figures/{paths[0].stem}.alt.txt", alt or name)

    def result(
        self,
        id: str,  # noqa: A002  (the name of the field in results.json)
        value: Any,
        kind: str,
        unit: str = "",
        exhibit: str = "",
        synthetic: bool = False,
    ) -> None:
        """Record one number or label for results.json."""
        self._results.append(Result(id, value, kind, unit, exhibit, synthetic))

    def count(self, id: str, value: Any, unit: str = "", exhibit: str = "") -> None:  # noqa: A002
        """Record a whole number of kind ``count``."""
        self.result(id, value, "count", unit, exhibit)

    def estimate(
        self, prefix: str, estimate: Estimate, exhibit: str = "", kind: str = "estimate"
    ) -> None:
        """Record each term's estimate, standard error and p-value, and the observations.

        Ids are ``<prefix>.<term>.estimate``, ``.se``, ``.p`` and ``<prefix>.nobs``. With kind
        ``iterative`` the standard errors have that kind too.
        """
        tidy = estimate.tidy()
        error_kind = "iterative" if kind == "iterative" else "se"
        for row in tidy.to_dict("records"):
            stem = f"{prefix}.{slug(str(row['term']))}"
            made = estimate.synthetic
            self.result(f"{stem}.estimate", row["estimate"], kind, "", exhibit, made)
            self.result(f"{stem}.se", row["std_error"], error_kind, "", exhibit, made)
            self.result(f"{stem}.p", row["p_value"], "p", "", exhibit, made)
        self.result(
            f"{prefix}.nobs", estimate.nobs, "count", "observations", exhibit, estimate.synthetic
        )

    def write(self, path: str, content: bytes | str) -> Path:
        """Write any other file, `path` relative to the build folder."""
        return self._record(write_file(self.build / path, content))

    def results(self) -> dict[str, Entry]:
        """Merged result entries of all needed tasks, sorted by id."""
        return merge(
            {
                task: reread(path)
                for task in sorted(self.needs)
                if (path := self.build / "results" / f"{task}.json").exists()
            }
        )

    def adopt(self, path: Path) -> None:
        """Record a file of the build folder that the task wrote itself."""
        self._record(path)

    def finish(self) -> list[str]:
        """Write the results of the task; return all its outputs, relative to the build folder."""
        if self._results:
            self.write(f"results/{self.task}.json", dump(to_entries(self._results)))
        return sorted(set(self.outputs))

    def _nouns(self, task: str) -> Path:
        return self.build / "nouns" / task

    def _record(self, path: Path) -> Path:
        self.outputs.append(path.relative_to(self.build).as_posix())
        return path

    def _require(self, task: str) -> None:
        if task not in self.needs:
            raise SpecError(
                Fault(
                    f"task '{self.task}' reading from '{task}'",
                    f"a task among its needs ({', '.join(self.needs) or 'none'})",
                    f"Add '{task}' to the needs of '{self.task}' in analyses/config.py.",
                )
            )


def slug(text: str) -> str:
    """Turn a term's or province's name into a part of an id.

    Examples
    --------
    >>> slug("Inner Mongolia"), slug("np.log(gdp)")
    ('inner_mongolia', 'np_log_gdp')
    """
    words = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return "_".join(words)


TaskFunction = Callable[[Workspace], None]
