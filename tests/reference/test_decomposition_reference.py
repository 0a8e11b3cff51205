"""Shares of R² equal those that R's relaimpo prints (stored numbers, decomposition_data)."""

from pathlib import Path

import pandas as pd
import pytest

from econshrink.decompose.shapley import shapley_r2
from econshrink.inference.resampling import Resampling
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec

FOLDER = Path(__file__).parent / "decomposition_data"
# calc.relimp(lm(Fertility ~ ., swiss), type = "lmg"), Groemping's relaimpo, 12 digits
LMG = {
    "Agriculture": 0.0570912207681,
    "Examination": 0.1711730289002,
    "Education": 0.2601346786244,
    "Catholic": 0.1055701503735,
    "Infant.Mortality": 0.1127659229265,
}


def test_lmg_of_the_swiss_cantons():
    frame = pd.read_csv(FOLDER / "swiss.csv").rename(columns={"Infant.Mortality": "Infant"})
    panel = CityPanel.from_long(
        frame.assign(
            city=[f"{i:06d}" for i in range(len(frame))], year=1900
        )  # the earliest a panel takes
    )
    names = tuple(name.split(".")[0] for name in LMG)
    spec = Spec("Fertility", names)
    found = shapley_r2(
        panel, spec, {name: (name,) for name in names}, resampling=Resampling(9, cluster="city")
    )
    for name, expected in LMG.items():
        # the stored digits end at 1e-13
        assert found.number("R2", name.split(".")[0]) == pytest.approx(expected, abs=1e-12)
    assert found.number("R2", "total") == pytest.approx(0.706735001593, abs=1e-12)
