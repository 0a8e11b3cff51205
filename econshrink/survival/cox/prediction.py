"""Baseline hazard of a Cox model, and survival along a path of covariates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats, Ints
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.residuals import CoxState, restore
from econshrink.survival.curves.kaplan_meier import Band, LogLogBand, band_limits
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import first_moments


@takes_tables
def baseline_hazard(spells: SpellTable, estimate: Estimate, level: float = 0.95) -> Curve:
    """Cumulative hazard of a row whose covariates and offset are all zero, by stratum.

    The increments are those of the tie method (Efron's under Efron ties).

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`.
    level : float
        Level of the band, normal for the log of the hazard.

    Returns
    -------
    Curve
        Kind ``"cumulative_hazard"``, one group a stratum (``"all"`` without strata).

    Raises
    ------
    DataError, SpecError
        The table is not the fitted one, or ties are exact.
    """
    state = restore(spells, estimate)
    tables = []
    for stratum, name in enumerate(state.arrays.stratum_names):
        times = np.flatnonzero(state.sets.time_stratum == stratum)
        if len(times):
            zero = np.zeros((len(times), len(estimate.terms)))
            hazard, error = _path_hazard(state, estimate, times, zero, np.zeros(len(times)))
            tables.append(_table(state.sets.time[times], hazard, error, name or "all", level))
    frame = pd.concat(tables, ignore_index=True)
    label = f"baseline cumulative hazard ({spells.event_name})"
    return Curve(frame, "cumulative_hazard", level, label, (), spells.synthetic)


@takes_tables
def predict_survival(
    spells: SpellTable,
    estimate: Estimate,
    paths: pd.DataFrame,
    level: float = 0.95,
    *,
    band: Band = LogLogBand(),  # noqa: B008  (a frozen option object)
) -> Curve:
    r"""Survival along paths of covariates, given survival to the start of the path.

    :math:`S(t) = \exp(-\sum_{s \le t} e^{x(s)'\beta} dH_0(s))` over the event times the path
    covers. A path that starts late gives survival conditional on having got there.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`.
    paths : DataFrame
        Columns ``path, start, stop``, the covariates, and the offset and strata columns of the
        model if it has any. Rows of one path follow one another without gap or overlap.
    level : float
    band : LogLogBand, LogBand or PlainBand

    Returns
    -------
    Curve
        Kind ``"survival"``, one group a path, with a first row at the start of the path.

    Raises
    ------
    DataError
        Gaps, overlaps, values that are not finite, strata that were not in the fit.

    Notes
    -----
    The variance of the cumulative hazard adds that of the increments and that of the coefficients,
    with the covariance the estimate carries (Tsiatis 1981; Therneau and Grambsch 2000).
    """
    state = restore(spells, estimate)
    raise_all(DataError, _path_faults(state, paths))
    tables = []
    for name, path in paths.sort_values(["path", "start"]).groupby("path", sort=False):
        row, times = _covered(state, path)
        x = path[list(estimate.terms)].to_numpy(dtype=float)[row]
        offset = np.zeros(len(times))
        if state.design.offset:
            offset = path[state.design.offset].to_numpy(dtype=float)[row]
        hazard, error = _path_hazard(state, estimate, times, x, offset)
        time = np.concatenate([[float(path["start"].iloc[0])], state.sets.time[times]])
        hazard, error = np.concatenate([[0.0], hazard]), np.concatenate([[0.0], error])
        survival = np.exp(-hazard)
        low, high = band_limits(survival, error, band, level)
        columns = {
            "time": time,
            "estimate": survival,
            "std_error": survival * error,
            "conf_low": low,
            "conf_high": high,
            "group": str(name),
        }
        tables.append(pd.DataFrame(columns))
    frame = pd.concat(tables, ignore_index=True)
    label = f"survival along a covariate path ({spells.event_name})"
    notes = ("Survival is conditional on reaching the start of the path.",)
    return Curve(frame, "survival", level, label, notes, spells.synthetic)


def _path_hazard(
    state: CoxState, estimate: Estimate, times: Ints, x: Floats, offset: Floats
) -> tuple[Floats, Floats]:
    """Cumulative hazard and its standard error after each of the grid times."""
    sets, hazards = state.sets, state.hazards
    shift = np.zeros(sets.intervals.size)
    shift[sets.intervals.hi - 1] = hazards.shift
    shift[sets.intervals.lo] = hazards.shift
    standard = (x - sets.centre) / sets.scale
    beta = estimate.coefficients * sets.scale
    relative = np.exp(standard @ beta + offset - shift[times])
    increments = relative * hazards.plain[times]
    s1, d1 = first_moments(sets, hazards)
    q0, q1 = hazards.squared[0][:, None], hazards.squared[1][:, None]
    drift = (q0 * s1 - q1 * d1)[times]
    pull = standard * increments[:, None] - relative[:, None] * drift
    gradient = np.cumsum(pull, axis=0)
    scaled = estimate.covariance * np.outer(sets.scale, sets.scale)
    own = np.cumsum(relative**2 * hazards.squared[0][times])
    variance = own + np.einsum("ij,jk,ik->i", gradient, scaled, gradient)
    return np.cumsum(increments), np.sqrt(variance)


def _covered(state: CoxState, path: pd.DataFrame) -> tuple[Ints, Ints]:
    """Row of the path and grid time, for every event time the path covers."""
    level = 0
    if state.design.strata:
        level = state.arrays.stratum_names.index(_stratum_name(state, path))
    times = np.flatnonzero(state.sets.time_stratum == level)
    clock = state.sets.time[times]
    row = np.searchsorted(path["stop"].to_numpy(dtype=float), clock, side="left")
    inside = (clock > float(path["start"].iloc[0])) & (row < len(path))
    return row[inside], times[inside]


def _stratum_name(state: CoxState, path: pd.DataFrame) -> str:
    return ", ".join(str(path[name].iloc[0]) for name in state.design.strata)


def _path_faults(state: CoxState, paths: pd.DataFrame) -> list[Fault]:
    numeric = ["start", "stop", *state.design.covariates]
    numeric += [state.design.offset] if state.design.offset else []
    missing = [n for n in ("path", *numeric, *state.design.strata) if n not in paths.columns]
    if missing:
        return [Fault(f"no column {', '.join(missing)}", "the columns of the model", "Add it.")]
    faults = []
    for name in numeric:
        if not np.isfinite(as_numbers(paths[name], name, decode=True)[0]).all():
            faults.append(
                Fault(f"gaps or text in '{name}'", "finite numbers", "Complete the path.")
            )
    for label, path in paths.sort_values(["path", "start"]).groupby("path", sort=False):
        where = f"path {label}"
        start, stop = path["start"].to_numpy(float), path["stop"].to_numpy(float)
        if (stop <= start).any() or (start[1:] != stop[:-1]).any():
            faults.append(
                Fault("gaps or overlaps", "rows that follow one another", "Mend it.", where)
            )
        if state.design.strata:
            changing = (path[list(state.design.strata)].nunique() > 1).any()
            if changing or _stratum_name(state, path) not in state.arrays.stratum_names:
                faults.append(Fault("another stratum", "one of the fit", "Change it.", where))
    return faults


def _table(time: Floats, hazard: Floats, error: Floats, name: str, level: float) -> pd.DataFrame:
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    factor = np.exp(reach * error / hazard)
    columns = {
        "time": time,
        "estimate": hazard,
        "std_error": error,
        "conf_low": hazard / factor,
        "conf_high": hazard * factor,
        "group": name,
    }
    return pd.DataFrame(columns)
