"""Twenty-one shift-share instruments for jobs 2013-19, each with the checks it fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import complete, evidence_panel, spread
from analyses.shared.specs_evidence import (
    BY_PROVINCE,
    PROVINCE,
    SECTOR_GROUPS,
    SECTOR_TITLES,
    bare,
    line,
)
from econshrink import CityPanel, Resampling, Spec, fit_fe
from econshrink.causal import balance_table, fit_weak_iv, shift_share
from econshrink.data import SECTORS, load_census_profile, load_job_sectors
from econshrink.panel import WEAK, Instrumented, permutation_test

JOBS, GROWTH, SIZE = "jobs_2013_19", "growth_census", 0.05
SPAN = (2013, 2019)
PERMUTATIONS, PLACEBO_DRAWS = 1_999, 1_999
BASES = {
    "early": "Shares of 2005, urban units",
    "census": "Shares of 2010, census",
    "late": "Shares of 2013, urban units",
}
FARMS = "agriculture"
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All sectors", SECTORS),
    "others": ("All but farms", tuple(name for name in SECTORS if name != FARMS)),
    "mining": (SECTOR_TITLES["mining"], SECTOR_GROUPS["mining"]),
    "manufacturing": (SECTOR_TITLES["manufacturing"], SECTOR_GROUPS["manufacturing"]),
    "construction": ("Construction", ("construction",)),
    "market": (SECTOR_TITLES["market"], SECTOR_GROUPS["market"]),
    "public": (SECTOR_TITLES["public"], SECTOR_GROUPS["public"]),
}
TRAITS = ("share_65_plus", "child_woman_ratio", "log_gdp_head", "share_tertiary", "log_population")
CHECKS = ("weak", "placebo", "permutation", "balance", "province")
INITIALS = dict(zip(CHECKS, "FGPBL", strict=True))

INSTRUMENTS = Exhibit(
    "evidence_instruments",
    "Shift-share instruments for jobs 2013–19 and net migration: every check",
    "evidence.iv.{row}.{column}",
    (
        Column("label", "Sectors summed"),
        Column("first_stage", "First stage", ".2f", "estimate"),
        Column("se", "Error", ".2f", "se", before="(", after=")"),
        Column("effective_f", "Eff. F", ".1f", "estimate"),
        Column("set", "95% set (AR)", kind="label", align="c"),
        Column("placebo", "Growth 2000–10", ".3f", "p", over="p-values"),
        Column("permutation", "Permuted", ".3f", "p", over="p-values"),
        Column("balance", "Balance", ".3f", "p", over="p-values"),
        Column("least_f", "Least F", ".1f", "estimate", over="Without a province"),
        Column("most_p", "Most p", ".3f", "p", over="Without a province"),
        Column("fails", "Fails", kind="label", align="l"),
    ),
    group="base",
)


@dataclass(frozen=True)
class Found:
    """Numbers of one instrument and the checks it fails."""

    row: dict[str, object]
    failed: tuple[str, ...]


def run(work: Workspace) -> None:
    """Build, check and print every instrument; no point estimate where a check fails."""
    panel = evidence_panel()
    shares = {"early": _yearbook(2005), "census": _census(), "late": _yearbook(SPAN[0])}
    rows: dict[str, dict[str, object]] = {}
    tally = dict.fromkeys(CHECKS, 0)
    passing = 0
    for base, title in BASES.items():
        for group, (label, sectors) in GROUPS.items():
            held = ("share_sum",) if group == "others" else ()
            found = examine(_with_instrument(panel, shares[base], sectors), held)
            rows[f"{base}.{group}"] = {"label": label, "base": title, **found.row}
            for check in found.failed:
                tally[check] += 1
            passing += not found.failed
            strong = not {"weak", "placebo"} & set(found.failed)
            rows[f"{base}.{group}"]["strong"] = strong
    frame = pd.DataFrame.from_dict(rows, orient="index")
    work.count("evidence.iv.instruments", len(frame), "instruments", INSTRUMENTS.name)
    work.count("evidence.iv.passing", passing, "instruments", INSTRUMENTS.name)
    strong = int(frame["strong"].sum())
    work.count("evidence.iv.strong_and_placebo", strong, "instruments", INSTRUMENTS.name)
    for check, number in tally.items():
        work.count(f"evidence.iv.failing.{check}", number, "instruments", INSTRUMENTS.name)
    work.exhibit(
        INSTRUMENTS,
        frame,
        (
            "Instrument: a unit's shares of the sectors times the log change of each sector's jobs "
            f"{SPAN[0]}–{SPAN[1]} in all other provinces. All but farms holds the sum of the "
            "shares. Province effects, errors clustered by province; sets with the null imposed. "
            "Growth 2000–10: wild p-value of the instrument on growth before. Permuted: values "
            "dealt out within provinces, reduced form on migration. Balance: smallest Holm p over "
            f"{len(TRAITS)} traits of 2010. Without a province: smallest F of the first stage and "
            "largest p of the reduced form as each province is left out.",
            f"Fails: F effective F below {WEAK:.0f}; G predicts growth 2000–10; P not told from "
            "deals; B unbalanced; L fails without some province. No point estimate is printed, as "
            "it may be read only where nothing fails.",
        ),
    )


def _yearbook(year: int) -> pd.DataFrame:
    """Shares of sectors in all jobs of urban units; index city."""
    panel = load_job_sectors()
    sound = panel.wide_status("total")[year] == "reported"
    jobs = pd.DataFrame({name: panel.wide(name)[year] for name in SECTORS}).fillna(0.0)[sound]
    return jobs.div(jobs.sum(axis=1), axis=0)


def _census() -> pd.DataFrame:
    """Shares of sectors in the employed of the census of 2010; index city."""
    profile = load_census_profile().query("year == 2010").set_index("city")
    jobs = profile[[f"employed_{name}_sample" for name in SECTORS]].set_axis(list(SECTORS), axis=1)
    return jobs.div(profile["employed_sample"], axis=0).dropna()


def _with_instrument(panel: CityPanel, shares: pd.DataFrame, sectors: tuple[str, ...]) -> CityPanel:
    """Add `instrument` and `share_sum`, both in percent of jobs."""
    national = _growth_elsewhere()
    province = panel.attributes["province"]
    known = [city for city in shares.index if province.get(city) in national.index]
    growth = national.loc[province[known]].set_axis(known, axis=0)
    value = 100 * (shares.loc[known, list(sectors)] * growth[list(sectors)]).sum(axis=1)
    return spread(
        panel, {"instrument": value, "share_sum": 100 * shares[list(sectors)].sum(axis=1)}
    )


def _growth_elsewhere() -> pd.DataFrame:
    """Log change of each sector's jobs outside each province; index province."""
    panel = load_job_sectors()
    years = list(SPAN)
    sound = (panel.wide_status("total")[years] == "reported").all(axis=1)
    tables = {
        year: pd.DataFrame({name: panel.wide(name)[year] for name in SECTORS}).fillna(0.0)[sound]
        for year in years
    }
    province = panel.attributes["province"].reindex(tables[years[0]].index)
    made = shift_share(*(tables[year] for year in years), groups=province)
    shocks = pd.DataFrame(made.shocks, index=list(made.cities), columns=list(made.sectors))
    return shocks.groupby(province).first()


def examine(panel: CityPanel, held: tuple[str, ...]) -> Found:
    """Strength, set, placebo, permutation, balance, and every province left out in turn."""
    sample = complete(panel, ("migration", JOBS, "instrument", *TRAITS))
    how = Instrumented((JOBS,), ("instrument",))
    weak = fit_weak_iv(sample, Spec("migration", (JOBS, *held), PROVINCE), how, BY_PROVINCE)
    reduced = bare("migration", "instrument", *held)
    first = fit_fe(sample, bare(JOBS, "instrument", *held), BY_PROVINCE)
    before = line(sample, bare(GROWTH, "instrument", *held), "instrument", PLACEBO_DRAWS)
    dealt = permutation_test(
        sample, reduced, "instrument", within="province", resampling=Resampling(PERMUTATIONS)
    )
    even = balance_table(sample, reduced, "instrument", TRAITS, BY_PROVINCE)["p_holm"].min()
    least, most = _without_provinces(sample, held)
    row = {
        "first_stage": 100 * first.coefficient("instrument"),
        "se": 100 * first.std_error("instrument"),
        "effective_f": weak.effective_f,
        "set": weak.anderson_rubin.text(0),
        "placebo": before.wild,
        "permutation": dealt.p_value,
        "balance": float(even),
        "least_f": least,
        "most_p": most,
    }
    wrong = {
        "weak": weak.effective_f < WEAK,
        "placebo": before.wild < SIZE,
        "permutation": dealt.p_value >= SIZE,
        "balance": even < SIZE,
        "province": least < WEAK or most >= SIZE,
    }
    failed = tuple(check for check, fails in wrong.items() if fails)
    row["fails"] = " ".join(INITIALS[check] for check in failed) or "none"
    return Found(row, failed)


def _without_provinces(panel: CityPanel, held: tuple[str, ...]) -> tuple[float, float]:
    """Smallest first-stage F and largest reduced-form p as provinces are left out."""
    province = panel.attribute("province")
    names = ["instrument", *held, JOBS, "migration"]
    within = panel.frame[names] - panel.frame[names].groupby(province).transform("mean")
    x = within[["instrument", *held]].to_numpy()
    groups = pd.factorize(province)[0]
    count = int(groups.max()) + 1
    ratios = {name: without_each(x, within[name].to_numpy(), groups, count) for name in names[-2:]}
    p_values = 2 * t.sf(np.abs(ratios["migration"]), count - 2)
    return float((ratios[JOBS] ** 2).min()), float(p_values.max())


def without_each(x: np.ndarray, y: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Clustered t ratios of the first column without each province; rows less province means.

    The means of the others do not change when a province goes, so that its rows are dropped.
    """
    found = []
    for left in range(count):
        kept = groups != left
        part, own, rest = x[kept], y[kept], groups[kept]
        bread = np.linalg.inv(part.T @ part)
        slopes = bread @ (part.T @ own)
        scores = (part @ bread[:, 0]) * (own - part @ slopes)
        sums = np.bincount(rest, weights=scores, minlength=count)
        size, terms, clusters = len(own), x.shape[1] + 1, count - 1
        adjust = clusters / (clusters - 1) * (size - 1) / (size - terms)
        found.append(slopes[0] / np.sqrt(adjust * (sums**2).sum()))
    return np.array(found)
