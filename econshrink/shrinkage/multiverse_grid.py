"""Every count at once: rule × series × window × units, each with the labels behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, EconshrinkError, Fault, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import Rule
from econshrink.shrinkage.identification import unmet
from econshrink.shrinkage.published import published_beside

FACTORS = ("rule", "concept", "series", "boundary", "window", "units")


@dataclass(frozen=True, eq=False)
class PopulationSeries:
    """One series the multiverse is run on, and what it is in words.

    Parameters
    ----------
    panel : CityPanel
    concept : str
        Population concept: ``residents``, ``urban`` ...
    series : str
        ``raw``, ``closed: hold growth 1``, ``census`` ...
    boundary : str
        ``as published``, ``boundaries of 2020`` ...
    variable : str
        Column of the panel that holds the population of this concept. Rules whose field
        `variable` names ``population`` are turned to it, others run only if they are about it.
    windows : tuple of (int, int), optional
        Windows of this series alone; otherwise those of the grid.
    """

    panel: CityPanel
    concept: str
    series: str
    boundary: str
    variable: str = "population"
    windows: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Multiverse:
    """Counts of every combination, the labels behind them, and what could not be run.

    Parameters
    ----------
    counts : DataFrame
        One row a combination: `FACTORS`, ``first`` and ``last`` year, ``run``, ``rule_id``,
        ``unit_count`` (cities with a label), ``count``, ``share``, ``undefined`` (cities of the
        unit set without a label), and ``published`` with its ``published_total``,
        ``published_unit`` and ``published_source`` where a count was published for the very
        rule, concept and window.
    labels : DataFrame
        City × run (1, 0, missing); columns numbered as ``run`` in `counts`.
    skipped : DataFrame
        Columns ``rule, concept, series, boundary, window, first, last, reason``: runs the figures
        cannot support.
    """

    counts: pd.DataFrame
    labels: pd.DataFrame
    skipped: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __len__(self) -> int:
        return len(self.counts)

    def curve(self) -> pd.DataFrame:
        """Counts in ascending order of the share, numbered: the specification curve."""
        ordered = self.counts.sort_values(["share", "count", *FACTORS], kind="stable")
        return ordered.reset_index(drop=True).rename_axis("position").reset_index()

    def support(self) -> pd.DataFrame:
        """By city, in how many runs it shrinks.

        Returns
        -------
        DataFrame
            Index city: ``runs`` (label defined), ``shrinks`` and ``support`` (their ratio,
            missing where no run has a label).
        """
        values = self.labels.to_numpy()
        runs = np.isfinite(values).sum(axis=1)
        shrinks = np.nansum(values, axis=1)
        return pd.DataFrame(
            {
                "runs": runs,
                "shrinks": shrinks.astype(int),
                "support": np.where(runs > 0, shrinks / np.maximum(runs, 1), np.nan),
            },
            index=self.labels.index,
        )


def multiverse(
    rules: Mapping[str, Rule],
    figures: Sequence[PopulationSeries],
    windows: Sequence[tuple[int, int]],
    units: Mapping[str, Sequence[str]] | None = None,
) -> Multiverse:
    """Run every rule on every series and window, and count on every set of units.

    Parameters
    ----------
    rules : mapping of str to Rule
        Short name -> rule.
    figures : sequence of PopulationSeries
        The series; panels are arguments, nothing is read here.
    windows : sequence of (int, int)
    units : mapping of str to sequence of str, optional
        Name -> city codes to count; default ``{"all": every city}``. Labels are made once on
        the whole panel, so a rule that compares cities with each other is not rerun by unit set.

    Returns
    -------
    Multiverse

    Raises
    ------
    DataError
        No combination can be run, or a unit set is empty.

    Examples
    --------
    >>> from econshrink.shrinkage.catalogue.loss import NetLoss
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": ["230400"] * 2 + ["110000"] * 2,
    ...     "year": [2010, 2020] * 2, "population": [100, 84, 100, 112]}))
    >>> runs = multiverse({"loss": NetLoss(), "deep": NetLoss(threshold=0.2)},
    ...     [PopulationSeries(panel, "residents", "census", "2020")], [(2010, 2020)])
    >>> runs.counts[["rule", "count", "unit_count", "published"]].values.tolist()
    [['loss', 1, 2, 149.0], ['deep', 0, 2, nan]]
    """
    cities = sorted({city for one in figures for city in one.panel.cities})
    sets = dict(units) if units is not None else {"all": cities}
    raise_all(
        DataError,
        [
            Fault(f"unit set '{name}' without cities", "at least one", "Mend or drop it.")
            for name, members in sets.items()
            if not len(members)
        ],
    )
    members = np.array([np.isin(cities, list(chosen)) for chosen in sets.values()], dtype=float)
    columns: list[Floats] = []
    rows: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for one in figures:
        cached = _remembering(one.panel)
        place = np.searchsorted(cities, list(one.panel.cities))
        for name, rule in rules.items():
            turned = about(rule, one.variable)
            for window in one.windows or tuple(windows):
                run = _row(name, one, window)
                label = _judge(cached, turned, window, one.variable)
                if isinstance(label, str):
                    skipped.append({**run, "reason": label})
                    continue
                column = np.full(len(cities), np.nan)
                column[place] = label
                rows.append({**run, "rule_id": turned.rule_id, **_published(turned, one, window)})
                columns.append(column)
    if not columns:
        raise DataError(
            Fault("no combination that the figures support", "at least one", _first(skipped))
        )
    labels = pd.DataFrame(np.column_stack(columns), index=pd.Index(cities, name="city"))
    counts = _counts(rows, labels.to_numpy(), members, list(sets))
    return Multiverse(counts, labels, pd.DataFrame(skipped))


def about(rule: Rule, variable: str) -> Rule:
    """The same rule about another population column, if it is about ``population`` at all.

    Examples
    --------
    >>> from econshrink.shrinkage.catalogue.loss import NetLoss
    >>> about(NetLoss(), "urban").rule_id
    'net_loss(urban, threshold=0)'
    """
    turns = "variable" in getattr(rule, "__dataclass_fields__", {})
    if not turns or getattr(rule, "variable", "") != "population" or variable in rule.needs:
        return rule
    turned: Rule = replace(rule, variable=variable)  # type: ignore[type-var]
    return turned


def _row(name: str, one: PopulationSeries, window: tuple[int, int]) -> dict[str, Any]:
    return {
        "rule": name,
        "concept": one.concept,
        "series": one.series,
        "boundary": one.boundary,
        "window": f"{window[0]}–{window[1]}",
        "first": window[0],
        "last": window[1],
    }


def _judge(panel: CityPanel, rule: Rule, window: tuple[int, int], variable: str) -> Floats | str:
    """Labels of the panel's cities, or why there are none."""
    if rule.needs[0] != variable:
        return f"the rule is about '{rule.needs[0]}', the series about '{variable}'"
    faults = unmet(panel.variables, (panel.years[0], panel.years[-1]), rule, window)
    if faults:
        return " ".join(str(fault) for fault in faults)
    try:
        judged = rule.judge(panel, window)
    except EconshrinkError as error:
        return str(error)
    label = judged["shrinking"].to_numpy(dtype=float, na_value=np.nan)
    return label if np.isfinite(label).any() else "no city has the figures the rule needs"


def _published(rule: Rule, one: PopulationSeries, window: tuple[int, int]) -> dict[str, Any]:
    beside = published_beside(rule.rule_id, one.concept, window)
    if beside is None:
        empty = {"published_unit": "", "published_source": ""}
        return {"published": np.nan, "published_total": np.nan, **empty}
    return {
        "published": float(beside.count if beside.count is not None else np.nan),
        "published_total": float(beside.total if beside.total is not None else np.nan),
        "published_unit": beside.unit,
        "published_source": beside.source,
    }


def _counts(
    rows: list[dict[str, Any]], labels: Floats, members: Floats, names: list[str]
) -> pd.DataFrame:
    """One row a run and unit set, runs first."""
    known = np.isfinite(labels)
    counted = (members @ np.where(known, labels, 0.0)).T  # runs × unit sets
    defined = (members @ known.astype(float)).T
    runs = np.repeat(np.arange(len(rows)), len(names))
    frame = pd.DataFrame(rows).iloc[runs].reset_index(drop=True)
    frame.insert(7, "units", names * len(rows))
    with np.errstate(invalid="ignore"):
        share = (counted / defined).ravel()
    return frame.assign(
        run=runs,
        unit_count=defined.ravel().astype(int),
        count=counted.ravel().astype(int),
        share=share,
        undefined=(members.sum(axis=1)[None, :] - defined).ravel().astype(int),
    )


def _first(skipped: list[dict[str, Any]]) -> str:
    return f"First reason: {skipped[0]['reason']}" if skipped else "Give rules, figures, windows."


class _Remembering(CityPanel):
    """A panel that keeps the tables it has made; lives no longer than one multiverse."""

    def wide(self, name: str) -> pd.DataFrame:
        """As in `CityPanel`, made once."""
        tables: dict[str, pd.DataFrame] = self.__dict__.setdefault("_tables", {})
        if name not in tables:
            tables[name] = super().wide(name)
        return tables[name]

    @cached_property
    def years(self) -> tuple[int, ...]:
        """As in `CityPanel`, made once."""
        return super().years

    @cached_property
    def cities(self) -> tuple[str, ...]:
        """As in `CityPanel`, made once."""
        return super().cities


def _remembering(panel: CityPanel) -> CityPanel:
    return _Remembering(panel.frame, panel.status, panel.attributes, panel.source, panel.synthetic)
