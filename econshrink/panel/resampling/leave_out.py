"""Fixed effects without each city or province in turn: influence and the cluster jackknife."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.jackknife import left_out_coefficients
from econshrink.inference.vcov import Clustered
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.fixed_effects import fe_estimate
from econshrink.panel.resampling.engine import resampler


@dataclass(frozen=True, eq=False)
class LeaveOut:
    """Coefficients without each unit in turn.

    Parameters
    ----------
    estimate : Estimate
        Of the full sample.
    table : DataFrame
        Index: the unit left out; one column a term, missing where some coefficient is not
        identified without the unit.
    by : str
    """

    estimate: Estimate
    table: pd.DataFrame
    by: str

    @property
    def covariance(self) -> Floats:
        """CRV3: (G−1)/G Σ (b_(g) − b)(b_(g) − b)'; raises `SpecError` if some b_(g) is missing."""
        lost = self.table.index[self.table.isna().any(axis=1)]
        if len(lost):
            raise SpecError(
                Fault(
                    f"{len(lost)} clusters without which some coefficient is not identified "
                    f"({', '.join(map(str, lost[:5]))})",
                    "coefficients that no single cluster carries alone",
                    "Leave out the covariate that varies in one cluster only, or use Clustered.",
                )
            )
        count = len(self.table)
        spread = self.table.to_numpy() - self.estimate.coefficients
        return symmetric((count - 1) / count * spread.T @ spread)

    def influence(self, term: str) -> pd.Series:
        """Change of a coefficient when each unit is left out, largest first."""
        change = self.table[term] - self.estimate.coefficient(term)
        return change.sort_values(key=np.abs, ascending=False, kind="stable")

    def as_estimate(self) -> Estimate:
        """The estimate with the CRV3 covariance and t(G − 1)."""
        count = len(self.table)
        return replace(
            self.estimate,
            covariance=self.covariance,
            vcov_label=f"cluster jackknife (CRV3) by {self.by}, about the estimate",
            small_sample="none",
            vcov_kind="jackknife",
            df_t=count - 1.0,
            clusters={self.by: count},
            stats=self.estimate.stats | {"vcov_factor": (count - 1) / count},
        )


def leave_out_fe(
    data: Any,
    model: Spec | str,
    by: str | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> LeaveOut:
    """Estimate without each city (or province …) in turn, by downdates of the Grams.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
    by : str
        Unit that is left out.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    LeaveOut

    Raises
    ------
    SpecError, DataError
        See `resampler`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat(["110000", "120000", "130000"], 3), "year": [2010, 2011, 2012] * 3,
    ...     "y": [1.0, 3, 4, 2, 2, 6, 1, 0, 2], "x": [0.0, 1, 1, 1, 0, 3, 2, 0, 1]}))
    >>> leave_out_fe(panel, Spec("y", ("x",), ("city",))).table["x"].round(4).to_dict()
    {'110000': 1.15, '120000': 1.0, '130000': 1.5625}
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=(by or "",))
    by = by or panel.unit
    engine = resampler(panel, spec, by)
    changes = left_out_coefficients(engine.grams)
    table = pd.DataFrame(
        engine.coefficients(changes),
        index=pd.Index(engine.units, name=by),
        columns=list(engine.design.names),
    )
    estimate = fe_estimate(panel, spec, engine.design, engine.fit, Clustered(by))
    return LeaveOut(estimate, table, by)
