"""China's embedded figures as an atlas shows them: measures, yearly series, components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from econshrink.atlas.places import TERRITORIES, WINDOWS, attributes, ghosts, units_337
from econshrink.data import (
    close_china,
    job_growth,
    load_adjacency,
    load_annual_flags,
    load_births,
    load_boundaries,
    load_boundary_changes,
    load_census_panel,
    load_china,
    load_jobs,
    load_prices,
    load_real_estate,
    load_survival,
    load_territories,
    rebase_boundaries,
)
from econshrink.demography import ClosedNation, account, survival_ratios
from econshrink.nouns.panel import CityPanel
from econshrink.report import AtlasContent, Classes, Measure, Text, Yearly
from econshrink.shrinkage import ConsecutiveDecline, identify

QUALITY = range(2010, 2025)  # years whose annual figures the share of good ones is taken over
PRICES, JOBS, INVESTMENT = (2021, 2024), (2013, 2019), (2013, 2017)
FALLS = (2010, 2024)
CHANGE = Classes((-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2), middle=0.0)
SOUND = ("reported", "rebased")  # statuses of figures that a change may rest on
FEW = 10  # flagged years that are listed one by one
Remarks = dict[str, list[Text]]
_WORDS = {
    "interpolated": ("interpolated", "内插"),
    "rebased": ("rebased to a census", "按普查重新核定"),
    "wrong_concept": ("another concept", "口径不同"),
    "revised": ("revised", "修订"),
    "estimated": ("estimated", "估计"),
    "suspect": ("suspect", "存疑"),
}
PART_TITLES = {
    "births": Text("Births", "出生"),
    "deaths": Text("Deaths", "死亡"),
    "coverage": Text("Coverage of the two censuses", "两次普查的覆盖差异"),
    "migration": Text("Net migration", "净迁移"),
}


@dataclass(frozen=True, eq=False)
class ChinaFigures:
    """The embedded panels, read once."""

    units: pd.DataFrame
    census: CityPanel
    annual: CityPanel
    closed: CityPanel

    @classmethod
    def read(cls) -> ChinaFigures:
        """Read and close."""
        return cls(units_337(), load_census_panel(), load_china(), close_china().panel)

    @property
    def last_year(self) -> int:
        """Last year of the annual series."""
        return self.annual.years[-1]

    @cached_property
    def left_behind(self) -> list[str]:
        """Units whose last figure the compiler carried on from one that was replaced since.

        It was interpolated beside the old figure of the year before, has no later neighbour, and
        no longer fits the series: Hegang seems to lose a fifth in a year.
        """
        flags = load_annual_flags()
        late = flags[(flags["variable"] == "population") & (flags["year"] == self.last_year - 1)]
        replaced = late.loc[late["reason"].fillna("").str.contains("replaces_interpolated"), "city"]
        status = self.annual.wide_status("population")[self.last_year].reindex(replaced)
        return [str(unit) for unit in status.index[status == "interpolated"]]

    @cached_property
    def status(self) -> pd.DataFrame:
        """Statuses of annual population as shown: figures left behind are suspect."""
        shown = self.annual.wide_status("population").copy()
        shown.loc[self.left_behind, self.last_year] = "suspect"
        return shown


def china_atlas(figures: ChinaFigures, citation: Text, digest: str) -> AtlasContent:
    """What rests on the embedded figures of China alone: no rules, forecasts, claims.

    Parameters
    ----------
    figures : ChinaFigures
    citation : Text
    digest : str
        Of the data.

    Returns
    -------
    AtlasContent
        Measures, yearly series, components of change, outlines, neighbours, and for every unit
        what is not known of it.
    """
    remarks: Remarks = {str(unit): [] for unit in figures.units.index}
    prices = load_prices()
    components, rates = _components(remarks)
    measures = [
        *_people(figures, remarks),
        *rates,
        *_economy(prices, remarks),
        _quality(figures, remarks),
        *_falls(figures),
    ]
    return AtlasContent(
        title=Text("Atlas of shrinking cities: China", "收缩城市图集：中国"),
        citation=citation,
        digest=digest,
        units=figures.units,
        attributes=attributes(figures.units),
        measures=measures,
        yearly=_yearly(figures, prices),
        outlines=load_boundaries(),
        windows=WINDOWS,
        ghosts=ghosts(),
        parts=components,
        part_titles=PART_TITLES,
        remarks={unit: tuple(lines) for unit, lines in remarks.items()},
        neighbours=load_adjacency(),
    )


def _people(figures: ChinaFigures, remarks: Remarks) -> list[Measure]:
    census = figures.census.wide("population")
    change = census[2020] / census[2010] - 1
    annual = figures.annual.wide("population")
    last = figures.last_year
    moved = rebase_boundaries(figures.annual, load_boundary_changes())
    sound = moved.wide("population").where(moved.wide_status("population").isin(SOUND))
    since = sound[last] / sound[2020] - 1
    bare = ~annual.reindex(list(remarks)).notna().any(axis=1)
    for unit in bare.index[bare]:
        remarks[str(unit)].append(Text(
            "No annual population figures: only the censuses of 2010 and 2020.",
            "没有年度人口数据，只有2010年和2020年两次普查。",
        ))  # fmt: skip
    for unit in change.index[change.isna()]:
        if unit in remarks:
            remarks[unit].append(Text(
                "No figure in one of the censuses: no change 2010–2020.",
                "有一次普查没有数据，无法计算2010–2020年变化。",
            ))  # fmt: skip
    source = Text("Censuses, 2010 on the boundaries of 2020.", "人口普查，2010年按2020年区划。")
    yearly = Text("Published annual residents; interpolated and suspect figures are left out.",
                  "公布的年度常住人口；内插与存疑数据不列。")  # fmt: skip
    stated = annual[last].where(figures.status[last].isin(SOUND))
    steady = Text("Published annual figures without a flag, on one territory.",
                  "未被标记的公布年度数据，统一区划。")  # fmt: skip
    return [
        Measure("residents_2010", Text("Residents 2010", "2010年常住人口"), census[2010],
                "persons", "people", source),
        Measure("residents_2020", Text("Residents 2020", "2020年常住人口"), census[2020],
                "persons", "people", source, column=True),
        Measure(f"residents_{last}", Text(f"Residents {last}", f"{last}年常住人口"), stated,
                "persons", "people", yearly),
        Measure("change_2010_2020", Text("Change 2010–2020", "2010–2020年变化"), change,
                "change", "change", source, CHANGE, column=True),
        Measure(f"change_2020_{last}", Text(f"Change 2020–{last}", f"2020–{last}年变化"), since,
                "change", "change", steady,
                Classes((-0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1), middle=0.0), column=True),
    ]  # fmt: skip


def _components(remarks: Remarks) -> tuple[pd.DataFrame, list[Measure]]:
    """Births, deaths, coverage and migration of units on one territory, and rates of them."""
    held = load_territories()
    span = held.after.year - held.before.year
    ratios = survival_ratios(load_survival(), held.before.year, span)
    book = account(held.before, held.after, ratios, nation=ClosedNation())
    table = book.select(held.main).components()
    parts = table[list(PART_TITLES)].assign(deaths=-table["deaths"])
    base = table["population_start"]
    left = held.left_out["reason"]
    for unit in remarks:
        if unit not in parts.index:
            reason = str(left.get(unit, "")) or "territory changed"
            remarks[unit].append(Text(
                f"No births, deaths and migration 2010–2020: {reason}.",
                f"没有2010–2020年出生、死亡、迁移核算：{TERRITORIES.get(reason, '区划变动')}。",
            ))  # fmt: skip
    note = Text(
        "Accounting between the censuses of 2010 and 2020 by age and sex; a share of the "
        "residents of 2010.",
        "按年龄性别在2010、2020两次普查之间核算；占2010年常住人口的比例。",
    )
    natural = (parts["births"] + parts["deaths"]) / base
    return parts, [
        Measure("net_migration_rate", Text("Net migration 2010–2020", "2010–2020年净迁移"),
                parts["migration"] / base, "change", "change", note, CHANGE, column=True),
        Measure("natural_rate", Text("Births less deaths 2010–2020", "2010–2020年自然变动"),
                natural, "change", "change", note,
                Classes((-0.05, -0.02, 0.0, 0.02, 0.05, 0.1), middle=0.0)),
    ]  # fmt: skip


def _economy(prices_of: CityPanel, remarks: Remarks) -> list[Measure]:
    first, last = JOBS
    jobs = np.expm1(job_growth(first, last)["change"])
    estates = load_real_estate()
    sound = estates.wide("investment").where(estates.wide_status("investment") == "reported")
    invested = sound[INVESTMENT[1]] / sound[INVESTMENT[0]] - 1
    prices = prices_of.wide("second_hand_mean")
    rose = prices[PRICES[1]] / prices[PRICES[0]] - 1
    for unit, lines in remarks.items():
        if unit not in prices.index:
            lines.append(Text(
                "No house prices: not one of the cities of the national price index.",
                "没有房价：不在国家统计局房价指数城市之列。",
            ))  # fmt: skip
        for series, en, zh in (
            (jobs, "change of jobs", "就业变化"),
            (invested, "change of investment", "投资变化"),
        ):
            if not np.isfinite(series.get(unit, np.nan)):
                lines.append(Text(
                    f"No {en}: a figure at one end is missing or flagged.",
                    f"没有{zh}：首末年之一缺数据或被标记。",
                ))  # fmt: skip
    wide = Classes((-0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4), middle=0.0)
    return [
        Measure(f"jobs_{first}_{last}", Text(f"Urban jobs {first}–{last}",
                     f"{first}–{last}年城镇单位就业"),
                jobs, "change", "economy",
                Text("Employees of urban units, cells without a flag only; city yearbook.",
                     "城镇单位就业人员，仅用未标记的数据；城市统计年鉴。"), wide, column=True),
        Measure(f"investment_{INVESTMENT[0]}_{INVESTMENT[1]}",
                Text("Real-estate investment 2013–2017", "2013–2017年房地产投资"), invested,
                "change", "economy",
                Text("Current prices, cells without a flag only; 2018 and 2019 are incomplete at "
                     "the source.", "当年价，仅用未标记的数据；来源2018、2019年不完整。"),
                wide, column=True),
        Measure(f"prices_{PRICES[0]}_{PRICES[1]}",
                Text("Second-hand house prices 2021–2024", "2021–2024年二手房价格"), rose,
                "change", "economy",
                Text("Yearly means of the chained monthly index; 69 of the 70 cities.",
                     "月度环比指数连乘后的年均值；70城中的69个。"),
                Classes((-0.25, -0.2, -0.15, -0.1, -0.05, 0.0, 0.05), middle=0.0), column=True),
    ]  # fmt: skip


def _quality(figures: ChinaFigures, remarks: Remarks) -> Measure:
    """Share of the annual population figures since 2010 that carry no flag."""
    status = figures.status
    values = figures.annual.wide("population")
    last, behind = figures.last_year, figures.left_behind
    for code in behind:
        remarks[code].append(Text(
            f"The figure of {last} is suspect: no figure of {last} was published, and the compiler "
            f"carried on from a figure of {last - 1} that has been replaced since. The "
            "forecast and the change since 2020 leave it out.",
            f"{last}年数据存疑：该年没有公布数，整理者由{last - 1}年旧数延续得出，旧数已被替换。"
            "预测与2020年以来变化均未使用该数据。",
        ))  # fmt: skip
    held = status.where(values.notna())
    for unit, row in held.iterrows():
        if str(unit) not in remarks:
            continue
        for word, (en, zh) in _WORDS.items():
            years = [int(str(year)) for year in row.index[row == word]]
            if years:
                listed = ", ".join(map(str, years)) if len(years) <= FEW else f"{len(years)} years"
                counted = "、".join(map(str, years)) if len(years) <= FEW else f"{len(years)}个"
                remarks[str(unit)].append(Text(
                    f"Annual population {en}: {listed}.", f"年度人口{zh}：{counted}年。"
                ))  # fmt: skip
    good = (held[list(QUALITY)] == "reported").mean(axis=1)
    good = good.where(values.notna().any(axis=1))
    return Measure(
        "reported_share",
        Text("Annual population figures without a flag since 2010",
             "2010年以来未被标记的年度人口数据"),
        good,
        "whole",
        "quality",
        Text(
            "Share of the years 2010–2024; missing, interpolated, rebased and suspect figures "
            f"count as flagged. In {len(behind)} units the figure of {last} is suspect: it was "
            f"carried on from a figure of {last - 1} that has been replaced since.",
            "占2010–2024各年的比例；缺失、内插、重新核定和存疑都算标记。"
            f"有{len(behind)}个单位{last}年数据存疑：由后来被替换的{last - 1}年数据延续得出。",
        ),
        Classes((0.2, 0.4, 0.6, 0.8, 0.999)),
        column=True,
    )  # fmt: skip


def _falls(figures: ChinaFigures) -> list[Measure]:
    """When three annual falls in a row began and were seen, in both series."""
    made = []
    for key, panel, title in (
        ("published", figures.annual, Text("published series", "公布序列")),
        ("closed", figures.closed, Text("series closed to the censuses", "闭合于普查的序列")),
    ):
        found = identify(panel, ConsecutiveDecline(3), FALLS).frame
        note = Text(
            "Three annual falls in a row, 2010–2024. Onset is the first year of the fall, "
            "detection the third: the rule knows only then.",
            "2010–2024年连续三年下降。起始为首个下降年，识别为第三年：规则此时才能判定。",
        )
        for column, en, zh in (("onset", "Falling since", "下降起始年"),
                               ("detection", "Seen by the rule in", "规则识别年")):  # fmt: skip
            made.append(Measure(
                f"{column}_{key}", Text(f"{en}, {title.en}", f"{zh}，{title.zh}"),
                found[column], "year", "when", note,
            ))  # fmt: skip
    return made


def _yearly(figures: ChinaFigures, prices: CityPanel) -> list[Yearly]:
    annual, closed = figures.annual, figures.closed.wide("population")
    jobs, estates, births = load_jobs(), load_real_estate(), load_births()
    book = Text("City statistical yearbook.", "城市统计年鉴。")
    index = Text(
        "National Bureau of Statistics, chained monthly index.", "国家统计局月度指数连乘。"
    )
    return [
        Yearly("published", Text("Published", "公布"), annual.wide("population"), "population",
               "persons", Text("Annual residents as published; marks are flagged figures.",
                               "公布的年度常住人口；标记为有问题的数据。"),
               figures.status),
        Yearly("closed", Text("Closed to the censuses", "闭合于普查"), closed.round(),
               "population", "persons",
               Text("Gives decade means, no yearly movements: the census is spread over its "
                    "decade.", "只给出十年平均，不反映逐年波动：普查差额摊入十年。")),
        Yearly("census", Text("Census", "普查"), figures.census.wide("population"), "population",
               "persons", Text("On the boundaries of 2020.", "按2020年区划。")),
        _flagged(jobs, "employees", Text("Urban-unit employees", "城镇单位就业"), "jobs", book),
        _flagged(jobs, "private_self_employed", Text("Private and self-employed", "私营个体就业"),
                 "jobs", book),
        _flagged(estates, "investment", Text("Real-estate investment, yuan", "房地产投资（元）"),
                 "investment", book, "yuan"),
        _flagged(births, "births_registered", Text("Registered births", "登记出生"), "vital", book),
        _flagged(births, "deaths_registered", Text("Registered deaths", "登记死亡"), "vital", book),
        _flagged(prices, "second_hand_mean", Text("Second-hand homes", "二手住宅"), "prices", index,
                 "index"),
        _flagged(prices, "new_mean", Text("New homes", "新建住宅"), "prices", index, "index"),
    ]  # fmt: skip


def _flagged(
    panel: CityPanel, name: str, title: Text, chart: str, note: Text, form: str = "persons"
) -> Yearly:
    values = panel.wide(name)
    kept = values.loc[:, values.notna().any()]
    status = panel.wide_status(name)[kept.columns]
    return Yearly(name, title, kept, chart, form, note, status)
