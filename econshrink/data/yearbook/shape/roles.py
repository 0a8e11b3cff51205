"""Words over columns that hold no figures: names, codes, years, indicators, units."""

from __future__ import annotations

from econshrink.data.open.text import key

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
