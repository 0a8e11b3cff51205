"""Trend of migration effectiveness over the years: who attracts more and more."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.errors import DataError, Fault
from econshrink.flows.network.role_tests import effectiveness_error
from econshrink.flows.network.strength import strengths
from econshrink.nouns.flows import FlowPanel


def effectiveness_trend(panel: FlowPanel, kappa: float = 0.0) -> pd.DataFrame:
    """Slope of (in − out)/(in + out) on the year by weighted least squares with known errors.

    Each year's error follows from its counts with Var = F + κF²; the slope's standard error is
    (Σ w (t − t̄)²)^(−1/2) with weights w = 1 / error².

    Parameters
    ----------
    panel : FlowPanel
        Complete counts of two years or more.
    kappa : float
        Overdispersion.

    Returns
    -------
    DataFrame
        Index: city; columns ``slope`` a year, ``std_error``, ``p_value`` (two-sided, normal).

    Raises
    ------
    DataError
        A single year.

    Examples
    --------
    >>> from econshrink.nouns.flows import FlowNetwork
    >>> first, last = np.array([[0.0, 50], [50, 0]]), np.array([[0.0, 30], [70, 0]])
    >>> nets = [FlowNetwork(("a", "b"), f, year=y) for f, y in ((first, 2020), (last, 2021))]
    >>> effectiveness_trend(FlowPanel(tuple(nets)))["slope"].round(3).tolist()
    [0.4, -0.4]
    """
    years = np.array(panel.years, dtype=np.float64)
    if len(years) < 2:
        raise DataError(Fault("one year", "two or more", "A trend needs years."))
    effect = np.array([strengths(net)["effectiveness"].to_numpy() for net in panel])
    error = np.array(
        [
            effectiveness_error(np.asarray(net.flows), np.asarray(net.flows + kappa * net.flows**2))
            for net in panel
        ]
    )
    weight = 1.0 / error**2
    centre = (weight * years[:, None]).sum(axis=0) / weight.sum(axis=0)
    away = years[:, None] - centre
    spread = (weight * away**2).sum(axis=0)
    slope = (weight * away * effect).sum(axis=0) / spread
    deviation = 1.0 / np.sqrt(spread)
    return pd.DataFrame(
        {
            "slope": slope,
            "std_error": deviation,
            "p_value": 2 * special.ndtr(-np.abs(slope / deviation)),
        },
        index=pd.Index(panel.networks[0].cities, name="city"),
    )
