"""Project population with models whose record gives the draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, read_only
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_generator
from econshrink.forecast.backtesting.conformal import Recalibration
from econshrink.forecast.backtesting.parts import ErrorParts
from econshrink.forecast.backtesting.record import keep_record
from econshrink.forecast.backtesting.shocks import Space, draw_noise
from econshrink.forecast.backtesting.spreading import Spreading, Spreads, centre
from econshrink.forecast.backtesting.stack import Stack
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.models.parted import Noted
from econshrink.forecast.view import InformationSet
from econshrink.nouns.forecast import Forecast


@dataclass(frozen=True)
@typed_fields
class Mixture:
    """Models and the weights with which their draws are mixed; one model has weight 1.

    Parameters
    ----------
    models : tuple of PathModel
    weights : tuple of float
    mend : mapping of (int, int) to Recalibration
        Position of a model and horizon to the change of spread its settled forecasts taught;
        other horizons take the nearest one.
    """

    models: tuple[PathModel, ...]
    weights: tuple[float, ...] = (1.0,)
    mend: Mapping[tuple[int, int], Recalibration] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Stack(self.weights)
        if len(self.models) != len(self.weights):
            seen = f"{len(self.models)} models and {len(self.weights)} weights"
            raise SpecError(Fault(seen, "one weight a model", "Align them."))

    @property
    def label(self) -> str:
        """Models with their weights."""
        if len(self.models) == 1:
            return self.models[0].label
        parts = [
            f"{weight:.0%} {model.label}"
            for model, weight in zip(self.models, self.weights, strict=True)
            if weight >= 0.005
        ]
        return f"mixture of {', '.join(parts)}"


def project_view(
    view: InformationSet,
    mixture: Mixture,
    last_year: int,
    base: pd.Series,
    base_year: int,
    draws: int,
    rng: Rng = None,
    spreading: Spreads = Spreading(),  # noqa: B008  (a frozen option object)
) -> Forecast:
    """Joint draws of every year after the origin.

    Parameters
    ----------
    view : InformationSet
        All its cities are projected.
    mixture : Mixture
    last_year : int
    base : Series
        City to persons in `base_year`, from which losses are counted.
    base_year : int
    draws : int
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.
    spreading : Spreading or ErrorParts
        With `ErrorParts` and one model, the parts stand in the forecast.

    Returns
    -------
    Forecast

    Raises
    ------
    SpecError
        A last year that is not after the origin, or no draw.
    DataError
        Cities without a start, a path, or a base above zero: list them with `unusable` and leave
        them out. No past errors to draw from: the figures are too short for any horizon.
    """
    if last_year <= view.origin or draws < 1:
        seen = f"last year {last_year}, origin {view.origin}, {draws} draws"
        raise SpecError(Fault(seen, "a later year and at least one draw", "Widen the horizon."))
    start = base.reindex(list(view.cities)).to_numpy(dtype=float)
    bad = ~(start > 0) | np.isnan(view.at(view.origin))
    raise_all(
        DataError,
        [
            Fault("no start, or no base above zero", "both", "Leave the city out.", f"city {c}")
            for c in np.array(view.cities)[bad]
        ],
    )
    steps = np.arange(1, last_year - view.origin + 1)
    space = Space(view.pairs, len(view.cities))
    drawing = as_generator(rng, "forecast.project")
    noise = [draw_noise(view.groups, space, draws, drawing) for _ in steps]
    members, parts = [], dict[str, Floats]()
    for number, model in enumerate(mixture.models):
        record = keep_record(model, view, steps, spreading.history)
        if isinstance(spreading, ErrorParts):
            drawn, parts = spreading.drawn(view, record, noise, space)
        else:
            drawn = spreading.draw(view, record, noise, space)
        _mend(drawn, steps, {h: r for (k, h), r in mixture.mend.items() if k == number})
        if record.centred:
            centre(drawn, record.paths[view.origin])
        members.append(drawn)
    change = Stack(mixture.weights).mix(members, drawing)
    lost = np.isnan(change[:, :, 0]).any(axis=1)
    raise_all(
        DataError,
        [
            Fault("a series too short or broken for a path", "some years", "Leave it out.", f"{c}")
            for c in np.array(view.cities)[lost]
        ],
    )
    change += view.at(view.origin)[:, None, None]
    return Forecast(
        view.cities,
        tuple(int(view.origin + h) for h in steps),
        read_only(np.exp(change, out=change)),
        start,
        base_year,
        view.origin,
        mixture.label,
        (
            *_said(mixture, view),
            spreading.note(view.origin),
        ),
        view.synthetic,
        parts if len(members) == 1 else {},
    )


def _said(mixture: Mixture, view: InformationSet) -> tuple[str, ...]:
    """What the models say about how they spoke, once each."""
    found = [note for m in mixture.models if isinstance(m, Noted) for note in m.notes(view)]
    return tuple(dict.fromkeys(found))


def _mend(drawn: Floats, steps: np.ndarray, mend: Mapping[int, Recalibration]) -> None:
    if not mend:
        return
    held = np.array(sorted(mend))
    for column, step in enumerate(steps):
        nearest = int(held[np.abs(held - step).argmin()])
        drawn[:, column] = mend[nearest].apply(drawn[:, column])


def bridge(view: InformationSet, years: int = 2) -> tuple[InformationSet, pd.Series]:
    """Give cities without a figure at the origin their last one, if it is recent.

    Parameters
    ----------
    view : InformationSet
    years : int
        A figure may be at most that old.

    Returns
    -------
    tuple
        The view with last figures carried to the origin, and city to the year of the figure
        (NaN if there is none recent enough).

    Examples
    --------
    >>> group = np.zeros(1, dtype=np.intp)
    >>> gap = InformationSet(("a",), (2022, 2023), np.array([[1.0, np.nan]]), group)
    >>> carried, year = bridge(gap)
    >>> carried.at(2023).tolist(), year.tolist()
    ([1.0], [2022.0])
    """
    level = view.level.copy()
    when = np.where(np.isnan(level[:, -1]), np.nan, float(view.origin))
    for back in range(1, min(years, level.shape[1] - 1) + 1):
        missing = np.isnan(when) & ~np.isnan(level[:, -1 - back])
        level[missing, -1] = level[missing, -1 - back]
        when[missing] = view.origin - back
    return replace(view, level=level), pd.Series(when, index=list(view.cities), name="last")


def unusable(view: InformationSet, base: pd.Series, minimum: float = 0.0) -> pd.Series:
    """Cities that cannot be projected, with the reason.

    Parameters
    ----------
    view : InformationSet
        After `bridge`.
    base : Series
        City to persons in the base year.
    minimum : float
        Persons below which a city is left out.

    Returns
    -------
    Series
        City to reason.
    """
    start = base.reindex(list(view.cities)).to_numpy(dtype=float)
    recent = view.level[:, -6:-2] if view.level.shape[1] > 2 else view.level[:, :0]
    reasons = np.select(
        [
            np.isnan(view.level[:, -1]),
            ~(start > 0),
            start < minimum,
            np.isnan(recent).all(axis=1),
        ],
        [
            "no recent figure",
            "no figure in the base year",
            f"below {minimum:.0f} residents",
            "series too short or broken",
        ],
        "",
    )
    found = pd.Series(reasons, index=pd.Index(view.cities, name="city"), name="reason")
    return found[found != ""]


def broken_since(view: InformationSet, year: int, limit: float = 0.05) -> pd.Series:
    """Cities whose figures since `year` do not join: a step nobody's growth explains.

    Parameters
    ----------
    view : InformationSet
    year : int
        The figures of this year and later are looked at; not a step across a census after it,
        which is left to the part of rebasing.
    limit : float
        Largest yearly log change between two usable figures that follow each other, over the
        years between them: a change of territory or of concept may hide in a gap.

    Returns
    -------
    Series
        City to reason.

    Examples
    --------
    >>> split = InformationSet(("a",), (2020, 2021, 2022), np.array([[14.0, np.nan, 13.6]]),
    ...              np.zeros(1, dtype=np.intp))
    >>> broken_since(split, 2020).to_dict()
    {'a': 'a step of 20% a year since 2020'}
    """
    found = {}
    late = view.level[:, max(year - view.years[0], 0) :]
    years = np.array(view.years)[max(year - view.years[0], 0) :]
    for city, row in zip(view.cities, late, strict=True):
        known = np.flatnonzero(~np.isnan(row))
        steps = np.abs(np.diff(row[known]) / np.diff(known))
        ends = years[known]
        steps = steps[
            [
                not any(first < census <= last for census in view.censuses)
                for first, last in pairwise(ends)
            ]
        ]
        if len(steps) and steps.max() > limit:
            found[city] = f"a step of {steps.max():.0%} a year since {year}"
    return pd.Series(found, name="reason", dtype="str")
