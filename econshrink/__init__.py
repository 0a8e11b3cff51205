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
        "Denton",
        "HoldGrowth",
        "HoldLevel",
        "ObservedCell",
        "StraightLine",
        "as_known_in",
        "close_china",
        "close_denton",
        "close_log_linear",
        "close_proportional",
        "close_smoothed",
        "closure_imputations",
        "guard_raw_against_closed",
        "guard_within_decade",
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
    "econshrink.data.imputation": ("impute",),
    "econshrink.estimate.survival.aalen_johansen": ("aalen_johansen",),
    "econshrink.estimate.panel.between": ("fit_between",),
    "econshrink.estimate.survival.competing": ("fit_cause_specific", "fit_fine_gray"),
    "econshrink.estimate.survival.concordance": ("concordance",),
    "econshrink.estimate.survival.cox": ("fit_cox",),
    "econshrink.estimate.survival.cox_bootstrap": ("bootstrap_cox",),
    "econshrink.estimate.survival.cox_firth": ("fit_firth",),
    "econshrink.estimate.survival.cox_ph_test": ("proportional_hazards_test",),
    "econshrink.estimate.survival.cox_prediction": ("baseline_hazard", "predict_survival"),
    "econshrink.estimate.panel.differences": ("fit_fd",),
    "econshrink.estimate.survival.discrete_hazard": ("Cloglog", "Logit", "fit_discrete_hazard"),
    "econshrink.estimate.panel.dynamic": ("DifferenceGmm", "SystemGmm", "fit_gmm"),
    "econshrink.estimate.panel.explain": ("explain_std_errors",),
    "econshrink.estimate.panel.fixed_effects": ("fit_fe",),
    "econshrink.estimate.survival.frailty": ("fit_frailty",),
    "econshrink.estimate.panel.hausman": ("hausman",),
    "econshrink.estimate.panel.instrumental": ("Instrumented", "Liml", "TwoStage", "fit_iv"),
    "econshrink.estimate.survival.kaplan_meier": ("kaplan_meier", "nelson_aalen"),
    "econshrink.estimate.survival.log_rank": ("log_rank",),
    "econshrink.estimate.panel.mundlak": ("fit_cre",),
    "econshrink.estimate.survival.parametric": ("fit_parametric",),
    "econshrink.estimate.panel.pooled": ("fit_pooled",),
    "econshrink.estimate.panel.random_effects": ("fit_re",),
    "econshrink.estimate.survival.recurrent": ("fit_andersen_gill", "fit_pwp", "fit_wlw"),
    "econshrink.estimate.resampling.engine": ("bootstrap_fe",),
    "econshrink.estimate.resampling.leave_out": ("leave_out_fe",),
    "econshrink.estimate.resampling.tests": ("placebo_fe", "wild_bootstrap_fe"),
    "econshrink.estimate.spatial.fit": ("fit_spatial",),
    "econshrink.estimate.spatial.impacts": ("spatial_impacts",),
    "econshrink.estimate.spatial.options": (
        "DummyVariables",
        "LeeYu",
        "SLX",
        "SpatialDurbin",
        "SpatialError",
        "SpatialLag",
    ),
    "econshrink.estimate.spatial.tests": ("lm_tests", "residual_moran"),
    "econshrink.estimate.resampling.specification_curve": (
        "curve_inference",
        "specification_curve",
    ),
    "econshrink.estimate.survival.options": (
        "Breslow",
        "ClusterRobust",
        "Efron",
        "Exact",
        "ModelBased",
        "Robust",
    ),
    "econshrink.estimate.survival.summaries": ("restricted_mean",),
    "econshrink.forecast.backtest": ("Design", "run_backtest"),
    "econshrink.forecast.cohort.component": ("Uncertainty", "project_cohorts"),
    "econshrink.forecast.cohort.hamilton_perry": ("hamilton_perry",),
    "econshrink.forecast.events": (
        "FallingRun",
        "Halving",
        "Loss",
        "Recovery",
        "Trajectories",
        "Written",
        "event_probability",
    ),
    "econshrink.forecast.models.naive": ("Drift", "NoChange"),
    "econshrink.forecast.models.pooled": ("PooledGrowth",),
    "econshrink.forecast.project": ("Mixture", "project"),
    "econshrink.forecast.risk": ("probability_drivers", "rank_risk"),
    "econshrink.forecast.scenario": ("Change", "Scenario", "compare"),
    "econshrink.forecast.view": ("see",),
    "econshrink.inference.bootstrap": ("BayesianBootstrap", "PairsCluster"),
    "econshrink.inference.gram.wild": ("Rademacher", "Webb"),
    "econshrink.inference.multiple": ("combine",),
    "econshrink.inference.multiplicity": ("romano_wolf",),
    "econshrink.inference.conley": ("Conley",),
    "econshrink.inference.jackknife": ("Jackknife",),
    "econshrink.inference.kernel": ("DriscollKraay", "NeweyWest"),
    "econshrink.inference.vcov": ("Clustered", "Heteroskedastic", "Iid"),
    "econshrink.lab": (
        "Answer",
        "Intervention",
        "LabRun",
        "LabSettings",
        "ObservationSettings",
        "Study",
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
