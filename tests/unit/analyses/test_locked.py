"""A locked prediction never changes; figures that come later score it."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from analyses.__main__ import main
from analyses.atlas.futures import last_locked
from analyses.forecast import forecast_lock
from analyses.forecast.forecast_lock import FOLDER, lock, score_locked
from econshrink import DataError

LOCKED = {
    "2026-11": "408c0a38bf9f5ce7091f4435cab846933adf901382b944eb54036d09d8b2dc02",
    "2026-11b": "0e46e8e54539357f3140a724379feb7690641beefd4257c03e3ab62474cafb26",
}


def test_locked_files_are_the_ones_that_were_written():
    found = {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in FOLDER.glob("*.csv")}
    assert found == LOCKED


def test_a_month_is_locked_once():
    with pytest.raises(DataError, match="A locked file never changes"):
        lock("2026-11")


def test_a_correction_is_a_file_of_its_own_and_both_are_scored(tmp_path, monkeypatch):
    for path in FOLDER.glob("2026-11.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(forecast_lock, "FOLDER", tmp_path)
    monkeypatch.setattr(forecast_lock, "DRAWS", 100)
    with pytest.raises(DataError, match="which has no prediction"):
        lock("2027-01", "a reason")
    second = lock("2026-11", "A figure was wrong.")
    assert second.name == "2026-11b.csv"
    assert lock("2026-11", "Another one.").name == "2026-11c.csv"
    record = json.loads(second.with_suffix(".json").read_text())
    assert (record["corrects"], record["reason"]) == ("2026-11.csv", "A figure was wrong.")
    assert hashlib.sha256((tmp_path / "2026-11.csv").read_bytes()).hexdigest() == LOCKED["2026-11"]
    (tmp_path / "came").mkdir()
    scored = score_locked(figures(tmp_path / "came"), tmp_path)
    assert list(scored.index.unique("file")) == ["2026-11", "2026-11b", "2026-11c"]
    root = tmp_path / "root"
    (root / "paper").mkdir(parents=True)
    (root / "paper" / "forecasts").symlink_to(tmp_path)
    assert last_locked(root).name == "2026-11c.csv"


@pytest.mark.parametrize("month", sorted(LOCKED))
def test_every_row_is_whole(month):
    table = pd.read_csv(FOLDER / f"{month}.csv", dtype={"city": "str"})
    assert not table.isna().any().any()
    assert not table.duplicated(["city", "year"]).any()
    assert sorted(table["year"].unique()) == list(range(2025, 2036))
    quantiles = table.filter(regex="^q").to_numpy()
    assert (quantiles[:, :-1] <= quantiles[:, 1:]).all()
    assert table.filter(regex="^p_").stack().between(0, 1).all()


def figures(tmp_path: Path, column="q50", years=(2026,)):
    table = pd.read_csv(FOLDER / "2026-11.csv", dtype={"city": "str"})
    table = table[table["year"].isin(years)]
    path = tmp_path / "figures.csv"
    table.rename(columns={column: "population"})[["city", "year", "population"]].to_csv(
        path, index=False
    )
    return path


def test_figures_on_the_medians_score_without_error(tmp_path, capsys):
    path = figures(tmp_path, years=(2026, 2030))
    row = score_locked(path).loc[("2026-11", 2030)]
    assert row["mape"] == 0
    assert row["inside80"] == 1
    assert row["units"] == 294
    assert row["mape_last_value"] > 0
    assert row["quantile_loss"] > 0
    assert main(["score", "--figures", str(path)]) == 0
    assert "mape_last_value" in capsys.readouterr().out
    outside = score_locked(figures(tmp_path, "q5")).xs("2026-11")
    assert outside["inside80"].max() == 0


def test_figures_that_do_not_fit_are_one_sentence(tmp_path, capsys):
    assert main(["score", "--figures", str(tmp_path / "none.csv")]) == 1
    assert "no file none.csv" in capsys.readouterr().err
    path = figures(tmp_path)
    pd.read_csv(path, dtype={"city": "str"}).assign(population=0).to_csv(path, index=False)
    with pytest.raises(DataError, match="not above zero"):
        score_locked(path)
    path.write_text("city,year\n1,2\n")
    with pytest.raises(DataError, match="city, year, population"):
        score_locked(path)
    path.write_text("city,year,population\n999999,2026,5\n")
    with pytest.raises(DataError, match="units and years of a locked prediction"):
        score_locked(path)


def test_a_changed_file_is_refused(tmp_path):
    for name in ("2026-11.csv", "2026-11.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    text = (tmp_path / "2026-11.csv").read_text().replace("110000,2025", "110000,2024", 1)
    (tmp_path / "2026-11.csv").write_text(text)
    with pytest.raises(DataError, match="Restore it"):
        score_locked(figures(tmp_path), tmp_path)
