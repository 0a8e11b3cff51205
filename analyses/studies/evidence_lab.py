"""The primary regression of the evidence in synthetic countries: what it calls an association.

Four countries: jobs draw people or not, and labour demand follows people or not. Who arrives finds
work in all of them, so that the employed follow people; building draws nobody and follows people.
Attraction lasts, so that growth of one decade foretells the next.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import stats

from analyses.machinery.studies.plan import Plan
from analyses.shared.samples_lab import lab_sample
from analyses.shared.specs_evidence import BY_PROVINCE, DRIVERS, INDUSTRY, PROVINCE, family
from econshrink import CityPanel, Spec, fit_fe, simulate
from econshrink.core.arrays import Floats
from econshrink.core.seeds import MASTER_SEED
from econshrink.inference import Rademacher
from econshrink.lab import (
    JOB_GROWTH,
    Answer,
    LabRun,
    LabSettings,
    MigrationSettings,
    Outcome,
    Path,
    PlaceSettings,
    ShockSettings,
    Study,
    total_effect,
)

START, BREAK, LAST = 2010, 2013, 2019
PERSISTENCE = "growth_census"
TERMS = (*DRIVERS, PERSISTENCE, "log_gdp_head", "log_population", *INDUSTRY)
DRAWS, SIZE, REPLICATES = 399, 0.05, 200
JOBS = "jobs_2013_19"
TWO_WAY = ("city", "year")
ANNUAL = ("jobs_before", "building_before")

# Standard deviations within provinces of the 183 units of China's sample with growth of two
# censuses, and within units and years of yearly changes 2014-19 (jobs) and 2014-17 (investment).
SPREAD = MappingProxyType(
    {
        "jobs_2005_10": 0.105,
        JOBS: 0.151,
        "investment_level": 0.644,
        "investment_growth": 0.370,
        "jobs_before": 0.062,
        "building_before": 0.189,
    }
)
# Points of net migration a log point, near what the regression reads in China.
PLANTED = MappingProxyType(
    {"jobs_2005_10": 9.0, JOBS: 6.0, "investment_level": 6.0, "investment_growth": 3.0}
)


def country(*, jobs_draw: bool, demand_follows: bool) -> LabSettings:
    """A country of 190 cities with lasting attraction; prices, ageing and policies move nobody.

    Shocks to attraction are as large as makes growth of one decade go with migration of the next
    about as closely as in China.
    """
    base = LabSettings(
        last_year=2020,
        places=PlaceSettings(cities=190),
        shocks=ShockSettings(attraction=0.45),
    )
    quiet = {"price": 0.0, "young_share": 0.0}
    if not jobs_draw:
        quiet |= {"jobs": 0.0, "wage": 0.0, "unemployment": 0.0}
    pull = {} if demand_follows else {"adjustment": 0.0}
    return replace(
        base,
        migration=replace(MigrationSettings(), **quiet),
        jobs=replace(base.jobs, ageing=0.0, **pull),
        policy=replace(base.policy, on=False, rail_attraction=0.0),
    )


NOBODY = "jobs draw nobody"
GRID = {
    NOBODY: country(jobs_draw=False, demand_follows=False),
    f"{NOBODY}, demand follows": country(jobs_draw=False, demand_follows=True),
    "jobs draw people": country(jobs_draw=True, demand_follows=False),
    "jobs draw people, demand follows": country(jobs_draw=True, demand_follows=True),
}


def evidence_sample(run: LabRun) -> CityPanel:
    """One row a city, the variables of the primary regression but tertiary schooling."""
    panel, series = lab_sample(run, START), run.path.series
    people = series["population"]
    jobs, built, output = _published(run)
    at = {year: place for place, year in enumerate(run.settings.years)}

    def change(values: Floats, first: int, last: int) -> Floats:
        return np.asarray(np.log(values[at[last]] / values[at[first]]))

    level = np.mean([built[at[year]] for year in (START - 2, START - 1, START)], axis=0)
    moved = panel.frame["csr_migration_rate"]
    columns = {
        PERSISTENCE: 100 * change(people, 2000, START),
        "jobs_2005_10": change(jobs, 2005, START),
        JOBS: change(jobs, BREAK, LAST),
        "investment_level": np.log(level / people[at[START]]),
        "investment_growth": change(built, BREAK, 2017),
        "log_gdp_head": np.log(output[at[START]] / people[at[START]]),
    }
    made = {name: pd.Series(values, panel.frame.index) for name, values in columns.items()}
    return panel.with_variables({"migration": moved, **made})


def _published(run: LabRun) -> tuple[Floats, Floats, Floats]:
    """Published jobs outside agriculture, building (starts times price) and output, year × city."""
    cities = list(run.true.cities)

    def wide(name: str) -> Floats:
        return np.asarray(run.observed.wide(name).reindex(cities).to_numpy().T)

    farms = [sector.name for sector in run.settings.jobs.sectors].index("agriculture")
    others = 1 - run.path.jobs[:, :, farms] / run.path.jobs.sum(axis=2)
    return wide("jobs") * others, wide("housing_starts") * wide("house_price"), wide("gdp_real")


def scattered(panel: CityPanel, rng: np.random.Generator) -> CityPanel:
    """The drivers with independent scatter up to the spread that they have in China."""
    province = panel.attribute("province")
    columns = {}
    for name in PLANTED:
        values = panel.frame[name]
        own = (values - values.groupby(province).transform("mean")).std()
        more = np.sqrt(max(0.0, SPREAD[name] ** 2 - own**2))
        columns[name] = values + more * rng.standard_normal(len(values))
    return panel.with_variables(columns)


def estimate(data: LabRun, rng: np.random.Generator) -> dict[str, Answer]:
    """The regression and its placebo on figures as published and as scattered as China's."""
    counted = evidence_sample(data)
    wide = scattered(counted, rng)
    answers = _verdicts("counted", counted) | _verdicts("scattered", wide)
    if data.settings == GRID[NOBODY]:
        answers |= _independent(counted, rng)
    return answers | _annual(data, rng)


def _independent(panel: CityPanel, rng: np.random.Generator) -> dict[str, Answer]:
    """Jobs and building drawn by chance with China's spread, without an effect and with one."""
    size = len(panel.frame)
    drawn = {
        name: pd.Series(SPREAD[name] * rng.standard_normal(size), panel.frame.index)
        for name in PLANTED
    }
    chance = panel.with_variables(drawn)
    none = _family(chance, "migration")
    answers = {}
    for name, effect in PLANTED.items():
        moved = chance.frame["migration"] + effect * chance.frame[name]
        one = _family(chance.with_variables({"planted": moved}), "planted")
        answers[f"independent.{name}.none"] = _told(none.loc[name, "rw"] < SIZE)
        answers[f"independent.{name}.planted"] = _told(one.loc[name, "rw"] < SIZE)
    return answers


def _family(panel: CityPanel, outcome: str) -> pd.DataFrame:
    terms = tuple(name for name in TERMS if name != outcome)
    spec = Spec(outcome, terms, PROVINCE)
    return family(panel, spec, tuple(DRIVERS), draws=DRAWS, weights={"rademacher": Rademacher()})


def _verdicts(measure: str, panel: CityPanel) -> dict[str, Answer]:
    """Estimates, and whether each driver is told from zero and called an association."""
    found, before = _family(panel, "migration"), _family(panel, PERSISTENCE)
    answers = {}
    for name in DRIVERS:
        row, clear = found.loc[name], bool(found.loc[name, "rw"] < SIZE)
        passes = bool(before.loc[name, "wcr_rademacher"] >= SIZE)
        answers[f"{measure}.{name}"] = Answer(row["estimate"], row["se"])
        answers[f"{measure}.{name}.told"] = _told(clear)
        answers[f"{measure}.{name}.association"] = _told(clear and passes)
    return answers


def _told(found: bool) -> Answer:
    return Answer(float(found), np.nan)


def _annual(data: LabRun, rng: np.random.Generator) -> dict[str, Answer]:
    """Yearly growth 2015-19 on jobs and building of the year before, true and published."""
    years = list(data.settings.years)
    jobs, built, _ = _published(data)
    kept = slice(years.index(BREAK + 1), years.index(LAST))
    changes = {}
    for name, values in (("jobs_before", jobs), ("building_before", built)):
        positive = np.where(values > 0, values, np.nan)
        change = np.diff(np.log(positive), axis=0)[kept.start - 1 : kept.stop - 1]
        whole = change[:, np.isfinite(change).all(axis=0)]
        even = whole - whole.mean(axis=0) - whole.mean(axis=1)[:, None] + whole.mean()
        more = np.sqrt(max(0.0, SPREAD[name] ** 2 - even.std() ** 2))
        changes[name] = change + more * rng.standard_normal(change.shape)
    cities = list(data.true.cities)
    published = data.observed.wide("population").reindex(cities)
    sound = data.observed.wide_status("population").reindex(cities)
    figures = {
        "true": data.path.series["population"],
        "published": published.where(~sound.isin(["suspect", "wrong_concept"])).to_numpy().T,
    }
    answers = {}
    for kind, people in figures.items():
        growth = 100 * np.diff(np.log(people), axis=0)[kept]
        table = {"growth": growth, **changes}
        long = pd.DataFrame(
            {name: values.ravel() for name, values in table.items()},
            index=pd.MultiIndex.from_product(
                [range(BREAK + 2, LAST + 1), cities], names=["year", "city"]
            ),
        ).dropna()
        panel = CityPanel.from_long(
            long.reset_index(), attributes=data.true.attributes, synthetic=True
        )
        fit = fit_fe(panel, Spec("growth", ANNUAL, TWO_WAY), BY_PROVINCE)
        limit = stats.t.ppf(1 - SIZE / 2, fit.df_t)
        for name in ANNUAL:
            point, error = fit.coefficient(name), fit.std_error(name)
            answers[f"{kind}.{name}"] = Answer(point, error)
            answers[f"{kind}.{name}.told"] = _told(abs(point) > limit * error)
    return answers


def _net_migration(path: Path) -> Floats:
    """Net migration since the first year, percent of its residents."""
    moved = np.cumsum(np.nan_to_num(path.series["net_migration"]), axis=0)
    return np.asarray(100 * moved / path.series["population"][0])


def _log_jobs(path: Path) -> Floats:
    """Log jobs outside agriculture, the first of the sectors."""
    return np.asarray(np.log(path.jobs[:, :, 1:].sum(axis=2)))


@lru_cache(maxsize=len(GRID))
def true_effect(settings: LabSettings) -> float:
    """Points of net migration 2010-20 a log point of jobs 2013-19, by re-simulation.

    Labour demand grows faster from 2014 on in half of the cities; shifted cities against others.
    """
    outcomes = [Outcome("moved", _net_migration), Outcome("jobs", _log_jobs)]
    table = total_effect(
        replace(settings, first_year=START),
        JOB_GROWTH,
        outcomes,
        step=0.005,
        seeds=tuple(range(MASTER_SEED, MASTER_SEED + 8)),
        start=BREAK + 1,
    )
    wide = table.pivot(index=["outcome", "year"], columns="cities", values="effect")
    contrast = wide["targets"] - wide["others"]
    return float(contrast["moved", 2020] / contrast["jobs", LAST])


def truth(data: LabRun) -> dict[str, float]:
    """True effects where they are known: of jobs by re-simulation, of building none."""
    known = {JOBS: true_effect(data.settings), "jobs_2005_10": np.nan}
    known |= {"investment_level": 0.0, "investment_growth": 0.0}
    found = {}
    for measure in ("counted", "scattered"):
        for name in DRIVERS:
            found[f"{measure}.{name}"] = known.get(name, np.nan)
            found |= {f"{measure}.{name}.{part}": np.nan for part in ("told", "association")}
    for name in PLANTED:
        found |= {f"independent.{name}.{kind}": np.nan for kind in ("none", "planted")}
    for kind in ("true", "published"):
        for name in ANNUAL:
            found |= {f"{kind}.{name}": np.nan, f"{kind}.{name}.told": np.nan}
    return found


PLANS = (
    Plan(
        Study("evidence_lab", estimate, truth, simulate),
        GRID,
        replicates=REPLICATES,
        title="The primary regression of the evidence in synthetic countries",
        module="analyses.studies.evidence_lab",
        chunk=20,
    ),
)
