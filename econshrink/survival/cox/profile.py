"""Profile-likelihood intervals: how far a coefficient can go before the likelihood falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import optimize, stats as distributions

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import partial_point
from econshrink.survival.cox.residuals import restore
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import maximise
from econshrink.survival.kernel.risk_sets import RiskSets


@takes_tables
def profile_intervals(spells: SpellTable, estimate: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Intervals of the values that a likelihood-ratio test does not refuse.

    They are better than estimate plus and minus standard errors where events are few, and do not
    allow for clusters.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to.
    estimate : Estimate
        From `fit_cox`, with Efron or Breslow ties.
    level : float

    Returns
    -------
    DataFrame
        Columns ``term, estimate, conf_low, conf_high, lr_chi2, p_value``; the test is that the
        coefficient is zero. A limit is infinite if the likelihood never falls that far.

    Raises
    ------
    SpecError
        A level outside 0 to 1, or exact ties.
    DataError
        The table is not the fitted one.

    Examples
    --------
    >>> from econshrink.survival.cox.fit import fit_cox
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0]}),
    ...     rule_id="example")
    >>> table = profile_intervals(spells, fit_cox(spells, ["x"]))
    >>> table[["conf_low", "conf_high"]].round(3).to_numpy().tolist()
    [[-1.169, 3.104]]
    """
    if not 0 < level < 1:
        raise SpecError(Fault(f"level {level:g}", "a level between 0 and 1", "Try 0.95."))
    state = restore(spells, estimate)
    beta = estimate.coefficients * state.sets.scale
    best = partial_point(state.sets, beta)
    errors = np.sqrt(np.diag(np.linalg.inv(best.information)))
    target = float(distributions.chi2.ppf(level, 1))
    rows = []
    for j, term in enumerate(estimate.terms):
        drop = _drop(state.sets, beta, best.loglik, j)
        low, high = (
            drop_limit(drop, float(beta[j]), sign * float(errors[j]), target)
            for sign in (-1.0, 1.0)
        )
        chi2 = max(drop(0.0), 0.0)
        scale = state.sets.scale[j]
        p_value = float(distributions.chi2.sf(chi2, 1))
        rows.append((term, estimate.coefficients[j], low / scale, high / scale, chi2, p_value))
    columns = ["term", "estimate", "conf_low", "conf_high", "lr_chi2", "p_value"]
    return pd.DataFrame(rows, columns=columns)


def drop_limit(drop: Callable[[float], float], centre: float, step: float, target: float) -> float:
    """Where `drop`, zero at the centre, reaches the target in the direction of the step.

    Infinite if it does not within 10,000 steps.
    """
    reach = 2.0
    while drop(centre + reach * step) < target:
        reach *= 1.5
        if reach > 1e4:
            return float(np.copysign(np.inf, step))
    far = centre + reach * step
    ends = (min(centre, far), max(centre, far))
    return float(optimize.brentq(lambda value: drop(value) - target, ends[0], ends[1], xtol=1e-10))


def _drop(sets: RiskSets, beta: Floats, top: float, j: int) -> Callable[[float], float]:
    """Twice the fall of the log-likelihood if coefficient j is held at a value (scaled units)."""
    others = np.delete(np.arange(len(beta)), j)
    names = tuple(f"coefficient {i + 1}" for i in others)
    x = np.asfortranarray(sets.x[:, others])

    def drop(value: float) -> float:
        held = replace(sets, x=x, offset=sets.offset + sets.x[:, j] * value)
        if not len(others):
            return 2 * (top - partial_point(held, np.zeros(0)).loglik)
        found = maximise(lambda b: partial_point(held, b), x, names, beta[others], ranked=True)
        return 2 * (top - found.best.loglik)

    return drop
