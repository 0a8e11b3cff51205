"""Effects that change with time: the test of proportional hazards, and models of the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.residuals import CoxState, restore
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import (
    Hazards,
    event_means,
    first_moments,
    score_and_information,
)
from econshrink.survival.kernel.risk_sets import RiskSets
from econshrink.survival.options import required_column, spell_times


@dataclass(frozen=True)
class KaplanMeierTime:
    """One less the pooled Kaplan-Meier survival just before t; the default."""


@dataclass(frozen=True)
class RankTime:
    """Rank of t among the exits of all rows, with or without event."""


@dataclass(frozen=True)
class IdentityTime:
    """t itself."""


@dataclass(frozen=True)
class LogTime:
    """Logarithm of t."""


TimeTransform = KaplanMeierTime | RankTime | IdentityTime | LogTime


@takes_tables
def proportional_hazards_test(
    spells: SpellTable,
    estimate: Estimate,
    transform: TimeTransform = KaplanMeierTime(),
    *,
    factors: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    r"""Score test of :math:`\theta = 0` in :math:`\beta_j(t) = \beta_j + \theta_j g(t)`.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`.
    transform : KaplanMeierTime, RankTime, IdentityTime or LogTime
        The function g.
    factors : dict of str to sequence of str, optional
        Covariates that stand for one thing, such as the dummies of a region: each name gets a
        joint test of all of them.

    Returns
    -------
    DataFrame
        Columns ``term, chi2, df, p_value``, one row a covariate, one a factor, and ``GLOBAL``.

    Raises
    ------
    DataError, SpecError
        The table is not the fitted one, ties are exact, `LogTime` meets an event time of 0 or
        less, or a factor names no term of the model.

    Notes
    -----
    Grambsch and Therneau (1994), as the exact score test with the time-by-time information, not
    the approximation that averages it. The test uses the model-based information.
    """
    groups = _factor_places(estimate, factors or {})
    state = restore(spells, estimate)
    sets = state.sets
    g = _transformed(state, transform)
    g = g - np.average(g, weights=np.bincount(sets.death_time, minlength=len(g)))
    _, plain = score_and_information(sets, state.hazards)
    _, once = score_and_information(sets, _tilted(state.hazards, g))
    _, twice = score_and_information(sets, _tilted(state.hazards, g * g))
    drift = _drift_score(sets, state.hazards, g)
    k = len(estimate.terms)
    information = np.block([[plain, once], [once.T, twice]])
    score = np.concatenate([np.zeros(k), drift])
    rows = []
    single = [(term, [j]) for j, term in enumerate(estimate.terms)]
    for term, extra in [*single, *groups, ("GLOBAL", list(range(k)))]:
        kept = [*range(k), *(k + j for j in extra)]
        part = score[kept]
        chi2 = float(part @ np.linalg.solve(information[np.ix_(kept, kept)], part))
        df = len(kept) - k
        rows.append((term, chi2, df, float(distributions.chi2.sf(chi2, df))))
    return pd.DataFrame(rows, columns=["term", "chi2", "df", "p_value"])


def _factor_places(
    estimate: Estimate, factors: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[int]]]:
    """Positions of the terms of each factor."""
    unknown = [term for terms in factors.values() for term in terms if term not in estimate.terms]
    faults = [
        Fault(f"factor '{name}' without covariates", "one or more", "Name its covariates.")
        for name, terms in factors.items()
        if not terms
    ]
    if unknown:
        known = ", ".join(estimate.terms)
        faults.append(Fault(f"no term {', '.join(unknown)}", f"of {known}", "Check the spelling."))
    raise_all(SpecError, faults)
    return [
        (name, [estimate.terms.index(term) for term in dict.fromkeys(terms)])
        for name, terms in factors.items()
    ]


def _tilted(state: Hazards, g: Floats) -> Hazards:
    """Hazards whose increments are multiplied by g: every sum over times then carries it."""
    return replace(state, plain=state.plain * g, shared=state.shared * g, squared=state.squared * g)


def _drift_score(sets: RiskSets, state: Hazards, g: Floats) -> Floats:
    means = event_means(sets, state, *first_moments(sets, state))
    at = sets.death_time
    weight = (sets.weight[sets.deaths] * g[at])[:, None]
    total: Floats = (weight * (sets.x[sets.deaths] - means[at])).sum(axis=0)
    return total


def _transformed(state: CoxState, transform: TimeTransform) -> Floats:
    """Values of g at every grid time."""
    sets = state.sets
    time = sets.time
    if isinstance(transform, IdentityTime):
        return time
    if isinstance(transform, LogTime):
        if (time <= 0).any():
            raise DataError(
                Fault(f"an event at {time.min():g}", "event times above 0", "Use another g.")
            )
        return np.log(time)
    arrays = state.arrays
    if isinstance(transform, RankTime):
        exits = np.sort(arrays.stop)
        low = np.searchsorted(exits, time, side="left")
        high = np.searchsorted(exits, time, side="right")
        return (low + high + 1) / 2
    distinct, dead = np.unique(time[sets.death_time], return_counts=True)
    entered = np.searchsorted(np.sort(arrays.start), distinct, side="left")
    left = np.searchsorted(np.sort(arrays.stop), distinct, side="left")
    survival = np.concatenate([[1.0], np.cumprod(1 - dead / (entered - left))])
    return 1 - survival[np.searchsorted(distinct, time)]


_ROWS = 20_000_000


@dataclass(frozen=True)
@typed_fields
class AfterTime:
    """1 after a time and 0 up to it: the effect has one value before and another after."""

    time: float


TimeEffect = IdentityTime | LogTime | AfterTime


@takes_tables
def with_time_effect(
    spells: SpellTable,
    covariates: Sequence[str],
    effect: TimeEffect = LogTime(),
) -> SpellTable:
    r"""Add the columns :math:`x\,g(t)`, so that `fit_cox` can estimate :math:`\beta + \gamma g(t)`.

    Rows that cover several event times are cut at each of them, because x g(t) has another value
    there; yearly rows stay as they are.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    covariates : sequence of str
    effect : LogTime, IdentityTime or AfterTime
        The function g.

    Returns
    -------
    SpellTable
        With a column ``x:log(t)``, ``x:t`` or ``x:t>5`` for each covariate x. It serves `fit_cox`
        and its like; parametric models need the value all through the row and not at its end.

    Raises
    ------
    SpecError
        Unknown columns, gaps in them, or rows beyond 20 million after cutting.
    DataError
        `LogTime` with an exit at 0 or before.

    Notes
    -----
    Cox (1972). A test of the added coefficient is a test of proportional hazards.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b"], "start": 0, "stop": [1, 2],
    ...     "event": 1, "x": [3.0, 4.0]}), rule_id="example")
    >>> with_time_effect(spells, ["x"], IdentityTime()).frame[["stop", "event", "x:t"]].values
    array([[1., 1., 3.],
           [1., 0., 4.],
           [2., 1., 8.]])
    """
    columns = {name: required_column(spells, name, "covariate") for name in covariates}
    cut = _cut_at_events(spells)
    time = cut["stop"].to_numpy()
    g, label = _values(time, effect)
    added = {}
    for name in columns:
        added[f"{name}:{label}"] = as_numbers(cut[name], name, decode=True)[0] * g
    note = f"Rows cut at event times for effects of {label}."
    return replace(spells, frame=cut.assign(**added), notes=(*spells.notes, note))


def _cut_at_events(spells: SpellTable) -> pd.DataFrame:
    """Rows cut at every event time inside them."""
    start, stop = spell_times(spells)
    frame = spells.frame.assign(start=start, stop=stop)
    times = np.unique(stop[(frame["event"] == 1).to_numpy()])
    first = np.searchsorted(times, start, side="right")
    inner = np.searchsorted(times, stop, side="left") - first
    pieces = inner + 1
    if pieces.sum() > _ROWS:
        raise SpecError(
            Fault(
                f"{int(pieces.sum())} rows after cutting at {len(times)} event times",
                f"at most {_ROWS}",
                "Round times to years, or cut the covariate's effect at one time.",
            )
        )
    row = np.repeat(np.arange(len(frame)), pieces)
    position = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    last = position == pieces[row] - 1
    padded = np.append(times, np.inf)
    ends = np.where(last, stop[row], padded[np.minimum(first[row] + position, len(times))])
    begins = np.where(position == 0, start[row], np.append(0.0, ends[:-1]))
    event = np.where(last, frame["event"].to_numpy()[row], 0)
    return frame.iloc[row].assign(start=begins, stop=ends, event=event)


def _values(time: Floats, effect: TimeEffect) -> tuple[Floats, str]:
    if isinstance(effect, IdentityTime):
        return time, "t"
    if isinstance(effect, AfterTime):
        return (time > effect.time).astype(float), f"t>{effect.time:g}"
    if (time <= 0).any():
        raise DataError(Fault(f"an exit at {time.min():g}", "exits after 0", "Use IdentityTime."))
    return np.log(time), "log(t)"
