"""What headings and captions say: the table of headings, and how printed ones are read."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePath
from typing import Literal

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.data.open.text import CJK, key, plain
from econshrink.data.yearbook.cells import Unit, read_unit, read_year

Extension = Mapping[str, str | tuple[str, str]]
DISTRICTS = "_districts"
OWN_UNIT = "own"
COLUMN_ROLES = ("city", "code", "province", "year", "indicator", "value", "unit", "scope")
BY_USER = "heading given by the user"


@dataclass(frozen=True)
@typed_fields
class Indicator:
    """A term the reader knows.

    Parameters
    ----------
    term : str
        Name of the variable in the panel.
    dimension : str
        What it measures (persons, money, area, floor, price, count, person_years, share, rate,
        index): decides which units may be printed over it.
    additive : bool
        Whether parts sum to the whole.
    usual_unit : str
        The unit taken if the file names none; empty where no unit can be taken for granted.
    label_zh, label_en : str
        Labels.
    """

    term: str
    dimension: str
    additive: bool
    usual_unit: str
    label_zh: str
    label_en: str


@dataclass(frozen=True)
@typed_fields
class Entry:
    """What a heading means: its term, the unit it implies and a caution."""

    term: str
    unit: str = ""
    note: str = ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """The terms it may mean, if the heading alone does not tell; else empty."""
        return tuple(self.term[1:].split("/")) if self.term.startswith("?") else ()


@dataclass(frozen=True, eq=False)
class HeadingTable:
    """Headings in Chinese, English and coded form, and the terms they stand for.

    Parameters
    ----------
    entries : Mapping of str to Entry
        By heading, as `econshrink.data.open.text.key` compares it.
    indicators : Mapping of str to Indicator
        By term.
    roles : Mapping of str to str
        The user's headings of columns that hold no figures: ``city``, ``code``, ``year`` ….

    Examples
    --------
    >>> table = heading_table({"Gdpct01": ("gdp_nominal", "万元")})
    >>> table.lookup("gdpct01").unit, table.lookup("年末常住人口").term
    ('万元', 'population')
    """

    entries: Mapping[str, Entry]
    indicators: Mapping[str, Indicator]
    roles: Mapping[str, str] = field(default_factory=dict)

    def role(self, heading: str) -> str:
        """What a column without figures holds, as the user's table or ours says; else empty."""
        word = key(heading)
        found = (role for role, words in ROLES.items() if word in words)
        return self.roles.get(word) or next(found, "")

    def lookup(self, heading: str) -> Entry | None:
        """Entry of a heading, None if the table does not have it.

        A heading spelled exactly like one of our terms is that term in our own unit, unless the
        user's table says otherwise.
        """
        found = self.entries.get(key(heading))
        if found is not None and found.note == BY_USER:
            return found
        if heading.strip().removesuffix(DISTRICTS) in self.indicators:
            return Entry(heading.strip(), OWN_UNIT)
        return found

    def extended(self, extension: Extension) -> HeadingTable:
        """Table with further headings: ``{heading: term}`` or ``{heading: (term, unit)}``.

        Raises
        ------
        DataError
            A term that the table does not know, or a unit that does not measure it.
        """
        faults, entries, roles = [], dict(self.entries), dict(self.roles)
        for heading, meaning in extension.items():
            term, unit = (meaning, "") if isinstance(meaning, str) else meaning
            if term in COLUMN_ROLES and not unit:
                roles[key(heading)] = term
                entries.pop(key(heading), None)
                continue
            base = term.removesuffix(DISTRICTS)
            if base not in self.indicators:
                known = ", ".join(sorted(self.indicators))
                faults.append(
                    Fault(
                        f"term '{term}'",
                        f"one of {known}, or a role: {', '.join(COLUMN_ROLES)}",
                        "Check the spelling.",
                        f"heading {heading}",
                    )
                )
                continue
            parsed = read_unit(unit) if unit else None
            dimension = self.indicators[base].dimension
            if unit and (parsed is None or parsed.factor(dimension) is None):
                faults.append(
                    Fault(
                        f"unit '{unit}'",
                        f"a unit of {dimension}",
                        "Write it as the yearbook prints it.",
                        f"heading {heading}",
                    )
                )
                continue
            entries[key(heading)] = Entry(term, unit, BY_USER)
        raise_all(DataError, faults)
        return replace(self, entries=entries, roles=roles)


def heading_table(extension: Extension | None = None) -> HeadingTable:
    """The table of ``headings.csv``, extended by the user's own headings.

    Parameters
    ----------
    extension : mapping, optional
        ``{heading: term}`` or ``{heading: (term, unit)}``; overrides the table. A role in the
        place of the term (``{"Sgnyea": "year"}``) names a column that holds no figures: city,
        code, province, year, indicator, value, unit or scope.

    Returns
    -------
    HeadingTable

    Raises
    ------
    DataError
        Unknown term or unit.

    Notes
    -----
    年末总人口 ("total population at year-end") is registered population in most yearbooks before
    about 2016 and is read as `hukou_population` with a note; a bare 人口 is ambiguous.
    """
    table = _table()
    return table.extended(extension) if extension else table


@lru_cache(maxsize=1)
def _table() -> HeadingTable:
    indicators = {
        row["term"]: Indicator(
            row["term"],
            row["dimension"],
            row["additive"] == "1",
            row["usual_unit"],
            row["label_zh"],
            row["label_en"],
        )
        for row in _rows("indicators.csv")
    }
    entries: dict[str, Entry] = {}
    clashes = []
    for row in _rows("headings.csv"):
        entry = Entry(row["term"], row["unit"], row["note"])
        before = entries.setdefault(key(row["heading"]), entry)
        if before.term != entry.term:
            clashes.append(
                Fault(
                    f"{before.term} and {entry.term}",
                    "one term a heading",
                    "Mend headings.csv.",
                    f"heading {row['heading']}",
                )
            )
    raise_all(DataError, clashes)
    return HeadingTable(entries, indicators)


def _rows(name: str) -> list[dict[str, str]]:
    source = files("econshrink.data.yearbook") / name
    with source.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


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

    Examples
    --------
    >>> from econshrink.data.yearbook.headings import heading_table
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


# The edition of a yearbook is a year later than its figures: never a year of the figures.
_EDITION = re.compile(
    r"(?:年鉴|yearbook)\W{0,3}(?:19|20)\d\d年?|(?:19|20)\d\d\s*年?[\u3400-\u9fff\s\-]{0,14}年鉴|"
    r"(?:19|20)\d\d\s*[a-z\s]{0,40}yearbook",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
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
    >>> from econshrink.data.yearbook.headings import heading_table
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
    scopes: list[ScopeName] = [_caption_scope(text) for text in sources]
    entries = [_caption_entry(text, table) for text in sources]
    return Context(
        next((entry for entry in entries if entry), None),
        next((year for year in years if year), None),
        next((scope for scope in scopes if scope), ""),
        caption_units(captions),
        any(_EDITION.search(text) for text in sources),
    )


def _one_year(text: str) -> int | None:
    found = set(_YEAR_ALONE.findall(_EDITION.sub(" ", text)))
    return int(found.pop()) if len(found) == 1 else None


def _caption_scope(text: str) -> ScopeName:
    districts, city = DISTRICT_WORDS.search(text), CITY_WORDS.search(text)
    if bool(districts) == bool(city):
        return ""
    return "districts" if districts else "city"


def _caption_entry(text: str, table: HeadingTable) -> Entry | None:
    """The longest heading of the table that the text contains (three characters or more)."""
    compact = key(text)
    best = ""
    for heading in table.entries:
        if len(heading) > max(len(best), 2) and heading in compact:
            best = heading
    return table.entries[best] if best else None


def caption_units(captions: Sequence[str]) -> tuple[Unit, ...]:
    """Units that titles name, as in ``单位：万人``."""
    found: list[Unit] = []
    for caption in captions:
        for match in _INLINE_UNIT.finditer(plain(caption)):
            text = (match[1] or match[2] or "").strip()
            whole = read_unit(text)
            pieces = [text] if whole else re.split(r"[,，、;；]", text)
            found += [unit for piece in pieces if (unit := read_unit(piece.strip()))]
    return tuple(found)


NAME_WORDS = {
    key(word)
    for word in [
        "城市",
        "城市名称",
        "城市名",
        "地级市",
        "市",
        "市名",
        "市名称",
        "地区",
        "地区名称",
        "地市",
        "地市名称",
        "市州",
        "行政区",
        "行政区划",
        "名称",
        "所在城市",
        "统计地区",
        "city",
        "cityname",
        "city_name",
        "region",
        "area",
        "name",
        "prefecture",
        "cities",
        "city_zh",
        "name_zh",
        "name_en",
        "city_en",
        "city_cn",
        "cityzh",
        "城市city",
        "地区region",
    ]
}
CODE_WORDS = {
    key(word)
    for word in [
        "城市代码",
        "行政区划代码",
        "区划代码",
        "代码",
        "市代码",
        "地区代码",
        "行政代码",
        "城市编码",
        "code",
        "citycode",
        "city_code",
        "unit_code",
        "adcode",
        "cityid",
        "city_id",
        "id",
        "gbcode",
        "地级市代码",
        "行政区代码",
    ]
}
ROLES: dict[str, frozenset[str]] = {
    role: frozenset(key(word) for word in words.split())
    for role, words in {
        "province": "省份 省 省级 所属省份 所在省 所在省份 省区市 省市 province prov 省名 地区",
        "year": "年份 年 年度 时间 统计年度 会计年度 year 数据年份 日期 date time",
        "indicator": "指标 指标名称 项目 变量 统计指标 indicator variable item 指标名",
        "value": "数值 值 数据 指标值 value 数值大小 data figure",
        "unit": "单位 计量单位 unit units 数据单位",
        "scope": "范围 口径 统计口径 统计范围 地域范围 scope coverage 区域范围",
    }.items()
}
