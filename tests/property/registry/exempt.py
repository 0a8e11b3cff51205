"""Public verbs without a canonical call, each with its reason.

A name is added only with a reason that holds for good.
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
    "a step of project or backtest, which have their calls": """
    forecast.run_both_backtests
    forecast.count_scores forecast.keep_record forecast.learn_persistence forecast.own_draws
    forecast.past_errors forecast.project_view forecast.run_backtest forecast.score_cases
    """,
    "runs what it is given: tests/known, tests/recovery": """
    forecast.compare_scenarios forecast.run_path_backtest forecast.withheld_events
    """,
    "makes an option or counts origins: no figures": """
    forecast.independent_origins forecast.national_mixture
    """,
    "hands over to a package of the extra policy: tests/oracles": """
    causal.event_study_external causal.group_time_external causal.synthetic_control
    """,
    "gathers for one page what other verbs computed: tests/unit/atlas, tests/browser": """
    atlas.agreement atlas.china_atlas atlas.citation atlas.data_digest atlas.future_of
    atlas.grid_of atlas.no_forecast_text atlas.panel_atlas
    """,
    "writes a file, or asks of two counts whether they agree: tests/unit/forecast": """
    forecast.recount_alarm forecast.write_trajectories
    """,
    "opens a dataset larger than memory: tests/oracles/big": """
    big.scan
    """,
    "reads names, not figures": """
    causal.check_controls causal.guard_mechanical causal.mechanical_links
    data.guard_raw_against_closed data.guard_within_decade forecast.loss_name
    panel.explain_std_errors
    """,
    "reads a table that ships with the package: nothing to change": """
    data.check_compiled_tables data.check_drivers data.check_official_totals data.close_china
    data.europe_panel data.flows_installed data.heading_table data.job_growth data.korea_panel
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
    lab.detection_experiments lab.monte_carlo lab.plant_roles lab.policy_effect lab.replicate
    lab.run_path lab.simulate lab.smoothed_country lab.structural lab.summarise
    lab.survival_rates lab.total_effect lab.true_vintage
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
    report.regression_table forecast.plot
    report.rings_from_geojson report.save_figure report.settings report.to_csv report.to_html
    report.to_latex report.to_markdown report.to_typst report.to_word report.typeset
    report.write_numbers report.write_table report.write_atlas
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

REASONS = {
    **{verb: reason for reason, verbs in _GROUPS.items() for verb in verbs.split()},
}
