"""Official totals and documented facts that the embedded figures must reproduce exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from econshrink.data.china.schemas import AGE_COLUMNS, INDUSTRIES, OCCUPATIONS
from econshrink.data.china.store import FOLDER, stored

# Persons of the 2020 census in parts that no boundary-adjusted row holds.
PARTS_IN_NO_ROW = {
    "Dingzhou 定州": 1_095_986,
    "Xiongan New Area 雄安新区": 1_205_440,
    "Yangling 杨凌": 253_871,
    "Yangpu 洋浦": 83_141,
    "Changbai zone, Yanbian part 长白山保护开发区": 44_639,
    "Changbai zone, Baishan part 长白山保护开发区": 16_507,
}
# What the adjusted rows of 2010 lack of the tabulated total: those parts, the Xixian part of
# Xianyang, Xisha (444 persons) and small revisions.
SHORT_2010 = 3_269_581
NATIONAL_2010, NATIONAL_2020 = 1_332_810_869, 1_409_778_724

# National GDP (100 million yuan) and its real growth (percent) as the statistical bureau gave them
# before the revision that followed the fifth economic census; the series of `load_national` is of
# the later vintage, which raised every year by one to three percent.
GDP_BEFORE_REVISION = {
    2000: 100_280,
    2010: 412_119,
    2018: 919_281,
    2022: 1_204_724,
    2023: 1_260_582,
}
GROWTH_BEFORE_REVISION = {
    2001: 8.3,
    2005: 11.4,
    2010: 10.6,
    2019: 6.0,
    2020: 2.2,
    2021: 8.4,
    2022: 3.0,
    2023: 5.2,
}

Value = int | float | tuple[int | float | str, ...]


@dataclass(frozen=True)
class Total:
    """One fact: what it is called, what it must be, what the tables give."""

    check: str
    expected: Value
    got: Value


def check_official_totals(folder: Path | None = None) -> pd.DataFrame:
    """Compare the embedded figures with official totals and documented counts.

    Parameters
    ----------
    folder : Path, optional
        Folder of other tables of the same format; the embedded ones by default.

    Returns
    -------
    DataFrame
        `check`, `got`, `expected` and `ok`, one row a check; counts and sums must agree to the
        person, ratios to the three decimals given.

    Raises
    ------
    DataError
        A table is damaged.

    Examples
    --------
    >>> bool(check_official_totals()["ok"].all())
    True
    """
    read: Callable[[str], pd.DataFrame] = partial(stored, folder=folder or FOLDER)
    totals = [
        *_units(read),
        *_adjusted_census(read),
        *_tabulation(read),
        *_annual_population(read),
        *_gdp(read),
        *_satellite(read),
    ]
    return pd.DataFrame(
        {
            "check": [total.check for total in totals],
            "got": [total.got for total in totals],
            "expected": [total.expected for total in totals],
            "ok": [total.got == total.expected for total in totals],
        }
    )


def _units(read: Callable[[str], pd.DataFrame]) -> Iterator[Total]:
    units = read("units")
    core = units[units["in_337"] == 1]
    yield Total("units in all, of the 337", (371, 337), (len(units), len(core)))
    regions = core["region"].value_counts().sort_index()
    yield Total(
        "of the 337: central, east, northeast, west", (82, 88, 36, 131), tuple(regions.tolist())
    )
    yield Total("units of Beijing-Tianjin-Hebei", 13, int(units["in_bth"].sum()))
    stages = units["resource_stage"].value_counts()
    yield Total(
        "resource-based units: declining, growing, mature, regenerating",
        (24, 20, 66, 16),
        tuple(int(stages[s]) for s in ("declining", "growing", "mature", "regenerating")),
    )
    yield Total("pairs of neighbours", 969, len(read("adjacency")))
    outlined = set(read("boundaries")["city"])
    yield Total(
        "outlines, outlines of units that were not valid in 2020",
        (369, 0),
        (len(outlined), len(outlined - set(units.loc[units["valid_2020"] == 1, "city"]))),
    )


def _adjusted_census(read: Callable[[str], pd.DataFrame]) -> Iterator[Total]:
    units = read("units").set_index("city")
    census = read("census")
    mainland = census[census["city"] < "800000"]
    adjusted = int(mainland.loc[mainland["year"] == 2020, "population"].sum())
    earlier = int(mainland.loc[mainland["year"] == 2010, "population"].sum())
    yield Total("boundary-adjusted population 2010", NATIONAL_2010 - SHORT_2010, earlier)
    yield Total("boundary-adjusted population 2020", 1_407_079_140, adjusted)
    parts = sum(PARTS_IN_NO_ROW.values())
    yield Total("the same plus six parts in no row", NATIONAL_2020, adjusted + parts)
    wide = census.pivot(index="city", columns="year", values="population").join(units)
    wide = wide[wide["in_337"] == 1].dropna(subset=[2010, 2020])
    change = wide[2020] - wide[2010]
    yield Total(
        "comparable units, losers 2010-2020", (336, 149), (len(wide), int((change < 0).sum()))
    )
    growth = change / wide[2010]
    yield Total(
        "falls of more than 5, 10, 20 percent",
        (95, 44, 13),
        tuple(int((growth < -limit).sum()) for limit in (0.05, 0.10, 0.20)),
    )
    yield _losers(
        "Heilongjiang: losers, units, change",
        wide["province"] == "Heilongjiang",
        change,
        (13, 13, 31_850_088 - 38_313_991),
    )
    yield _losers(
        "Northeast: losers, units, change",
        wide["region"] == "northeast",
        change,
        (33, 36, -11_011_774),
    )
    gainers = wide.loc[(wide["region"] == "northeast") & (change > 0), "name_en"]
    yield Total(
        "Northeast: gainers", ("Changchun", "Dalian", "Shenyang"), tuple(sorted(gainers.tolist()))
    )
    stages = wide.loc[change < 0, "resource_stage"].value_counts()
    yield Total(
        "losers by resource stage: declining, growing, mature, regenerating",
        (15, 11, 42, 8),
        tuple(int(stages[s]) for s in ("declining", "growing", "mature", "regenerating")),
    )
    urban = census.pivot(index="city", columns="year", values="urban").loc[wide.index].dropna()
    yield Total(
        "units with both urban figures, urban losers",
        (329, 25),
        (len(urban), int((urban[2020] < urban[2010]).sum())),
    )
    shares = census[["share_0_14", "share_15_59", "share_60_plus"]].dropna().sum(axis=1)
    yield Total(
        "rows whose age shares miss 1 by more than 0.0005",
        0,
        int(((shares - 1).abs() > 0.0005 + 1e-9).sum()),
    )


def _losers(name: str, where: pd.Series, change: pd.Series, expected: Value) -> Total:
    mine = change[where]
    return Total(name, expected, (int((mine < 0).sum()), len(mine), int(mine.sum())))


def _tabulation(read: Callable[[str], pd.DataFrame]) -> Iterator[Total]:
    profile = read("census_profile")
    for year, national in ((2010, NATIONAL_2010), (2020, NATIONAL_2020)):
        found = int(profile.loc[profile["year"] == year, "population"].sum())
        yield Total(f"tabulated population {year}", national, found)
    sexes = profile["male"] + profile["female"] == profile["population"]
    yield Total(
        "rows, rows in which men and women sum to all", (730, 730), (len(sexes), int(sexes.sum()))
    )
    employed = profile.dropna(subset=["employed_sample"])
    for name, parts in (("industries", INDUSTRIES), ("occupations", OCCUPATIONS)):
        sound = employed[list(parts)].sum(axis=1) == employed["employed_sample"]
        yield Total(
            f"rows in which {name} sum to employed, of all with employed",
            (729, 729),
            (int(sound.sum()), len(employed)),
        )
    first = profile[profile["year"] == 2010]
    both = first["employed_sample"] + first["not_working_sample"]
    sound = both == first["population_16_plus_sample"]
    yield Total(
        "rows of 2010, with employed and not working summing to 16 and over",
        (363, 363),
        (len(first), int(sound.sum())),
    )
    ages = read("census_age_sex")
    ages = ages.assign(total=ages[list(AGE_COLUMNS)].sum(axis=1))
    sums = ages.pivot(index=["city", "year"], columns="sex", values="total")
    printed = profile.set_index(["city", "year"])[["female", "male"]]
    agree = (sums == printed.reindex(sums.index)).all(axis=1)
    yield Total(
        "rows in which ages sum to men and to women", (730, 730), (int(agree.sum()), len(sums))
    )
    old = [column for column in AGE_COLUMNS if int(column.removeprefix("age_")) >= 65]
    by_year = ages.groupby("year")[[*AGE_COLUMNS]].sum()
    share = 100 * by_year[old].sum(axis=1) / by_year.sum(axis=1)
    yield Total(
        "percent aged 65 and over 2010, 2020",
        (8.92, 13.52),
        (round(float(share[2010]), 2), round(float(share[2020]), 2)),
    )


def _annual_population(read: Callable[[str], pd.DataFrame]) -> Iterator[Total]:
    population = read("population")
    counts = population.groupby("city").size()
    yield Total(
        "units with annual population, years each",
        (298, 27, 27),
        (len(counts), int(counts.min()), int(counts.max())),
    )
    census = read("census").set_index(["city", "year"])["population"]
    annual = population.set_index(["city", "year"])["population"]
    ratio = (annual / census.reindex(annual.index)).xs(2020, level="year")
    quartiles = tuple(round(float(q), 3) for q in ratio.quantile([0.25, 0.5, 0.75]))
    yield Total("annual population 2020 / census, quartiles", (1.0, 1.0, 1.001), quartiles)
    flags = read("annual_status")
    statuses = flags.loc[flags["variable"] == "population", "status"].value_counts()
    yield Total(
        "annual population: interpolated, suspect, wrong concept",
        (1068, 62, 12),
        tuple(int(statuses[s]) for s in ("interpolated", "suspect", "wrong_concept")),
    )


def _gdp(read: Callable[[str], pd.DataFrame]) -> Iterator[Total]:
    gdp = read("gdp")
    wide = gdp.pivot(index="city", columns="year", values="gdp_nominal")
    index = gdp.pivot(index="city", columns="year", values="gdp_index")
    expected = (0.986, 1.035, 0.986, 0.992, 0.985)
    years = ", ".join(map(str, GDP_BEFORE_REVISION))
    found = [float(wide[year].sum()) / (total * 1e8) for year, total in GDP_BEFORE_REVISION.items()]
    ratios = tuple(round(ratio, 3) for ratio in found)
    yield Total(f"GDP of the units / national before its last revision, {years}", expected, ratios)
    national = read("national").set_index(["series", "year"])["value"]
    found = [float(wide[y].sum() / national["gdp_nominal", y]) for y in GDP_BEFORE_REVISION]
    ratios = tuple(round(ratio, 3) for ratio in found)
    expected = (0.976, 1.017, 0.969, 0.968, 0.959)
    yield Total(f"GDP of the units / national as revised, {years}", expected, ratios)
    gaps = {}
    for year, growth in GROWTH_BEFORE_REVISION.items():
        weight = wide[year - 1].where(index[year].notna())
        mean = float((weight * index[year]).sum() / weight.sum())
        gaps[year] = 100 * (mean - 1) - growth
    early = tuple(round(gaps[year], 1) for year in (2001, 2005, 2010))
    yield Total(
        "weighted real growth less national, points, 2001, 2005, 2010", (2.0, 2.3, 2.7), early
    )
    late = tuple(year for year in range(2019, 2024) if abs(gaps[year]) <= 0.5)
    yield Total(
        "years from 2019 in which it lies within half a point",
        (2019, 2020, 2021, 2022, 2023),
        late,
    )


def _satellite(read: Callable[[str], pd.DataFrame]) -> Iterator[Total]:
    built = read("built_up").pivot(index="city", columns="year", values="built_up_km2")
    steps = built.diff(axis=1)
    yield Total(
        "built-up: yearly steps, falls",
        (6954, 0),
        (int(steps.notna().sum().sum()), int((steps < 0).sum().sum())),
    )
    units = read("units").set_index("city")
    census = read("census").pivot(index="city", columns="year", values="population")
    census = census[units["in_337"].reindex(census.index) == 1].dropna()
    grew = (built[2020] > built[2010]).reindex(census.index, fill_value=False)
    loser = census[2020] < census[2010]
    yield Total(
        "built-up grew 2010-2020: losers, others",
        (142, 149, 163, 187),
        (int(grew[loser].sum()), int(loser.sum()), int(grew[~loser].sum()), int((~loser).sum())),
    )
