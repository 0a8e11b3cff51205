"""Regressions and survival models from the command line: embedded figures and own files."""

import json

import numpy as np
import pandas as pd
import pytest

from econshrink import Clustered, Conley, DriscollKraay, Heteroskedastic, Iid, Jackknife, NeweyWest
from econshrink.cli import main
from econshrink.cli.covariances import vcov_of
from econshrink.core.errors import SpecError

CHINA = "np.log(gdp_nominal) ~ np.log(built_up_km2) | city + year"
NAMES = ("--unit", "firm", "--time", "t")


def tree(capsys, *arguments):
    status = main([*map(str, arguments), "--json"])
    assert status == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def slope(found, term):
    return next(row["estimate"] for row in found["coefficients"] if row["term"] == term)


def test_fit_on_embedded_figures(capsys):
    assert main(["fit", CHINA]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Two-way fixed effects")
    assert "clustered by city" in shown
    assert tree(capsys, "fit", CHINA)["nobs"] == 6651


@pytest.mark.parametrize("word", ["iid", "robust", "cluster:firm", "dk:2", "conley:200"])
def test_fit_on_a_file_is_the_fit_of_the_table(firms, capsys, word):
    found = tree(capsys, "fit", "y ~ x + z | firm + t", "--data", firms, *NAMES, "--vcov", word)
    assert found["nobs"] == 96
    assert slope(found, "x") == pytest.approx(2.5, abs=0.3)


def test_fit_instruments_counts_and_steps(firms, capsys):
    own = ("--data", firms, *NAMES)
    found = tree(capsys, "fit", "y ~ z + [x ~ cost] | firm", *own)
    assert slope(found, "x") == pytest.approx(2.0, abs=0.2)
    assert tree(capsys, "fit", "moves ~ z | firm", "--poisson", *own)["nobs"] == 96
    assert len(tree(capsys, "fit", "y ~ csw(x, z) | firm", *own)) == 2
    assert main(["fit", "y ~ csw(x, z) | firm", *map(str, own)]) == 0
    assert "(2) y ~ x + z | firm" in capsys.readouterr().out
    assert tree(capsys, "fit", "y ~ x", *own)["method"].startswith("pooled")


def test_fit_writes_what_the_ending_says(firms, tmp_path, capsys):
    base = ["fit", "y ~ x | firm", "--data", str(firms), *NAMES, "--out"]
    for ending in ("csv", "json", "txt"):
        assert main([*base, str(tmp_path / f"found.{ending}")]) == 0
    assert capsys.readouterr().out == ""
    assert "x" in pd.read_csv(tmp_path / "found.csv").to_string()
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["nobs"] == 96
    assert "fixed effects" in (tmp_path / "found.txt").read_text("utf-8").lower()


def test_reconcile_embedded_and_own(firms, capsys):
    assert tree(capsys, "reconcile", CHINA, "--vcov", "iid")["explained"] is True
    found = tree(capsys, "reconcile", "y ~ x | firm + t", "--data", firms, *NAMES)
    assert {"linearmodels", "statsmodels"} <= set(found["packages"])


@pytest.mark.parametrize(
    ("word", "option"),
    [
        (None, None),
        ("iid", Iid()),
        ("robust", Heteroskedastic("HC1")),
        ("hc3", Heteroskedastic("HC3")),
        ("cluster", Clustered()),
        ("cluster:firm", Clustered("firm")),
        ("cluster:firm,year", Clustered(("firm", "year"))),
        ("jackknife:firm", Jackknife("firm")),
        ("dk", DriscollKraay()),
        ("dk:2", DriscollKraay(2)),
        ("nw:3", NeweyWest(3)),
        ("conley:200", Conley(200.0)),
        ("conley:50,y,x", Conley(50.0, latitude="y", longitude="x")),
    ],
)
def test_words_are_options(word, option):
    assert vcov_of(word) == option


@pytest.mark.parametrize("word", ["nonsense", "dk:two", "iid:firm", "cluster:", "conley", "dk:1,2"])
def test_other_words_are_refused(word):
    with pytest.raises(SpecError, match="--vcov"):
        vcov_of(word)


def test_cox_and_hazard_on_embedded_onsets(capsys):
    formula = "percent_65_plus + log_population"
    cox = tree(capsys, "cox", f"{formula} + strata(region)", "--vcov", "cluster:province")
    assert cox["stats"]["events"] == 66
    assert slope(cox, "percent_65_plus") > 0
    hazard = tree(capsys, "hazard", formula, "--duration-terms", "log")
    assert hazard["nobs"] == cox["nobs"] == 1490
    assert slope(hazard, "percent_65_plus") == pytest.approx(slope(cox, "percent_65_plus"), abs=0.1)


def test_cox_says_the_roles_in_either_way(durations, capsys):
    written = tree(capsys, "cox", "Surv(years, closed) ~ x + C(trade)", "--data", durations)
    roles = ("--duration", "years", "--event", "closed", "--unit", "firm")
    named = tree(capsys, "cox", "x + C(trade)", "--data", durations, *roles)
    for one, other in zip(written["coefficients"], named["coefficients"], strict=True):
        assert one["term"] == other["term"]
        assert [one[k] for k in one if k != "term"] == pytest.approx(
            [other[k] for k in one if k != "term"], rel=1e-9
        )
    assert slope(written, "x") == pytest.approx(0.5, abs=0.3)
    exact = tree(capsys, "cox", "Surv(years, closed) ~ x", "--data", durations, "--ties", "exact")
    assert "exact" in exact["method"]


def test_hazard_cuts_durations_into_periods(durations, capsys):
    formula = "Surv(years, closed) ~ x"
    own = ("--data", durations, "--unit", "firm", "--split", "1", "--duration-terms", "none")
    found = tree(capsys, "hazard", formula, *own)
    assert found["nobs"] > 80
    assert slope(found, "x") == pytest.approx(0.5, abs=0.3)
    assert np.isfinite(slope(tree(capsys, "hazard", formula, *own, "--link", "logit"), "x"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "gdp_nominal ~ builtup | city"], "built_up_km2"),
        (["fit", CHINA, "--vcov", "white"], "one of iid, robust"),
        (["fit", "gdp_nominal"], "~"),
        (["fit", CHINA, "--data", "missing.csv"], "missing.csv"),
        (["reconcile", "gdp_nominal ~ csw(population, built_up_km2) | city"], "one model"),
        (["cox", "Surv(a, b) ~ percent_65_plus"], "--data"),
        (["cox", "nothing_such"], "nothing_such"),
        (["cox", "percent_65_plus", "--duration", "years"], "--data"),
        (["cox", "percent_65_plus", "--vcov", "dk:2"], "iid, robust, cluster"),
        (["hazard", "percent_65_plus + strata(region)"], "C(g)"),
    ],
)
def test_mistakes_end_in_one_sentence(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_table_without_the_default_names(firms, capsys):
    assert main(["fit", "y ~ x | firm", "--data", str(firms)]) == 2
    shown = capsys.readouterr().err
    assert "Name them with --unit and --time" in shown
    assert shown.count("\n") == 1


def test_roles_that_are_not_there_or_said_twice(durations, capsys):
    assert main(["cox", "x", "--data", str(durations), "--duration", "weeks"]) == 2
    assert "--duration weeks" in capsys.readouterr().err
    both = ["cox", "Surv(years, closed) ~ x", "--event", "closed", "--data", str(durations)]
    assert main(both) == 2
    assert "Leave out one" in capsys.readouterr().err
    assert main(["cox", "x", "--duration", "years", "--data", str(durations)]) == 2
    assert "event" in capsys.readouterr().err
