"""Balance of an instrument or a share, and whether it predicts what came before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from econshrink.inference.linear_fit import Vcov
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.fixed_effects import fit_fe


def balance_table(
    data: Any,
    model: Spec | str,
    instrument: str,
    characteristics: Sequence[str],
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> pd.DataFrame:
    """Regress what an instrument should not predict on it, one regression each.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Its covariates other than `instrument` and the characteristic are the controls, its
        effects are absorbed; the outcome plays no part.
    instrument : str
        The instrument, or one share.
    characteristics : sequence of str
        Predetermined variables, or the outcome of an earlier period (a pre-trend test).
    vcov : Vcov
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    DataFrame
        Index characteristic: estimate, std_error, statistic, p_value, `p_holm` (adjusted for the
        number of characteristics after Holm 1979), `per_sd` (standard deviations of the
        characteristic per standard deviation of the instrument, both within the sample) and nobs.

    Raises
    ------
    SpecError, DataError
        See `fit_fe`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["z", "w", "y"])
    >>> frame["city"], frame["year"] = [f"{i:06d}" for i in range(40)], 2020
    >>> places = pd.DataFrame({"province": ["a", "b"] * 20}, index=frame["city"])
    >>> panel = CityPanel.from_long(frame, attributes=places)
    >>> spec = Spec("y", ("z",), ("province",))
    >>> balance_table(panel, spec, "z", ["w"])["nobs"].tolist()
    [40]
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time, also=None)
    rows = []
    for name in characteristics:
        controls = tuple(c for c in spec.covariates if c not in {instrument, name})
        one = replace(spec, depvar=name, covariates=(instrument, *controls))
        estimate = fit_fe(panel, one, vcov)
        tidy = estimate.tidy().set_index("term").loc[instrument]
        scale = panel.frame[instrument].std() / panel.frame[name].std()
        rows.append(
            {
                "characteristic": name,
                **tidy[["estimate", "std_error", "statistic", "p_value"]].to_dict(),
                "per_sd": estimate.coefficient(instrument) * float(scale),
                "nobs": estimate.nobs,
            }
        )
    table = pd.DataFrame(rows).set_index("characteristic")
    table.insert(4, "p_holm", holm(table["p_value"].to_numpy(dtype=float)))
    return table


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's (1979) step-down adjusted p-values."""
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.minimum(np.maximum.accumulate(steps), 1.0)
    found = np.empty(len(p_values))
    found[order] = adjusted
    return found
