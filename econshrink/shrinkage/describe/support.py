"""Differentiated support: which kind of help a city's risk and capacity call for, by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields

RISKS = ("low", "middle", "high")
CAPACITIES = ("weak", "strong")
# A table of judgement, not an estimate: every cell can be replaced in `SupportRule`.
SUPPORT: Mapping[tuple[str, str], str] = {
    ("low", "weak"): "watch, build capacity",
    ("low", "strong"): "watch",
    ("middle", "weak"): "transfers tied to the path",
    ("middle", "strong"): "matching funds for the path",
    ("high", "weak"): "secure services, withdraw land",
    ("high", "strong"): "own programme of withdrawal",
}


@dataclass(frozen=True)
@typed_fields
class SupportRule:
    """Cuts and the table behind them.

    Parameters
    ----------
    risk_cuts : tuple of float
        Probabilities at which risk becomes middle and high.
    capacity_cut : float
        Capacity below which a city is weak.
    support : mapping
        (risk, capacity) -> kind of support; all six cells.

    Raises
    ------
    SpecError
        Cuts out of order, or a table that lacks a cell.
    """

    risk_cuts: tuple[float, float] = (1 / 3, 2 / 3)
    capacity_cut: float = 1.0
    support: Mapping[tuple[str, str], str] = field(default_factory=lambda: dict(SUPPORT))

    def __post_init__(self) -> None:
        faults = []
        low, high = self.risk_cuts
        if not 0 < low < high < 1:
            faults.append(Fault(f"cuts {self.risk_cuts}", "rising, in (0, 1)", "Mend them."))
        for risk in RISKS:
            for capacity in CAPACITIES:
                if (risk, capacity) not in self.support:
                    seen = f"no support for {risk} risk, {capacity} capacity"
                    faults.append(Fault(seen, "all six cells", "Add it."))
        raise_all(SpecError, faults)


@dataclass(frozen=True, eq=False)
class SupportMatrix:
    """Cities in the cells of path × risk × capacity.

    Parameters
    ----------
    frame : DataFrame
        Index: city; columns ``path, path_probability, risk, risk_class, capacity,
        capacity_class, support``.
    left_out : DataFrame
        ``city, reason``.
    """

    frame: pd.DataFrame
    left_out: pd.DataFrame

    def counts(self) -> pd.DataFrame:
        """Cities by path (rows) and risk × capacity (columns, all six)."""
        table = self.frame.groupby(["path", "risk_class", "capacity_class"]).size()
        wide = table.unstack(["risk_class", "capacity_class"], fill_value=0)
        cells = [(risk, capacity) for risk in RISKS for capacity in CAPACITIES]
        columns = pd.MultiIndex.from_tuples(cells, names=["risk", "capacity"])
        return wide.reindex(columns=columns, fill_value=0).astype(int)


def support_matrix(
    paths: pd.DataFrame, risk: pd.Series, capacity: pd.Series, rule: SupportRule | None = None
) -> SupportMatrix:
    """Put every city into its cell.

    Parameters
    ----------
    paths : DataFrame
        Index: city; columns ``path`` and ``probability``, as `path_types` gives them.
    risk : Series
        Probability of a loss, by city; a city without one is left out and named.
    capacity : Series
        A ratio to the yardstick, such as output per head over the national median.
    rule : SupportRule, optional

    Returns
    -------
    SupportMatrix

    Raises
    ------
    DataError
        No columns ``path`` and ``probability``, probabilities outside 0 to 1, a city twice.

    Examples
    --------
    >>> paths = pd.DataFrame({"path": ["resource"], "probability": [0.9]}, ["230400"])
    >>> made = support_matrix(paths, pd.Series({"230400": 0.8}), pd.Series({"230400": 0.6}))
    >>> made.frame["support"].item()
    'secure services, withdraw land'
    """
    chosen = rule or SupportRule()
    raise_all(DataError, _faults(paths, risk, capacity))
    chance, able = risk.reindex(paths.index), capacity.reindex(paths.index)
    known = chance.notna() & able.notna()
    reasons = np.where(chance.isna(), "no risk", "no figure of capacity")
    left_out = pd.DataFrame({"city": list(paths.index[~known]), "reason": reasons[~known]})
    kept = paths.index[known]
    risk_class = np.digitize(chance[kept], chosen.risk_cuts)
    capacity_class = (able[kept] >= chosen.capacity_cut).astype(int)
    risks = [RISKS[k] for k in risk_class]
    capacities = [CAPACITIES[k] for k in capacity_class]
    frame = pd.DataFrame(
        {
            "path": paths.loc[kept, "path"],
            "path_probability": paths.loc[kept, "probability"],
            "risk": chance[kept],
            "risk_class": risks,
            "capacity": able[kept],
            "capacity_class": capacities,
            "support": [chosen.support[cell] for cell in zip(risks, capacities, strict=True)],
        },
        index=kept,
    )
    return SupportMatrix(frame, left_out)


def _faults(paths: pd.DataFrame, risk: pd.Series, capacity: pd.Series) -> list[Fault]:
    faults = [
        Fault(f"no column '{name}'", "path and probability", "Add it.")
        for name in ("path", "probability")
        if name not in paths.columns
    ]
    for name, index in (("paths", paths.index), ("risk", risk.index), ("capacity", capacity.index)):
        if index.has_duplicates:
            faults.append(Fault("a city twice", "each city once", "Remove the repeat.", name))
    if ((risk < 0) | (risk > 1)).any():
        faults.append(Fault("a risk outside 0 to 1", "probabilities", "Mend them."))
    return faults
