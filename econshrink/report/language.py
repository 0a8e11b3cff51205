"""Words of figures in English and Chinese."""

from __future__ import annotations

from econshrink.core.errors import Fault, SpecError

LANGUAGES = ("en", "zh")
_ZH = {
    "Estimate": "估计值",
    "{level} intervals": "{level} 置信区间",
    "Share still without the event": "尚未发生事件的比例",
    "Share with the event so far": "累计发生事件的比例",
    "Cumulative hazard": "累积风险",
    "Hazard a year": "年风险率",
    "Effect": "效应",
    "Time": "时间",
    "At risk": "风险集人数",
    "below: cities at risk": "下方：风险集城市数",
    "Probability": "概率",
    "rank": "名次",
    "Population (million)": "人口（百万）",
    "known": "已知",
    "median of the draws": "抽样中位数",
    "of the draws": "的抽样",
    "without rebasing": "不含普查修正",
    "level": "水平",
    "Part": "组成部分",
    "Persons": "人",
    "male": "男",
    "female": "女",
    "Age": "年龄",
    "births": "出生",
    "deaths": "死亡",
    "coverage": "覆盖变动",
    "migration": "净迁移",
    "change": "总变化",
    "Growth over the window": "期间增长率",
    "Cities": "城市数",
    "shrinking": "收缩",
    "not shrinking": "未收缩",
    "Horizon (years)": "预测期（年）",
    "Mean CRPS": "平均 CRPS",
    "leaving": "流出",
    "arriving": "流入",
    "All units together": "所有单位合计",
}


def word(text: str, lang: str) -> str:
    """A label in the language asked for; one without a translation stays English.

    Examples
    --------
    >>> word("Effect", "zh"), word("Effect", "en")
    ('效应', 'Effect')
    """
    if lang not in LANGUAGES:
        raise SpecError(Fault(f"language '{lang}'", "'en' or 'zh'", "Choose one."))
    return _ZH.get(text, text) if lang == "zh" else text
