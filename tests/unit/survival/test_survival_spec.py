"""What a survival fit says of itself in fields, the covariance options, and remedies that work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import ConvergenceError, DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.storage import from_json, to_json
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.report.regression import regression_table
from econshrink.survival.cox.bootstrap import bootstrap_cox
from econshrink.survival.cox.concordance import concordance
from econshrink.survival.cox.cross_validation import cross_validate_cox
from econshrink.survival.cox.firth import fit_firth
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.cox.penalised import Ridge, fit_cox_ridge
from econshrink.survival.cox.residuals import martingale_residuals
from econshrink.survival.cox.time_effects import (
    IdentityTime,
    proportional_hazards_test,
    with_time_effect,
)
from econshrink.survival.curves.bootstrap_bands import bootstrap_survival
from econshrink.survival.discrete.design import DurationPolynomial, split_periods
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.hidden_onset import ExactOnsets, fit_hidden_onset
from econshrink.survival.discrete.prediction import predict_hazard
from econshrink.survival.discrete.random import fit_random_hazard
from econshrink.survival.discrete.ridge import fit_discrete_ridge
from econshrink.survival.events.competing import fit_cause_specific
from econshrink.survival.events.recurrent import TotalTime, conditional_table, fit_pwp
from econshrink.survival.frailty.fit import fit_frailty
from econshrink.survival.options import FrequencyWeights, SurvivalCovariance
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.gompertz import fit_gompertz
from econshrink.survival.parametric.likelihood import LogNormal
from econshrink.survival.ratios import hazard_ratios


def table(cities: int = 60, years: int = 4) -> SpellTable:
    draw = generator("unit.spec")
    n = cities * years
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:04d}" for i in range(cities)], years),
            "start": np.tile(np.arange(years, dtype=float), cities),
            "stop": np.tile(np.arange(1.0, years + 1), cities),
            "event": (draw.random(n) < 0.2).astype(int),
            "x": draw.normal(size=n),
            "z": draw.normal(size=n),
            "province": np.repeat(np.arange(cities) % 7, years),
            "cause": "loss",
            "often": 1,
        }
    )
    return SpellTable(frame, rule_id="unit", origin="2010", synthetic=True)


CONSTANT = DurationPolynomial(0)
FITS: dict[str, Callable[[SpellTable, SurvivalCovariance], Estimate]] = {
    "cox": lambda t, v: fit_cox(t, ["x"], vcov=v),
    "discrete": lambda t, v: fit_discrete_hazard(t, ["x"], vcov=v, duration=CONSTANT),
    "hidden_onset": lambda t, v: fit_hidden_onset(t, ["x"], observation=ExactOnsets(), vcov=v),
    "parametric": lambda t, v: fit_parametric(t, ["x"], vcov=v),
    "gompertz": lambda t, v: fit_gompertz(t, ["x"], vcov=v),
    "pwp": lambda t, v: fit_pwp(t, ["x"], vcov=v),
    "cause": lambda t, v: fit_cause_specific(t, ["x"], causes="cause", cause="loss", vcov=v),
}


@pytest.mark.parametrize("name", FITS)
def test_one_vocabulary_of_covariances(name: str) -> None:
    """A row its own cluster is the sandwich by row; no factor in any, and the table says so."""
    spells, fit = table(), FITS[name]
    plain = fit(spells, Iid())
    assert plain.spec.cluster is None
    assert (fit(spells, Iid(small_sample="none")).covariance == plain.covariance).all()
    by_city = fit(spells, Clustered())
    assert by_city.spec.cluster == "city"
    assert by_city.vcov_label == "clustered by city"
    assert by_city.small_sample == plain.small_sample == "none"
    if name == "hidden_onset":
        with pytest.raises(SpecError, match="rows of a city share one likelihood"):
            fit(spells, Heteroskedastic())
    else:
        rows = replace(spells, frame=spells.frame.assign(row=np.arange(len(spells.frame))))
        own, by_row = fit(rows, Clustered("row")), fit(rows, Heteroskedastic())
        assert own.covariance == pytest.approx(by_row.covariance, rel=1e-9)
    for vcov, words in (
        (Clustered(("city", "province")), "clusters by city and province"),
        (Clustered("city", "stata_areg"), "small-sample rule 'stata_areg'"),
        (Heteroskedastic("HC3"), "HC3"),
        ("city", "vcov='city'"),
    ):
        with pytest.raises(SpecError, match=words):
            fit(spells, vcov)


def test_fields_tell_what_was_fitted() -> None:
    spells = table()
    fits = {
        "cox": fit_cox(
            spells, ["x"], strata="province", offset="z", weights=FrequencyWeights("often")
        ),
        "cox_firth": fit_firth(spells, ["x"]),
        "cox_ridge": fit_cox_ridge(spells, ["x"], Ridge(1.0)),
        "frailty": fit_frailty(spells, ["x"], group="province"),
        "discrete": fit_discrete_hazard(spells, ["x"], duration=CONSTANT),
        "discrete_ridge": fit_discrete_ridge(spells, ["x"], Ridge(1.0)),
        "discrete_random": fit_random_hazard(spells, ["x"], group="province"),
        "hidden_onset": fit_hidden_onset(spells, ["x"], observation=ExactOnsets()),
        "parametric": fit_parametric(spells, ["x"], family=LogNormal()),
    }
    for kind, fit in fits.items():
        assert fit.kind == kind
        assert fit.spec.covariates == ("x",)
        assert fit.spec.rule_id == "unit"
        assert fit.synthetic
        assert set(fit.provenance) == {"rule_id", "origin"}
        again = from_json(to_json(fit))
        assert (again.spec, again.kind) == (fit.spec, kind)
    assert fits["cox"].spec == SurvivalSpec(
        ("x",), "efron", ("province",), "z", "often", frequency=True, rule_id="unit"
    )
    assert (fits["frailty"].spec.group, fits["frailty"].spec.family) == ("province", "gamma")
    assert fits["discrete_random"].spec.group == "province"
    assert (fits["discrete"].spec.link, fits["discrete"].spec.width) == ("cloglog", 1.0)
    assert fits["parametric"].spec.family == "log-normal"
    table_of_all = regression_table(fits, name="t", title="Hazards", labels={"x": "Growth"})
    assert "Growth" in to_json(table_of_all)


def test_readers_go_by_fields_and_not_by_words() -> None:
    """A renamed method changes nothing; another kind is refused whatever it is called."""
    spells = table()
    cox = fit_cox(spells, ["x"])
    renamed = replace(cox, method="a model", provenance={})
    assert martingale_residuals(spells, renamed).equals(martingale_residuals(spells, cox))
    assert concordance(spells, renamed) == concordance(spells, cox)
    hazard = fit_discrete_hazard(spells, ["x"], duration=CONSTANT)
    path = pd.DataFrame({"path": ["p"], "start": [0.0], "stop": [1.0], "x": [0.0]})
    bare = replace(hazard, method="a model", provenance={})
    assert predict_hazard(bare, path).frame.equals(predict_hazard(hazard, path).frame)
    weibull = fit_parametric(spells, ["x"])
    ratios = hazard_ratios(replace(weibull, method="a model", provenance={}))
    assert ratios.equals(hazard_ratios(weibull))
    for read in (
        lambda: martingale_residuals(spells, replace(hazard, method="Cox")),
        lambda: concordance(spells, replace(hazard, method="Cox")),
        lambda: predict_hazard(replace(cox, method=hazard.method), path),
        lambda: hazard_ratios(replace(weibull, kind="fixed_effects")),
    ):
        with pytest.raises(DataError, match="first"):
            read()


def test_tables_made_from_others_stay_synthetic() -> None:
    spells = table()
    account = pd.DataFrame({"what": ["rows"], "rows": [240], "cities": [60]})
    spells = replace(spells, account=account)
    for made in (
        split_periods(spells, 0.5),
        with_time_effect(spells, ["x"], IdentityTime()),
        conditional_table(spells, TotalTime()),
    ):
        assert made.synthetic
        assert made.origin == "2010"
        assert made.account.equals(account)


def test_a_seed_is_a_stream() -> None:
    spells = table()
    fit = fit_cox(spells, ["x", "z"])
    for call in (
        lambda rng: bootstrap_cox(spells, fit, Resampling(5, rng=rng)),
        lambda rng: bootstrap_survival(spells, resampling=Resampling(5, rng=rng)).frame,
        lambda rng: cross_validate_cox(spells, ["x", "z"], rng, folds=3).path.frame(),
    ):
        assert call(7).equals(call(7))
        assert call(None).equals(call(None))
    named = generator("survival.bootstrap_cox", 7)
    found = {rng: bootstrap_cox(spells, fit, Resampling(5, rng=rng)) for rng in (7, 8, named)}
    assert found[named].equals(found[7])
    assert not found[7].equals(found[8])


def test_remedies_against_separation_work() -> None:
    spells = table()
    apart = replace(spells, frame=spells.frame.assign(w=spells.frame["event"].astype(float)))
    with pytest.raises(ConvergenceError, match="use Firth's penalty"):
        fit_cox(apart, ["x", "w"])
    assert np.isfinite(fit_firth(apart, ["x", "w"]).coefficient("w"))
    with pytest.raises(ConvergenceError, match="use fit_discrete_ridge"):
        fit_discrete_hazard(apart, ["x", "w"], duration=CONSTANT)
    finite = fit_discrete_ridge(apart, ["x", "w"], Ridge(1.0), duration=CONSTANT)
    assert np.isfinite(finite.coefficient("w"))
    for verb in (fit_parametric, fit_gompertz):
        with pytest.raises(ConvergenceError, match="w") as caught:
            verb(apart, ["x", "w"])
        assert "Firth" not in str(caught.value)
        assert "Drop or merge" in str(caught.value)
        assert np.isfinite(verb(apart, ["x"]).coefficient("x"))  # as the remedy says


def test_joint_test_of_a_factor() -> None:
    spells = table()
    fit = fit_cox(spells, ["x", "z"])
    found = proportional_hazards_test(spells, fit, factors={"both": ["x", "z"], "one": ["z"]})
    found = found.set_index("term")[["chi2", "df", "p_value"]]
    assert found.index.tolist() == ["x", "z", "both", "one", "GLOBAL"]
    assert found.loc["both"].equals(found.loc["GLOBAL"])
    assert found.loc["one"].equals(found.loc["z"])
    for factors, words in (({"f": ["y"]}, "no term y"), ({"f": []}, "without covariates")):
        with pytest.raises(SpecError, match=words):
            proportional_hazards_test(spells, fit, factors=factors)


def test_wrong_intervals_are_one_fault() -> None:
    spells = table()
    wrong = replace(spells, frame=spells.frame.assign(free=99.0))
    with pytest.raises(DataError, match=r"free 99, and \d+ more like it"):
        fit_parametric(wrong, ["x"], last_free="free")
