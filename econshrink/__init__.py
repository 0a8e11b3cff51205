"""Statistics and econometrics of shrinking cities: figures in, labels, estimates, risks out.

The names below are loaded on first use, so that importing the package stays fast.

>>> import econshrink
>>> "load_china" in dir(econshrink)
True
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_PUBLIC = {
    "econshrink.data": (
        "HoldGrowth",
        "ObservedCell",
        "StraightLine",
        "close_china",
        "close_log_linear",
        "load_adjacency",
        "load_annual_flags",
        "load_boundaries",
        "load_boundary_changes",
        "load_census",
        "load_census_age_sex",
        "load_census_flags",
        "load_census_panel",
        "load_census_profile",
        "load_china",
        "load_fertility",
        "load_life_tables",
        "load_national",
        "load_national_ages",
        "load_survival",
        "load_units",
        "rebase_boundaries",
    ),
    "econshrink.data.quality": ("detect", "detect_all", "apply_flags"),
    "econshrink.data.yearbook": ("check_data", "read_yearbook"),
    "econshrink.errors": (
        "ConvergenceError",
        "DataError",
        "EconshrinkError",
        "MissingExtra",
        "SpecError",
    ),
    "econshrink.estimate.cox": ("fit_cox",),
    "econshrink.estimate.fixed_effects": ("fit_fe",),
    "econshrink.estimate.kaplan_meier": ("kaplan_meier",),
    "econshrink.forecast.project": ("project", "score_rule"),
    "econshrink.forecast.risk": ("rank_risk",),
    "econshrink.forecast.trend": ("DampedDrift", "NoChange"),
    "econshrink.inference.vcov": ("Clustered",),
    "econshrink.lab": (
        "Answer",
        "Intervention",
        "LabRun",
        "LabSettings",
        "ObservationSettings",
        "Study",
        "as_known_in",
        "calibration_table",
        "detection_experiment",
        "monte_carlo",
        "policy_effect",
        "simulate",
        "smoothed_country",
        "structural",
        "total_effect",
    ),
    "econshrink.measure.agreement": ("cohen_kappa", "fleiss_kappa", "variance_decomposition"),
    "econshrink.measure.autocorrelation": ("local_moran", "moran"),
    "econshrink.measure.benchmarks": (
        "Benchmark",
        "GroupBenchmark",
        "weighted_mean_growth",
        "weighted_mean_growth_by",
    ),
    "econshrink.measure.expansion": ("expansion_by_label", "land_ratios"),
    "econshrink.measure.identify": ("identify",),
    "econshrink.measure.index": (
        "CriticWeights",
        "EntropyWeights",
        "EqualWeights",
        "PrincipalWeights",
        "composite_index",
        "topsis",
    ),
    "econshrink.measure.multiverse": ("Figures", "Multiverse", "multiverse"),
    "econshrink.measure.neighbours": ("Neighbours", "distance_to_core"),
    "econshrink.measure.published": ("published_counts",),
    "econshrink.measure.rank_intervals": ("rank_intervals",),
    "econshrink.measure.severity": ("RecoveryRule", "severity"),
    "econshrink.measure.typology": ("location_quotients", "path_types"),
    "econshrink.measure.uncertainty": ("loss_probability", "run_probability"),
    "econshrink.measure.spells": ("OnsetRisk", "onset_spells"),
    "econshrink.measure.standards": (
        "ConsecutiveDecline",
        "NetLoss",
        "ReportStandard",
        "register",
        "registered",
        "rule_table",
        "withdraw",
    ),
    "econshrink.nouns.curve": ("Curve",),
    "econshrink.nouns.estimate": ("Estimate",),
    "econshrink.nouns.forecast": ("Forecast",),
    "econshrink.nouns.identification": ("Identification",),
    "econshrink.nouns.panel": ("CityPanel",),
    "econshrink.nouns.ranking": ("Ranking",),
    "econshrink.nouns.spec": ("Spec",),
    "econshrink.nouns.spells": ("SpellTable",),
    "econshrink.nouns.storage": ("load", "save"),
    "econshrink.nouns.table": ("Table",),
}
_HOME = {name: module for module, members in _PUBLIC.items() for name in members}

__all__ = sorted(_HOME)  # noqa: PLE0605 - the one list above is the source


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'econshrink' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
