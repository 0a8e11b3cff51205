"""Modules of `analyses.studies` that hold plans, and the plans in them."""

from __future__ import annotations

import importlib

from analyses.machinery.studies.plan import Plan
from econshrink import Fault, SpecError
from econshrink.core.errors import raise_all

# One module a line, so that additions do not touch each other.
# fmt: off
MODULES: tuple[str, ...] = (
    "accounting",
    "decomposition",
    "panel_static",
    "panel_dynamic",
    "spatial_panel",
    "clustered_errors",
    "lab_country",
    "hidden_onsets",
    "planted_roles",
    "weak_instruments",
    "exposure_robust",
    "drivers_lab",
    "evidence_lab",
    "survival",
    "policy_designs",
    "random_hazard",
    "forecast_vintages",
)
# fmt: on


def plans(only: tuple[str, ...] = ()) -> list[Plan]:
    """Import the modules and return their plans, in order; `only` keeps those named.

    Raises
    ------
    SpecError
        A name twice, or one that no plan has.
    """
    found: list[Plan] = []
    for name in MODULES:
        found += importlib.import_module(f"analyses.studies.{name}").PLANS
    names = [plan.name for plan in found]
    faults = [
        Fault(f"two studies named '{name}'", "each name once", "Rename one.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    faults += [
        Fault(f"study '{name}'", f"one of {', '.join(names)}", "Check the spelling.")
        for name in only
        if name not in names
    ]
    raise_all(SpecError, faults)
    return [plan for plan in found if not only or plan.name in only]
