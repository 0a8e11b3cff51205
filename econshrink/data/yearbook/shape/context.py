"""What the title, the sheet's name and the file's name say about every figure below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from econshrink.data.open.text import key, plain
from econshrink.data.yearbook.shape.header import CITY_WORDS, DISTRICT_WORDS, ScopeName
from econshrink.data.yearbook.shape.headings import Entry, HeadingTable
from econshrink.data.yearbook.words.units import Unit, read_unit

# The edition of a yearbook is a year later than its figures: never a year of the figures.
_EDITION = re.compile(
    r"(?:年鉴|yearbook)\W{0,3}(?:19|20)\d\d年?|(?:19|20)\d\d\s*年?[\u3400-\u9fff\s\-]{0,14}年鉴|"
    r"(?:19|20)\d\d\s*[a-z\s]{0,40}yearbook",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_INLINE_UNIT = re.compile(
    r"单\s*位\s*[:：]\s*([^)）\]\s]+(?:\s[a-zA-Z.]+)*)|\bunits?\s*[:：]\s*([^)）\]]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Context:
    """Defaults for figures whose own row and column do not say.

    Parameters
    ----------
    entry : Entry, optional
        Indicator named in the title.
    year : int, optional
        The one year that title, sheet name or file name holds.
    scope : str
        ``city``, ``districts`` or empty.
    units : tuple of Unit
        Units after 单位 in a caption.
    edition : bool
        Whether the only year found is the edition of a yearbook.
    """

    entry: Entry | None = None
    year: int | None = None
    scope: ScopeName = ""
    units: tuple[Unit, ...] = ()
    edition: bool = False

    def over(self, other: Context) -> Context:
        """Complete it from the one before it on the same sheet."""
        return Context(
            self.entry or other.entry,
            self.year or other.year,
            self.scope or other.scope,
            self.units or other.units,
            self.edition or other.edition,
        )


def read_context(captions: Sequence[str], sheet: str, file: str, table: HeadingTable) -> Context:
    """Read captions first, then the sheet's name, then the file's.

    Examples
    --------
    >>> from econshrink.data.yearbook.shape.headings import heading_table
    >>> table = heading_table()
    >>> c = read_context(["2-1 常住人口（2010年）", "单位：万人"], "表1", "a.xlsx", table)
    >>> c.entry.term, c.year, c.units[0].text
    ('population', 2010, '万人')
    >>> read_context([], "", "中国城市统计年鉴2011.xlsx", heading_table()).edition
    True
    """
    stem = PurePath(file).stem
    sources = [" ".join(plain(text) for text in captions), plain(sheet), plain(stem)]
    years = [_one_year(text) for text in sources]
    scopes: list[ScopeName] = [_scope(text) for text in sources]
    entries = [_entry(text, table) for text in sources]
    return Context(
        next((entry for entry in entries if entry), None),
        next((year for year in years if year), None),
        next((scope for scope in scopes if scope), ""),
        _units(captions),
        any(_EDITION.search(text) for text in sources),
    )


def _one_year(text: str) -> int | None:
    found = set(_YEAR.findall(_EDITION.sub(" ", text)))
    return int(found.pop()) if len(found) == 1 else None


def _scope(text: str) -> ScopeName:
    districts, city = DISTRICT_WORDS.search(text), CITY_WORDS.search(text)
    if bool(districts) == bool(city):
        return ""
    return "districts" if districts else "city"


def _entry(text: str, table: HeadingTable) -> Entry | None:
    """The longest heading of the table that the text contains (three characters or more)."""
    compact = key(text)
    best = ""
    for heading in table.entries:
        if len(heading) > max(len(best), 2) and heading in compact:
            best = heading
    return table.entries[best] if best else None


def _units(captions: Sequence[str]) -> tuple[Unit, ...]:
    found: list[Unit] = []
    for caption in captions:
        for match in _INLINE_UNIT.finditer(plain(caption)):
            text = (match[1] or match[2] or "").strip()
            whole = read_unit(text)
            pieces = [text] if whole else re.split(r"[,，、;；]", text)
            found += [unit for piece in pieces if (unit := read_unit(piece.strip()))]
    return tuple(found)
