"""Names of places: every usual form of a city's name or code, to the unit or its candidates."""

from __future__ import annotations

import csv
import difflib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import pandas as pd

from econshrink.data.china.panels import load_units
from econshrink.data.open.text import CJK, plain, romanised, simplified

PlaceKind = Literal["unit", "province", "nation", "total", "county", "ambiguous", "unknown"]


@dataclass(frozen=True)
class Place:
    """What a name or code stands for.

    Parameters
    ----------
    kind : str
        ``unit``, ``province``, ``nation``, ``total`` (a sum without a name), ``county`` (below
        the prefecture), ``ambiguous`` or ``unknown``.
    code : str
        Unit code; for a province its two digits and four zeros; for a county the unit it
        belongs to, empty if that is not known.
    how : str
        How it was recognised.
    candidates : tuple of str
        Codes of the units it may be, if it is ambiguous.
    """

    kind: PlaceKind
    code: str = ""
    how: str = ""
    candidates: tuple[str, ...] = ()


UNKNOWN = Place("unknown")


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Every form of the names of units, provinces and county-level cities.

    Build it once with `load_gazetteer`. The dictionaries map a form to ``{code: how}``.
    """

    labels: dict[str, str]
    chinese: dict[str, dict[str, str]]
    latin: dict[str, dict[str, str]]
    provinces: dict[str, str]
    counties: dict[str, tuple[str, ...]]
    codes: dict[str, dict[str, str]]
    last_year: dict[str, int]
    reused: dict[str, int]
    _seen: dict[tuple[str, str], Place] = field(default_factory=dict, repr=False)

    def match(self, name: object, province: str = "") -> Place:
        """Find what a name stands for.

        Parameters
        ----------
        name : object
            A cell; anything but text is unknown.
        province : str
            Code of the province the row stands under, if known: resolves names that repeat.

        Returns
        -------
        Place

        Examples
        --------
        >>> gazetteer = load_gazetteer()
        >>> gazetteer.match("襄 樊").code, gazetteer.match("恩施市").kind
        ('420600', 'county')
        >>> gazetteer.match("Suzhou").candidates
        ('320500', '341300')
        >>> gazetteer.match("Suzhou", "340000").code
        '341300'
        """
        if not isinstance(name, str):
            return UNKNOWN
        found = self._seen.get((name, province))
        if found is None:
            found = self._match(plain(name), province[:2])
            if len(self._seen) < 100_000:
                self._seen[name, province] = found
        return found

    def match_code(self, value: object, year: int | None = None) -> Place:
        """Find the unit of a code of 4, 6, 9 or 12 digits, printed as text or as a number.

        Ten codes of Hainan were given to other counties in 2007: without a year they are ambiguous.

        Examples
        --------
        >>> gazetteer = load_gazetteer()
        >>> [gazetteer.match_code(c).code for c in (1301, "130100", 522400.0, "340181")]
        ['130100', '130100', '520500', '340100']
        """
        digits = digits_of(value)
        if len(digits) not in {4, 6, 9, 12}:
            return UNKNOWN
        code = (digits[:6] if len(digits) > 4 else digits + "00").ljust(6, "0")
        place = self._match_code(code, "code" if len(digits) != 4 else "code of four digits")
        if place.kind == "ambiguous" and year is not None:
            kind = "current" if year >= self.reused[code] else "former"
            [unit] = [u for u, k in self.codes[code].items() if k == kind]
            return Place("unit", unit, f"code as of {year}")
        return place

    def province(self, name: object) -> str:
        """Code of the province that a cell names or numbers, empty if none.

        Examples
        --------
        >>> gazetteer = load_gazetteer()
        >>> [gazetteer.province(name) for name in ("广西", "Shaanxi Province", 13)]
        ['450000', '610000', '130000']
        """
        if not isinstance(name, str) or plain(name).replace(".", "").isdigit():
            digits = digits_of(name)
            code = digits[:2] + "0000"
            whole = len(digits) == 2 or (len(digits) == 6 and digits.endswith("0000"))
            return code if whole and code in self.provinces.values() else ""
        return self.provinces.get(compact_name(plain(name)), "")

    def label(self, code: str) -> str:
        """Name of a unit for people: ``苏州市 Suzhou, Jiangsu (320500)``."""
        return self.labels.get(code, code)

    def similar(self, name: str) -> tuple[str, ...]:
        """Units whose names look like a name that was not recognised.

        Examples
        --------
        >>> load_gazetteer().similar("石家庒")
        ('石家庄市 Shijiazhuang, Hebei (130100)',)
        """
        compact = compact_name(plain(name))
        pool = self.chinese if CJK.search(name) else self.latin
        near = difflib.get_close_matches(compact, pool, n=3, cutoff=0.6)
        codes = dict.fromkeys(code for form in near for code in pool[form])
        return tuple(self.label(code) for code in codes)

    def _match(self, name: str, province: str) -> Place:
        digits = digits_of(name)
        if digits:
            return self.match_code(digits)
        compact = compact_name(name)
        if not compact:
            return UNKNOWN
        if compact in NATION:
            return Place("nation", "000000", "nation")
        if compact in TOTALS:
            return Place("total", "", "total")
        chinese = bool(CJK.search(name))
        found = self.chinese.get(compact, {}) if chinese else self.latin.get(compact, {})
        state = self.provinces.get(compact, "")
        if province and found:
            inside = {code: how for code, how in found.items() if code[:2] == province}
            if inside or state:
                found = inside
        if state and not (state[:2] == province and found) and not is_municipality(state):
            # Jilin and Hainan name a province and a unit; the province wins unless the row
            # already stands under it.
            if found and not province:
                return Place("ambiguous", state, "province or city", (state, *sorted(found)))
            return Place("province", state, "province")
        if len(found) > 1:
            return Place("ambiguous", "", "several units", tuple(sorted(found)))
        if found:
            [(code, how)] = found.items()
            return Place("unit", code, how)
        return self._below(compact, province) if chinese else UNKNOWN

    def _below(self, name: str, province: str) -> Place:
        """County-level cities, counties, banners and districts, or nothing known."""
        known = self.counties.get(name, ())
        codes = [code for code in known if code[:2] == province] or list(known)
        parents = sorted({p for code in codes for p in self._parent(code)})
        if codes:
            return Place("county", parents[0] if len(parents) == 1 else "", "county-level city")
        if re.search(r"(县|旗|区)$", name) and len(name) > 2 and not name.endswith("地区"):
            return Place("county", "", "county, banner or district")
        return UNKNOWN

    def _parent(self, code: str) -> Iterable[str]:
        place = self._match_code(code[:4] + "00", "")
        return [place.code] if place.kind == "unit" else []

    def _match_code(self, code: str, how: str) -> Place:
        found = self.codes.get(code, {})
        if len(found) > 1:
            return Place("ambiguous", "", "a code that was given to another unit", tuple(found))
        if found:
            [(unit, kind)] = found.items()
            return Place("unit", unit, how if kind == "current" else "former code")
        if is_municipality(code[:2] + "0000") and code[:2] + "0000" in self.codes:
            inner = code[2:4] in {"01", "02"}
            if inner and code.endswith("00"):
                return Place("unit", code[:2] + "0000", "code of a municipality's districts")
            return Place("county", code[:2] + "0000", "county-level code")
        if code.endswith("0000"):
            known = code in self.provinces.values()
            return Place("province", code, "province") if known else UNKNOWN
        if not code.endswith("00"):
            parents = self.codes.get(code[:4] + "00", {})
            if len(parents) == 1:
                return Place("county", next(iter(parents)), "county-level code")
        return Place("unknown", "", "no such code")


@lru_cache(maxsize=1)
def load_gazetteer() -> Gazetteer:
    """The gazetteer of the embedded units, the crosswalk and the county-level cities."""
    units = load_units()
    chinese: dict[str, dict[str, str]] = defaultdict(dict)
    latin: dict[str, dict[str, str]] = defaultdict(dict)
    codes: dict[str, dict[str, str]] = {code: {code: "current"} for code in units.index}
    for code, unit in units.iterrows():
        _add(chinese, chinese_forms(str(unit["name_zh"]), str(unit["kind"])), str(code))
        _add(latin, latin_forms(str(unit["name_en"]), str(code)), str(code))
    _add_changes(chinese, latin, codes)
    for short, code in SHORT_FORMS.items():
        chinese[short].setdefault(code, "short form")
    counties: dict[str, tuple[str, ...]] = {}
    for row in load_county_cities().itertuples():
        counties[str(row.name_zh)] = (*counties.get(str(row.name_zh), ()), str(row.code))
    labels = {
        str(code): f"{unit['name_zh']} {unit['name_en']}, {unit['province']} ({code})"
        for code, unit in units.iterrows()
    }
    crosswalk = load_crosswalk()
    ended = crosswalk[crosswalk["kind"] == "abolished"]
    last = {str(c): int(y) - 1 for c, y in zip(ended["old_code"], ended["year"], strict=True)}
    provinces = province_names(
        zip(units.index, units["province_zh"], units["province"], strict=True)
    )
    labels.update(
        {
            code: f"{name} ({code})"
            for name, code in provinces.items()
            if CJK.search(name) and code not in labels and name.endswith(("省", "区"))
        }
    )
    reused = {
        str(row.old_code): int(str(row.year))
        for row in crosswalk.itertuples()
        if len(codes.get(str(row.old_code), {})) > 1
    }
    return Gazetteer(labels, dict(chinese), dict(latin), provinces, counties, codes, last, reused)


def _add_changes(
    chinese: dict[str, dict[str, str]],
    latin: dict[str, dict[str, str]],
    codes: dict[str, dict[str, str]],
) -> None:
    """Former names and codes; a form that is a current one keeps its current meaning."""
    table = load_crosswalk()
    for row in table[table["kind"].isin(["renamed", "upgraded", "recoded"])].itertuples():
        new = str(row.new_code)
        if row.old_code:
            codes.setdefault(str(row.old_code), {}).setdefault(new, "former")
        kind = "prefecture" if row.kind == "upgraded" else "prefecture_city"
        for form in chinese_forms(str(row.old_name_zh), kind):
            if form not in chinese:
                chinese[form][new] = f"former name, until {row.year}"
        if row.old_name_en:
            for form in latin_forms(str(row.old_name_en), ""):
                if form not in latin:
                    latin[form][new] = f"former name, until {row.year}"


def _add(forms: dict[str, dict[str, str]], found: dict[str, str], code: str) -> None:
    for form, how in found.items():
        forms[form].setdefault(code, how)


_ENGLISH_SUFFIX = re.compile(
    r"[\s\-](prefecture[ -]level city|municipality|city|shi|autonomous prefecture|prefecture|"
    r"league|diqu|special administrative region|sar|forestry district|county)$"
)
_PROVINCE_SUFFIX = re.compile(
    r"[\s\-](province|sheng|municipality|(zhuang |hui |uygur |uyghur )?autonomous region)$"
)
_SEPARATORS = re.compile(r"[\s·.,，、()（）:：\-]")


def chinese_forms(name: str, kind: str) -> dict[str, str]:
    """Forms of a Chinese name and what to call each."""
    forms = {name: "full name"}
    if name.endswith("自治州"):
        stem = ETHNIC.sub("", name.removesuffix("自治州"))
        forms |= {stem + "州": "short name", stem + "自治州": "short name"}
    elif name.endswith(("自治县", "林区")):
        stem = ETHNIC.sub("", re.sub("(自治县|林区)$", "", name))
        forms |= {stem + "县": "short name"} if name.endswith("县") else {}
    else:
        stem = re.sub("(地区|特别行政区|市|盟|县)$", "", name)
    if len(stem) > 1:
        forms.setdefault(stem, "without suffix")
    if kind == "prefecture_city":
        forms.setdefault(stem + "地区", "other suffix")
    if name.endswith(("地区", "盟")):
        forms.setdefault(stem + "盟" if name.endswith("地区") else stem + "地区", "other suffix")
    return forms


def latin_forms(name: str, code: str) -> dict[str, str]:
    """Romanised forms of an English name and what to call each."""
    forms = {romanised(name): "English name"}
    umlaut = name.lower().replace("ü", "v")
    forms.setdefault(romanised(umlaut), "English name")
    bare = _ENGLISH_SUFFIX.sub("", name.lower())
    forms.setdefault(romanised(bare), "English name")
    for spelling in SPELLINGS.get(code, ()):
        forms.setdefault(spelling, "other spelling")
    return forms


def province_names(units: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Every form of the names of provinces, and their codes."""
    table = dict(PROVINCES_EN)
    for code, chinese, english in units:
        state = code[:2] + "0000"
        stem = re.sub("(壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|省|市)$", "", chinese)
        table |= {chinese: state, stem: state, romanised(english): state}
        if stem in {"内蒙古", "广西", "西藏", "宁夏", "新疆"}:
            table[stem + "自治区"] = state
        else:
            table.setdefault(stem + "省", state)
    return table


def compact_name(name: str) -> str:
    """The form that is looked up: Chinese without spaces in simplified characters, or letters."""
    if CJK.search(name):
        return simplified(_SEPARATORS.sub("", name))
    lowered = name.lower().strip()
    bare = _PROVINCE_SUFFIX.sub("", lowered)
    if bare == lowered:
        bare = _ENGLISH_SUFFIX.sub("", lowered)
    if bare == "hainan" and "prefecture" in lowered:  # a unit of Qinghai, not the province
        return romanised(lowered)
    return romanised(bare)


def digits_of(value: object) -> str:
    """Digits of a code printed as text or as a number, empty if it is none."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and value > 0 else ""
    text = plain(str(value)).lstrip("'").removesuffix(".0")
    return text if text.isascii() and text.isdigit() else ""


def is_municipality(code: str) -> bool:
    """Whether a province-level code is a unit of its own."""
    return code in {"110000", "120000", "310000", "500000", "810000", "820000"}


CHANGES = ("renamed", "upgraded", "recoded", "abolished", "established", "transferred")


def load_crosswalk() -> pd.DataFrame:
    """Changes of names, codes and territory, one a row.

    Returns
    -------
    DataFrame
        `kind` (one of `CHANGES`), `year`, `old_code`, `old_name_zh`, `old_name_en`, `new_code`
        (valid in 2020), `new_name_zh`, `note` (for transfers: the territory). For ``abolished``
        old and new code are the unit itself; its successors stand under ``transferred``.

    Examples
    --------
    >>> table = load_crosswalk()
    >>> table.loc[table["old_name_zh"] == "襄樊市", ["kind", "year", "new_name_zh"]].values.tolist()
    [['renamed', 2010, '襄阳市']]
    """
    return _table("crosswalk.csv").astype({"year": int})


def load_county_cities() -> pd.DataFrame:
    """County-level cities since 2002: `code` (GB/T 2260) and `name_zh`.

    The first four digits are those of the prefecture a city belongs to; ``90`` in their place
    means direct administration. Codes given up since are kept, so a city may appear twice.

    Examples
    --------
    >>> cities = load_county_cities()
    >>> cities.loc[cities["name_zh"] == "义乌市", "code"].tolist()
    ['330782']
    """
    return _table("county_cities.csv")


@lru_cache(maxsize=8)
def _read(name: str) -> pd.DataFrame:
    source = files("econshrink.data.yearbook") / name
    with source.open(encoding="utf-8") as file:
        return pd.DataFrame(list(csv.DictReader(file)), dtype="str")


def _table(name: str) -> pd.DataFrame:
    return _read(name).copy()


ETHNIC = re.compile(
    "(朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|黎族|"
    "哈萨克|蒙古|柯尔克孜)+$"
)

SHORT_FORMS = {
    "巴州": "652800",
    "博州": "652700",
    "克州": "653000",
    "延边州": "222400",
    "香港": "810000",
    "澳门": "820000",
}

# Romanised forms (letters alone) beside the English name of the unit.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "141100": ("lyuliang", "luliang"),
    "150100": ("huhehaote", "huhhot", "hohot"),
    "150200": ("baotow",),
    "150600": ("eerduosi", "erdos", "erduosi"),
    "150700": ("hulunbeier", "hulunber", "hulunbeir"),
    "150800": ("bayannaoer", "bayannaur", "bayannao"),
    "150900": ("wulanchabu", "ulanchab"),
    "152200": ("xingan",),
    "152500": ("xilinguole", "xilingole"),
    "152900": ("alashan",),
    "222400": ("yanbiankorean",),
    "230100": ("haerbin",),
    "230200": ("qiqihaer",),
    "232700": ("daxinganling", "dahinggan", "dahingganling"),
    "341500": ("liuan",),
    "341600": ("haozhou",),
    "451000": ("bose",),
    "513200": ("aba",),
    "513300": ("ganzi", "garze"),
    "522300": ("qianxinan",),
    "532800": ("sipsongpanna",),
    "540100": ("lasa",),
    "540200": ("rikaze", "xigaze"),
    "540300": ("changdu", "chamdo"),
    "540400": ("linzhi",),
    "540500": ("lhoka",),
    "540600": ("naqu", "nagchu"),
    "542500": ("ali",),
    "632500": ("hainantibetan",),
    "632600": ("guoluo",),
    "650100": ("wulumuqi",),
    "650200": ("kelamayi",),
    "650400": ("tulufan",),
    "650500": ("kumul",),
    "652700": ("boertala", "bortalamongol"),
    "652800": ("bayinguoleng", "bayingol", "bayinguoleng"),
    "652900": ("akesu",),
    "653000": ("kezilesu",),
    "653100": ("kashi", "kaxgar"),
    "653200": ("hetian",),
    "654000": ("yili",),
    "654200": ("tarbagatay",),
    "654300": ("aletai",),
    "659002": ("alaer",),
    "659003": ("tumushuke",),
    "659008": ("kekedala",),
    "810000": ("xianggang",),
    "820000": ("macao", "aomen"),
}

PROVINCES_EN = {
    "neimenggu": "150000",
    "neimongol": "150000",
    "xizang": "540000",
    "shanxisheng": "140000",
    "taiwan": "710000",
    "台湾": "710000",
    "台湾省": "710000",
}

NATION = {"全国", "全国总计", "全国合计", "中国", "china", "nationaltotal", "nation", "national"}
TOTALS = {
    "合计",
    "总计",
    "小计",
    "全省",
    "全区",
    "全省合计",
    "全省总计",
    "平均",
    "城市合计",
    "地级城市合计",
    "total",
    "sum",
    "allcities",
    "average",
    "subtotal",
}
