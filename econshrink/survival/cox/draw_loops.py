"""Derivatives of reweighted draws by compiled loops; see `cox_draw_kernels`."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import NDArray

from econshrink.survival.cox import draw_kernels as kernels
from econshrink.survival.cox.kernels import Kernel, compiled
from econshrink.survival.cox.risk_sets import RiskSets
from econshrink.survival.kernel.intervals import RANGE, Floats, Ints
from econshrink.survival.options import Compiled, Engine

_TILE = 32  # draws: enough to fill vector registers, few enough for their sums to stay in cache


class _Memory:
    """Arrays by name, used again: to touch a fresh one may take longer than to compute it."""

    def __init__(self) -> None:
        self._held: dict[str, Floats] = {}

    def array(self, name: str, *shape: int) -> Floats:
        """An array of this shape, whatever it holds."""
        size = prod(shape)
        if name not in self._held or self._held[name].size < size:
            self._held[name] = np.empty(size)
        return self._held[name][:size].reshape(shape)


class DrawLoops:
    """The loops, compiled or, for tests, as Python runs them; one at a time may use them."""

    def __init__(self, translate: Callable[[Kernel], Kernel] = compiled) -> None:
        self._risks = translate(kernels.draw_risks)
        self._moments = translate(kernels.draw_moments)
        self._deaths = translate(kernels.draw_deaths)
        self._hazards = translate(kernels.draw_hazards)
        self._means = translate(kernels.draw_means)
        self._squares = translate(kernels.draw_squares)
        self._memory = _Memory()

    def derivatives(
        self,
        sets: RiskSets,
        rows: tuple[Floats, Ints],
        events: Floats,
        counts: Floats,
        change: Floats | None,
        *,
        average_ties: bool,
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Evaluate B draws of clusters; see `cox_draws.draw_derivatives`.

        `rows` are the relative risk and the cluster of every row; both (m,).
        """
        k, draws = sets.parameters, events.shape[1]
        score, information = np.zeros((k, draws)), np.zeros((k, k, draws))
        exact = np.ones(draws, dtype=bool)
        for begin in range(0, draws, _TILE):
            tile = slice(begin, begin + _TILE)
            step = None if change is None else np.ascontiguousarray(change[:, tile])
            risks = self.risks(sets.x, rows, np.ascontiguousarray(counts[:, tile]), step)
            mine = np.ascontiguousarray(events[:, tile])
            found = self._tile(sets, risks, mine, average_ties)
            score[:, tile], information[:, :, tile], exact[tile] = found
        for j in range(k):
            information[:j, j] = information[j, :j]
        return score, information, exact

    def risks(
        self, x: Floats, rows: tuple[Floats, Ints], counts: Floats, change: Floats | None
    ) -> Floats:
        """Copies of every row's cluster times its relative risk; shape (m, T)."""
        base, cluster = rows
        risks = self._memory.array("risks", len(x), counts.shape[1])
        if change is None:
            np.take(counts, cluster, axis=0, out=risks, mode="clip")
            risks *= base[:, None]
        else:
            self._risks(x, base, cluster, counts, change, risks, np.empty(counts.shape[1]))
        return risks

    def _tile(
        self, sets: RiskSets, risks: Floats, events: Floats, average_ties: bool
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Score (k, T), lower triangle of the information (k, k, T) and `exact` (T,)."""
        (size, draws), k, reach = events.shape, sets.parameters, sets.intervals
        array, x, lo, hi = self._memory.array, sets.x, reach.lo, reach.hi
        leaving = reach.leaving[: 0 if reach.single else None]
        everyone, dying = array("moments", 2, size, k + 1, draws)
        self._moments(x, lo, hi, leaving, risks, np.zeros((k + 1, draws)), everyone)
        self._deaths(x, sets.deaths, hi, risks, dying)
        sums, extremes = array("sums", size, 5, draws), np.zeros((2, draws))
        extremes[0] = np.inf
        self._hazards(everyone, dying, events, average_ties, sums, extremes)
        score, information = np.zeros((k, draws)), np.zeros((k, k, draws))
        self._means(everyone, dying, sums, np.empty((2, k, draws)), score, information)
        level = array("level", size + 1, draws)
        self._squares(x, sets.event, lo, hi, reach.single, risks, sums, level, information)
        return score, information, reach.single | (extremes[0] >= RANGE * extremes[1])


def draw_loops(engine: Engine) -> DrawLoops | None:
    """The loops if the engine asks for them; raises `MissingExtra` if they cannot be compiled."""
    return DrawLoops() if isinstance(engine, Compiled) else None
