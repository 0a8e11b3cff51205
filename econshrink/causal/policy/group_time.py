"""Group-time effects without covariates, and the event study that averages them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.causal.policy.adoption import Adoption
from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.hypothesis import wald
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.hypothesis import HypothesisTest

LABEL = "influence functions, clustered by city"


@dataclass(frozen=True)
class NeverTreated:
    """Compare with cities that are never treated."""


@dataclass(frozen=True)
class NotYetTreated:
    """Compare with cities not treated by then, never treated ones among them."""


@dataclass(frozen=True)
class VaryingBase:
    """Before treatment, compare each year with the one before it (the default of R's did)."""


@dataclass(frozen=True)
class UniversalBase:
    """Compare every year with the last one before treatment."""


Controls = NeverTreated | NotYetTreated
Base = VaryingBase | UniversalBase


@dataclass(frozen=True, eq=False)
class GroupTime:
    """Effects ATT(g, t) of cohort g in year t.

    Parameters
    ----------
    frame : DataFrame
        ``group, time, estimate, std_error, treated, controls``.
    influence : ndarray, shape (cities, rows)
        Influence functions ψ: the covariance of the estimates is Σ_i ψ_i ψ_i' / n².
    adoption : Adoption
    base : VaryingBase or UniversalBase
    """

    frame: pd.DataFrame
    influence: Floats
    adoption: Adoption
    base: Base

    @property
    def covariance(self) -> Floats:
        """Covariance of the rows, shape (rows, rows)."""
        return np.asarray(self.influence.T @ self.influence / len(self.influence) ** 2)


def group_time(
    data: Adoption, controls: Controls | None = None, base: Base | None = None
) -> GroupTime:
    """Difference in differences for every cohort and year (Callaway and Sant'Anna 2021).

    ATT(g, t) = mean of Y_t − Y_b over cohort g, less the same over the comparison cities, with b
    = g − 1 (before treatment: t − 1 with `VaryingBase`). Identified by parallel trends of the
    cohort and its comparison cities, without anticipation.

    Parameters
    ----------
    data : Adoption
    controls : NeverTreated or NotYetTreated, optional
        Default `NeverTreated`.
    base : VaryingBase or UniversalBase, optional
        Default `UniversalBase`.

    Returns
    -------
    GroupTime

    Raises
    ------
    SpecError
        A cohort and year without comparison cities, or with fewer than two of either.
    """
    chosen, start = controls or NeverTreated(), base or UniversalBase()
    n = len(data.cities)
    parts: list[pd.DataFrame] = []
    columns: list[Floats] = []
    for group in data.cohorts:
        numbers, anchors = _anchors(data, group, start)
        treated = data.first == group
        compared = np.column_stack(
            [
                _compared(data, chosen, group, data.years[k], data.years[anchor])
                for k, anchor in zip(numbers, anchors, strict=True)
            ]
        )
        counts = compared.sum(axis=0)
        if treated.sum() < 2 or (counts < 2).any():
            seen = f"{treated.sum()} treated and {counts.min()} comparison cities"
            raise SpecError(
                Fault(seen, "two of each", "Merge or drop the cohort.", f"cohort {group}")
            )
        gap, psi = _difference(
            data.outcome[:, numbers] - data.outcome[:, anchors], treated, compared
        )
        columns.append(psi)
        parts.append(
            pd.DataFrame(
                {
                    "group": group,
                    "time": [data.years[k] for k in numbers],
                    "estimate": gap,
                    "std_error": np.sqrt((psi**2).sum(axis=0)) / n,
                    "treated": int(treated.sum()),
                    "controls": counts,
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return GroupTime(frame, np.column_stack(columns), data, start)


def event_study(effects: GroupTime, first: int, last: int) -> Estimate:
    """Average group-time effects by years since treatment, cohorts weighted by their cities.

    Parameters
    ----------
    effects : GroupTime
    first, last : int
        Event times, such as −5 and 5. With a universal base −1 is zero by construction and left
        out of the terms.

    Returns
    -------
    Estimate
        Terms ``"e-5" … "e5"``. Cohorts whose window does not reach an event time are left out
        there, and the notes say so.

    Raises
    ------
    SpecError
        An event time that no cohort reaches.
    """
    frame = effects.frame
    event = (frame["time"] - frame["group"]).to_numpy()
    skip = {-1} if isinstance(effects.base, UniversalBase) else set()
    wanted = [e for e in range(first, last + 1) if e not in skip]
    terms, values, psi, notes = [], [], [], []
    whole = frame["group"].nunique()
    for e in wanted:
        at = np.flatnonzero(event == e)
        if not len(at):
            raise SpecError(
                Fault(f"event time {e}", f"{event.min()} to {event.max()}", "Narrow the window.")
            )
        terms.append(f"e{e}")
        value, influence = _average(effects, at)
        values.append(value)
        psi.append(influence)
        if len(at) < whole:
            notes.append(f"event time {e}: {len(at)} of {whole} cohorts")
    return _estimate(effects, terms, values, np.column_stack(psi), tuple(notes))


def overall_effect(effects: GroupTime) -> Estimate:
    """Average of all effects from treatment on, cohorts weighted by their cities ("simple")."""
    frame = effects.frame
    at = np.flatnonzero((frame["time"] >= frame["group"]).to_numpy())
    value, influence = _average(effects, at)
    return _estimate(effects, ["att"], [value], influence[:, None], ())


def event_curve(estimate: Estimate, level: float = 0.95, label: str = "") -> Curve:
    """The event study as a curve, with the reference year −1 at zero if it was left out."""
    tidy = estimate.tidy(level)
    time = [int(term.removeprefix("e")) for term in tidy["term"]]
    frame = tidy.drop(columns=["term", "statistic", "p_value"]).assign(time=time, group="all")
    if -1 not in time:
        zero = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), 0.0)
        frame = pd.concat([frame, pd.DataFrame([{**zero, "time": -1, "group": "all"}])])
    return Curve(
        frame, "event_time", level, label or estimate.method, estimate.notes,
        estimate.synthetic,
    )  # fmt: skip


def joint_pretest(estimate: Estimate) -> HypothesisTest:
    """Wald test that all effects before treatment are zero."""
    before = [k for k, term in enumerate(estimate.terms) if int(term.removeprefix("e")) < 0]
    if not before:
        raise SpecError(Fault("no term before treatment", "at least one", "Widen the window."))
    values = estimate.coefficients[before]
    block = estimate.covariance[np.ix_(before, before)]
    return wald("joint pre-test", "no effect before treatment", values, block)


def _anchors(data: Adoption, group: int, base: Base) -> tuple[list[int], list[int]]:
    """Positions of the years of a cohort's rows and of the base year of each."""
    reference = data.years.index(group - 1)
    if isinstance(base, UniversalBase):
        numbers = [k for k in range(len(data.years)) if k != reference]
        return numbers, [reference] * len(numbers)
    numbers = list(range(1, len(data.years)))
    return numbers, [k - 1 if data.years[k] < group else reference for k in numbers]


def _compared(data: Adoption, controls: Controls, group: int, time: int, base: int) -> np.ndarray:
    if isinstance(controls, NeverTreated):
        return np.asarray(np.isinf(data.first))
    return np.asarray((data.first > max(time, base)) & (data.first != group))


def _difference(change: Floats, treated: np.ndarray, compared: np.ndarray) -> tuple[Floats, Floats]:
    """Difference of mean changes (n, K) and its influence function, column by column."""
    n, counts = len(change), compared.sum(axis=0)
    mine = change[treated].mean(axis=0)
    theirs = (change * compared).sum(axis=0) / counts
    psi = treated[:, None] * (change - mine) * (n / treated.sum())
    psi = psi - compared * (change - theirs) * (n / counts)
    return np.asarray(mine - theirs), np.asarray(psi)


def _average(effects: GroupTime, at: np.ndarray) -> tuple[float, Floats]:
    """Mean of rows weighted by cohort size, with the influence of estimating the weights."""
    data, frame = effects.adoption, effects.frame
    values = frame["estimate"].to_numpy()[at]
    groups = frame["group"].to_numpy()[at]
    share = np.array([(data.first == g).mean() for g in groups])
    total = share.sum()
    weight = share / total
    member = (data.first[:, None] == groups).astype(np.float64) - share
    of_weights = member / total - member.sum(axis=1, keepdims=True) * share / total**2
    influence = effects.influence[:, at] @ weight + of_weights @ values
    return float(weight @ values), np.asarray(influence)


def _estimate(
    effects: GroupTime, terms: list[str], values: list[float], psi: Floats, notes: tuple[str, ...]
) -> Estimate:
    data = effects.adoption
    n = len(data.cities)
    return Estimate(
        "staggered difference in differences (group-time effects)",
        tuple(terms),
        np.array(values),
        psi.T @ psi / n**2,
        LABEL,
        "none",
        data.outcome.size,
        clusters={"city": n},
        stats={
            "treated": float(np.isfinite(data.first).sum()),
            "never_treated": float(np.isinf(data.first).sum()),
        },
        notes=notes,
        provenance={"source": data.source},
        synthetic=data.synthetic,
        kind="group_time",
        vcov_kind="influence",
    )
