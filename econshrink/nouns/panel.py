"""CityPanel: figures by city and year, each cell with a status."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel_checks import (
    attribute_faults,
    index_as_given,
    index_faults,
    numeric,
    status_faults,
)
from econshrink.nouns.selection import chosen
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import panel_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

ROWS = 131_072  # that a digest reads at a time


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
        given = index_as_given(self.frame)
        raise_all(DataError, index_faults(given, self.unit, self.time))
        frame, faults = numeric(given)
        raise_all(DataError, faults)
        if not frame.index.is_monotonic_increasing:
            frame = frame.sort_index()
        status = self.status if len(self.status.columns) else pd.DataFrame(index=frame.index)
        raise_all(DataError, status_faults(frame, status))
        attributes = self.attributes.copy()
        if len(attributes.columns):
            raise_all(DataError, attribute_faults(frame, attributes))
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
