"""Effects that change with time: a covariate times a function of time, in a Cox model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.proportional import IdentityTime, LogTime
from econshrink.survival.options import required_column, spell_times

_ROWS = 20_000_000


@dataclass(frozen=True)
class AfterTime:
    """1 after a time and 0 up to it: the effect has one value before and another after."""

    time: float


TimeEffect = IdentityTime | LogTime | AfterTime


def with_time_effect(
    spells: SpellTable,
    covariates: Sequence[str],
    effect: TimeEffect = LogTime(),  # noqa: B008  (a frozen option object)
) -> SpellTable:
    r"""Add the columns :math:`x\,g(t)`, so that `fit_cox` can estimate :math:`\beta + \gamma g(t)`.

    Rows that cover several event times are cut at each of them, because x g(t) has another value
    there; yearly rows stay as they are.

    Parameters
    ----------
    spells : SpellTable
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
        added[f"{name}:{label}"] = pd.to_numeric(cut[name], errors="coerce").to_numpy(float) * g
    return SpellTable(
        cut.assign(**added),
        spells.rule_id,
        spells.origin,
        spells.dropped,
        (*spells.notes, f"Rows cut at event times for effects of {label}."),
        spells.synthetic,
    )


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
