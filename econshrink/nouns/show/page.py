"""Page: what is shown of a noun before it is text or HTML; and how numbers are written there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

MINUS, NOTHING, CUT = "−", "–", "⋮"
SYNTHETIC = "SYNTHETIC: simulated data, not measured ones."
_YEARS = {"year", "origin", "onset", "detection", "cohort"}  # never with a comma
MOST_ROWS = 24  # a longer grid shows its first and last rows


@dataclass(frozen=True)
class Grid:
    """A table of texts: names of the columns, rows, and which columns are left-aligned.

    `over` holds heading lines above the names, each a text and the columns it spans.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int] = frozenset({0})
    caption: str = ""
    over: tuple[tuple[tuple[str, int], ...], ...] = ()


@dataclass(frozen=True)
class Page:
    """Title, facts (name and value), grids, and notes to be wrapped.

    Parameters
    ----------
    title : str
    brief : str
        The same in one line, for ``repr``.
    facts : tuple of (str, str)
        Printed above the grids.
    grids : tuple of Grid
    notes : tuple of str
    synthetic : bool
        Prints the label of simulated figures.
    """

    title: str
    brief: str
    facts: tuple[tuple[str, str], ...] = ()
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def foot(self) -> tuple[str, ...]:
        """Notes with the label of simulated figures in front, each once."""
        own = (SYNTHETIC, *self.notes) if self.synthetic else self.notes
        return tuple(dict.fromkeys(note.strip() for note in own if note.strip()))


def number(value: object, digits: int = 4) -> str:
    """A number in about `digits` significant figures; whole numbers with commas.

    Examples
    --------
    >>> [number(x) for x in (12345, -0.123456, 1234567.8, 1.5e-9, float("nan"), 2.0, "a")]
    ['12,345', '−0.1235', '1,234,568', '1.5e−09', '–', '2', 'a']
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return NOTHING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,d}".replace("-", MINUS)
    if not isinstance(value, float | np.floating):
        return str(value)
    held = float(value)
    if math.isnan(held):
        return NOTHING
    if math.isinf(held):
        return "∞" if held > 0 else f"{MINUS}∞"
    if held.is_integer() and abs(held) < 1e15:
        text = f"{held:,.0f}"
    else:
        size = math.floor(math.log10(abs(held)))
        places = digits - 1 - size
        text = f"{held:.{digits}g}" if size < -4 or size > 14 else f"{held:,.{max(places, 0)}f}"
    return f"{MINUS if held < 0 else ''}{text.lstrip('-').replace('-', MINUS)}"


def counted(count: int, noun: str = "unit") -> str:
    """A count with its noun, in the singular for one.

    Examples
    --------
    >>> counted(1), counted(1200)
    ('1 unit', '1,200 units')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def column(values: Iterable[float], digits: int = 4) -> list[str]:
    """Numbers of one column with the same decimals, enough for the middle one of them.

    Examples
    --------
    >>> column([0.5, -12.25, float("nan")])
    ['0.50', '−12.25', '–']
    >>> column([3e-9, 4e-9])
    ['3e−09', '4e−09']
    """
    held = [float(value) for value in values]
    sizes = [math.floor(math.log10(abs(x))) for x in held if math.isfinite(x) and x]
    if not sizes or all(x.is_integer() for x in held if math.isfinite(x)):
        return [number(x) for x in held]
    middle = sorted(sizes)[len(sizes) // 2]
    if middle < -5 or max(sizes) > 14:
        return [number(x, digits) for x in held]
    places = max(digits - 2 - middle, 0) if middle < 0 else max(digits - 1 - middle, 0)
    return [fixed(x, places) for x in held]


def fixed(value: float, places: int) -> str:
    """A number with that many decimals; two figures where it would print as zero.

    Examples
    --------
    >>> fixed(-1234.5678, 2), fixed(0.00012, 2), fixed(0.0, 2)
    ('−1,234.57', '0.00012', '0.00')
    """
    if not math.isfinite(value):
        return number(value)
    text = f"{value:,.{places}f}"
    if value and not text.strip("-0.,"):  # too small for the column: never a false zero
        return number(value, 2)
    return text.replace("-", MINUS) if text.strip("-0.,") else text.lstrip("-")


def probability(value: float) -> str:
    """A p-value: three decimals, ``<0.001`` below.

    Examples
    --------
    >>> probability(0.0002), probability(0.0456)
    ('<0.001', '0.046')
    """
    if math.isnan(value):
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def share(value: float, places: int = 1) -> str:
    """A share in percent.

    Examples
    --------
    >>> share(0.1234), share(-0.05)
    ('12.3%', '−5.0%')
    """
    return NOTHING if math.isnan(value) else f"{value:.{places}%}".replace("-", MINUS)


def level_text(level: float) -> str:
    """A level without needless zeros.

    Examples
    --------
    >>> level_text(0.95), level_text(0.995)
    ('95%', '99.5%')
    """
    return f"{100 * level:.6g}%"


def clipped(rows: Sequence[tuple[str, ...]], most: int = MOST_ROWS) -> tuple[tuple[str, ...], ...]:
    """Rows, the middle of very many replaced by a line of dots."""
    if len(rows) <= most:
        return tuple(rows)
    head = most - most // 4 - 1
    tail = most - head - 1
    dots = tuple(CUT for _ in rows[0])
    return (*rows[:head], dots, *rows[-tail:])


def frame_grid(frame: pd.DataFrame, caption: str = "", most: int = MOST_ROWS) -> Grid:
    """A data frame as a grid, its index in front, only the rows that are shown written out."""
    cut = len(frame) > most
    head = most - most // 4 - 1
    kept = pd.concat([frame.iloc[:head], frame.iloc[head + 1 - most :]]) if cut else frame
    table = kept.reset_index() if kept.index.names != [None] else kept
    columns = []
    for place in range(table.shape[1]):
        values = table.iloc[:, place]
        if str(table.columns[place]) in _YEARS and pd.api.types.is_numeric_dtype(values.dtype):
            columns.append([NOTHING if pd.isna(v) else f"{v:.0f}" for v in values])
        elif pd.api.types.is_float_dtype(values.dtype):
            columns.append(column(values.to_numpy(dtype=float)))
        else:
            columns.append([number(value) for value in values])
    rows = [tuple(row) for row in zip(*columns, strict=True)]
    if cut:
        rows.insert(head, tuple(CUT for _ in columns))
    texts = {
        place
        for place in range(table.shape[1])
        if not pd.api.types.is_numeric_dtype(table.dtypes.iloc[place])
    }
    return Grid(tuple(map(str, table.columns)), tuple(rows), frozenset(texts), caption)
