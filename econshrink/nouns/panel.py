"""CityPanel: figures by city and year, each cell with a status."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
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


@register
@dataclass(frozen=True, eq=False, repr=False)
class CityPanel(Shown):
    """Figures by city and year.

    Parameters
    ----------
    frame : DataFrame
        Index ``(city, year)``: six-character GB/T 2260 code (text) and integer year, unique.
        Columns are numeric variables: people in persons, money in yuan, areas in km2, shares
        between 0 and 1, rates per person unless `terms` says otherwise. Missing cells are NaN.
    status : DataFrame, optional
        Same index as `frame`, a subset of its columns, cells from `STATUSES` or missing where
        the figure is missing. Columns without a status are taken as given.
    attributes : DataFrame, optional
        Index city; text attributes that do not change (name_en, name_zh, province, region ...).
    source : str
        Where the figures come from, one line.
    synthetic : bool
        True for simulated figures; carried into every result and printed with it.

    Raises
    ------
    DataError
        Duplicate (city, year), malformed code, year out of range, non-numeric or infinite cell,
        empty panel, unknown status: all mistakes are listed at once.

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

    def __post_init__(self) -> None:
        raise_all(DataError, _index_faults(self.frame))
        frame, faults = _numeric(self.frame)
        raise_all(DataError, faults)
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
        return cls(
            table.set_index(["city", "year"]),
            pd.DataFrame() if status is None else status,
            pd.DataFrame() if attributes is None else attributes,
            source,
            synthetic,
        )

    @property
    def cities(self) -> tuple[str, ...]:
        """City codes, sorted."""
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
        """A city attribute spread over the rows of the panel; ``city`` and ``year`` work too."""
        if name in {"city", "year"}:
            level = self.frame.index.get_level_values(name)
            return pd.Series(level, index=self.frame.index, name=name)
        if name not in self.attributes.columns:
            known = ["city", "year", *map(str, self.attributes.columns)]
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
        self, *, cities: Iterable[str] | None = None, years: Iterable[int] | None = None
    ) -> CityPanel:
        """Keep some cities and years; a city or year that is not there is an error."""
        keep: np.ndarray = np.ones(len(self.frame), dtype=bool)
        for level, wanted, present in (
            ("city", cities, self.cities),
            ("year", years, self.years),
        ):
            if wanted is None:
                continue
            chosen = list(wanted)
            unknown = sorted({str(x) for x in chosen} - {str(x) for x in present})
            if unknown:
                raise DataError(
                    Fault(
                        f"{level} {', '.join(unknown[:10])}",
                        f"values present in the panel ({present[0]} … {present[-1]})",
                        "Select only what the panel holds.",
                    )
                )
            keep &= self.frame.index.get_level_values(level).isin(chosen)
        if not keep.any():
            raise DataError(Fault("a selection without rows", "at least one", "Widen it."))
        return replace(self, frame=self.frame[keep], status=self.status[keep])

    def with_variables(self, columns: Mapping[str, pd.Series]) -> CityPanel:
        """Return a panel with further variables, aligned on (city, year)."""
        added = {name: series.reindex(self.frame.index) for name, series in columns.items()}
        return replace(self, frame=self.frame.assign(**added))

    def digest(self) -> str:
        """SHA-256 of the canonical bytes: the same figures give the same digest everywhere."""
        hasher = hashlib.sha256(f"synthetic={self.synthetic}\n".encode() + self._row_names())
        table = self.frame.to_numpy(dtype="<f8", copy=True)
        table[np.isnan(table)] = np.nan  # one bit pattern for every NaN
        for name, place in sorted((str(c), i) for i, c in enumerate(self.frame.columns)):
            hasher.update(f"\n{name}\n".encode() + table[:, place].tobytes())
        return hasher.hexdigest()

    def _row_names(self) -> bytes:
        """``city,year`` of every row, one a line; codes have six ASCII characters, years four."""
        index = self.frame.index
        assert isinstance(index, pd.MultiIndex)
        # levels that no row uses any more may be anything
        cities = index.levels[0].to_numpy(dtype=object)
        text = np.array([str(c).encode("ascii", "replace") for c in cities], dtype="S6")
        lines = np.empty((len(index), 12), dtype=np.uint8)
        lines[:, :6] = text.view(np.uint8).reshape(-1, 6)[index.codes[0]]
        lines[:, 6], lines[:, 11] = ord(","), ord("\n")
        years = index.levels[1].to_numpy().astype(np.int64)
        digits = years[:, None] // 10 ** np.arange(3, -1, -1) % 10 + ord("0")
        lines[:, 7:11] = digits.astype(np.uint8)[index.codes[1]]
        return lines.tobytes()[:-1]


def _index_faults(frame: pd.DataFrame) -> list[Fault]:
    if list(frame.index.names) != ["city", "year"]:
        seen = f"an index named {list(frame.index.names)}"
        return [Fault(seen, "an index (city, year)", "Use CityPanel.from_long on a long table.")]
    if frame.empty:
        seen = f"{len(frame)} rows and {len(frame.columns)} variables"
        return [Fault(seen, "at least one row and one variable", "Check the filter or the file.")]
    faults = []
    for city in frame.index.unique("city"):
        if not (isinstance(city, str) and len(city) == 6 and city.isascii() and city.isalnum()):
            faults.append(
                Fault(
                    repr(city),
                    "a six-character unit code as text, such as '230400'",
                    "Convert codes with astype(str) and pad to six characters.",
                    "column city",
                )
            )
    years = frame.index.get_level_values("year")
    if not pd.api.types.is_integer_dtype(years.dtype):
        faults.append(
            Fault(f"dtype {years.dtype}", "integer years", "Use astype(int).", "column year")
        )
    else:
        bad = (years < FIRST_YEAR) | (years > LAST_YEAR)
        for where in frame.index[bad]:
            faults.append(
                Fault(f"(city, year) {where}", f"years {FIRST_YEAR} to {LAST_YEAR}", "Mend it.")
            )
    for key in frame.index[frame.index.duplicated()].unique():
        faults.append(
            Fault(
                f"{key} more than once", "one row a city and year", "Aggregate or remove repeats."
            )
        )
    return faults


def _numeric(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    columns, faults = {}, []
    for name in frame.columns:
        raw = frame[name]
        if raw.dtype == np.float64 and not np.isinf(raw.to_numpy()).any():
            columns[str(name)] = raw
            continue
        numbers = pd.to_numeric(raw, errors="coerce").astype("float64")
        wrong = (numbers.isna() & raw.notna()) | np.isinf(numbers)
        columns[str(name)] = numbers
        if not wrong.any():
            continue
        for where in raw.index[wrong][:5]:
            faults.append(
                Fault(
                    repr(raw[where]),
                    "a finite number or an empty cell",
                    "Clean the cell.",
                    f"column {name}, (city, year) {where}",
                )
            )
    return pd.DataFrame(columns, index=frame.index), faults


def _status_faults(frame: pd.DataFrame, status: pd.DataFrame) -> list[Fault]:
    faults = []
    if not status.index.isin(frame.index).all():
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
