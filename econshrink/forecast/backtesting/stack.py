"""Stacked combination: a mixture of models with weights that minimised past CRPS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.forecast.view import InformationSet

SAMPLE = 250  # draws a model that the weights are learnt from
PULL = 0.02  # towards equal weights, in units of the mean distance to the truth


@dataclass(frozen=True)
class Stack:
    """A mixture: each joint draw is taken whole from one model.

    Parameters
    ----------
    weights : tuple of float
        At least 0, adding up to 1.
    """

    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if min(self.weights, default=-1.0) < -1e-12 or abs(sum(self.weights) - 1) > 1e-9:
            seen = f"weights {self.weights}"
            raise SpecError(Fault(seen, "at least 0, adding up to 1", "Mend the weights."))

    def mix(self, members: list[Floats], rng: np.random.Generator) -> Floats:
        """Draws of the mixture, in random order; each member has as many, last axis.

        The number of draws from each model is its weight's share, rounded by largest remainder.
        """
        if len(members) == 1:
            return members[0]
        source = self.sources(members[0].shape[-1], rng)
        mixed = np.empty_like(members[0])
        for number, member in enumerate(members):
            chosen = source == number
            mixed[..., chosen] = member[..., chosen]
        return mixed

    def sources(self, total: int, rng: np.random.Generator) -> Ints:
        """Number of the member from which each draw of a mixture of several is taken."""
        raw = np.maximum(np.array(self.weights), 0) * total
        taken = np.floor(raw).astype(int)
        for index in np.argsort(-(raw - taken), kind="stable")[: total - taken.sum()]:
            taken[index] += 1
        return rng.permutation(np.repeat(np.arange(len(self.weights)), taken))


def stack_weights(miss: Floats, gap: Floats, pull: float = PULL) -> Floats:
    """Weights of the mixture with the smallest CRPS, drawn a little towards equal weights.

    The CRPS of a mixture is ``w'a - w'Bw / 2`` with ``a_k`` (miss) the mean distance of model k's
    draws to the truth and ``B_kl`` (gap) the mean distance between draws of k and l. It is convex
    over the simplex and minimised there by sequential quadratic programming, plus ``pull · mean(a)
    · |w - 1/k|²``: origins are few and models alike.
    """
    count = len(miss)
    if gap.shape != (count, count) or not (np.isfinite(miss).all() and np.isfinite(gap).all()):
        raise DataError(Fault("distances missing or misshapen", "(k,) and (k, k)", "Mend them."))
    equal = np.full(count, 1 / count)
    scale = float(miss.mean()) or 1.0
    a, b = miss / scale, gap / scale
    found = minimize(  # type: ignore[call-overload]
        lambda w: a @ w - w @ b @ w / 2 + pull * ((w - equal) ** 2).sum(),
        equal,
        jac=lambda w: a - b @ w + 2 * pull * (w - equal),
        bounds=[(0.0, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weights = np.maximum(found.x, 0.0)
    return np.asarray(weights / weights.sum())


class Tallies:
    """Distances of past draws to what came, by origin and horizon.

    What is learnt at an origin rests on targets that its year had already seen.

    Parameters
    ----------
    names : tuple of str
        Members, in the order of the weights.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._held: dict[tuple[int, int], tuple[Floats, dict[str, Floats]]] = {}
        self._done: dict[tuple[int, int], tuple[Floats, Floats]] = {}

    def remember(self, view: InformationSet, horizon: int, name: str, draws: Floats) -> None:
        """Keep some draws of a member."""
        held = self._held.setdefault((view.origin, horizon), (view.at(view.origin), {}))[1]
        held[name] = draws[:, :SAMPLE].copy()

    def settle(self, origin: int, sees: Callable[[int], InformationSet]) -> None:
        """Measure the draws whose target year an origin sees."""
        for key in [k for k in self._held if sum(k) <= origin]:
            level, draws = self._held.pop(key)
            came = sees(sum(key)).at(sum(key)) - level
            self._done[key] = _distances([draws[name] for name in self._names], came)

    def weights(self, origin: int, horizon: int) -> Floats:
        """Weights for an origin; equal as long as no past draw of that horizon is settled."""
        past = [v for (s, h), v in self._done.items() if h == horizon and s + h <= origin]
        if not past:
            return np.full(len(self._names), 1 / len(self._names))
        return stack_weights(
            np.mean([miss for miss, _ in past], axis=0), np.mean([gap for _, gap in past], axis=0)
        )


def _distances(members: list[Floats], came: Floats) -> tuple[Floats, Floats]:
    """Mean distances to the truth, and between independent draws of the members."""
    good = np.isfinite(came) & np.isfinite(sum(m[:, 0] for m in members))
    kept = [m[good] for m in members]
    miss = np.array([np.abs(m - came[good, None]).mean() for m in kept], dtype=float)
    gap = np.empty((len(kept), len(kept)))
    for j, other in enumerate(kept):
        turned = np.roll(other, 1, axis=1)
        for i in range(j, len(kept)):
            away = kept[i] - turned
            gap[i, j] = gap[j, i] = float(np.abs(away, out=away).mean())
    return miss, gap
