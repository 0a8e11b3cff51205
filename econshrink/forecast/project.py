"""Project population by a point rule with the errors that rule made before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.errors import DataError, Fault, SpecError, raise_all
from econshrink.forecast.errors_of_record import ErrorRecord, draw_errors, growth_exponent
from econshrink.forecast.trend import PathRule, mean_growth
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel


@dataclass(frozen=True)
class Origin:
    """Where a past forecast stood: the stock it started from and the stocks its drift came from.

    Parameters
    ----------
    year : int
        Year of the stock the path starts from.
    drift : (int, int)
        First and last year of the stocks whose mean growth is the drift. Both must lie on
        one base: a drift across a census year measures the rebasing, not the growth.
    """

    year: int
    drift: tuple[int, int]


def score_rule(
    panel: CityPanel,
    rule: PathRule,
    origin: Origin,
    truth: pd.Series,
    truth_year: int,
    group: str = "province",
    variable: str = "population",
) -> ErrorRecord:
    """Apply a rule at a past origin and compare it with what was later found.

    Parameters
    ----------
    panel : CityPanel
        Only figures up to ``origin.year`` are read.
    rule : PathRule
    origin : Origin
    truth : Series
        City to population found in `truth_year`.
    truth_year : int
    group, variable : str

    Returns
    -------
    ErrorRecord
        Cities without a figure at the origin, in the drift or in `truth` are not scored.
    """
    seen = panel.select(years=[year for year in panel.years if year <= origin.year])
    stocks = seen.wide(variable)
    drift = mean_growth(stocks, *origin.drift)
    horizon = truth_year - origin.year
    path = rule.log_path(drift, np.full((len(drift), 1), float(horizon)))[:, 0]
    forecast = np.log(stocks[origin.year]) + path
    return ErrorRecord(
        origin.year,
        horizon,
        (np.log(truth.reindex(stocks.index)) - forecast).rename("error"),
        panel.attributes[group],
    )


@dataclass(frozen=True)
class Start:
    """Where each city's path starts, and the cities that have no sound start.

    Parameters
    ----------
    year : Series
        City to the year of its last usable figure.
    excluded : DataFrame
        Columns ``city, reason``.
    """

    year: pd.Series
    excluded: pd.DataFrame


def last_usable(
    panel: CityPanel,
    base_year: int,
    *,
    variable: str = "population",
    at_least: int = 2,
    breaking: tuple[str, ...] = ("interpolated",),
    unusable: tuple[str, ...] = ("suspect", "wrong_concept"),
) -> Start:
    """Find each city's last published figure on the base of `base_year`.

    A run of figures ends before the first missing cell or cell with a `breaking` status: a
    break of level hidden inside an interpolated stretch could not be seen. Cells with an
    `unusable` status are stepped over but never used as the end.

    Parameters
    ----------
    panel : CityPanel
    base_year : int
        Must be usable itself.
    variable : str
    at_least : int
        The last usable year must be at least this many years after the base.
    breaking, unusable : tuple of str
        Words of the status vocabulary.

    Returns
    -------
    Start
    """
    stocks, status = panel.wide(variable), panel.wide_status(variable)
    years = [int(year) for year in stocks.columns if int(year) >= base_year]
    broken = (stocks[years].isna() | status[years].isin(breaking)).to_numpy()
    reached = ~np.logical_or.accumulate(broken, axis=1)
    usable = reached & ~status[years].isin(unusable).to_numpy()
    last = len(years) - 1 - usable[:, ::-1].argmax(axis=1)
    sound = usable[:, 0] & usable.any(axis=1) & (last >= at_least)
    reason = f"no unbroken published series from {base_year} to at least {base_year + at_least}"
    return Start(
        pd.Series(np.array(years)[last[sound]], index=stocks.index[sound], name="start"),
        pd.DataFrame({"city": list(stocks.index[~sound]), "reason": reason}),
    )


def project(
    panel: CityPanel,
    rule: PathRule,
    start: pd.Series,
    records: tuple[ErrorRecord, ErrorRecord],
    last_year: int,
    *,
    base_year: int,
    draws: int,
    generator: np.random.Generator,
    group: str = "province",
    variable: str = "population",
) -> Forecast:
    """Project every city from its last usable figure.

    The drift of a city is its mean growth from `base_year` to its start.

    Parameters
    ----------
    panel : CityPanel
    rule : PathRule
    start : Series
        City to year of the last usable figure; these cities are projected.
    records : (ErrorRecord, ErrorRecord)
        Errors of the same rule at a shorter and a longer horizon: the longer one is
        resampled, the pair gives the growth of errors with the horizon.
    last_year : int
    base_year : int
        Year from which losses are counted.
    draws : int
    generator : numpy.random.Generator
    group, variable : str

    Returns
    -------
    Forecast

    Raises
    ------
    SpecError
        A horizon below one year, or no draws.
    DataError
        A city without a figure at its start or in the base year.
    """
    origin = int(start.max())
    if last_year <= origin or draws < 1 or not (start > base_year).all():
        raise SpecError(
            Fault(
                f"last year {last_year}, starts {start.min()}–{origin}, {draws} draws",
                "a last year after every start, starts after the base, at least one draw",
                "Widen the horizon.",
            )
        )
    stocks = panel.select(cities=start.index).wide(variable)
    start = start.reindex(stocks.index)
    first = stocks[base_year].to_numpy()
    level = panel.column(variable).reindex(list(start.items())).to_numpy()
    raise_all(
        DataError,
        [
            Fault(
                f"no {variable} in {base_year} or {start[city]}",
                "a figure in both",
                "Leave the city out or mend the cell.",
                f"city {city}",
            )
            for city in stocks.index[np.isnan(first) | np.isnan(level)]
        ],
    )
    years = tuple(range(origin + 1, last_year + 1))
    elapsed = start.to_numpy() - base_year
    drift = pd.Series((np.log(level) - np.log(first)) / elapsed, index=stocks.index)
    horizons = np.array(years, dtype=float)[None, :] - start.to_numpy()[:, None]
    short, long = records
    exponent = growth_exponent(short, long)
    errors = draw_errors(
        long, panel.attributes[group].reindex(stocks.index), horizons, exponent, draws, generator
    )
    path = np.log(level)[:, None] + rule.log_path(drift, horizons)
    return Forecast(
        tuple(stocks.index),
        years,
        np.exp(path[:, :, None] + errors),
        first,
        base_year,
        origin,
        f"{rule.label} from the last published figure ({start.min()}–{origin})",
        (
            f"Drift: mean growth since {base_year}. Errors resampled by nation, province and "
            f"city from the rule's own errors at origin {long.origin}, horizon {long.horizon}; "
            f"they grow with the horizon to the power {exponent:.2f}.",
        ),
        panel.synthetic,
    )
