"""Names that results of other packages carry: one sentence, and no such attribute for Python."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, Curve, Estimate, SpecError
from econshrink.core.errors import CallError, NameAbsent

ESTIMATE = Estimate(
    "a model", ("x",), np.ones(1), np.eye(1), "iid", "none", 9,
    clusters={"state": 5}, stats={"r2": 0.5, "loglik": -3.0},
)  # fmt: skip
STEPS = {name: [1.0] for name in ("time", "estimate", "std_error", "conf_low", "conf_high")}
CURVE = Curve(pd.DataFrame({**STEPS, "group": ["all"]}), "survival")
PANEL = CityPanel.from_long(pd.DataFrame({"city": ["110000"], "year": [2010], "y": [1.0]}))

NAMES = {
    (ESTIMATE, "summary"): "print(estimate)",
    (ESTIMATE, "params"): "estimate.coefficients",
    (ESTIMATE, "pvalues"): 'estimate.p_value("x")',
    (ESTIMATE, "conf_int"): "estimate.confint(level=0.95)",
    (ESTIMATE, "vcov"): 'Clustered("state")',
    (ESTIMATE, "rsquared"): 'estimate.stats["r2"]',
    (ESTIMATE, "llf"): 'estimate.stats["loglik"]',
    (ESTIMATE, "aic"): "It has none; estimate.stats has r2, loglik",
    (ESTIMATE, "predict"): "predict(estimate, newdata, data)",
    (ESTIMATE, "print_summary"): "print(estimate)",
    (ESTIMATE, "hazard_ratios_"): "hazard_ratios(estimate)",
    (ESTIMATE, "std_erors"): "Did you mean std_errors",
    (ESTIMATE, "_N"): "estimate.nobs",
    (ESTIMATE, "_beta_hat"): "estimate.coefficients",
    (ESTIMATE, "zzz"): "Choose one of them",
    (CURVE, "survival_function_"): "curve.frame",
    (CURVE, "median_survival_time_"): "print(curve)",
    (CURVE, "plot_survival_function"): "curve.plot()",
    (PANEL, "head"): "panel.frame",
}


@pytest.mark.parametrize(("made", "name"), NAMES, ids=lambda one: str(one)[:20])
def test_one_sentence_says_what_to_write(made, name):
    with pytest.raises(NameAbsent) as caught:
        getattr(made, name)
    assert NAMES[made, name] in str(caught.value)
    assert isinstance(caught.value, SpecError | AttributeError)
    assert not hasattr(made, name)


def test_what_python_asks_for_is_left_to_python():
    assert not hasattr(ESTIMATE, "__len__")
    with pytest.raises(AttributeError) as caught:
        _ = ESTIMATE._repr_png_
    assert not isinstance(caught.value, NameAbsent)
    assert pickle.loads(pickle.dumps(ESTIMATE)).terms == ("x",)
    assert copy.deepcopy(ESTIMATE).terms == ("x",)


@pytest.mark.parametrize(
    ("made", "key", "remedy"),
    [
        (ESTIMATE, "x", "Write estimate.coefficient('x')."),
        (PANEL, "y", "Write panel.frame['y']."),
        (CURVE, "estimate", "Write curve.frame['estimate']."),
    ],
)
def test_a_result_in_brackets_says_what_to_write_and_is_no_sequence(made, key, remedy):
    with pytest.raises(CallError, match=re.escape(remedy)):
        made[key]
    with pytest.raises(TypeError):
        iter(made)


def test_a_method_answers_the_argument_of_another_package():
    with pytest.raises(CallError, match=re.escape("Write level=0.95.")):
        ESTIMATE.confint(alpha=0.1)
    assert ESTIMATE.confint(0.9).shape == (1, 2)
