"""What an atlas shows, as records: measures, yearly figures, futures, rules, claims, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.report.atlas.colour_classes import Classes, Groups


class Text(NamedTuple):
    """A text in English and in Chinese."""

    en: str
    zh: str


EMPTY, FORECAST = Text("", ""), Text("Forecast", "预测")
LOCKED, SYNTHETIC = "locked", "synthetic"  # marks that every view of a figure carries
Rings = Mapping[str, list[np.ndarray]]


@dataclass(frozen=True, eq=False)
class Measure:
    """One number a unit: a column of the table, a line of the city page, perhaps a map.

    Parameters
    ----------
    key : str
        Heading in downloads.
    title, note : Text
        What it is; whose figure it is and how it was made.
    values : Series
        Unit to number; a unit without a row or with a missing value has no figure.
    form : str
        How it is printed: ``persons``, ``percent``, ``year``, ``number`` or ``index``.
    group : str
        Heading on the city page under which it stands: ``people``, ``change``, ``risk`` ...
    classes : Classes or Groups, optional
        Colours of its map; without them it has none.
    column : bool
        Whether the table has it as a column.
    mark : str
        ``locked``, ``synthetic`` or nothing.
    """

    key: str
    title: Text
    values: pd.Series
    form: str
    group: str
    note: Text = EMPTY
    classes: Classes | Groups | None = None
    column: bool = False
    mark: str = ""


@dataclass(frozen=True, eq=False)
class Yearly:
    """One figure a unit and year, drawn as a line.

    Parameters
    ----------
    key : str
    title, note : Text
    values : DataFrame, units × years
    chart : str
        Lines of one chart share it: ``population``, ``jobs`` ...
    form : str
        As in `Measure`.
    status : DataFrame, units × years, optional
        Status of each cell; one that is not ``reported`` is marked.
    mark : str
    """

    key: str
    title: Text
    values: pd.DataFrame
    chart: str
    form: str
    note: Text = EMPTY
    status: pd.DataFrame | None = None
    mark: str = ""


@dataclass(frozen=True, eq=False)
class Future:
    """What may come under one scenario.

    Parameters
    ----------
    key : str
    title, note : Text
    chances : DataFrame, units × years
        Probability of the loss that the atlas asks about.
    quantiles : Mapping of float to DataFrame, units × years
        Persons at the probability; years may be more than those of `chances`.
    expected : Mapping of int to tuple of float
        Year to (low, middle, high) number of units with the loss.
    group : Text
        Heading in the list of scenarios.
    mark : str
    beside : str
        Key of the future whose quantiles are drawn beside its own, such as one without rebasing.
    common : Text
        What holds of the whole group.
    """

    key: str
    title: Text
    chances: pd.DataFrame
    quantiles: Mapping[float, pd.DataFrame] = field(default_factory=dict)
    expected: Mapping[int, tuple[float, float, float]] = field(default_factory=dict)
    group: Text = FORECAST
    note: Text = EMPTY
    mark: str = ""
    beside: str = ""
    common: Text = EMPTY


@dataclass(frozen=True, eq=False)
class RuleGrid:
    """Labels of every run of the multiverse.

    Parameters
    ----------
    counts : DataFrame
        As in `econshrink.shrinkage.Multiverse`: a row a run and set of units.
    labels : DataFrame, units × runs
        1, 0 or missing.
    skipped : DataFrame
        Runs the figures cannot support, with the reason.
    names : mapping of str to (Text, Text)
        Rule to family and variant, such as ("Falls in a row", "3 years").
    words : mapping of str to Text
        Names of series, concepts, boundaries and sets of units.
    start : tuple of str
        Series, window and rule shown first; see `series_name`.
    """

    counts: pd.DataFrame
    labels: pd.DataFrame
    skipped: pd.DataFrame
    names: Mapping[str, tuple[Text, Text]]
    words: Mapping[str, Text]
    start: tuple[str, str, str]


@dataclass(frozen=True)
class Item:
    """A cell of a `Sheet`: a number with its form, or a text."""

    value: float | Text | None
    form: str = "number"


@dataclass(frozen=True)
class Sheet:
    """A small table: heading, columns, rows of cells, notes, and the page it stands on."""

    key: str
    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Item, ...], ...]
    notes: tuple[Text, ...] = ()
    mark: str = ""
    page: str = "method"


@dataclass(frozen=True)
class Claim:
    """A sentence of a report, what the figures say, and the verdict."""

    number: str
    report: Text
    claim: Text
    finding: Text
    verdict: Text


@dataclass(frozen=True, eq=False)
class FlowRegion:
    """Flows between a few units, with what is said of each."""

    title: Text
    cities: tuple[str, ...]
    flows: np.ndarray
    sheets: tuple[Sheet, ...]
    lines: tuple[Yearly, ...] = ()
    kinds: Mapping[str, Text] = field(default_factory=dict)
    note: Text = EMPTY
    mark: str = ""


@dataclass(frozen=True, eq=False)
class AtlasContent:
    """Everything an atlas shows; what is left empty is said to be absent.

    Parameters
    ----------
    title, citation : Text
    digest : str
        Of the data, printed with every citation and download.
    units : DataFrame
        Index unit: ``name_en, name_zh, pinyin`` (empty texts if missing).
    attributes : mapping of str to (Text, Series of Text)
        What units may be filtered by: province, stage, path.
    measures, yearly, futures : sequences
    loss : float
        The loss whose probability the futures tell.
    outlines : mapping, optional
        Unit to rings in degrees, also of places without a row in `units`.
    windows : tuple of (west, east, south, north)
        Main window of the map and insets; by default all outlines.
    parts : DataFrame, optional
        Unit to components of change, one a column, in persons; `part_titles` names them.
    drivers : DataFrame, optional
        Unit to contributions to its probability, adding up; `driver_titles` names
        them, `driver_note` says whose probability it is, `driver_future` is its key.
    remarks : mapping
        Unit to lines on what is not known of it.
    neighbours : DataFrame, optional
        ``city_a, city_b``.
    grid, region, claims, claims_note, sheets
        Sheets whose page is ``scenarios`` stand there, others on the page on method.
    method : sequence of Text
        Paragraphs of the page on method.
    absent : sequence of Text
        What this atlas cannot show, and why.
    synthetic : bool
    """

    title: Text
    citation: Text
    digest: str
    units: pd.DataFrame
    attributes: Mapping[str, tuple[Text, pd.Series]] = field(default_factory=dict)
    measures: Sequence[Measure] = ()
    yearly: Sequence[Yearly] = ()
    futures: Sequence[Future] = ()
    loss: float = 0.05
    outlines: Rings | None = None
    windows: tuple[tuple[float, float, float, float], ...] = ()
    ghosts: Mapping[str, Text] = field(default_factory=dict)
    parts: pd.DataFrame | None = None
    part_titles: Mapping[str, Text] = field(default_factory=dict)
    drivers: pd.DataFrame | None = None
    driver_titles: Mapping[str, Text] = field(default_factory=dict)
    driver_note: Text = EMPTY
    driver_future: str = ""
    remarks: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    neighbours: pd.DataFrame | None = None
    grid: RuleGrid | None = None
    region: FlowRegion | None = None
    claims: Sequence[Claim] = ()
    claims_note: Text = EMPTY
    sheets: Sequence[Sheet] = ()
    method: Sequence[Text] = ()
    absent: Sequence[Text] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        faults = []
        if not len(self.units):
            faults.append(Fault("an atlas without units", "at least one", "Give a panel."))
        if self.units.index.has_duplicates:
            faults.append(Fault("a unit twice", "one row a unit", "Remove the repeat."))
        keys = [measure.key for measure in self.measures]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            faults.append(Fault(f"measure '{key}' twice", "a key of its own", "Rename one."))
        raise_all(DataError, faults)
