"""One dictionary of the variables: label, unit, direction and origin, for tables, axes and docs."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.errors import DataError, Fault


@dataclass(frozen=True)
class Term:
    """What a variable is.

    Parameters
    ----------
    name : str
        Name in a panel.
    symbol : str
        Sign in formulas.
    label_en, label_zh : str
    unit : str
        Unit in which a panel holds it.
    sign : int
        Direction in which more of it speaks for shrinkage: 1, -1, or 0 if neither.
    source : str
        Official origin.
    """

    name: str
    symbol: str
    label_en: str
    label_zh: str
    unit: str
    sign: int
    source: str


_YEARBOOK = "provincial and city statistical yearbooks"
_CENSUS = "population census"

_TERMS = (
    Term("population", "P", "Residents", "常住人口", "persons", -1, _YEARBOOK),
    Term("urban", "U", "Urban residents", "城镇人口", "persons", -1, _CENSUS),
    Term("rural", "R", "Rural residents", "乡村人口", "persons", 0, _CENSUS),
    Term("hukou_population", "H", "Registered population", "户籍人口", "persons", 0, _YEARBOOK),
    Term("household_size", "h", "Persons per household", "户均人口", "persons", 0, _CENSUS),
    Term("sex_ratio", "m", "Men per 100 women", "性别比", "ratio", 0, _CENSUS),
    Term("share_0_14", "c", "Share aged 0–14", "0–14岁占比", "share", -1, _CENSUS),
    Term("share_15_59", "w", "Share aged 15–59", "15–59岁占比", "share", -1, _CENSUS),
    Term("share_60_plus", "o", "Share aged 60 and over", "60岁及以上占比", "share", 1, _CENSUS),
    Term("share_65_plus", "e", "Share aged 65 and over", "65岁及以上占比", "share", 1, _CENSUS),
    Term("gdp_nominal", "Y", "GDP, current prices", "地区生产总值", "yuan", -1, _YEARBOOK),
    Term(
        "gdp_first_release",
        "Y",
        "GDP, first release",
        "地区生产总值（初步）",
        "yuan",
        -1,
        _YEARBOOK,
    ),
    Term(
        "gdp_index", "y", "Real GDP, previous year = 1", "地区生产总值指数", "ratio", -1, _YEARBOOK
    ),
    Term("gdp_primary", "Y1", "Primary value added", "第一产业增加值", "yuan", 0, _YEARBOOK),
    Term("gdp_secondary", "Y2", "Secondary value added", "第二产业增加值", "yuan", -1, _YEARBOOK),
    Term("gdp_tertiary", "Y3", "Tertiary value added", "第三产业增加值", "yuan", -1, _YEARBOOK),
    Term(
        "built_up_km2", "B", "Built-up area", "建成区面积", "km2", 0, "NASA MODIS MCD12Q1, class 13"
    ),
    Term("birth_rate", "b", "Birth rate", "出生率", "per person", -1, _YEARBOOK),
    Term("death_rate", "d", "Death rate", "死亡率", "per person", 1, _YEARBOOK),
    Term("real_growth", "g", "Real GDP growth", "地区生产总值增长", "log points", -1, _YEARBOOK),
    Term("growth", "p", "Population growth", "人口增长", "percent", -1, _YEARBOOK),
    Term(
        "lag_real_growth",
        "g",
        "Real GDP growth, year before",
        "上年地区生产总值增长",
        "percent",
        -1,
        _YEARBOOK,
    ),
    Term(
        "elderly_2010", "e", "Share aged 65+, 2010", "2010年65岁及以上占比", "percent", 1, _CENSUS
    ),
    Term(
        "children_2010",
        "c",
        "Children under 5 to women 15–49, 2010",
        "2010年妇孺比",
        "per 100",
        -1,
        _CENSUS,
    ),
    Term(
        "floor_area_2010",
        "f",
        "Floor area a head, 2010",
        "2010年人均住房面积",
        "m²",
        0,
        _CENSUS,
    ),
    Term(
        "growth_before",
        "g",
        "Real GDP growth, three years before",
        "前三年地区生产总值增长",
        "percent",
        -1,
        _YEARBOOK,
    ),
    Term(
        "lag_secondary_share",
        "s",
        "Secondary share of GDP, year before",
        "上年第二产业占比",
        "percent",
        0,
        _YEARBOOK,
    ),
)

TERMS: dict[str, Term] = {term.name: term for term in _TERMS}


def term(name: str) -> Term:
    """Look a variable up.

    Raises
    ------
    DataError
        The dictionary has no such variable.

    Examples
    --------
    >>> term("built_up_km2").label_en, term("built_up_km2").unit
    ('Built-up area', 'km2')
    """
    if name not in TERMS:
        known = ", ".join(sorted(TERMS))
        raise DataError(Fault(f"no variable '{name}'", f"one of {known}", "Check the spelling."))
    return TERMS[name]


def label(name: str, *, unit: bool = True) -> str:
    """English label of a variable, with its unit in parentheses.

    Examples
    --------
    >>> label("lag_real_growth"), label("share_65_plus", unit=False)
    ('Real GDP growth, year before (%)', 'Share aged 65 and over')
    """
    found = term(name)
    shown = "%" if found.unit == "percent" else found.unit
    return f"{found.label_en} ({shown})" if unit else found.label_en
