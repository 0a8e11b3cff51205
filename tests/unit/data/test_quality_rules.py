"""Every detector: its rule on hand-made figures, and its measured rates on planted errors."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.seeds import generator
from econshrink.data import (
    CopiedYear,
    HukouInResident,
    InterpolationRun,
    Jump,
    SharedValue,
    Spike,
    SplicedYear,
    SwappedDigits,
    UnitSlip,
    ZeroBetween,
    apply_flags,
    check_sums,
    detect,
    detect_all,
    detection_rates,
)
from econshrink.data.china.panels import load_china, load_units
from econshrink.data.quality.planted import DEFECTS
from econshrink.data.quality.wide import wide
from econshrink.nouns.country import CHINA
from econshrink.nouns.panel import CityPanel


def panel_of(figures, variable="population", first=2003, codes=None):
    """Panel of one variable; `figures` is a list of series, one a city."""
    codes = codes or [f"1301{i:02d}" for i in range(len(figures))]
    rows = [
        {"city": code, "year": first + t, variable: value}
        for code, series in zip(codes, figures, strict=True)
        for t, value in enumerate(series)
    ]
    return CityPanel.from_long(pd.DataFrame(rows))


def years_flagged(rule, figures, variable="population", **kwargs):
    flags = detect(panel_of([figures], variable, **kwargs), variable, [rule], country=CHINA)
    return flags["year"].tolist()


def clean_panel(cities=300, years=25, rebase=True):
    """Population in units of 100 with its own trend, fat-tailed years and census steps."""
    rng = generator("test_quality.clean")
    units = load_units()
    codes = units.index[units["in_337"]][:cities]
    span = np.arange(1999, 1999 + years)
    growth = rng.normal(0.004, 0.004, years) + rng.normal(0, 0.006, cities)[:, None]
    growth = growth + 0.004 * rng.standard_t(5, (cities, years))
    level = rng.normal(np.log(3.5e6), 0.6, cities)[:, None] + np.cumsum(growth, axis=1)
    if rebase:
        for census in (2000, 2010, 2020):
            level[:, span >= census] += rng.normal(0, 0.04, cities)[:, None]
    values = np.round(np.exp(level) / 100) * 100
    index = pd.MultiIndex.from_product([codes, span], names=["city", "year"])
    return CityPanel(pd.DataFrame({"population": values.ravel()}, index=index), synthetic=True)


def test_zero_between_large_values_only():
    assert years_flagged(ZeroBetween(), [100, 101, 0, 0, 103.0]) == [2005, 2006]
    assert years_flagged(ZeroBetween(), [0, 101, 102, 103, 0.0]) == []
    assert years_flagged(ZeroBetween(), [100, 1, 0, 1, 100.0]) == []


def test_unit_slip_flags_the_minority_of_years():
    assert years_flagged(UnitSlip(), [100, 101, 1020, 1030, 104, 105.0]) == [2005, 2006]
    assert years_flagged(UnitSlip(), [100, 101, 102, 1.03e6, 1.04e6]) == [2006, 2007]
    assert years_flagged(UnitSlip(), [100, 150, 225, 337, 506.0]) == []
    assert years_flagged(UnitSlip(), [0.51, 0.52, 53, 0.54], "urban_share") == [2005]


def test_spike_and_jump_leave_one_another_alone():
    figures = [100, 101, 120, 103, 104, 105.0]
    assert years_flagged(Spike(), figures) == [2005]
    assert years_flagged(Jump(), figures) == []
    step = [100, 101, 102, 130, 131, 132, 133, 134.0]
    assert years_flagged(Spike(), step) == []
    assert years_flagged(Jump(), step) == [2006]


def test_a_step_in_a_census_year_is_no_jump():
    step = [100, 101, 102, 115, 116, 117.0]
    assert years_flagged(Jump(), step, first=2007) == []
    assert years_flagged(Jump(), step, first=2006) == [2009]
    assert years_flagged(Jump(), [100, 101, 102, 150, 151, 152.0], first=2007) == [2010]


def test_copied_year_needs_precision_or_company():
    exact = [1000037.0, 1012345, 1012345, 1034567, 1045671, 1056123]
    assert years_flagged(CopiedYear(), exact) == [2005]
    assert years_flagged(CopiedYear(), [101.0, 102, 102, 103, 103]) == []
    coarse = panel_of([[100.0 + i, 101 + i, 101 + i, 103 + i] for i in range(6)])
    assert set(detect(coarse, "population", [CopiedYear()])["year"]) == {2005}


def test_interpolation_run_keeps_its_end_points():
    figures = [1000000.0, 1013400, 1021200, 1029000, 1036800, 1040000, 1071300, 1069900]
    assert years_flagged(InterpolationRun(), figures) == [2005, 2006]
    exponential = 1e6 * 1.01 ** np.arange(5)
    figures = [9.7e5, *exponential, 1.1e6, 1.13e6]
    assert years_flagged(InterpolationRun(), figures) == [2005, 2006, 2007]
    assert years_flagged(InterpolationRun(), [5.0, 5, 5, 5, 5]) == []


def test_swapped_digits():
    calm = [[100000.0 * i + 1100 * t + 100 * (t % 2) for t in range(6)] for i in range(2, 8)]
    swap = [345600.0, 347100, 384600, 349900, 351200, 352900]
    odd = [345600.0, 347100, 399900, 349900, 351200, 352900]
    panel = panel_of([*calm, swap, odd])
    flags = detect(panel, "population", [SwappedDigits()])
    assert flags[["city", "year"]].to_numpy().tolist() == [["130106", 2005]]


def test_one_figure_in_many_cities_of_a_province():
    rates = [[108.0 + i, 112.5, 107.0 + i] for i in range(5)]
    flags = detect(panel_of(rates, "gdp_index"), "gdp_index", [SharedValue()], country=CHINA)
    assert set(flags["year"]) == {2004}
    assert len(flags) == 5


def test_hukou_figures_in_the_resident_column():
    resident, hukou = [900.0, 905, 800, 915], [790.0, 795, 800, 805]
    panel = panel_of([resident]).with_variables(
        {"hukou_population": panel_of([hukou], "hukou_population").frame["hukou_population"]}
    )
    flags = detect_all(panel, country=CHINA)
    found = flags[flags["rule"] == "hukou_in_resident"]
    assert found["year"].tolist() == [2005]
    assert set(found["status"]) == {"wrong_concept"}


def test_a_province_that_leaves_and_returns_together():
    series = [[100.0 + i, 101 + i, 108 + i, 102 + i, 103 + i] for i in range(5)]
    rest = [[200.0 + i, 202 + i, 204 + i, 206 + i, 208 + i] for i in range(12)]
    codes = [f"2301{i:02d}" for i in range(5)] + [f"3201{i:02d}" for i in range(12)]
    data = wide(panel_of(series + rest, codes=codes), "population", CHINA)
    found = HukouInResident().find(data, None)
    assert found[:5, 2].all()
    assert found.sum() == 5


def test_parts_against_wholes():
    frame = pd.DataFrame(
        {
            "city": "130100",
            "year": [2010, 2011],
            "gdp_nominal": [100.0, 100],
            "gdp_primary": [10, 10],
            "gdp_secondary": [50, 50],
            "gdp_tertiary": [40, 30],
            "hukou_population": [9, 9],
            "hukou_population_districts": [4, 11],
        }
    )
    flags = detect_all(CityPanel.from_long(frame), country=CHINA)
    parts = flags[flags["rule"] == "part_above_whole"]
    assert set(zip(parts["variable"], parts["year"], strict=True)) == {
        ("gdp_primary", 2011),
        ("gdp_secondary", 2011),
        ("gdp_tertiary", 2011),
        ("hukou_population_districts", 2011),
    }


def test_sums_are_compared_only_where_all_units_report():
    units = load_units()
    hebei = [c for c in units.index[units["in_337"] & units["valid_2020"]] if c[:2] == "13"]
    panel = panel_of([[100.0, 100.0]] * len(hebei), first=2010, codes=hebei)
    totals = pd.DataFrame(
        {
            "area": ["130000", "130000", "140000"],
            "year": [2010, 2011, 2010],
            "variable": "population",
            "value": [100.0 * len(hebei), 90.0 * len(hebei), 5.0],
        }
    )
    sums = check_sums(panel, totals)
    assert sums[["year", "flagged"]].to_numpy().tolist() == [[2010, False], [2011, True]]
    flags = detect_all(panel, totals=totals, country=CHINA)
    summed = flags[flags["rule"] == "sum_against_total"]
    assert set(summed["year"]) == {2011}
    assert len(summed) == len(hebei)


def test_statuses_follow_the_flags_and_spare_what_is_already_marked():
    panel = panel_of([[100.0, 101, 0, 103]])
    status = pd.DataFrame(
        {"population": ["reported", "revised", "revised", None]}, index=panel.frame.index
    )
    marked = CityPanel(panel.frame, status)
    flags = detect_all(panel, country=CHINA)
    assert apply_flags(panel, flags).status["population"].tolist()[2] == "suspect"
    assert apply_flags(marked, flags).status["population"].tolist()[2] == "revised"


def test_rules_do_not_change_their_input():
    panel = clean_panel(40, 12)
    before = panel.digest()
    detect_all(panel, country=CHINA)
    assert panel.digest() == before


@pytest.mark.slow
def test_measured_hit_and_false_alarm_rates():
    rates = detection_rates(clean_panel(), "population", repeats=3).set_index("defect")
    assert set(rates.index) == {*(defect.name for defect in DEFECTS), "none"}
    least = {
        "zero for missing": 0.99,
        "unit slip x10": 0.99,
        "unit slip x100": 0.99,
        "unit slip x10000": 0.99,
        "spike of 8-20 %": 0.75,
        "step of 12-25 %": 0.75,
        "year copied": 0.99,
        "digits swapped": 0.75,
        "linear run, rounded": 0.97,
        "linear run, not rounded": 0.95,
    }
    for defect, rate in least.items():
        assert rates.loc[defect, "hit_rate"] >= rate, defect
    assert (rates["false_alarm_rate"] <= 0.005).all()


def test_known_defects_of_the_embedded_figures_are_found():
    # Heilongjiang 2021 stands on registered population; ten of its series spike.
    panel = load_china()
    population = CityPanel(panel.frame[["population"]].dropna())
    flags = detect_all(population, country=CHINA)
    block = flags[flags["rule"] == "hukou_in_resident"]
    found = set(zip(block["city"].str[:2], block["year"], strict=True))
    assert ("23", 2021) in found


@pytest.mark.slow
@pytest.mark.parametrize(("column", "least"), [(True, 0.75), (False, 0.6)])
def test_measured_rates_of_the_hukou_rule(column, least):
    """A province's residents replaced by its registered population in one year."""
    panel = clean_panel()
    resident = wide(panel, "population", CHINA)
    rng = generator("test_quality.hukou")
    gap = rng.normal(0, 0.1, (300, 1)) + rng.normal(0, 0.002, resident.values.shape)
    hukou = np.round(resident.values * np.exp(gap) / 100) * 100
    provinces = resident.groups
    large = [p for p in np.unique(provinces) if (provinces == p).sum() >= 8]
    planted = hits = alarms = clean = 0
    for province in large:
        year = int(rng.choice([t for t in range(2, 23) if not resident.census[t : t + 2].any()]))
        mask = np.zeros(hukou.shape, dtype=bool)
        mask[provinces == province, year] = True
        index = panel.frame.index
        columns = {"population": np.where(mask, hukou, resident.values).ravel()}
        if column:
            columns["hukou_population"] = hukou.ravel()
        damaged = CityPanel(pd.DataFrame(columns, index=index), synthetic=True)
        rule = HukouInResident()
        other = wide(damaged, "hukou_population", CHINA) if column else None
        found = rule.find(wide(damaged, "population", CHINA), other)
        planted, hits = planted + mask.sum(), hits + (found & mask).sum()
        clean, alarms = clean + (~mask).sum(), alarms + (found & ~mask).sum()
    assert hits / planted >= least
    assert alarms / clean <= 0.001


def _country(rng, noise):
    """Sixty cities over sixteen years, figures to the unit, nothing wrong."""
    start, growth = rng.normal(11, 1, 60), rng.normal(0.005, 0.015, 60)
    shocks = np.cumsum(rng.normal(0, 0.7 * noise, (60, 16)), axis=1)
    return np.round(np.exp(start[:, None] + growth[:, None] * np.arange(16) + shocks))


def _found(values, rule):
    flags = detect(panel_of(values, codes=[f"13{i:04d}" for i in range(len(values))]), "population",
                   [rule])  # fmt: skip
    mask = np.zeros(values.shape, dtype=bool)
    for city, year in zip(flags["city"], flags["year"], strict=True):
        mask[int(city[2:]), year - 2003] = True
    return mask


@pytest.mark.parametrize("around", [[], [30001, 31507, 33103]])
def test_a_line_rounded_to_multiples_of_eight_is_interpolated(around):
    figures = [*around, 33992, 34512, 35024, 35560, *[f + 6200 for f in around]]
    flags = detect(panel_of([figures]), "population", [InterpolationRun()])
    first = 2003 + len(around)
    assert flags["year"].tolist() == [first + 1, first + 2]
    assert set(flags["status"]) == {"interpolated"}


@pytest.mark.parametrize("unit", [4, 8])
def test_rates_of_lines_rounded_coarsely(unit):
    """Hits of .7 or more; on clean figures the rule for coarse units adds less than .001."""
    rng = generator("unit.quality.coarse")
    for noise in (0.003, 0.01, 0.02):
        hits = planted = alarms = clean = 0
        for _ in range(4):
            values = _country(rng, noise)
            fine = _found(values, InterpolationRun(chance=0.0))  # the rule for printed units
            assert (_found(values, InterpolationRun()) & ~fine).mean() < 0.001
            truth = np.zeros(values.shape, dtype=bool)
            for i in rng.permutation(60)[:12]:
                length = int(rng.integers(2, 6))
                t = int(rng.integers(1, 16 - length - 1))
                line = np.linspace(values[i, t - 1], values[i, t + length], length + 2)
                values[i, t - 1 : t + length + 1] = np.round(line / unit) * unit
                truth[i, t : t + length] = True
            found = _found(values, InterpolationRun())
            hits, planted = hits + (found & truth).sum(), planted + truth.sum()
            alarms, clean = alarms + (found & ~truth).sum(), clean + (~truth).sum()
        assert hits / planted > 0.7
        assert alarms / clean < 0.004


@pytest.mark.parametrize("unit", [1, 8])
def test_a_year_in_which_all_cities_lie_on_their_lines_is_seen(unit):
    rng = generator("unit.quality.splice")
    for noise in (0.003, 0.01, 0.02):
        values = _country(rng, noise)
        assert not _found(values, SplicedYear()).any()
        line = (values[:, 6] + values[:, 8]) / 2
        values[:, 7] = np.round(line / unit) * unit
        found = _found(values, SplicedYear())
        assert found[:, 7].mean() > 0.8
        assert not np.delete(found, 7, axis=1).any()


def test_the_splice_of_a_few_cities_is_not_called_a_year():
    rng = generator("unit.quality.few")
    values = _country(rng, 0.01)
    values[:20, 7] = np.round((values[:20, 6] + values[:20, 8]) / 2)
    assert not _found(values, SplicedYear()).any()


def test_flags_of_the_embedded_panel_hold_no_splice_and_no_coarse_line():
    flags = detect_all(load_china(), country=CHINA)
    assert "spliced_year" not in set(flags["rule"])
    assert (flags["rule"] == "interpolation_run").sum() == 1135
