"""Forms of names: what is stripped, what is compared, how a name may be written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from econshrink.data.open.text import CJK, plain, romanised, simplified
from econshrink.data.yearbook.words.spellings import ETHNIC, PROVINCES_EN, SPELLINGS

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
