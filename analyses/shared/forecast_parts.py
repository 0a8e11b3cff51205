"""Models with a nation and errors in parts, scored against three truths; printed, no exhibit yet.

Run: python -m analyses.shared.forecast_parts
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from analyses.shared.ages import natural_known
from analyses.shared.forecast_setup import (
    BASE,
    FIRST_TRUTH,
    LAST_YEAR,
    closed_panel,
    known_at,
    projection_view,
    scored_panel,
    truth,
)
from analyses.shared.samples_cohort import cohort_sample
from econshrink import Forecast
from econshrink.core.seeds import generator
from econshrink.data import load_national, load_units
from econshrink.demography import Calibration, CohortStart, calibrate, project_nation
from econshrink.forecast import (
    BacktestDesign,
    Boosted,
    Choice,
    Drift,
    ErrorParts,
    InformationSet,
    LastValue,
    Mixture,
    NationalForecast,
    PathModel,
    ScaledDrift,
    TwoPart,
    accuracy,
    bridge,
    broken_since,
    choose_before,
    coverage,
    event_scores,
    hold_to_nation,
    keep,
    national_mixture,
    paired_gain,
    project_view,
    run_backtest,
    split_errors,
    unusable,
)

ORIGINS, HORIZONS, DRAWS = tuple(range(2006, 2024)), (1, 3, 5, 10), 1000
NAIVE, USED, HORIZON_END, LOSS = ("last value", "drift"), "mixture", 2035, 0.05
MINIMUM_SIZE = 10_000  # residents; the floor Wiechmann (2008) sets for a city
OFFICIAL = range(2021, 2025)  # official births and deaths that rates are set to


def parted_models(cities: tuple[str, ...]) -> dict[str, PathModel]:
    """The rules to beat and those with a nation, for these cities."""
    natural = natural_known(cities, LAST_YEAR, HORIZON_END - LAST_YEAR)
    return {
        "last value": LastValue(),
        "drift": Drift(),
        "damped": Drift(damping=0.8),
        "scaled drift": ScaledDrift(natural),
        "two-part .8": TwoPart(natural, 0.8),
        "two-part .9": TwoPart(natural, 0.9),
        "mixture": national_mixture(natural),
        "boosted": Boosted(),
    }


@cache
def scored(closed: bool) -> pd.DataFrame:
    """Cases of all models, against published figures or those closed to the censuses."""
    cities = scored_panel().cities
    came = closed_panel().wide("population").reindex(list(cities)) if closed else truth()
    design = BacktestDesign(
        ORIGINS,
        HORIZONS,
        DRAWS,
        spreading=ErrorParts(published=not closed),
        recalibrated=False,
        stream="forecast.parts",
    )
    found = run_backtest(
        known_at, came, parted_models(cities), design, start=came if closed else None
    )
    region = load_units()["region"].astype(str)
    return found.cases.assign(region=found.cases["city"].map(region))


def late(cases: pd.DataFrame, horizon: int, post: bool = False) -> pd.DataFrame:
    """Cases of one horizon with targets from 2020 on, or origins from 2020 on."""
    since = cases["origin"] if post else cases["origin"] + cases["horizon"]
    return cases[(cases["horizon"] == horizon) & (since >= FIRST_TRUTH)]


def calibrated(start: CohortStart) -> CohortStart:
    """The cohort start with rates that meet the last official births and deaths."""
    return official(start).apply(start)


def official(start: CohortStart) -> Calibration:
    """Factors of fertility and mortality at which the first step has the official flows."""
    table = load_national().pivot(index="year", columns="series", values="value")
    flows = table.loc[list(OFFICIAL), ["births_published", "deaths_published"]].mean()
    return calibrate(start, *(float(flow) for flow in flows))


def headline(draws: int = 2000, *, meet: bool = True, fertility: float = 1.0) -> NationalForecast:
    """Units, rest and nation to 2035 from the figures of 2024.

    Parameters
    ----------
    draws : int
    meet : bool
        Rates calibrated to official births and deaths; else as the tables give them.
    fertility : float
        Factor of national fertility from now on.
    """
    view, base = projected_units()
    natural = natural_known(view.cities, LAST_YEAR, HORIZON_END - LAST_YEAR)
    units = project_view(
        view,
        Mixture((national_mixture(natural),)),
        HORIZON_END,
        base,
        BASE,
        draws,
        generator("forecast.headline.units"),
        ErrorParts(),
    )
    return hold_to_nation(
        units, nation(draws, meet=meet, fertility=fertility), np.exp(view.at(LAST_YEAR))
    )


def projected_units() -> tuple[InformationSet, pd.Series]:
    """Units whose figures join and are recent enough, with their residents of the base year."""
    whole, base = projection_view()
    carried, _ = bridge(whole)
    gone = {*unusable(carried, base, MINIMUM_SIZE).index, *broken_since(whole, BASE).index}
    return keep(carried, [city for city in whole.cities if city not in gone]), base


def nation(draws: int, *, meet: bool = True, fertility: float = 1.0) -> Forecast:
    """Draws of the nation from its official figure of 2024."""
    sample = cohort_sample(15)
    start = calibrated(sample.start) if meet else sample.start
    start = replace(start, fertility=fertility * start.fertility)
    table = load_national().pivot(index="year", columns="series", values="value")
    people = float(table.loc[LAST_YEAR, "population_year_end"])
    rng = generator("forecast.headline.nation")
    return project_nation(start, people, LAST_YEAR, HORIZON_END, sample.risk, draws=draws, rng=rng)


def main() -> None:
    """Print choices, scores, targets and the headline."""
    pd.set_option("display.width", 200)
    pd.set_option("display.max_columns", 30)
    cases = {"published": scored(False), "closed": scored(True)}
    _choice(cases["published"])
    for name, table in cases.items():
        for horizon in HORIZONS:
            _scores(f"{name}, {horizon} y, targets 2020-24", late(table, horizon))
    for horizon in (1, 3):
        _scores(
            f"published, {horizon} y, origins from 2020", late(cases["published"], horizon, True)
        )
    _splits(cases)
    for row in targets(cases).itertuples():
        print(f"{row.target}: {row.found} ({row.verdict})")
    _headline()


def targets(cases: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every target of the plan and what was found: met, missed, or reported without a target."""
    published, closed = cases["published"], cases["closed"]
    rows: list[tuple[str, float, str]] = []

    def add(name: str, found: float, low: float = -np.inf, high: float = np.inf) -> None:
        verdict = "met" if low <= found <= high else "missed"
        free = np.isinf(low) and np.isinf(high)
        rows.append((name, round(found, 4), "reported" if free else verdict))

    for name, table, limit in (("published", published, 0.038), ("closed", closed, 0.025)):
        error = float(accuracy(late(table, 5))["mape"].to_dict()[USED])
        add(f"MAPE 5 y {name}, at most {limit}", error, high=limit)
    for horizon, least in ((5, 0.12), (10, 0.18)):
        crps = accuracy(late(published, horizon))["crps"].astype(float).to_dict()
        gain = 1 - crps[USED] / min(crps[name] for name in NAIVE)
        add(f"CRPS below the best naive, {horizon} y, at least {least}", gain, low=least)
    crps = accuracy(late(published, 3, True))["crps"].astype(float).to_dict()
    gain = 1 - crps[USED] / crps["last value"]
    add("CRPS below the last value, 3 y from 2020, at least .12", gain, low=0.12)
    for size, inside in coverage(late(closed, 5), "size").loc[USED].items():
        add(f"80% cover, 5 y closed, size class {size}, .76 to .86", float(inside), 0.76, 0.86)
    north = coverage(late(published, 3, True), "region").loc[USED, "northeast"]
    add("80% cover, Northeast, 3 y from 2020, at least .70", float(north), low=0.70)
    for horizon in (1, 3, 5):
        events = _events(late(published, horizon))
        if horizon != 3:
            add(f"event skill over the logit, {horizon} y", events[0])
        else:
            add("event skill over the logit, 3 y, at least .15", events[0], low=0.15)
            add("calibration slope, 3 y, .8 to 1.3", events[1], 0.8, 1.3)
    for horizon in (3, 5):
        slope = _events(late(closed, horizon))[1]
        add(f"calibration slope, {horizon} y closed, .8 to 1.3", slope, 0.8, 1.3)
    return pd.DataFrame(rows, columns=["target", "found", "verdict"])


def _events(cases: pd.DataFrame, model: str = USED) -> tuple[float, float]:
    row = event_scores(cases[cases["model"] != "stacked"], LOSS).loc[model]
    return float(row["skill_logit"]), float(row["slope"])


def choice(cases: pd.DataFrame) -> tuple[Choice, Choice]:
    """What the rule set on targets before 2020 picks, and beside it what later ones would."""
    known = cases[cases["model"] != "stacked"]
    seen = known[known["origin"] + known["horizon"] >= FIRST_TRUTH]
    early = choose_before(known, FIRST_TRUTH, "last value", USED)
    return early, choose_before(seen, LAST_YEAR + 1, "last value", USED)


def _choice(cases: pd.DataFrame) -> None:
    print("CRPS over the last value's, mean over horizons: targets before 2020, and from 2020 on")
    early, after = choice(cases)
    table = pd.DataFrame({"before": early.ratios, "after": after.ratios})
    print(table.sort_values("before").round(3))
    print(f"used by the rule set on targets before {early.before}: {early.model}")


def _scores(title: str, cases: pd.DataFrame) -> None:
    known = cases[cases["model"] != "stacked"]
    table = accuracy(known)[["mape", "crps", "inside80"]].astype(float)
    for reference in ("last value", "drift", "damped"):
        gains = {m: paired_gain(known, m, reference) for m in table.index if m != reference}
        table[f"over {reference}"] = pd.Series(
            {m: f"{g.gain:.3f} ({g.low:.3f} to {g.high:.3f})" for m, g in gains.items()}
        )
    any_gain = next(iter(gains.values()))
    print(f"\n{title}: {any_gain.origins} origins, {any_gain.independent} independent")
    print(table.round(4))
    events = event_scores(known, LOSS)[["skill_climatology", "skill_logit", "auc", "slope"]]
    print(events.astype(float).round(3).T.to_string())


def _splits(cases: dict[str, pd.DataFrame]) -> None:
    mine = {k: t[t["model"] == USED] for k, t in cases.items()}
    recent = mine["published"]
    recent = recent[recent["origin"] + recent["horizon"] >= FIRST_TRUTH]
    crosses = (recent["origin"] < BASE) & (recent["origin"] + recent["horizon"] >= BASE)
    recent = recent.assign(crosses=crosses)
    print("\nSquared error of the mixture: shares of demography and of rebasing")
    for by in (["horizon"], ["horizon", "crosses"], ["horizon", "region"]):
        print(split_errors(recent, mine["closed"], by).round(3))


def _headline() -> None:
    variants = {
        "calibrated": headline(),
        "as the tables give rates": headline(meet=False),
        "fertility 15% higher": headline(fertility=1.15),
        "fertility 15% lower": headline(fertility=0.85),
    }
    print("\nUnits at least 5% below 2020: median (80%), published and people; nation's change")
    for name, made in variants.items():
        for year in (2030, HORIZON_END):
            words = []
            for kind in ("published", "people"):
                counts = made.of(kind).units.loss_counts(LOSS, year)
                low, middle, high = np.quantile(counts, (0.1, 0.5, 0.9))
                words.append(f"{kind} {middle:.0f} ({low:.0f}-{high:.0f})")
            whole = made.nation.at(year)[0].mean() / made.nation.base[0] - 1
            sure = int((made.units.loss_probability(LOSS, year) >= 0.8).sum())
            print(
                f"{name}, {year}, of {len(made.units.cities)}: {', '.join(words)}; "
                f"nation {whole:.2%}; {sure} at probability .8"
            )
    view, base = projected_units()
    now = np.exp(view.at(LAST_YEAR)) / base.reindex(list(view.cities)).to_numpy()
    print(f"last value: {int((now <= 1 - LOSS).sum())} in both years")


if __name__ == "__main__":
    main()
