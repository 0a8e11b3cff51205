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
    "econshrink.data.flow_files": (
        "Direction",
        "SetAside",
        "SharesOf",
    ),
    "econshrink.data.flow_shares": ("read_share_lists",),
    "econshrink.data.flows": (
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
    "econshrink.errors": (
        "ConvergenceError",
        "DataError",
        "EconshrinkError",
        "MissingExtra",
        "SpecError",
    ),
    "econshrink.estimate.decomposition.component_means": ("component_means",),
    "econshrink.estimate.decomposition.covariance_shares": ("covariance_shares",),
    "econshrink.estimate.decomposition.gelbach": ("gelbach",),
    "econshrink.estimate.decomposition.oaxaca": (
        "ThreeFold",
        "TwoFold",
        "oaxaca_blinder",
    ),
    "econshrink.estimate.decomposition.shapley": (
        "shapley_predicted",
        "shapley_r2",
    ),
    "econshrink.estimate.gravity.collaboration": (
        "BetterLinks",
        "collaboration_gains",
    ),
    "econshrink.estimate.gravity.fit": ("fit_gravity",),
    "econshrink.estimate.gravity.nulls": (
        "configuration_null",
        "gravity_null",
        "hierarchy_null",
    ),
    "econshrink.estimate.gravity.roles": (
        "core_tests",
        "flow_roles",
    ),
    "econshrink.estimate.identification.balance": ("balance_table",),
    "econshrink.estimate.identification.controls": (
        "CausalDiagram",
        "check_controls",
    ),
    "econshrink.estimate.identification.mechanical": (
        "guard_mechanical",
        "mechanical_links",
    ),
    "econshrink.estimate.identification.plausible": (
        "NormalBelief",
        "Support",
        "plausible_interval",
    ),
    "econshrink.estimate.identification.selection": ("coefficient_stability",),
    "econshrink.estimate.identification.shifts": (
        "ShiftShareDesign",
        "akm0_set",
        "fit_shock_level",
        "rotemberg_table",
    ),
    "econshrink.estimate.identification.weak": ("fit_weak_iv",),
    "econshrink.estimate.panel.between": ("fit_between",),
    "econshrink.estimate.panel.differences": ("fit_fd",),
    "econshrink.estimate.panel.dynamic": (
        "DifferenceGmm",
        "SystemGmm",
        "fit_gmm",
    ),
    "econshrink.estimate.panel.explain": ("explain_std_errors",),
    "econshrink.estimate.panel.fixed_effects": ("fit_fe",),
    "econshrink.estimate.panel.hausman": ("hausman",),
    "econshrink.estimate.panel.instrumental": (
        "Instrumented",
        "Liml",
        "TwoStage",
        "fit_iv",
    ),
    "econshrink.estimate.panel.mundlak": ("fit_cre",),
    "econshrink.estimate.panel.pooled": ("fit_pooled",),
    "econshrink.estimate.panel.random_effects": ("fit_re",),
    "econshrink.estimate.policy.adoption": ("adoption",),
    "econshrink.estimate.policy.external": (
        "event_study_external",
        "group_time_external",
    ),
    "econshrink.estimate.policy.group_time": (
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
    "econshrink.estimate.policy.honest": (
        "RelativeMagnitudes",
        "Smoothness",
        "breakdown",
        "honest_interval",
    ),
    "econshrink.estimate.policy.placebo": (
        "effect_before",
        "permutation_test",
        "placebo_cities",
    ),
    "econshrink.estimate.policy.pretrends": (
        "detectable_slope",
        "power_table",
        "pretrend_power",
    ),
    "econshrink.estimate.policy.synthetic": ("synthetic_control",),
    "econshrink.estimate.resampling.engine": ("bootstrap_fe",),
    "econshrink.estimate.resampling.leave_out": ("leave_out_fe",),
    "econshrink.estimate.resampling.specification_curve": (
        "curve_inference",
        "specification_curve",
    ),
    "econshrink.estimate.resampling.tests": (
        "placebo_fe",
        "wild_bootstrap_fe",
    ),
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
    "econshrink.estimate.spatial.tests": (
        "lm_tests",
        "residual_moran",
    ),
    "econshrink.estimate.survival.aalen_johansen": ("aalen_johansen",),
    "econshrink.estimate.survival.bootstrap_bands": (
        "bootstrap_incidence",
        "bootstrap_survival",
    ),
    "econshrink.estimate.survival.competing": (
        "fit_cause_specific",
        "fit_fine_gray",
    ),
    "econshrink.estimate.survival.concordance": ("concordance",),
    "econshrink.estimate.survival.cox": ("fit_cox",),
    "econshrink.estimate.survival.cox_bootstrap": ("bootstrap_cox",),
    "econshrink.estimate.survival.cox_cross_validation": ("cross_validate_cox",),
    "econshrink.estimate.survival.cox_firth": ("fit_firth",),
    "econshrink.estimate.survival.cox_penalised": (
        "ElasticNet",
        "fit_cox_path",
    ),
    "econshrink.estimate.survival.cox_ph_test": ("proportional_hazards_test",),
    "econshrink.estimate.survival.cox_prediction": (
        "baseline_hazard",
        "predict_survival",
    ),
    "econshrink.estimate.survival.cox_profile": ("profile_intervals",),
    "econshrink.estimate.survival.cox_ridge": (
        "Ridge",
        "fit_cox_ridge",
    ),
    "econshrink.estimate.survival.discrete_duration": (
        "DurationDummies",
        "DurationLog",
        "DurationPolynomial",
        "DurationSpline",
    ),
    "econshrink.estimate.survival.discrete_hazard": ("fit_discrete_hazard",),
    "econshrink.estimate.survival.discrete_links": (
        "Cloglog",
        "Logit",
    ),
    "econshrink.estimate.survival.discrete_prediction": (
        "marginal_effects",
        "predict_hazard",
        "predict_onset",
    ),
    "econshrink.estimate.survival.discrete_random": ("fit_random_hazard",),
    "econshrink.estimate.survival.discrete_ridge": ("fit_discrete_ridge",),
    "econshrink.estimate.survival.frailty": ("fit_frailty",),
    "econshrink.estimate.survival.hidden_hazard": (
        "ExactOnsets",
        "IntervalOnsets",
        "MisclassifiedOnsets",
        "fit_hidden_onset",
    ),
    "econshrink.estimate.survival.kaplan_meier": (
        "kaplan_meier",
        "nelson_aalen",
    ),
    "econshrink.estimate.survival.log_rank": ("log_rank",),
    "econshrink.estimate.survival.options": (
        "Breslow",
        "ClusterRobust",
        "Compiled",
        "Efron",
        "Exact",
        "ModelBased",
        "Robust",
        "Vectorised",
    ),
    "econshrink.estimate.survival.parametric": ("fit_parametric",),
    "econshrink.estimate.survival.parametric_gompertz": ("fit_gompertz",),
    "econshrink.estimate.survival.parametric_prediction": (
        "hazard_ratios",
        "parametric_survival",
    ),
    "econshrink.estimate.survival.recurrent": (
        "fit_andersen_gill",
        "fit_pwp",
        "fit_wlw",
    ),
    "econshrink.estimate.survival.restricted_means": (
        "clustered_restricted_mean_differences",
        "clustered_restricted_means",
    ),
    "econshrink.estimate.survival.summaries": ("restricted_mean",),
    "econshrink.estimate.survival.survival_change": ("average_survival_change",),
    "econshrink.estimate.survival.time_effects": ("with_time_effect",),
    "econshrink.estimate.survival.validation.accuracy": (
        "brier_scores",
        "integrated_brier",
    ),
    "econshrink.estimate.survival.validation.calibration": ("calibration",),
    "econshrink.estimate.survival.validation.discrimination": (
        "time_dependent_auc",
        "uno_concordance",
    ),
    "econshrink.forecast.backtest": (
        "Design",
        "run_backtest",
    ),
    "econshrink.forecast.cohort.component": (
        "CohortStart",
        "RateRisk",
        "Shift",
        "project_cohorts",
    ),
    "econshrink.forecast.cohort.hamilton_perry": ("hamilton_perry",),
    "econshrink.forecast.cohort.migration": (
        "MigrationProcess",
        "process_from_decades",
    ),
    "econshrink.forecast.event_hazard": ("PassageHazard",),
    "econshrink.forecast.events": (
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
    "econshrink.forecast.outcomes": ("Question",),
    "econshrink.forecast.path_backtest": (
        "PathDesign",
        "run_path_backtest",
    ),
    "econshrink.forecast.project": (
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
    "econshrink.inference.ppml": ("Effects",),
    "econshrink.inference.shift_share": ("ExposureRobust",),
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
    "econshrink.lab.flows": (
        "FlowSettings",
        "plant_roles",
    ),
    "econshrink.measure.accounting": (
        "account",
        "national_residual",
        "relative_mortality",
    ),
    "econshrink.measure.accounting_options": (
        "ByMothers",
        "ByResidence",
        "ClosedNation",
        "OpenNation",
    ),
    "econshrink.measure.ageing": (
        "SurvivalRatios",
        "predicted_structure",
        "survival_ratios",
    ),
    "econshrink.measure.agreement": (
        "cohen_kappa",
        "fleiss_kappa",
        "variance_decomposition",
    ),
    "econshrink.measure.autocorrelation": (
        "local_moran",
        "moran",
    ),
    "econshrink.measure.benchmarks": (
        "Benchmark",
        "GroupBenchmark",
        "weighted_mean_growth",
        "weighted_mean_growth_by",
    ),
    "econshrink.measure.concentration": (
        "concentration",
        "gini",
        "share_arithmetic",
        "theil",
        "theil_decomposition",
    ),
    "econshrink.measure.convergence": (
        "beta_convergence",
        "sigma_convergence",
    ),
    "econshrink.measure.episodes.histories": ("city_histories",),
    "econshrink.measure.episodes.merge_rows": (
        "Changing",
        "Counting",
        "Events",
        "merge_rows",
    ),
    "econshrink.measure.episodes.risk_sets": (
        "CalendarTime",
        "OnsetEvents",
        "RecoveryEvents",
        "SpellTime",
        "risk_spells",
    ),
    "econshrink.measure.episodes.states": (
        "DetectionDate",
        "OnsetDate",
        "Watch",
    ),
    "econshrink.measure.expansion": (
        "expansion_by_label",
        "land_ratios",
    ),
    "econshrink.measure.exposure": ("shift_share",),
    "econshrink.measure.exposure_housing": ("housing_exposure",),
    "econshrink.measure.identify": ("identify",),
    "econshrink.measure.index": (
        "CriticWeights",
        "EntropyWeights",
        "EqualWeights",
        "PrincipalWeights",
        "composite_index",
        "topsis",
    ),
    "econshrink.measure.multiverse": (
        "Figures",
        "Multiverse",
        "multiverse",
    ),
    "econshrink.measure.neighbours": (
        "Neighbours",
        "distance_to_core",
    ),
    "econshrink.measure.network.backbone": ("backbone",),
    "econshrink.measure.network.centrality": ("centrality",),
    "econshrink.measure.network.communities": (
        "communities",
        "modularity",
    ),
    "econshrink.measure.network.core_periphery": (
        "BorgattiEverett",
        "core_by_size",
        "core_exhaustive",
        "core_search",
    ),
    "econshrink.measure.network.core_scores": (
        "minres",
        "rombach",
    ),
    "econshrink.measure.network.dominance": ("dominance",),
    "econshrink.measure.network.polycentricity": (
        "polycentricity",
        "polycentricity_change",
    ),
    "econshrink.measure.network.roles": (
        "RoleRule",
        "assign_roles",
    ),
    "econshrink.measure.network.strength": (
        "participation",
        "spread_unlisted",
        "strength_bounds",
        "strengths",
    ),
    "econshrink.measure.network.trend": ("effectiveness_trend",),
    "econshrink.measure.published": ("published_counts",),
    "econshrink.measure.rank_intervals": ("rank_intervals",),
    "econshrink.measure.severity": (
        "RecoveryRule",
        "severity",
    ),
    "econshrink.measure.spells": (
        "OnsetRisk",
        "onset_spells",
    ),
    "econshrink.measure.standards": (
        "ConsecutiveDecline",
        "NetLoss",
        "ReportStandard",
        "register",
        "registered",
        "rule_table",
        "withdraw",
    ),
    "econshrink.measure.support": (
        "SupportRule",
        "support_matrix",
    ),
    "econshrink.measure.typology": (
        "location_quotients",
        "path_types",
    ),
    "econshrink.measure.uncertainty": (
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
