"""What one printed cell says: a number (exactly), a missing mark, a unit, a year, or text."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

import numpy as np

from econshrink.data.open.text import hyphens, plain, simplified, strip_marks

MISSING_REASONS = {
    "": "blank",
    "-": "dash: not available or too small to print",
    "…": "ellipsis: not available",
    "na": "marked NA",
    "空": "marked empty",
    "×": "withheld",
    "/": "slash: not applicable",
    ".": "dot: not available",
    "无": "marked none",
}
_DASHES = re.compile(r"-+")
_DOTS = re.compile(r"(\.{2,}|…+|⋯+|·{2,}|。{2,})")
_NOT_AVAILABLE = {
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "n.a.",
    "缺失",
    "缺",
    "missing",
}
_ERRORS = re.compile(
    r"#(n/a|ref!|value!|div/0!|name\?|num!|null!|spill!|getting_data)", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?P<body>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?: \d{3})+(?:\.\d+)?|"
    r"\d+(?:\.\d*)?|\.\d+)"
    r"(?P<exponent>[eE][-+]?\d{1,3})?(?P<rest>.*)"
)
_NOTE_IN_BRACKETS = re.compile(r"[\(\[](注?\d{1,2}|[a-z]|注)[\)\]]$", re.IGNORECASE)

Kind = Literal["number", "missing", "text"]


@dataclass(frozen=True)
class Cell:
    """One cell as understood.

    Parameters
    ----------
    kind : str
        ``number``, ``missing`` or ``text``.
    number : Decimal, optional
        The figure exactly as printed.
    unit : str
        Unit printed behind the figure (``%``, ``万人``), empty if none.
    reason : str
        Why the figure is missing.
    mark : str
        What was printed where a figure is missing, or the footnote mark that was removed.
    """

    kind: Kind
    number: Decimal | None = None
    unit: str = ""
    reason: str = ""
    mark: str = ""


def read_cell(value: object) -> Cell:
    """Read one cell as it came from the file.

    Examples
    --------
    >>> read_cell("１，２３４．５①").number
    Decimal('1234.5')
    >>> read_cell("…").reason
    'ellipsis: not available'
    >>> read_cell("12.5万人").unit
    '万人'
    >>> read_cell("12,34").kind
    'text'
    """
    if value is None:
        return Cell("missing", reason=MISSING_REASONS[""])
    if isinstance(value, bool | datetime.date | datetime.time | datetime.timedelta):
        return Cell("text", mark=str(value))
    if isinstance(value, int | float | np.integer | np.floating):
        return _read_number(value)
    return _read_text(str(value))


def _read_number(value: float | np.integer | np.floating) -> Cell:
    """Shortest decimal that gives the same double: what was typed into the sheet."""
    if isinstance(value, int | np.integer):
        return Cell("number", Decimal(int(value)))
    if not math.isfinite(value):
        return Cell("missing", reason=MISSING_REASONS["na"], mark=str(value))
    return Cell("number", Decimal(repr(float(value))))


@lru_cache(maxsize=65536)
def _read_text(value: str) -> Cell:
    text = plain(hyphens(value))
    reason = missing_reason(value)
    if reason is not None:
        return Cell("missing", reason=reason, mark=value.strip())
    mark = "" if strip_marks(value) == value else value.strip()
    bracket = _NOTE_IN_BRACKETS.search(text)
    if bracket and re.match(r"[-+]?[\d.,]", text):
        text, mark = text[: bracket.start()].strip(), value.strip()
    found = _NUMBER.fullmatch(text)
    if not found:
        return Cell("text", mark=value.strip())
    rest = found["rest"].strip()
    if rest and (rest[0] in ".,:;0123456789-+/" or not found["rest"][0:1]):
        return Cell("text", mark=value.strip())
    body = found["body"].replace(",", "").replace(" ", "")
    try:
        number = Decimal(found["sign"] + body + (found["exponent"] or ""))
    except InvalidOperation:
        return Cell("text", mark=value.strip())
    if not math.isfinite(float(number)):
        return Cell("text", mark=value.strip())
    return Cell("number", number, unit=rest, mark=mark)


@lru_cache(maxsize=65536)
def missing_reason(value: str) -> str | None:
    """Why a text stands for a missing figure, or None if it does not.

    Examples
    --------
    >>> missing_reason("——"), missing_reason("#N/A"), missing_reason("12")
    ('dash: not available or too small to print', 'error value in the sheet', None)
    """
    if _ERRORS.fullmatch(value.strip()):
        return "error value in the sheet"
    text = plain(hyphens(value)).lower().strip("()[] ")
    compact = text.replace(" ", "")
    if _DASHES.fullmatch(compact):
        return MISSING_REASONS["-"]
    if _DOTS.fullmatch(compact):
        return MISSING_REASONS["…"]
    if compact in _NOT_AVAILABLE:
        return MISSING_REASONS["na"]
    return MISSING_REASONS.get(compact)


def read_year(value: object) -> int | None:
    """Calendar year that a cell names, or None.

    Examples
    --------
    >>> read_year("２０１０年"), read_year(2010.0), read_year("2010.5"), read_year("10")
    (2010, 2010, None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime.date):
        return value.year
    if isinstance(value, int | float):
        return int(value) if float(value).is_integer() and 1900 <= value <= 2100 else None
    return _year_of_text(str(value))


@lru_cache(maxsize=65536)
def _year_of_text(text: str) -> int | None:
    found = re.fullmatch(
        r"((?:19|20)\d\d)(?:\.0+)?\s*(?:年[末底]?|[-/年]\d{1,2}(?:[-/月]\d{1,2}日?)?月?)?",
        plain(hyphens(text)),
    )
    return int(found[1]) if found else None


_MAGNITUDES = {
    "": Decimal(1),
    "百": Decimal(100),
    "千": Decimal(1000),
    "万": Decimal(10**4),
    "十万": Decimal(10**5),
    "百万": Decimal(10**6),
    "千万": Decimal(10**7),
    "亿": Decimal(10**8),
    "十亿": Decimal(10**9),
    "hundred": Decimal(100),
    "1000": Decimal(1000),
    "thousand": Decimal(1000),
    "10000": Decimal(10**4),
    "tenthousand": Decimal(10**4),
    "1000000": Decimal(10**6),
    "million": Decimal(10**6),
    "10million": Decimal(10**7),
    "10000000": Decimal(10**7),
    "100million": Decimal(10**8),
    "100000000": Decimal(10**8),
    "hundredmillion": Decimal(10**8),
    "billion": Decimal(10**9),
    "k": Decimal(1000),
    "1k": Decimal(1000),
    "10k": Decimal(10**4),
    "100k": Decimal(10**5),
    "mn": Decimal(10**6),
    "1m": Decimal(10**6),
    "10m": Decimal(10**7),
    "100m": Decimal(10**8),
    "bn": Decimal(10**9),
}
# Magnitudes that stand alone for a unit (gdp_100m, 人口（万）): they measure what is counted.
_BARE = {"万", "百万", "千万", "亿", "thousand", "million", "10million", "100million", "billion",
         "1k", "10k", "100k", "1m", "mn", "10m", "100m", "bn"}  # fmt: skip
_COUNTED = ("persons", "money", "count", "person_years")
# Base words of every dimension and their size in our unit.
_BASES: dict[str, dict[str, Decimal]] = {
    "persons": {w: Decimal(1) for w in ("人", "名", "人次", "person", "persons", "people")},
    "money": {
        w: Decimal(1) for w in ("元", "人民币元", "元/人", "元/年", "yuan", "rmb", "rmbyuan", "cny",
                                "yuan/person", "yuanrmb")
    },
    "area": {
        **{w: Decimal(1) for w in ("平方公里", "平方千米", "km2", "sqkm", "squarekm", "km²",
                                   "squarekilometers", "squarekilometres", "squarekilometer")},
        **{w: Decimal("0.01") for w in ("公顷", "hectare", "hectares", "ha")},
        **{w: Decimal("0.000001") for w in ("平方米", "m2", "sqm", "squaremeters", "squaremetres")},
    },
    "floor": {
        **{w: Decimal(1) for w in ("平方米", "m2", "sqm", "squaremeters", "squaremetres")},
        **{w: Decimal(10**6) for w in ("平方公里", "平方千米", "km2", "sqkm")},
        **{w: Decimal(10**4) for w in ("公顷", "hectare", "hectares", "ha")},
    },
    "price": {
        w: Decimal(1)
        for w in ("元/平方米", "元/m2", "元/平米", "元每平方米", "yuan/sqm", "yuan/m2",
                  "yuanpersqm", "yuan/squaremeter")
    },
    "count": {w: Decimal(1) for w in ("张", "个", "所", "家", "unit", "units", "bed", "beds")},
    "person_years": {w: Decimal(1) for w in ("人年", "人·年", "personyear", "personyears",
                                             "man-year", "man-years", "manyears")},
}  # fmt: skip
_RATIOS = {
    "%": Decimal("0.01"),
    "百分比": Decimal("0.01"),
    "百分点": Decimal("0.01"),
    "percent": Decimal("0.01"),
    "percentage": Decimal("0.01"),
    "pct": Decimal("0.01"),
    "‰": Decimal("0.001"),
    "千分比": Decimal("0.001"),
    "permille": Decimal("0.001"),
    "perthousand": Decimal("0.001"),
    "比例": Decimal(1),
    "share": Decimal(1),
}
_INDICES = {
    w: Decimal("0.01")
    for w in ("上年=100", "上年为100", "precedingyear=100", "previousyear=100", "lastyear=100",
              "以上年为100", "%", "percent")
}  # fmt: skip
DIMENSIONS = (*_BASES, "share", "rate", "index")


@dataclass(frozen=True)
class Unit:
    """A unit as printed.

    Parameters
    ----------
    text : str
        As printed, in half width.
    factors : tuple of (str, Decimal)
        For every dimension it may measure: the factor to our unit.
    """

    text: str
    factors: tuple[tuple[str, Decimal], ...]

    def factor(self, dimension: str) -> Decimal | None:
        """Exact factor to our unit of that dimension, None if it does not measure it."""
        return dict(self.factors).get(dimension)


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """Read a printed unit, None if it is not one.

    Examples
    --------
    >>> read_unit("万人").factor("persons")
    Decimal('10000')
    >>> read_unit("１０ ０００ persons").factor("persons")
    Decimal('10000')
    >>> read_unit("平方米").factors
    (('area', Decimal('0.000001')), ('floor', Decimal('1')))
    >>> read_unit("常住人口") is None
    True
    """
    shown = plain(text)
    word = simplified(re.sub(r"[\s.,_]", "", shown.lower()))
    if not word:
        return None
    factors = [(dim, f) for dim in _BASES if (f := _measure(word, dim)) is not None]
    if word in _BARE:
        factors += [(dim, _MAGNITUDES[word]) for dim in _COUNTED]
    if word in _RATIOS:
        factors += [("share", _RATIOS[word]), ("rate", _RATIOS[word])]
    if word in _INDICES:
        factors.append(("index", _INDICES[word]))
    return Unit(shown, tuple(factors)) if factors else None


def _measure(word: str, dimension: str) -> Decimal | None:
    for base, size in _BASES[dimension].items():
        if word.endswith(base):
            magnitude = _MAGNITUDES.get(word[: -len(base)])
            if magnitude is not None:
                return magnitude * size
    return None


def convert(number: Decimal, factor: Decimal) -> float:
    """The double nearest to the exact product.

    Examples
    --------
    >>> convert(Decimal("123.45"), Decimal(10000)), 0.07 * 100
    (1234500.0, 7.000000000000001)
    """
    return float(number * factor)
