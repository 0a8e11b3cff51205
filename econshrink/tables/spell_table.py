"""Any table to a SpellTable, and the terms of a survival formula to its columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arguments import own_words
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.spells import SpellTable
from econshrink.tables.evaluation import evaluate_all
from econshrink.tables.opening import open_table
from econshrink.tables.rows import PlainRows, plain_rows
from econshrink.tables.survival_model import SurvivalModel, survival_formula

_CALL = 'duration="T", event="E" (and entry=), or start=, stop=, event= for rows at risk'


@own_words
def spells(
    data: Any,
    *,
    duration: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    start: str | None = None,
    stop: str | None = None,
    unit: str | None = None,
) -> SpellTable:
    """Turn any table into a `SpellTable`; a spell table comes back as it is.

    Parameters
    ----------
    data : SpellTable, DataFrame or anything `open_table` opens
    duration, event, entry : str, optional
        Columns of durations, see `SpellTable.from_durations`.
    start, stop : str, optional
        Columns of rows at risk, see `SpellTable.from_rows`.
    unit : str, optional
        Column of identifiers; each row is its own unit without it.

    Raises
    ------
    DataError
        No table, roles that do not fit together, columns that are not there or no numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"week": [8.0, 20.0], "arrest": [1, 0], "age": [27, 18]})
    >>> spells(table, duration="week", event="arrest").events
    1
    """
    named = {
        "duration": duration,
        "event": event,
        "entry": entry,
        "start": start,
        "stop": stop,
        "unit": unit,
    }
    raise_all(DataError, _not_names(named))
    if isinstance(data, SpellTable):
        given = [role for role, name in named.items() if name is not None]
        if given:
            seen = f"{', '.join(f'{role}=' for role in given)} beside a SpellTable"
            raise DataError(Fault(seen, "a table that knows its roles", "Leave them out."))
        return data
    frame = open_table(data)
    if isinstance(frame.index, pd.MultiIndex) or any(
        name is not None for name in frame.index.names
    ):
        lost = [name for name in frame.index.names if name is not None and name not in frame]
        frame = frame.reset_index() if lost else frame.reset_index(drop=True)
    columns = ", ".join(map(str, frame.columns[:12]))
    if event is None or (duration is None) == (stop is None):
        missing = "no event=" if event is None else "neither duration= nor stop=, or both"
        seen = f"a table with columns {columns} and {missing}"
        raise DataError(Fault(seen, "the columns that say how long and whether", f"Name {_CALL}."))
    if stop is not None:
        begin = start or entry
        if begin is None:
            seen = f"stop='{stop}' without start="
            raise DataError(Fault(seen, "rows at risk from start to stop", f"Name {_CALL}."))
        return SpellTable.from_rows(frame, start=begin, stop=stop, event=event, unit=unit)
    assert duration is not None
    return SpellTable.from_durations(
        frame, duration=duration, event=event, entry=entry or start, unit=unit
    )


def _not_names(named: dict[str, Any]) -> list[Fault]:
    return [
        Fault(
            f"{role}= given as {type(name).__name__}",
            "the name of a column",
            f'Pass the name: {role}="...", not the column itself.',
        )
        for role, name in named.items()
        if name is not None and not isinstance(name, str)
    ]


def spells_of(
    data: Any, formula: str, *, unit: str | None = None
) -> tuple[SpellTable, SurvivalModel]:
    """Spell table and columns of a survival formula.

    Parameters
    ----------
    data : any table, or a SpellTable
    formula : str
        ``"Surv(start, stop, event) ~ x + np.log(z) + C(g) + strata(h)"``; without the left side
        for a `SpellTable`.
    unit : str, optional
        Column of identifiers.

    Returns
    -------
    tuple
        The table with one column a covariate, named as the terms are; the model whose covariates,
        strata and offset are names of its columns.

    Raises
    ------
    SpecError, DataError
        See `survival_formula` and `spells`; unknown names; terms that cannot be computed.

    Examples
    --------
    >>> table = pd.DataFrame({"week": [8.0, 20.0, 9.0], "arrest": [1, 0, 1], "age": [27, 18, 30]})
    >>> found, model = spells_of(table, "Surv(week, arrest) ~ np.log(age)")
    >>> model.covariates, found.frame["np.log(age)"].round(2).tolist()
    (('np.log(age)',), [3.3, 2.89, 3.4])
    """
    model = survival_formula(formula)
    if isinstance(data, SpellTable):
        table = data
    elif model.stop is None:
        seen = f"'{formula}' without Surv(...) for a plain table"
        remedy = "Write Surv(duration, event) ~ x, or name duration= and event=."
        raise SpecError(Fault(seen, "who was at risk until when", remedy))
    else:
        rows = {"start": model.start, "stop": model.stop} if model.start else {}
        only = {} if rows else {"duration": model.stop}
        table = spells(data, event=model.event, unit=unit or model.unit, **rows, **only)
    return _with_terms(table, model)


def _with_terms(table: SpellTable, model: SurvivalModel) -> tuple[SpellTable, SurvivalModel]:
    rows = _rows(table, model)
    found, faults = evaluate_all(rows, model.covariates, "covariate")
    more: dict[str, np.ndarray] = {}
    if model.offset:
        made, wrong = evaluate_all(rows, (model.offset,), "offset", computed=(model.offset,))
        faults += wrong
        more = made
    lost = [name for name in model.strata if table.place(name) not in table.frame.columns]
    if lost:
        known = ", ".join(rows.groupings[:12])
        seen = f"no column {', '.join(lost)} for strata"
        faults.append(Fault(seen, f"one of {known}", "Check the spelling."))
    raise_all(SpecError, faults)
    frame = table.frame
    names = dict(table.names)
    placed = {}
    for name, values in {**found, **more}.items():
        place = f"{name} (column)" if name in {"city", "start", "stop", "event"} else name
        placed[name] = place
        if place not in frame.columns or not np.array_equal(
            as_numbers(frame[place], name)[0], values, equal_nan=True
        ):
            frame = frame.assign(**{place: values})
    made_table = SpellTable(
        frame,
        table.rule_id,
        table.origin,
        table.dropped,
        table.notes,
        table.synthetic,
        table.account,
        names,
    )
    return made_table, SurvivalModel(
        model.start,
        model.stop,
        model.event,
        tuple(placed[name] for name in found),
        tuple(table.place(name) for name in model.strata),
        placed[next(iter(more))] if more else None,
        model.unit,
        model.text,
        model.cluster,
    )


def _rows(table: SpellTable, model: SurvivalModel) -> PlainRows:
    """The user's columns under the user's names."""
    text = "\n".join((*model.covariates, model.offset or ""))
    names = {table.called(str(column)): str(column) for column in table.frame.columns}
    columns = {name: table.frame[place] for name, place in names.items() if name in text}
    return plain_rows(columns, table.frame.index, table.called("city"), table.called("stop"))
