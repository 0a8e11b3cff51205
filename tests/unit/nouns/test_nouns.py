"""The other nouns: validation, and the way to JSON or npz and back."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, EconshrinkError, SpecError
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.identification import Identification
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.ranking import Ranking
from econshrink.nouns.spec import Spec
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.storage import from_json, load, save, to_json
from econshrink.nouns.table import Cell, Row, Span, Table


def panel():
    table = pd.DataFrame({"city": "110000", "year": [2010, 2011], "x": [1.5, np.nan]})
    status = pd.DataFrame(
        {"x": ["reported", None]},
        index=pd.MultiIndex.from_tuples(
            [("110000", 2010), ("110000", 2011)], names=["city", "year"]
        ),
    )
    attributes = pd.DataFrame({"name_zh": ["北京市"]}, index=["110000"])
    return CityPanel.from_long(table, status=status, attributes=attributes, source="test")


def spells():
    frame = pd.DataFrame({"city": ["a", "a"], "start": [0, 1], "stop": [1, 2], "event": [0, 1]})
    return SpellTable(frame, "rule", dropped=pd.DataFrame({"city": ["b"], "reason": ["x"]}))


def identification():
    frame = pd.DataFrame(
        {"shrinking": pd.array([True, None, False], dtype="boolean"), "change": [-1.0, 2.0, 3.0]},
        index=["a", "b", "c"],
    )
    return Identification(frame, "rule(k=3)", "residents", (2010, 2020), "census", "3 units")


def estimate():
    return Estimate(
        "OLS", ("x", "z"), np.array([1.0, -2.0]), np.diag([0.25, 1.0]), "clustered by city",
        "fixest", 50, 9.0, {"city": 10}, {"r2": 0.5, "limit": float("inf")}, Spec("y", ("x", "z")),
        ("note",), {"data": "abc"},
    )  # fmt: skip


def curve():
    frame = pd.DataFrame(
        {"time": [0.0, 1.0], "estimate": [1.0, 0.9], "std_error": [0.0, 0.1],
         "conf_low": [1.0, 0.7], "conf_high": [1.0, 0.97], "group": "all"}
    )  # fmt: skip
    return Curve(frame, "survival")


def forecast():
    draws = np.array([[[90.0, 110.0]], [[50.0, 45.0]]])
    return Forecast(("a", "b"), (2030,), draws, np.array([100.0, 50.0]), 2020, 2024, "test")


def ranking():
    frame = pd.DataFrame(
        {"city": ["a", "b"], "probability": [0.2, 0.9], "rank": [2, 1], "rank_low": [2, 1],
         "rank_high": [2, 1]}
    )  # fmt: skip
    return Ranking(frame, "loss", "model", 100)


def table():
    header = ((Span("", 1), Span("Loss", 2)), (Span("City"), Span("persons"), Span("share")))
    rows = (
        Row((Cell("Heilongjiang 黑龙江"),), "group"),
        Row((Cell("Hegang"), Cell(-167394, ",.0f"), Cell(None))),
    )
    return Table("losses", "Losses", header, rows, ("Source: census.",), synthetic=True)


NOUNS = [panel, spells, identification, estimate, curve, forecast, ranking, table]


@pytest.mark.parametrize("make", NOUNS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("ending", [".json", ".npz"])
def test_a_noun_survives_the_way_to_a_file_and_back(make, ending, tmp_path):
    noun = make()
    path = save(noun, tmp_path / f"noun{ending}")
    again = load(path)
    assert type(again) is type(noun)
    assert to_json(again) == to_json(noun)
    assert path.read_bytes() == save(again, tmp_path / f"second{ending}").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"noun{ending}", f"second{ending}"]


def test_a_strange_file_is_refused_not_run(tmp_path):
    np.savez(tmp_path / "x.npz", header=np.array([object()], dtype=object), allow_pickle=True)
    (tmp_path / "y.json").write_text(json.dumps({"!noun": "subprocess", "fields": {}}))
    (tmp_path / "z.json").write_text("{not json")
    for name in ("x.npz", "y.json", "z.json"):
        with pytest.raises(DataError):
            load(tmp_path / name)


def test_objects_other_than_figures_do_not_enter_a_file():
    with pytest.raises(DataError, match="function"):
        to_json(Estimate("m", (), np.array([]), np.empty((0, 0)), "", "", 1, provenance={"f": len}))


def test_json_is_free_of_nan_tokens():
    text = to_json(panel())
    assert "NaN" not in text
    assert from_json(text).column("x").isna().sum() == 1


def test_identification_counts_undefined_as_neither():
    labels = identification()
    assert (labels.count, labels.units, labels.share) == (1, 2, 0.5)
    groups = pd.Series({"a": "north", "b": "north", "c": "south"})
    assert labels.tabulate(groups).loc["north"].tolist() == [1, 1, 1.0, -1.0]
    with pytest.raises(DataError, match="no group for 1 cities"):
        labels.tabulate(groups.drop("c"))
    assert "rule(k=3)" in str(labels)


def test_an_identification_says_who_is_left_out_and_why():
    reasons = ["b"] * 3 + ["a"] * 3 + ["c"] * 2 + ["d", "e"]
    excluded = pd.DataFrame({"city": [f"{i}" for i in range(10)], "reason": reasons})
    labels = replace(identification(), excluded=excluded)
    left = "; 3 left out: a; 3 left out: b; 2 left out: c; 2 left out for other reasons"
    assert left in " ".join(str(labels).split())
    assert repr(labels).endswith(f"{left}>")


def test_identification_needs_a_rule():
    with pytest.raises(DataError, match="rule_id"):
        Identification(identification().frame, "", "residents", (2010, 2020), "census", "units")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("stop", [0, 2], "an exit after the entry"),
        ("event", [0, 2], "0 or 1"),
        ("start", [0, 0], "do not overlap"),
        ("start", [0, np.nan], "finite number"),
    ],
)
def test_spells_refuse_impossible_rows(column, values, message):
    frame = spells().frame.assign(**{column: values})
    with pytest.raises(DataError, match=message):
        SpellTable(frame, "rule")


def test_spec_refuses_the_outcome_as_covariate_and_repeats():
    with pytest.raises(SpecError, match="2 problems"):
        Spec("y", ("y", "x", "x"))
    with pytest.raises(SpecError, match="one '~'"):
        Spec.parse("y x")
    assert Spec.parse("y ~ np.log(x + 1) + z | city").covariates == ("np.log(x + 1)", "z")
    assert Spec.parse("y ~ x | city + year").formula == "y ~ x | city + year"


def test_estimate_tidy_uses_the_t_distribution_it_names():
    tidy = estimate().tidy()
    assert tidy["std_error"].tolist() == [0.5, 1.0]
    # t(9): the 97.5 % point is 2.262157 (any printed table of Student's t)
    assert tidy["conf_high"].iloc[0] == pytest.approx(1 + 0.5 * 2.2621571627982, abs=1e-10)
    assert estimate().p_value("z") == pytest.approx(0.07655, abs=5e-6)
    with pytest.raises(DataError, match="no term 'w'"):
        estimate().coefficient("w")


def test_estimate_refuses_what_is_not_finite():
    with pytest.raises(DataError, match="not finite"):
        Estimate("m", ("x",), np.array([np.nan]), np.eye(1), "", "", 1)


def test_estimate_speaks_the_maketables_protocol():
    coef = estimate().__maketables_coef_table__
    assert coef.columns.tolist() == ["b", "se", "t", "p"]
    assert estimate().__maketables_stat__("N") == 50


def test_forecast_probabilities_and_counts_by_hand():
    future = forecast()
    assert future.loss_probability(0.1, 2030).tolist() == [0.5, 0.5]
    assert future.loss_probability(0.05, 2030).tolist() == [0.5, 0.5]
    assert future.loss_counts(0.1, 2030).tolist() == [1, 1]
    assert future.quantiles([0.5])["q50"].tolist() == [100.0, 47.5]
    with pytest.raises(DataError, match="inside the horizon"):
        future.at(2040)


@pytest.mark.parametrize(
    ("field", "value"), [("draws", -np.ones((2, 1, 2))), ("years", (2024,)), ("base", np.zeros(2))]
)
def test_forecast_refuses_the_impossible(field, value):
    good = forecast()
    fields = {name: getattr(good, name) for name in good.__dataclass_fields__} | {field: value}
    with pytest.raises(DataError):
        Forecast(**fields)


def test_ranking_is_sorted_and_refuses_a_probability_above_one():
    assert ranking().top(1)["city"].tolist() == ["b"]
    with pytest.raises(DataError, match="outside 0 to 1"):
        Ranking(ranking().frame.assign(probability=1.5), "e", "m", 1)


def test_table_refuses_ragged_rows():
    with pytest.raises(DataError, match="row 0 with 1 cells"):
        Table("t", "T", ((Span("a"), Span("b")),), (Row((Cell(1),)),))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(None), "–"),
        (Cell(float("nan")), "–"),
        (Cell(-0.0001, ".2f"), "0.00"),
        (Cell(0.4434, ".1%"), "44.3%"),
        (Cell(-11011774, ",.0f"), "−11,011,774"),
    ],
)
def test_cells_print_as_a_reader_expects(cell, text):
    assert cell.text == text


def test_errors_survive_a_worker_process():

    with pytest.raises(EconshrinkError) as caught:
        Spec("y", ())
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
