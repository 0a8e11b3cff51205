"""A user's yearbook in the paper's specifications: extra columns, embedded numbers untouched."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pandas as pd
import pytest

from analyses.__main__ import main
from analyses.config import TASKS
from analyses.data import yearbook
from analyses.machinery.user_files import with_data
from analyses.machinery.workspace import Workspace
from analyses.shared.samples import growth_panel
from analyses.shared.specs_annual import ECONOMY, TWO_WAY, YEARS
from econshrink.core.errors import DataError
from econshrink.core.seeds import generator
from econshrink.data import load_china, read_yearbook
from econshrink.inference.vcov import Clustered
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe

HEADINGS = {
    "jobs": "城镇单位从业人员期末人数（万人）",
    "wage": "在岗职工平均工资（元）",
    "investment": "房地产开发投资完成额（亿元）",
    "price": "商品房平均销售价格（元/平方米）",
}


def write_generated_yearbook(path, cities: int = 80, columns=tuple(HEADINGS)) -> pd.DataFrame:
    """Write a long csv in GB18030; return the figures in our units."""
    rng = generator("test.generated_yearbook")
    panel = load_china()
    covered = panel.wide("population").loc[:, 2009:2018].notna().all(axis=1)
    chosen = covered.index[covered][:cities]
    years = range(2009, 2019)
    index = pd.MultiIndex.from_product([chosen, years], names=["city", "year"])
    n = len(index)
    steps = rng.normal(0.03, 0.04, size=(cities, len(years))).cumsum(axis=1).ravel()
    frame = pd.DataFrame(
        {
            "jobs": np.round(np.exp(3 + steps + rng.normal(0, 0.01, n)), 2),
            "wage": np.round(40_000 * np.exp(2 * steps)),
            "investment": np.round(np.exp(4 + steps + rng.normal(0, 0.02, n)), 2),
            "price": np.round(4_000 * np.exp(steps + rng.normal(0, 0.02, n))),
        },
        index=index,
    )
    names = panel.attributes["name_zh"]
    table = frame[list(columns)].reset_index()
    table.insert(0, "城市", names.reindex(table["city"]).to_numpy())
    table = table.rename(columns={"year": "年份", **HEADINGS}).drop(columns="city")
    path.write_bytes(table.to_csv(index=False).encode("gb18030"))
    return frame


def workspace(tmp_path, file):
    return Workspace("yearbook", tmp_path / "build", tmp_path, inputs=(str(file),))


def results(tmp_path):
    return json.loads((tmp_path / "build/results/yearbook.json").read_text(encoding="utf-8"))


def test_figures_of_the_file_reach_the_covariates(tmp_path):
    file = tmp_path / "yearbook.csv"
    truth = write_generated_yearbook(file, cities=60)
    found = yearbook.observed(read_yearbook(file).panel)
    assert found.loc[("130100", 2012), "jobs"] == pytest.approx(
        10_000 * truth.loc[("130100", 2012), "jobs"]
    )
    wide = yearbook._with_lags(growth_panel(), found)
    jobs = np.log(truth["jobs"])
    growth = 100 * (jobs.loc[("130100", 2012)] - jobs.loc[("130100", 2011)])
    assert wide.frame.loc[("130100", 2013), "lag_jobs"] == pytest.approx(growth)


@pytest.mark.slow
def test_the_task_adds_columns_and_keeps_the_embedded_ones(tmp_path):
    file = tmp_path / "yearbook.csv"
    write_generated_yearbook(file, cities=60)
    work = workspace(tmp_path, file)
    yearbook.run(work)
    work.finish()
    found = results(tmp_path)
    assert all(key.startswith("yearbook.") for key in found)
    embedded = fit_fe(
        growth_panel().select(years=YEARS), Spec("growth", ECONOMY, TWO_WAY), Clustered("city")
    )
    assert found["yearbook.annual.embedded.lag_real_growth.estimate"]["value"] == pytest.approx(
        embedded.coefficient("lag_real_growth"), rel=1e-12
    )
    for name in ("lag_jobs", "lag_wage", "lag_investment", "lag_price"):
        assert f"yearbook.annual.{name}.{name}.estimate" in found
    for name in ("jobs_per_head", "log_wage", "investment_share", "log_price"):
        assert f"yearbook.long.observed.{name}.estimate" in found
    table = (tmp_path / "build/tables/yearbook_annual.md").read_text(encoding="utf-8")
    assert "Growth of the house price" in table
    assert found["yearbook.jobs.breaks"]["value"] == "none"
    for name in ("jobs", "wage", "investment"):  # generated figures agree with nothing
        assert found[f"yearbook.beside.{name}.same"]["value"] < 0.1
        for source in ("file", "ours"):
            assert f"yearbook.beside.{name}.{source}.estimate" in found


def test_an_embedded_column_in_a_file_stands_beside_itself():
    ours = yearbook.embedded()
    found = ours[ours["jobs"].notna()]
    panel = CityPanel(found[["jobs"]].rename(columns={"jobs": "employed_units"}))
    steps = yearbook.jobs_breaks(found)
    assert steps == (2013,)  # the break that the table of a user would not declare
    row = yearbook.beside(panel, found, steps).loc["jobs"]
    assert (row["same"], row["ratio"]) == (1, 1)
    assert row["file.estimate"] == pytest.approx(row["ours.estimate"])
    crossed = yearbook._with_lags(growth_panel(), found).frame["lag_jobs"].notna().sum()
    kept = yearbook._with_lags(growth_panel(), found, steps).frame["lag_jobs"].notna().sum()
    assert crossed - kept > 200


@pytest.mark.slow
def test_a_file_with_wages_alone_gives_their_columns_alone(tmp_path):
    file = tmp_path / "wages.csv"
    write_generated_yearbook(file, cities=60, columns=("wage",))
    work = workspace(tmp_path, file)
    yearbook.run(work)
    work.finish()
    keys = results(tmp_path)
    assert any(".lag_wage." in key for key in keys)
    assert not any(".lag_jobs." in key for key in keys)


def test_a_file_without_these_figures_gives_one_error(tmp_path):
    file = tmp_path / "beds.csv"
    file.write_text("城市,年份,医院床位数（张）\n鹤岗市,2010,251\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"hospital_beds.*mean wage"):
        yearbook.run(workspace(tmp_path, file))


def test_a_file_that_is_too_short_gives_one_error(tmp_path):
    file = tmp_path / "short.csv"
    write_generated_yearbook(file, cities=5)
    with pytest.raises(DataError, match="5 cities, years 2009 to 2018"):
        yearbook.run(workspace(tmp_path, file))


def test_a_missing_file_is_one_line_before_anything_is_built(tmp_path, capsys):
    assert main(["build", "--data", str(tmp_path / "nothing.xlsx")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "make paper DATA=" in said


def test_the_paper_without_data_has_no_such_task(tmp_path):
    assert "yearbook" not in {task.name for task in TASKS}
    file = tmp_path / "yearbook.csv"
    file.write_text("x", encoding="utf-8")
    tasks = with_data(TASKS, str(file))
    assert callable(getattr(importlib.import_module(tasks[0].module), tasks[0].function))
    names = [task.name for task in tasks]
    assert names == ["yearbook", *(task.name for task in TASKS)]
