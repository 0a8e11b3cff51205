"""How far the compiled tables agree with the other embedded tables: shares, stated per pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from econshrink.data.china.totals import Total

Read = Callable[[str], pd.DataFrame]

# Sector here -> last word of the national series of employees of urban units.
_NATIONAL_SECTORS = {
    "mining": "mining",
    "manufacturing": "manufacturing",
    "construction": "construction",
    "education": "education",
    "public_administration": "public_administration",
    "real_estate": "real_estate",
}


def agreement(read: Read) -> Iterator[Total]:
    """Shares of cells that agree, and ratios to national figures."""
    yield from _jobs(read)
    yield from _estates(read)
    yield from _people(read)
    yield from _late_population(read)


def _jobs(read: Read) -> Iterator[Total]:
    national = read("national").set_index(["series", "year"])["value"]
    sums = read("jobs").groupby("year")["employees"].sum()
    years = (2006, 2007, 2008)
    ratios = [sums[y] / national["urban_units_employment_total", y] for y in years]
    yield Total("employees / national 2006-08", (0.94, 0.95, 0.95), _rounded(ratios, 2))
    sectors = read("job_sectors").groupby("year").sum(numeric_only=True)
    ratios = [
        sectors.loc[2008, name] / national[f"urban_units_employment_{series}", 2008]
        for name, series in _NATIONAL_SECTORS.items()
    ]
    yield Total(
        f"employees of 2008 / national: {', '.join(_NATIONAL_SECTORS)}",
        (0.95, 1.0, 0.97, 0.93, 0.9, 1.0),
        _rounded(ratios, 2),
    )


def _estates(read: Read) -> Iterator[Total]:
    national = read("national").set_index(["series", "year"])["value"]
    estates = read("real_estate")
    ratio = estates.groupby("year")["investment"].sum() / national["re_investment_flash"]
    early = ratio.loc[2000:2017]
    yield Total(
        "investment / national: least and most of 2000-17, 2018, 2019",
        (0.97, 1.02, 0.953, 0.907),
        (*_rounded([early.min(), early.max()], 2), *_rounded([ratio[2018], ratio[2019]], 3)),
    )
    pair = estates.merge(read("main_cities"), on=["city", "year"], suffixes=("", "_main"))
    pair = pair.dropna(subset=["investment", "investment_main"])
    gap = (pair["investment"] / pair["investment_main"] - 1).abs()
    yield Total(
        "investment in both tables: cells, within 1 percent, within 5 percent",
        (483, 0.85, 0.96),
        (len(gap), *_rounded([(gap < 0.01).mean(), (gap < 0.05).mean()], 2)),
    )
    late = gap[pair["year"] >= 2018]
    yield Total(
        "the same in 2018-19: cells, within 1 percent",
        (62, 0.9),
        (len(late), *_rounded([(late < 0.01).mean()], 2)),
    )


def _late_population(read: Read) -> Iterator[Total]:
    late = read("population_2023").set_index("city")["population_2023"]
    annual = read("population").set_index(["year", "city"])["population"].loc[2023]
    flags = read("annual_status")
    flags = flags[(flags["variable"] == "population") & (flags["year"] == 2023)]
    taken = flags["reason"].fillna("").str.contains("replaces_interpolated")
    odd = flags.loc[taken | (flags["status"] == "interpolated"), "city"]
    gap = (late / annual[~annual.index.isin(odd)] - 1).abs().dropna()
    shares = [(gap < limit).mean() for limit in (0.001, 0.01, 0.02)]
    yield Total(
        "population 2023, reported in both: cells, within 0.1, 1, 2 percent",
        (284, 0.947, 0.989, 1.0),
        (len(gap), *_rounded(shares, 3)),
    )


def _people(read: Read) -> Iterator[Total]:
    births = read("births")
    flags = read("compiled_status")
    flags = flags[(flags["table"] == "births") & (flags["variable"] == "primary_pupils")]
    odd = flags.loc[(flags["year"] == 2020) & (flags["status"] != "reported"), "city"]
    many = births[(births["year"] == 2020) & (births["primary_pupils"] >= 100_000)]
    pupils = many[~many["city"].isin(odd)].set_index("city")["primary_pupils"]
    ages = read("census_age_sex")
    ages = ages[ages["year"] == 2020].groupby("city")[["age_5", "age_10"]].sum()
    ratio = (pupils / (0.8 * ages["age_5"] + 0.4 * ages["age_10"])).dropna()
    yield Total(
        "primary pupils 2020 / census children 6-11, quartiles",
        (0.96, 1.0, 1.04),
        _rounded(ratio.quantile([0.25, 0.5, 0.75]), 2),
    )
    census = read("census_2000").set_index("city")
    firm = census[census["firm"] == 1]
    flags = read("annual_status")
    flags = flags[(flags["variable"] == "population") & (flags["year"] == 2000)]
    unreported = flags.loc[~flags["status"].isin(["reported", "rebased"]), "city"]
    annual = read("population").set_index(["year", "city"])["population"].loc[2000]
    gap = (annual[~annual.index.isin(unreported)] / firm["population"] - 1).abs().dropna()
    shares = [(gap < limit).mean() for limit in (0.01, 0.03, 0.05)]
    yield Total(
        "population 2000, firm units with a reported annual figure: cells, within 1, 3, 5 percent",
        (209, 0.78, 0.84, 0.9),
        (len(gap), *_rounded(shares, 2)),
    )
    later = read("census_profile")
    later = later[later["year"] == 2010].set_index("city").add_suffix("_2010")
    both = firm[firm["population"] > 100_000].join(later, how="inner")
    size = both["family_household_population"] / both["family_households"]
    other = both["hukou_nonagricultural"] + both["hukou_agricultural"]
    pairs = (
        (size, both["household_size_2010"]),
        (
            np.log(both["migrants_other_province"]),
            np.log(both["migrants_other_province_2010"]),
        ),
        (both["hukou_nonagricultural"] / other, both["nonagricultural_hukou_share_2010"]),
        (both["male"] / both["female"], both["male_2010"] / both["female_2010"]),
    )
    yield Total(
        "2000 and 2010: units; correlation of household size, log migrants of other provinces, "
        "non-agricultural share, sex ratio",
        (247, 0.91, 0.94, 0.97, 0.59),
        (len(both), *_rounded([a.corr(b) for a, b in pairs], 2)),
    )


def _rounded(values: object, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)  # type: ignore[attr-defined]
