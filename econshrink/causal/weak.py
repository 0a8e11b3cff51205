"""Instrumental variables that weak instruments cannot make lie: F and sets beside the point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from econshrink.causal.kernel.weak_sets import ar_set, ar_statistic, clr_set
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.linear_fit import Vcov
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter_iv, refuse_instrumented
from econshrink.panel.design.prepare import prepare, row_labels
from econshrink.panel.instrumental import (
    WEAK,
    Instrumented,
    TwoStage,
    fit_iv,
    iv_arrays,
    partial_out,
)
from econshrink.panel.kernel.reduced_form import ReducedForm
from econshrink.panel.kernel.weak_instruments import (
    effective_f,
    effective_f_critical,
    joint_reduced_form,
    reduced_form,
)


@dataclass(frozen=True, eq=False)
class WeakIv:
    """An instrumental-variable estimate with what may be said about it.

    Parameters
    ----------
    estimate : Estimate
        Two-stage least squares.
    term : str
        The endogenous covariate.
    effective_f : float
        Of Montiel Olea and Pflueger (2013), with the covariance of the estimate.
    critical_f : float
        Below it the worst-case bias may exceed a tenth (simplified critical value, 5 %).
    anderson_rubin, conditional_lr : ConfidenceSet
        Right whatever the strength of the instruments; equal with one instrument.
    reduced : ReducedForm
        For tests at other values.
    """

    estimate: Estimate
    term: str
    effective_f: float
    critical_f: float
    anderson_rubin: ConfidenceSet
    conditional_lr: ConfidenceSet
    reduced: ReducedForm

    @property
    def point_allowed(self) -> bool:
        """True if the effective F is at least 10: below, the set speaks and the point does not."""
        return self.effective_f >= WEAK

    def ar_at(self, beta: float) -> float:
        """Anderson-Rubin statistic of one value."""
        return ar_statistic(self.reduced, beta)


def fit_weak_iv(
    data: Any,
    model: Spec | str,
    instrumented: Instrumented | None = None,
    vcov: Vcov | None = None,
    level: float = 0.95,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> WeakIv:
    """Two-stage least squares of one endogenous covariate with weak-instrument-robust sets.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        All covariates, the endogenous one too.
    instrumented : Instrumented
        One endogenous covariate, one or more instruments.
    vcov : Vcov
        `Iid`, `Heteroskedastic("HC0" or "HC1")`, `Clustered`, kernels or `Conley`.
    level : float
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    WeakIv

    Raises
    ------
    SpecError, DataError
        See `fit_iv`; several endogenous covariates; a joint covariance without full rank.

    Notes
    -----
    Anderson and Rubin (1949) with the null imposed in the covariance and, for clusters, Hotelling's
    critical values (see `ar_critical`), so that the size holds with few clusters that are alike;
    Moreira (2003) with large-sample critical values. With very unlike clusters compare the wild
    bootstrap of the reduced form.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> import numpy as np
    >>> rng = np.random.default_rng(3)
    >>> z, v = rng.normal(size=(2, 200))
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(20)], 10),
    ...     "year": [*range(2000, 2010)] * 20,
    ...     "y": 2 * (z + v) + v + 0.1 * rng.normal(size=200), "x": z + v, "z": z}))
    >>> found = fit_weak_iv(panel, Spec("y", ("x",), ("city",)), Instrumented(("x",), ("z",)))
    >>> found.anderson_rubin.contains(2.0), found.anderson_rubin.kind, found.point_allowed
    (True, 'bounded', True)
    """
    refuse_instrumented(instrumented, Instrumented)
    panel, found, vcov = enter_iv(data, model, vcov, unit=unit, time=time, also=None)
    spec = found.spec
    instrumented = instrumented or Instrumented(found.endogenous, found.instruments)
    if len(instrumented.endogenous) != 1:
        seen = f"{len(instrumented.endogenous)} endogenous covariates"
        raise SpecError(Fault(seen, "one", "Instrument one at a time, or use fit_iv."))
    term = instrumented.endogenous[0]
    estimate = fit_iv(panel, spec, instrumented, TwoStage(), vcov)
    joint = replace(spec, covariates=spec.covariates + instrumented.instruments)
    design = prepare(panel, joint, computed=instrumented.instruments)
    y, x, z, names, shell = iv_arrays(design, instrumented)
    partial, excluded, exogenous = partial_out(y, x, z, [names.index(term)], instrumented)
    labels = row_labels(panel, design, vcov.groupings)
    outcome = reduced_form(shell, partial[:, 0], excluded, exogenous)
    first = reduced_form(shell, partial[:, 1], excluded, exogenous)
    count = excluded.shape[1]
    form = joint_reduced_form(outcome, first, count, vcov, labels)
    spread = vcov.covariance(first, labels).matrix[:count, :count]
    label = estimate.vcov_label
    ar = ar_set(form, level)
    clr = clr_set(form, level) if count > 1 else ar
    return WeakIv(
        estimate=estimate,
        term=term,
        effective_f=effective_f(first, count, vcov, labels),
        critical_f=effective_f_critical(spread),
        anderson_rubin=ConfidenceSet(f"Anderson-Rubin, {label}", term, ar, level),
        conditional_lr=ConfidenceSet(f"conditional likelihood ratio, {label}", term, clr, level),
        reduced=form,
    )
