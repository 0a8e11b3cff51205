"""Rules in two languages, and every rule on every series and window as an atlas picks them."""

from __future__ import annotations

import re

import pandas as pd

from econshrink.nouns.panel import CityPanel
from econshrink.report import Classes, Measure, RuleGrid, Text
from econshrink.shrinkage import (
    ConsecutiveDecline,
    Multiverse,
    NetLoss,
    PopulationSeries,
    Rule,
    multiverse,
    registered,
)

AGREEMENT = Classes((0.1, 0.25, 0.5, 0.75, 0.9))
_LOSS = Text("Net loss", "净减少")
_FALLS = Text("Annual falls in a row", "连续年度下降")
_REPORT = Text("Three-part standard of the 2025 report", "2025年报告三要件标准")
_NONE = Text("", "")
_FIXED = {
    "census_loss": (_LOSS, Text("any", "任何幅度")),
    "net loss beyond 5%": (_LOSS, Text("beyond 5%", "超过5%")),
    "net loss beyond 10%": (_LOSS, Text("beyond 10%", "超过10%")),
    "2 falls in a row": (_FALLS, Text("2 years", "2年")),
    "three_falls": (_FALLS, Text("3 years", "3年")),
    "3 falls beyond 0.5%": (_FALLS, Text("3 years, each beyond 0.5%", "3年，每年超过0.5%")),
    "4 falls in a row": (_FALLS, Text("4 years", "4年")),
    "5 falls in a row": (_FALLS, Text("5 years", "5年")),
    "report_standard": (_REPORT, Text("A: three falls", "A：连续三年下降")),
    "census_urban_loss": (Text("Loss of urban residents", "城镇人口减少"), _NONE),
    "li_cao_yu_broad": (Text("Li, Cao and Yu: residents fell (broad)", "李郇等：广义收缩"), _NONE),
    "li_cao_yu_narrow": (Text("Li, Cao and Yu: urban people fell (narrow)", "李郇等：狭义收缩"),
                         _NONE),
    "li_mykhnenko": (Text("Li and Mykhnenko: loss in the last decade", "Li与Mykhnenko：近十年减少"),
                     _NONE),
    "beauregard": (Text("Beauregard: losing decades", "Beauregard：减少的十年"), _NONE),
    "alves_shapes": (Text("Alves: below the peak, by shape", "Alves：低于峰值的路径形状"), _NONE),
    "long_wu": (Text("Long and Wu: people and density both fell", "龙瀛与吴康：人口与密度双降"),
                _NONE),
    "oswalt_rieniets": (Text("Oswalt and Rieniets: a tenth, or 1% a year",
                             "Oswalt与Rieniets：减少一成或年均1%"), _NONE),
    "turok_mykhnenko": (Text("Turok and Mykhnenko: five-year trajectories",
                             "Turok与Mykhnenko：五年轨迹"), _NONE),
    "wolff_wiechmann": (Text("Wolff and Wiechmann: −0.15% a year", "Wolff与Wiechmann：年均−0.15%"),
                        _NONE),
}  # fmt: skip
_BENCHMARKS = {
    "nation": Text("the nation", "全国"),
    "sample": Text("the weighted sample", "加权样本"),
    "province": Text("the province", "所在省"),
}
_REPORT_RULE = re.compile(r"report ([ABC&|()]+)(?:, (\w+))?$")
WORDS = {
    "residents": Text("residents", "常住人口"),
    "urban residents": Text("urban residents", "城镇人口"),
    "census": Text("census", "普查"),
    "raw": Text("published", "公布序列"),
    "closed: hold 1": Text("closed, growth of the last year held", "闭合（沿用末年增速）"),
    "closed: hold 3": Text("closed, growth of three years held", "闭合（沿用三年均速）"),
    "closed: observed cell": Text("closed, proportional", "闭合（按比例）"),
    "closed: straight line": Text("straight line between censuses", "普查间直线"),
    "2020": Text("boundaries of 2020", "2020年区划"),
    "as published": Text("boundaries as published", "公布时区划"),
    "all": Text("all units", "全部单位"),
    "cities": Text("cities alone", "仅城市"),
    "with annual figures": Text("units with annual figures", "有年度数据的单位"),
}
_REASONS = (
    ("the rule is about", Text("The rule is about another figure than this series holds.",
                               "该规则针对的不是此序列的指标。")),
    ("saw no variable", Text("The rule needs a figure that this series does not have.",
                             "该规则需要此序列没有的指标。")),
    ("with periods of", Text("The rule needs whole periods that this window does not hold.",
                             "该规则需要此时段不具备的完整时期。")),
    ("no city has", Text("No unit has the yearly figures that the rule needs.",
                         "没有单位具备该规则所需的年度数据。")),
)  # fmt: skip
_OTHER = Text("The figures do not support this run.", "数据不支持此组合。")


def rule_name(key: str) -> tuple[Text, Text]:
    """Family and variant of a rule.

    Examples
    --------
    >>> [text.en for text in rule_name("report A&B, province")]
    ['Three-part standard of the 2025 report', 'A&B against the province']
    """
    if key in _FIXED:
        return _FIXED[key]
    found = _REPORT_RULE.match(key)
    if found:
        parts, against = found.groups()
        if not against:
            return _REPORT, Text(parts, parts)
        yard = _BENCHMARKS.get(against, Text(against, against))
        return _REPORT, Text(f"{parts} against {yard.en}", f"{parts}，对照{yard.zh}")
    titles = {name: title for name, (_, title) in registered().items()}
    title = titles.get(key, key)
    return Text(title, title), _NONE


def grid_of(runs: Multiverse, start: tuple[str, str, str]) -> RuleGrid:
    """A multiverse in the two languages of the atlas.

    Parameters
    ----------
    runs : Multiverse
    start : tuple of str
        Series (concept, series and boundary in one text), window and rule that are shown first.
    """
    skipped = runs.skipped
    if not skipped.empty:
        texts = [_reason(str(reason)) for reason in skipped["reason"]]
        skipped = skipped.assign(
            reason_en=[text.en for text in texts], reason_zh=[text.zh for text in texts]
        )
    else:
        columns = ["concept", "series", "boundary", "window", "rule", "reason_en", "reason_zh"]
        skipped = pd.DataFrame(columns=columns)
    ordered = [*_FIXED, *sorted(set(runs.counts["rule"]) - set(_FIXED))]
    names = {key: rule_name(key) for key in ordered if key in set(runs.counts["rule"])}
    return RuleGrid(runs.counts, runs.labels, skipped, names, WORDS, start)


def agreement(runs: Multiverse) -> Measure:
    """Share of the runs that call a unit shrinking.

    Parameters
    ----------
    runs : Multiverse
    """
    support = runs.support()["support"]
    count = len(runs.labels.columns)
    return Measure(
        "agreement",
        Text("Agreement of rules", "规则一致度"),
        support,
        "whole",
        "rules",
        Text(
            f"Share of {count} runs (rule, series, window, threshold) that call the unit "
            "shrinking, of those that judge it.",
            f"{count}个组合（规则×序列×时段×阈值）中可判定者里判为收缩的比例。",
        ),
        AGREEMENT,
        column=True,
    )


def own_runs(figures: list[PopulationSeries], windows: list[tuple[int, int]]) -> Multiverse:
    """Registered rules and the usual thresholds on the series given."""
    rules: dict[str, Rule] = {key: rule for key, (rule, _) in registered().items()}
    rules |= {f"net loss beyond {t:.0%}": NetLoss(threshold=t) for t in (0.05, 0.1)}
    rules |= {f"{k} falls in a row": ConsecutiveDecline(k) for k in (2, 4, 5)}
    runs = multiverse(rules, figures, windows)
    held = runs.counts[runs.counts["unit_count"] > 0]
    return Multiverse(held, runs.labels[sorted(held["run"].unique())], runs.skipped)


def china_runs(census: CityPanel, annual: CityPanel, closed: CityPanel) -> Multiverse:
    """The rules on China's censuses, published and closed series."""
    span = (2010, 2020)
    return own_runs(
        [
            PopulationSeries(census, "residents", "census", "2020", windows=(span,)),
            PopulationSeries(census, "urban residents", "census", "2020", "urban", (span,)),
            PopulationSeries(annual, "residents", "raw", "as published"),
            PopulationSeries(closed, "residents", "closed: hold 1", "2020"),
        ],
        [(2010, 2019), span, (2011, 2019), (2014, 2020), (2014, 2023), (2020, 2024)],
    )


def _reason(words: str) -> Text:
    return next((text for start, text in _REASONS if start in words), _OTHER)
