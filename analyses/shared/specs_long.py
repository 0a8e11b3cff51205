"""The specifications of the long-difference evidence, written once for China and laboratory."""

from __future__ import annotations

from collections.abc import Sequence

from analyses.shared.samples_long import CONTROLS, DRIVERS, OUTCOMES
from econshrink import CityPanel, Clustered, Conley, Estimate, Spec, fit_fe
from econshrink.causal import guard_mechanical
from econshrink.core.terms import label

PROVINCE, REGION = ("province",), ("region",)
BY_PROVINCE = Clustered("province")
NEAR = Conley(200)
FAR = Conley(500)
MIGRATION = OUTCOMES[0]

# What the laboratory also has: the same specification runs on both.
COMMON_CONTROLS = ("share_agriculture", "share_mining", "share_manufacturing", "log_population")

AGEING = ("share_65_plus_2020", "predicted_65_plus")  # endogenous, instrument
JOBS = ("employment_rate_change", "bartik")
INCOMPLETE = "share_nonagricultural"  # the control that incomplete shares need

UNITS = {"floor_area": ", m²"}  # all others are percent, or persons per hundred


def spec(
    outcome: str,
    covariates: Sequence[str] = DRIVERS + CONTROLS,
    absorb: Sequence[str] = PROVINCE,
    *,
    instruments: Sequence[str] = (),
    endogenous: Sequence[str] = (),
) -> Spec:
    """A specification of the long difference; a covariate that contains the outcome is refused.

    An endogenous covariate may contain it, because its instruments stand in for it: they are
    checked in its place.
    """
    exogenous = tuple(name for name in covariates if name not in endogenous)
    guard_mechanical(Spec(outcome, (*exogenous, *instruments), tuple(absorb)))
    return Spec(outcome, tuple(covariates), tuple(absorb))


def labels(names: Sequence[str]) -> dict[str, str]:
    """English labels of variables; the tables' notes state the units."""
    return {name: label(name, unit=False) + UNITS.get(name, "") for name in names}


def main_fits(panel: CityPanel) -> dict[str, Estimate]:
    """Every outcome with drivers alone and with controls, province effects; with region effects."""
    fits: dict[str, Estimate] = {}
    for outcome in OUTCOMES:
        short = outcome.removesuffix("_rate")
        fits[f"{short}.drivers"] = fit_fe(panel, spec(outcome, DRIVERS), BY_PROVINCE)
        fits[f"{short}.main"] = fit_fe(panel, spec(outcome), BY_PROVINCE)
    fits["net_migration.region"] = fit_fe(panel, spec(MIGRATION, absorb=REGION), BY_PROVINCE)
    return fits
