"""Units of measurement: how they are printed, and the exact factor to the units of this package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from econshrink.data.open.text import plain

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
}
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
    word = re.sub(r"[\s.,_]", "", shown.lower())
    if not word:
        return None
    factors = [(dim, f) for dim in _BASES if (f := _measure(word, dim)) is not None]
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
