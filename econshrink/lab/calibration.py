"""How close the default country comes to the published moments of China, with Monte Carlo error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.lab.simulation import LabRun

CENSUS = "National Bureau of Statistics, census communiqués 2010 and 2020"
COMMUNIQUE = "National Bureau of Statistics, annual communiqués"
PREFECTURES = "2010 and 2020 census tabulations, prefecture-level units"
SHAPE = "normal fit to the prefecture losers and the national growth"
ANNUAL = "census against annual yearbook series, prefecture-level cities"
REPORT = "report on 139 shrinking cities"
FIRST_YEAR, LAST_YEAR = 2000, 2023


@dataclass(frozen=True)
class Moment:
    """A published moment and how a run is measured for it.

    Parameters
    ----------
    name : str
        What it is, with its unit.
    target : float
        Published value.
    source : str
        Where the value comes from.
    measure : callable
        Takes a `LabRun`, returns the same figure of the synthetic country.
    """

    name: str
    target: float
    source: str
    measure: Callable[[LabRun], float]


def calibration_table(runs: LabRun | Sequence[LabRun]) -> pd.DataFrame:
    """Target and simulated moments side by side.

    Parameters
    ----------
    runs : LabRun or sequence of LabRun
        Countries of the same settings with different seeds, covering 2000 to 2023.

    Returns
    -------
    DataFrame
        ``moment, target, source, simulated, mc_error, spread``: mean over runs, its Monte Carlo
        error and the standard deviation over runs (missing for a single run). The spread says how
        far one country may lie from the mean by chance.

    Raises
    ------
    SpecError
        No runs, or runs that do not cover the years the moments need.
    """
    chosen = [runs] if isinstance(runs, LabRun) else list(runs)
    if not chosen or any(
        run.settings.first_year > FIRST_YEAR or run.settings.last_year < LAST_YEAR for run in chosen
    ):
        raise SpecError(
            Fault(
                f"{len(chosen)} runs"
                + "".join(f", {r.settings.first_year}-{r.settings.last_year}" for r in chosen[:3]),
                f"at least one run over {FIRST_YEAR} to {LAST_YEAR}",
                "Simulate with years that cover the moments.",
            )
        )
    rows = []
    for moment in MOMENTS:
        values = np.array([moment.measure(run) for run in chosen])
        spread = float(values.std(ddof=1)) if len(values) > 1 else math.nan
        rows.append(
            {
                "moment": moment.name,
                "target": moment.target,
                "source": moment.source,
                "simulated": float(values.mean()),
                "mc_error": spread / math.sqrt(len(values)),
                "spread": spread,
            }
        )
    return pd.DataFrame(rows)


def _series(run: LabRun, name: str, year: int) -> Floats:
    return np.asarray(run.path.series[name][year - run.settings.first_year], dtype=np.float64)


def _total(name: str, year: int) -> Callable[[LabRun], float]:
    return lambda run: float(_series(run, name, year).sum())


def _share(name: str, year: int) -> Callable[[LabRun], float]:
    """Population-weighted mean of a share or rate."""
    return lambda run: float(
        np.average(_series(run, name, year), weights=_series(run, "population", year))
    )


def _ratio(name: str, year: int, base: int) -> Callable[[LabRun], float]:
    return lambda run: _total(name, year)(run) / _total(name, base)(run)


def _national_growth(year: int, base: int) -> Callable[[LabRun], float]:
    return lambda run: _ratio("population", year, base)(run) - 1.0


def _decade(run: LabRun) -> Floats:
    """Growth of every city 2010-20."""
    return np.asarray(
        _series(run, "population", 2020) / _series(run, "population", 2010) - 1.0, np.float64
    )


def _skewness(values: Floats) -> float:
    score = (values - values.mean()) / values.std()
    return float(np.mean(score**3))


def _natural_rate(year: int) -> Callable[[LabRun], float]:
    return lambda run: float(
        1000.0
        * (_series(run, "births", year) - _series(run, "deaths", year)).sum()
        / _series(run, "population", year - 1).sum()
    )


def _losers_in(region: str) -> Callable[[LabRun], float]:
    """Share of the losing cities that lie in a region."""

    def measure(run: LabRun) -> float:
        losing = _decade(run) < 0
        return float((np.array(run.regions) == region)[losing].mean()) if losing.any() else math.nan

    return measure


def _northeast(run: LabRun, last: int, *, published: bool) -> float:
    """Growth of the Northeast since 2010, true or by the annual figures.

    Cells that hold another concept or a slip are left out, with their city.
    """
    chosen = np.array(run.regions) == "northeast"
    if not chosen.any():
        return math.nan
    if not published:
        start, end = _series(run, "population", 2010), _series(run, "population", last)
    else:
        start, end = _published(run, 2010), _published(run, last)
    chosen &= ~np.isnan(start) & ~np.isnan(end)
    return float(end[chosen].sum() / start[chosen].sum() - 1.0)


def _published(run: LabRun, year: int) -> Floats:
    """First releases of a year without slips and wrong concepts."""
    step = year - run.settings.first_year
    sound = np.isin(run.releases.first_status[step].astype(str), ["reported", "rebased"])
    return np.where(sound, run.releases.first[step], np.nan)


def _losers_shown_growing(run: LabRun) -> float:
    start, end = _published(run, 2010), _published(run, 2019)
    known = ~np.isnan(start) & ~np.isnan(end) & (_decade(run) < 0)
    return float((end[known] > start[known]).mean()) if known.any() else math.nan


def _rebasing(run: LabRun) -> Floats:
    """Census 2020 over the annual series carried on by a year, less one."""
    one, two = _published(run, 2018), _published(run, 2019)
    gap = _published(run, 2020) / (two * two / one) - 1.0
    return np.asarray(gap[~np.isnan(gap)], dtype=np.float64)


def _expanding_losers(run: LabRun) -> float:
    grows = _series(run, "built_up_km2", 2020) > _series(run, "built_up_km2", 2010)
    losing = _decade(run) < 0
    return float(grows[losing].mean()) if losing.any() else math.nan


MOMENTS: tuple[Moment, ...] = (
    Moment(
        "cities losing population 2010-20, share",
        0.447,
        PREFECTURES,
        lambda r: float((_decade(r) < 0).mean()),
    ),
    Moment("national growth 2010-20", 0.0538, CENSUS, _national_growth(2020, 2010)),
    Moment("national growth 2000-10", 0.0584, CENSUS, _national_growth(2010, 2000)),
    Moment("mean city growth 2010-20", 0.015, SHAPE, lambda r: float(_decade(r).mean())),
    Moment(
        "standard deviation of city growth 2010-20", 0.115, SHAPE, lambda r: float(_decade(r).std())
    ),
    Moment("largest city growth 2010-20", 0.685, PREFECTURES, lambda r: float(_decade(r).max())),
    Moment(
        "skewness of city growth 2010-20 (target: positive)",
        math.nan,
        SHAPE,
        lambda r: _skewness(_decade(r)),
    ),
    Moment("losing cities in the east, share", 14 / 149, PREFECTURES, _losers_in("east")),
    Moment("losing cities in the centre, share", 47 / 149, PREFECTURES, _losers_in("central")),
    Moment("losing cities in the west, share", 55 / 149, PREFECTURES, _losers_in("west")),
    Moment("losing cities in the northeast, share", 33 / 149, PREFECTURES, _losers_in("northeast")),
    Moment(
        "northeast, census growth 2010-20",
        -0.10,
        CENSUS,
        lambda r: _northeast(r, 2020, published=False),
    ),
    Moment(
        "northeast, annual figures 2010-19",
        -0.010,
        ANNUAL,
        lambda r: _northeast(r, 2019, published=True),
    ),
    Moment(
        "losing cities that the annual figures show growing, share",
        22 / 136,
        ANNUAL,
        _losers_shown_growing,
    ),
    Moment(
        "cities rebased by more than 5% in 2020, share",
        54 / 297,
        ANNUAL,
        lambda r: float((np.abs(_rebasing(r)) > 0.05).mean()),
    ),
    Moment(
        "cities rebased by less than 1% in 2020, share",
        2 / 3,
        ANNUAL,
        lambda r: float((np.abs(_rebasing(r)) < 0.01).mean()),
    ),
    Moment("65 and over 2010, share", 0.0887, CENSUS, _share("share_65_plus", 2010)),
    Moment("65 and over 2020, share", 0.1350, CENSUS, _share("share_65_plus", 2020)),
    Moment("65 and over 2023, share", 0.154, COMMUNIQUE, _share("share_65_plus", 2023)),
    Moment("0 to 14 in 2020, share", 0.1795, CENSUS, _share("share_0_14", 2020)),
    Moment("total fertility 2020", 1.3, CENSUS, _share("tfr", 2020)),
    Moment("total fertility 2023", 1.0, COMMUNIQUE, _share("tfr", 2023)),
    Moment("births 2020 over 2016", 12.00 / 17.86, COMMUNIQUE, _ratio("births", 2020, 2016)),
    Moment("births 2023 over 2020", 9.02 / 12.00, COMMUNIQUE, _ratio("births", 2023, 2020)),
    Moment("natural increase 2022, per mille", -0.60, COMMUNIQUE, _natural_rate(2022)),
    Moment("natural increase 2023, per mille", -1.48, COMMUNIQUE, _natural_rate(2023)),
    Moment(
        "losing cities whose built-up area grew 2010-20, share", 0.9303, REPORT, _expanding_losers
    ),
    Moment(
        "housing starts 2022 over 2021", 0.606, COMMUNIQUE, _ratio("housing_starts", 2022, 2021)
    ),
)
