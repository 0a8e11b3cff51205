"""Forecasts of any panel in a few words: project, backtest, score, rank, plot."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng
from econshrink.demography.projection.natural import NaturalGrowth
from econshrink.forecast.backtesting.backtest import run_backtest
from econshrink.forecast.backtesting.conformal import SizeClasses
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.loop import STACKED
from econshrink.forecast.backtesting.paired import independent_origins
from econshrink.forecast.backtesting.parts import ErrorParts
from econshrink.forecast.backtesting.scoring import loss_name
from econshrink.forecast.backtesting.summary import accuracy, event_scores
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.models.naive import WINDOW, Drift, LastValue
from econshrink.forecast.models.parted import national_mixture
from econshrink.forecast.projection import (
    Mixture,
    bridge,
    broken_since,
    project_view,
    unusable,
)
from econshrink.forecast.risk import rank_risk
from econshrink.forecast.view import USABLE, InformationSet, information_set
from econshrink.nouns.backtest import Backtest
from econshrink.nouns.country import Country
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.ranking import Ranking
from econshrink.tables.panel_verb import takes_panels, takes_panels_later

Vintage = Callable[[CityPanel, int], CityPanel]


@dataclass(frozen=True, eq=False)
@typed_fields
class Background:
    """What is known beside the panel and its country; nothing at all by default.

    Parameters
    ----------
    natural : NaturalGrowth, optional
        From ages (`natural_growth`) or of the nation (`national_growth`).
    pairs : DataFrame, optional
        Neighbours, columns ``city_a, city_b``.
    classes : SizeClasses, optional
        Residuals are pooled by class; by default quarters of the units by size.
    usable : tuple of str
        Statuses of figures that are used; those without a status are.
    vintage : callable, optional
        Panel and origin to the panel as it was known then; by default figures up to the origin,
        which final data may have revised since.
    joins : float
        Largest yearly log change of the last five years, census steps aside, of figures that still
        join: a unit beyond it, whose territory or concept may have changed, is not projected.
    """

    natural: NaturalGrowth | None = None
    pairs: pd.DataFrame | None = None
    classes: SizeClasses | None = None
    usable: tuple[str, ...] = USABLE
    vintage: Vintage | None = None
    joins: float = 0.1


NO_COUNTRY = Country()
_FAR = 5.0  # figures this many times another's are in another unit


@takes_panels
def project(
    data: CityPanel,
    last_year: int,
    *,
    country: Country = NO_COUNTRY,
    known: Background = Background(),
    variable: str = "population",
    origin: int | None = None,
    base_year: int | None = None,
    model: PathModel | None = None,
    spread: ErrorParts | None = None,
    draws: int = 1000,
    rng: Rng = None,
) -> Forecast:
    """Project every unit of a panel to a year, in joint draws.

    Parameters
    ----------
    data : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    last_year : int
    country : Country
        Groups whose errors are shared, and censuses; none by default.
    known : Background
        Ages, neighbours, vintages; nothing by default.
    variable : str
        Persons.
    origin : int, optional
        Last year that is used; by default the last one of the panel.
    base_year : int, optional
        From which losses are counted; by default the origin.
    model : PathModel, optional
        By default `national_mixture`, which falls back, and says so, without ages or a nation.
    spread : ErrorParts, optional
    draws : int
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.

    Returns
    -------
    Forecast
        Its notes say what was not there: ages, provinces, a declared census, units left out.

    Raises
    ------
    DataError
        Figures that are negative or zero, series too short for any past error, or no unit left.
    SpecError
        No such group attribute, a last year that is not after the origin.

    Examples
    --------
    >>> years = np.arange(2000, 2021)
    >>> rows = [(unit, year, 1e5 * (1 + k) * np.exp(-0.01 * (year - 2000)))
    ...         for k, unit in enumerate(["110000", "120000"]) for year in years]
    >>> panel = CityPanel.from_long(pd.DataFrame(rows, columns=["city", "year", "population"]))
    >>> made = project(panel, 2022, draws=10)
    >>> made.years, made.notes[0]
    ((2021, 2022), 'No province: errors are shared by all units alone.')
    """
    _require_years(data)
    last = data.years[-1] if origin is None else origin
    base = last if base_year is None else base_year
    whole = _view(data, last, country, known, variable)
    view, _ = bridge(whole)
    start = _persons(view, base)
    gone = unusable(view, start)
    apart = broken_since(whole, last - WINDOW, known.joins).drop(gone.index, errors="ignore")
    gone = pd.concat([gone, apart.rename("reason")])
    kept = [unit for unit in view.cities if unit not in gone.index]
    if not kept:
        seen = f"no unit that can be projected from {last} ({gone.iloc[0]})"
        raise DataError(Fault(seen, "some years of figures", "Use another origin or base year."))
    small = _view(data.select(cities=kept), last, country, known, variable)
    small, carried = bridge(small)
    made = project_view(
        small,
        Mixture((model or national_mixture(known.natural),)),
        last_year,
        start,
        base,
        draws,
        rng,
        _spread(spread, known, small),
    )
    notes = (*_missing(country, view, last_year), *_lost(gone), *_carried(carried, last))
    return replace(made, notes=(*notes, *made.notes), variable=variable)


@takes_panels
def backtest(
    data: CityPanel,
    *,
    country: Country = NO_COUNTRY,
    known: Background = Background(),
    variable: str = "population",
    models: Mapping[str, PathModel] | None = None,
    origins: Sequence[int] | None = None,
    horizons: tuple[int, ...] = (1, 3, 5),
    truth: pd.DataFrame | None = None,
    start: pd.DataFrame | None = None,
    spread: ErrorParts | None = None,
    draws: int = 1000,
) -> Backtest:
    """Forecast from every past origin with what was known, and compare with what came.

    Parameters
    ----------
    data : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    country : Country
        Groups whose errors are shared, and censuses; none by default.
    known : Background
        Ages, neighbours, vintages; nothing by default.
    variable : str
    models : mapping of str to PathModel, optional
        By default the last value, drift, damped drift and `national_mixture`.
    origins : sequence of int, optional
        By default all that have figures enough behind them and a target ahead.
    horizons : tuple of int
    truth, start : DataFrame, units × years, optional
        Persons that came, and those they are counted from; by default the panel's.
    spread : ErrorParts, optional
    draws : int

    Returns
    -------
    Backtest
        To be read by `score`.

    Raises
    ------
    DataError
        No origin with history and a target.
    """
    _require_years(data)
    history = (spread or ErrorParts()).history
    first = data.years[0] + history + min(horizons)
    given = tuple(origins or range(first, data.years[-1] - min(horizons) + 1))
    if not given:
        seen = f"figures of {data.years[0]} to {data.years[-1]}"
        expected = f"more than {history + 2 * min(horizons)} years"
        raise DataError(Fault(seen, expected, "Give a longer panel or a shorter history."))
    options = _spread(spread, known, _view(data, given[0], country, known, variable))
    own = data.wide(variable)
    raise_all(DataError, [*_labels(truth, own, "truth"), *_labels(start, own, "start")])
    came = own if truth is None else truth
    return run_backtest(
        lambda origin: _view(data, origin, country, known, variable),
        came.reindex(list(data.cities)),
        models or _usual(known.natural),
        BacktestDesign(
            given, horizons, draws, spreading=options, recalibrated=False, stacked=False
        ),
        start=start,
    )


def score(found: Backtest, against: str = "last value") -> pd.DataFrame:
    """Scores by horizon and model: points, distributions, events.

    Parameters
    ----------
    found : Backtest
    against : str
        Name of the model that gains are counted from.

    Returns
    -------
    DataFrame
        Index `horizon, model`: `mape`, `crps` (log points), `gain` (share of the other's CRPS),
        `inside80`, for each loss ``skill_logit_<loss>`` and ``skill_climatology_<loss>`` (Brier
        skill over a logit on past decline and over the base rate; NaN where the event never came or
        was sure), `origins`, `independent`.

    Raises
    ------
    DataError
        No model of that name.
    """
    if against not in found.models:
        seen = f"no model '{against}'"
        raise DataError(Fault(seen, f"one of {', '.join(found.models)}", "Check the name."))
    losses = [name[7:] for name in found.cases.columns if name.startswith("chance_")]
    tables = []
    for horizon, cases in found.cases.groupby("horizon"):
        own = cases[cases["model"] != STACKED]
        table = accuracy(own)[["mape", "crps", "inside80", "origins"]].astype(float)
        table["origins"] = table["origins"].astype(int)
        table.insert(2, "gain", 1 - table["crps"] / table["crps"].to_dict()[against])
        for name in losses:
            skills = _skills(own, int(name) / 100)
            for column in skills:
                table[f"{column}_{name}"] = skills[column].reindex(table.index).astype(float)
        starts = sorted(int(str(o)) for o in own["origin"].unique())
        table["independent"] = independent_origins(starts, int(str(horizon)))
        tables.append(table.assign(horizon=horizon).set_index("horizon", append=True).swaplevel())
    return pd.concat(tables)


def _skills(cases: pd.DataFrame, loss: float) -> pd.DataFrame:
    columns = ["skill_logit", "skill_climatology"]
    try:
        return event_scores(cases, loss)[columns]
    except DataError:  # a reference that never errs leaves nothing to gain
        return pd.DataFrame(np.nan, index=cases["model"].unique(), columns=columns)


def withheld(found: Backtest, loss: float = 0.05) -> dict[int, tuple[str, ...]]:
    """Models whose probability of an event does not beat climatology, by horizon: do not show it.

    Parameters
    ----------
    found : Backtest
    loss : float
        A loss of the design.
    """
    column = f"skill_climatology_{loss_name(loss)}"
    table = score(found, found.models[0])
    if column not in table:
        seen = f"no event of a loss of {loss:g}"
        raise DataError(Fault(seen, "a loss of the design", "Ask for one that was scored."))
    bad = table[~(table[column] > 0)]
    horizons = table.index.unique("horizon")
    return {
        int(h): tuple(bad.xs(h).index) if h in bad.index.unique("horizon") else () for h in horizons
    }


def rank(forecast: Forecast, loss: float = 0.05, year: int | None = None) -> Ranking:
    """Rank units by the probability of a loss; see `rank_risk`.

    Parameters
    ----------
    forecast : Forecast
    loss : float
        Share of the base.
    year : int, optional
        By default the last one.
    """
    return rank_risk(forecast, loss, forecast.years[-1] if year is None else year)


@takes_panels_later
def plot(
    forecast: Forecast, data: CityPanel | None = None, cities: Sequence[str] | None = None
) -> Any:
    """Draw all units together, or the fans of some behind the figures they came from.

    Parameters
    ----------
    forecast : Forecast
    data : CityPanel or any table, optional
        The figures it was made from; of a table name ``unit=`` and ``time=``. Without them the sum
        of all units is drawn.
    cities : sequence of str, optional
        By default the six whose median falls most.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    SpecError
        Cities without figures.
    DataError
        A city without forecast.
    """
    # the report knows forecasts, not the other way round
    report = importlib.import_module("econshrink.report")
    if data is not None:
        return report.plot_forecast(forecast, data, cities, variable=forecast.variable)
    if cities is not None:
        call = "plot(forecast, data, cities)"
        raise SpecError(Fault("cities and no figures", "the figures behind them", f"Write {call}."))
    return report.plot_total(forecast).figure


def already_lost(forecast: Forecast, now: pd.Series, loss: float, year: int) -> pd.DataFrame:
    """The probability of a loss, and the share of the loss that the last figure already shows.

    Parameters
    ----------
    forecast : Forecast
    now : Series
        Unit to persons at the origin.
    loss : float
    year : int

    Returns
    -------
    DataFrame
        Index city: `probability`, `lost` (share of the base that is gone at the origin, negative
        for growth) and `share`: that loss over the loss asked about, between 0 and 1.

    Raises
    ------
    SpecError
        A loss that is no share.
    DataError
        No line for a unit, or what is no number.
    """
    if not 0 < loss < 1:
        seen = f"a loss of {loss:g}"
        raise SpecError(Fault(seen, "a share of the base in (0, 1)", "Write 0.05 for 5 percent."))
    known = values_of(now, "now")
    lost = [unit for unit in forecast.cities if unit not in now.index]
    if lost:
        seen = f"no figure of {len(lost)} of {len(forecast.cities)} units, such as {lost[0]!r}"
        remedy = "Index `now` by the forecast's units, NaN for those without a figure."
        raise DataError(Fault(seen, "one for each unit of the forecast", remedy))
    start = pd.Series(known, index=now.index).reindex(list(forecast.cities))
    gone = 1 - start.to_numpy() / forecast.base
    chance = forecast.loss_probability(loss, year)
    return chance.to_frame().assign(lost=gone, share=np.clip(gone / loss, 0, 1))


def _require_years(data: CityPanel) -> None:
    """Growth is of a year: of figures every five years there is none to learn from."""
    step = int(np.median(np.diff(data.years))) if len(data.years) > 1 else 1
    if step > 1:
        seen = f"figures every {step} years"
        remedy = "Give a row a year, such as the straight line of logs between two figures."
        raise DataError(Fault(seen, "figures of nearly every year", remedy))


def _labels(table: pd.DataFrame | None, own: pd.DataFrame, name: str) -> list[Fault]:
    """What would make a table of units and years read as empty, or as that of other units."""
    if table is None:
        return []
    faults = []
    if not set(own.columns) & set(table.columns):
        seen = f"columns {', '.join(map(repr, table.columns[:3]))} in {name}"
        remedy = f"Name the columns: {name}.columns = {name}.columns.astype(str).astype(int)."
        faults.append(Fault(seen, f"years as integers, such as {own.columns[-1]}", remedy))
    if not set(own.index) & set(table.index):
        seen = f"rows {', '.join(map(repr, table.index[:3]))} in {name}"
        expected = f"the panel's units, such as {own.index[0]!r}"
        remedy = f"Index it by them: {name}.index = {name}.index.astype(str), or {name}.T."
        faults.append(Fault(seen, expected, remedy))
    if faults:
        return faults
    values = pd.DataFrame(values_of(table, name), table.index, table.columns)
    ratio = (values / own).stack()
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    if ratio.empty or 1 / _FAR < ratio.median() < _FAR:
        return []
    seen = f"figures in {name} that are {ratio.median():.3g} times the panel's"
    return [Fault(seen, "both in persons", f"Bring {name} to the panel's unit.")]


def _usual(natural: NaturalGrowth | None) -> dict[str, PathModel]:
    return {
        "last value": LastValue(),
        "drift": Drift(),
        "damped drift": Drift(damping=0.8),
        "mixture": national_mixture(natural),
    }


def _view(
    data: CityPanel, origin: int, country: Country, known: Background, variable: str
) -> InformationSet:
    if country.group is not None and country.group not in data.attributes.columns:
        seen = f"no attribute '{country.group}'"
        names = ", ".join(map(str, data.attributes.columns)) or "none"
        raise SpecError(Fault(seen, f"one of the panel's ({names})", "Or leave the group out."))
    if not data.years[0] < origin:
        seen = f"origin {origin} of figures from {data.years[0]}"
        raise SpecError(Fault(seen, "a later year", "Choose an origin inside the panel."))
    if known.vintage is not None:
        known_then = known.vintage(data, origin)
    else:
        known_then = data.select(years=[year for year in data.years if year <= origin])
    return information_set(
        known_then,
        origin,
        variable=variable,
        group=country.group,
        pairs=known.pairs,
        usable=known.usable,
        cities=data.cities,
        censuses=country.censuses,
    )


def _spread(given: ErrorParts | None, known: Background, view: InformationSet) -> ErrorParts:
    if given is not None:
        return given
    classes = known.classes
    if classes is None:
        level = view.level[np.isfinite(view.level).any(axis=1)]
        size = np.exp(np.nanmean(level, axis=1)) if len(level) else np.ones(1)
        # a hair below, so that a unit at a quartile is in the class above in any unit of measure
        edges = np.unique(np.quantile(size, (0.25, 0.5, 0.75)) * (1 - 1e-9))
        classes = SizeClasses(tuple(float(edge) for edge in edges if edge > 0) or (1.0,))
    return ErrorParts(classes)


def _persons(view: InformationSet, year: int) -> pd.Series:
    return pd.Series(np.exp(view.at(year)), index=list(view.cities))


def _missing(country: Country, view: InformationSet, last_year: int) -> list[str]:
    """What the country did not say."""
    notes = []
    if country.group is None:
        notes.append("No province: errors are shared by all units alone.")
    known = [year for year in country.censuses if year <= view.origin]
    ahead = [year for year in country.censuses if view.origin < year <= last_year]
    if not country.censuses:
        notes.append("No census declared: the draws hold no rebasing.")
    elif not ahead and len(known) > 1 and known[-1] + known[-1] - known[-2] <= last_year:
        due = 2 * known[-1] - known[-2]
        notes.append(f"A census seems due in {due} and is not declared: no rebasing in the draws.")
    elif ahead and not any(view.years[0] < year for year in known):
        notes.append(f"No past census in the figures: that of {ahead[0]} rebases nothing here.")
    return notes


def _lost(gone: pd.Series) -> list[str]:
    return [
        f"{_units(units)} left out, {reason}: {', '.join(map(str, list(units)[:5]))}"
        f"{' …' if len(units) > 5 else ''}."
        for reason, units in gone.groupby(gone).groups.items()
    ]


def _carried(when: pd.Series, origin: int) -> list[str]:
    late = when[when < origin]
    if late.empty:
        return []
    named = ", ".join(map(str, late.index[:5]))
    start = "starts" if len(late) == 1 else "start"
    return [f"{_units(late.index)} {start} from a figure before {origin}: {named}."]


def _units(names: pd.Index) -> str:
    return f"{len(names):,} unit{'s' * (len(names) != 1)}"
