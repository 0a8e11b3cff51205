"""What a sheet shows for a stored number: percent signs, scaling and hiding number formats.

Number formats are those of ECMA-376, part 1, section 18.8.31: up to four sections for positive
numbers, negative numbers, zero and text; ``%`` multiplies by 100; a comma behind the last digit
divides by 1000; a literal point between digits (``0!.0,``) moves the point, as the Chinese
formats do that show 万.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

BUILT_IN = {9: "0%", 10: "0.00%"}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.?)|[_*].?|\[(?P<bracket>[^\]]*)\]?|'
    r"(?P<section>;)|(?P<digit>[0#?])|(?P<comma>,)|(?P<percent>%)|(?P<general>General|G/通用格式|@)|"
    r"(?P<exponent>[eE][+-])|(?P<date>[ymdhsbYMDHSB]+)|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
_LONGEST = 255  # characters of a format that a spreadsheet program keeps
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d{1,30}(?:\.\d{1,30})?)")
_TESTS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
_TELLING = re.compile(r"[%‰万亿千百元人]")  # literal text that changes what a figure says


@dataclass(frozen=True)
class _Section:
    """One section of a format: the power of ten it adds, its unit, its condition."""

    shift: int = 0
    unit: str = ""
    empty: bool = False
    test: tuple[str, float] | None = None


def changes(code: str) -> bool:
    """Whether some number looks otherwise under a format than it is stored.

    Examples
    --------
    >>> changes("0.00%"), changes("#,##0.00"), changes("0!.0,")
    (True, False, True)
    """
    return any(part.shift or part.unit or part.empty for part in _sections(code))


def shown(value: float, code: str) -> object:
    """The number as the sheet shows it: itself, text with its unit, or None if nothing is seen.

    No digit is lost: the scale is taken from the format, the digits from the file.

    Examples
    --------
    >>> shown(0.8012, "0.0%"), shown(1234500.0, "0!.0,"), shown(80.12, '0.00"%"'), shown(0.0, "0;;")
    ('80.12%', 123.45, '80.12%', None)
    """
    section = _chosen(_sections(code), value)
    if section.empty:
        return None
    if not section.shift and not section.unit:
        return value
    number = Decimal(repr(value)).scaleb(section.shift)
    return f"{number.normalize():f}{section.unit}" if section.unit else float(number)


def _chosen(sections: tuple[_Section, ...], value: float) -> _Section:
    if any(part.test for part in sections):
        for part in sections:
            if part.test is None or _TESTS[part.test[0]](value, part.test[1]):
                return part
        return sections[-1]
    if value < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if value == 0 and len(sections) > 2 else sections[0]


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code[:_LONGEST]):
        if token["section"]:
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_section(part, len(parts) > 1) for part in parts[:4])


def _section(tokens: list[re.Match[str]], several: bool) -> _Section:
    brackets = [_CONDITION.fullmatch(t["bracket"]) for t in tokens if t["bracket"] is not None]
    test = next(((m[1], float(m[2])) for m in brackets if m), None)
    if any(t["date"] for t in tokens):
        return _Section(test=test)
    digits = [i for i, t in enumerate(tokens) if t["digit"]]
    percent = sum(bool(t["percent"]) for t in tokens)
    if not digits:
        bare = several and not any(t["bracket"] is None for t in tokens)
        return _Section(2 * percent, "%" if percent else "", bare, test)
    last = digits[-1]
    point = next((i for i, t in enumerate(tokens) if t["other"] == "."), None)
    edges = {last} | ({d for d in digits if d < point} and {max(d for d in digits if d < point)}
                      if point is not None else set())  # fmt: skip
    commas = 0
    for edge in edges:
        following = edge + 1
        while following < len(tokens) and tokens[following]["comma"]:
            commas += 1
            following += 1
    literal = 0
    if point is None:
        marks = [i for i, t in enumerate(tokens) if "." in {t["quoted"], t["escaped"]} and i < last]
        literal = sum(d > marks[-1] for d in digits) if marks and digits[0] < marks[-1] else 0
    behind = "".join(
        (t["quoted"] or t["escaped"] or t["other"] or "") for t in tokens[last + 1 :]
    ).strip()
    unit = "%" if percent else behind if _TELLING.search(behind) else ""
    return _Section(2 * percent - 3 * commas - literal, unit, False, test)
