"""Discrete-time hazards of onsets that are misclassified, late or known only to an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.errors import ConvergenceError, DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.inference.vcov import Heteroskedastic, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.design import SurvivalArrays, survival_arrays, survival_spec
from econshrink.survival.discrete.design import (
    Duration,
    DurationPolynomial,
    PeriodDesign,
    period_design,
    period_spec,
)
from econshrink.survival.discrete.hazard import null_intercepts
from econshrink.survival.discrete.likelihood import Cloglog, Link, terms
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import Point, maximise
from econshrink.survival.options import (
    SurvivalCovariance,
    cluster_column,
    required_column,
)


@dataclass(frozen=True, eq=False)
class HiddenRows:
    """Rows of all cities, in order of time within a city, with the probability of what was seen.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Design, duration columns and intercept in it.
    offset : ndarray, shape (n,)
    city : ndarray of int, shape (n,)
        Codes 0 … c-1; every city is clear before its first row.
    clear, fresh, old : ndarray, shape (n,)
        Probability of the observation of a row if the city is clear after it, if its onset is in
        it, and if its onset came before it.
    """

    x: Floats
    offset: Floats
    city: Ints
    clear: Floats
    fresh: Floats
    old: Floats


@dataclass(frozen=True, eq=False)
class CityTerms:
    """Log-likelihood (c,), its score (c, k) and minus its Hessian, summed (k, k)."""

    loglik: Floats
    score: Floats
    information: Floats


def city_terms(rows: HiddenRows, beta: Floats, link: Link) -> CityTerms:
    """Run the recursion over the rows of every city at once, with two derivatives.

    Notes
    -----
    With p the hazard of a row, the unnormalised weights move as
    clear' = clear (1 - p) c and shrinking' = clear p f + shrinking o, where c, f, o are the
    probabilities of what was seen. They are rescaled in every row.
    """
    count, k = int(rows.city.max()) + 1, rows.x.shape[1]
    at = terms(rows.x @ beta + rows.offset, link)
    survive = np.exp(at.log_survival)
    slope = -survive * at.slope_survival  # dp/deta
    bend = survive * (at.bend_survival - at.slope_survival**2)  # d2p/deta2
    order = np.argsort(rows.city, kind="stable")
    first = np.searchsorted(rows.city[order], np.arange(count))
    length = np.bincount(rows.city, minlength=count)
    weight = np.zeros((2, count))
    weight[0] = 1.0
    pull, curve = np.zeros((2, count, k)), np.zeros((2, count, k, k))
    loglik = np.zeros(count)
    for step in range(int(length.max())):
        on = np.flatnonzero(length > step)
        row = order[first[on] + step]
        moved = _move(
            (weight[:, on], pull[:, on], curve[:, on]),
            rows.x[row],
            (at.mean[row], survive[row], slope[row], bend[row]),
            (rows.clear[row], rows.fresh[row], rows.old[row]),
        )
        total = moved[0].sum(axis=0)
        with np.errstate(divide="ignore"):
            loglik[on] += np.log(total)
        scale = 1 / np.where(total > 0, total, 1.0)
        weight[:, on] = moved[0] * scale
        pull[:, on] = moved[1] * scale[:, None]
        curve[:, on] = moved[2] * scale[:, None, None]
    score = pull.sum(axis=0)
    information = score.T @ score - curve.sum(axis=(0, 1))
    return CityTerms(loglik, score, (information + information.T) / 2)


def _move(
    state: tuple[Floats, Floats, Floats],
    x: Floats,
    hazard: tuple[Floats, Floats, Floats, Floats],
    seen: tuple[Floats, Floats, Floats],
) -> tuple[Floats, Floats, Floats]:
    """One row: weights of clear and shrinking with their derivatives in the coefficients."""
    (clear0, old0), (clear1, old1), (clear2, old2) = state
    p, q, slope, bend = hazard
    if_clear, if_fresh, if_old = seen
    gain1 = slope[:, None] * x
    cross = clear1[:, :, None] * gain1[:, None, :]
    gain2 = (clear0 * bend)[:, None, None] * (x[:, :, None] * x[:, None, :])
    gain2 = gain2 + cross + cross.transpose(0, 2, 1)
    lift = clear0[:, None] * gain1
    weight = np.stack([clear0 * q * if_clear, clear0 * p * if_fresh + old0 * if_old])
    pull = np.stack(
        [
            (clear1 * q[:, None] - lift) * if_clear[:, None],
            (clear1 * p[:, None] + lift) * if_fresh[:, None] + old1 * if_old[:, None],
        ]
    )
    curve = np.stack(
        [
            (clear2 * q[:, None, None] - gain2) * if_clear[:, None, None],
            (clear2 * p[:, None, None] + gain2) * if_fresh[:, None, None]
            + old2 * if_old[:, None, None],
        ]
    )
    return weight, pull, curve


def hidden_point(rows: HiddenRows, beta: Floats, link: Link) -> Point:
    """Value for Newton's method; where the Hessian is no descent, the scores' cross-product."""
    at = city_terms(rows, beta, link)
    loglik = float(at.loglik.sum())
    if not np.isfinite(loglik):
        return Point(beta, -np.inf, np.zeros(len(beta)), np.eye(len(beta)))
    information = at.information
    smallest = float(np.linalg.eigvalsh(information)[0])
    if smallest <= 1e-8 * float(np.trace(information)) / len(beta):
        information = at.score.T @ at.score
    return Point(beta, loglik, at.score.sum(axis=0), information)


def cluster_scores(scores: Floats, cluster: Ints, count: int) -> Floats:
    """Scores of cities summed within clusters, shape (count, k)."""
    return group_sums(scores, cluster, count)


_FEWEST_ONSETS = 0.05  # expected true onsets below which the hazard has run to zero


@dataclass(frozen=True)
class ExactOnsets:
    """Every event is what it seems: the likelihood is that of `fit_discrete_hazard`."""


@dataclass(frozen=True)
@typed_fields
class IntervalOnsets:
    """An event came in one of the rows of its city where `column` is 1, no one knows which.

    Parameters
    ----------
    column : str
        1 on the rows of the interval (L, R], whose last has the event; 0 elsewhere.
    """

    column: str = "uncertain"


@dataclass(frozen=True)
@typed_fields
class MisclassifiedOnsets:
    """Events are seen with known error probabilities.

    Parameters
    ----------
    sensitivity : float or str
        Probability that the row of an onset shows an event; or a column of such probabilities,
        such as the share of onsets of a year that are known by now.
    specificity : float
        Probability that the row of a clear city shows none.
    lasting : bool
        True if every later row of a shrinking city shows an event with the same sensitivity (a
        state seen again and again); False if an onset that is missed in its row is missed for good.
    """

    sensitivity: float | str
    specificity: float = 1.0
    lasting: bool = False


Observation = ExactOnsets | IntervalOnsets | MisclassifiedOnsets


@takes_tables
def fit_hidden_onset(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    observation: Observation,
    link: Link = Cloglog(),  # noqa: B008  (frozen option objects)
    duration: Duration = DurationPolynomial(0),  # noqa: B008
    offset: str | None = None,
    vcov: SurvivalCovariance = Iid(),  # noqa: B008
) -> Estimate:
    r"""Maximise the likelihood of what was seen, the unseen date of the onset summed out.

    For a city with rows 1 … m, :math:`L = \sum_{s=1}^m P(T=s) Q_s + P(T>m) Q_\infty`, where T
    is the row of the onset, :math:`P(T=s) = p_s \prod_{r<s}(1-p_r)`, and :math:`Q_s` is the
    probability of all that was seen given T.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        One period a row; the first row of a city is the first in which it can have its onset.
    covariates : sequence of str
    observation : ExactOnsets, IntervalOnsets or MisclassifiedOnsets
    link : Cloglog or Logit
    duration : DurationPolynomial, DurationLog, DurationSpline or DurationDummies
    offset : str, optional
    vcov : Iid or Clustered
        `Iid` is the inverse of the observed information; the sandwich sums the scores of
        cities within clusters, each of which must hold whole cities.

    Returns
    -------
    Estimate
        Of the hazard of the true onset. `stats` holds ``loglik, events`` (as seen),
        ``events_per_parameter`` and ``iterations``.

    Raises
    ------
    SpecError
        Probabilities outside 0 to 1 or that do not tell onsets from none; clusters that cut
        cities; as `fit_discrete_hazard`.
    DataError
        Uncertain rows that are no interval ending in an event; as `fit_discrete_hazard`.
    ConvergenceError
        Fewer events than errors alone would make, or a covariate that separates.

    Notes
    -----
    Interval censoring: Prentice and Gloeckler (1978). Misclassified outcomes: Hausman, Abrevaya
    and Scott-Morton (1998); Meier, Richardson and Hughes (2003) for discrete survival. The error
    probabilities are taken as known; their own uncertainty is not in the covariance.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("aabbccdd"), "start": [0, 1] * 4,
    ...     "stop": [1, 2] * 4, "event": [0, 1, 0, 1, 0, 0, 0, 0],
    ...     "uncertain": [1, 1, 1, 1, 0, 0, 0, 0]}), rule_id="example")
    >>> fit = fit_hidden_onset(spells, [], observation=IntervalOnsets())
    >>> hazard = np.exp(fit.coefficient("(Intercept)"))
    >>> round(float(np.exp(-2 * hazard)), 6)  # half of the cities survive both periods
    0.5
    """
    design = survival_spec(spells, covariates, offset=offset, vcov=vcov)
    arrays = survival_arrays(spells, design)
    if isinstance(vcov, Heteroskedastic):
        raise SpecError(
            Fault(
                "a sandwich by row, where the rows of a city share one likelihood",
                "Iid() or Clustered('column')",
                "Use Clustered().",
            )
        )
    seen = _seen(spells, observation)
    rows = period_design(spells, design.covariates, arrays.x, duration, both_outcomes=False)
    hidden = HiddenRows(_dense(rows), arrays.offset, pd.factorize(spells.frame["city"])[0], *seen)
    start = np.zeros(len(rows.terms))
    start[-max(rows.groups, 1) :] = _start(rows, arrays, seen, link)
    solution = maximise(lambda beta: hidden_point(hidden, beta, link), hidden.x, rows.terms, start)
    beta = solution.best.beta
    _require_onsets(hidden, beta, link, float(arrays.event.sum()))
    covariance, label, clusters = _covariance(spells, hidden, beta, link, vcov)
    events = float(arrays.event.sum())
    return Estimate(
        method=f"discrete-time hazard, {link.name} link, {_name(observation)}",
        terms=rows.terms,
        coefficients=rows.back @ beta,
        covariance=rows.back @ covariance @ rows.back.T,
        vcov_label=label,
        small_sample="none",
        nobs=len(arrays.event),
        clusters=clusters,
        stats={
            "loglik": solution.best.loglik,
            "events": events,
            "events_per_parameter": events / len(rows.terms),
            "iterations": float(solution.iterations),
        },
        spec=period_spec(design, spells, duration, link.name),
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="hidden_onset",
    )


def _name(observation: Observation) -> str:
    if isinstance(observation, ExactOnsets):
        return "exact onsets"
    if isinstance(observation, IntervalOnsets):
        return "interval-censored onsets"
    return "misclassified onsets"


def _seen(spells: SpellTable, observation: Observation) -> tuple[Floats, Floats, Floats]:
    """Probability of what each row shows: for a clear, a just turned and a long shrinking city."""
    event = spells.frame["event"].to_numpy(dtype=float)
    if isinstance(observation, ExactOnsets):
        return 1.0 - event, event, np.zeros(len(event))
    if isinstance(observation, IntervalOnsets):
        open_ = _interval(spells, observation, event)
        silent = (open_ == 1) & (event == 0)
        fresh = np.where(silent, 1.0, event)
        return 1.0 - event, fresh, np.where(open_ == 1, 1.0, 0.0)
    sensitivity, specificity = _rates(spells, observation)
    fresh = np.where(event == 1, sensitivity, 1 - sensitivity)
    clear = np.where(event == 1, 1 - specificity, specificity)
    return clear, fresh, fresh if observation.lasting else clear


def _interval(spells: SpellTable, observation: IntervalOnsets, event: Floats) -> Floats:
    """The interval column, after checking that its rows are intervals that end in an event."""
    name = observation.column
    open_ = required_column(spells, name, "interval").to_numpy(dtype=float)
    city = spells.frame["city"].to_numpy()
    if not np.isin(open_, (0, 1)).all():
        raise DataError(Fault(f"values other than 0 and 1 in '{name}'", "0 or 1", "Recode it."))
    follows = np.append(city[1:] == city[:-1], False)
    after = np.append(open_[1:], 0.0) * follows
    loose = (open_ == 1) & (event == 0) & (after == 0)
    faults = [
        Fault(
            f"an interval that ends at {spells.frame['stop'].iloc[j]:g} without an event",
            "uncertain rows that follow one another up to the row with the event",
            "Set the event in the last row, or the column to 0.",
            f"city {city[j]}",
        )
        for j in np.flatnonzero(loose)[:5]
    ]
    raise_all(DataError, faults)
    return open_


def _rates(spells: SpellTable, observation: MisclassifiedOnsets) -> tuple[Floats, float]:
    count = len(spells.frame)
    if isinstance(observation.sensitivity, str):
        column = required_column(spells, observation.sensitivity, "sensitivity")
        sensitivity = column.to_numpy(dtype=float)
    else:
        sensitivity = np.full(count, float(observation.sensitivity))
    specificity = float(observation.specificity)
    good = np.isfinite(sensitivity).all() and (sensitivity >= 0).all() and (sensitivity <= 1).all()
    if not (good and 0 <= specificity <= 1 and float(sensitivity.max()) + specificity > 1):
        seen = f"sensitivity up to {sensitivity.max():g}, specificity {specificity:g}"
        expected = "probabilities from 0 to 1 whose sum is above 1"
        raise SpecError(
            Fault(seen, expected, "An observation no better than chance tells nothing.")
        )
    return sensitivity, specificity


def _require_onsets(hidden: HiddenRows, beta: Floats, link: Link, events: float) -> None:
    """Refuse a fit that explains every event by error: its hazard has run to 0."""
    expected = float(terms(hidden.x @ beta + hidden.offset, link).mean.sum())
    if expected < _FEWEST_ONSETS:
        raise ConvergenceError(
            Fault(
                f"{events:g} events, no more than errors alone would make",
                "events beyond those that the specificity explains",
                "Check the specificity; these figures hold no sign of true onsets.",
            )
        )


def _dense(rows: PeriodDesign) -> Floats:
    if not rows.groups:
        return rows.x
    return np.hstack([rows.x, np.eye(rows.groups)[rows.group]])


def _start(
    rows: PeriodDesign, arrays: SurvivalArrays, seen: tuple[Floats, Floats, Floats], link: Link
) -> Floats:
    """Intercepts that match the share of rows whose event is not explained by error."""
    event = arrays.event.astype(float)
    false = np.where(event == 1, seen[0], 0.0).mean()
    rate = max(event.mean() - false, event.mean() / 4)
    return null_intercepts(rows, np.full(len(event), rate), link, arrays.offset)


def _covariance(
    spells: SpellTable, hidden: HiddenRows, beta: Floats, link: Link, vcov: SurvivalCovariance
) -> tuple[Floats, str, dict[str, int]]:
    at = city_terms(hidden, beta, link)
    bread = np.asarray(np.linalg.inv(at.information), dtype=np.float64)
    if isinstance(vcov, Iid):
        return bread, "inverse observed information", {}
    column = cluster_column(vcov) or "city"
    labels = required_column(spells, column, "cluster")
    numbers, names = pd.factorize(labels)
    own = np.zeros(len(at.loglik), dtype=np.intp)
    own[hidden.city] = numbers
    if (own[hidden.city] != numbers).any():
        city = spells.frame["city"].to_numpy()[own[hidden.city] != numbers][0]
        seen = f"a city in several clusters of '{column}' ({city})"
        raise SpecError(Fault(seen, "clusters of whole cities", "Cluster by city or above."))
    half = cluster_scores(at.score, own, len(names)) @ bread
    return half.T @ half, f"clustered by {column}", {column: len(names)}
