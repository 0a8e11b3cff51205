"""Assumptions and scenarios for the atlas: their words, and what each one leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analyses.machinery.workspace import slug
from analyses.shared.forecast_parts import ASSUMPTIONS
from econshrink.report import Item, Sheet, Text

PAGE = "scenarios"
YEARS = (2030, 2035)
COMMON = Text(
    "Cohort-component projection from the census of 2020; every scenario meets the same shocks. "
    "Arithmetic, no forecast and no effect of a policy.",
    "自2020年普查起的队列要素推算；各情景使用相同冲击。只是算术，不是预测，也不是政策效果。",
)
_LINK = Text(
    "It acts through the association of net migration 2010–2020 with it, {estimate:.4f} for one "
    "unit (standard error {error:.4f}).",
    "通过其与2010–2020年净迁移的关联起作用：每单位{estimate:.4f}（标准误{error:.4f}）。",
)
# Name as the exhibit has it, to its Chinese name, what it assumes, and its response if any.
_SCENARIOS: dict[str, tuple[str, Text, str]] = {
    "Baseline": ("基准", Text(
        "The nation's birth rates of 2021–2023 by age, at each unit's relative level, and the "
        "survival of the tables; net migration by age as in 2010–2020, fading at the pace seen "
        "between the decades. Net migration adds up to zero over the nation.",
        "采用2021–2023年全国分年龄生育率（按各单位相对水平）与生命表存活率；分年龄净迁移沿用2010–2020"
        "年，并按两个十年间的速度衰减。全国净迁移合计为零。"), ""),
    "Fertility a fifth higher": ("生育率高五分之一", Text(
        "All birth rates a fifth above the baseline.", "所有生育率比基准高五分之一。"), ""),
    "Fertility a fifth lower": ("生育率低五分之一", Text(
        "All birth rates a fifth below the baseline.", "所有生育率比基准低五分之一。"), ""),
    "Employment rate 5 points higher in losing units": ("收缩单位就业率高5个百分点", Text(
        "The employment rate of units that lost residents in 2010–2020 is five points higher.",
        "2010–2020年人口减少的单位就业率高5个百分点。"), "jobs"),
    "Floor area 5 square metres a head larger in losing units": ("收缩单位人均住房多5平方米", Text(
        "Floor area a head in units that lost residents in 2010–2020 is five square metres larger.",
        "2010–2020年人口减少的单位人均住房面积多5平方米。"), "housing"),
    "Mobility a quarter higher": ("迁移强度高四分之一", Text(
        "All net migration rates a quarter larger, gains and losses.",
        "所有净迁移率（净迁入与净迁出）扩大四分之一。"), ""),
    "Mobility a quarter lower": ("迁移强度低四分之一", Text(
        "All net migration rates a quarter smaller, gains and losses.",
        "所有净迁移率（净迁入与净迁出）缩小四分之一。"), ""),
    "Migration a quarter closer to the province": ("迁移率向全省靠近四分之一", Text(
        "The net migration rate of every unit is drawn a quarter of the way to the mean of its "
        "province.", "各单位净迁移率向所在省均值靠近四分之一。"), ""),
    "Nobody moves": ("无人迁移", Text(
        "All net migration rates are zero: what ages alone lead to.",
        "所有净迁移率为零：仅由年龄结构决定的结果。"), ""),
}  # fmt: skip
# Label of an assumption of the forecast to its Chinese label and its words.
_ASSUMPTIONS: dict[str, tuple[str, Text]] = {
    "Nation calibrated to official births and deaths": ("全国按官方出生死亡数校准", Text(
        "The assumption of the forecast. Fertility and mortality of the nation meet the official "
        "births and deaths of 2021–2024; recent migration keeps 80% or 90% of its size from year "
        "to year (two models of the mixture).",
        "预测所用假设。全国生育与死亡水平与2021–2024年官方出生、死亡数一致；近期迁移逐年保留80%或"
        "90%（混合中的两个模型）。")),
    "Rates as the tables give them": ("采用国际数据表的原始比率", Text(
        "National fertility and mortality as the international tables have them.",
        "全国生育率与死亡率按国际数据表取值。")),
    "Fertility 15% higher": ("生育率高15%", Text(
        "Fertility of the nation 15% above the calibrated one from now on.",
        "全国生育率自现在起比校准水平高15%。")),
    "Fertility 15% lower": ("生育率低15%", Text(
        "Fertility of the nation 15% below the calibrated one from now on.",
        "全国生育率自现在起比校准水平低15%。")),
    "Recent migration fades faster (.8)": ("近期迁移衰减更快（0.8）", Text(
        "Recent migration keeps 80% of its size from year to year.", "近期迁移逐年保留80%。")),
    "Recent migration goes on undamped": ("近期迁移不衰减", Text(
        "Recent migration goes on at its full size.", "近期迁移按原有规模持续。")),
    "Units held to no nation": ("不受全国总量约束", Text(
        "Draws of the units are not scaled to a draw of the nation.",
        "各单位的抽样不按全国总量调整。")),
}  # fmt: skip


def scenario_words(name: str, found: Mapping[str, Any]) -> tuple[Text, Text]:
    """Title of a scenario, and what it assumes."""
    zh, words, response = _SCENARIOS[name]
    parts = [words]
    stem = f"scenario.response.{response}"
    if response and stem in found:
        numbers = {"estimate": found[stem], "error": found[f"{stem}_se"]}
        parts.append(Text(*(text.format(**numbers) for text in _LINK)))
    return Text(name, zh), Text(" ".join(p.en for p in parts), "".join(p.zh for p in parts))


def sheets(found: Mapping[str, Any]) -> list[Sheet]:
    """What assumptions of the forecast lead to, and what scenarios do; as in the paper."""
    return [sheet for sheet in (_assumptions(found), _scenarios(found)) if sheet.rows]


def _assumptions(found: Mapping[str, Any]) -> Sheet:
    rows = [
        (
            Item(Text(what.label, _ASSUMPTIONS[what.label][0]), "text"),
            Item(float(year), "year"),
            *(
                Item(found.get(f"forecast.headline.{slug(what.label)}.y{year}.{key}"), form)
                for key, form in _LED_TO
            ),
        )
        for what in ASSUMPTIONS
        for year in YEARS
        if f"forecast.headline.{slug(what.label)}.y{year}.median" in found
    ]
    return Sheet(
        "assumptions",
        Text("What the forecast rests on: units at least 5% below 2020",
             "预测所依赖的假设：较2020年减少至少5%的单位数"),
        (Text("Assumption", "假设"), Text("Year", "年份"),
         Text("Units (median)", "单位数（中位）"), Text("Low (80%)", "下限（80%）"),
         Text("High (80%)", "上限（80%）"), Text("Without rebasing", "不含核定"),
         Text("Units at .8 or more", "概率达0.8的单位"), Text("Nation", "全国人口变化")),
        tuple(rows),
        (*(Text(f"{what.label}: {_ASSUMPTIONS[what.label][1].en}",
                f"{_ASSUMPTIONS[what.label][0]}：{_ASSUMPTIONS[what.label][1].zh}")
           for what in ASSUMPTIONS),
         Text("Nation: mean change since 2024. 2035 is a projection of what the assumptions lead "
              "to; the record of past errors is too short to call it a forecast.",
              "全国：自2024年以来的平均变化。2035年是假设的推算结果；历史误差记录过短，不称为预测。"),),
        page=PAGE,
    )  # fmt: skip


_LED_TO = (
    ("median", "persons"),
    ("low", "persons"),
    ("high", "persons"),
    ("people", "persons"),
    ("sure", "persons"),
    ("nation", "change"),
)
_SHOWN = (
    ("count", "persons"),
    ("count_low", "persons"),
    ("count_high", "persons"),
    ("count_change", "tenths"),
    ("count_change_low", "tenths"),
    ("count_change_high", "tenths"),
    ("population_change", "change"),
    ("women_change", "change"),
)


def _scenarios(found: Mapping[str, Any]) -> Sheet:
    def row(name: str) -> Iterator[Item]:
        yield Item(scenario_words(name, found)[0], "text")
        for key, form in _SHOWN:
            yield Item(found.get(f"scenario.{slug(name)}.{key}"), form)

    rows = [tuple(row(name)) for name in _SCENARIOS if f"scenario.{slug(name)}.count" in found]
    return Sheet(
        "what_if",
        Text("What scenarios lead to by 2035: units at least 5% below 2020",
             "各情景到2035年的结果：较2020年减少至少5%的单位数"),
        (Text("Scenario", "情景"), Text("Units (mean)", "单位数（均值）"),
         Text("Low (80%)", "下限（80%）"), Text("High (80%)", "上限（80%）"),
         Text("Difference", "与基准之差"), Text("Low (80%)", "下限（80%）"),
         Text("High (80%)", "上限（80%）"), Text("Persons", "人口"),
         Text("Women 20–39", "20–39岁女性")),
        tuple(rows),
        (COMMON,),
        page=PAGE,
    )  # fmt: skip
