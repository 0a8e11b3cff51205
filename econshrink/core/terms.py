"""One dictionary of the variables: label, unit, direction and origin, for tables, axes and docs."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.core.errors import DataError, Fault


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
    parts : tuple of str
        Counts it is made of, with the time they are taken, such as ``"residents@end"``; what
        shares a count with an outcome is correlated with it by arithmetic.
    per : tuple of str
        Counts it is divided by.
    """

    name: str
    symbol: str
    label_en: str
    label_zh: str
    unit: str
    sign: int
    source: str
    parts: tuple[str, ...] = ()
    per: tuple[str, ...] = ()


_YEARBOOK = "provincial and city statistical yearbooks"
_CENSUS = "population census"
_ACCOUNTS = "population censuses, life tables of the United Nations"
_SAMPLE = "population census, long form"
_START, _END = ("residents@start",), ("residents@end",)
_BOTH = _START + _END

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
    Term(
        "net_migration_rate",
        "m",
        "Net migration 2010–2020",
        "净迁移率",
        "percent",
        -1,
        _ACCOUNTS,
        _BOTH,
        _START,
    ),
    Term(
        "csr_migration_rate",
        "m",
        "Net migration 2010–2020, census survival ratios",
        "净迁移率（普查存活比）",
        "percent",
        -1,
        _ACCOUNTS,
        _BOTH,
        _START,
    ),
    Term(
        "natural_rate",
        "n",
        "Natural change 2010–2020",
        "自然增长率",
        "percent",
        -1,
        _ACCOUNTS,
        _BOTH,
        _START,
    ),
    Term(
        "total_rate",
        "p",
        "Total change 2010–2020",
        "常住人口变化率",
        "percent",
        -1,
        _ACCOUNTS,
        _BOTH,
        _START,
    ),
    Term(
        "prior_growth",
        "p",
        "Growth 2000–2010",
        "2000–2010年增长",
        "percent",
        -1,
        _YEARBOOK,
        ("residents@start", "residents@before"),
        ("residents@before",),
    ),
    Term(
        "share_65_plus_2020",
        "e",
        "Share aged 65 and over, 2020",
        "2020年65岁及以上占比",
        "percent",
        1,
        _CENSUS,
        ("aged 65+@end",),
        _END,
    ),
    Term(
        "predicted_65_plus",
        "z",
        "Share 65+ in 2020 predicted from ages of 2010",
        "由2010年年龄预测的65岁及以上占比",
        "percent",
        1,
        _ACCOUNTS,
        ("ages@start",),
        _START,
    ),
    Term(
        "predicted_75_plus",
        "z",
        "Share 75+ in 2020 predicted from ages of 2010",
        "由2010年年龄预测的75岁及以上占比",
        "percent",
        1,
        _ACCOUNTS,
        ("ages@start",),
        _START,
    ),
    Term(
        "predicted_natural_rate",
        "z",
        "Natural change predicted from ages of 2010",
        "由2010年年龄预测的自然增长",
        "percent",
        -1,
        _ACCOUNTS,
        ("ages@start",),
        _START,
    ),
    Term(
        "child_woman_ratio",
        "f",
        "Children under 5 per 100 women 15–49",
        "妇幼比",
        "ratio",
        -1,
        _CENSUS,
        ("ages@start",),
        ("ages@start",),
    ),
    Term(
        "employment_rate",
        "j",
        "Employed per 100 persons 15+",
        "15岁及以上就业率",
        "percent",
        -1,
        _SAMPLE,
        ("employed in the sample@start",),
        ("sample@start",),
    ),
    Term(
        "employment_rate_change",
        "j",
        "Change of the employment rate 2010–2020",
        "就业率变化",
        "points",
        -1,
        _SAMPLE,
        ("employed in the sample@end", "employed in the sample@start"),
        ("sample@end", "sample@start"),
    ),
    Term(
        "log_employment_change",
        "j",
        "Log change of employment 2010–2020",
        "就业对数变化",
        "log points",
        -1,
        _SAMPLE,
        _BOTH,
    ),
    Term(
        "floor_area",
        "h",
        "Floor area a head",
        "人均住房面积",
        "m²",
        0,
        _SAMPLE,
        ("floor area in the sample@start",),
        ("sample@start",),
    ),
    Term(
        "share_purchased",
        "o",
        "Households in bought homes",
        "购买住房户占比",
        "percent",
        0,
        _SAMPLE,
    ),
    Term("share_rented", "r", "Households renting", "租房户占比", "percent", 0, _SAMPLE),
    Term(
        "share_agriculture",
        "a",
        "Employed in agriculture",
        "农业就业占比",
        "percent",
        1,
        _SAMPLE,
    ),
    Term(
        "share_nonagricultural",
        "a",
        "Employed outside agriculture",
        "非农就业占比",
        "percent",
        -1,
        _SAMPLE,
    ),
    Term("share_mining", "k", "Employed in mining", "采矿业就业占比", "percent", 1, _SAMPLE),
    Term(
        "share_manufacturing",
        "v",
        "Employed in manufacturing",
        "制造业就业占比",
        "percent",
        -1,
        _SAMPLE,
    ),
    Term(
        "share_building",
        "b",
        "Employed in construction and real estate",
        "建筑和房地产业就业占比",
        "percent",
        0,
        _SAMPLE,
    ),
    Term(
        "share_tertiary",
        "q",
        "Tertiary educated among those 5+",
        "大专及以上占比",
        "percent",
        -1,
        _CENSUS,
        (),
        _START,
    ),
    Term(
        "in_migrants",
        "i",
        "Registered in another county",
        "县外户籍人口占比",
        "percent",
        -1,
        _CENSUS,
        (),
        _START,
    ),
    Term(
        "hukou_ratio",
        "u",
        "Registered over resident population",
        "户籍与常住人口比",
        "percent",
        1,
        _CENSUS,
        (),
        _START,
    ),
    Term(
        "log_population", "P", "Log residents 2010", "2010年常住人口对数", "log", 0, _CENSUS, _START
    ),
    Term(
        "bartik",
        "B",
        "Job shock among non-agricultural industries",
        "非农产业就业冲击",
        "log points × 100",
        -1,
        _SAMPLE,
    ),
    Term(
        "bartik_all",
        "B",
        "Job shock among all industries",
        "全部产业就业冲击",
        "log points × 100",
        -1,
        _SAMPLE,
    ),
    Term(
        "gdp_per_head",
        "y",
        "GDP a head",
        "人均地区生产总值",
        "yuan",
        -1,
        _YEARBOOK,
        ("gdp@end",),
        _END,
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
