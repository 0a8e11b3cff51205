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
        "national_population_known_in",
        "rebase_boundaries",
    ),
    "econshrink.data.flows.columns": (
        "Direction",
        "SetAside",
        "SharesOf",
    ),
    "econshrink.data.flows.shares": ("read_share_lists",),
    "econshrink.data.flows.lists": (
        "read_flow_list",
        "read_flow_matrix",
        "transposed_years",
    ),
    "econshrink.data.imputation": ("impute",),
    "econshrink.data.quality": (
        "apply_flags",
        "detect",
        "detect_all",
    ),
    "econshrink.data.yearbook": (
        "check_data",
        "read_yearbook",
    ),
    "econshrink.core.errors": (
        "ConvergenceError",
        "DataError",
        "EconshrinkError",
        "MissingExtra",
        "SpecError",
    ),
    "econshrink.decompose.components": ("component_means",),
    "econshrink.decompose.covariances": ("covariance_shares",),
    "econshrink.decompose.omitted": ("gelbach",),
    "econshrink.decompose.oaxaca": (
        "ThreeFold",
        "TwoFold",
        "oaxaca_blinder",
    ),
    "econshrink.decompose.shapley": (
        "shapley_predicted",
        "shapley_r2",
    ),
    "econshrink.flows.gravity.collaboration": (
        "BetterLinks",
        "collaboration_gains",
    ),
    "econshrink.flows.gravity.fit": ("fit_gravity",),
    "econshrink.flows.gravity.nulls": (
        "configuration_null",
        "gravity_null",
        "hierarchy_null",
    ),
    "econshrink.flows.gravity.roles": (
        "core_tests",
        "flow_roles",
    ),
    "econshrink.causal.balance": ("balance_table",),
    "econshrink.causal.controls": (
        "CausalDiagram",
        "check_controls",
    ),
    "econshrink.causal.mechanical": (
        "guard_mechanical",
        "mechanical_links",
    ),
    "econshrink.causal.plausible": (
        "NormalBelief",
        "Support",
        "plausible_interval",
    ),
    "econshrink.causal.selection": ("coefficient_stability",),
    "econshrink.causal.shifts": (
        "ShiftShareDesign",
        "akm0_set",
        "fit_shock_level",
        "rotemberg_table",
    ),
    "econshrink.causal.weak": ("fit_weak_iv",),
    "econshrink.panel.between": ("fit_between",),
    "econshrink.panel.differences": ("fit_fd",),
    "econshrink.panel.dynamic": (
        "DifferenceGmm",
        "SystemGmm",
        "fit_gmm",
    ),
    "econshrink.panel.explain": ("explain_std_errors",),
    "econshrink.panel.fixed_effects": ("fit_fe",),
    "econshrink.panel.specification_test": ("hausman",),
    "econshrink.panel.instrumental": (
        "Instrumented",
        "Liml",
        "TwoStage",
        "fit_iv",
    ),
    "econshrink.panel.mundlak": ("fit_cre",),
    "econshrink.panel.pooled": ("fit_pooled",),
    "econshrink.panel.random_effects": ("fit_re",),
    "econshrink.causal.policy.adoption": ("adoption",),
    "econshrink.causal.policy.external": (
        "event_study_external",
        "group_time_external",
    ),
    "econshrink.causal.policy.group_time": (
        "NeverTreated",
        "NotYetTreated",
        "UniversalBase",
        "VaryingBase",
        "event_curve",
        "event_study",
        "group_time",
        "joint_pretest",
        "overall_effect",
    ),
    "econshrink.causal.policy.honest": (
        "RelativeMagnitudes",
        "Smoothness",
        "breakdown",
        "honest_interval",
    ),
    "econshrink.causal.policy.placebo": (
        "effect_before",
        "permutation_test",
        "placebo_cities",
    ),
    "econshrink.causal.policy.pretrends": (
        "detectable_slope",
        "power_table",
        "pretrend_power",
    ),
    "econshrink.causal.policy.synthetic": ("synthetic_control",),
    "econshrink.panel.resampling.engine": ("bootstrap_fe",),
    "econshrink.panel.resampling.leave_out": ("leave_out_fe",),
    "econshrink.panel.resampling.specification_curve": (
        "curve_inference",
        "specification_curve",
    ),
    "econshrink.panel.resampling.coefficient_tests": (
        "placebo_fe",
        "wild_bootstrap_fe",
    ),
    "econshrink.spatial.fit": ("fit_spatial",),
    "econshrink.spatial.impacts": ("spatial_impacts",),
    "econshrink.spatial.options": (
        "DummyVariables",
        "LeeYu",
        "SLX",
        "SpatialDurbin",
        "SpatialError",
        "SpatialLag",
    ),
    "econshrink.spatial.diagnostics": (
        "lm_tests",
        "residual_moran",
    ),
    "econshrink.survival.curves.aalen_johansen": ("aalen_johansen",),
    "econshrink.survival.curves.bootstrap_bands": (
        "bootstrap_incidence",
        "bootstrap_survival",
    ),
    "econshrink.survival.events.competing": (
        "fit_cause_specific",
        "fit_fine_gray",
    ),
    "econshrink.survival.cox.concordance": ("concordance",),
    "econshrink.survival.cox.regression": ("fit_cox",),
    "econshrink.survival.cox.bootstrap": ("bootstrap_cox",),
    "econshrink.survival.cox.cross_validation": ("cross_validate_cox",),
    "econshrink.survival.cox.firth": ("fit_firth",),
    "econshrink.survival.cox.penalised": (
        "ElasticNet",
        "fit_cox_path",
    ),
    "econshrink.survival.cox.proportional": ("proportional_hazards_test",),
    "econshrink.survival.cox.prediction": (
        "baseline_hazard",
        "predict_survival",
    ),
    "econshrink.survival.cox.profile": ("profile_intervals",),
    "econshrink.survival.cox.ridge": (
        "Ridge",
        "fit_cox_ridge",
    ),
    "econshrink.survival.discrete.duration": (
        "DurationDummies",
        "DurationLog",
        "DurationPolynomial",
        "DurationSpline",
    ),
    "econshrink.survival.discrete.hazard": ("fit_discrete_hazard",),
    "econshrink.survival.discrete.links": (
        "Cloglog",
        "Logit",
    ),
    "econshrink.survival.discrete.prediction": (
        "marginal_effects",
        "predict_hazard",
        "predict_onset",
    ),
    "econshrink.survival.discrete.random": ("fit_random_hazard",),
    "econshrink.survival.discrete.ridge": ("fit_discrete_ridge",),
    "econshrink.survival.frailty.shared": ("fit_frailty",),
    "econshrink.survival.discrete.hidden_hazard": (
        "ExactOnsets",
        "IntervalOnsets",
        "MisclassifiedOnsets",
        "fit_hidden_onset",
    ),
    "econshrink.survival.curves.kaplan_meier": (
        "kaplan_meier",
        "nelson_aalen",
    ),
    "econshrink.survival.curves.log_rank": ("log_rank",),
    "econshrink.survival.options": (
        "Breslow",
        "ClusterRobust",
        "Compiled",
        "Efron",
        "Exact",
        "ModelBased",
        "Robust",
        "Vectorised",
    ),
    "econshrink.survival.parametric.accelerated": ("fit_parametric",),
    "econshrink.survival.parametric.gompertz": ("fit_gompertz",),
    "econshrink.survival.parametric.prediction": (
        "hazard_ratios",
        "parametric_survival",
    ),
    "econshrink.survival.events.recurrent": (
        "fit_andersen_gill",
        "fit_pwp",
        "fit_wlw",
    ),
    "econshrink.survival.curves.restricted_means": (
        "clustered_restricted_mean_differences",
        "clustered_restricted_means",
    ),
    "econshrink.survival.curves.summaries": ("restricted_mean",),
    "econshrink.survival.events.survival_change": ("average_survival_change",),
    "econshrink.survival.cox.time_effects": ("with_time_effect",),
    "econshrink.survival.validation.accuracy": (
        "brier_scores",
        "integrated_brier",
    ),
    "econshrink.survival.validation.calibration": ("calibration",),
    "econshrink.survival.validation.discrimination": (
        "time_dependent_auc",
        "uno_concordance",
    ),
    "econshrink.forecast.backtesting.backtest": (
        "Design",
        "run_backtest",
    ),
    "econshrink.demography.projection.component": (
        "CohortStart",
        "RateRisk",
        "Shift",
        "project_cohorts",
    ),
    "econshrink.demography.projection.hamilton_perry": ("hamilton_perry",),
    "econshrink.demography.projection.migration": (
        "MigrationProcess",
        "process_from_decades",
    ),
    "econshrink.forecast.events.hazard": ("PassageHazard",),
    "econshrink.forecast.events.trajectories": (
        "FallingRun",
        "FirstPassage",
        "Halving",
        "Loss",
        "Recovery",
        "Trajectories",
        "Written",
        "event_probability",
    ),
    "econshrink.forecast.models.naive": (
        "Drift",
        "NoChange",
    ),
    "econshrink.forecast.models.pooled": ("PooledGrowth",),
    "econshrink.forecast.monitor": (
        "Cusum",
        "alert_value",
        "japan_index",
        "korea_index",
    ),
    "econshrink.forecast.backtesting.outcomes": ("Question",),
    "econshrink.forecast.events.path_backtest": (
        "PathDesign",
        "run_path_backtest",
    ),
    "econshrink.forecast.projection": (
        "Mixture",
        "project",
    ),
    "econshrink.forecast.risk": (
        "probability_drivers",
        "rank_risk",
    ),
    "econshrink.forecast.scenario": (
        "Response",
        "Scenario",
        "compare_scenarios",
        "scenario_shift",
    ),
    "econshrink.forecast.view": ("see",),
    "econshrink.inference.bootstrap": (
        "BayesianBootstrap",
        "PairsCluster",
    ),
    "econshrink.inference.conley": ("Conley",),
    "econshrink.inference.gram.wild": (
        "Rademacher",
        "Webb",
    ),
    "econshrink.inference.jackknife": ("Jackknife",),
    "econshrink.inference.kernel": (
        "DriscollKraay",
        "NeweyWest",
    ),
    "econshrink.inference.multiple": ("combine",),
    "econshrink.inference.multiplicity": ("romano_wolf",),
    "econshrink.flows.gravity.ppml": ("Effects",),
    "econshrink.causal.kernel.shift_share": ("ExposureRobust",),
    "econshrink.inference.vcov": (
        "Clustered",
        "Heteroskedastic",
        "Iid",
    ),
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
    "econshrink.lab.planted_flows": (
        "FlowSettings",
        "plant_roles",
    ),
    "econshrink.demography.accounting": (
        "account",
        "national_residual",
        "relative_mortality",
    ),
    "econshrink.demography.accounting_options": (
        "ByMothers",
        "ByResidence",
        "ClosedNation",
        "OpenNation",
    ),
    "econshrink.demography.ageing": (
        "SurvivalRatios",
        "predicted_structure",
        "survival_ratios",
    ),
    "econshrink.shrinkage.agreement": (
        "cohen_kappa",
        "fleiss_kappa",
        "variance_decomposition",
    ),
    "econshrink.spatial.autocorrelation": (
        "local_moran",
        "moran",
    ),
    "econshrink.shrinkage.benchmarks": (
        "Benchmark",
        "GroupBenchmark",
        "weighted_mean_growth",
        "weighted_mean_growth_by",
    ),
    "econshrink.shrinkage.describe.concentration": (
        "concentration",
        "gini",
        "share_arithmetic",
        "theil",
        "theil_decomposition",
    ),
    "econshrink.shrinkage.describe.convergence": (
        "beta_convergence",
        "sigma_convergence",
    ),
    "econshrink.shrinkage.episodes.histories": ("city_histories",),
    "econshrink.shrinkage.episodes.merge_rows": (
        "Changing",
        "Counting",
        "Events",
        "merge_rows",
    ),
    "econshrink.shrinkage.episodes.risk_sets": (
        "CalendarTime",
        "OnsetEvents",
        "RecoveryEvents",
        "SpellTime",
        "risk_spells",
    ),
    "econshrink.shrinkage.episodes.states": (
        "DetectionDate",
        "OnsetDate",
        "Watch",
    ),
    "econshrink.shrinkage.describe.expansion": (
        "expansion_by_label",
        "land_ratios",
    ),
    "econshrink.causal.exposure": ("shift_share",),
    "econshrink.causal.exposure_housing": ("housing_exposure",),
    "econshrink.shrinkage.identification": ("identify",),
    "econshrink.shrinkage.describe.index": (
        "CriticWeights",
        "EntropyWeights",
        "EqualWeights",
        "PrincipalWeights",
        "composite_index",
        "topsis",
    ),
    "econshrink.shrinkage.multiverse_grid": (
        "Figures",
        "Multiverse",
        "multiverse",
    ),
    "econshrink.spatial.neighbours": (
        "Neighbours",
        "distance_to_core",
    ),
    "econshrink.flows.network.backbone": ("backbone",),
    "econshrink.flows.network.centrality": ("centrality",),
    "econshrink.flows.network.communities": (
        "communities",
        "modularity",
    ),
    "econshrink.flows.network.core_periphery": (
        "BorgattiEverett",
        "core_by_size",
        "core_exhaustive",
        "core_search",
    ),
    "econshrink.flows.network.core_scores": (
        "minres",
        "rombach",
    ),
    "econshrink.flows.network.dominance": ("dominance",),
    "econshrink.flows.network.polycentricity": (
        "polycentricity",
        "polycentricity_change",
    ),
    "econshrink.flows.network.roles": (
        "RoleRule",
        "assign_roles",
    ),
    "econshrink.flows.network.strength": (
        "participation",
        "spread_unlisted",
        "strength_bounds",
        "strengths",
    ),
    "econshrink.flows.network.trend": ("effectiveness_trend",),
    "econshrink.shrinkage.published_counts": ("published_counts",),
    "econshrink.shrinkage.describe.rank_intervals": ("rank_intervals",),
    "econshrink.shrinkage.decline": (
        "RecoveryRule",
        "severity",
    ),
    "econshrink.shrinkage.episodes.spells": (
        "OnsetRisk",
        "onset_spells",
    ),
    "econshrink.shrinkage.catalogue": (
        "ConsecutiveDecline",
        "NetLoss",
        "ReportStandard",
        "register",
        "registered",
        "rule_table",
        "withdraw",
    ),
    "econshrink.shrinkage.describe.support": (
        "SupportRule",
        "support_matrix",
    ),
    "econshrink.shrinkage.describe.typology": (
        "location_quotients",
        "path_types",
    ),
    "econshrink.shrinkage.uncertainty": (
        "loss_probability",
        "run_probability",
    ),
    "econshrink.nouns.accounting": ("Accounting",),
    "econshrink.nouns.ages": ("AgeStructure",),
    "econshrink.nouns.confidence_set": ("ConfidenceSet",),
    "econshrink.nouns.curve": ("Curve",),
    "econshrink.nouns.decomposition": ("Decomposition",),
    "econshrink.nouns.estimate": ("Estimate",),
    "econshrink.nouns.flows": (
        "FlowNetwork",
        "FlowPanel",
    ),
    "econshrink.nouns.forecast": ("Forecast",),
    "econshrink.nouns.identification": ("Identification",),
    "econshrink.nouns.panel": ("CityPanel",),
    "econshrink.nouns.ranking": ("Ranking",),
    "econshrink.nouns.spec": ("Spec",),
    "econshrink.nouns.spells": ("SpellTable",),
    "econshrink.nouns.storage": (
        "load",
        "save",
    ),
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
