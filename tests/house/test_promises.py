"""Every promise of a public docstring, and the test that holds it.

A walk finds the sentences of public docstrings with a strong word (never, always, exactly, add up,
whatever, refused ...). Each must stand here: with the test that would fail if it were broken, or
among those that name a thing or a limit and promise nothing of the code.
"""

import ast
import re
from functools import cache
from pathlib import Path

from econshrink.core.lazy import public_names

ROOT = Path(__file__).resolve().parents[2]
STRONG = re.compile(
    r"\b(never|always|exactly|whatever|bit for bit|adds? up|sums? to one|refused|invariant"
    r"|does not depend|do not depend|cannot)\b"
)

# verb, words of the sentence, test
PROMISES = """
atlas.panel_atlas | says what it cannot | test_one_year_of_one_unit_says_what_is_absent
causal.Adoption | infinite for never | test_adoption_names_what_is_wrong
causal.adoption | NaN for never treated | test_adoption_names_what_is_wrong
causal.adoption | no treated or fewer than two | test_adoption_names_what_is_wrong
causal.HonestInterval | whatever violation the restriction | test_honest_intervals_cover
causal.NotYetTreated | not treated by then | test_not_yet_treated_counties_join_the_comparison
causal.WeakIv | whatever the strength | test_ar_statistic_is_the_score_test_of_the_instruments
causal.rotemberg_table | sums to one | test_rotemberg_weights_add_up
causal.shift_share | no longer sum to one |
    test_agriculture_inside_makes_the_shock_the_agricultural_share
data.ChainedEquations | never leaves the observed range | test_imputed_figures_are_observed_figures
data.DriverColumns | never exceed the population | test_jobs_never_exceed_the_labour_force
data.Publication | never known | test_a_vintage_never_contains_a_later_figure
data.SplicedYear | the cross-section shows it |
    test_a_year_in_which_all_cities_lie_on_their_lines_is_seen
data.check_compiled_tables | agree exactly | test_every_identity_total_and_agreement_share_holds
data.denton | meet every benchmark exactly |
    test_denton_meets_every_benchmark_and_leaves_a_fitting_indicator_alone
data.job_growth | refused otherwise |
    test_a_difference_across_the_segment_is_refused_unless_asked_for_by_name
data.load_china | never falls | test_built_up_area_never_shrinks
data.read_flow_matrix | never by their position |
    test_labels_follow_the_cities_when_they_are_reordered
data.read_flow_matrix | is transposed, and is refused |
    test_a_transposed_matrix_is_refused_by_totals_and_questioned_without
data.read_share_lists | never zero | test_blanks_of_a_truncated_share_list_are_not_zero
data.read_share_lists | add up to more than 1 | test_bad_share_lists_are_refused
data.read_yearbook | never share a variable | test_scopes_never_share_a_variable
data.read_yearbook | Districts always have | test_scopes_never_share_a_variable
data.read_yearbook | adds up additive figures | test_county_level_cities_are_listed_or_added_up
data.read_yearbook | converted exactly | test_conversion_is_exact
data.read_yearbook | whatever the heading says | test_a_percent_format_is_divided_once
decompose.component_means | do not add up | test_components_add_up_in_every_unit
decompose.covariance_shares | do not add up |
    test_covariance_shares_are_slopes_with_their_clustered_errors
decompose.gelbach | add up to the change | test_gelbach_is_the_difference_of_coefficients
decompose.shapley_predicted | linear in the outcome |
    test_predicted_gaps_add_up_and_are_linear_in_the_outcome
demography.levels_between | adds up to R | test_reverse_survival_finds_known_levels
flows.polycentricity | does not depend on n |
    test_polycentricity_has_the_same_ends_whatever_the_number_of_cities
forecast.LastValue | whatever happened before | test_the_last_value_is_the_median_of_its_draws
forecast.alert_value | perfect foresight |
    test_alerts_are_worth_nothing_at_the_base_rate_and_all_with_foresight
forecast.crps | does not depend on the number |
    test_fair_crps_of_few_draws_is_that_of_many_on_average
forecast.growth_paths | add up to the path | test_parts_of_a_drift_add_up_to_it
forecast.split_errors | add up to 1 | test_squared_errors_are_split_without_a_rest
forecast.summed_view | never change with later ones |
    test_provinces_never_change_with_what_comes_later
forecast.unusable | cannot be projected | test_cities_without_figures_are_carried_or_listed
inference.Clustered | whatever its name | test_clusters_by_the_users_names_and_without_time
inference.Resampling | do not depend on them | test_jobs_do_not_change_the_numbers
lab.monte_carlo | do not depend on it | test_jobs_do_not_change_the_numbers
lab.monte_carlo | cannot be read | test_killing_the_runner_leaves_whole_files_and_resumes
lab.plant_roles | exactly right | test_flows_have_exact_margins
lab.simulate | built-up area never falls | test_built_up_area_never_shrinks
nouns.Identification | missing means undefined | test_a_missing_year_never_turns_undefined_into_no
nouns.CityPanel | never as numbers |
    test_a_text_column_can_be_effect_cluster_and_category_but_no_number
nouns.Spec | is refused there | test_one_sentence_with_the_right_call
nouns.Table | add up to the number of columns |
    test_a_table_has_rows_and_a_heading_and_every_row_is_measured
panel.fit_fe | swept out exactly | test_integer_weights_are_repeated_rows_to_the_last_digits
panel.fit_iv | swept out exactly | test_instruments_equal_linearmodels_with_dummies
panel.fit_poisson | refused a little more often | test_separated_and_explained_regressors_are_named
panel.placebo_fe | does not depend on which city | test_placebo_equals_literal_refits
shrinkage.CompositeDegree | is refused | test_a_window_without_halves_is_refused
shrinkage.PrincipalWeights | Squares sum to one | test_principal_weights_are_squared_loadings
shrinkage.ReportStandard | never false | test_a_missing_year_never_turns_unknown_into_a_wrong_label
shrinkage.risk_spells | add up to cities × years | test_onset_rows_account_for_every_city_year
shrinkage.run_probability | follows exactly | test_run_probability_equals_the_sum_over_all_patterns
shrinkage.severity | cannot tell | test_gaps_leave_undefined_what_the_figures_cannot_tell
shrinkage.set_aside | as if never published | test_a_cell_set_aside_is_as_if_never_published
shrinkage.variance_decomposition | shares add up |
    test_shares_of_the_choices_add_up_to_the_main_effects
spatial.StochasticTraces | solved exactly |
    test_determinants_and_their_derivatives_equal_dense_ones
spatial.StochasticTraces | never estimated |
    test_determinants_and_their_derivatives_equal_dense_ones
survival.aalen_johansen | whatever the cause | test_incidence_by_hand_and_sum_with_survival
survival.cross_validate_cox | never on both sides | test_cross_validation_keeps_cities_whole
survival.fit_cause_specific | whatever the cause |
    test_effects_by_event_are_separate_fits_when_strata_do_not_meet
survival.fit_cox | never counted twice | test_back_to_back_yearly_rows_are_counted_once
survival.fit_fine_gray | whatever the cause | test_fine_gray_never_drops_an_event
survival.fit_frailty | do not depend on it | test_the_default_information_is_named
survival.log_rank | whatever the dependence | test_clustered_log_rank_is_the_robust_score_test
survival.profile_intervals | never falls that far |
    test_profile_limits_drop_by_the_quantile_and_need_no_wald
survival.uno_concordance | does not depend on who was lost |
    test_error_of_uno_is_near_that_of_leaving_cities_out
"""

# verbs whose strong words name a thing, a limit of the figures or a theorem of others
WORDS = """
big.Expression big.BreakAtGaps big.LeaveGaps
causal.CausalDiagram causal.ShiftShare
causal.NeverTreated causal.placebo_permutation_test causal.synthetic_control data.close_china
data.load_price_months data.load_prices data.load_flows data.load_births data.load_population_2023
data.load_census_profile data.load_national data.load_territories data.close_log_linear
data.close_smoothed data.load_europe data.impute data.InterpolationRun data.check_sums
demography.OpenNation demography.hamilton_perry flows.fit_gravity flows.configuration_null
flows.flow_roles forecast.withheld_events forecast.score forecast.Boosted forecast.PooledGrowth
lab.Path lab.Places lab.ObservationSettings lab.total_effect panel.prepare atlas.AtlasContent
atlas.RuleGrid atlas.Multiverse atlas.panel_atlas report.AtlasContent report.RuleGrid
shrinkage.weighted_mean_growth_by shrinkage.TurokMykhnenko shrinkage.PathDraws
shrinkage.OnsetEvents shrinkage.BreakAtGaps
shrinkage.LeaveGaps shrinkage.OnsetDate shrinkage.Multiverse spatial.local_moran spatial.moran
spatial.fit_spatial spatial.DemeanFirst spatial.ObservedInformation survival.fit_cox_path
survival.fit_cox_ridge survival.fit_parametric
data.DriverColumns data.SplicedYear data.load_china data.read_yearbook panel.fit_poisson
shrinkage.PrincipalWeights survival.cross_validate_cox survival.fit_cox causal.rotemberg_table
atlas.AtlasContent atlas.Multiverse atlas.RuleGrid
"""


def sentences():
    """Verb and sentence, for every strong word of a public docstring before its examples."""
    for init in sorted((ROOT / "econshrink").glob("*/__init__.py")):
        for name, home in sorted(public_names(init).items()):
            text = docstrings(ROOT / f"{home.replace('.', '/')}.py").get(name, "")
            plain = re.sub(r"\s+", " ", text.split("Examples\n---")[0])
            for sentence in re.split(r"(?<=[.:;])\s+", plain):
                if STRONG.search(sentence):
                    yield f"{init.parent.name}.{name}", sentence


@cache
def docstrings(path):
    if not path.exists():
        return {}
    kinds = (ast.FunctionDef, ast.ClassDef)
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name: ast.get_docstring(node) or "" for node in body if isinstance(node, kinds)}


def table():
    lines = PROMISES.strip().replace("|\n", "|").splitlines()
    return [tuple(map(str.strip, line.split("|"))) for line in lines]


def test_every_promise_has_its_test_or_is_none():
    held = [(verb, words) for verb, words, _ in table()]
    loose = [
        (verb, sentence[:120])
        for verb, sentence in sentences()
        if verb not in WORDS.split()
        and not any(verb == name and words in sentence for name, words in held)
    ]
    assert loose == []


def test_what_is_listed_is_still_said_and_tested():
    said = list(sentences())
    gone = [
        (verb, words)
        for verb, words, _ in table()
        if not any(verb == name and words in sentence for name, sentence in said)
    ]
    assert gone == []
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    tests = set(re.findall(r"def (test_\w+)", code))
    assert {test for *_, test in table()} - tests == set()
