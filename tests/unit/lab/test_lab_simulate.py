"""A simulated country: its panels, its damaged figures and its vintages."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.lab import (
    Intervention,
    LabSettings,
    MigrationSettings,
    ObservationSettings,
    PlaceSettings,
    simulate,
    true_vintage,
)
from econshrink.nouns.panel import STATUSES

SMALL = LabSettings(places=PlaceSettings(cities=70))


def cleanly(**changes):
    return replace(SMALL, observation=ObservationSettings.clean(**changes))


@pytest.fixture(scope="module")
def run():
    return simulate(SMALL, seed=4)


@pytest.fixture(scope="module")
def no_smoothing():
    return simulate(cleanly(smooth=False), seed=4)


def test_everything_is_marked_synthetic(run):
    for panel in (run.true, run.observed, run.census, true_vintage(run, 2012)):
        assert panel.synthetic
        assert "synthetic" in panel.source
        assert panel.attributes["name_en"].str.contains("Synthetic").all()


def test_panels_cover_cities_and_years(run):
    assert run.true.years == run.observed.years == tuple(range(2000, 2025))
    assert run.census.years == (2000, 2010, 2020)
    assert run.true.cities == run.observed.cities == run.path.places.codes
    assert len(run.provinces) == len(run.regions) == len(run.coordinates) == 70
    assert set(run.observed.status["population"].dropna()) <= set(STATUSES)


def test_panel_rows_belong_to_their_city_and_year(run):
    frame = run.true.frame["population"]
    code = run.true.cities[17]
    assert frame.loc[(code, 2013)] == run.path.series["population"][13, 17]
    assert frame.loc[(code, 2013)] == run.ages[17, 13].sum()


def test_ages_agree_with_the_published_shares(run):
    people = run.ages.sum(axis=(2, 3))
    np.testing.assert_array_equal(people, run.true.wide("population").to_numpy())
    old = run.ages[..., 65:].sum(axis=(2, 3)) / people
    np.testing.assert_allclose(old, run.true.wide("share_65_plus"), rtol=1e-12)
    women = run.ages[:, :, 1, 20:40].sum(axis=2)
    np.testing.assert_array_equal(women, run.true.wide("women_20_39").to_numpy())


def test_jobs_never_exceed_the_labour_force(run):
    force = 0.78 * run.true.column("working_age")
    sectors = [name for name in run.true.variables if name.startswith("jobs_")]
    np.testing.assert_array_equal(run.true.frame[sectors].sum(axis=1), run.true.column("jobs"))
    assert (run.true.column("jobs") <= force).all()
    rate = 1 - run.true.column("jobs") / force
    np.testing.assert_allclose(rate, run.true.column("unemployment"), atol=1e-4)


def test_built_up_area_never_shrinks(run):
    assert (run.true.wide("built_up_km2").diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_census_is_exact_unless_it_undercounts(run):
    true = run.true.wide("population")
    census = run.census.wide("population")[[2000, 2010, 2020]]
    pd.testing.assert_frame_equal(census, true[[2000, 2010, 2020]], check_names=False)
    missed = simulate(cleanly(undercount=(0.0181, 0.0012, 0.0005)), seed=4)
    ratio = missed.census.wide("population")[2000] / true[2000]
    np.testing.assert_allclose(ratio, 1 - 0.0181, atol=1e-5)


def test_without_defects_the_figures_are_true(no_smoothing):
    published = no_smoothing.observed.wide("population")
    np.testing.assert_allclose(published, no_smoothing.true.wide("population"), atol=0.51)
    pd.testing.assert_series_equal(
        no_smoothing.observed.column("births"), no_smoothing.true.column("births")
    )


def test_smoothing_hides_migration_and_the_census_brings_it_back(no_smoothing):
    smooth = simulate(cleanly(), seed=4)
    pd.testing.assert_frame_equal(smooth.true.frame, no_smoothing.true.frame)
    far = np.array(smooth.regions) == "northeast"
    true, shown = (p.wide("population")[far].sum() for p in (smooth.true, smooth.observed))
    assert true[2019] / true[2010] - 1 < -0.03
    assert shown[2019] / shown[2010] > true[2019] / true[2010] + 0.03
    np.testing.assert_array_equal(shown[[2010, 2020]], true[[2010, 2020]])
    assert (smooth.observed.wide_status("population")[2020] == "rebased").all()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"registered_share": 0.2}, "wrong_concept"),
        ({"spike_share": 0.2}, "suspect"),
        ({"interpolated_share": 1.0}, "interpolated"),
        ({"revision_share": 1.0}, "revised"),
    ],
)
def test_every_defect_has_its_switch_and_leaves_other_cells_alone(no_smoothing, change, status):
    damaged = simulate(cleanly(smooth=False, **change), seed=4)
    hit = damaged.observed.status["population"] == status
    assert 0.05 < hit.mean() < 0.95
    others = ~hit
    pd.testing.assert_series_equal(
        damaged.observed.column("population")[others],
        no_smoothing.observed.column("population")[others],
    )
    census = damaged.observed.frame.index.get_level_values("year").isin([2000, 2010, 2020])
    assert not (hit & census).any()


def test_slips_are_factors_of_ten_and_registered_cells_are_registered(no_smoothing):
    slips = simulate(cleanly(smooth=False, spike_share=0.2), seed=4).observed
    hit = slips.status["population"] == "suspect"
    ratio = slips.column("population")[hit] / no_smoothing.observed.column("population")[hit]
    assert set(ratio.round(4)) == {0.1, 10.0}
    other = simulate(cleanly(smooth=False, registered_share=0.2), seed=4)
    hit = other.observed.status["population"] == "wrong_concept"
    pd.testing.assert_series_equal(
        other.observed.column("population")[hit],
        other.true.column("hukou_population")[hit],
        check_names=False,
    )


def test_gaps_are_early_and_have_no_status():
    gappy = simulate(cleanly(missing_share=0.3), seed=4).observed
    missing = gappy.column("population").isna()
    years = gappy.frame.index.get_level_values("year")
    assert missing.any()
    assert years[missing].max() < 2006
    assert gappy.status["population"][missing].isna().all()


def test_a_boundary_gain_is_a_lasting_step_in_the_published_series_only(no_smoothing):
    moved = simulate(cleanly(smooth=False, boundary_share=1.0), seed=4)
    pd.testing.assert_frame_equal(moved.census.frame, no_smoothing.census.frame)
    ratio = moved.observed.wide("population") / no_smoothing.observed.wide("population")
    steps = (ratio.diff(axis=1).abs() > 1e-3).sum(axis=1)
    assert (steps == 1).all()
    assert ((ratio[2024] > 1.05) & (ratio[2024] < 1.19)).all()


def test_the_final_compilation_is_the_last_vintage(run):
    last = true_vintage(run, 2024 + run.settings.observation.publication_lag)
    pd.testing.assert_series_equal(last.column("population"), run.observed.column("population"))
    pd.testing.assert_series_equal(
        last.status["population"], run.observed.status["population"], check_names=False
    )


def test_vintages_hold_nothing_published_later(run):
    for year in (2003, 2011, 2016, 2022):
        vintage = true_vintage(run, year)
        assert vintage.years[-1] == year - 1
        # Another future from `year` on: what was known by then must not move by a bit.
        shift = Intervention(attraction=0.8, job_growth=-0.05, start=year, target_share=1.0)
        other = simulate(replace(SMALL, intervention=shift), seed=4)
        assert other.true.digest() != run.true.digest()
        assert true_vintage(other, year).digest() == vintage.digest()


def test_revisions_arrive_with_the_census():
    run = simulate(cleanly(revision_share=1.0), seed=4)
    before, after = true_vintage(run, 2020), true_vintage(run, 2021)
    assert (before.wide_status("population")[2015] == "reported").all()
    assert (after.wide_status("population")[2015] == "revised").all()
    true = run.true.wide("population")
    error = [
        np.abs(np.log(v.wide("population")[2019] / true[2019])).mean() for v in (before, after)
    ]
    assert error[1] < error[0] / 2


def test_a_vintage_before_any_figure_is_refused(run):
    with pytest.raises(DataError, match="2001 or later"):
        true_vintage(run, 2000)


def test_flows_are_kept_when_asked_for():
    settings = replace(SMALL, last_year=2004, migration=MigrationSettings(keep_flows=True))
    run = simulate(settings, seed=4)
    flows = run.path.flows
    assert flows.shape == (5, 70, 70)
    out, into = run.true.wide("out_migration"), run.true.wide("in_migration")
    np.testing.assert_array_equal(flows[1:].sum(axis=2).T, out.to_numpy()[:, 1:])
    np.testing.assert_array_equal(flows[1:].sum(axis=1).T, into.to_numpy()[:, 1:])
    assert not flows[0].any()


def test_a_country_without_migration_stands_still():
    closed = replace(SMALL, last_year=2004, migration=MigrationSettings(out_rate=0.0))
    run = simulate(closed, seed=4)
    assert run.true.column("in_migration").sum() == 0.0


def test_longer_runs_start_with_shorter_ones(run):
    short = simulate(replace(SMALL, last_year=2012), seed=4)
    pd.testing.assert_frame_equal(short.true.frame, run.true.select(years=range(2000, 2013)).frame)


def test_a_city_that_dies_out_is_one_clear_error():
    tiny = replace(
        SMALL,
        places=PlaceSettings(cities=70, mean_population=1000.0, size_sd=1.5),
        migration=MigrationSettings(out_rate=0.2, city_sd=2.0),
        last_year=2060,
    )
    with pytest.raises(SpecError, match="nobody of working age in S"):
        simulate(tiny, seed=1)
