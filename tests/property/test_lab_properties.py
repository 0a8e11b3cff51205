"""What holds in every synthetic country, whatever its settings and seed."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

from econshrink.core.cohorts import CohortRates, project_year
from econshrink.lab import (
    DemographySettings,
    HousingSettings,
    JobSettings,
    LabSettings,
    MigrationSettings,
    PlaceSettings,
    Region,
    ShockSettings,
    simulate,
)
from econshrink.lab.country.demography import round_rows
from econshrink.lab.country.migration import allocate_ages, draw_flows
from econshrink.lab.country.path import run_path

REGIONS = (Region("coast", 2, 3.0, 0.4), Region("rust", 1, 2.0, -0.5, -0.01))

few = settings(max_examples=12, derandomize=True, deadline=None)
many = settings(max_examples=100, derandomize=True, deadline=None)


@st.composite
def countries(draw):
    number = draw(st.floats(0.0, 1.0))
    return LabSettings(
        first_year=2000,
        last_year=2000 + draw(st.integers(1, 8)),
        places=PlaceSettings(
            cities=draw(st.integers(6, 20)),
            regions=REGIONS,
            mean_population=draw(st.sampled_from([3e4, 5e5, 4e6])),
            size_sd=0.8 * number,
        ),
        demography=DemographySettings(
            fertility_path=((2000, draw(st.floats(0.0, 6.0))),),
            improvement=draw(st.floats(-0.02, 0.04)),
        ),
        migration=MigrationSettings(
            out_rate=draw(st.floats(0.0, 0.08)),
            distance=draw(st.floats(0.0, 3.0)),
            border=draw(st.floats(0.0, 4.0)),
            keep_flows=True,
        ),
        shocks=ShockSettings(city=0.05 * number, attraction=0.5 * number),
        jobs=JobSettings(ageing=draw(st.floats(-0.5, 0.5))),
        housing=HousingSettings(supply=0.2 * number),
    )


@few
@given(countries(), st.integers(0, 2**40))
def test_every_person_is_accounted_for(country, seed):
    path = run_path(country, seed)
    s = path.series
    change = np.diff(s["population"], axis=0)
    natural = s["births"][1:] - s["deaths"][1:]
    # Whole persons: equality is exact, not approximate.
    np.testing.assert_array_equal(change, natural + s["in_migration"][1:] - s["out_migration"][1:])
    np.testing.assert_array_equal(s["net_migration"][1:].sum(axis=1), 0.0)
    np.testing.assert_array_equal(path.flows[1:].sum(axis=2), s["out_migration"][1:])
    np.testing.assert_array_equal(path.flows[1:].sum(axis=1), s["in_migration"][1:])
    assert path.flows.min() >= 0
    assert not np.diagonal(path.flows, axis1=1, axis2=2).any()


@few
@given(countries(), st.integers(0, 2**40))
def test_ages_are_whole_non_negative_and_add_up(country, seed):
    path = run_path(country, seed)
    assert path.ages.dtype == np.int32
    assert path.ages.min() >= 0
    np.testing.assert_array_equal(path.ages.sum(axis=(2, 3)).T, path.series["population"])
    # Nobody is born at an age above zero: without in-migration cohorts can only shrink.
    national = path.ages.astype(np.int64).sum(axis=0)
    assert (national[1:, :, 1:85] <= national[:-1, :, :84]).all()


@few
@given(countries(), st.integers(0, 2**40))
def test_figures_are_possible(country, seed):
    series = run_path(country, seed).series
    for name in ("share_65_plus", "share_0_14", "unemployment", "vacancy"):
        assert ((series[name] >= 0) & (series[name] <= 1)).all(), name
    for name in ("wage", "house_price", "housing_stock", "built_up_km2", "gdp_real"):
        assert (series[name] > 0).all(), name
    assert (np.diff(series["built_up_km2"], axis=0) >= 0).all()
    decayed = (1 - country.housing.depreciation) * series["housing_stock"][:-1]
    assert (series["housing_stock"][1:] >= decayed * (1 - 1e-12)).all()


@settings(max_examples=3, derandomize=True, deadline=None)
@given(countries(), st.integers(0, 2**40))
def test_same_seed_same_bytes(country, seed):
    one, two = simulate(country, seed), simulate(country, seed)
    assert one.true.digest() == two.true.digest()
    assert one.observed.digest() == two.observed.digest()
    pd.testing.assert_frame_equal(one.observed.status, two.observed.status)
    assert one.ages.tobytes() == two.ages.tobytes()
    assert simulate(country, seed + 1).true.digest() != one.true.digest()


@settings(max_examples=3, derandomize=True, deadline=None)
@given(st.integers(0, 2**40))
def test_rates_do_not_depend_on_the_size_of_the_country(seed):
    small = LabSettings(last_year=2006, places=PlaceSettings(cities=10, regions=REGIONS))
    large = replace(small, places=replace(small.places, mean_population=4 * 3.9e6))
    a, b = (run_path(s, seed).series["population"] for s in (small, large))
    np.testing.assert_allclose(b[-1] / b[0], a[-1] / a[0], atol=2e-4)


@many
@given(
    st.lists(st.integers(0, 5000), min_size=2, max_size=30),
    st.integers(0, 2**32),
)
def test_flows_have_exact_margins(leaving, seed):
    rng = np.random.default_rng(seed)
    n = len(leaving)
    kernel = rng.uniform(1e-6, 1.0, (n, n)).astype(np.float32)
    np.fill_diagonal(kernel, 0.0)
    out = np.array(leaving)
    arriving, table = draw_flows(kernel, out, rng.uniform(1e-4, 1, n), rng.random(n), keep=True)
    np.testing.assert_array_equal(table.sum(axis=1), out)
    np.testing.assert_array_equal(table.sum(axis=0), arriving)
    assert table.min() >= 0


@many
@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=20),
    st.lists(st.integers(0, 100), min_size=1, max_size=20),
)
def test_ages_of_migrants_have_exact_margins(pool, parts):
    pool = np.array(pool)
    weights = np.array(parts, dtype=float) + 1e-3
    arriving = round_rows(weights[None, :], np.array([pool.sum()]))[0]
    table = allocate_ages(arriving, pool)
    np.testing.assert_array_equal(table.sum(axis=1), arriving)
    np.testing.assert_array_equal(table.sum(axis=0), pool)
    assert table.min() >= 0


@many
@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=40).filter(lambda x: sum(x) > 1e-3),
    st.integers(0, 10**7),
)
def test_rounded_rows_keep_their_sum_and_stay_close(shares, total):
    row = np.array(shares)[None, :]
    whole = round_rows(row, np.array([total]))
    assert whole.sum() == total
    assert whole.min() >= 0
    assert np.abs(whole - row / row.sum() * total).max() < 1.0 + 1e-6 * total


@many
@given(st.integers(0, 2**32), st.floats(0.1, 1000.0))
def test_projection_is_linear_in_persons(seed, factor):
    rng = np.random.default_rng(seed)
    rates = CohortRates(rng.random((2, 8)), rng.random(2), rng.random(8))
    people = rng.random((3, 2, 8)) * 100
    end, births, deaths = project_year(people, rates)
    scaled = project_year(people * factor, rates)
    for one, other in zip((end, births, deaths), scaled, strict=True):
        np.testing.assert_allclose(other, one * factor, rtol=1e-10)
    order = rng.permutation(3)
    np.testing.assert_array_equal(project_year(people[order], rates)[0], end[order])
