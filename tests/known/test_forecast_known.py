"""Paths, starts and errors by hand."""

import numpy as np
import pandas as pd
import pytest

from econshrink.errors import DataError, SpecError
from econshrink.forecast.errors_of_record import ErrorRecord, draw_errors, growth_exponent
from econshrink.forecast.project import Origin, last_usable, project, score_rule
from econshrink.forecast.risk import rank_risk
from econshrink.forecast.trend import DampedDrift, NoChange
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel
from econshrink.seeds import generator

CITIES = ["110000", "120000", "130000", "140000"]


def panel(rates=(0.01, -0.02, 0.0, 0.03), years=range(2010, 2025), status=None):
    table = pd.DataFrame(
        [
            {"city": city, "year": year, "population": 1e6 * np.exp(rate * (year - 2010))}
            for city, rate in zip(CITIES, rates, strict=True)
            for year in years
        ]
    )
    index = pd.MultiIndex.from_frame(table[["city", "year"]])
    words = pd.DataFrame({"population": "reported"}, index=index)
    for key, word in (status or {}).items():
        words.loc[key, "population"] = word
    places = pd.DataFrame({"province": ["N", "N", "S", "S"]}, index=CITIES)
    return CityPanel.from_long(table, status=words, attributes=places)


def test_damped_drift_is_a_geometric_sum():
    drift, horizons = pd.Series([0.02]), np.array([[1.0, 3.0]])
    path = DampedDrift(0.8).log_path(drift, horizons)[0]
    assert path == pytest.approx([0.016, 0.02 * (0.8 + 0.64 + 0.512)])
    assert DampedDrift(1.0).log_path(drift, horizons)[0] == pytest.approx([0.02, 0.06])
    assert DampedDrift(0.0).log_path(drift, horizons)[0] == pytest.approx([0.0, 0.0])
    assert NoChange().log_path(drift, horizons)[0] == pytest.approx([0.0, 0.0])
    with pytest.raises(SpecError, match=r"damping 1\.5"):
        DampedDrift(1.5)


def test_scoring_reads_nothing_after_the_origin():
    data = panel()
    truth = data.wide("population")[2020]
    record = score_rule(data, DampedDrift(1.0), Origin(2015, (2011, 2015)), truth, 2020)
    assert record.errors.to_numpy() == pytest.approx(np.zeros(4), abs=1e-12)
    later = data.frame.copy()
    later.loc[later.index.get_level_values("year") > 2015] *= 7.0
    changed = CityPanel(later, data.status, data.attributes)
    again = score_rule(changed, DampedDrift(1.0), Origin(2015, (2011, 2015)), truth, 2020)
    assert again.errors.equals(record.errors)
    naive = score_rule(data, NoChange(), Origin(2015, (2011, 2015)), truth, 2020)
    assert naive.errors.to_numpy() == pytest.approx([0.05, -0.10, 0.0, 0.15])


def test_error_parts_add_up():
    errors = pd.Series([0.1, 0.3, -0.2, 0.2], index=CITIES)
    record = ErrorRecord(2010, 10, errors, pd.Series(["N", "N", "S", "S"], index=CITIES))
    assert record.common == pytest.approx(0.1)
    assert record.group_parts == pytest.approx([0.1, -0.1])
    assert record.city_parts == pytest.approx(np.array([-0.1, 0.1, -0.2, 0.2]) * np.sqrt(2))


def test_errors_grow_between_root_and_straight_line():
    groups = pd.Series(["N", "N", "S", "S"], index=CITIES)
    make = lambda h, s: ErrorRecord(2010, h, pd.Series([s, -s, s, -s], index=CITIES), groups)  # noqa: E731
    assert growth_exponent(make(5, 0.1), make(10, 0.1 * 2**0.7)) == pytest.approx(0.7)
    assert growth_exponent(make(5, 0.1), make(10, 0.1)) == 0.5
    assert growth_exponent(make(5, 0.1), make(10, 0.9)) == 1.0
    with pytest.raises(DataError, match="shorter"):
        growth_exponent(make(10, 0.1), make(5, 0.1))


def test_drawn_errors_are_joint_and_scaled_with_the_horizon():
    groups = pd.Series(["N", "N", "S", "S"], index=CITIES)
    record = ErrorRecord(2010, 10, pd.Series([0.1, 0.1, 0.1, 0.1], index=CITIES), groups)
    horizons = np.array([[5.0, 10.0]] * 4)
    drawn = draw_errors(record, groups, horizons, 0.5, 50, generator("test"))
    assert np.ptp(drawn, axis=0) == pytest.approx(0)  # only the nation errs: all move together
    assert np.abs(drawn[0, 1]) == pytest.approx(np.full(50, 0.1))
    assert drawn[:, 0] == pytest.approx(drawn[:, 1] / np.sqrt(2))


def test_a_series_is_used_up_to_its_first_hidden_break():
    words = {
        ("120000", 2022): "interpolated",
        ("130000", 2021): "interpolated",
        ("140000", 2024): "suspect",
        ("110000", 2022): "suspect",
    }
    start = last_usable(panel(status=words), 2020)
    assert start.year.to_dict() == {"110000": 2024, "140000": 2023}
    assert start.excluded["city"].tolist() == ["120000", "130000"]


def test_projection_starts_each_city_at_its_own_last_figure():
    data = panel()
    groups = data.attributes["province"]
    record = lambda h: ErrorRecord(2010, h, pd.Series(0.0, index=CITIES), groups)  # noqa: E731
    short, long = record(5), record(10)
    object.__setattr__(short, "errors", pd.Series([1e-9, -1e-9] * 2, index=CITIES))
    object.__setattr__(long, "errors", pd.Series([1e-9, -1e-9] * 2, index=CITIES))
    start = pd.Series({"110000": 2024, "120000": 2022, "130000": 2024, "140000": 2024})
    future = project(
        data, DampedDrift(1.0), start, (short, long), 2030, base_year=2020, draws=3,
        generator=generator("test"),
    )  # fmt: skip
    truth = 1e6 * np.exp(np.array([0.01, -0.02, 0.0, 0.03]) * 20)
    assert future.at(2030)[:, 0] == pytest.approx(truth, rel=1e-6)
    assert future.years[0] == 2025
    with pytest.raises(SpecError, match="last year 2024"):
        project(
            data, NoChange(), start, (short, long), 2024, base_year=2020, draws=3,
            generator=generator("test"),
        )  # fmt: skip


def test_ranks_share_ties_and_stay_inside_their_intervals():
    draws = np.array([[[90.0] * 4], [[90.0] * 4], [[90.0, 100, 100, 100]], [[100.0] * 4]])
    future = Forecast(tuple(CITIES), (2030,), draws, np.full(4, 100.0), 2020, 2024, "test")
    frame = rank_risk(future, 0.05, 2030).frame
    assert frame["rank"].tolist() == [1, 1, 3, 4]
    assert frame["probability"].tolist() == [1.0, 1.0, 0.25, 0.0]
    assert ((frame["rank_low"] <= frame["rank"]) & (frame["rank"] <= frame["rank_high"])).all()
