"""How well a rule of consecutive falls finds the truly shrinking cities on damaged series."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.lab.country.path import Path, run_path
from econshrink.lab.observe import make_releases
from econshrink.lab.settings import LabSettings, ObservationSettings

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Decade:
    """Published figures between two censuses.

    Parameters
    ----------
    raw : ndarray, shape (n, m + 1)
        Annual series; its first and last column are the censuses.
    """

    raw: Floats


Repair = Callable[[Decade], Floats]


def as_published(decade: Decade) -> Floats:
    """The raw annual series, its last cell rebased to the census."""
    return decade.raw


def closed(decade: Decade) -> Floats:
    """Series tilted to meet the second census (geometric error of closure).

    The old base in the census year is not published: the last published growth rate is carried
    on by one year. The log gap to the census is spread evenly over the years.

    Examples
    --------
    >>> closed(Decade(np.array([[100.0, 100.0, 100.0, 90.0]]))).round(2)
    array([[100. , 96.55, 93.22, 90. ]])
    """
    log = np.log(decade.raw)
    span = log.shape[1] - 1
    gap = log[:, -1] - (2.0 * log[:, -2] - log[:, -3])
    tilted = log + gap[:, None] * np.arange(span + 1) / span
    tilted[:, -1] = log[:, -1]
    return np.asarray(np.exp(tilted), dtype=np.float64)


def closed_and_smoothed(decade: Decade) -> Floats:
    """The closed series under a centred three-year mean of logs; the two ends keep the census."""
    log = np.log(closed(decade))
    smooth = log.copy()
    smooth[:, 1:-1] = (log[:, :-2] + log[:, 1:-1] + log[:, 2:]) / 3.0
    return np.asarray(np.exp(smooth), dtype=np.float64)


def straight_line(decade: Decade) -> Floats:
    """Straight line between the two censuses."""
    span = decade.raw.shape[1] - 1
    weight = np.arange(span + 1) / span
    return np.asarray(decade.raw[:, :1] * (1 - weight) + decade.raw[:, -1:] * weight)


REPAIRS: Mapping[str, Repair] = {
    "raw": as_published,
    "closed": closed,
    "closed, 3-year mean": closed_and_smoothed,
    "straight line": straight_line,
}


def falls_in_a_row(series: Floats, years: int = 3) -> Flags:
    """Whether a series of stocks (n, m + 1) falls at least `years` times in a row, shape (n,)."""
    falls = np.diff(series, axis=1) < 0
    steps = falls.shape[1]
    found = np.zeros(len(series), dtype=np.bool_)
    for start in range(steps - years + 1):
        found |= falls[:, start : start + years].all(axis=1)
    return found


def smoothed_country(
    settings: LabSettings, smoothing: float = 0.7, level_noise: float = 0.002
) -> LabSettings:
    """The same country with `smoothing` of migration missed everywhere and no other defect."""
    regions = tuple(
        replace(region, smoothing=smoothing, smoothed_share=1.0)
        for region in settings.places.regions
    )
    observation = ObservationSettings.clean(
        census_years=settings.observation.census_years,
        undercount=settings.observation.undercount,
        level_noise=level_noise,
        natural_weight=settings.observation.natural_weight,
    )
    return replace(
        settings,
        places=replace(settings.places, regions=regions),
        observation=observation,
    )


def detection_experiment(
    settings: LabSettings,
    *,
    replicates: int,
    seed: int = MASTER_SEED,
    repairs: Mapping[str, Repair] = REPAIRS,
    first: int = 2010,
    last: int = 2020,
    falls: int = 3,
) -> pd.DataFrame:
    """Sensitivity and specificity of the rule of consecutive falls, by series.

    Truth is the rule on the true annual series between the two censuses.

    Parameters
    ----------
    settings : LabSettings
        The country and its publication habits, such as `smoothed_country(LabSettings())`.
    replicates : int
        Countries simulated, at least two.
    seed : int
        Master seed.
    repairs : mapping of str to callable
        What is done to the published decade before the rule; further ones may be passed.
    first, last : int
        Census years.
    falls : int
        Falls in a row that make a city shrinking.

    Returns
    -------
    DataFrame
        One row a series: ``series, truth, flagged, sensitivity, sensitivity_mc, specificity,
        specificity_mc, replicates``; truth and flagged are shares of cities.

    Raises
    ------
    SpecError
        Fewer than two replicates, or years that are not censuses of the run.

    Notes
    -----
    The raw figure of the last census year is the census itself, so its last change holds the
    whole correction of the decade.
    """
    options = {"seed": seed, "repairs": repairs, "first": first, "last": last, "falls": falls}
    return detection_experiments({"": settings}, replicates=replicates, **options)[""]  # type: ignore[arg-type]


def detection_experiments(
    countries: Mapping[str, LabSettings],
    *,
    replicates: int,
    seed: int = MASTER_SEED,
    repairs: Mapping[str, Repair] = REPAIRS,
    first: int = 2010,
    last: int = 2020,
    falls: int = 3,
) -> dict[str, pd.DataFrame]:
    """`detection_experiment` of several countries; those that only publish differently live once.

    Parameters
    ----------
    countries : mapping of str to LabSettings
    replicates, seed, repairs, first, last, falls
        As in `detection_experiment`.

    Returns
    -------
    dict of str to DataFrame
        As `detection_experiment` returns it for each country alone, to the last digit.

    Raises
    ------
    SpecError
        Fewer than two replicates, or years that are not censuses of a country's run.
    """
    for settings in countries.values():
        _check_request(settings, replicates, first, last)
    shares: dict[str, dict[str, list[tuple[float, ...]]]] = {
        place: {name: [] for name in repairs} for place in countries
    }
    for replicate in range(replicates):
        own = int(generator(f"lab.detection.{replicate}", seed).integers(2**62))
        lived: dict[LabSettings, Path] = {}
        for place, settings in countries.items():
            people = _unpublished(settings)
            path = lived.get(people) or lived.setdefault(people, run_path(settings, own))
            years = list(settings.years)
            window = slice(years.index(first), years.index(last) + 1)
            truth = falls_in_a_row(path.series["population"][window].T, falls)
            decade = Decade(make_releases(settings, path, own).first[window].T)
            for name, repair in repairs.items():
                found = falls_in_a_row(repair(decade), falls)
                shares[place][name].append(_shares(truth, found))
    return {
        place: pd.DataFrame([_summary(name, np.array(rows)) for name, rows in part.items()])
        for place, part in shares.items()
    }


def _unpublished(settings: LabSettings) -> LabSettings:
    """The country without its habits of publication, which do not touch how people live."""
    regions = tuple(
        replace(region, smoothing=0.0, smoothed_share=0.0) for region in settings.places.regions
    )
    return replace(
        settings,
        places=replace(settings.places, regions=regions),
        observation=ObservationSettings.clean(),
    )


def _check_request(settings: LabSettings, replicates: int, first: int, last: int) -> None:
    years = list(settings.years)
    census = settings.observation.census_years
    if replicates < 2 or first not in census or last not in census or last not in years:
        raise SpecError(
            Fault(
                f"{replicates} replicates, census years {first} and {last}",
                f"two replicates or more and two of the censuses {census} within the run",
                "Change the request or the settings.",
            )
        )


def _shares(truth: Flags, flagged: Flags) -> tuple[float, ...]:
    """Share truly shrinking, share flagged, sensitivity and specificity (missing if undefined)."""
    hit = float(flagged[truth].mean()) if truth.any() else np.nan
    clear = float((~flagged[~truth]).mean()) if (~truth).any() else np.nan
    return float(truth.mean()), float(flagged.mean()), hit, clear


def _summary(name: str, rows: Floats) -> dict[str, object]:
    used = (~np.isnan(rows)).sum(axis=0)
    mean = np.nanmean(rows, axis=0)
    error = np.nanstd(rows, axis=0, ddof=1) / np.sqrt(used)
    return {
        "series": name,
        "truth": mean[0],
        "flagged": mean[1],
        "sensitivity": mean[2],
        "sensitivity_mc": error[2],
        "specificity": mean[3],
        "specificity_mc": error[3],
        "replicates": len(rows),
    }
