"""Public verbs without a canonical call, each with its reason.

A name is added only with a reason that holds for good; `WAITING` may only become shorter.
"""

_GROUPS = {
    "a step of a verb that has its call": """
    causal.akm0_interval causal.ar_critical causal.ar_statistic causal.clr_test
    causal.half_width decompose.gelbach_draws decompose.gelbach_errors decompose.oaxaca_draws
    decompose.oaxaca_errors inference.block_weights inference.least_squares inference.resample
    inference.wald inference.wild_draws inference.wild_interval inference.wild_parts
    panel.fe_estimate panel.joint_reduced_form panel.k_class panel.linear_fit
    panel.moment_data panel.one_step panel.orthonormal panel.prepare panel.reduced_form
    panel.resampler panel.serial_correlation panel.within survival.score_residual_table
    """,
    "reads names, not figures": """
    causal.check_controls causal.guard_mechanical causal.mechanical_links
    data.guard_raw_against_closed data.guard_within_decade forecast.loss_name
    panel.explain_std_errors
    """,
    "reads a table that ships with the package: nothing to change": """
    data.check_compiled_tables data.check_drivers data.check_official_totals data.close_china
    data.europe_panel data.flows_installed data.heading_table data.korea_panel
    data.load_territories data.read_frame data.load_adjacency data.load_annual_flags
    data.load_births data.load_boundaries
    data.load_boundary_changes data.load_census data.load_census_2000 data.load_census_age_sex
    data.load_census_flags data.load_census_panel data.load_census_profile data.load_china
    data.load_compiled_flags data.load_county_cities data.load_crosswalk data.load_europe
    data.load_fertility data.load_flow_totals data.load_flows data.load_gazetteer
    data.load_job_sectors data.load_job_sources data.load_jobs data.load_korea
    data.load_life_tables data.load_main_cities data.load_national data.load_national_ages
    data.load_policy_dates data.load_policy_unconfirmed data.load_population_2023
    data.load_price_months data.load_prices data.load_published_lists data.load_rd_personnel
    data.load_real_estate data.load_survival data.load_units data.national_population_known_in
    """,
    "reads files: round trips in tests/data, and the fuzz": """
    data.check_data data.read_flow_list data.read_flow_matrix data.read_share_lists
    data.read_yearbook
    """,
    "simulates, or runs and sums up simulations: tests/recovery": """
    data.detection_rates data.plant forecast.check_blind forecast.check_mute lab.age_profile
    lab.calibration_table lab.closed lab.coverage_test lab.detection_experiment
    lab.monte_carlo lab.plant_roles lab.policy_effect lab.replicate lab.run_path lab.simulate
    lab.smoothed_country lab.structural lab.summarise lab.survival_rates lab.total_effect
    lab.true_vintage
    """,
    "repeats an estimate in other words: tests/unit/interop": """
    interop.as_estimate interop.from_lifelines interop.from_linearmodels interop.from_pyfixest
    interop.from_statsmodels interop.reconcile
    """,
    "files of nouns: round trips in tests/unit/nouns": """
    nouns.load nouns.save
    """,
    "draws or writes what it is given": """
    report.city_label report.draw_map report.house_style report.map_caption report.new_figure
    report.numbers_json report.numbers_tex report.panel_letter report.percent_axis report.plot
    report.plot_calibration report.plot_coefficients report.plot_components report.plot_counts
    report.plot_curve report.plot_decomposition report.plot_fan report.plot_flows
    report.plot_labels report.plot_parts report.plot_profiles report.plot_pyramid
    report.plot_ranking report.plot_scores report.plot_set report.plot_stacked
    report.plot_forecast report.plot_strengths report.plot_total report.printed
    report.regression_table
    report.rings_from_geojson report.save_figure report.settings report.to_csv report.to_html
    report.to_latex report.to_markdown report.to_typst report.to_word report.typeset
    report.write_numbers report.write_table
    """,
    "the list of rules: no figures": """
    shrinkage.published_counts shrinkage.register shrinkage.registered shrinkage.rule_table
    shrinkage.withdraw
    """,
    "the entrance itself: dtypes, ids and formulas in tests/unit/tables": """
    tables.as_panel tables.open_table tables.read_formula tables.spells
    tables.survival_formula
    """,
}

# No call yet.
WAITING = """
    causal.adoption causal.akm0_set causal.balance_table causal.breakdown_value
    causal.detectable_slope causal.effect_before causal.event_curve causal.event_study
    causal.event_study_external causal.fit_shock_level causal.group_time
    causal.group_time_external causal.honest_interval causal.housing_exposure
    causal.joint_pretest causal.overall_effect causal.placebo_cities
    causal.placebo_permutation_test causal.power_table causal.pretrend_power
    causal.rotemberg_table causal.shift_share causal.synthetic_control data.apply_flags
    data.base_shift data.check_flow_direction data.check_sums data.close_denton
    data.close_log_linear data.close_proportional data.close_smoothed data.closure_imputations
    data.denton data.detect data.detect_all data.impute data.job_growth data.pseudo_vintage
    data.rebase_boundaries data.reconcile_shares data.smooth_decade data.transposed_years
    decompose.component_means decompose.oaxaca_blinder decompose.shapley_predicted
    demography.account demography.hamilton_perry demography.levels_between
    demography.national_residual demography.predicted_ages demography.predicted_structure
    demography.process_from_decades demography.process_from_steps demography.profiles
    demography.project_cohorts demography.relative_fertility demography.relative_mortality
    demography.spread_ages demography.step_levels demography.survival_ratios
    flows.assign_roles flows.collaboration_gains flows.communities flows.configuration_null
    flows.core_by_size flows.core_exhaustive flows.core_search flows.core_tests
    flows.effectiveness_trend flows.flips flows.flow_roles flows.gravity_null
    flows.hierarchy_null flows.neighbours flows.participation flows.polycentricity_change
    flows.probabilities flows.rombach flows.spread_unlisted flows.stability forecast.accuracy
    forecast.alarm_record forecast.bridge forecast.broken_since forecast.central_interval
    forecast.compare_scenarios forecast.comparison forecast.conformal_intervals
    forecast.count_scores forecast.coverage forecast.event_probability forecast.event_scores
    forecast.fit_spread forecast.growth_paths forecast.information_set forecast.japan_index
    forecast.keep forecast.keep_record forecast.korea_class forecast.korea_index
    forecast.learn_persistence forecast.outcome forecast.own_draws forecast.past_errors
    forecast.probability_drivers forecast.project forecast.rank_risk forecast.run_backtest
    forecast.run_path_backtest forecast.scenario_shift forecast.score_cases
    forecast.score_events forecast.sorted_quantiles forecast.standardise forecast.summed_view
    forecast.unusable forecast.winner inference.romano_wolf panel.curve_inference
    panel.permutation_test panel.placebo_fe shrinkage.cluster_check
    shrinkage.location_quotients shrinkage.merge_rows shrinkage.multiverse
    shrinkage.path_types shrinkage.rank_intervals shrinkage.robust_and_fragile
    shrinkage.run_probability shrinkage.set_aside shrinkage.size_classes
    shrinkage.support_matrix shrinkage.variance_decomposition
    shrinkage.weighted_mean_growth_by spatial.distance_to_core spatial.local_moran
    spatial.spatial_impacts survival.average_survival_change survival.bootstrap_incidence
    survival.brier_scores survival.calibration survival.cross_validate_cox
    survival.fit_fine_gray survival.fit_hidden_onset survival.integrated_brier
    survival.parametric_survival survival.predict_hazard survival.predict_onset
    survival.time_dependent_auc survival.uno_concordance
    demography.as_nation demography.calibrate demography.growth_without_migration
    demography.held_ratios demography.national_growth demography.natural_growth
    demography.project_nation demography.rates_of forecast.already_lost forecast.backtest
    forecast.census_step forecast.choose_before forecast.hold_to_nation
    forecast.independent_origins forecast.national_mixture forecast.paired_gain
    forecast.project_view forecast.rank forecast.score forecast.split_errors
    forecast.trajectories_table forecast.withheld forecast.withheld_events
"""

REASONS = {
    **{verb: reason for reason, verbs in _GROUPS.items() for verb in verbs.split()},
    **dict.fromkeys(WAITING.split(), "no call yet"),
}
