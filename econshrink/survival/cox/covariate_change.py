"""What a change in a covariate does to predicted survival at a horizon, on average."""

from __future__ import annotations

from dataclasses import dataclass

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
from econshrink.survival.kernel.cox_likelihood import first_moments


@dataclass(frozen=True)
@typed_fields
class SetTo:
    """The covariate at one value in all rows, against another value in all rows."""

    covariate: str
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Shift:
    """The covariate of each row, raised by an amount, against its own value."""

    covariate: str
    by: float = 1.0


CovariateChange = SetTo | Shift


@takes_tables
def average_survival_change(
    spells: SpellTable,
    estimate: Estimate,
    population: pd.DataFrame,
    change: CovariateChange,
    horizon: float,
    *,
    origin: float = 0.0,
    level: float = 0.95,
) -> pd.Series:
    r"""Mean over a population of :math:`S(h \mid x') - S(h \mid x)`, with its standard error.

    Covariates stay at their values from `origin` to `horizon`; survival is conditional on
    survival to `origin`. It is a difference of predictions: an effect only if the design earns it.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`, with Efron or Breslow ties.
    population : DataFrame
        One row a city with the covariates, and the offset and strata columns of the model if it
        has any.
    change : SetTo or Shift
    horizon, origin : float
    level : float

    Returns
    -------
    Series
        ``survival_before, survival_after, change, std_error, std_error_coefficients, conf_low,
        conf_high, p_value``. The standard error adds the part that comes from the coefficients,
        with the covariance the estimate carries, and the part from the baseline hazard.

    Raises
    ------
    SpecError
        A covariate that is not in the model.
    DataError
        Missing columns or values, strata that were not in the fit, a horizon not after the origin
        or beyond the last event time.

    Notes
    -----
    Delta method; the population is taken as given.

    Examples
    --------
    >>> from econshrink.survival.cox.fit import fit_cox
    >>> frame = pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0]})
    >>> spells = SpellTable(frame, rule_id="example")
    >>> found = average_survival_change(spells, fit_cox(spells, ["x"]), frame, SetTo("x"), 2.0)
    >>> bool(found["change"] < 0)
    True
    """
    state = restore(spells, estimate)
    if change.covariate not in estimate.terms:
        raise SpecError(
            Fault(
                f"a change in '{change.covariate}'",
                f"one of {', '.join(estimate.terms)}",
                "Check the spelling.",
            )
        )
    raise_all(DataError, _faults(state, population, origin, horizon))
    stratum = _strata(state, population)
    x = population[list(estimate.terms)].to_numpy(dtype=float)
    j = estimate.terms.index(change.covariate)
    before, after = x.copy(), x.copy()
    before[:, j] = change.low if isinstance(change, SetTo) else x[:, j]
    after[:, j] = change.high if isinstance(change, SetTo) else x[:, j] + change.by
    offset = np.zeros(len(x))
    if state.design.offset:
        offset = population[state.design.offset].to_numpy(dtype=float)
    base = [_baseline(state, s, origin, horizon) for s in range(len(state.arrays.stratum_names))]
    mean0, slope0, own0 = _mean_survival(state, estimate, base, stratum, before, offset)
    mean1, slope1, own1 = _mean_survival(state, estimate, base, stratum, after, offset)
    gradient = slope1 - slope0
    scaled = estimate.covariance * np.outer(state.sets.scale, state.sets.scale)
    from_coefficients = float(gradient @ scaled @ gradient)
    from_baseline = float(((own1 - own0) ** 2 * np.array([b.variance for b in base])).sum())
    return _report(mean0, mean1, from_coefficients, from_baseline, level)


@dataclass(frozen=True, eq=False)
class _Baseline:
    """Cumulative baseline hazard of a stratum, its pull on the coefficients and its variance."""

    hazard: float
    drift: Floats
    variance: float


def _baseline(state: CoxState, stratum: int, origin: float, horizon: float) -> _Baseline:
    sets, hazards = state.sets, state.hazards
    inside = (sets.time_stratum == stratum) & (sets.time > origin) & (sets.time <= horizon)
    times = np.flatnonzero(inside)
    if not len(times):
        return _Baseline(0.0, np.zeros(sets.parameters), 0.0)
    shift = np.exp(-hazards.shift[np.flatnonzero(sets.stratum == stratum)[0]])
    s1, d1 = first_moments(sets, hazards)
    q0, q1 = hazards.squared[0][:, None], hazards.squared[1][:, None]
    drift = (q0 * s1 - q1 * d1)[times].sum(axis=0) * shift
    variance = float(hazards.squared[0][times].sum()) * shift**2
    return _Baseline(float(hazards.plain[times].sum()) * shift, drift, variance)


def _mean_survival(
    state: CoxState,
    estimate: Estimate,
    base: list[_Baseline],
    level: np.ndarray,
    x: Floats,
    offset: Floats,
) -> tuple[float, Floats, Floats]:
    """Mean survival, its slope in the scaled coefficients and in each baseline hazard."""
    standard = (x - state.sets.centre) / state.sets.scale
    relative = np.exp(standard @ (estimate.coefficients * state.sets.scale) + offset)
    hazard = np.array([b.hazard for b in base])[level]
    drift = np.array([b.drift for b in base])[level]
    survival = np.exp(-relative * hazard)
    fall = -survival * relative
    slope = (fall[:, None] * (hazard[:, None] * standard - drift)).mean(axis=0)
    own = np.bincount(level, weights=fall, minlength=len(base)) / len(x)
    return float(survival.mean()), slope, own


def _report(
    before: float, after: float, coefficients: float, baseline: float, level: float
) -> pd.Series:
    error = float(np.sqrt(coefficients + baseline))
    reach = float(distributions.norm.ppf(0.5 + level / 2)) * error
    gap = after - before
    return pd.Series(
        {
            "survival_before": before,
            "survival_after": after,
            "change": gap,
            "std_error": error,
            "std_error_coefficients": float(np.sqrt(coefficients)),
            "conf_low": gap - reach,
            "conf_high": gap + reach,
            "p_value": float(2 * distributions.norm.sf(abs(gap / error))) if error > 0 else 1.0,
        }
    )


def _strata(state: CoxState, population: pd.DataFrame) -> np.ndarray:
    if not state.design.strata:
        return np.zeros(len(population), dtype=np.intp)
    texts = population[list(state.design.strata)].astype(str).agg(", ".join, axis=1)
    names = {name: number for number, name in enumerate(state.arrays.stratum_names)}
    return texts.map(names).to_numpy(dtype=np.intp)


def _faults(
    state: CoxState, population: pd.DataFrame, origin: float, horizon: float
) -> list[Fault]:
    last = float(state.sets.time.max())
    faults = []
    if not origin < horizon <= last:
        faults.append(
            Fault(
                f"horizon {horizon:g} from {origin:g}",
                f"a horizon after the origin and up to the last event time {last:g}",
                "Choose another horizon.",
            )
        )
    numeric = [*state.design.covariates]
    numeric += [state.design.offset] if state.design.offset else []
    missing = [n for n in (*numeric, *state.design.strata) if n not in population.columns]
    if missing:
        seen = f"no column {', '.join(missing)} in the population"
        return [*faults, Fault(seen, "the columns of the model", "Add it.")]
    for name in numeric:
        values = as_numbers(population[name], name, decode=True)[0]
        if not np.isfinite(values).all():
            faults.append(Fault(f"gaps or text in '{name}'", "finite numbers", "Complete it."))
    if population.empty:
        faults.append(Fault("an empty population", "at least one row", "Check the filter."))
    elif state.design.strata:
        texts = population[list(state.design.strata)].astype(str).agg(", ".join, axis=1)
        strange = sorted(set(texts) - set(state.arrays.stratum_names))
        if strange:
            faults.append(Fault(f"stratum {strange[0]}", "strata of the fit", "Leave it out."))
    return faults
