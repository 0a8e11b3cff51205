"""Identities, official totals and agreement shares that the compiled tables must reproduce."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from econshrink.data.china.compiled.agreement import agreement
from econshrink.data.china.compiled.mobility import flows_installed
from econshrink.data.china.compiled.schemas import (
    CENSUS_2000_COUNTS,
    JOB_VARIABLES,
    MONTHS,
    PRICE_SERIES,
    RD_KINDS,
    SECTORS,
)
from econshrink.data.china.store import FOLDER, stored
from econshrink.data.china.totals import Total

Read = Callable[[str], pd.DataFrame]
Floats = NDArray[np.float64]

CENSUS_2000_SUMS = (
    1_242_612_226,
    640_275_969,
    602_336_257,
    351_233_698,
    340_491_197,
    1_178_271_219,
    144_390_748,
    65_634_248,
    36_337_938,
    42_418_562,
    928_716_229,
    305_086_787,
)
RD_NATIONAL = {2010: 2_553_829, 2023: 7_240_582}  # person-years, China Statistical Yearbook
ROUNDING = 31  # provinces, each rounded to one person-year


def check_compiled_tables(folder: Path | None = None) -> pd.DataFrame:
    """Recompute identities, totals and agreement shares of the compiled tables.

    Parameters
    ----------
    folder : Path, optional
        Folder of other tables of the same format; the embedded ones by default.

    Returns
    -------
    DataFrame
        `table`, `check`, `got`, `expected`, `ok`: one row a check. Counts and sums must agree
        exactly, shares to the decimals given. Without the two flow tables their checks are left
        out.

    Raises
    ------
    DataError
        A table is damaged.

    Examples
    --------
    >>> bool(check_compiled_tables()["ok"].all())
    True
    """
    place = folder or FOLDER
    read: Read = partial(stored, folder=place)
    found = {
        "jobs": [*_jobs(read)],
        "job_sectors": [*_sectors(read)],
        "real_estate": [*_estates(read)],
        "main_cities": [*_main_cities(read)],
        "price_months": [*_prices(read)],
        "births": [*_births(read)],
        "census_2000": [*_census_2000(read)],
        "population_2023": [*_population_2023(read)],
        "rd_personnel": [*_rd(read)],
        "flows": [*_flows(read)] if flows_installed(place) else [],
        "policy_dates": [*_policy(read)],
        "published_lists": [*_published(read)],
        "against each other": [*agreement(read)],
    }
    rows = [(table, total) for table, totals in found.items() for total in totals]
    return pd.DataFrame(
        {
            "table": [table for table, _ in rows],
            "check": [total.check for _, total in rows],
            "got": [total.got for _, total in rows],
            "expected": [total.expected for _, total in rows],
            "ok": [total.got == total.expected for _, total in rows],
        }
    )


def _statuses(read: Read, table: str, variable: str) -> pd.Series:
    flags = read("compiled_status")
    mine = flags[(flags["table"] == table) & (flags["variable"] == variable)]
    return mine.set_index(["city", "year"])["status"]


def _counts(status: pd.Series, *names: str) -> tuple[int, ...]:
    return tuple(int((status == name).sum()) for name in names)


def _jobs(read: Read) -> Iterator[Total]:
    jobs = read("jobs")
    counts = tuple(int(jobs[name].notna().sum()) for name in JOB_VARIABLES)
    names = ", ".join(JOB_VARIABLES)
    yield Total(f"figures: {names}", (6545, 5040, 5672, 6254), counts)
    kinds = ("suspect", "wrong_concept")
    by_name = [_counts(_statuses(read, "jobs", name), *kinds) for name in JOB_VARIABLES]
    rows = [count for counts in by_name for count in counts]
    yield Total(f"suspect, wrong concept: {names}", (114, 46, 355, 0, 309, 0, 66, 0), tuple(rows))
    early = jobs.loc[jobs["year"] <= 2012, "segment"].eq("to2012").all()
    late = jobs.loc[jobs["year"] > 2012, "segment"].eq("from2013").all()
    yield Total("segment changes between 2012 and 2013", (1, 1), (int(early), int(late)))
    sourced = [int((jobs[n].notna() == jobs[f"{n}_source"].notna()).all()) for n in JOB_VARIABLES]
    yield Total("every figure has a source, nothing else has one", (1, 1, 1, 1), tuple(sourced))
    status = _statuses(read, "jobs", "employees")
    plain = jobs.set_index(["city", "year"])["employees"].drop(
        status.index[status.isin(kinds)], errors="ignore"
    )
    wide = plain.unstack()
    step = 100 * (wide[2013] / wide[2012] - 1).dropna()
    yield Total(
        "reported employees 2012 to 2013: median step in percent, share of units above 20 percent",
        (13.2, 0.33),
        (round(float(step.median()), 1), round(float((step > 20).mean()), 2)),
    )
    step = 100 * (wide[2011] / wide[2010] - 1)
    yield Total("the same 2010 to 2011: median", 6.5, round(float(step.median()), 1))


def _sectors(read: Read) -> Iterator[Total]:
    table = read("job_sectors").set_index(["city", "year"])
    ratio = table[list(SECTORS)].sum(axis=1) / table["total"]
    flagged = _statuses(read, "job_sectors", "all")
    odd = ratio.index.isin(flagged.index[flagged.isin(["suspect", "wrong_concept"])])
    yield Total(
        "rows, rows not flagged, of these with sectors within 1 percent of the printed total",
        (4328, 4209, 4209),
        (len(ratio), int((~odd).sum()), int(((ratio[~odd] - 1).abs() <= 0.0101).sum())),
    )
    yield Total(
        "flagged rows: suspect, wrong concept",
        (107, 12),
        _counts(flagged, "suspect", "wrong_concept"),
    )
    off = ratio.index[odd & ~((ratio - 1).abs() <= 0.0101)]
    yield Total("flagged rows whose sectors miss the total, or have none", 42, len(off))
    blanks = tuple(int(table[name].isna().sum()) for name in ("mining", "resident_services"))
    yield Total("printed blanks: mining, resident services", (227, 91), blanks)


def _estates(read: Read) -> Iterator[Total]:
    table = read("real_estate").set_index(["city", "year"])
    total, part = (
        _statuses(read, "real_estate", "investment"),
        _statuses(read, "real_estate", "residential"),
    )
    counts = (
        *_counts(total, "suspect", "interpolated", "wrong_concept"),
        *_counts(part, "suspect", "interpolated", "wrong_concept"),
    )
    yield Total(
        "investment, residential: suspect, interpolated, wrong concept",
        (615, 37, 16, 614, 31, 14),
        counts,
    )
    plain = table.drop(total.index[total.isin(["suspect", "interpolated", "wrong_concept"])])
    plain = plain[~plain.index.isin(part.index[part.notna() & (part != "reported")])]
    above = plain["residential"] > plain["investment"] * 1.0006
    yield Total("reported rows whose residential part exceeds the whole", 0, int(above.sum()))
    late = table.index[table.index.get_level_values("year") >= 2018]
    given = total.reindex(late)
    yield Total(
        "figures of 2018-19, of these suspect or interpolated",
        (559, 559),
        (len(late), int(given.isin(["suspect", "interpolated", "wrong_concept"]).sum())),
    )


def _main_cities(read: Read) -> Iterator[Total]:
    table = read("main_cities")
    years = (int(table["year"].min()), int(table["year"].max()))
    yield Total("cities, first and last year", (36, 2006, 2024), (table["city"].nunique(), *years))
    part = table["floor_space_sold_residential"] > table["floor_space_sold"] * 1.0001
    yield Total("rows whose residential floor space exceeds the whole", 0, int(part.sum()))


def _prices(read: Read) -> Iterator[Total]:
    table = read("price_months")
    month = {name: _grid(table, name, "month") for name in PRICE_SERIES}
    counts = tuple(int(np.isfinite(month[name]).sum()) for name in PRICE_SERIES)
    yield Total(f"month indices: {', '.join(PRICE_SERIES)}", (6580, 16800, 6510), counts)
    gap = np.abs(month["second_hand_release"] - month["second_hand"])
    both = int(np.isfinite(gap).sum())
    same = int((gap < 0.0005).sum())
    yield Total(
        "second-hand month indices in both sources, of these equal", (6510, 6510), (both, same)
    )
    for name, source, expected in (
        ("second_hand_release", "second_hand", (6510, 0.986, 0.55)),
        ("new", "new", (5040, 0.976, 2.15)),
    ):
        twelve = sliding_window_view(np.log(month[source]), len(MONTHS), axis=1).sum(axis=-1)
        printed = _grid(table, name, "year")[:, len(MONTHS) - 1 :]
        gap = 100 * np.abs(np.exp(twelve) - printed)
        gap = gap[np.isfinite(gap)]
        yield Total(
            f"twelve month indices against the printed year index, points, {name}: cells, share "
            "within 0.3, largest gap",
            expected,
            (
                len(gap),
                round(float((gap <= 0.3 + 1e-9).mean()), 3),
                round(float(gap.max()), 2),
            ),
        )
    early = table["reason"].fillna("").str.count("early_jump")
    yield Total("moves above 3 percent before 2011, flagged", 126, int(early.sum()))


def _grid(table: pd.DataFrame, series: str, kind: str) -> Floats:
    """One series, places down, all months of all years across."""
    places, years = sorted(set(table["place"])), range(table["year"].min(), table["year"].max() + 1)
    own = table[table["series"] == series].set_index(["place", "year"])
    rows = pd.MultiIndex.from_product([places, years])
    cells = own[[f"{kind}_{month}" for month in MONTHS]].reindex(rows)
    return cells.to_numpy(dtype=np.float64).reshape(len(places), -1)


def _births(read: Read) -> Iterator[Total]:
    counts = []
    for name in ("births_registered", "deaths_registered"):
        status = _statuses(read, "births", name)
        suspect = status[status == "suspect"].index.get_level_values("year")
        counts += [int((suspect == year).sum()) for year in (2017, 2018, 2019)]
    yield Total(
        "suspect births, deaths in 2017, 2018, 2019", (295, 4, 3, 295, 33, 34), tuple(counts)
    )
    table = read("births")
    rounded = table.groupby(table["year"] >= 2016)["pupils_rounded"].agg(["min", "max"])
    yield Total(
        "pupils in units of 10,000: to 2015, from 2016",
        (0, 0, 1, 1),
        tuple(int(x) for x in rounded.to_numpy().ravel()),
    )


def _census_2000(read: Read) -> Iterator[Total]:
    census = read("census_2000")
    for name, expected in zip(CENSUS_2000_COUNTS, CENSUS_2000_SUMS, strict=True):
        yield Total(f"census 2000, sum of {name}", expected, int(census[name].sum()))
    sexes = (census["male"] + census["female"] == census["population"]).sum()
    origins = ["migrants_same_county", "migrants_same_province", "migrants_other_province"]
    moved = (census[origins].sum(axis=1) == census["migrants"]).sum()
    yield Total(
        "units; men and women, migrants by origin add up",
        (360, 360, 360),
        (len(census), int(sexes), int(moved)),
    )
    units = read("units").set_index("city")
    core = census["city"].isin(units.index[units["in_337"] == 1])
    changes = read("boundary_changes")
    changed = changes.loc[changes["cause"] == "boundary", "city"]
    firm = census[census["firm"] == 1]
    yield Total(
        "of the 337, firm; firm with a boundary change, with 2 percent or more by sibling",
        (337, 249, 0, 0),
        (
            int(core.sum()),
            len(firm),
            int(firm["city"].isin(changed).sum()),
            int((firm["share_assigned_by_sibling"] >= 0.02).sum()),
        ),
    )


def _population_2023(read: Read) -> Iterator[Total]:
    late = read("population_2023").set_index("city")
    units = read("units").set_index("city")
    core = units.index[(units["in_337"] == 1) & (units["kind"] != "municipality")]
    yield Total("units: the 337 without municipalities", 333, len(core.intersection(late.index)))
    sums = (late["population_2023"] / 1e4).groupby(units["province"].reindex(late.index)).sum()
    provinces = ("Heilongjiang", "Liaoning", "Guangdong", "Zhejiang", "Jilin")
    yield Total(
        f"sums in 10,000, {', '.join(provinces)} (published 2,339 with Meihekou)",
        (3062, 4182, 12706, 6627, 2283),
        tuple(round(float(sums[name])) for name in provinces),
    )
    census = read("census").pivot(index="city", columns="year", values="population")[2020]
    ratio = late["population_2020"] / census.reindex(late.index)
    off = ratio.index[(ratio - 1).abs() > 0.02]
    yield Total(
        "2020 over census: median; units off by more than 2 percent",
        (1.0, "130600", "210400", "220500", "460400"),
        (round(float(ratio.median()), 3), *off.tolist()),
    )
    urban = (late["urban_status"] == "suspect").sum()
    above = (late["urban_2023"] > late["population_2023"]).sum()
    yield Total("urban suspect, urban above all", (13, 0), (int(urban), int(above)))


def _rd(read: Read) -> Iterator[Total]:
    staff = read("rd_personnel")
    wide = staff.pivot(index="province", columns="year", values="personnel")
    yield Total("provinces, years, gaps", (31, 14, 0), (*wide.shape, int(wide.isna().sum().sum())))
    off = {y: abs(int(wide[y].sum()) - total) for y, total in RD_NATIONAL.items()}
    near = tuple(int(gap < ROUNDING) for gap in off.values())
    yield Total("sum within rounding of the national figure, 2010, 2023", (1, 1), near)
    region = wide.loc[["Beijing", "Tianjin", "Hebei"]]
    sums: dict[int, int] = {int(y): int(region[y].sum()) for y in region.columns}
    yield Total("Beijing, Tianjin, Hebei 2014, 2023", (459_665, 690_262), (sums[2014], sums[2023]))
    yield Total("ratio of the two", 1.502, round(sums[2023] / sums[2014], 3))
    share = {y: round(int(region[y].iloc[0]) / total, 3) for y, total in sums.items()}
    yield Total(
        "share of Beijing 2010 (highest), 2014, 2015 (lowest), 2020 (highest since), 2023",
        (0.615, 0.534, 0.515, 0.609, 0.583),
        (
            max(share.values()),
            share[2014],
            min(share.values()),
            max(part for year, part in share.items() if year > 2010),
            share[2023],
        ),
    )
    parts = staff[list(RD_KINDS)].sum(axis=1)
    gap = staff[(parts / staff["personnel"] - 1).abs() > 0.001]
    yield Total(
        "rows whose kinds miss the personnel by more than 0.1 percent",
        ("Sichuan", 2011),
        tuple(gap[["province", "year"]].to_numpy().ravel().tolist()),
    )


def _flows(read: Read) -> Iterator[Total]:
    pairs, totals = read("flows"), read("flow_totals").set_index("city")
    units = read("units")
    thirteen = set(units.loc[units["in_bth"] == 1, "city"])
    named = (set(pairs["origin"]), set(pairs["destination"]))
    yield Total(
        "ordered pairs, of the thirteen cities, positive",
        (156, 1, 156),
        (len(pairs), int(named == (thirteen, thirteen)), int((pairs["index"] > 0).sum())),
    )
    gaps = [
        (pairs.groupby(side)["index"].sum() - totals[f"{way}_within"]).abs().max()
        for way, side in (("out", "origin"), ("in", "destination"))
    ]
    gaps += [
        (totals[f"{way}_total"] - totals[f"{way}_within"] - totals[f"{way}_rest"]).abs().max()
        for way in ("out", "in")
    ]
    yield Total(
        "pairs add to the totals within, these and the rest to all (1e-3)",
        (1, 1, 1, 1),
        tuple(int(gap < 1e-3) for gap in gaps),
    )


def _policy(read: Read) -> Iterator[Total]:
    dates, doubt = read("policy_dates"), read("policy_unconfirmed")
    counts = dates.groupby(["policy", "batch"]).size()
    yield Total(
        "confirmed entries: low carbon 1-3, exhausted resources 1-3",
        (81, 31, 2, 6, 8, 4),
        tuple(int(n) for n in counts),
    )
    units = read("units").set_index("city")
    declining = set(units.index[units["resource_stage"] == "declining"])
    named = {
        *dates.loc[dates["policy"] == "resource_exhausted", "city"],
        *doubt.loc[doubt["policy"] == "resource_exhausted", "city"],
    }
    yield Total(
        "exhausted: listed in either way, beside the declining units of 2013",
        (25, "211100"),
        (len(named), *sorted(named ^ declining)),
    )


def _published(read: Read) -> Iterator[Total]:
    listed = read("published_lists").set_index("city")
    census = read("census").pivot(index="city", columns="year", values="population")
    ours = (census[2020] / census[2010] - 1).reindex(listed.index)
    gap = (listed["growth_2010_2020"] - ours).abs()
    theirs = listed["growth_2010_2020"]
    yield Total(
        "cities, marked, negative; within half a point of ours, over three, of other sign",
        (281, 59, 130, 264, 14, 4),
        (
            len(listed),
            int(listed["ever_depopulating"].sum()),
            int((theirs < 0).sum()),
            int((gap <= 0.005).sum()),
            int((gap > 0.03).sum()),
            int(((theirs < 0) != (ours < 0)).sum()),
        ),
    )
    marked = ours[listed["ever_depopulating"] == 1]
    same = set(listed.index[listed["status"] == "suspect"]) == set(gap.index[gap > 0.03])
    yield Total(
        "suspect are those over three points; marked cities that grow here",
        (1, 0),
        (int(same), int((marked >= 0).sum())),
    )
