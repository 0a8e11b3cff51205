"""The long-difference sample of a synthetic country, with the same variables as the real one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.shared.samples_long import START, components, predicted
from econshrink import AgeStructure, CityPanel
from econshrink.causal import shift_share
from econshrink.demography import SurvivalRatios
from econshrink.lab import LabRun, survival_rates

SPAN = 10
AGES = tuple(range(86))
DIVIDED = ("agriculture", "mining", "manufacturing")


def lab_sample(run: LabRun, start: int = START) -> CityPanel:
    """One row a synthetic city: change over ten years from `start`, structure at its start.

    The accounting, the predicted ages and the job shock are the functions of the real sample,
    on the censuses of the country and its own national survival.

    Parameters
    ----------
    run : LabRun
        With years `start` and `start` + 10.
    start : int
    """
    years = list(run.settings.years)
    first, last = years.index(start), years.index(start + SPAN)
    before, after = (_ages(run, position) for position in (first, last))
    national = _ratios(run, first)
    columns: dict[str, np.ndarray | pd.Series] = dict(components(before, after, national))
    columns |= predicted(before, national)
    columns |= _structure(run, before, first)
    columns |= _later(run, after, first, last)
    columns |= _shocks(run, first, last)
    population = run.path.series["population"]
    if start - SPAN in years:
        earlier = population[years.index(start - SPAN)]
        columns["prior_growth"] = 100 * (population[first] / earlier - 1)
    frame = pd.DataFrame(columns, index=pd.Index(run.true.cities, name="city"))
    return CityPanel.from_long(
        frame.reset_index().assign(year=start + SPAN),
        attributes=run.true.attributes,
        source=run.true.source,
        synthetic=True,
    )


def _ages(run: LabRun, position: int) -> AgeStructure:
    year = list(run.settings.years)[position]
    persons = run.ages[:, position].astype(np.int64)
    return AgeStructure(run.true.cities, year, AGES, persons, "synthetic", synthetic=True)


def _ratios(run: LabRun, first: int) -> SurvivalRatios:
    """The nation's own survival year by year, and its births spread over women 15–49."""
    years = range(first + 1, first + 1 + SPAN)
    pairs = [survival_rates(run.settings.demography, float(step)) for step in years]
    births = run.path.series["births"]
    fertility = np.zeros((SPAN, len(AGES)))
    for row, step in enumerate(years):
        women = run.ages[:, step - 1, 1, 15:50].sum()
        fertility[row, 15:50] = births[step].sum() / women
    return SurvivalRatios(
        list(run.settings.years)[first],
        1,
        np.stack([pair[0] for pair in pairs]),
        np.stack([pair[1] for pair in pairs]),
        fertility,
    )


def _structure(run: LabRun, ages: AgeStructure, first: int) -> dict[str, np.ndarray]:
    persons, total, series = ages.persons, ages.total, run.path.series
    adults = persons[:, :, 15:].sum(axis=(1, 2))
    counts = run.path.jobs[first].astype(float)
    names = [sector.name for sector in run.settings.jobs.sectors]
    shares = {
        f"share_{name}": 100 * counts[:, names.index(name)] / counts.sum(axis=1) for name in DIVIDED
    }
    return {
        "share_65_plus": 100 * persons[:, :, 65:].sum(axis=(1, 2)) / total,
        "child_woman_ratio": 100
        * persons[:, :, :5].sum(axis=(1, 2))
        / persons[:, 1, 15:50].sum(axis=1),
        "employment_rate": 100 * series["jobs"][first] / adults,
        "floor_area": series["housing_stock"][first] / total,
        "log_population": np.log(total),
        **shares,
    }


def _later(run: LabRun, after: AgeStructure, first: int, last: int) -> dict[str, np.ndarray]:
    jobs = run.path.series["jobs"]
    adults = [run.ages[:, t, :, 15:].sum(axis=(1, 2)) for t in (first, last)]
    rates = [100 * jobs[t] / people for t, people in zip((first, last), adults, strict=True)]
    return {
        "share_65_plus_2020": 100 * after.persons[:, :, 65:].sum(axis=(1, 2)) / after.total,
        "employment_rate_change": rates[1] - rates[0],
    }


def _shocks(run: LabRun, first: int, last: int) -> dict[str, pd.Series]:
    names = [sector.name for sector in run.settings.jobs.sectors]
    index = pd.Index(run.true.cities, name="city")
    start, end = (
        pd.DataFrame(run.path.jobs[t].astype(float), index=index, columns=names)
        for t in (first, last)
    )
    province = pd.Series(run.provinces, index=index, name="province")
    outside = shift_share(start, end, without=["agriculture"], groups=province)
    everything = shift_share(start, end, groups=province)
    return {
        "bartik": 100 * outside.value,
        "bartik_all": 100 * everything.value,
        "share_nonagricultural": 100 * outside.share_sum,
    }
