"""The claims of both reports beside the paper's numbers, in two languages.

Verdicts are those of the paper's table of claims and stand in no other place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from econshrink.report import Claim, Text

SHRINKING = Text("report on shrinking cities, 2025", "2025年收缩城市报告")
TALENT = Text("report on the talent region", "京津冀人才报告")
LEAST = 0.001  # smaller p values are printed as below it
_FIELD = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}")
VERDICTS = {
    "supported": "成立",
    "supported in part": "部分成立",
    "contradicted": "不成立",
    "not identified": "无法识别",
    "not testable": "无法检验",
}
MEANING = Text(
    "As in the paper's table of claims. Supported: the figures have the claimed size or direction. "
    "In part: a description that holds and sets shrinking cities apart less than it seems, or a "
    "cause of births and deaths alone. Not identified: the data allow the claim and its opposite, "
    "or go with it without saying what came of what. Not testable: no such data are public. "
    "Recommendations and definitions are no statements of fact and are not judged.",
    "与论文论断表一致。成立：数据与所称的大小或方向相符。部分成立：描述属实，但不像看上去那样能"
    "区分收缩城市，或只是出生与死亡的原因。无法识别：数据既容许该论断也容许其反面，或二者相伴而因果"
    "不明。无法检验：没有公开数据。建议与定义不是事实陈述，不予评判。",
)
_DEFINITION = Text("not judged: a definition", "不予评判：属于定义")
_ADVICE = Text("not judged: a recommendation", "不予评判：属于建议")
_MISSING = Text("(not in this build)", "（本次构建没有）")
_CENSUS = "identify.census_2010_2020"
_STANDARD = "identify.report.raw.2011_2019"
_COUNTS = "evidence.counts"
_JOINT = "evidence.joint.census"
_FLOWS = "evidence.flows"
# Number, key of the paper's verdict or a text, report, claim, finding with ids in braces.
_CLAIMS: tuple[tuple[str, str | Text, Text, Text, Text], ...] = (
    ("R1.2", _DEFINITION, SHRINKING,
     Text("A city shrinks if its urban population falls three years in a row, growth is below the "
          "national average, and expansion and population do not match",
          "城镇人口连续三年下降、经济增速低于全国、扩张与人口不匹配者为收缩城市"),
     Text(f"The wording leaves each part open: on published stocks 2011–2019, part A alone names "
          f"{{{_STANDARD}.a.shrinking}} of {{{_STANDARD}.a.units}} units, all three parts "
          f"{{{_STANDARD}.a_and_b_and_c.nation.shrinking}}",
          f"各部分均有歧义：按2011–2019年公布数据，仅A部分为{{{_STANDARD}.a.units}}个单位中的"
          f"{{{_STANDARD}.a.shrinking}}个，三部分同时成立为"
          f"{{{_STANDARD}.a_and_b_and_c.nation.shrinking}}个")),
    ("R1.3", "count", SHRINKING, Text("139 shrinking cities", "共有139个收缩城市"),
     Text(f"{{{_CENSUS}.shrinking}} of {{{_CENSUS}.units}} units lost residents between the "
          f"censuses; the three-part rule A&(B|C) on published stocks 2011–2019 finds "
          f"{{{_STANDARD}.a_and_b_or_c.nation.shrinking}} of "
          f"{{{_STANDARD}.a_and_b_or_c.nation.units}}; over all rules and windows "
          "{identify.multiverse.share_q0:.0%} to {identify.multiverse.share_q100:.0%} of units "
          "shrink",
          f"两次普查之间{{{_CENSUS}.units}}个单位中{{{_CENSUS}.shrinking}}个减少；三要件A且(B或C)"
          f"按2011–2019年公布数据为{{{_STANDARD}.a_and_b_or_c.nation.units}}个中的"
          f"{{{_STANDARD}.a_and_b_or_c.nation.shrinking}}个；在所有规则与时段下，收缩单位占"
          "{identify.multiverse.share_q0:.0%}至{identify.multiverse.share_q100:.0%}")),
    ("R1.4", "heilongjiang", SHRINKING,
     Text("12 of Heilongjiang's 13 cities shrink", "黑龙江13市中有12个收缩"),
     Text(f"{{{_CENSUS}.shrinking.heilongjiang}} of {{{_CENSUS}.units.heilongjiang}} by census; "
          f"{{{_STANDARD}.a.shrinking.heilongjiang}} of {{identify.report.units.heilongjiang}} by "
          "three falls in published stocks 2011–2019",
          f"普查：{{{_CENSUS}.units.heilongjiang}}个中的{{{_CENSUS}.shrinking.heilongjiang}}个；"
          f"公布数据2011–2019年连续三年下降：{{identify.report.units.heilongjiang}}个中的"
          f"{{{_STANDARD}.a.shrinking.heilongjiang}}个")),
    ("R1.4", "northeast", SHRINKING,
     Text("Shrinkage is concentrated in the Northeast", "收缩集中于东北"),
     Text(f"{{{_CENSUS}.shrinking.northeast}} of its {{{_CENSUS}.units.northeast}} units lost "
          f"residents; yet {{{_CENSUS}.shrinking.west}} of the losing units lie in the West and "
          f"{{{_CENSUS}.shrinking.central}} in the Centre",
          f"东北{{{_CENSUS}.units.northeast}}个单位中{{{_CENSUS}.shrinking.northeast}}个减少；但减少的"
          f"单位中西部有{{{_CENSUS}.shrinking.west}}个，中部有{{{_CENSUS}.shrinking.central}}个")),
    ("R1.5", "expansion", SHRINKING,
     Text("93.03% of shrinking cities still expand their built-up area",
          "93.03%的收缩城市建成区仍在扩张"),
     Text("{expansion.shrinking.expanding_share:.1%} by satellite, and "
          "{expansion.growing.expanding_share:.1%} of growing units: the class hardly ever falls",
          "卫星数据为{expansion.shrinking.expanding_share:.1%}，增长单位也有"
          "{expansion.growing.expanding_share:.1%}：该类别几乎从不减少")),
    ("R1.6", "ageing", SHRINKING, Text("Ageing", "老龄化"),
     Text(f"Goes with natural change (adjusted p {{{_JOINT}.share_65_plus.natural.rw:p}}); "
          f"with migration not told from zero ({{{_JOINT}.share_65_plus.migration.rw:p}})",
          f"与自然变动有关联（校正p {{{_JOINT}.share_65_plus.natural.rw:p}}），与迁移的关联"
          f"无法与零区分（{{{_JOINT}.share_65_plus.migration.rw:p}}）")),
    ("R1.6", "births", SHRINKING, Text("Low births, as the main cause", "以低生育为主因"),
     Text(f"{{accounting.losing.natural_positive}} of {{{_COUNTS}.observed.closed}} losing units "
          f"had more births than deaths; {{{_COUNTS}.zero_migration.closed}} would have lost "
          "people without migration",
          f"{{{_COUNTS}.observed.closed}}个收缩单位中{{accounting.losing.natural_positive}}个出生"
          f"多于死亡；若无迁移，仅{{{_COUNTS}.zero_migration.closed}}个会减少")),
    ("R1.6", "coast", SHRINKING, Text("Resources and talent on the coast",
                                      "资源与人才集中于沿海"),
     Text("Net migration averages {article.accounting.coast.east:+.1f}% in the East and "
          "{article.accounting.coast.elsewhere:+.1f}% elsewhere; talent is not seen in these "
          "figures",
          "东部平均净迁移{article.accounting.coast.east:+.1f}%，其他地区"
          "{article.accounting.coast.elsewhere:+.1f}%；数据中看不到人才")),
    ("R1.7", "moves", SHRINKING, Text("Out-migration", "人口外流"),
     Text(f"{{{_COUNTS}.losers_migration_loss.closed}} of {{{_COUNTS}.observed.closed}} losing "
          "units lost migrants; by accounting, it is the loss itself, not what causes it",
          f"{{{_COUNTS}.observed.closed}}个收缩单位中{{{_COUNTS}.losers_migration_loss.closed}}个"
          "净迁出；这是核算，它就是减少本身，而非其原因")),
    ("R1.7", "jobs", SHRINKING, Text("Fewer jobs", "就业减少"),
     Text(f"Change of jobs 2013–19 and migration: adjusted p "
          f"{{{_JOINT}.jobs_2013_19.migration.rw:p}}; {{evidence.iv.passing}} of "
          "{evidence.iv.instruments} instruments pass",
          f"2013–19年就业变化与迁移：校正p {{{_JOINT}.jobs_2013_19.migration.rw:p}}；"
          "{evidence.iv.instruments}个工具变量中{evidence.iv.passing}个通过")),
    ("R1.7", "housing", SHRINKING, Text("Stagnant real estate", "房地产停滞"),
     Text(f"Growth of investment 2013–17 and migration: adjusted p "
          f"{{{_JOINT}.investment_growth.migration.rw:p}}; its level 2008–10: "
          f"{{{_JOINT}.investment_level.migration.rw:p}}, and with growth before 2010 too",
          f"2013–17年投资增速与迁移：校正p {{{_JOINT}.investment_growth.migration.rw:p}}；"
          f"2008–10年投资水平：{{{_JOINT}.investment_level.migration.rw:p}}，但与2010年以前的增长也有关联")),
    ("R1.8", "policy", SHRINKING, Text("Smart shrinkage and support help", "精明收缩与扶持有成效"),
     Text("No dated policy with a valid comparison", "没有可作有效对照的、日期明确的政策")),
    ("R1.8", _ADVICE, SHRINKING,
     Text("Paths: smart shrinkage, resources, culture and tourism, ecology",
          "转型路径：精明收缩、资源、文旅、生态"),
     Text("Structures of {identify.paths.units} losing units point to a path; only "
          "{identify.paths.sure} do so with probability .8 or more",
          "{identify.paths.units}个收缩单位的结构指向某条路径；概率达0.8的仅"
          "{identify.paths.sure}个")),
    ("R2.1", "cores", TALENT, Text("Beijing and Tianjin are the dual cores", "京津为双核心"),
     Text(f"Observed trips: {{{_FLOWS}.core.size}} core by rule; Tianjin is one in "
          f"{{{_FLOWS}.core.tianjin_chance:.0%}} of draws. Trips are not talent",
          f"观测出行：按规则核心为{{{_FLOWS}.core.size}}个；天津为核心的概率"
          f"{{{_FLOWS}.core.tianjin_chance:.0%}}。出行不是人才")),
    ("R2.2", "nodes", TALENT, Text("Two-way nodes: Hengshui, Langfang", "双向节点：衡水、廊坊"),
     Text(f"Observed trips, chance of the role: {{{_FLOWS}.hengshui.chance:.0%}}, "
          f"{{{_FLOWS}.langfang.chance:.0%}}",
          f"观测出行，该角色的概率：{{{_FLOWS}.hengshui.chance:.0%}}、"
          f"{{{_FLOWS}.langfang.chance:.0%}}")),
    ("R2.3", "receivers", TALENT, Text("Receiving cities: Baoding, Shijiazhuang",
                                       "吸引城市：保定、石家庄"),
     Text(f"Observed trips, chance of the role: {{{_FLOWS}.baoding.chance:.0%}}, "
          f"{{{_FLOWS}.shijiazhuang.chance:.0%}}",
          f"观测出行，该角色的概率：{{{_FLOWS}.baoding.chance:.0%}}、"
          f"{{{_FLOWS}.shijiazhuang.chance:.0%}}")),
    ("R2.4", "losers", TALENT, Text("Losing cities: Cangzhou, Handan, Chengde",
                                    "流失城市：沧州、邯郸、承德"),
     Text(f"Observed trips, chance of the role: {{{_FLOWS}.cangzhou.chance:.0%}}, "
          f"{{{_FLOWS}.handan.chance:.0%}}, {{{_FLOWS}.chengde.chance:.0%}}",
          f"观测出行，该角色的概率：{{{_FLOWS}.cangzhou.chance:.0%}}、"
          f"{{{_FLOWS}.handan.chance:.0%}}、{{{_FLOWS}.chengde.chance:.0%}}")),
    ("R2.5", "staff", TALENT, Text("R&D personnel of 2023 are 1.5 times up on 2014",
                                   "2023年研发人员较2014年增长1.5倍"),
     Text("{evidence.rd.y2014.region:,.0f} person-years in 2014, "
          "{evidence.rd.y2023.region:,.0f} in 2023: {evidence.rd.times:.2f} times, if the level "
          "is meant and not the increase",
          "2014年{evidence.rd.y2014.region:,.0f}人年，2023年"
          "{evidence.rd.y2023.region:,.0f}人年：为{evidence.rd.times:.2f}倍，前提是指水平而非增量")),
    ("R2.6", "share", TALENT,
     Text("Beijing's share rose from 53% (2014) to 58% (2023): a single pole",
          "北京占比由53%（2014）升至58%（2023）：单极"),
     Text("{evidence.rd.y2014.share:.1%} in 2014, {evidence.rd.y2023.share:.1%} in 2023; not "
          "steadily, and {evidence.rd.y2010.share:.1%} in 2010",
          "2014年{evidence.rd.y2014.share:.1%}，2023年{evidence.rd.y2023.share:.1%}；并非逐年上升，且2010年为"
          "{evidence.rd.y2010.share:.1%}")),
    ("R2.7", "industry", TALENT,
     Text("Large firms: half of research staff in the two cities, Hebei less than half of that",
          "规上企业：京津研发人员占一半，河北不到其一半"),
     Text("No data by city; half and a quarter do not make a whole",
          "没有分城市数据；一半加四分之一不足整体")),
)  # fmt: skip


def claims(found: Mapping[str, Any]) -> list[Claim]:
    """Every claim with numbers and verdict of the results; one that is missing says so."""
    return [
        Claim(number, report, claim, _filled(finding, found), _verdict(key, found))
        for number, key, report, claim, finding in _CLAIMS
    ]


def _verdict(key: str | Text, found: Mapping[str, Any]) -> Text:
    """As the paper's table of claims has it."""
    if isinstance(key, Text):
        return key
    ids = f"claims.verdict.{key}.verdict", f"article.claims.{key}.verdict"
    words = next((str(found[name]) for name in ids if name in found), None)
    return _MISSING if words is None else Text(words, VERDICTS[words])


def _filled(text: Text, found: Mapping[str, Any]) -> Text:
    return Text(_fill(text.en, found, 0), _fill(text.zh, found, 1))


def _fill(text: str, found: Mapping[str, Any], language: int) -> str:
    def put(match: re.Match[str]) -> str:
        key, form = match.groups()
        if key not in found:
            return _MISSING[language]
        value = found[key]
        if form == "p":
            return f"{value:.3f}" if value >= LEAST else f"<{LEAST}"
        return f"{value:{form}}".replace("-", "−") if form else f"{value:,}"

    return _FIELD.sub(put, text)
