"""The nation of the headline meets official births and deaths, and every draw adds up to it."""

import numpy as np
import pytest

from analyses.shared.ages import announced_growth, natural_known
from analyses.shared.forecast_parts import calibrated, headline, nation, official
from analyses.shared.samples_cohort import cohort_sample
from econshrink.data import load_national
from econshrink.demography import project_cohorts

pytestmark = pytest.mark.slow


def test_natural_growth_is_the_official_one():
    sample = cohort_sample(5)
    flows = load_national().pivot(index="year", columns="series", values="value")
    flows = flows.loc[2021:2024, ["births_published", "deaths_published"]].mean()
    rates = {}
    for name, start in (("given", sample.start), ("met", calibrated(sample.start))):
        made = project_cohorts(start, sample.process, draws=1, rng=1)
        births, deaths = made.births.sum() / 5, made.deaths.sum() / 5
        rates[name] = (births - deaths) / start.people.sum()
        if name == "met":
            assert births == pytest.approx(flows["births_published"], rel=0.001)
            assert deaths == pytest.approx(flows["deaths_published"], rel=0.001)
    assert rates["given"] < -0.002  # today's tables on the ages of the census: far too fast
    assert rates["met"] == pytest.approx(-0.0007, abs=0.00005)
    factors = official(sample.start)
    assert 0.8 < factors.mortality < 0.9
    assert 1.0 < factors.fertility < 1.1


def test_every_draw_of_the_headline_adds_up():
    made = headline(60)
    for kind in ("people", "published"):
        held = made.of(kind)
        sums = held.units.draws.sum(axis=0) + held.rest.draws[0]
        assert np.abs(sums / held.nation.draws[0] - 1).max() < 1e-12
    assert len(made.units.cities) == 295
    before = made.units.years.index(2029)
    assert np.abs(made.units.parts["rebasing"][:, : before + 1]).max() < 0.01
    assert made.units.part_sizes(2030)["rebasing"].median() > 0.005
    alike = nation(60).at(2035)[0]
    assert np.sort(made.nation.at(2035)[0]) == pytest.approx(np.sort(alike))


def test_ages_are_used_once_they_were_out():
    units = headline(2).units.cities
    known = natural_known(units, 2024, 11)
    assert [known.known(year).start for year in (2011, 2012, 2021, 2022)] == [
        2011,
        2010,
        2010,
        2020,
    ]
    rate = np.log1p(announced_growth()[2011])
    assert known.known(2011).growth == pytest.approx(np.full((295, 24), rate))
