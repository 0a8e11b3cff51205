"""Parametric duration models in accelerated-time form, with late entry and intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.inference.vcov import Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.design import SurvivalArrays, survival_arrays, survival_spec
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import maximise
from econshrink.survival.options import (
    SurvivalCovariance,
    required_column,
    score_covariance,
)
from econshrink.survival.parametric.likelihood import (
    DurationRows,
    Exponential,
    Family,
    Weibull,
    duration_rows,
)


@takes_tables
def fit_parametric(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    family: Family = Weibull(),  # noqa: B008  (frozen option objects)
    vcov: SurvivalCovariance = Iid(),  # noqa: B008
    last_free: str | None = None,
) -> Estimate:
    r"""Fit :math:`\log T = \mu + x'\beta + \sigma \varepsilon` by maximum likelihood.

    A row on ``(start, stop]`` adds the log density or log survival at its exit, less the log
    survival at its entry. An event known only to lie in ``(last_free, stop]`` adds the log of the
    probability of that interval: a fall seen at a census is not dated by its year.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        Entries at 0 or later.
    covariates : sequence of str
        May be empty.
    family : Exponential, Weibull, LogNormal or LogLogistic
    vcov : Iid, Heteroskedastic or Clustered
        Inverse of the observed information; sandwich by row; sandwich by one column. No
        small-sample factor.
    last_free : str, optional
        Column with the last time at which a city with an event was known to be free of it, from
        the row's entry (nothing is known before the exit) to its exit (the event is dated
        exactly). It is read in rows with an event only.

    Returns
    -------
    Estimate
        Terms ``(Intercept)``, the covariates and, unless the family is exponential,
        ``Log(scale)``. Positive coefficients mean longer durations. `stats` holds ``loglik`` (of
        the durations themselves, not of their logs), ``events``, ``scale`` and ``iterations``.

    Raises
    ------
    SpecError
        Missing, constant or collinear covariates, or one time for all rows.
    DataError
        Values that are not finite, no events, or entries before 0.
    ConvergenceError
        No finite maximum.

    Notes
    -----
    Kalbfleisch and Prentice (2002), chapter 3. Worked in the coordinates beta/sigma and 1/sigma,
    in which the log-likelihood of complete follow-up is concave (Olsen 1978). Intervals as in
    Kalbfleisch and Prentice, section 3.8. Where covariates
    change with time, the rows of a city are pieced together by their hazards.

    Examples
    --------
    >>> import pandas as pd
    >>> from econshrink.survival.parametric.likelihood import Exponential
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b", "c", "d"], "start": 0,
    ...     "stop": [1, 2, 4, 5], "event": [1, 1, 0, 1]}), rule_id="example")
    >>> fit = fit_parametric(spells, [], family=Exponential())
    >>> round(float(np.exp(fit.coefficient("(Intercept)"))), 9)  # time at risk over events
    4.0
    """
    design = survival_spec(spells, covariates, vcov=vcov, family=family.name)
    arrays = survival_arrays(spells, design)
    _require_time(spells, arrays)
    free = last_free_times(spells, arrays, last_free)
    if not isinstance(family, Exponential):
        require_spread(arrays)
    rows = duration_rows(arrays, design, family, free)
    k = rows.exit.shape[1]
    names = (*design.covariates, "(Intercept)", *(() if rows.fixed else ("1/scale",)))
    solution = maximise(rows.point, rows.x, names, _start(rows, k))
    theta = solution.best.beta
    covariance, label, clusters = score_covariance(
        spells, vcov, solution.inverse, lambda: rows.row_scores(theta)
    )
    terms, coefficients, jacobian = _reported(design, rows, theta)
    stats = {
        "loglik": solution.best.loglik,
        "events": float(arrays.event.sum()),
        "interval_events": float(rows.between.sum()),
        "scale": 1.0 if rows.fixed else float(1 / theta[-1]),
        "iterations": float(solution.iterations),
    }
    return Estimate(
        method=f"{family.name} accelerated failure time",
        terms=terms,
        coefficients=coefficients,
        covariance=jacobian @ covariance @ jacobian.T,
        vcov_label=label,
        small_sample="none",
        nobs=len(arrays.stop),
        clusters=clusters,
        stats=stats,
        spec=design,
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="parametric",
    )


def last_free_times(spells: SpellTable, arrays: SurvivalArrays, column: str | None) -> Floats:
    """Time after which each event lies; the exit of rows without event or without a column.

    Raises
    ------
    SpecError
        No such column.
    DataError
        A value that is missing, before the row's entry or after its exit.
    """
    if column is None:
        return arrays.stop.copy()
    if column not in spells.frame.columns:
        required_column(spells, column, "last time free of the event")
    stated = as_numbers(spells.frame[column], column, decode=True)[0]
    wrong = arrays.event & ~((stated >= arrays.start) & (stated <= arrays.stop))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        others = int(wrong.sum()) - 1
        raise DataError(
            Fault(
                f"{column} {stated[i]:g}" + (f", and {others} more like it" if others else ""),
                f"a time from the entry {arrays.start[i]:g} to the exit {arrays.stop[i]:g}",
                "An event lies after the last time without it, and in its own row.",
                f"city {spells.frame['city'].iloc[i]}",
            )
        )
    return np.where(arrays.event, stated, arrays.stop)


def require_spread(arrays: SurvivalArrays) -> None:
    """Raise unless times differ: one time for all says nothing on how the hazard moves.

    Raises
    ------
    SpecError
    """
    if np.ptp(arrays.stop) == 0 and np.ptp(arrays.start) == 0:
        raise SpecError(
            Fault(
                f"rows that all run from {arrays.start[0]:g} to {arrays.stop[0]:g}",
                "times that differ",
                "Use Exponential(): the shape of the hazard cannot be told from one time.",
            )
        )


def _start(rows: DurationRows, k: int) -> Floats:
    """Rate of events for the intercept, scale 1, no effects."""
    log_stop = rows.exit_time if rows.fixed else rows.exit[:, -1]
    log_start = rows.entry_time if rows.fixed else rows.entry[:, -1]
    top = float(log_stop.max())
    exposure = np.exp(log_stop - top).sum() - np.exp(log_start - top).sum()
    start = np.zeros(k)
    start[rows.x.shape[1]] = np.log(exposure / rows.event.sum()) + top
    if not rows.fixed:
        start[-1] = 1.0
    return start


def _reported(
    design: SurvivalSpec, rows: DurationRows, theta: Floats
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Terms, coefficients and Jacobian of (intercept, beta, log scale) by theta."""
    k = rows.x.shape[1]
    rate = 1.0 if rows.fixed else float(theta[-1])
    slopes = theta[:k] / rows.spread
    level = theta[k] - rows.centre @ slopes
    size = k + 1 if rows.fixed else k + 2
    jacobian = np.zeros((size, size))
    jacobian[0, :k] = -rows.centre / rows.spread / rate
    jacobian[0, k] = 1 / rate
    jacobian[1 : k + 1, :k] = np.diag(1 / rows.spread / rate)
    coefficients = np.concatenate([[level], slopes]) / rate
    terms = ("(Intercept)", *design.covariates)
    if not rows.fixed:
        jacobian[0, -1] = -level / rate**2
        jacobian[1 : k + 1, -1] = -slopes / rate**2
        jacobian[-1, -1] = -1 / rate
        coefficients = np.append(coefficients, -np.log(rate))
        terms = (*terms, "Log(scale)")
    return terms, coefficients, jacobian


def _require_time(spells: SpellTable, arrays: SurvivalArrays) -> None:
    if (arrays.start < 0).any():
        city = spells.frame["city"].iloc[int(arrays.start.argmin())]
        raise DataError(
            Fault(
                f"an entry at {arrays.start.min():g}",
                "durations that start at 0 or later",
                "Measure time from the origin of the spells.",
                f"city {city}",
            )
        )
