"""Discrete-time hazards: complementary log-log and logit on rows of one period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.inference.vcov import Clustered, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.design import survival_arrays, survival_spec
from econshrink.survival.discrete.design import (
    Duration,
    DurationDummies,
    PeriodDesign,
    period_design,
    period_spec,
)
from econshrink.survival.discrete.likelihood import Cells, Cloglog, Link, Logit, collapse
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import Solution, maximise
from econshrink.survival.options import (
    SurvivalCovariance,
    cluster_column,
    required_column,
)

INSTEAD = "use fit_discrete_ridge"  # finite where a covariate separates


@takes_tables
def fit_discrete_hazard(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    link: Link = Cloglog(),  # noqa: B008  (frozen option objects)
    duration: Duration = DurationDummies(),  # noqa: B008
    offset: str | None = None,
    vcov: SurvivalCovariance = Clustered(),  # noqa: B008
) -> Estimate:
    r"""Fit the probability of the event in each period, given that it has not come before.

    :math:`g(p_{it}) = x_{it}'\beta + \alpha(t)`. Under the complementary log-log link
    :math:`\beta` is that of a proportional hazards model in continuous time.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        One period a row, all of the same length; see `split_periods`.
    covariates : sequence of str
    link : Cloglog or Logit
    duration : DurationDummies, DurationLog, DurationPolynomial or DurationSpline
        The shape of :math:`\alpha`; t is the exit of the row.
    offset : str, optional
    vcov : Iid, Heteroskedastic or Clustered
        `Iid` is the inverse of the expected information; the sandwiches are built on the
        observed information.

    Returns
    -------
    Estimate
        Covariates first, then duration terms and intercepts. `stats` holds ``loglik``,
        ``loglik_null`` (no covariates, and no duration terms but the dummies), ``events``,
        ``events_per_parameter`` and ``iterations``.

    Raises
    ------
    SpecError
        Missing, constant or collinear covariates.
    DataError
        Values that are not finite, rows of unequal length, no events, or a duration dummy without
        events or survivors.
    ConvergenceError
        A covariate that separates events from survivors (named).

    Notes
    -----
    Prentice and Gloeckler (1978); Allison (1982). No small-sample factor.

    Examples
    --------
    >>> import pandas as pd
    >>> from econshrink.survival.discrete.design import DurationPolynomial
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0, "stop": 1,
    ...     "event": [1, 1, 0, 0, 1, 0], "x": [1, 1, 1, 0, 0, 0]}), rule_id="example")
    >>> constant = DurationPolynomial(0)
    >>> fit = fit_discrete_hazard(spells, ["x"], link=Logit(), duration=constant)
    >>> round(fit.coefficient("x"), 4)  # the log odds ratio, log 4
    1.3863
    """
    design = survival_spec(spells, covariates, offset=offset, vcov=vcov)
    arrays = survival_arrays(spells, design)
    rows = period_design(spells, design.covariates, arrays.x, duration)
    event = arrays.event.astype(float)
    cells = collapse(rows, event, arrays.offset)
    start = np.zeros(len(rows.terms))
    start[-max(rows.groups, 1) :] = null_intercepts(rows, event, link, arrays.offset)
    solution = maximise(
        lambda beta: cells.point(beta, link), cells.design.x, rows.terms, start, instead=INSTEAD
    )
    beta = solution.best.beta
    covariance, label, clusters = _covariance(spells, rows, cells, event, beta, link, vcov)
    return Estimate(
        method=f"discrete-time hazard, {link.name} link",
        terms=rows.terms,
        coefficients=rows.back @ beta,
        covariance=rows.back @ covariance @ rows.back.T,
        vcov_label=label,
        small_sample="none",
        nobs=len(event),
        clusters=clusters,
        stats=_statistics(solution, event, rows),
        notes=_notes(event, rows),
        spec=period_spec(design, spells, duration, link.name),
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="discrete",
    )


def null_intercepts(rows: PeriodDesign, event: Floats, link: Link, offset: Floats) -> Floats:
    """Intercepts of the model without covariates (exact without an offset)."""
    if rows.groups:
        count = np.bincount(rows.group, minlength=rows.groups)
        rate = np.bincount(rows.group, weights=event, minlength=rows.groups) / count
    else:
        rate = np.array([event.mean()])
    rate = np.clip(rate, 1e-12, 1 - 1e-12)
    value = special.logit(rate) if isinstance(link, Logit) else np.log(-np.log1p(-rate))
    result: Floats = value - offset.mean()
    return result


def _covariance(
    spells: SpellTable,
    rows: PeriodDesign,
    cells: Cells,
    event: Floats,
    beta: Floats,
    link: Link,
    vcov: SurvivalCovariance,
) -> tuple[Floats, str, dict[str, int]]:
    """The covariance asked for, its label and its clusters."""
    if isinstance(vcov, Iid):
        return _inverse(cells.expected_information(beta, link)), "inverse expected information", {}
    # The sandwich must hold when the mean is wrong, and then only the observed slope is right.
    bread = _inverse(cells.point(beta, link).information)
    slope = cells.row_slopes(beta, link, event)
    column = cluster_column(vcov)
    if column is None:
        return bread @ rows.gram(slope**2) @ bread, "robust by row", {}
    # Hashing is many times faster than a sort, and the order of the clusters does not matter.
    numbers, names = pd.factorize(required_column(spells, column, "cluster"))
    half = rows.cluster_sums(slope, numbers, len(names)) @ bread
    return half.T @ half, f"clustered by {column}", {column: len(names)}


def _inverse(information: Floats) -> Floats:
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _statistics(solution: Solution, event: Floats, rows: PeriodDesign) -> dict[str, float]:
    return {
        "loglik": solution.best.loglik,
        "loglik_null": solution.null.loglik,
        "events": float(event.sum()),
        "events_per_parameter": float(event.sum()) / len(rows.terms),
        "iterations": float(solution.iterations),
    }


def _notes(event: Floats, rows: PeriodDesign) -> tuple[str, ...]:
    ratio = event.sum() / len(rows.terms)
    return (f"{ratio:.1f} events a parameter.",) if ratio < 10 else ()
