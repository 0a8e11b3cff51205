"""Every noun prints itself: the numbers it holds, what they mean, and that they are simulated."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from econshrink.core.errors import SpecError
from econshrink.inference.hypothesis import chi_squared, normal
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.backtest import Backtest
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.curve import Curve
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.flows import FlowNetwork, FlowPanel
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.identification import Identification
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.ranking import Ranking
from econshrink.nouns.show.html import as_html
from econshrink.nouns.show.page import SYNTHETIC, Grid, Page, clipped, frame_grid, number
from econshrink.nouns.show.regressions import test_page as page_of_test
from econshrink.nouns.show.text import WIDTH, as_text, cells
from econshrink.nouns.spec import Spec
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.report.canvas import save_figure

HARD = '<b> & "x" 鹤岗'


def estimate(**changes):
    fields = {
        "method": "two-way fixed effects",
        "terms": ("x", "np.log(gdp)"),
        "coefficients": np.array([0.123456, -1234.5]),
        "covariance": np.diag([0.01, 4.0]),
        "vcov_label": "clustered by city",
        "small_sample": "fixest",
        "nobs": 12345,
        "df_t": 39.0,
        "clusters": {"city": 40},
        "stats": {"r2_within": 0.25, "cities": 40.0, "vcov_factor": 1.0, "rows_missing": 3.0},
        "spec": Spec("growth", ("x", "np.log(gdp)"), ("city", "year")),
        "notes": ("3 of 12348 rows left out for missing values",),
    }
    return Estimate(**(fields | changes))


def curve(groups=("all",)):
    frames = [
        pd.DataFrame(
            {
                "time": [1.0, 2.0, 3.0],
                "estimate": [0.9, 0.7, 0.4],
                "std_error": [0.03, 0.05, 0.06],
                "conf_low": [0.8, 0.6, 0.3],
                "conf_high": [0.95, 0.8, 0.5],
                "group": group,
                "at_risk": [1234, 80, 12],
                "events": [10, 20, 9],
            }
        )
        for group in groups
    ]
    return Curve(pd.concat(frames), "survival", label="time to loss, rule(k=3)")


def identification():
    frame = pd.DataFrame(
        {
            "shrinking": pd.array([True, False, pd.NA], dtype="boolean"),
            "growth": [-0.1, 0.2, np.nan],
            "onset": [2011.0, np.nan, np.nan],
        },
        index=["230400", "230500", "230600"],
    )
    window = (2010, 2020)
    return Identification(frame, "loss(k=3)", "census residents", window, "census", "cities")


def accounting():
    def cell(*x):
        return np.array([[x, x]])

    after, survivors = cell(30, 45, 60), cell(49, 39, 20)
    flows = (after, survivors, cell(0, 0, 0), cell(30), cell(31))
    return Accounting(("230400",), 2010, 2020, (0, 10, 20), cell(50, 40, 30), *flows)


def forecast():
    draws = np.random.default_rng(0).lognormal(13, 0.1, (12, 30, 50))
    cities = tuple(f"{i:06d}" for i in range(12))
    return Forecast(cities, tuple(range(2021, 2051)), draws, draws[:, 0, 0], 2020, 2020, "toy")


def ranking():
    frame = pd.DataFrame(
        {"city": ["a", "b"], "probability": [0.912, 0.5], "rank": [1, 2], "rank_low": [1, 1]}
    )
    return Ranking(frame.assign(rank_high=[1, 2]), "a loss of 5% by 2035", "toy", 1000)


def backtest():
    cases = pd.DataFrame(
        {
            "model": ["drift", "theta"] * 2,
            "origin": 2005,
            "horizon": [5, 5, 10, 10],
            "city": "230400",
            "group": "23",
            "size": "small",
            "level": 1.0,
            "truth": [0.1, 0.1, 0.2, 0.2],
            "median": [0.0, 0.1, 0.1, 0.4],
            "crps": [0.05, 0.02, 0.06, 0.08],
        }
    )
    nothing = pd.DataFrame({"reason": []})
    return Backtest(cases, nothing, nothing, nothing, nothing)


def network(year=2015):
    flows = np.array([[0.0, 30.0, 5.0], [10.0, 0.0, 1.0], [2.0, 7.0, 0.0]])
    return FlowNetwork(("a", "b", "c"), flows, names_en=("Hegang 鹤岗", "B", "C"), year=year)


def decomposition():
    frame = pd.DataFrame(
        {
            "target": "west",
            "part": ["jobs", "age", "total"],
            "estimate": [1.0, 2.0, 3.0],
            "std_error": 0.1,
            "conf_low": 0.5,
            "conf_high": 4.0,
        }
    )
    return Decomposition(frame, "Gelbach", nobs=300, clusters={"city": 30}, draws=99, draws_lost=1)


def panel():
    frame = pd.DataFrame({"city": ["230400"] * 2, "year": [2010, 2011], "x": [1.5, np.nan]})
    return CityPanel.from_long(frame, source="bulletin")


def spells():
    frame = pd.DataFrame({"city": ["a", "b"], "start": 0.0, "stop": [3.0, 4.0], "event": [1, 0]})
    dropped = pd.DataFrame({"city": ["c"], "reason": ["never at risk"]})
    return SpellTable(frame, "loss(k=3)", "2010", dropped)


def table():
    header = ((Span(""), Span("Both", 2)), (Span(""), Span("(1)"), Span("(2)")))
    rows = (Row((Cell("x"), Cell(0.5, ".3f"), Cell(None))), Row((Cell("group"),), "group"))
    return Table("t", "Title", header, rows, ("A note",))


NOUNS = [
    estimate,
    curve,
    identification,
    accounting,
    forecast,
    ranking,
    backtest,
    network,
    decomposition,
    panel,
    spells,
    table,
    lambda: AgeStructure(("a",), 2010, (0, 15, 65), np.array([[[3, 9, 1], [2, 8, 2]]])),
    lambda: ConfidenceSet("Anderson-Rubin", "x", ((-np.inf, -2.0), (3.0, np.inf))),
    lambda: FlowPanel((network(2015), network(2016))),
]


@pytest.mark.parametrize("make", NOUNS)
def test_every_noun_prints_in_one_line_in_many_and_as_html(make):
    noun = make()
    assert "\n" not in repr(noun)
    assert repr(noun).startswith(f"<{type(noun).__name__}: ")
    assert str(noun)
    html = noun._repr_html_()
    assert html.count("<div") == html.count("</div>")
    assert html.count("<table") == html.count("</table>")
    assert "NaN" not in html
    assert "nan" not in str(noun)


@pytest.mark.parametrize("make", NOUNS)
def test_simulated_figures_say_so_wherever_they_are_shown(make):
    noun = make()
    if not hasattr(noun, "synthetic"):
        return
    marked = replace(noun, synthetic=True)
    if not isinstance(noun, ConfidenceSet):
        assert SYNTHETIC in str(marked)
    assert SYNTHETIC in marked._repr_html_()
    assert SYNTHETIC not in str(noun)


def test_an_estimate_is_a_regression_table():
    text = str(estimate())
    lines = text.splitlines()
    assert lines[0] == "Two-way fixed effects"
    assert "Outcome: growth · Effects: city, year · N: 12,345 · Units: 40" in text
    assert "Clusters: 40 city" in text
    assert "clustered by city (small-sample rule: fixest); t(39) distribution" in text
    assert "[95%" in text
    row = next(line for line in lines if line.startswith("x ")).split()
    tidy = estimate().tidy().iloc[0]
    assert row[1:3] == ["0.123", "0.100"]
    assert row[3] == f"{tidy['statistic']:.2f}"
    assert row[4] == f"{tidy['p_value']:.3f}"
    assert "−1,234.500" in text
    assert "within R² 0.2500" in text
    assert "vcov_factor" not in text
    assert "rows left out" in text


def test_a_normal_law_a_missing_correction_and_a_strange_specification_print_too():
    text = str(estimate(df_t=float("inf"), small_sample="none", spec=None, clusters={}, kind="cox"))
    assert " z " in text
    assert "no small-sample correction); normal distribution" in text
    assert "Outcome" not in text
    assert "hazard ratio" in text

    class Survival:
        formula = "Surv(stop, event) ~ x"

    assert "Model: Surv(stop, event) ~ x" in str(estimate(spec=Survival()))


def test_small_and_large_coefficients_keep_their_figures():
    text = str(estimate(coefficients=np.array([1e-9, 2.0]), covariance=np.diag([1e-20, 0.01])))
    assert "0.000000001000" in text
    assert "2.000" in text


def test_confidence_limits_take_the_level():
    wide, narrow = estimate().confint(0.99), estimate().confint(0.9)
    assert wide.index.tolist() == ["x", "np.log(gdp)"]
    assert (wide["conf_low"] < narrow["conf_low"]).all()
    with pytest.raises(Exception, match=r"0\.95"):
        estimate().confint(95)


def test_long_notes_wrap_and_chinese_counts_two():
    text = str(estimate(notes=("word " * 60, "城市" * 30 + " " + "城市" * 30)))
    assert max(cells(line) for line in text.splitlines()) <= max(WIDTH, 60 + 62)
    assert cells("鹤岗") == 4
    grid = Grid(("名", "n"), (("鹤岗", "1"), ("abc", "22")))
    lines = as_text(Page("t", "t", grids=(grid,))).splitlines()
    assert {cells(line) for line in lines[4:6]} == {8}


def test_a_count_never_leaves_without_rule_concept_series_and_window():
    said = " ".join(str(identification()).split())
    for word in ("1 of 2", "loss(k=3)", "census residents", "census", "2010–2020", "cities"):
        assert word in said
        assert word in repr(identification())
        assert word in identification()._repr_html_()
    assert "Undefined: 1" in said
    assert "2011" in said
    assert "2,011" not in said


def test_a_curve_tells_times_numbers_at_risk_and_events():
    text = str(curve(("east", "west")))
    assert "Group east" in text
    assert "Group west" in text
    for word in ("at risk", "events", "1,234", "rule(k=3)", "[95%"):
        assert word in text


def test_accounts_forecasts_and_scores_hold_their_numbers():
    assert "−2.5%" in str(accounting())
    assert "change 30 = natural 36 + coverage 0 + migration −6" in repr(accounting())
    text = str(forecast())
    total = np.quantile(forecast().draws.sum(axis=0)[-1], 0.5)
    assert f"{total:,.0f}" in text
    assert "2050" in text
    assert "8 largest units" in text
    assert "91.2%" in str(ranking())
    assert "1–2" in str(ranking())
    line = next(row for row in str(backtest()).splitlines() if row.startswith("drift"))
    assert line.split()[:4] == ["drift", "5", "1", "0.0500"]


def test_networks_with_unlisted_pairs_leave_arrivals_open():
    flows = np.array([[0.0, 3.0, np.nan], [1.0, 0.0, 2.0], [4.0, 1.0, 0.0]])
    net = FlowNetwork(("a", "b", "c"), flows, unlisted_out=np.array([1.0, 0.0, 0.0]))
    assert "Not listed: 1 pairs" in str(net)
    assert "–" in str(net)


def test_spells_say_who_was_left_out():
    assert "1 unit left out (1: never at risk)" in str(spells())


def test_tests_print_their_law():
    chi = page_of_test(chi_squared("J", "instruments valid", 5.0, 2, "two-step"))
    assert "chi-squared(2)" in as_text(chi)
    assert "two-step" in as_text(chi)
    assert "normal" in as_text(page_of_test(normal("m1", "", -1.5)))
    assert chi.brief.startswith("J: 5")
    by_draws = replace(normal("gap", "none", 2.0), p_value=0.2)
    assert "its own draws" in as_text(page_of_test(by_draws))
    student = replace(chi_squared("t", "none", 2.0, 10), p_value=0.07338803477074043)
    assert "t(10)" in as_text(page_of_test(student))


def test_headings_over_several_columns_stand_in_the_middle():
    lines = str(table()).splitlines()
    assert "Both" in lines[2]
    assert "(1)" in lines[3]
    assert 'colspan="2"' in table()._repr_html_()


def test_html_escapes_everything():
    grid = Grid((HARD,), ((HARD,),), caption=HARD)
    html = as_html(Page(HARD, HARD, ((HARD, HARD),), (grid,), (HARD,)))
    assert "<b>" not in html
    assert html.count("&lt;b&gt;") == 7


def test_numbers_are_never_a_false_zero():
    assert number(-0.0) == "0"
    assert number(1e-12) == "1e−12"
    assert number(pd.NA) == "–"
    assert number(True) == "yes"
    assert number(float("-inf")) == "−∞"


def test_long_grids_show_both_ends():
    rows = clipped([(str(i),) for i in range(100)], 10)
    assert len(rows) == 10
    assert rows[0] == ("0",)
    assert rows[-1] == ("99",)
    grid = frame_grid(pd.DataFrame({"a": range(100)}), most=10)
    assert len(grid.rows) == 10
    assert grid.rows[-1] == ("99",)


def test_a_noun_without_a_figure_names_the_verb_that_draws_it():
    with pytest.raises(SpecError, match=r"kaplan_meier\(spells\)"):
        spells().plot()


DRAWN = [
    estimate,
    curve,
    identification,
    accounting,
    forecast,
    ranking,
    backtest,
    network,
    decomposition,
    lambda: AgeStructure(("a",), 2010, (0, 15, 65), np.array([[[3, 9, 1], [2, 8, 2]]])),
    lambda: ConfidenceSet("Anderson-Rubin", "x", ((-np.inf, -2.0), (3.0, np.inf))),
]


@pytest.mark.parametrize("make", DRAWN)
def test_nouns_draw_themselves_on_their_own_axes_and_on_those_given(make, tmp_path):
    noun, before = make(), dict(mpl.rcParams)
    own = noun.plot()
    assert isinstance(own, Axes)
    assert len(save_figure(own, tmp_path, "plot")) == 3
    given = Figure().subplots()
    assert noun.plot(ax=given) is given
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("make", DRAWN)
def test_labels_come_in_chinese(make):
    english, chinese = make().plot(), make().plot(lang="zh")
    labels = [
        " ".join([axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")])
        + " ".join(text.get_text() for text in axes.get_yticklabels() + axes.texts)
        + " ".join(text.get_text() for text in axes.get_legend().get_texts() if axes.get_legend())
        if axes.get_legend()
        else " ".join([axes.get_xlabel(), axes.get_ylabel(), *(t.get_text() for t in axes.texts)])
        for axes in (english, chinese)
    ]
    assert labels[0] != labels[1]
    with pytest.raises(SpecError, match="'en' or 'zh'"):
        make().plot(lang="fr")


def test_simulated_figures_are_stamped_on_any_axes():
    noun = replace(curve(), synthetic=True)
    assert [text.get_text() for text in noun.plot().figure.texts] == ["SYNTHETIC"]
    given = noun.plot(ax=Figure().subplots())
    assert "SYNTHETIC" in [text.get_text() for text in given.texts]


def test_options_reach_the_figure_and_strange_ones_are_named():
    axes = estimate().plot(terms=["x"], labels={"x": "Ageing"}, level=0.9)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Ageing"]
    assert "90%" in axes.get_xlabel()
    with pytest.raises(SpecError, match="colour"):
        estimate().plot(colour="red")
    assert forecast().plot(city="000003").get_title(loc="left") == "000003"
    with pytest.raises(Exception, match="no forecast of zzz"):
        forecast().plot(city="zzz")
