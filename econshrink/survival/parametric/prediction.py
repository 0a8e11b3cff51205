"""What a parametric duration model says: survival at chosen times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.survival.curves.kaplan_meier import Band, LogLogBand, band_limits
from econshrink.survival.design import bracketed, fitted_spec
from econshrink.survival.parametric.gompertz import GOMPERTZ, hazard_integrals
from econshrink.survival.parametric.likelihood import (
    Exponential,
    Family,
    LogLogistic,
    LogNormal,
    Weibull,
    log_survival,
)

_LAWS: dict[str, Family] = {
    family.name: family for family in (Exponential(), Weibull(), LogNormal(), LogLogistic())
}


def parametric_survival(
    estimate: Estimate,
    people: pd.DataFrame,
    times: Sequence[float],
    *,
    origin: float = 0.0,
    level: float = 0.95,
    band: Band = LogLogBand(),  # noqa: B008  (a frozen option object)
) -> Curve:
    r"""Survival to each time given survival to `origin`, :math:`S(t \mid x) / S(t_0 \mid x)`.

    Parameters
    ----------
    estimate : Estimate
        From `fit_parametric` or `fit_gompertz`.
    people : DataFrame
        Column ``group``, distinct, and the covariates; one row a curve.
    times : sequence of float
        Not before the origin.
    origin, level : float
    band : LogLogBand, LogBand or PlainBand

    Returns
    -------
    Curve
        Kind ``"survival"``, from the origin on; errors by the delta method.

    Raises
    ------
    DataError
        No parametric model, missing columns or values, or times before the origin.

    Examples
    --------
    >>> from econshrink.survival.parametric.accelerated import fit_parametric
    >>> from econshrink.nouns.spells import SpellTable
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 4, 5],
    ...     "event": [1, 1, 0, 1]}), rule_id="example")
    >>> fit = fit_parametric(spells, [], family=Exponential())
    >>> curve = parametric_survival(fit, pd.DataFrame({"group": ["all"]}), [4.0])
    >>> curve.frame["estimate"].round(4).tolist()
    [1.0, 0.3679]
    """
    spec = fitted_spec(estimate, {"parametric"}, "a parametric model", "fit_parametric")
    names = list(spec.covariates)
    raise_all(DataError, _faults(names, people, times, origin))
    grid = np.unique(np.array([origin, *times], dtype=float))
    tables = []
    for row in people.to_dict("records"):
        x = np.array([1.0, *(float(row[name]) for name in names)])
        hazard, slope = _hazard(estimate, spec.family, x, grid, origin)
        error = np.sqrt(np.einsum("ij,jk,ik->i", slope, estimate.covariance, slope))
        survival = np.exp(-hazard)
        low, high = band_limits(survival, error, band, level)
        columns = {
            "time": grid,
            "estimate": survival,
            "std_error": survival * error,
            "conf_low": low,
            "conf_high": high,
            "group": str(row["group"]),
        }
        tables.append(pd.DataFrame(columns))
    frame = pd.concat(tables, ignore_index=True)
    label = f"survival, {estimate.method}{bracketed(spec.rule_id)}"
    notes = (f"Given survival to {origin:g}.",)
    return Curve(frame, "survival", level, label, notes, estimate.synthetic)


def _hazard(
    estimate: Estimate, law: str, x: Floats, grid: Floats, origin: float
) -> tuple[Floats, Floats]:
    """Cumulative hazard from the origin to each time, and its slope in the coefficients."""
    k = len(x)
    eta = float(x @ estimate.coefficients[:k])
    if law == GOMPERTZ:
        start = np.full(len(grid), origin)
        parts = hazard_integrals(np.full(len(grid), eta), estimate.coefficient("t"), start, grid)
        return parts[0], np.column_stack([parts[0][:, None] * x, parts[1]])
    family = _LAWS[law]
    fixed = isinstance(family, Exponential)
    scale = 1.0 if fixed else float(np.exp(estimate.coefficient("Log(scale)")))
    value, slope = np.zeros(len(grid)), np.zeros((len(grid), len(estimate.terms)))
    for sign, time in ((1.0, grid), (-1.0, np.full(len(grid), origin))):
        late = time > 0
        z = (np.log(time[late]) - eta) / scale
        tail, bend, _ = log_survival(family, z)
        value[late] -= sign * tail
        slope[late, :k] += sign * (bend / scale)[:, None] * x
        if not fixed:
            slope[late, -1] += sign * bend * z
    return value, slope


def _faults(
    names: list[str], people: pd.DataFrame, times: Sequence[float], origin: float
) -> list[Fault]:
    faults = []
    moments = np.array([origin, *times], dtype=float)
    if not (len(times) and np.isfinite(moments).all() and origin >= 0 and moments.min() >= origin):
        faults.append(
            Fault(f"times {list(times)}", f"finite times from {origin:g} on", "Change them.")
        )
    for name in ("group", *names):
        if name not in people.columns:
            faults.append(Fault(f"no column '{name}'", "group and the covariates", "Add it."))
        elif name != "group":
            values = as_numbers(people[name], name, decode=True)[0]
            if not np.isfinite(values).all():
                faults.append(Fault(f"gaps or text in '{name}'", "finite numbers", "Complete it."))
    if "group" in people.columns and people["group"].astype(str).duplicated().any():
        faults.append(Fault("a group twice", "one row a group", "Rename it."))
    return faults
