"""The table of traps: ours is the right answer at the digits printed, the other one is not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analyses.methods.methods_survival import REFERENCE, answers

ROOT = Path(__file__).parents[2]
CASES = pd.read_csv(ROOT / REFERENCE / "survival_traps.csv").set_index("key")


def test_every_case_has_an_answer() -> None:
    assert set(answers(ROOT)) == set(CASES.index)


@pytest.mark.parametrize("key", list(CASES.index))
def test_our_answer_is_the_right_one(key: str) -> None:
    value, case = answers(ROOT)[key](), CASES.loc[key]
    assert value == pytest.approx(case["right"], rel=2e-7, abs=5e-7)
    assert abs(value - case["answer"]) > 1e-5
