"""How many units shrink, by the rule that counts them: the article's first table."""

from __future__ import annotations

import pandas as pd

from analyses.article.wording import Found, values
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from econshrink.shrinkage import published_counts

CLOSURES = (
    "observed_cell",
    "straight_line",
    "hold_level",
    "hold_1",
    "hold_3",
    "proportional",
    "denton",
    "smoother",
)
ELSEWHERE = {
    "Long and Wu 2016": "Long and Wu (2016), cities rebuilt from townships, 2000–2010",
    "Li, Cao and Yu 2020": "Li, Cao and Yu (2020), town population, 2010–2015",
    "Ma and Yoon 2025": "Ma and Yoon (2025), paths of residents and output, 2004–2022",
}
COUNTS = Exhibit(
    "article_counts",
    "How many cities shrink: counts by rule",
    "article.counts.{row}.{column}",
    (
        Column("label", "Rule"),
        Column("count", "Shrinking", "d"),
        Column("units", "Judged", "d"),
        Column("share", "Share", ".1%"),
    ),
    group="group",
)


def run(work: Workspace) -> None:
    """Set the counts of other tasks side by side."""
    found = values(work)
    rows = [*_census(found), *_annual(found), *_grid(found), *_elsewhere()]
    work.exhibit(
        COUNTS,
        pd.DataFrame(rows, columns=["group", "label", "count", "units", "share"]),
        (
            "Prefecture-level units with the data that a rule needs. Adjusted series meet both "
            f"censuses; {len(CLOSURES)} ways of spreading the correction over the decade are "
            "counted, the lowest and the highest are shown. Runs combine a rule, a population, a "
            "series and a period; a run that judges fewer than nine tenths of its units is left "
            "out. Counts published elsewhere rest on other units or data.",
        ),
    )
    falls = [found[f"closure.falls.{name}.2011_2020.shrinking"] for name in CLOSURES]
    work.count("article.counts.adjusted.least", min(falls), "units", COUNTS.name)
    work.count("article.counts.adjusted.most", max(falls), "units", COUNTS.name)


Rows = list[tuple[str, str, float | None, float | None, float]]


def _line(group: str, label: str, count: int, units: int) -> tuple[str, str, int, int, float]:
    return group, label, count, units, count / units


def _census(found: Found) -> Rows:
    stem = "identify.census_2010_2020"
    group, units = "Residents, censuses of 2010 and 2020", found[f"{stem}.units"]
    rows: Rows = [_line(group, "Fell", found[f"{stem}.shrinking"], units)]
    for loss in (5, 10, 20):
        count = found[f"{stem}.deeper_than_{loss}"]
        rows.append(_line(group, f"Fell by more than {loss}%", count, units))
    urban = "identify.census_urban_2010_2020"
    rows.append(
        _line(
            "Urban residents, same censuses",
            "Fell",
            found[f"{urban}.shrinking"],
            found[f"{urban}.units"],
        )
    )
    return rows


def _annual(found: Found) -> Rows:
    published = "Residents, annual estimates as published"
    stem = "identify.report.raw"
    rows: Rows = []
    for rule, label in (
        ("2011_2019.a", "Three yearly falls in a row, 2011–2019"),
        ("2011_2019.a_and_b.nation", "… and output growing more slowly than the nation's"),
        ("2011_2019.a_and_b_and_c.nation", "… and built-up area growing (all three parts)"),
        ("2014_2023.a", "Three yearly falls in a row, 2014–2023"),
    ):
        key = f"{stem}.{rule}"
        rows.append(_line(published, label, found[f"{key}.shrinking"], found[f"{key}.units"]))
    closed = "Residents, annual estimates adjusted to the censuses"
    falls = {name: found[f"closure.falls.{name}.2011_2020.shrinking"] for name in CLOSURES}
    units = found["identify.report.hold_1.2011_2020.a.units"]
    least, most = min(falls.values()), max(falls.values())
    rows.append(_line(closed, "Three yearly falls in a row, 2011–2020, lowest", least, units))
    rows.append(_line(closed, "The same, highest", most, units))
    return rows


def _grid(found: Found) -> Rows:
    group = (
        f"All {found['identify.multiverse.runs']} runs of "
        f"{found['identify.multiverse.rules']} rules and variants"
    )
    return [
        (group, label, None, None, found[f"identify.multiverse.share_q{level}"])
        for level, label in ((0, "Lowest share"), (50, "Median"), (100, "Highest share"))
    ]


def _elsewhere() -> Rows:
    table = published_counts()
    claim = table.iloc[-1]
    known = table.drop_duplicates("source").set_index("source")
    group = "Published elsewhere"
    rows: Rows = []
    for source, label in ELSEWHERE.items():
        row = known.loc[source]
        rows.append(_line(group, label, int(row["count"]), int(row["total"])))
    rows.append((group, "First report (2025), period and series not named",
                 int(claim["count"]), None, float("nan")))  # fmt: skip
    return rows
