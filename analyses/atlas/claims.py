"""The claims of both reports beside the paper's numbers, in two languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from econshrink.report import Claim, Text

SHRINKING = Text("report on shrinking cities, 2025", "2025年收缩城市报告")
TALENT = Text("report on the talent region", "京津冀人才报告")
_FIELD = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}")
_VERDICTS = {
    "supported": "成立",
    "supported in part": "部分成立",
    "supported as accounting": "作为核算成立",
    "supported as description": "作为描述成立",
    "association as claimed": "有所称的关联",
    "no association found": "未见关联",
    "contradicted as main cause": "作为主因不成立",
    "not testable": "无法检验",
    "not testable by this design": "此设计无法检验",
    "not shown": "未能证实",
    "association": "有关联",
    "supported for deaths and births": "对出生死亡成立",
    "not shown for migration": "对迁移未能证实",
    "association for migration": "对迁移有关联",
    "contradicted": "不成立",
    "supported for natural change": "对自然变动成立",
    "not identified for moves": "对迁移无法识别",
    "not identified": "无法识别",
    "low level goes with loss": "低水平与减少相伴",
    "stagnation not shown": "停滞未能证实",
    "does not survive persistence": "计入惯性后不再成立",
}
_CENSUS = "identify.census_2010_2020"
_RULE = "identify.report.raw.2011_2019.a_and_b_or_c.nation"
_RAW = "identify.report.raw.2011_2019.a"
# Number, report, claim, finding with ids of results.json in braces, verdict (ids or words).
_CLAIMS: tuple[tuple[str, Text, Text, Text, Text], ...] = (
    ("R1.2", SHRINKING,
     Text("A city shrinks if its urban population falls three years in a row, growth is below the "
          "national average, and expansion and population do not match",
          "城镇人口连续三年下降、经济增速低于全国、扩张与人口不匹配者为收缩城市"),
     Text(f"The figures leave each part open; A and three readings give {{{_RAW}.shrinking}} to "
          "{identify.report.raw.2011_2019.a_and_b_and_c.nation.shrinking} of "
          f"{{{_RAW}.units}} units (A alone; A, B and C) on published stocks 2011–2019",
          f"各部分均有歧义；公布数据2011–2019年，仅A为{{{_RAW}.shrinking}}个，A且B且C为"
          "{identify.report.raw.2011_2019.a_and_b_and_c.nation.shrinking}个，共"
          f"{{{_RAW}.units}}个单位"),
     Text("depends on readings", "取决于解读")),
    ("R1.3", SHRINKING, Text("139 shrinking cities", "共有139个收缩城市"),
     Text(f"{{{_CENSUS}.shrinking}} of {{{_CENSUS}.units}} units lost residents between the "
          f"censuses; the three-part rule A&(B|C) on published stocks 2011–2019 finds "
          f"{{{_RULE}.shrinking}} of {{{_RULE}.units}}",
          f"两次普查之间{{{_CENSUS}.units}}个单位中{{{_CENSUS}.shrinking}}个减少；三要件A且(B或C)"
          f"在2011–2019年公布数据中得{{{_RULE}.units}}个中的{{{_RULE}.shrinking}}个"),
     Text("not reproduced; near by two rules", "未能复现；两种规则相近")),
    ("R1.4", SHRINKING, Text("12 of Heilongjiang's 13 cities", "黑龙江13市中有12个"),
     Text(f"{{{_CENSUS}.shrinking.heilongjiang}} of {{{_CENSUS}.units.heilongjiang}} by census; "
          f"{{{_RAW}.shrinking.heilongjiang}} of {{identify.report.units.heilongjiang}} by three "
          "falls in published stocks 2011–2019",
          f"普查：{{{_CENSUS}.units.heilongjiang}}个中的{{{_CENSUS}.shrinking.heilongjiang}}个；"
          f"公布数据2011–2019年连续三年下降：{{identify.report.units.heilongjiang}}个中的"
          f"{{{_RAW}.shrinking.heilongjiang}}个"),
     Text("holds nearly", "大致成立")),
    ("R1.4", SHRINKING, Text("Concentrated in the Northeast", "集中于东北"),
     Text(f"{{{_CENSUS}.shrinking.northeast}} of {{{_CENSUS}.units.northeast}} units; yet "
          f"{{{_CENSUS}.shrinking.west}} of the losing units lie in the West and "
          f"{{{_CENSUS}.shrinking.central}} in the Centre",
          f"东北{{{_CENSUS}.units.northeast}}个中{{{_CENSUS}.shrinking.northeast}}个；但西部有"
          f"{{{_CENSUS}.shrinking.west}}个、中部有{{{_CENSUS}.shrinking.central}}个"),
     Text("in share yes, in number no", "比例上成立，数量上不成立")),
    ("R1.5", SHRINKING, Text("93.03% of shrinking cities still expand their built-up area",
                             "93.03%的收缩城市建成区仍在扩张"),
     Text("{expansion.shrinking.expanding_share:.1%} by satellite, and "
          "{expansion.growing.expanding_share:.1%} of growing units: the class hardly ever falls",
          "卫星数据为{expansion.shrinking.expanding_share:.1%}，增长单位也有"
          "{expansion.growing.expanding_share:.1%}：该类别几乎从不减少"),
     Text("true, and says little", "属实，但说明不了什么")),
    ("R1.6", SHRINKING, Text("Ageing", "老龄化"),
     Text("Accounting: {claims.causes.ageing.verdict}; hazards: {claims.causes.ageing}",
          "核算：{claims.causes.ageing.verdict}；风险模型：{claims.causes.ageing}"),
     Text("{claims.causes.ageing.regression}", "{claims.causes.ageing.regression}")),
    ("R1.6", SHRINKING, Text("Low births", "低生育"),
     Text("{drivers.sample.losers_natural_gain} of {drivers.sample.losers} losing units still had "
          "more births than deaths",
          "{drivers.sample.losers}个收缩单位中{drivers.sample.losers_natural_gain}个出生仍多于死亡"),
     Text("{claims.causes.births.regression}", "{claims.causes.births.regression}")),
    ("R1.6", SHRINKING, Text("Resources and talent on the coast", "资源与人才集中于沿海"),
     Text("Net migration averages {claims.causes.coast.east:+.1f}% in the East and "
          "{claims.causes.coast.elsewhere:+.1f}% elsewhere; talent is not seen in these figures",
          "东部平均净迁移{claims.causes.coast.east:+.1f}%，其他地区"
          "{claims.causes.coast.elsewhere:+.1f}%；数据中看不到人才"),
     Text("{claims.causes.coast.regression}", "{claims.causes.coast.regression}")),
    ("R1.7", SHRINKING, Text("Out-migration", "人口外流"),
     Text("Net migration carries {drivers.sample.migration_covariance_share:.0%} of the variance "
          "of change between units; it is the loss itself, not what causes it",
          "净迁移占单位间变化方差的{drivers.sample.migration_covariance_share:.0%}；它就是减少本身，"
          "而非其原因"),
     Text("{claims.causes.moves.regression}", "{claims.causes.moves.regression}")),
    ("R1.7", SHRINKING, Text("Fewer jobs", "就业减少"),
     Text("Job shocks as instruments are weak; observed jobs: {evidence.verdict.jobs_2013_19."
          "migration}",
          "就业冲击作工具变量过弱；观测到的就业：{evidence.verdict.jobs_2013_19.migration}"),
     Text("{claims.causes.jobs.regression}", "{claims.causes.jobs.regression}")),
    ("R1.7", SHRINKING, Text("Stagnant real estate", "房地产停滞"),
     Text("Investment 2013–17: {evidence.verdict.investment_growth.migration}; investment a head "
          "2008–10: {evidence.verdict.investment_level.migration}",
          "2013–17年投资：{evidence.verdict.investment_growth.migration}；2008–10年人均投资："
          "{evidence.verdict.investment_level.migration}"),
     Text("{claims.causes.housing.regression}", "{claims.causes.housing.regression}")),
    ("R1.8", SHRINKING, Text("Paths: smart shrinkage, resources, culture and tourism, ecology",
                             "转型路径：精明收缩、资源、文旅、生态"),
     Text("Structures of {identify.paths.units} losing units point to a path; only "
          "{identify.paths.sure} do so with probability .8 or more",
          "{identify.paths.units}个收缩单位的结构指向某条路径；概率达0.8的仅"
          "{identify.paths.sure}个"),
     Text("a description", "仅为描述")),
    ("R2.1", TALENT, Text("Beijing and Tianjin are the dual cores", "京津为双核心"),
     Text("Observed trips: a core of {evidence.flows.core.size}; fit "
          "{evidence.flows.core.fit:.2f}, with Tianjin {evidence.flows.core.fit_with_tianjin:.2f}; "
          "chance of Tianjin "
          "{evidence.flows.core.tianjin_chance:.0%}",
          "观测出行：核心为{evidence.flows.core.size}个；拟合{evidence.flows.core.fit:.2f}，"
          "加天津为{evidence.flows.core.fit_with_tianjin:.2f}；天津为核心的概率"
          "{evidence.flows.core.tianjin_chance:.0%}"),
     Text("Beijing yes, Tianjin not shown; trips are not talent",
          "北京成立，天津未证实；出行不是人才")),
    ("R2.2–4", TALENT, Text("Node cities, receiving and losing cities by name",
                            "逐一点名的节点、吸引、流失城市"),
     Text("{evidence.flows.claims_met} of {evidence.flows.claims} named roles are met by observed "
          "trips of one week", "点名的{evidence.flows.claims}个角色中，一周观测出行支持"
          "{evidence.flows.claims_met}个"),
     Text("not shown; trips are not talent", "未能证实；出行不是人才")),
    ("R2.5", TALENT, Text("R&D personnel of 2023 are 1.5 times up on 2014",
                          "2023年研发人员较2014年增长1.5倍"),
     Text("{evidence.rd.y2014.region:,.0f} person-years in 2014, "
          "{evidence.rd.y2023.region:,.0f} in 2023",
          "2014年{evidence.rd.y2014.region:,.0f}人年，2023年"
          "{evidence.rd.y2023.region:,.0f}人年"),
     Text("×1.5 holds, ×2.5 does not", "“1.5倍于”成立，“增长1.5倍”不成立")),
    ("R2.6", TALENT, Text("Beijing's share rose from 53% (2014) to 58% (2023): a single pole",
                          "北京占比由53%（2014）升至58%（2023）：单极"),
     Text("{evidence.rd.y2014.share:.1%} in 2014, {evidence.rd.y2023.share:.1%} in 2023, yet "
          "{evidence.rd.y2010.share:.1%} in 2010",
          "2014年{evidence.rd.y2014.share:.1%}，2023年{evidence.rd.y2023.share:.1%}，但2010年为"
          "{evidence.rd.y2010.share:.1%}"),
     Text("holds; fell before it rose", "成立；先降后升")),
)  # fmt: skip


def claims(found: Mapping[str, Any]) -> list[Claim]:
    """Every claim with the numbers of the results; one whose number is missing says so."""
    return [
        Claim(number, report, claim, _filled(finding, found), _filled(verdict, found))
        for number, report, claim, finding, verdict in _CLAIMS
    ]


def _filled(text: Text, found: Mapping[str, Any]) -> Text:
    return Text(_fill(text.en, found, 0), _fill(text.zh, found, 1))


def _fill(text: str, found: Mapping[str, Any], language: int) -> str:
    def put(match: re.Match[str]) -> str:
        key, form = match.groups()
        if key not in found:
            return ("(not in this build)", "（本次构建没有）")[language]
        value = found[key]
        if isinstance(value, str):
            return value if language == 0 else "；".join(map(_verdict, value.split("; ")))
        return f"{value:{form}}".replace("-", "−") if form else f"{value:,}"

    return _FIELD.sub(put, text)


def _verdict(text: str) -> str:
    return _VERDICTS.get(text) or _EVIDENCE.get(text, text)


_EVIDENCE = {
    "not told from zero": "与零无法区分",
    "in one sample only": "仅在一个样本中出现",
    "association, also before 2010": "有关联，但2010年前已有",
}
