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

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.flows.network.role_tests import (
    benjamini_hochberg,
    beyond_p,
    effectiveness_error,
    equivalence_p,
)
from econshrink.flows.network.strength import strengths
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
@typed_fields
class RoleRule:
    """Thresholds of the rule.

    Parameters
    ----------
    tau : float
        Effectiveness up to which a city counts as balanced.
    size : float
        Of the equivalence test.
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
    size: float = 0.05
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
    much = turns_over_much(table["turnover"].to_numpy(), outer, chosen)
    reciprocity = table["reciprocity"].to_numpy()
    more = np.zeros(network.count, dtype=bool)
    if reciprocity_limit is not None:
        more = reciprocity > reciprocity_limit
    with np.errstate(invalid="ignore"):
        clear = outer & (adjusted <= chosen.fdr)
        two_way = outer & (equal < chosen.size) & (much | more)
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


def _intervals(
    effect: Floats, error: Floats, clear: np.ndarray, outer: np.ndarray, rule: RoleRule
) -> tuple[Floats, Floats]:
    """Plain intervals, widened for the R of m selected cities to level 1 − fdr·R/m."""
    level = np.full(len(effect), rule.size)
    level[clear] = rule.fdr * clear.sum() / max(int(outer.sum()), 1)
    reach = -special.ndtri(level / 2) * error
    return effect - reach, effect + reach


def turns_over_much(turnover: Floats, outer: np.ndarray, rule: RoleRule) -> np.ndarray:
    """Non-core cities (`outer`) at or above the rule's quantile of turnover among them."""
    limit = np.quantile(turnover[outer], rule.turnover_quantile) if outer.any() else np.inf
    return np.asarray(outer & (turnover >= limit))


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
