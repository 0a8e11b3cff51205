"""What became of the cities at risk at a landmark, and how likely each was to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, codes, group_sums
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.curve import Curve
from econshrink.nouns.spells import SpellTable
from econshrink.survival.kernel.influence import (
    RiskCounts,
    log_survival_factor,
    risk_counts,
    running_influence,
)
from econshrink.survival.options import required_column, spell_times


@dataclass(frozen=True, eq=False)
class Outcomes:
    """First event or end of observation of n cities, counted from a landmark.

    A city without event at its exit is known to be free of it up to and including that time.

    Parameters
    ----------
    city : ndarray of str, shape (n,)
    time : ndarray, shape (n,)
    event : ndarray of bool, shape (n,)
    cluster : ndarray of int, shape (n,)
    """

    city: NDArray[np.object_]
    time: Floats
    event: NDArray[np.bool_]
    cluster: Ints

    @property
    def censoring(self) -> RiskCounts:
        """Being lost as the event: a city whose own event comes first cannot be lost then."""
        lost = ~self.event
        # A city with an event at t is not at risk of being lost at t: it leaves just before.
        stop = np.where(lost, self.time, np.nextafter(self.time, -np.inf))
        return risk_counts(np.full(len(stop), -np.inf), stop, lost, np.ones(len(stop)))

    def seen(self, time: Floats) -> Floats:
        """Chance G(t-) of not being lost before each time."""
        lost = self.censoring
        level = np.append(1.0, np.cumprod(1 - lost.events / lost.at_risk))
        return np.asarray(level[np.searchsorted(lost.time, time, side="left")])

    def pull_of_seen(self, time: Floats, value: Floats) -> Floats:
        """Sum over j of value_j times the influence of each city on log G(time_j -); shape (n,)."""
        lost = self.censoring
        if not len(lost.time):
            return np.zeros(len(self.time))
        place = np.searchsorted(lost.time, time, side="left")
        load = group_sums(value, place.astype(np.intp), len(lost.time) + 1)[1:]
        each = np.arange(len(self.time), dtype=np.intp)
        factor = log_survival_factor(lost)
        parts = running_influence(lost, each, len(each), factor)
        return np.concatenate([part @ load for part in parts])

    def error(self, influence: Floats) -> float:
        """Root of the sum over clusters of squared summed influences."""
        total = group_sums(influence, self.cluster, int(self.cluster.max()) + 1)
        return float(np.sqrt((total**2).sum()))


def landmark_outcomes(
    spells: SpellTable,
    cities: Sequence[str],
    *,
    origin: float = 0.0,
    cluster: str = "city",
) -> Outcomes:
    """Outcomes of the cities at risk at `origin`, in the order of `cities`, which names all.

    Late entry is met by the question itself: who has the event within h of the landmark, among
    those at risk at it? Cities that enter later are no part of it. Refused are cities named twice,
    not at risk, at risk but not named, or with a gap before their first event, and fewer than two
    cities. `cluster` is the column that errors allow for.
    """
    start, stop = spell_times(spells)
    labels = required_column(spells, cluster, "cluster")
    rows = spells.frame.assign(start=start, stop=stop, _cluster=codes(labels.to_numpy())[0])
    rows = rows[rows["stop"] > origin].sort_values(["city", "start"])
    first = rows.groupby("city")["start"].min()
    at_risk = set(first.index[first <= origin].astype(str))
    raise_all(DataError, _faults(list(cities), at_risk, set(first.index.astype(str)), origin))
    rows = rows[rows["city"].isin(at_risk)]
    before = rows.groupby("city")["event"].cumsum() - rows["event"]
    rows = rows[before == 0]
    joined = (rows["start"] == rows["stop"].shift()) | (rows["city"] != rows["city"].shift())
    raise_all(
        DataError,
        [
            Fault(
                f"no rows from {row.previous:g} to {row.start:g}",
                "rows without gap from the landmark to the first event or the end",
                "End the city's rows at the gap, or fill it.",
                f"city {row.city}",
            )
            for row in rows.assign(previous=rows["stop"].shift())[~joined].itertuples()
        ],
    )
    last = rows.groupby("city").tail(1).set_index("city").loc[list(cities)]
    return Outcomes(
        np.array([str(city) for city in cities], dtype=object),
        last["stop"].to_numpy(dtype=float) - origin,
        (last["event"] == 1).to_numpy(),
        codes(last["_cluster"].to_numpy())[0],
    )


def risk_table(curve: Curve, horizons: Sequence[float]) -> pd.DataFrame:
    """Predicted chance of the event by each horizon from survival curves, one group a city.

    Index ``city``, one column a horizon, on the clock of the curve.
    """
    if curve.kind != "survival":
        raise DataError(Fault(f"a curve of kind {curve.kind}", "survival", "Predict survival."))
    rows = {}
    for name, table in curve.frame.groupby("group", sort=False):
        place = np.searchsorted(table["time"].to_numpy(), horizons, side="right") - 1
        level = table["estimate"].to_numpy()[np.maximum(place, 0)]
        rows[str(name)] = np.where(place >= 0, 1 - level, 0.0)
    risk = pd.DataFrame.from_dict(rows, orient="index", columns=list(map(float, horizons)))
    return risk.rename_axis("city")


def checked_risk(risk: pd.DataFrame, *, probability: bool) -> Floats:
    """Values of a table of predictions with their horizons checked; shape (n, horizons).

    Raises
    ------
    SpecError
        Columns that are not increasing times after 0.
    DataError
        Values that are not finite, or outside 0 to 1 where probabilities are wanted.
    """
    try:
        horizons = np.array([float(column) for column in risk.columns])
    except (TypeError, ValueError):
        horizons = np.array([np.nan])
    if not (len(horizons) and np.isfinite(horizons).all() and (np.diff(horizons) > 0).all()):
        raise SpecError(
            Fault(f"columns {list(risk.columns)}", "increasing horizons", "Name them by time.")
        )
    if horizons[0] <= 0:
        raise SpecError(Fault(f"horizon {horizons[0]:g}", "horizons after 0", "Drop it."))
    values = risk.to_numpy(dtype=float)
    bad = ~np.isfinite(values)
    if probability:
        bad |= (values < 0) | (values > 1)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            Fault(
                f"prediction {values[row, column]:g}",
                "a number between 0 and 1" if probability else "a finite number",
                "Predict the chance of the event by the horizon.",
                f"city {risk.index[row]}, horizon {horizons[column]:g}",
            )
        )
    return values


def require_horizon(outcomes: Outcomes, horizon: float) -> None:
    """Raise unless some city was followed up to the horizon.

    Raises
    ------
    DataError
    """
    last = float(outcomes.time.max())
    if horizon > last:
        raise DataError(
            Fault(
                f"horizon {horizon:g} beyond the last exit {last:g} after the landmark",
                "a horizon within the follow-up",
                "Choose an earlier horizon.",
            )
        )


def _faults(cities: list[str], at_risk: set[str], known: set[str], origin: float) -> list[Fault]:
    faults = []
    where = f"landmark {origin:g}"
    named = {str(city) for city in cities}
    if len(named) < len(cities):
        faults.append(Fault("cities named twice", "each once", "Remove the repeats.", where))
    for city in sorted(named - at_risk):
        seen = "a city that enters later" if city in known else "a city without rows after it"
        faults.append(
            Fault(
                f"a prediction for {city}, {seen}",
                "cities at risk at the landmark",
                "Leave it out, or choose a later landmark.",
                where,
            )
        )
    lacking = sorted(at_risk - named)
    if lacking:
        faults.append(
            Fault(
                f"no prediction for {len(lacking)} cities at risk, the first {lacking[0]}",
                "one for each city at risk",
                "Predict for it, or take its rows out and say so.",
                where,
            )
        )
    if not faults and len(named) < 2:
        faults.append(Fault(f"{len(named)} cities", "two or more", "Choose another landmark."))
    return faults
