"""Gains from collaboration: flows if neighbours were better linked, with parameter uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.flows.gravity.fit import GravityFit
from econshrink.flows.gravity.ppml import SWEEP_TOLERANCE
from econshrink.inference.resampling import Resampling


@dataclass(frozen=True)
@typed_fields
class BetterLinks:
    """Between the pairs chosen, the cost of distance falls by a share.

    Parameters
    ----------
    closer : float
        Share by which distance shrinks in effect: 0.2 makes 100 km work like 80.
    """

    closer: float = 0.2


@dataclass(frozen=True, eq=False)
class Collaboration:
    """Change of flows under a counterfactual.

    Parameters
    ----------
    frame : DataFrame
        Index: city; ``in`` change of arrivals over arrivals, ``out`` change of the share of
        leavers who go to linked partners, ``net`` change of net flow over leavers; each with
        ``_low`` and ``_high``.
    moves : tuple of float
        Change of all moves between chosen pairs, over their fitted flow: estimate and limits.
    level : float
    """

    frame: pd.DataFrame
    moves: tuple[float, float, float]
    level: float


def collaboration_gains(
    fit: GravityFit,
    pairs: np.ndarray,
    links: BetterLinks | None = None,
    resampling: Resampling = Resampling(500),  # noqa: B008
    *,
    term: str = "log_km",
    level: float = 0.9,
) -> Collaboration:
    """What better links would do to the fitted flows of one year, leavers of each city held.

    Every pair chosen gets the factor (1 − closer)^β with β the distance slope. Each origin's
    leavers stay as many as they were (a person moves once), so better links redirect moves
    rather than make them: flows are rescaled by origin. Slopes are drawn from their normal
    distribution, and the limits hold that uncertainty only, not that of the model: a
    conditional exercise, causal only if distance acts as the slope says.

    Parameters
    ----------
    fit : GravityFit
        One year, with log distance among the regressors.
    pairs : ndarray of bool, shape (n, n)
        Symmetric: the pairs that are linked better.
    links : BetterLinks, optional
    resampling : Resampling
        Of the slope; no scheme and no cluster.
    term : str
        Name of the distance regressor.
    level : float

    Returns
    -------
    Collaboration

    Raises
    ------
    SpecError
        A fit of several years, pairs that are not symmetric or none, a share outside (0, 1).
    """
    chosen = links or BetterLinks()
    raise_all(SpecError, _faults(fit, pairs, chosen))
    rng = resampling.plain("drawn slopes").generator("collaboration_gains")
    beta, error = fit.estimate.coefficient(term), fit.estimate.std_error(term)
    base = fit.mean[0]
    outcomes = [
        _changes(base, pairs, (1 - chosen.closer) ** slope)
        for slope in (beta, *rng.normal(beta, error, resampling.draws))
    ]
    tail = (1 - level) / 2
    columns: dict[str, Floats] = {}
    for name in ("in", "out", "net"):
        drawn = np.array([change[name] for change in outcomes[1:]])
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        columns |= {name: outcomes[0][name], f"{name}_low": low, f"{name}_high": high}
    moves = np.array([float(change["moves"][0]) for change in outcomes[1:]])
    limits = np.quantile(moves, [tail, 1 - tail])
    frame = pd.DataFrame(columns, index=pd.Index(fit.panel.networks[0].cities, name="city"))
    whole = (float(outcomes[0]["moves"][0]), float(limits[0]), float(limits[1]))
    return Collaboration(frame, whole, level)


def _changes(base: Floats, pairs: np.ndarray, factor: float) -> dict[str, Floats]:
    raised = np.where(pairs, base * factor, base)
    scale = base.sum(axis=1) / np.maximum(raised.sum(axis=1), SWEEP_TOLERANCE)
    new = raised * scale[:, None]
    into, out = base.sum(axis=0), base.sum(axis=1)
    inside = np.array([(new[pairs].sum() / base[pairs].sum()) - 1.0])
    return {
        "in": new.sum(axis=0) / into - 1.0,
        "out": np.where(pairs, new, 0.0).sum(axis=1) / out
        - np.where(pairs, base, 0.0).sum(axis=1) / out,
        "net": (new.sum(axis=0) - into) / out,
        "moves": inside,
    }


def _faults(fit: GravityFit, pairs: np.ndarray, links: BetterLinks) -> list[Fault]:
    faults = []
    if len(fit.mean) != 1:
        faults.append(Fault(f"a fit of {len(fit.mean)} years", "one", "Fit the sum."))
    if not 0 < links.closer < 1:
        faults.append(Fault(f"closer {links.closer}", "above 0 and below 1", "Choose 0.2."))
    if pairs.shape != fit.mean.shape[1:] or not (pairs == pairs.T).all() or not pairs.any():
        seen = f"pairs of shape {pairs.shape}, {int(pairs.sum())} chosen"
        faults.append(Fault(seen, "a symmetric choice, one at least", "Mend it."))
    return faults
