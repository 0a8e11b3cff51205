"""Curves and discrete hazards from counts: identical spells are grouped by the engine.

A table of spells is usually long and says little: whole years, a few groups, a few classes of
covariates. Grouped, it fits in memory and gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from econshrink.big.source import BigTable, checked_table
from econshrink.big.workspace import at_work
from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.vcov import Heteroskedastic, Iid
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.curves import kaplan_meier as curves
from econshrink.survival.curves.kaplan_meier import Band, LogLogBand
from econshrink.survival.design import survival_spec
from econshrink.survival.discrete.design import (
    Duration,
    DurationDummies,
    period_design,
    period_spec,
)
from econshrink.survival.discrete.hazard import INSTEAD
from econshrink.survival.discrete.likelihood import Cells, Cloglog, Link, Logit, terms
from econshrink.survival.kernel.newton import maximise

MOST_CELLS = 5_000_000  # groups that are taken into memory
# columns beside the user's
COUNT, ENTRY, DIED, EVENT = "(rows alike)", "(entry)", "(events)", "(some event)"


def kaplan_meier(
    table: BigTable,
    by: str | None = None,
    level: float = 0.95,
    *,
    duration: str,
    event: str,
    entry: str | None = None,
    band: Band = LogLogBand(),  # noqa: B008 - frozen options
) -> Curve:
    """Kaplan-Meier survival of spells on disk, with Greenwood errors.

    Parameters
    ----------
    table : BigTable
        One row a spell; opened by ``scan(path)``.
    by : str, optional
        Column of groups.
    level : float
    duration, event : str
        Columns: exit from the risk, and 1 for an event, 0 for none.
    entry : str, optional
        Column of late entries; 0 without it.
    band : LogLogBand, LogBand or PlainBand

    Returns
    -------
    Curve
        As from `survival.kaplan_meier`.

    Raises
    ------
    DataError
        Gaps, exits not after entries, events other than 0 or 1, more than five million distinct
        spells.

    Examples
    --------
    >>> kaplan_meier(scan("spells.parquet"), duration="years", event="fell")  # doctest: +SKIP
    """
    checked_table(table, "kaplan_meier", spells=True)
    cells = _grouped(table, duration, event, entry, [by] if by else [])
    if entry is None:
        cells[ENTRY] = 0.0
    spells = SpellTable.from_rows(
        cells, start=entry or ENTRY, stop=duration, event=event, synthetic=table.synthetic
    )
    return curves.kaplan_meier(spells, by, level, band=band, weights=COUNT)


def fit_discrete_hazard(
    table: BigTable,
    covariates: Sequence[str],
    *,
    duration_column: str,
    event: str,
    entry: str | None = None,
    link: Link = Cloglog(),  # noqa: B008 - frozen options
    duration: Duration = DurationDummies(),  # noqa: B008
    vcov: Iid | Heteroskedastic = Iid(),  # noqa: B008
) -> Estimate:
    """Fit a discrete-time hazard on rows of one period on disk, grouped by covariates and duration.

    Parameters
    ----------
    table : BigTable
        One period a row.
    covariates : sequence of str
        Columns with few distinct values: rows that agree in all of them count together.
    duration_column, event : str
        Exit of the period, and 1 for an event in it.
    entry : str, optional
        Entry of the period; without it, one before the exit.
    link, duration
        As for `survival.fit_discrete_hazard`.
    vcov : Iid or Heteroskedastic
        Counts do not say which rows belong to one unit, so nothing is clustered.

    Returns
    -------
    Estimate
        As from `survival.fit_discrete_hazard`.

    Raises
    ------
    SpecError, DataError
        As in memory; another covariance; more than five million distinct rows.
    """
    checked_table(table, "fit_discrete_hazard", spells=True)
    given: Any = vcov  # what the user passed may be of any type
    if not isinstance(given, Iid | Heteroskedastic):
        remedy = "Take one of these; clusters need the rows in memory."
        raise SpecError(Fault(f"vcov={vcov!r}", "Iid() or Heteroskedastic()", remedy))
    names = list(covariates)
    table.require(figures=names)
    cells = _grouped(table, duration_column, event, entry, names)
    raise_all(DataError, _no_binary(cells[event], event))
    if entry is None:
        cells[ENTRY] = cells[duration_column] - 1.0
    cells[DIED] = cells[event] * cells[COUNT]
    keys = [entry or ENTRY, duration_column, *names]
    cells = cells.groupby(list(dict.fromkeys(keys)), as_index=False)[[DIED, COUNT]].sum()
    cells[EVENT] = (cells[DIED] > 0).astype(int)
    spells = SpellTable.from_rows(
        cells,
        start=entry or ENTRY,
        stop=duration_column,
        event=EVENT,
        synthetic=table.synthetic,
    )
    spec = survival_spec(spells, tuple(names), vcov=vcov)
    frame = spells.frame
    x = np.asfortranarray(frame[[spells.place(name) for name in names]].to_numpy(dtype=float))
    events = frame[DIED].to_numpy(dtype=float)
    survivors = frame[COUNT].to_numpy(dtype=float) - events
    rows = period_design(spells, tuple(names), x, duration, both_outcomes=False)
    faults = _one_outcome(frame["stop"].to_numpy(), events, survivors) if rows.groups else []
    if not events.any():
        seen = f"no events among {int(survivors.sum())} rows"
        faults = [Fault(seen, "at least one event", "Check the rule and the window.")]
    raise_all(DataError, faults)
    data = Cells(rows, np.zeros(len(frame)), events, survivors)
    start = np.zeros(len(rows.terms))
    start[-max(rows.groups, 1) :] = _null(rows.group, rows.groups, events, survivors, link)
    solution = maximise(lambda b: data.point(b, link), rows.x, rows.terms, start, instead=INSTEAD)
    beta = solution.best.beta
    if isinstance(vcov, Iid):
        covariance = np.linalg.inv(data.expected_information(beta, link))
        label = "inverse expected information"
    else:
        bread = np.linalg.inv(data.point(beta, link).information)
        at = terms(rows.predictor(beta), link)
        squares = events * at.slope_event**2 + survivors * at.slope_survival**2
        covariance, label = bread @ rows.gram(squares) @ bread, "robust by row"
    died_in_all = float(events.sum())
    ratio = died_in_all / len(rows.terms)
    return Estimate(
        method=f"discrete-time hazard, {link.name} link",
        terms=rows.terms,
        coefficients=rows.back @ beta,
        covariance=rows.back @ covariance @ rows.back.T,
        vcov_label=label,
        small_sample="none",
        nobs=int(events.sum() + survivors.sum()),
        stats={
            "loglik": solution.best.loglik,
            "loglik_null": solution.null.loglik,
            "events": died_in_all,
            "events_per_parameter": ratio,
            "iterations": float(solution.iterations),
        },
        notes=(f"{ratio:.1f} events a parameter.",) if ratio < 10 else (),
        spec=period_spec(spec, spells, duration, link.name),
        synthetic=table.synthetic,
        kind="discrete",
    )


def _grouped(
    table: BigTable, duration: str, event: str, entry: str | None, names: list[str]
) -> pd.DataFrame:
    """Distinct spells with how many of each there are, in order; gaps are refused."""
    times = [duration, event, *([entry] if entry else [])]
    table.require(figures=times, labels=names)
    keys = list(dict.fromkeys([*times, *names]))
    place_key = ("counts", table.source.fingerprint, *keys)
    with at_work(table.workspace, *place_key) as place:
        kept = place.over(_Count(table, keys, place.folder / "spill"), [keys], "grouping")[0]
    frame = pd.DataFrame(kept)
    size = frame.pop("n").to_numpy(dtype=float)
    gaps = frame.isna().to_numpy()
    faults = [
        Fault(f"{size[gaps[:, at]].sum():.0f} rows without '{name}'", "a value", "Drop them.")
        for at, name in enumerate(keys)
        if gaps[:, at].any()
    ]
    raise_all(DataError, faults)
    for name in times:
        frame[name] = frame[name].astype(float)
    frame[COUNT] = size
    return frame.sort_values(keys, ignore_index=True)


class _Count:
    """Counts the distinct rows of some columns; NaN and NULL are one."""

    def __init__(self, table: BigTable, keys: list[str], spill: Path) -> None:
        self.table, self.keys, self.spill = table, keys, spill

    def __call__(self, item: list[str]) -> dict[str, list[Any]]:
        """Lists by column, and how often."""
        with self.table.expression(self.spill) as rows:
            counts = rows.group_by(item).aggregate(n=rows.count()).limit(MOST_CELLS + 1)
            found = counts.to_pyarrow()
        if found.num_rows > MOST_CELLS:
            seen = f"more than {MOST_CELLS:,} distinct rows of {', '.join(item)}"
            remedy = "Round the times, class the covariates, or take fewer of them."
            raise DataError(Fault(seen, "columns with few values", remedy))
        return {name: _listed(found.column(name)) for name in found.column_names}


def _listed(column: Any) -> list[Any]:
    """Values that JSON keeps; NaN is None."""
    values = column.to_pylist()
    return [None if value is None or value != value else _number(value) for value in values]  # noqa: PLR0124


def _number(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else float(value)


def _no_binary(values: pd.Series, name: str) -> list[Fault]:
    odd = sorted(set(values.unique()) - {0.0, 1.0})
    if not odd:
        return []
    return [Fault(f"'{name}' is {odd[0]:g} somewhere", "1 for an event, 0 for none", "Mend it.")]


def _one_outcome(time: Floats, events: Floats, survivors: Floats) -> list[Fault]:
    times, place = np.unique(time, return_inverse=True)
    died, left = np.bincount(place, events), np.bincount(place, survivors)
    bad = [f"{t:g}" for t in times[(died == 0) | (left == 0)]]
    if not bad:
        return []
    seen = f"only one outcome at duration {', '.join(bad)}"
    expected = "events and survivors at every duration that has an intercept"
    return [Fault(seen, expected, "Use DurationLog, DurationPolynomial or DurationSpline.")]


def _null(group: Any, groups: int, events: Floats, survivors: Floats, link: Link) -> Floats:
    """Intercepts of the model without covariates."""
    if groups:
        died, left = np.bincount(group, events, groups), np.bincount(group, survivors, groups)
    else:
        died, left = np.array([events.sum()]), np.array([survivors.sum()])
    rate = np.clip(died / (died + left), 1e-12, 1 - 1e-12)
    return np.asarray(special.logit(rate) if isinstance(link, Logit) else np.log(-np.log1p(-rate)))
