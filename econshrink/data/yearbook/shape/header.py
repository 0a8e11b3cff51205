"""One column's heading: term, year, scope and unit out of its stacked lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from econshrink.data.open.text import CJK, key, plain
from econshrink.data.yearbook.shape.headings import DISTRICTS, Entry, HeadingTable
from econshrink.data.yearbook.words.cells import read_year
from econshrink.data.yearbook.words.units import Unit, read_unit

ScopeName = Literal["", "city", "districts"]
DISTRICT_WORDS = re.compile(
    r"市辖区|districts?\s+under\s+(the\s+)?(jurisdiction\s+of\s+)?(the\s+)?city|"
    r"city\s+districts|municipal\s+districts|(?<![a-z])districts(?![a-z])",
    re.IGNORECASE,
)
CITY_WORDS = re.compile(
    r"全市(?!性)|地区合计|total\s+city|whole\s+city|entire\s+city", re.IGNORECASE
)
_YEAR = re.compile(r"(?<![\d.])((?:19|20)\d\d)(?![\d.])\s*(年末|年底|年)?")
_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
UNIT_LABEL = re.compile(r"^\s*[(\[]?\s*(?:(?:计量)?单\s*位|units?)\s*[:：]\s*", re.IGNORECASE)
_SPLIT = re.compile(r"[_:：/|;；，、]|\s-\s|,(?!\d{3})|--+")
_SPACE = re.compile(r"\s")
_RATIO = re.compile(r"(?=[%‰]$)")
_HARMLESS = {
    "当年价格",
    "当年价",
    "现价",
    "按当年价格计算",
    "按当年价计算",
    "本年价格",
    "年末",
    "期末",
    "年末数",
    "合计",
    "总计",
    "currentprices",
    "currentprice",
    "atcurrentprices",
    "yearend",
    "total",
    "end",
    "atyearend",
    "endofyear",
}


@dataclass(frozen=True)
class Heading:
    """What a heading says.

    Parameters
    ----------
    text : str
        Its lines, joined, as printed.
    entry : Entry, optional
        Meaning in the heading table; None if it names no term the table has.
    year : int, optional
        Year it names.
    scope : str
        ``city`` (全市), ``districts`` (市辖区) or empty.
    unit : Unit, optional
        Unit printed in it.
    rest : str
        The words that were looked up; empty if the heading holds a year, scope or unit alone.
    conflict : str
        Set if its Chinese and English lines name different terms.
    """

    text: str
    entry: Entry | None = None
    year: int | None = None
    scope: ScopeName = ""
    unit: Unit | None = None
    rest: str = ""
    conflict: str = ""


@dataclass(frozen=True)
class _Line:
    rest: str
    year: int | None
    scope: ScopeName
    unit: Unit | None


def read_heading(lines: Sequence[str], table: HeadingTable) -> Heading:
    """Read the lines over one column, from top to bottom.

    Parameters
    ----------
    lines : sequence of str
        Texts of the heading rows over the column (merged cells already spread).
    table : HeadingTable
        Headings and terms.

    Returns
    -------
    Heading

    Examples
    --------
    >>> from econshrink.data.yearbook.shape.headings import heading_table
    >>> h = read_heading(["年末户籍人口（万人）", "市辖区"], heading_table())
    >>> h.entry.term, h.scope, h.unit.text
    ('hukou_population', 'districts', '万人')
    """
    texts = list(dict.fromkeys(text for line in lines if (text := plain(line))))
    shown = " / ".join(texts)
    exact = [
        entry for text in (lines[-1:] and [lines[-1].strip()]) if (entry := table.lookup(text))
    ]
    if exact and len(texts) == 1:
        return _scoped(Heading(shown, exact[0], rest=texts[0]))
    parts = [_read_line(text) for text in texts]
    year = next((part.year for part in reversed(parts) if part.year), None)
    scope: ScopeName = next((part.scope for part in reversed(parts) if part.scope), "")
    unit = next((part.unit for part in reversed(parts) if part.unit), None)
    words = [part.rest for part in parts if part.rest]
    chinese = [word for word in words if CJK.search(word)]
    english = [word for word in words if not CJK.search(word)]
    by_chinese, by_english = _resolve(chinese, table), _resolve(english, table)
    chinese = [word for word in chinese if key(word) not in _HARMLESS]
    words = [word for word in words if key(word) not in _HARMLESS]
    conflict = ""
    if by_chinese and by_english and _differ(by_chinese, by_english):
        conflict = f"Chinese says {by_chinese.term}, English says {by_english.term}"
    entry = by_chinese if chinese else by_english
    return _scoped(Heading(shown, entry, year, scope, unit, " ".join(words), conflict))


def _differ(first: Entry, second: Entry) -> bool:
    """Whether two meanings exclude one another; an ambiguous word agrees with its candidates."""
    one, two = set(first.candidates or (first.term,)), set(second.candidates or (second.term,))
    return not one & two


def _scoped(heading: Heading) -> Heading:
    """A term with our suffix for districts carries its scope."""
    if heading.entry is None or not heading.entry.term.endswith(DISTRICTS):
        return heading
    entry = replace(heading.entry, term=heading.entry.term.removesuffix(DISTRICTS))
    return replace(heading, entry=entry, scope="districts")


def _resolve(words: list[str], table: HeadingTable) -> Entry | None:
    """All lines together first, then the lower ones; never an upper line alone.

    The line 第一产业 under 地区生产总值 must not be read as the total above it.
    """
    said = [word for word in words if key(word) not in _HARMLESS]
    for text in (*_combinations(words[:0] if said == words else words), *_combinations(said)):
        entry = table.lookup(text)
        if entry is not None:
            return entry
    return None


def _combinations(words: list[str]) -> Iterator[str]:
    for start in range(len(words)):
        tail = words[start:]
        yield " ".join(tail)
        if len(tail) > 1:
            yield " ".join(reversed(tail))
            yield f"{tail[0]} {tail[-1]}"
            yield f"{tail[-1]} {tail[0]}"


@lru_cache(maxsize=8192)
def _read_line(text: str) -> _Line:
    """Take scope, unit and year out of one line; what remains is its words."""
    scope: ScopeName = ""
    unit: Unit | None = None
    work = UNIT_LABEL.sub("", text)
    if work != text and (named := read_unit(work.rstrip(")] "))):
        return _Line("", None, "", named)
    if (year := read_year(work)) is not None:
        return _Line("", year, "", None)
    whole = read_unit(work)
    if whole is not None:
        return _Line("", None, "", whole)
    for pattern, name in ((DISTRICT_WORDS, "districts"), (CITY_WORDS, "city")):
        # 市辖区 may be part of a longer word only as its first or last part.
        if pattern.search(work) and not re.search("市辖区(数|个数)", work):
            scope = "districts" if name == "districts" else "city"
            work = pattern.sub(" ", work)
            break
    for found in list(_BRACKETS.finditer(work)):
        inner, keep = found[1], []
        for piece in [inner] if read_unit(inner) else re.split(r"[,;，、；]", inner):
            measured = read_unit(UNIT_LABEL.sub("", piece))
            if measured is not None:
                unit = measured
            elif key(piece) and key(piece) not in _HARMLESS:
                keep.append(piece)
        work = work.replace(found[0], f"({','.join(keep)})" if keep else " ", 1)
    work, unit = _trailing_unit(work, unit)
    outside = _BRACKETS.sub("", work)
    dated = _YEAR.search(outside)
    if dated:
        work = work.replace(dated[0], "年末" if dated[2] in {"年末", "年底"} else " ", 1)
    rest = work.strip(" _:/|;,-")
    return _Line(rest, int(dated[1]) if dated else None, scope, unit)


def _trailing_unit(work: str, unit: Unit | None) -> tuple[str, Unit | None]:
    """A unit behind the last separator or space: 人口_万人, GDP/亿元, 人口 万人."""
    trimmed = work.rstrip(" _:/|;,-")
    cuts = {m.end() for pattern in (_SPLIT, _SPACE, _RATIO) for m in pattern.finditer(trimmed)}
    for cut in sorted(cuts):  # the longest tail first: 元/平方米 before 平方米
        measured = read_unit(trimmed[cut:].strip(" _:/|;,-"))
        if measured is not None and key(trimmed[:cut]):
            return trimmed[:cut].rstrip(" _:/|;,-"), measured
    return work, unit
