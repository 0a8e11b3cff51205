"""CityPanel: figures by city and year, each cell with a status."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from econshrink.core.columns import as_numbers, row_key
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.selection import chosen
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import panel_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

STATUSES = (
    "reported",  # as published
    "interpolated",  # filled between published years by the compiler
    "rebased",  # level moved to a new base (census, boundary)
    "wrong_concept",  # another concept in the column, such as registered population
    "revised",  # replaced by a later official figure
    "estimated",  # produced by a model of ours (closure, imputation, simulation)
    "suspect",  # a stated rule says the figure may be wrong
)

FIRST_YEAR, LAST_YEAR = 1900, 2200
ROWS = 131_072  # that a digest reads at a time
LONGEST_TIME = 1_000_000  # of a panel whose time is not the calendar year


@register
@dataclass(frozen=True, eq=False, repr=False)
class CityPanel(Shown):
    """Figures by city and year.

    Parameters
    ----------
    frame : DataFrame
        Index ``(city, year)``: the unit's own identifier, all text or all integers and kept as
        given (the Chinese tables use six-character GB/T 2260 codes), and an integer year; unique.
        Columns are numeric variables: people in persons, money in yuan, areas in km2, shares
        between 0 and 1, rates per person unless `terms` says otherwise. Missing cells are NaN.
    status : DataFrame, optional
        Same index as `frame`, a subset of its columns, cells from `STATUSES` or missing where
        the figure is missing. Columns without a status are taken as given.
    attributes : DataFrame, optional
        Index city; attributes that do not change (name_en, name_zh, province, region ...).
    source : str
        Where the figures come from, one line.
    synthetic : bool
        True for simulated figures; carried into every result and printed with it.
    labels : DataFrame, optional
        Same index as `frame`: columns that are no numbers and change over the years, such as the
        party in office. They serve as effects, clusters and in ``C()``, never as numbers.
    unit, time : str
        What the user calls city and year; effects, clusters and tables print these names. A
        column of the user's may itself be called ``city`` or ``year``.

    Raises
    ------
    DataError
        Duplicate (city, year), missing or mixed identifiers, year out of range, non-numeric or
        infinite cell, empty panel, unknown status: all mistakes are listed at once.

    Examples
    --------
    >>> panel = CityPanel.from_long(
    ...     pd.DataFrame({"city": ["230400", "230400"], "year": [2010, 2011],
    ...                   "population": [1058665, 1042000]}), source="bulletin")
    >>> panel.wide("population")
    year         2010       2011
    city
    230400  1058665.0  1042000.0
    """

    frame: pd.DataFrame
    status: pd.DataFrame = field(default_factory=pd.DataFrame)
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)
    source: str = ""
    synthetic: bool = False
    labels: pd.DataFrame = field(default_factory=pd.DataFrame)
    unit: str = "city"
    time: str = "year"

    def __post_init__(self) -> None:
        given = _index_as_given(self.frame)
        raise_all(DataError, _index_faults(given, self.unit, self.time))
        frame, faults = _numeric(given)
        raise_all(DataError, faults)
        if not frame.index.is_monotonic_increasing:
            frame = frame.sort_index()
        status = self.status if len(self.status.columns) else pd.DataFrame(index=frame.index)
        raise_all(DataError, _status_faults(frame, status))
        attributes = self.attributes.copy()
        if len(attributes.columns):
            raise_all(DataError, _attribute_faults(frame, attributes))
        cities = pd.Index(frame.index.unique("city"), name="city")
        object.__setattr__(self, "frame", frame)
        object.__setattr__(self, "status", status.reindex(frame.index))
        object.__setattr__(self, "attributes", attributes.reindex(cities).rename_axis("city"))
        if len(self.labels.columns):
            object.__setattr__(self, "labels", self.labels.reindex(frame.index))

    def _page(self) -> Page:
        return panel_page(self)

    @classmethod
    def from_long(
        cls,
        table: pd.DataFrame,
        *,
        status: pd.DataFrame | None = None,
        attributes: pd.DataFrame | None = None,
        source: str = "",
        synthetic: bool = False,
    ) -> CityPanel:
        """Build a panel from a long table that has columns ``city`` and ``year``."""
        missing = [name for name in ("city", "year") if name not in table.columns]
        if missing:
            raise DataError(
                Fault(
                    f"columns {list(map(str, table.columns))[:12]}",
                    "columns 'city' and 'year' among them",
                    f"Add or rename: {', '.join(missing)}.",
                )
            )
        try:
            indexed = table.set_index(["city", "year"])
        except (OverflowError, TypeError, ValueError) as problem:  # pandas itself cannot sort them
            seen = f"identifiers that cannot be told apart ({problem})"
            remedy = "Make them text: table['city'] = table['city'].astype(str)."
            raise DataError(Fault(seen, "text or integers, all of one type", remedy)) from problem
        return cls(
            indexed,
            pd.DataFrame() if status is None else status,
            pd.DataFrame() if attributes is None else attributes,
            source,
            synthetic,
        )

    @property
    def cities(self) -> tuple[str, ...]:
        """Identifiers of the cities, sorted; integers where they were given so."""
        return tuple(self.frame.index.unique("city"))

    @property
    def years(self) -> tuple[int, ...]:
        """Years with at least one row, sorted."""
        return tuple(sorted(int(year) for year in self.frame.index.unique("year")))

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(self.frame.columns)

    def column(self, name: str) -> pd.Series:
        """Return one variable, or raise a `DataError` that lists the variables there are."""
        if name not in self.frame.columns:
            raise DataError(
                Fault(
                    f"no variable '{name}'",
                    f"one of {', '.join(self.variables)}",
                    "Check the spelling or add it with `with_variables`.",
                )
            )
        return self.frame[name]

    def role(self, name: str) -> str:
        """``"unit"`` or ``"time"`` if `name` stands for one of them, else an empty text.

        ``city`` and ``year`` are understood in every panel that has no column of that name.
        """
        if name == self.unit:
            return "unit"
        if name == self.time:
            return "time"
        taken = name in self.frame.columns or name in self.attributes or name in self.labels
        return "" if taken else {"city": "unit", "year": "time"}.get(name, "")

    @property
    def groupings(self) -> tuple[str, ...]:
        """Names that can serve as effect or cluster: unit, time, attributes, labels, variables."""
        names = [self.unit, self.time, *self.attributes, *self.labels, *self.frame]
        return tuple(dict.fromkeys(map(str, names)))

    def wide(self, name: str) -> pd.DataFrame:
        """One variable as a city × year table; every year between first and last is a column."""
        table = self.column(name).unstack("year")
        return table.reindex(columns=pd.RangeIndex(self.years[0], self.years[-1] + 1, name="year"))

    def wide_status(self, name: str) -> pd.DataFrame:
        """Status of one variable as a city × year table (missing where there is none)."""
        span = pd.RangeIndex(self.years[0], self.years[-1] + 1, name="year")
        if name not in self.status.columns:
            self.column(name)
            return pd.DataFrame(
                index=pd.Index(self.cities, name="city"), columns=span, dtype=object
            )
        return self.status[name].unstack("year").reindex(columns=span)

    def lag(self, name: str, years: int = 1) -> pd.Series:
        """Value of `name` that many calendar years earlier; missing where that year is absent."""
        series = self.column(name)
        earlier = pd.MultiIndex.from_arrays(
            [
                self.frame.index.get_level_values("city"),
                self.frame.index.get_level_values("year") - years,
            ],
            names=["city", "year"],
        )
        return pd.Series(series.reindex(earlier).to_numpy(), index=self.frame.index, name=name)

    def attribute(self, name: str) -> pd.Series:
        """A city attribute or label by row of the panel; the names of unit and time work too."""
        role = self.role(name)
        if role:
            level = self.frame.index.get_level_values("city" if role == "unit" else "year")
            return pd.Series(level, index=self.frame.index, name=name)
        if name in self.labels.columns:
            return self.labels[name]
        if name not in self.attributes.columns:
            known = [self.unit, self.time, *map(str, [*self.attributes, *self.labels])]
            raise DataError(
                Fault(
                    f"no city attribute '{name}'",
                    f"one of {', '.join(known)}",
                    "Attach it: CityPanel(..., attributes=frame).",
                )
            )
        cities = self.frame.index.get_level_values("city")
        values = self.attributes[name].reindex(cities).to_numpy()
        return pd.Series(values, index=self.frame.index, name=name)

    def select(
        self,
        *,
        cities: Iterable[str] | None = None,
        years: Iterable[int] | None = None,
        variables: Iterable[str] | None = None,
    ) -> CityPanel:
        """Keep some cities, years and variables; one that is not there is an error."""
        keep: np.ndarray = np.ones(len(self.frame), dtype=bool)
        for level, wanted, present in (
            ("city", cities, self.cities),
            ("year", years, self.years),
        ):
            if wanted is not None:
                asked = chosen(level, wanted, present, "panel")
                keep &= self.frame.index.get_level_values(level).isin(asked)
        if not keep.any():  # each is there, but not together
            raise DataError(Fault("a selection without rows", "at least one", "Widen it."))
        labels = self.labels[keep] if len(self.labels.columns) else self.labels
        frame, status = self.frame[keep], self.status[keep]
        if variables is not None:
            names = chosen("variable", variables, self.variables, "panel")
            frame, status = frame[names], status[[n for n in names if n in status.columns]]
        return replace(self, frame=frame, status=status, labels=labels)

    def with_variables(self, columns: Mapping[str, pd.Series]) -> CityPanel:
        """Return a panel with further variables, aligned on (city, year)."""
        added = {name: series.reindex(self.frame.index) for name, series in columns.items()}
        return replace(self, frame=self.frame.assign(**added))

    def digest(self) -> str:
        """SHA-256 of the canonical bytes: the same figures give the same digest everywhere.

        Computed when first asked for. Labels and the names of unit and time count only where
        there are any of their own.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        hasher = hashlib.sha256(f"synthetic={self.synthetic}\n".encode())
        for part in self._row_names():
            hasher.update(part)
        for name, place in sorted((str(c), i) for i, c in enumerate(self.frame.columns)):
            hasher.update(f"\n{name}\n".encode())
            column = self.frame.iloc[:, place].to_numpy()
            for start in range(0, len(column), ROWS):
                cells = np.array(column[start : start + ROWS], dtype="<f8")
                cells[np.isnan(cells)] = np.nan  # one bit pattern for every NaN
                hasher.update(cells.data)
        for name in sorted(map(str, self.labels.columns)):
            texts = self.labels[name].astype(object)
            hasher.update(f"\n{name}\n".encode() + _typed(texts.where(texts.notna(), None)))
        return hasher.hexdigest()

    def _row_names(self) -> Iterator[bytes]:
        """``city,year`` of every row, one a line, if codes have six characters and years four.

        Other identifiers are written with their type and length, so that no two can be confused.
        """
        index = self.frame.index
        assert isinstance(index, pd.MultiIndex)
        used = [np.flatnonzero(np.bincount(codes)) for codes in index.codes]
        cities = index.levels[0].to_numpy(dtype=object)[used[0]]
        years = index.levels[1].to_numpy().astype(np.int64)
        here = years[used[1]]
        if not all(map(_is_code, cities)) or here.min() < 0 or here.max() > 9999:
            # rows are in order, so the numbers of the distinct identifiers say who is where
            places = np.zeros(len(index.levels[0]), dtype="<i8")
            places[used[0]] = np.arange(len(used[0]))
            yield b"ids\n" + _typed(cities)
            for known, codes in ((places, index.codes[0]), (years.astype("<i8"), index.codes[1])):
                for start in range(0, len(index), ROWS):
                    yield known[codes[start : start + ROWS]].tobytes()
            return
        # levels that no row uses any more may be anything
        text = np.full((len(index.levels[0]), 7), ord(","), dtype=np.uint8)
        codes = np.array([str(c).encode("ascii") for c in cities], dtype="S6")
        text[used[0], :6] = codes.view(np.uint8).reshape(-1, 6)
        digits = np.full((len(years), 5), ord("\n"), dtype=np.uint8)
        digits[:, :4] = years[:, None] // 10 ** np.arange(3, -1, -1) % 10 + ord("0")
        who, when = text.view("V7").ravel(), digits.view("V5").ravel()
        for start in range(0, len(index), ROWS):
            rows = slice(start, start + ROWS)
            lines = np.empty(len(index.codes[0][rows]), dtype=[("city", "V7"), ("year", "V5")])
            lines["city"] = who[index.codes[0][rows]]
            lines["year"] = when[index.codes[1][rows]]
            last = start + ROWS >= len(index)  # its line feed is left out
            yield lines.tobytes()[:-1] if last else lines.tobytes()


def _is_code(city: Hashable) -> bool:
    """Tell whether an identifier is a six-character code as the Chinese tables use."""
    return isinstance(city, str) and len(city) == 6 and city.isascii() and city.isalnum()


def _typed(values: Iterable[Hashable]) -> bytes:
    """Type, length and UTF-8 of every value: a text of digits is not the integer."""
    values = list(values)
    kinds = {type(value) for value in values}
    texts = list(map(str, values))
    if kinds == {str} and "".join(texts).isascii():  # many, and all alike
        return "".join([f"s{len(text)}:{text}" for text in texts]).encode()
    if kinds <= {int, np.int64}:
        return "".join([f"i{len(text)}:{text}" for text in texts]).encode()
    known: dict[Hashable, bytes] = {}
    parts = []
    for value in values:
        key = (type(value) is str, value)
        if key not in known:
            text = str(value).encode("utf-8", "surrogatepass")
            letter = "s" if isinstance(value, str) else "n" if value is None else "i"
            known[key] = f"{letter}{len(text)}:".encode() + text
        parts.append(known[key])
    return b"".join(parts)


def _index_as_given(frame: pd.DataFrame) -> pd.DataFrame:
    """Nullable and Arrow integers of the index as plain ones, so that every join agrees.

    A level that holds one identifier twice is made anew: repeats of rows would go unseen.
    """
    index = frame.index
    if not isinstance(index, pd.MultiIndex) or index.nlevels != 2:
        return frame
    plain = [level for level in index.levels if _is_plain(level) and level.is_unique]
    if len(plain) == index.nlevels:
        return frame
    columns = [index.get_level_values(place) for place in range(2)]
    made = [column if _is_plain(column) else _plain(column) for column in columns]
    return frame.set_axis(pd.MultiIndex.from_arrays(made, names=index.names), axis=0)


def _is_plain(level: pd.Index) -> bool:
    return isinstance(level.dtype, np.dtype | pd.StringDtype)


def _plain(level: pd.Index) -> pd.Index:
    made: pd.Index = level
    if pd.api.types.is_integer_dtype(level.dtype) and not level.hasnans:
        made = pd.Index(level.to_numpy(dtype=np.int64))
    elif isinstance(level.dtype, pd.CategoricalDtype):
        made = pd.Index(np.asarray(level))
    elif pd.api.types.is_string_dtype(level.dtype):
        made = pd.Index(np.asarray(level, dtype=object))
    return made


def _index_faults(frame: pd.DataFrame, unit: str, time: str) -> list[Fault]:
    if list(frame.index.names) != ["city", "year"]:
        seen = f"an index named {list(frame.index.names)}"
        return [Fault(seen, "an index (city, year)", "Use CityPanel.from_long on a long table.")]
    if frame.empty:
        seen = f"{len(frame)} rows and {len(frame.columns)} variables"
        return [Fault(seen, "at least one row and one variable", "Check the filter or the file.")]
    assert isinstance(frame.index, pd.MultiIndex)
    gaps = np.asarray(frame.index.codes[0]) < 0
    faults = missing_ids(gaps, unit) if gaps.any() else id_faults(frame.index.unique("city"), unit)
    faults += _year_faults(frame.index, unit, time)
    if not _in_order(frame.index) and (twice := frame.index.duplicated()).any():
        keys = frame.index[twice].unique()
        first = row_key(keys, 0)
        seen = f"{first} more than once"
        if len(keys) > 1:
            seen = f"{len(keys)} pairs ({unit}, {time}) more than once, the first {first}"
        one = "a city and year" if (unit, time) == ("city", "year") else f"for each {unit}, {time}"
        remedy = "Aggregate or remove repeats."
        faults.append(Fault(seen, f"one row {one}", remedy))
    return faults


def _in_order(index: pd.MultiIndex) -> bool:
    """Tell whether rows are ordered by level codes, none twice: then no search for repeats."""
    first, second = (np.asarray(codes) for codes in index.codes)
    later = first[1:] > first[:-1]
    later |= (first[1:] == first[:-1]) & (second[1:] > second[:-1])
    return bool(later.all())


def missing_ids(missing: np.ndarray, name: str) -> list[Fault]:
    """Fault of rows without an identifier, told once."""
    row = int(np.flatnonzero(missing)[0])
    seen = f"{int(missing.sum())} rows without an identifier, the first row {row}"
    remedy = f"Drop or fill them: df = df.dropna(subset=['{name}'])."
    return [Fault(seen, "one in every row", remedy, f"column {name}")]


def id_faults(ids: pd.Index, name: str) -> list[Fault]:
    """Faults of a column of identifiers: missing ones, and types other than text or integers.

    Examples
    --------
    >>> id_faults(pd.Index(["a", 1], dtype=object), "firm")[0].seen
    "identifiers of two types in 'firm': int (such as 1) and str (such as 'a')"
    """
    missing = np.asarray(ids.isna())
    if missing.any():
        return missing_ids(missing, name)
    if isinstance(ids.dtype, pd.CategoricalDtype):
        ids = pd.Index(np.asarray(ids.unique()))
    if pd.api.types.is_integer_dtype(ids.dtype):
        return []
    where = f"column {name}"
    remedy = f"Make them text: df['{name}'] = df['{name}'].astype(str)."
    expected = "text or integers, all of one type"
    if ids.dtype == object:
        examples = {_type_name(value): value for value in ids}
        strange = {kind: value for kind, value in examples.items() if kind not in {"int", "str"}}
        if strange:
            kind, value = next(iter(strange.items()))
            seen = f"identifiers of type {kind}, such as {value!r}"
            return [Fault(seen, expected, remedy, where)]
        if len(examples) > 1:
            both = " and ".join(f"{kind} (such as {examples[kind]!r})" for kind in sorted(examples))
            seen = f"identifiers of two types in '{name}': {both}"
            return [Fault(seen, expected, remedy, where)]
    elif not pd.api.types.is_string_dtype(ids.dtype):
        return [Fault(f"identifiers of type {ids.dtype}", expected, remedy, where)]
    if np.asarray(ids == "").any():  # `in` would leave a table of all of them
        seen = "an empty text as identifier"
        remedy = f"Drop or fill them: df[df['{name}'] != '']."
        return [Fault(seen, "one in every row", remedy, where)]
    return []


def _type_name(value: object) -> str:
    if isinstance(value, str):
        return "str"
    return (
        "int"
        if isinstance(value, int | np.integer) and not isinstance(value, bool)
        else (type(value).__name__)
    )


def _year_faults(index: pd.MultiIndex, unit: str, time: str) -> list[Fault]:
    calendar = (unit, time) == ("city", "year")
    low, high = (FIRST_YEAR, LAST_YEAR) if calendar else (-LONGEST_TIME, LONGEST_TIME)
    known, gap = index.levels[1], (np.asarray(index.codes[1]) < 0).any()
    if known.dtype.kind == "i" and known.min() >= low and known.max() <= high and not gap:
        return []  # what holds of all levels holds of every row
    years = index.get_level_values("year")
    if not pd.api.types.is_integer_dtype(years.dtype):
        remedy = (
            f"Take the year: df['{time}'].dt.year."
            if isinstance(years.dtype, pd.PeriodDtype) or years.dtype.kind == "M"
            else f"Write whole years as integers: df['{time}'].astype('int64')."
        )
        return [Fault(f"dtype {years.dtype}", "integer years", remedy, f"column {time}")]
    bad = (years < low) | (years > high)
    if not bad.any():
        return []
    more = f" and {int(bad.sum()) - 1} more rows" if bad.sum() > 1 else ""
    seen = f"({unit}, {time}) {row_key(index, int(np.flatnonzero(bad)[0]))}{more}"
    remedy = "Mend it, or name your own columns with unit= and time= if time is no calendar year."
    return [Fault(seen, f"years {low} to {high}", remedy)]


def _numeric(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    columns, faults = {}, []
    changed = False
    for place, name in enumerate(frame.columns):
        raw = frame.iloc[:, place]
        if str(name) in columns:
            seen = f"two columns called '{name}'"
            faults.append(Fault(seen, "each name once", "Rename or drop one of them."))
            continue
        if raw.dtype == np.float64:
            numbers = raw.to_numpy()
            columns[str(name)] = raw
        else:
            numbers, wrong = as_numbers(raw, str(name), decode=True)
            faults += wrong
            columns[str(name)] = pd.Series(numbers, index=frame.index)
            changed = True
        infinite = np.isinf(numbers)
        changed |= str(name) != name
        if infinite.any():
            key = row_key(frame.index, int(np.flatnonzero(infinite)[0]))
            seen = f"{numbers[infinite][0]} in {int(infinite.sum())} rows"
            where = f"column {name}, (city, year) {key}"
            expected = "a finite number or an empty cell"
            faults.append(Fault(seen, expected, "Clean the cell.", where))
    if faults or not changed:
        return frame.copy(deep=False), faults
    return pd.DataFrame(columns, index=frame.index), faults


def _status_faults(frame: pd.DataFrame, status: pd.DataFrame) -> list[Fault]:
    faults = []
    if status.index is not frame.index and not status.index.isin(frame.index).all():
        faults.append(
            Fault("statuses for rows that are not in the panel", "the panel's index", "Align them.")
        )
    unknown = [str(c) for c in status.columns if c not in frame.columns]
    if unknown:
        faults.append(
            Fault(f"statuses for {', '.join(unknown)}", "variables of the panel", "Rename them.")
        )
    for name in status.columns:
        strange = set(status[name].dropna().unique()) - set(STATUSES)
        if strange:
            faults.append(
                Fault(
                    f"status {', '.join(sorted(map(repr, strange)))}",
                    f"one of {', '.join(STATUSES)}",
                    "Map the source's flags to this vocabulary.",
                    f"column {name}",
                )
            )
    return faults


def _attribute_faults(frame: pd.DataFrame, attributes: pd.DataFrame) -> list[Fault]:
    if attributes.index.has_duplicates:
        twice = attributes.index[attributes.index.duplicated()].unique().tolist()
        return [Fault(f"attributes twice for {twice[:5]}", "one row a city", "Remove repeats.")]
    absent = sorted(set(frame.index.unique("city")) - set(attributes.index))
    if absent:
        return [
            Fault(
                f"no attributes for {len(absent)} cities ({', '.join(absent[:5])} …)",
                "one row for every city of the panel",
                "Complete the attribute table or drop those cities.",
            )
        ]
    return []
