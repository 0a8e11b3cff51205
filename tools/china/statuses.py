"""The one mapping from the compilation's flags and remarks to the status vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from econshrink.core.errors import DataError, Fault

# (flag, pattern of its reason, status): the first line that fits decides.
POPULATION_RULES = (
    ("suspect", r"^hukou_figure", "wrong_concept"),
    ("suspect", r"", "suspect"),
    ("interpolated", r"", "interpolated"),
    ("reported", r"census_rebasing|boundary_change|without_Meihekou", "rebased"),
    ("reported", r"", "reported"),
)
REVISION_TOLERANCE = 0.001  # closer than this the two GDP series carry one figure, rounded apart

# Employees in urban units: units and years in which the yearbook prints total employment, or (from
# 2012) more than urban units. Found by level against staff on post and against the sectors.
EMPLOYEES_OF_ANOTHER_CONCEPT: dict[str, tuple[int, ...]] = {
    "110000": tuple(range(2000, 2006)),  # Beijing; its row of 2005 has 622,500 in agriculture
    "310000": (2000, 2001),  # Shanghai
    "150400": (2000, 2001),  # Chifeng
    "360200": (2000, 2001),  # Jingdezhen
    "360500": tuple(range(2000, 2009)),  # Xinyu
    "441200": (2000, 2001),  # Zhaoqing
    "640200": (2000, 2001, 2002),  # Shizuishan
    "460100": (2000, 2001),  # Haikou
    "460200": (2000, 2001),  # Sanya
    "640100": (2000,),  # Yinchuan
    "360800": (2000,),  # Ji'an
    "360900": (2000,),  # Yichun, Jiangxi
    "361000": (2000,),  # Fuzhou, Jiangxi
    "440500": (2000,),  # Shantou
    "440800": (2000,),  # Zhanjiang
    "441600": (2000,),  # Heyuan
    "445200": (2000,),  # Jieyang
    "450500": (2000,),  # Beihai
    "500000": (2012, 2013, 2014, 2015),  # Chongqing
    "510100": (2013, 2015, 2016),  # Chengdu
}

_LEVELS = ("population", "urban", "rural")
# (pattern of a census remark, variables or the group that names them, status, reason).
# A later line never overrides a graver status set by an earlier one (`GRAVITY`).
CENSUS_RULES: tuple[tuple[str, tuple[str, ...] | int, str, str], ...] = (
    (r"filled from county tabulation: ([a-z0-9_ ]+)", 1, "reported", "filled_from_tabulation"),
    (
        r"(\w+) set to county tabulation value \(compilation has ([\d.]+)\)",
        1,
        "revised",
        "tabulation_instead_of({2})",
    ),
    (
        r"rural recomputed as population minus urban \(compilation has (\d+)\)",
        ("rural",),
        "revised",
        "population_less_urban_instead_of({1})",
    ),
    (
        r"(urban|sex_ratio) differs from county tabulation \(([\d.]+)\)",
        1,
        "suspect",
        "tabulation_prints({2})",
    ),
    (
        r"bulletin figure; county tabulation prints (\d+) \([+-]\d+\)",
        ("population",),
        "suspect",
        "tabulation_prints({1})",
    ),
    (
        r"urban and rural are on the OLD boundary",
        ("urban", "rural"),
        "suspect",
        "old_boundary",
    ),
    (r"^NOT adjusted for Xixian", _LEVELS, "suspect", "part_missing(about 605348 of Xixian)"),
    (
        r"^excludes 16507 \(Changbai Mountain zone\) that the 2010 figure includes",
        _LEVELS,
        "suspect",
        "part_missing(16507 of the Changbai zone)",
    ),
    (r"^excludes ", _LEVELS, "rebased", "parts_left_out"),
    (r"^includes ", _LEVELS, "rebased", "parts_added"),
    (r"(?:counted|territory counted) inside (\d{6})", _LEVELS, "", "counted_inside({1})"),
    (r"^Xisha only", _LEVELS, "", "no_comparable_figure"),
    (r"^outside the mainland census", _LEVELS, "reported", "own_census"),
)
GRAVITY = ("", "reported", "rebased", "revised", "suspect")


def unmapped(seen: str) -> DataError:
    """The error for a flag, remark or column that no recorded mapping covers."""
    return DataError(Fault(seen, "what the recorded mappings cover", "Review and extend them."))


def population_status(flag: str, reason: str) -> str:
    """Status of an annual population cell.

    Parameters
    ----------
    flag, reason : str
        The compilation's status and the rule that gave it.

    Returns
    -------
    str
        One of the statuses of `econshrink.nouns.panel`.

    Raises
    ------
    DataError
        A flag the mapping does not know.

    Examples
    --------
    >>> population_status("suspect", "hukou_figure(2021 Heilongjiang)")
    'wrong_concept'
    >>> population_status("reported", "census_rebasing(-8.4%)")
    'rebased'
    """
    for known, pattern, status in POPULATION_RULES:
        if flag == known and re.search(pattern, reason):
            return status
    raise unmapped(f"unknown population status {flag!r} ({reason!r})")


def nominal_status(flag: str, source: str, value: str, first_release: str) -> str:
    """Status of a nominal GDP cell: `revised` where a later figure replaced the first one.

    Parameters
    ----------
    flag, source : str
        The compilation's status and the series the figure was taken from.
    value, first_release : str
        The figure and the one first released (may be empty).

    Returns
    -------
    str

    Examples
    --------
    >>> nominal_status("reported", "revised_series", "12450.56", "18549.19")
    'revised'
    >>> nominal_status("reported", "first_release", "3277.8", "3277.8")
    'reported'
    """
    if flag == "suspect":
        return "suspect"
    if flag != "reported" or source not in {"revised_series", "first_release"}:
        raise unmapped(f"unknown GDP status {flag!r} from {source!r}")
    if source == "first_release":
        return "reported"
    same = first_release and abs(float(value) / float(first_release) - 1) <= REVISION_TOLERANCE
    return "reported" if same else "revised"


def census_statuses(note: str) -> dict[str, tuple[str, str]]:
    """Status and reason of each variable a census remark speaks of.

    Parameters
    ----------
    note : str
        Remark of one row; may hold several.

    Returns
    -------
    dict of str to (str, str)
        Empty for an empty remark.

    Raises
    ------
    DataError
        A remark the mapping does not know.

    Examples
    --------
    >>> census_statuses("urban differs from county tabulation (1657687)")
    {'urban': ('suspect', 'tabulation_prints(1657687)')}
    """
    found: dict[str, tuple[str, str]] = {}
    for variables, status, reason in _matches(note):
        for variable in variables:
            if GRAVITY.index(status) > GRAVITY.index(found.get(variable, ("", ""))[0]) or (
                variable not in found
            ):
                found[variable] = (status, reason)
    if note and not found:
        raise unmapped(f"unknown census remark {note!r}")
    return found


def _matches(note: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for pattern, variables, status, reason in CENSUS_RULES:
        for match in re.finditer(pattern, note):
            named = variables if isinstance(variables, tuple) else tuple(match[variables].split())
            yield named, status, reason.format(match[0], *match.groups())
