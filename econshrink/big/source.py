"""A table too large for memory: Parquet files, a table of DuckDB, or any Ibis table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

from econshrink.big.extras import extra
from econshrink.big.workspace import Workspace
from econshrink.core.errors import DataError, Fault, SpecError, raise_all

WHOLE, NUMBER, LOGICAL, TEXT = "whole numbers", "numbers", "yes or no", "texts"
FIGURES = (WHOLE, NUMBER, LOGICAL)
Kinds = dict[str, str]
IN_MEMORY = Workspace()


class Source(Protocol):
    """Where the rows are."""

    @property
    def parts(self) -> dict[str, Kinds]:
        """Kinds of the columns of each file, or of the table."""

    @property
    def fingerprint(self) -> str:
        """Text that changes when the rows do."""

    def expression(self, workspace: Workspace, spill: Path) -> Any:
        """The rows as an Ibis table, what does not fit in memory written to `spill`."""


@dataclass(frozen=True)
class Files:
    """Parquet files of the same columns."""

    paths: tuple[Path, ...]

    @cached_property
    def parts(self) -> dict[str, Kinds]:
        """Kinds of the columns of each file."""
        return {path.name: _file_kinds(path) for path in self.paths}

    @property
    def fingerprint(self) -> str:
        """Names, sizes and times of change."""
        return _stamp(self.paths)

    def expression(self, workspace: Workspace, spill: Path) -> Any:
        """The files read by an embedded DuckDB."""
        connection = _duckdb(":memory:", workspace, spill)
        return connection.read_parquet([str(path) for path in self.paths])


@dataclass(frozen=True)
class Stored:
    """A table in a file of DuckDB."""

    path: Path
    name: str

    @cached_property
    def parts(self) -> dict[str, Kinds]:
        """Kinds of the columns."""
        connection = extra("ibis").duckdb.connect(str(self.path), read_only=True)
        try:
            if self.name not in connection.list_tables():
                found = ", ".join(connection.list_tables()[:12]) or "none"
                seen = f"no table '{self.name}' in {self.path.name}"
                raise DataError(Fault(seen, f"one of {found}", "Name it: scan(path, table=…)."))
            return {self.name: _schema_kinds(connection.table(self.name))}
        finally:
            connection.disconnect()

    @property
    def fingerprint(self) -> str:
        """Name, size and time of change of the file."""
        return _stamp((self.path,)) + self.name

    def expression(self, workspace: Workspace, spill: Path) -> Any:
        """The table, read only."""
        return _duckdb(str(self.path), workspace, spill, read_only=True).table(self.name)


@dataclass(frozen=True)
class Expression:
    """A table of Ibis, on any engine: its memory and its disk are that engine's affair."""

    table: Any

    @cached_property
    def parts(self) -> dict[str, Kinds]:
        """Kinds of the columns."""
        return {"the Ibis table": _schema_kinds(self.table)}

    @cached_property
    def fingerprint(self) -> str:
        """What is asked of which tables, and how many rows that gives."""
        return f"{self.table!r} {int(self.table.count().execute())}"

    def expression(self, workspace: Workspace, spill: Path) -> Any:  # noqa: ARG002
        """The table itself."""
        return self.table


@dataclass(frozen=True, eq=False)
class BigTable:
    """A table on disk, and which of its columns say who and when; made by `scan`.

    Parameters
    ----------
    source : Files, Stored or Expression
    unit, time : str
        Columns; empty texts for a table of spells.
    workspace : Workspace
    synthetic : bool
        True for simulated figures; carried into every result.
    """

    own_words: ClassVar[bool] = True

    source: Source
    unit: str = ""
    time: str = ""
    workspace: Workspace = IN_MEMORY
    synthetic: bool = False
    known: dict[Any, Any] = field(default_factory=dict, repr=False)  # what was found out already

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that some file has."""
        return tuple(dict.fromkeys(name for kinds in self.source.parts.values() for name in kinds))

    def kind(self, name: str) -> str:
        """Kind of a column: ``"whole numbers"``, ``"numbers"``, ``"yes or no"`` or ``"texts"``."""
        kinds = [part[name] for part in self.source.parts.values()]
        return kinds[0] if len(set(kinds)) == 1 else NUMBER

    def require(self, figures: Iterable[str] = (), labels: Iterable[str] = ()) -> None:
        """Raise a `DataError` unless every file has these columns, and in one type.

        Takes `figures`: columns of numbers; `labels`: columns of any kind.
        """
        numbers, faults = list(figures), []
        for name in dict.fromkeys([*labels, *numbers]):
            found = {
                part: kinds[name] for part, kinds in self.source.parts.items() if name in kinds
            }
            if len(found) < len(self.source.parts):
                faults.append(self._absent(name, found))
                continue
            faults += _mixed(name, found, name in numbers)
        raise_all(DataError, faults)

    @contextmanager
    def expression(self, spill: Path) -> Iterator[Any]:
        """The rows as an Ibis table; the connection that was opened for it is closed."""
        found = self.source.expression(self.workspace, spill)
        try:
            yield found
        finally:
            if not isinstance(self.source, Expression):
                found.get_backend().disconnect()

    def _absent(self, name: str, found: Kinds) -> Fault:
        if found:
            lacking = [part for part in self.source.parts if part not in found]
            seen = f"no column '{name}' in {_some(lacking)}"
            return Fault(
                seen, f"it in all {len(self.source.parts)} files", "Complete or drop them."
            )
        close = get_close_matches(name, self.columns, 2)
        remedy = f"Did you mean {' or '.join(map(repr, close))}?" if close else "Check the name."
        return Fault(f"no column '{name}'", f"one of {', '.join(self.columns[:40])}", remedy)


def scan(
    source: Any,
    *,
    unit: str = "",
    time: str = "",
    table: str = "",
    workspace: Workspace = IN_MEMORY,
    synthetic: bool = False,
) -> BigTable:
    """Open a table that need not fit in memory; nothing but its columns is read yet.

    Parameters
    ----------
    source : Path, str or Ibis table
        A Parquet file, a folder of Parquet files, a DuckDB file (then name the `table`), or a
        table of Ibis on any engine.
    unit, time : str
        Columns that say who (text or whole numbers) and when (whole numbers), each pair at most
        once; not needed for tables of spells.
    table : str
        Table within a DuckDB file.
    workspace : Workspace
        Folder, memory and jobs of the verbs.
    synthetic : bool
        True for simulated figures.

    Returns
    -------
    BigTable

    Raises
    ------
    MissingExtra
        The extra ``econshrink[big]`` is not installed.
    DataError
        Nothing there, or not of these kinds; no such column, or in some files only; a unit or a
        time of unlike types.

    Notes
    -----
    Parquet files sorted by unit and time are read as they are, in one go. Anything else is first
    sorted by the engine into the workspace, once, with the columns that a verb uses. An Ibis
    table is known by its text and its number of rows: change rows in place and the workspace
    must be emptied by hand.

    Examples
    --------
    >>> scan("cells", unit="cell", time="year")  # doctest: +SKIP
    BigTable(source=Files(paths=(PosixPath('cells/2001.parquet'), ...
    """
    found = BigTable(_opened(source, table), unit, time, workspace, synthetic)
    labels = [name for name in (unit, time) if name]
    found.require(labels=labels)
    raise_all(DataError, _key_faults(found))
    return found


def checked_table(table: Any, verb: str, *, spells: bool = False) -> BigTable:
    """The table, or a `SpecError` that shows the right call."""
    if not isinstance(table, BigTable):
        keys = "" if spells else ', unit="cell", time="year"'
        seen = f"{type(table).__name__} for the table of {verb}"
        raise SpecError(Fault(seen, "a BigTable", f"Open it: scan(path{keys})."))
    if not spells and not (table.unit and table.time):
        seen = "a table without unit and time"
        remedy = 'Name them: scan(path, unit="cell", time="year").'
        raise SpecError(Fault(seen, f"both, for {verb}", remedy))
    return table


def _opened(source: Any, table: str) -> Source:
    if hasattr(source, "to_pyarrow_batches") and hasattr(source, "schema"):
        extra("ibis")
        return Expression(source)
    if not isinstance(source, str | Path):
        seen = f"{type(source).__name__} as a source"
        raise SpecError(Fault(seen, "a path or an Ibis table", "Write scan('cells.parquet', …)."))
    path = Path(source)
    if not path.exists():
        raise DataError(Fault(f"nothing at {path}", "a file or folder", "Check the path."))
    if table:
        extra("duckdb")
        return Stored(path, table)
    extra("pyarrow")
    paths = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not paths:
        seen = f"no *.parquet below {path}"
        raise DataError(Fault(seen, "Parquet files", "Name the folder that holds them."))
    return Files(tuple(paths))


def _duckdb(path: str, workspace: Workspace, spill: Path, **options: Any) -> Any:
    spill.mkdir(parents=True, exist_ok=True)
    return extra("ibis").duckdb.connect(
        path,
        memory_limit=f"{workspace.memory_mb}MB",
        temp_directory=str(spill),
        threads=workspace.jobs or 1,
        preserve_insertion_order=False,
        **options,
    )


def _file_kinds(path: Path) -> Kinds:
    try:
        schema = extra("pyarrow.parquet").read_schema(path)
    except (OSError, ValueError) as problem:  # pyarrow's errors are kinds of these
        seen = f"{path.name}, which is not a whole Parquet file ({problem})"
        raise DataError(Fault(seen, "Parquet files", "Write it again or remove it.")) from problem
    return {each.name: _arrow_kind(each.type) for each in schema}


def _arrow_kind(kind: Any) -> str:
    types = extra("pyarrow").types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_integer(kind):
        return WHOLE
    if types.is_floating(kind) or types.is_decimal(kind):
        return NUMBER
    if types.is_boolean(kind):
        return LOGICAL
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return TEXT
    return str(kind)


def _schema_kinds(table: Any) -> Kinds:
    found = {}
    for name, kind in table.schema().items():
        if kind.is_integer():
            found[name] = WHOLE
        elif kind.is_floating() or kind.is_decimal():
            found[name] = NUMBER
        elif kind.is_boolean():
            found[name] = LOGICAL
        else:
            found[name] = TEXT if kind.is_string() else str(kind)
    return found


def _mixed(name: str, found: Kinds, figures: bool) -> list[Fault]:
    """Faults of a column that is not of one kind in all files, or no number where one is needed."""
    kinds = {"numbers" if kind in FIGURES and figures else kind for kind in found.values()}
    if len(kinds) > 1:
        examples = {kind: part for part, kind in reversed(found.items())}
        both = " and ".join(f"{kind} in {examples[kind]}" for kind in sorted(examples))
        return [Fault(f"'{name}' as {both}", "one type in all files", "Write the files alike.")]
    if figures and kinds != {"numbers"}:
        seen = f"'{name}' of type {next(iter(kinds))}"
        return [Fault(seen, "numbers", "Convert the column, or leave it out.")]
    return []


def _key_faults(table: BigTable) -> list[Fault]:
    faults = []
    if table.unit and table.kind(table.unit) not in {WHOLE, TEXT}:
        seen = f"identifiers of type {table.kind(table.unit)} in '{table.unit}'"
        faults.append(Fault(seen, "text or whole numbers", "Convert the column."))
    if table.time and table.kind(table.time) != WHOLE:
        seen = f"'{table.time}' of type {table.kind(table.time)}"
        faults.append(Fault(seen, "whole numbers, such as years", "Convert the column."))
    return faults


def _stamp(paths: Iterable[Path]) -> str:
    hasher = hashlib.sha256()
    for path in paths:
        state = path.stat()
        hasher.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return hasher.hexdigest()


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
