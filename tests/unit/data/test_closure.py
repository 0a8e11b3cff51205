"""Closure of annual series to the censuses: by hand, on the embedded figures, and its refusals."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.data import (
    Closure,
    HoldGrowth,
    ObservedCell,
    StraightLine,
    base_shift,
    close_china,
    close_log_linear,
    load_boundary_changes,
    load_census_panel,
    load_china,
    rebase_boundaries,
)
from econshrink.nouns.panel import CityPanel

YEARS = range(2010, 2023)
# A city that grew one percent a year on the old base, and lost a tenth by the census.
DRIFT = [100 * 1.01**t for t in range(10)] + [90.0, 89.0, 88.0]


def panel(rows: dict[str, list[float]], years=YEARS, status=None, synthetic=False) -> CityPanel:
    table = pd.DataFrame(
        [
            (city, year, value)
            for city, values in rows.items()
            for year, value in zip(years, values, strict=True)
        ],
        columns=["city", "year", "population"],
    )
    frame = None
    if status is not None:
        frame = pd.DataFrame(
            {"population": list(status.values())},
            index=pd.MultiIndex.from_tuples(status, names=["city", "year"]),
        )
    return CityPanel.from_long(table, status=frame, synthetic=synthetic)


def census(rows: dict[str, tuple[float, float]], **kwargs) -> CityPanel:
    return panel({city: list(pair) for city, pair in rows.items()}, (2010, 2020), **kwargs)


def closed(closure: Closure, city: str = "230400") -> pd.Series:
    return closure.panel.wide("population").loc[city]


def test_by_hand_with_growth_held():
    closure = close_log_linear(panel({"230400": DRIFT}), census({"230400": (100, 90)}))
    last = 90 / (100 * 1.01**10)  # census over the continued old base
    expected = [100 * 1.01**t * last ** (t / 10) for t in range(10)]
    assert closed(closure)[:10].tolist() == pytest.approx(expected, rel=1e-12)
    assert closed(closure)[2020] == 90.0
    assert closed(closure)[[2021, 2022]].tolist() == [89.0, 88.0]  # observed cell is the census
    growth = np.diff(np.log(closed(closure)))
    assert growth[:10] == pytest.approx(np.log(0.9) / 10, rel=1e-9)  # steady raw, so steady here


def test_the_observed_cell_leaves_the_whole_step_in_the_last_year():
    closure = close_log_linear(
        panel({"230400": DRIFT}), census({"230400": (100, 90)}), old_base=ObservedCell()
    )
    assert closed(closure).tolist() == DRIFT
    assert closure.panel.status["population"].unique().tolist() == ["reported"]


def test_straight_line_ignores_the_annual_figures_and_needs_none():
    annual = panel({"230400": [np.nan] * 13, "230500": DRIFT})
    both = census({"230400": (100, 50), "230500": (100, 50)})
    closure = close_log_linear(annual, both, old_base=StraightLine())
    expected = [100 * 0.5 ** (t / 10) for t in range(11)]
    for city in ("230400", "230500"):
        assert closed(closure, city)[:11].tolist() == pytest.approx(expected, rel=1e-12)
    assert closed(closure, "230400")[[2021, 2022]].isna().all()
    assert closed(closure, "230500")[2021] == pytest.approx(89.0 * 50 / 90)
    assert closure.excluded.empty


def test_later_years_carry_the_ratio_of_census_to_observed_cell():
    closure = close_log_linear(panel({"230400": DRIFT}), census({"230400": (100, 81)}))
    assert closed(closure)[2022] == pytest.approx(88.0 * 81 / 90)
    assert closure.panel.status.loc[("230400", 2022), "population"] == "estimated"


def test_years_before_the_opening_census_are_left_out_and_raw_figures_stay_beside():
    annual = panel({"230400": [99.0, *DRIFT]}, range(2009, 2023))
    closure = close_log_linear(annual, census({"230400": (100, 90)}))
    assert closure.panel.years == tuple(YEARS)
    assert closure.panel.column("population_raw").tolist() == DRIFT
    assert closure.panel.source.endswith(closure.rule)


def test_statuses_of_closed_cells():
    annual = panel(
        {"230400": DRIFT},
        status={("230400", y): "suspect" if y == 2013 else "interpolated" for y in YEARS},
    )
    ends = census({"230400": (100, 90)}, status={("230400", 2020): "rebased"})
    status = close_log_linear(annual, ends).panel.wide_status("population").loc["230400"]
    assert status[2010] == "reported"  # of the census
    assert status[2011] == "estimated"
    assert status[2013] == "suspect"
    assert status[2020] == "rebased"
    assert status[2021] == "interpolated"  # unchanged figure


def test_held_growth_passes_over_flagged_cells():
    values = [100.0, 100, 100, 100, 100, 100, 100, 101, 102.01, 80, 90]
    years = range(2010, 2021)
    flagged = panel({"230400": values}, years, status={("230400", 2019): "wrong_concept"})
    plain = panel({"230400": values}, years)
    ends = census({"230400": (100, 90)})
    assert base_shift(flagged, ends)["old_base"].item() == pytest.approx(102.01 * 1.01**2)
    assert base_shift(plain, ends)["old_base"].item() == pytest.approx(80 * 80 / 102.01)
    three = base_shift(flagged, ends, old_base=HoldGrowth(3))["old_base"].item()
    assert three == pytest.approx(102.01 * 1.0201 ** (2 / 3))


def test_held_growth_needs_two_sound_cells():
    annual = np.array([[100.0, np.nan, np.nan, 90], [np.nan, 1, 1.1, 90], [1, 1.1, 1.2, 9]])
    sound = np.isfinite(annual)
    sound[2, 1:3] = False
    level = HoldGrowth(1).level(annual, sound)
    assert np.isnan(level[[0, 2]]).all()
    assert level[1] == pytest.approx(1.21)


@pytest.mark.parametrize("years", [0, -1])
def test_held_growth_over_no_year_is_refused(years):
    with pytest.raises(SpecError, match="at least one year"):
        HoldGrowth(years)


def test_cities_that_cannot_be_closed_are_listed_with_their_reasons():
    annual = panel(
        {
            "230400": DRIFT,
            "230500": [np.nan, *DRIFT[1:]],
            "230600": DRIFT,
            "230700": [DRIFT[0], *[np.nan] * 9, *DRIFT[10:]],
        }
    )
    ends = census(
        {"230400": (100, 90), "230500": (100, 90), "230600": (np.nan, 9), "230700": (1, 1),
         "230800": (100, np.nan)}
    )  # fmt: skip
    closure = close_log_linear(annual, ends)
    assert closure.panel.cities == ("230400",)
    assert closure.excluded.set_index("city")["reason"].to_dict() == {
        "230500": "no annual figure 2010",
        "230600": "no census figure 2010",
        "230700": "no annual figures for HoldGrowth(years=1)",
        "230800": "no census figure 2020; no annual figure 2010; "
        "no annual figures for HoldGrowth(years=1)",
    }


def test_suspect_census_figures_are_used_and_listed():
    ends = census({"230400": (100, 90)}, status={("230400", 2010): "suspect"})
    closure = close_log_linear(panel({"230400": DRIFT}), ends)
    assert closure.flagged.to_numpy().tolist() == [["230400", 2010, "suspect"]]
    assert closure.panel.status.loc[("230400", 2010), "population"] == "suspect"


def test_all_mistakes_of_the_inputs_in_one_error():
    annual = panel({"230400": [0.0, *DRIFT[1:9]]}, range(2010, 2019))
    with pytest.raises(DataError) as caught:
        close_log_linear(annual, census({"230400": (-1, 5)}, synthetic=True))
    text = str(caught.value)
    assert "annual panel: saw no year 2020" in text
    assert "annual panel, 230400, 2010: saw 0" in text
    assert "census panel, 230400, 2010: saw -1" in text
    assert "Do not mix them" in text


def test_further_refusals():
    annual, ends = panel({"230400": DRIFT}), census({"230400": (100, 90)})
    with pytest.raises(DataError, match="at least two apart"):
        close_log_linear(annual, ends, censuses=(2020, 2020))
    with pytest.raises(DataError, match="share their codes"):
        close_log_linear(annual, census({"110000": (100, 90)}))
    with pytest.raises(DataError, match="no variable 'people'"):
        close_log_linear(annual, ends, "people")


def test_boundary_steps_move_earlier_years_only():
    annual = panel({"340100": [50.0, 51, 80, 81], "340200": [1.0, 2, 3, 4]}, range(2010, 2014),
                   status={("340100", 2010): "suspect", ("340100", 2011): "reported"})  # fmt: skip
    changes = pd.DataFrame(
        {
            "city": ["340100", "340200"],
            "step_year": [2012.0, np.nan],
            "population_2010_tabulation": [50.0, 1.0],
            "population_2010": [75.0, 2.0],
        }
    )
    moved = rebase_boundaries(annual, changes)
    assert moved.wide("population").loc["340100"].tolist() == [75.0, 76.5, 80.0, 81.0]
    assert moved.wide("population").loc["340200"].tolist() == [1.0, 2.0, 3.0, 4.0]
    status = moved.wide_status("population").loc["340100"]
    assert status.tolist() == ["suspect", "rebased", "reported", "reported"]
    assert annual.frame.loc[("340100", 2010), "population"] == 50.0
    with pytest.raises(DataError, match="no column step_year"):
        rebase_boundaries(annual, changes.drop(columns="step_year"))
    changes.loc[0, "population_2010"] = np.nan
    with pytest.raises(DataError, match="none for 340100"):
        rebase_boundaries(annual, changes)


def test_raw_annual_figures_hide_22_of_136_losers():
    annual, ends = load_china().wide("population"), load_census_panel().wide("population")
    complete = annual[[2010, 2019]].notna().all(axis=1) & ends[[2010, 2020]].notna().all(axis=1)
    loser = complete & (ends[2020] < ends[2010])
    growing = annual[2019] > annual[2010]
    assert (complete.sum(), loser.sum(), (growing & loser).sum()) == (297, 136, 22)


@pytest.mark.parametrize(
    ("old_base", "far", "near"), [(HoldGrowth(1), 49, 199), (HoldGrowth(3), 51, 192)]
)
def test_how_far_the_census_of_2020_moved_the_annual_base(old_base, far, near):
    shift = base_shift(load_china(), load_census_panel(), old_base=old_base)["shift"].abs()
    assert (len(shift), (shift > 0.05).sum(), (shift < 0.01).sum()) == (297, far, near)


def test_china_closed():
    closure = close_china()
    assert (len(closure.panel.cities), len(closure.excluded)) == (297, 40)
    assert closure.excluded["reason"].str.contains("no census figure 2010").sum() == 1
    wide, ends = closure.panel.wide("population"), load_census_panel().wide("population")
    for year in (2010, 2020):
        assert (wide[year] == ends[year].reindex(wide.index)).all()
    loser = wide[2020] < wide[2010]
    assert loser.sum() == 136
    assert ((wide[2019] > wide[2010]) & loser).sum() == 2
    assert closure.flagged[["city", "year"]].to_numpy().tolist() == [
        ["220600", 2020], ["420100", 2020], ["420500", 2020], ["610100", 2010],
    ]  # fmt: skip
    assert len(close_china(StraightLine()).panel.cities) == 336


def test_rebased_series_of_china_has_no_boundary_step_left_but_two():
    raw = load_china()
    moved = rebase_boundaries(raw, load_boundary_changes())
    steps = load_boundary_changes().dropna(subset="step_year")
    growth = np.log(moved.wide("population")).diff(axis=1)
    left = {
        city: round(float(growth.loc[city, int(year)]), 3)
        for city, year in zip(steps["city"], steps["step_year"], strict=True)
    }
    large = {city: step for city, step in left.items() if abs(step) > 0.05}
    assert large == {"340700": -0.111, "610100": 0.096}
    before = raw.frame.drop(columns="population")
    assert moved.frame.drop(columns="population").equals(before)
