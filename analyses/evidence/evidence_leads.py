"""Who leads: local projections of people, jobs, investment and prices; mining as an event study."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from analyses.evidence.yearly import BREAK, yearly_panel
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_sample import REBASED
from analyses.shared.specs_evidence import BY_PROVINCE, PROVINCE, Line, line
from econshrink import CityPanel, Estimate, Resampling, Spec, fit_fe
from econshrink.data import load_job_sectors
from econshrink.panel import permutation_test

TWO_WAY, PLACE_AND_YEAR = ("city", "year"), ("province^year",)
YEARS = range(2012, 2020)  # one base of residents: 2011 is rebased, and so is 2020
BEFORE = range(2006, 2010)  # of the traits that are held
HORIZONS = {1: "One year", 2: "Two years", 3: "Three years"}
NAMES = {"people": "Residents", "jobs": "Jobs", "building": "Investment", "prices": "Prices"}
SOURCES = {"jobs": "hired_0", "building": "built_0", "prices": "priced_0"}
PAIRS = (
    ("people", "jobs"),
    ("jobs", "people"),
    ("people", "building"),
    ("building", "people"),
    ("people", "prices"),
    ("prices", "people"),
    ("building", "prices"),
    ("prices", "building"),
)
SHARE_YEAR, EVENT = 2005, 2012  # shares before; the last year before mining jobs fell
EVENT_YEARS = range(2006, 2020)
DEALS, SIZE = 999, 0.05

PROJECTIONS = Exhibit(
    "evidence_leads",
    "Who leads? Changes up to three years later on the change of a year",
    "evidence.leads.{row}.{column}",
    (
        Column("label", "Outcome after the change of"),
        *(
            column
            for h, over in HORIZONS.items()
            for column in (
                Column(f"h{h}.estimate", "Estimate", ".3f", "estimate", over=over),
                Column(f"h{h}.se", "Error", ".3f", "se", over=over, before="(", after=")"),
            )
        ),
        Column("least", "Least p × 3", ".3f", "p"),
        Column("nobs", "Rows", "d", "count", "rows"),
    ),
)
MINING = Exhibit(
    "evidence_mining",
    "Where mining gave jobs in 2005: yearly changes beside those of 2012",
    "evidence.mining.{row}.{column}",
    (
        Column("label", ""),
        *(
            column
            for key, over in (("jobs", "Jobs"), ("people", "Published residents"))
            for column in (
                Column(f"{key}.estimate", "Estimate", ".2f", "estimate", "points", over=over),
                Column(f"{key}.se", "Error", ".2f", "se", over=over, before="(", after=")"),
            )
        ),
    ),
    group="part",
)


def run(work: Workspace) -> None:
    """Project in both directions, then follow the places of mining."""
    panel = yearly_panel()
    _projections(work, panel)
    _mining(work, panel)


def _projections(work: Workspace, panel: CityPanel) -> None:
    changes = {"people": panel.frame["growth"]} | {
        name: 100 * panel.frame[source] for name, source in SOURCES.items()
    }
    wide = {name: series.unstack("year") for name, series in changes.items()}
    wide["people"].loc[:, [year for year in REBASED if year in wide["people"]]] = np.nan
    rows = {}
    for outcome, term in PAIRS:
        row: dict[str, object] = {"label": f"{NAMES[outcome]}, {NAMES[term].lower()}"}
        p_values = []
        for h in HORIZONS:
            found = project(panel, wide[outcome], wide[term], h)
            row |= {f"h{h}.estimate": found.estimate, f"h{h}.se": found.se}
            p_values.append(found.wild)
            if h == 1:
                row["nobs"] = found.nobs
        row["least"] = min(1.0, len(HORIZONS) * min(p_values))
        rows[f"{outcome}_after_{term}"] = row
    told = sum(row["least"] < SIZE for row in rows.values())  # type: ignore[operator]
    work.count("evidence.leads.told", told, "directions", PROJECTIONS.name)
    work.exhibit(
        PROJECTIONS,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Percent, cumulated over the years after, for one percent more in a year between "
            f"{YEARS[0]} and {YEARS[-1]} (jobs from {BREAK + 1}, investment up to 2017), the "
            "outcome's own change of that year and the means of both changes over "
            f"{BEFORE[0]}–{BEFORE[-1]} held; province × year effects, errors clustered by "
            "province. Unit effects would bias so short a panel (Nickell). Least p × 3: smallest "
            "wild p of the three horizons times three. Who comes first in published figures is no "
            "order of causes: residents are smoothed, prices are of 69 large cities, and a plan "
            "precedes what it builds.",
        ),
    )


def project(panel: CityPanel, outcome: pd.DataFrame, term: pd.DataFrame, horizon: int) -> Line:
    """Change of `outcome` over the years after, on `term` of the year; both city × year.

    No unit effects: with seven years they would pull the coefficient off zero wherever the outcome
    went before the term. Means of both over `BEFORE` stand for lasting traits.
    """
    after = outcome.shift(-1, axis=1)
    for step in range(2, horizon + 1):
        after = after + outcome.shift(-step, axis=1)
    columns = {"after": after, "term": term, "own": outcome}
    for name, wide in (("own_before", outcome), ("term_before", term)):
        mean = wide.reindex(columns=BEFORE).mean(axis=1).to_numpy()[:, None]
        columns[name] = pd.DataFrame(0.0, wide.index, wide.columns) + mean
    index = panel.frame.index
    made = panel.with_variables(
        {
            name: pd.Series(values.stack().reindex(index).to_numpy(dtype=float), index)
            for name, values in columns.items()
        }
    ).select(years=[year for year in YEARS if year + horizon <= YEARS[-1]])
    held = tuple(name for name in columns if name != "after")
    return line(made, Spec("after", held, PLACE_AND_YEAR), "term")


def _mining(work: Workspace, panel: CityPanel) -> None:
    dose = mining_share()
    cities = panel.frame.index.get_level_values("city")
    years = panel.frame.index.get_level_values("year")
    share = pd.Series(dose.reindex(cities).to_numpy() / 10, panel.frame.index)
    terms = {year: f"y{year}" for year in EVENT_YEARS if year != EVENT}
    grown = panel.frame["growth"].where(~years.isin(REBASED))
    made = panel.with_variables(
        {"jobs": 100 * panel.frame["hired_0"], "people": grown}
        | {name: share.where(years == year, 0.0 * share) for year, name in terms.items()}
    ).select(years=list(EVENT_YEARS))
    rows: dict[str, dict[str, object]] = {
        f"y{year}": {"label": str(year), "part": "By year, per ten percent of jobs in mining"}
        for year in terms
    }
    checks = {
        "before": "Before 2012, joint p",
        "after": "After 2012, joint p",
        "step": "Mean after less mean before, provinces held",
        "permuted": "The same, shares dealt out within provinces, p",
        "most_p": "The same, largest p without a province",
    }
    rows |= {key: {"label": label, "part": "Checks"} for key, label in checks.items()}
    for outcome in ("jobs", "people"):
        there = made.frame[outcome].groupby(level="year").count()
        own = {year: name for year, name in terms.items() if there.get(year, 0)}
        fit = fit_fe(made, Spec(outcome, tuple(own.values()), TWO_WAY), BY_PROVINCE)
        for name in own.values():
            rows[name] |= {
                f"{outcome}.estimate": fit.coefficient(name),
                f"{outcome}.se": fit.std_error(name),
            }
        early = [name for year, name in own.items() if year < EVENT]
        late = [name for year, name in own.items() if year > EVENT]
        rows["before"][f"{outcome}.estimate"] = joint_p(fit, early)
        rows["after"][f"{outcome}.estimate"] = joint_p(fit, late)
        step = _step(made, outcome, dose)
        for key, value in step.items():
            row, part = key.split(".")
            rows[row][f"{outcome}.{part}"] = value
    fallen = mining_fall()
    work.result("evidence.mining.fall", fallen, "estimate", "share", MINING.name)
    work.exhibit(
        MINING,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Yearly log change × 100 on the share of mining in jobs of urban units in "
            f"{SHARE_YEAR} times years, {EVENT} left out; unit and year effects, errors clustered "
            f"by province. Mining jobs of all units were {fallen:.0%} fewer in 2019 than in "
            f"{BREAK}. Years that a census rebased are left out for residents, and the change "
            f"across {BREAK - 1}/{BREAK} for jobs. An event study of one shock, "
            "which other shocks of the same places surround: a case, whose failed checks stand "
            "in the table.",
        ),
    )


def mining_share() -> pd.Series:
    """Percent of the jobs of urban units in mining, sound rows; a blank is nobody."""
    sectors = load_job_sectors()
    sound = sectors.wide_status("total")[SHARE_YEAR] == "reported"
    mining = sectors.wide("mining")[SHARE_YEAR].fillna(0.0)
    found: pd.Series = (100 * mining / sectors.wide("total")[SHARE_YEAR]).where(sound)
    return found.dropna()


def mining_fall() -> float:
    """Share of mining jobs lost from the break to 2019 in units with sound rows at both ends."""
    sectors, ends = load_job_sectors(), [BREAK, YEARS[-1]]
    sound = (sectors.wide_status("total")[ends] == "reported").all(axis=1)
    first, last = sectors.wide("mining")[ends].fillna(0.0)[sound].sum()
    return float(1 - last / first)


def joint_p(fit: Estimate, names: list[str]) -> float:
    """F test that all of these coefficients are zero, degrees of freedom those of the t tests."""
    place = [list(fit.terms).index(name) for name in names]
    values = np.asarray(fit.coefficients)[place]
    covariance = np.asarray(fit.covariance)[np.ix_(place, place)]
    statistic = float(values @ np.linalg.solve(covariance, values)) / len(place)
    return float(f_distribution.sf(statistic, len(place), fit.df_t))


def _step(panel: CityPanel, outcome: str, dose: pd.Series) -> dict[str, float]:
    """Mean yearly change after less before, on the dose; its checks."""
    wide = panel.frame[outcome].unstack("year")
    after = wide.loc[:, [year for year in wide if year > EVENT]].mean(axis=1)
    before = wide.loc[:, [year for year in wide if year <= EVENT]].mean(axis=1)
    frame = pd.DataFrame({"step": after - before, "dose": dose / 10}).dropna()
    province = panel.attributes["province"].reindex(frame.index)
    frame = frame[province.map(province.value_counts()).to_numpy() > 1]
    long = frame.rename_axis("city").reset_index().assign(year=EVENT)
    units = CityPanel.from_long(long, attributes=panel.attributes)
    spec = Spec("step", ("dose",), PROVINCE)
    fit = fit_fe(units, spec, BY_PROVINCE)
    dealt = permutation_test(units, spec, "dose", within="province", resampling=Resampling(DEALS))
    left = []
    for name in sorted(set(province.reindex(frame.index))):
        kept = frame.index[province.reindex(frame.index) != name]
        part = fit_fe(units.select(cities=kept), spec, BY_PROVINCE).tidy().set_index("term")
        left.append(float(part.loc["dose", "p_value"]))
    return {
        "step.estimate": fit.coefficient("dose"),
        "step.se": fit.std_error("dose"),
        "permuted.estimate": dealt.p_value,
        "most_p.estimate": max(left),
    }
