"""Panel-corrected standard errors (Beck and Katz)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import codes
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.linear_fit import TIME, UNIT, Covariance, Labels, LinearFit
from econshrink.inference.sandwich import repaired
from econshrink.inference.small_sample import checked_rule, degrees_of_freedom, factor

MOST_CELLS = 50_000_000


@dataclass(frozen=True)
class BeckKatz:
    """One error covariance shared by all cities, or by all years (Beck and Katz 1995).

    ``within="city"``: V = c · B Σ_i X_i' S X_i B, where S (years × years) averages the products
    of a city's residuals over cities. ``within="year"``: the original form, S (cities × cities)
    averages the products of a year's residuals over years; it needs more years than a handful.
    In unbalanced panels each cell of S averages over the units that have both rows.

    Parameters
    ----------
    within : str
        ``"city"`` or ``"year"``.
    small_sample : str
        c = N/(N−K) with K as the rule counts it without clusters; ``none`` for c = 1.

    Raises
    ------
    SpecError
        Another word; on use: more than 50 million cells of cities × years × covariates.

    Examples
    --------
    >>> BeckKatz("city").groupings
    ('(unit)', '(time)')
    """

    within: str = "year"
    small_sample: str = "none"

    def __post_init__(self) -> None:
        checked_rule(self.small_sample)
        if self.within not in {"city", "year"}:
            seen = f"within='{self.within}'"
            raise SpecError(Fault(seen, "'city' or 'year'", "Name one of them."))

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return (UNIT, TIME)

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        within, other = (TIME, UNIT) if self.within == "year" else (UNIT, TIME)
        unit, units = codes(labels[within])
        place, places = codes(labels[other])
        if units * places * fit.slopes > MOST_CELLS or places**2 > MOST_CELLS:
            seen = f"{units} × {places} cells and {fit.slopes} covariates"
            raise SpecError(Fault(seen, "a smaller panel", "Use Clustered or DriscollKraay."))
        residuals, x = np.zeros((units, places)), np.zeros((units, places, fit.slopes))
        present = np.zeros((units, places))
        residuals[unit, place], x[unit, place], present[unit, place] = fit.residuals, fit.x, 1.0
        pairs = present.T @ present
        shared = residuals.T @ residuals / np.where(pairs > 0, pairs, 1.0)
        middle = np.einsum("itk,ts,isl->kl", x, shared, x, optimize=True)
        scale = factor(self.small_sample, fit)
        matrix, notes = repaired(scale * fit.bread @ middle @ fit.bread)
        label = f"panel-corrected (Beck and Katz), within {self.within}"
        df_t = degrees_of_freedom(self.small_sample, fit)
        stats = {"vcov_factor": scale}
        return Covariance(matrix, label, self.small_sample, df_t, {}, stats, notes, "beck_katz")
