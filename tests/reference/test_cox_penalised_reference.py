"""Ridge and elastic-net Cox models against R (survival 3.5-3, glmnet 4.1-6).

`cox_penalised.csv` is what `cox_penalised.R` prints. Coefficients, both standard errors and degrees
of freedom of ``ridge()`` are matched to 1e-9. glmnet stops when a step changes its objective by
less than some 1e-14, flat as that is at the optimum: its coefficients are known to about 1e-8.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.penalised import ElasticNet, Ridge, fit_cox_path, fit_cox_ridge
from econshrink.survival.options import Breslow

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "cox_penalised.csv", keep_default_na=False)
RIDGES = [key for key, _ in REFERENCE.groupby(["data", "model", "penalty"]) if "mix" not in key[1]]
PATHS = [key for key, _ in REFERENCE.groupby(["data", "model"]) if "mix" in key[1]]
COVARIATES = {
    "heart": ["age", "year", "surgery", "transplant"],
    "bladder2": ["rx", "size", "number"],
}


COVARIATES["bladder2 at risk"] = COVARIATES["bladder2"]


def table(name: str) -> SpellTable:
    frame = pd.read_csv(HERE / "survival_data" / f"{name.split(maxsplit=1)[0]}.csv")
    if "at risk" in name:
        frame = frame[[sees_an_event(row, frame) for row in frame.itertuples()]]
    return SpellTable(frame.rename(columns={"id": "city"}), rule_id="reference")


def sees_an_event(row: Any, frame: pd.DataFrame) -> bool:
    """Whether a row is at risk at some event of its stratum."""
    own = frame[(frame["enum"] == row.enum) & (frame["event"] == 1)]["stop"]
    return bool(((own > row.start) & (own <= row.stop)).any())


def rows(data: str, model: str) -> pd.DataFrame:
    return REFERENCE[(REFERENCE["data"] == data) & (REFERENCE["model"] == model)]


@pytest.mark.parametrize(("data", "model", "theta"), RIDGES)
def test_ridge(data: str, model: str, theta: float) -> None:
    known = rows(data, model)
    known = known[known["penalty"] == theta].set_index(["term", "quantity"])["value"]
    penalty = Ridge(theta, scaled="unscaled" not in model)
    strata = "enum" if "strata" in model else None
    fit = fit_cox_ridge(table(data), COVARIATES[data], penalty, strata=strata)
    assert fit.stats["df"] == pytest.approx(known["", "df"], rel=1e-9)
    for term in COVARIATES[data]:
        assert fit.coefficient(term) == pytest.approx(known[term, "coefficient"], rel=1e-9)
        assert fit.std_error(term) == pytest.approx(known[term, "std_error"], rel=1e-9)
        assert fit.stats[f"se2:{term}"] == pytest.approx(known[term, "std_error_2"], rel=1e-9)


@pytest.mark.parametrize(("data", "model"), PATHS)
def test_path(data: str, model: str) -> None:
    known = rows(data, model).pivot(index="penalty", columns="term", values="value")
    known = known[COVARIATES[data]].sort_index(ascending=False)
    mix = float(model.rsplit(maxsplit=1)[-1])
    penalty = ElasticNet(mix, tuple(known.index))
    options: dict[str, Any] = {"ties": Breslow(), "strata": "enum" if "strata" in model else None}
    path = fit_cox_path(table(data), COVARIATES[data], penalty, **options)
    assert path.coefficients == pytest.approx(known.to_numpy(), rel=1e-8, abs=1e-9)
    assert ((path.coefficients == 0) == (known.to_numpy() == 0)).all()
    even = ElasticNet(mix, None, 12, 0.01)
    grid = fit_cox_path(table(data), COVARIATES[data], even, **options)
    assert grid.penalties[1 : len(known) + 1] == pytest.approx(known.index.to_numpy(), rel=1e-12)
