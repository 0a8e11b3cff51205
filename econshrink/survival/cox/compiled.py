"""The Cox likelihood and its clustered scores by compiled loops; see `cox_kernels`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import group_sums
from econshrink.survival.cox import kernels
from econshrink.survival.cox.risk_sets import RiskSets
from econshrink.survival.kernel.intervals import RANGE, Floats, Ints
from econshrink.survival.kernel.newton import Point
from econshrink.survival.options import Compiled, Engine


@dataclass(frozen=True, eq=False)
class LoopState:
    """Sums at one coefficient vector: (m,), (d, 1 + k) twice, and (5, d); see `cox_kernels`."""

    loglik: float
    risk: Floats
    everyone: Floats
    dying: Floats
    sums: Floats
    safe: bool


class Loops:
    """The loops, compiled or, for tests, as Python runs them."""

    def __init__(
        self, translate: Callable[[kernels.Kernel], kernels.Kernel] = kernels.compiled
    ) -> None:
        self._relative_risks = translate(kernels.relative_risks)
        self._moments = translate(kernels.moments)
        self._hazard_steps = translate(kernels.hazard_steps)
        self._expected_events = translate(kernels.expected_events)
        self._derivatives = translate(kernels.derivatives)
        self._clustered = translate(kernels.clustered_residuals)

    def state(self, sets: RiskSets, beta: Floats) -> LoopState:
        """Evaluate the log-likelihood and what its derivatives need."""
        eta, risk = np.empty(len(sets.x)), np.empty(len(sets.x))
        self._relative_risks(sets.x, sets.weight, sets.offset, sets.begins, beta, eta, risk)
        reach = sets.intervals
        everyone, dying = self._moments(
            sets.x, sets.deaths, reach.lo, reach.hi, reach.single, risk, reach.size
        )
        sums = np.zeros((5, reach.size))
        steps = sets.step_time, sets.step_share, sets.step_weight
        logs, ratio = self._hazard_steps(everyone, dying, *steps, sums)
        loglik = float(sets.death_weight @ eta[sets.deaths] - logs)
        return LoopState(loglik, risk, everyone, dying, sums, reach.single or ratio >= RANGE)

    def point(self, sets: RiskSets, state: LoopState, beta: Floats) -> Point:
        """Add the score and the information to a state."""
        reach = sets.intervals
        expected = np.empty(len(sets.x))
        self._expected_events(
            sets.deaths, reach.lo, reach.hi, reach.single, state.risk, state.sums, expected
        )
        score, information = self._derivatives(
            sets.x,
            sets.death_x,
            sets.death_weight,
            expected,
            state.everyone,
            state.dying,
            state.sums,
        )
        return Point(beta, state.loglik, score, information, state)

    def clustered(self, sets: RiskSets, state: LoopState, cluster: Ints, count: int) -> Floats:
        """Weighted score residuals summed within clusters 0, ..., count-1 of the rows."""
        events = group_sums(sets.step_weight, sets.step_time, sets.intervals.size)
        total: Floats = self._clustered(
            sets.x,
            sets.event,
            sets.weight,
            sets.intervals.lo,
            sets.intervals.hi,
            state.risk,
            state.everyone,
            state.dying,
            state.sums,
            events,
            cluster,
            count,
        )
        return total


def compiled_loops(engine: Engine) -> Loops | None:
    """The loops if the engine asks for them; raises `MissingExtra` if they cannot be compiled."""
    return Loops() if isinstance(engine, Compiled) else None
