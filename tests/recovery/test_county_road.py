"""The whole road on another country's table: FIPS codes, no province, censuses as they come."""

import numpy as np
import pandas as pd
import pytest

from econshrink import CHINA, Clustered, Country, Resampling, SpecError, fit_cox, kaplan_meier
from econshrink.data.quality.detect import detect_all
from econshrink.shrinkage import (
    ConsecutiveDecline,
    NetLoss,
    Watch,
    city_histories,
    identify,
    risk_spells,
    size_classes,
)
from econshrink.survival import DurationLog, bootstrap_survival, concordance, fit_discrete_hazard
from econshrink.tables import as_panel

UNITS, FIRST, LAST = 2_000, 2004, 2020


def counties(step=1):
    """Counties that fall the sooner the older they are; Synthetic."""
    rng = np.random.default_rng(17)
    age = rng.normal(size=UNITS)
    years = np.arange(FIRST, LAST + 1)
    onset = FIRST + 1 + rng.exponential(12 * np.exp(-0.7 * age))
    growth = np.where(years[None, :] >= onset[:, None], -0.02, 0.01)
    level = rng.uniform(9, 14, UNITS)[:, None] + np.cumsum(growth, axis=1)
    frame = pd.DataFrame(
        {
            "fips": np.repeat(
                [f"{1 + i // 40:02d}{1 + 2 * (i % 40):03d}" for i in range(UNITS)], 17
            ),
            "year": np.tile(years, UNITS),
            "population": np.exp(level).round().ravel(),
            "older": np.repeat(age, 17),
        }
    )
    return frame[(frame["year"] - FIRST) % step == 0]


@pytest.fixture(scope="module")
def panel():
    return as_panel(counties(), unit="fips", time="year")


def test_counties_are_identified_with_any_gap(panel):
    yearly = identify(panel, NetLoss("population"))
    sparse = identify(as_panel(counties(4), unit="fips", time="year"), NetLoss("population"))
    assert yearly.frame["shrinking"].mean() > 0.2
    pd.testing.assert_series_equal(yearly.frame["shrinking"], sparse.frame["shrinking"])
    five = counties(5)
    found = identify(as_panel(five, unit="fips", time="year"), NetLoss("population"))
    assert len(found.frame) == UNITS
    assert five["year"].unique().tolist() == [2004, 2009, 2014, 2019]


def test_detectors_run_without_a_province_and_know_the_censuses_they_are_told(panel):
    some = as_panel(counties().head(17 * 200), unit="fips", time="year")
    plain = detect_all(some)
    assert not len(plain[plain["rule"] == "shared_value"])
    told = detect_all(some, country=Country(prefix=2, censuses=(2010, 2020)))
    assert set(told["city"]) <= set(some.cities)
    integers = counties().head(17 * 50).assign(fips=lambda f: f["fips"].astype(int))
    assert set(detect_all(as_panel(integers, unit="fips", time="year"))) == set(plain)


def test_from_spells_to_hazards(panel):
    histories = city_histories(panel, Watch(ConsecutiveDecline(3), 3, FIRST + 1, LAST))
    spells = risk_spells(histories, panel=panel, covariates=["older"])
    fit = fit_cox(spells, ["older"], vcov=Clustered())
    assert abs(fit.coefficient("older") - 0.7) < 0.1
    table = spells.frame.rename(columns={"city": "county", "start": "from", "stop": "to"})
    again = fit_cox(
        table,
        "Surv(`from`, to, event) ~ older",
        unit="county",
        vcov=Clustered("county"),
    )
    np.testing.assert_array_equal(again.coefficients, fit.coefficients)
    np.testing.assert_array_equal(again.covariance, fit.covariance)
    assert again.vcov_label == "clustered by county"
    hazard = fit_discrete_hazard(
        table,
        ["older"],
        start="from",
        stop="to",
        event="event",
        unit="county",
        duration=DurationLog(),
    )
    assert abs(hazard.coefficient("older") - 0.7) < 0.1
    assert concordance(table, again).estimate > 0.6
    curve = kaplan_meier(table, "Surv(`from`, to, event) ~ 1", cluster="county")
    drawn = bootstrap_survival(
        table, "Surv(`from`, to, event) ~ 1", Resampling(49, cluster="county", rng=1)
    )
    np.testing.assert_allclose(curve.frame["estimate"], drawn.frame["estimate"])
    assert "by county" in drawn.label


def test_size_classes_are_the_country_s():
    people = pd.Series([4e4, 5e4, 2e7])
    assert size_classes(people).tolist() == ["small", "small", "super-large"]
    own = Country(size_classes=("rural", "urban"), size_limits=(50_000,))
    assert size_classes(people, own).tolist() == ["rural", "urban", "urban"]
    with pytest.raises(SpecError, match="without size classes"):
        size_classes(people, Country())
    for wrong in (
        {"censuses": (2010, 2000)},
        {"size_classes": ("a",), "size_limits": (1.0,)},
        {"prefix": -1},
    ):
        with pytest.raises(SpecError):
            Country(**wrong)
    assert CHINA.groups(["230400", "110000"]).tolist() == ["23", "11"]
