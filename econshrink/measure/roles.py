"""Roles of cities in a flow network by a formal rule, with tests and error rates.

In order of priority:

1. Core: given, by a rule such as `core_by_size`.
2. Two-way node: an equivalence test (TOST) puts the migration effectiveness within ±τ, *and* the
   city turns over much (upper tercile of non-core cities) or exchanges more than gravity says.
3. Receiver, loser: the hypothesis |effectiveness| ≤ τ is rejected with the false discovery rate
   held over the non-core cities; the sign decides.
4. Else peripheral-balanced: neither gain, loss nor two-way role is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from econshrink.arrays import Floats
from econshrink.errors import DataError, Fault, SpecError, raise_all
from econshrink.measure.network.strength import strengths
from econshrink.nouns.flows import FlowNetwork

CORE, TWO_WAY, RECEIVER, LOSER, BALANCED = (
    "core",
    "two-way node",
    "receiver",
    "loser",
    "peripheral-balanced",
)
ROLES = (CORE, TWO_WAY, RECEIVER, LOSER, BALANCED)


@dataclass(frozen=True)
class RoleRule:
    """Thresholds of the rule.

    Parameters
    ----------
    tau : float
        Effectiveness up to which a city counts as balanced.
    alpha : float
        Level of the equivalence test.
    fdr : float
        False discovery rate of receivers and losers.
    turnover_quantile : float
        Quantile of non-core turnover from which it counts as much.
    reciprocity_level : float
        Quantile of the null reciprocity above which a city exchanges more than gravity says.

    Raises
    ------
    SpecError
        A number outside (0, 1).
    """

    tau: float = 0.05
    alpha: float = 0.05
    fdr: float = 0.05
    turnover_quantile: float = 2 / 3
    reciprocity_level: float = 0.95

    def __post_init__(self) -> None:
        raise_all(
            SpecError,
            [
                Fault(f"{name} {value}", "above 0 and below 1", "Mend it.", "RoleRule")
                for name, value in vars(self).items()
                if not 0 < value < 1
            ],
        )


@dataclass(frozen=True, eq=False)
class Roles:
    """Roles with the evidence behind them.

    Parameters
    ----------
    frame : DataFrame
        Index: city. ``role, effectiveness, std_error, conf_low, conf_high`` (false coverage rate
        held for receivers and losers), ``p_equivalence, p_beyond, q_beyond`` (Benjamini–Hochberg),
        ``turnover, much_turnover, reciprocity, more_reciprocal``.
    rule : RoleRule
    notes : tuple of str
    """

    frame: pd.DataFrame
    rule: RoleRule
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Role of each city."""
        return tuple(self.frame["role"])


def assign_roles(
    network: FlowNetwork,
    core: np.ndarray,
    variance: Floats,
    rule: RoleRule | None = None,
    reciprocity_limit: Floats | None = None,
) -> Roles:
    """Label every city by the rule above.

    Parameters
    ----------
    network : FlowNetwork
        Complete counts.
    core : ndarray of bool, shape (n,)
    variance : ndarray, shape (n, n)
        Variance of each flow around its mean: the flow itself if Poisson, F + κF² if overdispersed.
    rule : RoleRule, optional
    reciprocity_limit : ndarray, shape (n,), optional
        Quantile of reciprocity under a null; without it only turnover makes a two-way node.

    Returns
    -------
    Roles

    Raises
    ------
    DataError
        Shares instead of counts, unlisted pairs, wrong shapes, fewer than three non-core cities.

    Examples
    --------
    >>> flows = 100.0 * np.array([[0, 90, 6, 5], [90, 0, 6, 5], [6, 6, 0, 0], [1, 1, 0, 0]])
    >>> net = FlowNetwork(("a", "b", "c", "d"), flows)
    >>> assign_roles(net, np.array([True, False, False, False]), flows).labels
    ('core', 'two-way node', 'peripheral-balanced', 'receiver')
    """
    network.require_complete("roles")
    network.require_counts("roles")
    chosen = rule or RoleRule()
    raise_all(DataError, _faults(network, core, variance))
    table = strengths(network)
    effect = table["effectiveness"].to_numpy()
    error = effectiveness_error(np.asarray(network.flows), variance)
    outer = ~np.asarray(core, dtype=bool)
    equal, beyond = equivalence_p(effect, error, chosen.tau), beyond_p(effect, error, chosen.tau)
    adjusted = np.full(network.count, np.nan)
    adjusted[outer] = benjamini_hochberg(beyond[outer])
    much = _much(table["turnover"].to_numpy(), outer, chosen)
    reciprocity = table["reciprocity"].to_numpy()
    more = np.zeros(network.count, dtype=bool)
    if reciprocity_limit is not None:
        more = reciprocity > reciprocity_limit
    with np.errstate(invalid="ignore"):
        clear = outer & (adjusted <= chosen.fdr)
        two_way = outer & (equal < chosen.alpha) & (much | more)
    role = np.full(network.count, BALANCED, dtype=object)
    role[clear & (effect > 0)], role[clear & (effect < 0)] = RECEIVER, LOSER
    role[two_way], role[~outer] = TWO_WAY, CORE
    low, high = _intervals(effect, error, clear, outer, chosen)
    frame = pd.DataFrame(
        {
            "role": role,
            "effectiveness": effect,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
            "p_equivalence": equal,
            "p_beyond": beyond,
            "q_beyond": adjusted,
            "turnover": table["turnover"],
            "much_turnover": much,
            "reciprocity": reciprocity,
            "more_reciprocal": more,
        },
        index=table.index,
    )
    without = "" if network.stocks is not None else "; stocks unknown, turnover is per total flow"
    return Roles(frame, chosen, (f"τ = {chosen.tau:g}{without}",))


def effectiveness_error(flows: Floats, variance: Floats) -> Floats:
    """Standard error of (in − out)/(in + out) by the delta method; flows are independent.

    Var = 4 (out² V_in + in² V_out) / (in + out)⁴.

    Examples
    --------
    >>> flows = np.array([[0.0, 50.0], [50.0, 0.0]])
    >>> effectiveness_error(flows, flows)  # Poisson: 1 / √(in + out)
    array([0.1, 0.1])
    """
    out, into = flows.sum(axis=1), flows.sum(axis=0)
    spread = out**2 * variance.sum(axis=0) + into**2 * variance.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * np.sqrt(spread) / (out + into) ** 2)


def equivalence_p(effect: Floats, error: Floats, tau: float) -> Floats:
    """p-value of the two one-sided tests of |effect| < τ: the larger of the two.

    Examples
    --------
    >>> equivalence_p(np.array([0.0]), np.array([0.05 / 1.6448536]), 0.05).round(3)
    array([0.05])
    """
    upper, lower = special.ndtr((effect - tau) / error), special.ndtr((-effect - tau) / error)
    return np.asarray(np.maximum(upper, lower))


def beyond_p(effect: Floats, error: Floats, tau: float) -> Floats:
    """p-value of H0 |θ| ≤ τ: P(|Z| ≥ |effect|) for Z normal around τ, the least favourable.

    Examples
    --------
    >>> beyond_p(np.array([1.96]), np.array([1.0]), 0.0).round(3)
    array([0.05])
    """
    size = np.abs(effect)
    upper, lower = special.ndtr((tau - size) / error), special.ndtr((-tau - size) / error)
    return np.asarray(upper + lower)


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Adjusted p-values that hold the false discovery rate (Benjamini and Hochberg 1995).

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.04, 0.04])
    """
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    raised = p_values[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted


def role_stability(
    network: FlowNetwork,
    core: np.ndarray,
    variance: Floats,
    reciprocity_limit: Floats | None = None,
    *,
    taus: Iterable[float] = (0.025, 0.05, 0.075, 0.1),
    quantiles: Iterable[float] = (0.5, 2 / 3, 0.75),
    levels: Iterable[float] = (0.01, 0.05, 0.1),
) -> pd.DataFrame:
    """Share of threshold choices under which each city has each role; index city, columns roles."""
    labels = [
        assign_roles(
            network,
            core,
            variance,
            RoleRule(tau=tau, alpha=level, fdr=level, turnover_quantile=quantile),
            reciprocity_limit,
        ).labels
        for tau in taus
        for quantile in quantiles
        for level in levels
    ]
    return _shares(labels, network)


def role_probabilities(
    network: FlowNetwork,
    draws: Iterable[Floats],
    core_of: Callable[[Floats], np.ndarray],
    rule: RoleRule | None = None,
    reciprocity_limit: Floats | None = None,
) -> pd.DataFrame:
    """Share of drawn networks in which each city lies in the region of each role.

    The regions are those of the rule without its tests: core; else |effectiveness| ≤ τ with much
    turnover or reciprocity above the limit; above τ; below −τ; the rest balanced.

    Parameters
    ----------
    network : FlowNetwork
        Gives cities and stocks.
    draws : iterable of ndarray, each of shape (n, n)
        Plausible mean flows, such as `gamma_draws` or sums of resampled years.
    core_of : callable
        Flows -> core, shape (n,).
    rule : RoleRule, optional
    reciprocity_limit : ndarray, shape (n,), optional

    Returns
    -------
    DataFrame
        Index: city, columns: `ROLES`, rows sum to one.
    """
    chosen = rule or RoleRule()
    labels = []
    for flows in draws:
        drawn = replace(network, flows=flows)
        outer = ~core_of(flows)
        table = strengths(drawn)
        effect = table["effectiveness"].to_numpy()
        lively = _much(table["turnover"].to_numpy(), outer, chosen)
        if reciprocity_limit is not None:
            lively |= table["reciprocity"].to_numpy() > reciprocity_limit
        role = np.full(network.count, BALANCED, dtype=object)
        role[effect > chosen.tau], role[effect < -chosen.tau] = RECEIVER, LOSER
        role[(np.abs(effect) <= chosen.tau) & lively] = TWO_WAY
        role[~outer] = CORE
        labels.append(tuple(role))
    return _shares(labels, network)


def gamma_draws(
    flows: Floats, variance: Floats, rng: np.random.Generator, count: int
) -> Iterable[Floats]:
    """Plausible mean flows: gamma with mean F and the given variance (at least 1 where F is 0).

    Examples
    --------
    >>> draw = next(iter(gamma_draws(np.array([[0.0, 9], [9, 0]]), np.array([[0.0, 9], [9, 0]]),
    ...                              np.random.default_rng(0), 1)))
    >>> draw.shape, float(draw[0, 0])
    ((2, 2), 0.0)
    """
    off = ~np.eye(len(flows), dtype=bool)
    mean = np.where(flows > 0, flows, 0.5)
    spread = np.where(flows > 0, np.maximum(variance, flows), 0.5)
    for _ in range(count):
        yield np.where(off, rng.gamma(mean**2 / spread, spread / mean), 0.0)


def label_flips(
    network: FlowNetwork,
    label: Callable[[FlowNetwork], tuple[str, ...]],
    rng: np.random.Generator,
    *,
    left_out: float = 0.1,
    draws: int = 200,
) -> pd.Series:
    """Share of draws in which a city's label changes when movers are left out at random.

    Parameters
    ----------
    network : FlowNetwork
        Whole counts.
    label : callable
        Network -> role of each city; run on the full network too.
    rng : Generator
    left_out : float
        Share of movers left out, one in ten by default.
    draws : int

    Returns
    -------
    Series
        Index: city.
    """
    counts = np.asarray(network.flows)
    if not np.array_equal(counts, np.round(counts)):
        raise DataError(Fault("flows that are no whole numbers", "counts", "Do not rescale them."))
    base = np.array(label(network), dtype=object)
    whole = counts.astype(np.int64)
    changed = np.zeros(network.count)
    for _ in range(draws):
        kept = rng.binomial(whole, 1.0 - left_out).astype(np.float64)
        changed += np.array(label(replace(network, flows=kept)), dtype=object) != base
    return pd.Series(changed / draws, index=pd.Index(network.cities, name="city"), name="flips")


def _intervals(
    effect: Floats, error: Floats, clear: np.ndarray, outer: np.ndarray, rule: RoleRule
) -> tuple[Floats, Floats]:
    """Plain intervals, widened for the R of m selected cities to level 1 − fdr·R/m."""
    level = np.full(len(effect), rule.alpha)
    level[clear] = rule.fdr * clear.sum() / max(int(outer.sum()), 1)
    reach = -special.ndtri(level / 2) * error
    return effect - reach, effect + reach


def _much(turnover: Floats, outer: np.ndarray, rule: RoleRule) -> np.ndarray:
    limit = np.quantile(turnover[outer], rule.turnover_quantile) if outer.any() else np.inf
    return np.asarray(outer & (turnover >= limit))


def _shares(labels: list[tuple[str, ...]], network: FlowNetwork) -> pd.DataFrame:
    table = np.array(labels, dtype=object)
    return pd.DataFrame(
        {role: (table == role).mean(axis=0) for role in ROLES},
        index=pd.Index(network.cities, name="city"),
    )


def _faults(network: FlowNetwork, core: np.ndarray, variance: Floats) -> list[Fault]:
    n = network.count
    faults = []
    if np.shape(core) != (n,) or np.shape(variance) != (n, n):
        seen = f"core {np.shape(core)}, variance {np.shape(variance)}"
        faults.append(Fault(seen, f"({n},) and ({n}, {n})", "Give one value a city and a pair."))
    elif (~np.asarray(core, dtype=bool)).sum() < 3:
        faults.append(Fault("fewer than three non-core cities", "three", "Enlarge the region."))
    idle = [
        network.labels[i]
        for i in np.flatnonzero(network.out_strength + network.in_strength == 0).tolist()
    ]
    if idle:
        faults.append(
            Fault(f"no flow of {', '.join(idle)}", "some", "Leave them out: they have no role.")
        )
    return faults
