"""Firth's penalised Cox model against bias-reduced logistic regression in R (brglm 0.7-2).

`firth.csv` is what `firth.R` writes. brglm iterates until its modified scores are below 1e-13 and
so gives about eight digits.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from econshrink.core.errors import ConvergenceError
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.firth import fit_firth
from econshrink.survival.cox.fit import fit_cox

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "firth.csv")


def pairs() -> SpellTable:
    frame = pd.read_csv(HERE / "survival_data" / "pairs.csv")
    frame["city"] = [f"{number:06d}" for number in range(len(frame))]
    return SpellTable(frame.assign(start=0.0, stop=1.0), rule_id="reference")


@pytest.mark.parametrize("model", ["x z", "x w"])
def test_pairs_are_a_logistic_model(model: str) -> None:
    fit = fit_firth(pairs(), model.split(), strata="pair")
    known = REFERENCE[REFERENCE["model"] == model]
    assert len(known) == 2
    for row in known.itertuples():
        assert fit.coefficient(row.term) == pytest.approx(row.coefficient, rel=1e-7)
        assert fit.std_error(row.term) == pytest.approx(row.std_error, rel=1e-7)


def test_without_penalty_the_second_model_has_no_answer() -> None:
    with pytest.raises(ConvergenceError):
        fit_cox(pairs(), ["x", "w"], strata="pair")
