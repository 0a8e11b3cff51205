"""Identification and severity on a table on disk, a part of whole units at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from econshrink.big.extras import extra
from econshrink.big.ordering import Ordered, ordered
from econshrink.big.reading import part_panel, read_part
from econshrink.big.source import TEXT, BigTable, checked_table
from econshrink.big.workspace import at_work
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.files import write_file
from econshrink.nouns.identification import Identification
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
from econshrink.shrinkage.catalogue.rule import Rule
from econshrink.shrinkage.decline import THREE_FALLS, RecoveryRule, severity as severity_in_memory
from econshrink.shrinkage.identification import empty_years_words, identification, unmet

WIDEST = 2000  # years of a table by year


def identify(
    table: BigTable,
    rule: Rule,
    window: tuple[int, int] | None = None,
    *,
    series: str = "",
    concept: str = "",
    sample: str = "",
) -> Identification:
    """Label the units of a table on disk by a rule.

    Parameters
    ----------
    table : BigTable
    rule : Rule
        One that judges every unit by its own figures (``rule.alone``), as all of the catalogue do
        but `PathClusters`.
    window, series, concept, sample
        As for `shrinkage.identify`; `series` is the name of the source by default.

    Returns
    -------
    Identification
        The same as in memory: one row a unit, so that the units, not the rows, must fit.

    Raises
    ------
    SpecError
        A rule that compares units.
    DataError
        The table lacks a variable of the rule, or the window; see `ordered`.

    Examples
    --------
    >>> from econshrink.shrinkage.catalogue.loss import NetLoss
    >>> identify(scan("cells", unit="cell", time="year"), NetLoss())  # doctest: +SKIP
    """
    checked_table(table, "identify")
    if not getattr(rule, "alone", False):
        seen = f"rule {rule.rule_id}, which may compare units"
        remedy = "A rule of your own says so by alone = True; others need the panel in memory."
        raise SpecError(Fault(seen, "a rule that judges each unit by its own figures", remedy))
    rows = _rows(table, rule.needs, rule, window)
    span = window or (int(rows.times[0]), int(rows.times[-1]))
    frame, counts = _by_part(table, rows, rule.needs, f"identify {rule.rule_id} {span}", rule, span)
    years = np.arange(span[0], span[1] + 1)
    empty = {name: years[seen == 0].tolist() for name, seen in counts.items()}
    return identification(
        frame,
        rule,
        span,
        lambda: empty_years_words(empty),
        concept=concept or rule.needs[0],
        series=series or source_name(table),
        sample=sample or f"{rows.units} units of the panel",
        synthetic=table.synthetic,
    )


def severity(
    table: BigTable,
    window: tuple[int, int],
    rule: ConsecutiveDecline = THREE_FALLS,
    recovery: RecoveryRule = RecoveryRule(),  # noqa: B008 - frozen
) -> pd.DataFrame:
    """How deep, how long and how lasting the decline of each unit of a table on disk is.

    Parameters
    ----------
    table : BigTable
    window, rule, recovery
        As for `shrinkage.severity`.

    Returns
    -------
    DataFrame
        As from `shrinkage.severity`, one row a unit.

    Raises
    ------
    DataError
        The table lacks the variable or the window; see `ordered`.
    """
    checked_table(table, "severity")
    rows = _rows(table, (rule.variable,), rule, window)
    measure = partial(severity_in_memory, window=window, rule=rule, recovery=recovery)
    name = f"severity {rule!r} {recovery!r} {window}"
    return _by_part(table, rows, (rule.variable,), name, measure, window)[0]


def _rows(
    table: BigTable, needs: tuple[str, ...], rule: Rule, window: tuple[int, int] | None
) -> Ordered:
    table.require(figures=needs)
    rows = ordered(table, needs)
    first, last = int(rows.times[0]), int(rows.times[-1])
    faults = unmet(table.columns, (first, last), rule, window or (first, last))
    if last - first >= WIDEST:
        seen = f"'{table.time}' from {first} to {last}"
        faults.append(Fault(seen, f"at most {WIDEST} years", "Look for a wrong year."))
    raise_all(DataError, faults)
    return rows


def _by_part(
    table: BigTable,
    rows: Ordered,
    needs: tuple[str, ...],
    name: str,
    judge: Any,
    window: tuple[int, int],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What a rule or measure says of each unit, and the figures of each year of the window."""
    key = (table.source.fingerprint, table.unit, table.time, name)
    with at_work(table.workspace, "units", *key) as place:
        one = judge if callable(judge) else partial(_judged, judge, window)
        task = partial(_part, table, rows, needs, one, window, place.folder)
        kept = place.over(
            task, range(rows.parts), name.split("(", maxsplit=1)[0].split(maxsplit=1)[0]
        )
        frames = [
            extra("pyarrow.parquet").read_table(place.folder / each["file"]).to_pandas()
            for each in kept
        ]
    counts = {column: np.sum([each["counts"][column] for each in kept], axis=0) for column in needs}
    joined = pd.concat(frames)
    if table.kind(table.unit) == TEXT:
        joined.index = joined.index.astype("str")
    return joined.rename_axis("city"), counts


def _judged(rule: Rule, window: tuple[int, int], panel: CityPanel) -> pd.DataFrame:
    return rule.judge(panel, window)


def _part(
    table: BigTable,
    rows: Ordered,
    needs: tuple[str, ...],
    judge: Callable[[CityPanel], pd.DataFrame],
    window: tuple[int, int],
    folder: Path,
    part: int,
) -> dict[str, Any]:
    """Judge the units of a part into a file; tell its name and the figures by year."""
    found = read_part(table, rows, part, needs)
    span = (int(rows.times[0]), int(rows.times[-1]))
    panel = part_panel(table, found, span, source_name(table))
    judged = judge(panel)
    inside = (found.time >= window[0]) & (found.time <= window[1])
    counts = {}
    for name, column in found.figures.items():
        there = inside & ~np.isnan(column)
        size = window[1] - window[0] + 1
        counts[name] = np.bincount(found.time[there] - window[0], minlength=size).tolist()
    buffer = io.BytesIO()
    judged.to_parquet(buffer)
    target = write_file(folder / f"units-{part:05d}.parquet", buffer.getvalue())
    return {"file": target.name, "counts": counts}


def source_name(table: BigTable) -> str:
    """What a result calls its source."""
    return ", ".join(list(table.source.parts)[:3])
