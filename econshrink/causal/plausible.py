"""Two-stage least squares when an instrument may act on the outcome directly, within limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from econshrink.causal.kernel.plausible import half_width, local_to_zero, union_interval
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import LinearFit, Vcov
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import prepare, row_labels
from econshrink.panel.instrumental import Instrumented, iv_arrays, partial_out
from econshrink.panel.kernel.k_class import k_class


@dataclass(frozen=True)
class Support:
    """All that is believed of the direct effect γ: it lies between two values.

    Parameters
    ----------
    low, high : float
        Outcome units per unit of the instrument.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low <= self.high):
            seen = f"support from {self.low} to {self.high}"
            raise SpecError(Fault(seen, "finite, in rising order", "Mend it."))


@dataclass(frozen=True)
class NormalBelief:
    """The direct effect γ is believed to be normal.

    Parameters
    ----------
    mean, sd : float
    """

    mean: float = 0.0
    sd: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean) and np.isfinite(self.sd) and self.sd >= 0):
            seen = f"mean {self.mean}, sd {self.sd}"
            raise SpecError(Fault(seen, "finite, sd of zero or more", "Mend it."))


def plausible_interval(
    data: Any,
    model: Spec | str,
    instrumented: Instrumented,
    belief: Support | NormalBelief,
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    instrument: str | None = None,
    level: float = 0.95,
) -> ConfidenceSet:
    """Confidence interval of the endogenous coefficient, the exclusion restriction relaxed.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
    instrumented : Instrumented
        One endogenous covariate.
    belief : Support or NormalBelief
        Union of intervals over the support, or the local-to-zero normal approximation.
    vcov : Vcov
    instrument : str, optional
        Which instrument may act directly; the only one by default.
    level : float
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    ConfidenceSet
        One interval; with `NormalBelief` about b − A μ.

    Raises
    ------
    SpecError, DataError
        See `fit_iv`; several endogenous covariates; an instrument that is not named.

    Notes
    -----
    Conley, Hansen and Rossi (2012), Review of Economics and Statistics 94. Both intervals rest on
    strong instruments; with a weak one read the Anderson-Rubin set.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> z, v = rng.normal(size=(2, 200))
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(20)], 10),
    ...     "year": [*range(2000, 2010)] * 20, "y": 2 * (z + v) + v, "x": z + v, "z": z}))
    >>> spec, how = Spec("y", ("x",), ("city",)), Instrumented(("x",), ("z",))
    >>> exact = plausible_interval(panel, spec, how, Support(0, 0))
    >>> loose = plausible_interval(panel, spec, how, Support(-0.2, 0.2))
    >>> loose.low < exact.low < exact.high < loose.high
    True
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time, also=None)
    chosen = _checked(instrumented, instrument)
    term = instrumented.endogenous[0]
    joint = replace(spec, covariates=spec.covariates + instrumented.instruments)
    design = prepare(panel, joint)
    y, x, z, names, shell = iv_arrays(design, instrumented)
    position = names.index(term)
    _, excluded, exogenous = partial_out(y, x, z, [position], instrumented)
    fit = k_class(y, x, np.column_stack([exogenous, excluded]))
    direct = z[:, instrumented.instruments.index(chosen)]
    passing = fit.bread @ (fit.projected.T @ direct)
    labels = row_labels(panel, design, vcov.groupings)

    def at(gamma: float) -> LinearFit:
        coefficients = fit.coefficients - gamma * passing
        residuals = y - gamma * direct - x @ coefficients
        return replace(
            shell, x=fit.projected, coefficients=coefficients, residuals=residuals, bread=fit.bread
        )

    def interval(gamma: float) -> tuple[float, float]:
        found = vcov.covariance(at(gamma), labels)
        centre = float(at(gamma).coefficients[position])
        error = float(np.sqrt(found.matrix[position, position]))
        reach = half_width(error, found.df_t, level)
        return centre - reach, centre + reach

    if isinstance(belief, Support):
        pair = union_interval(interval, belief.low, belief.high)
        label = (
            f"union of intervals, direct effect of {chosen} in [{belief.low:g}, {belief.high:g}]"
        )
    else:
        found = vcov.covariance(at(0.0), labels)
        b, v = local_to_zero(
            fit.coefficients,
            found.matrix,
            passing[:, None],
            np.array([belief.mean]),
            np.array([[belief.sd**2]]),
        )
        reach = half_width(float(np.sqrt(v[position, position])), found.df_t, level)
        pair = (float(b[position]) - reach, float(b[position]) + reach)
        label = f"local to zero, direct effect of {chosen} N({belief.mean:g}, {belief.sd:g}²)"
    return ConfidenceSet(label, term, (pair,), level)


def _checked(instrumented: Instrumented, instrument: str | None) -> str:
    faults = []
    if len(instrumented.endogenous) != 1:
        seen = f"{len(instrumented.endogenous)} endogenous covariates"
        faults.append(Fault(seen, "one", "Instrument one at a time."))
    if instrument is None and len(instrumented.instruments) > 1:
        seen = f"{len(instrumented.instruments)} instruments and none named"
        faults.append(Fault(seen, "the one that may act directly", "Name `instrument`."))
    if instrument is not None and instrument not in instrumented.instruments:
        known = ", ".join(instrumented.instruments)
        faults.append(Fault(f"instrument '{instrument}'", f"one of {known}", "Check it."))
    raise_all(SpecError, faults)
    return instrument or instrumented.instruments[0]
