"""Shift-share designs taken apart: sector weights, shock-level regression, AKM0 sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from econshrink.causal.kernel.shift_share import akm0_interval, rotemberg, shock_level
from econshrink.causal.residuals import Residuals, residualise
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import row_labels


@dataclass(frozen=True)
class ShiftShareDesign:
    """Which covariate a shift-share variable moves, and where its parts are.

    Parameters
    ----------
    treatment : str
        The covariate of interest: an endogenous one, or the shift-share variable itself (then
        name it as `instrument` too).
    instrument : str
        The shift-share variable.
    shares : tuple of str
        Variables of the panel with the shares, one a sector.

    Raises
    ------
    SpecError
        No shares, or one twice.
    """

    treatment: str
    instrument: str
    shares: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", tuple(self.shares))
        if not self.shares or len(set(self.shares)) < len(self.shares):
            seen = f"shares {', '.join(self.shares) or 'none'}"
            raise SpecError(Fault(seen, "distinct names, at least one", "Name the share columns."))


def rotemberg_table(
    data: Any,
    model: Spec | str,
    design: ShiftShareDesign,
    shocks: pd.DataFrame,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> pd.DataFrame:
    """Sector by sector, what a shift-share instrument rests on.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        With the treatment among the covariates; the others are controls.
    design : ShiftShareDesign
    shocks : DataFrame
        Index city, one column a share of the design in its order: the shocks of each city, so
        that Σ_k share × shock is the instrument.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    DataFrame
        Index sector: ``weight`` α_k (sums to one), ``estimate`` β_k with that part as the only
        instrument, ``contribution`` α_k β_k (sums to the estimate), ``shock`` (mean over cities),
        ``first_stage_f`` of that part alone (iid); sorted by the size of the weight.

    Raises
    ------
    SpecError, DataError
        See `residualise`; shocks without a row for a city or with other columns.

    Notes
    -----
    Goldsmith-Pinkham, Sorkin and Swift (2020).
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    found = residualise(panel, spec, [design.treatment])
    parts = _shares(panel, found, design.shares) * _shocks(found, design, shocks)
    x, y = found.columns[design.treatment], found.columns[spec.depvar]
    apart = rotemberg(y, x, parts)
    left = _controls_out(panel, spec, design, found, parts)
    size = (left**2).sum(axis=0)
    fitted = (left.T @ x) ** 2 / np.where(size > 0, size, np.inf)
    noise = (float(x @ x) - fitted) / (found.design.nobs - found.parameters - 1)
    table = pd.DataFrame(
        {
            "weight": apart.weights,
            "estimate": apart.estimates,
            "contribution": apart.weights * apart.estimates,
            "shock": shocks[list(shocks.columns)].mean().to_numpy(),
            "first_stage_f": fitted / noise,
        },
        index=pd.Index(design.shares, name="sector"),
    )
    return table.reindex(table["weight"].abs().sort_values(ascending=False, kind="stable").index)


@dataclass(frozen=True)
class ShockLevelFit:
    """A shift-share estimate from the regression across shocks.

    Parameters
    ----------
    estimate, std_error : float
        The estimate equals the one across cities; the error is robust across shocks.
    sectors : int
    effective_shocks : float
        Inverse Herfindahl index of the exposure weights.
    largest_weight : float
    """

    estimate: float
    std_error: float
    sectors: int
    effective_shocks: float
    largest_weight: float


def fit_shock_level(
    data: Any,
    model: Spec | str,
    design: ShiftShareDesign,
    shocks: pd.Series,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> ShockLevelFit:
    """Shift-share estimate as a regression across shocks (Borusyak, Hull and Jaravel 2022).

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        With the treatment among the covariates and, if the shares are incomplete, their sum among
        the controls.
    design : ShiftShareDesign
    shocks : Series
        One national shock a share, in the order of the design.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    ShockLevelFit

    Raises
    ------
    SpecError, DataError
        See `residualise` and `shock_level`; another number of shocks than shares; weights.
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    if len(shocks) != len(design.shares):
        seen = f"{len(shocks)} shocks for {len(design.shares)} shares"
        raise DataError(Fault(seen, "one shock a share", "Align them."))
    if spec.weights:
        raise SpecError(Fault("weights", "none", "Leave the weights out at the shock level."))
    found = residualise(panel, spec, [design.treatment])
    shares = _shares(panel, found, design.shares)
    moved = shock_level(
        found.columns[spec.depvar],
        found.columns[design.treatment],
        shares,
        values_of(shocks, "shocks"),
    )
    return ShockLevelFit(
        moved.coefficient,
        moved.std_error,
        len(design.shares),
        moved.effective_shocks,
        float(moved.weights.max()),
    )


def akm0_set(
    data: Any,
    model: Spec | str,
    design: ShiftShareDesign,
    level: float = 0.95,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> ConfidenceSet:
    """Exposure-robust confidence set with the null imposed (AKM0).

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        With the treatment among the covariates.
    design : ShiftShareDesign
    level : float
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    ConfidenceSet
        Possibly unbounded.

    Raises
    ------
    SpecError, DataError
        See `residualise`; collinear shares.
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    named = tuple(dict.fromkeys((design.treatment, design.instrument)))
    covariates = (*named, *(c for c in spec.covariates if c not in named))
    found = residualise(panel, replace(spec, covariates=covariates), named)
    shares = _shares(panel, found, design.shares)
    y, x, z = (found.columns[n] for n in (spec.depvar, design.treatment, design.instrument))
    label = f"exposure-robust (AKM0), {len(design.shares)} sectors"
    return ConfidenceSet(label, design.treatment, akm0_interval(y, x, z, shares, level))


def _shares(panel: CityPanel, found: Residuals, names: Sequence[str]) -> np.ndarray:
    labels = row_labels(panel, found.design, [f"number:{name}" for name in names])
    return np.column_stack([labels[f"number:{name}"] for name in names])


def _shocks(found: Residuals, design: ShiftShareDesign, shocks: pd.DataFrame) -> np.ndarray:
    absent = sorted(set(found.design.cities) - set(shocks.index))
    if absent or shocks.shape[1] != len(design.shares):
        seen = f"shocks of shape {shocks.shape} without {', '.join(absent[:5]) or 'no city'}"
        raise DataError(Fault(seen, f"{len(design.shares)} columns, every city", "Align them."))
    cities = [found.design.cities[code] for code in found.design.city]
    return values_of(shocks.reindex(cities))


def _controls_out(
    panel: CityPanel, spec: Spec, design: ShiftShareDesign, found: Residuals, parts: np.ndarray
) -> np.ndarray:
    """The parts without effects and controls, for the first stage of each alone."""
    names = [f"part_{k}" for k in range(parts.shape[1])]
    full = np.full((len(panel.frame), parts.shape[1]), np.nan)
    full[found.design.rows] = parts
    wide = panel.with_variables(
        {n: pd.Series(full[:, k], index=panel.frame.index) for k, n in enumerate(names)}
    )
    columns = []
    controls = tuple(c for c in spec.covariates if c != design.treatment)
    for name in names:
        one = Spec(spec.depvar, (name, *controls), spec.absorb, spec.weights)
        columns.append(residualise(wide, one, [name]).columns[name])
    return np.column_stack(columns)
