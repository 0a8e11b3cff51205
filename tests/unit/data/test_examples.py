"""Two other countries: what the tables hold, what their panels flag, what the build refuses."""

import re
import shutil
from itertools import pairwise

import pytest

from econshrink.core.errors import DataError
from econshrink.data import europe_panel, korea_panel, load_europe, load_korea
from econshrink.data.examples import loaders
from econshrink.data.examples.loaders import FOLDER
from econshrink.data.examples.schemas import AGES, KOREAN_COUNTS, SCHEMAS
from econshrink.data.open.checked import decompress, inspect
from tools.examples import build


def test_size_of_both_examples():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.csv.gz")) <= 350_000


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_table_passes_the_full_inspection(name):
    raw = decompress(FOLDER / f"{name}.csv.gz")
    assert inspect(raw, name, SCHEMAS[name]) == []


def test_europe_has_two_dates_two_sexes_and_ages_that_sum():
    europe = load_europe()
    assert europe.groupby("region").size().eq(4).all()
    assert europe["region"].nunique() == 1348
    assert (europe[list(AGES)].sum(axis=1) == europe["population"]).all()
    assert (europe["country"] == europe["region"].str[:2]).all()
    assert europe["name"].notna().all()
    assert europe["country"].nunique() == 28


def test_europe_loses_where_it_should():
    total = load_europe().groupby(["country", "region", "year"])["population"].sum().unstack()
    lost = (total[2019] < total[2014]).groupby("country").agg(["sum", "size"])
    expected = {"DE": (72, 401), "RO": (36, 42), "BG": (26, 28), "IT": (86, 110), "ES": (31, 59)}
    assert {c: tuple(map(int, lost.loc[c])) for c in expected} == expected


def test_one_cohort_step_carries_2014_into_2019():
    ages = load_europe().query("country in ['RO', 'BG', 'IT']").groupby("year")[list(AGES)].sum()
    ratios = [ages.loc[2019].iloc[i + 1] / ages.loc[2014].iloc[i] for i in range(16)]
    assert 0.75 < min(ratios) < max(ratios) < 1.05
    assert all(later < earlier for earlier, later in pairwise(ratios[12:]))


def test_korea_holds_what_its_source_says():
    korea = load_korea()
    assert sorted(korea["year"].unique()) == [2010, 2015, 2020]
    assert korea["unit"].nunique() == 229
    assert korea["name"].nunique() < 229  # names repeat
    sexes = korea["household_population_male"] + korea["household_population_female"]
    assert (sexes == korea["household_population"]).all()
    first = korea[korea["year"] == 2010]
    assert first[["population", "dwellings", "vacant_dwellings", "grdp"]].isna().all(axis=None)
    later = korea[korea["year"] > 2010]
    kinds = [name for name in KOREAN_COUNTS if name.startswith("dwellings_")]
    assert (later[kinds].sum(axis=1) / later["dwellings"]).between(0.997, 1.0001).all()
    median = later.pivot(index="unit", columns="year", values="establishments")
    assert (median[2020] / median[2015]).median() > 1.4  # another register: never difference


def test_changing_a_table_does_not_change_the_next():
    first = load_korea()
    first.loc[0, "name"] = "elsewhere"
    assert load_korea().loc[0, "name"] == "Jongno-gu"


def test_panels_of_both():
    europe = europe_panel()
    assert len(europe.cities) == 1348
    assert europe.frame["share_65_plus"].between(0.02, 0.4).all()
    korea = korea_panel()
    assert set(korea.wide_status("establishments")[2020]) == {"rebased"}
    sejong = korea.attributes.index[korea.attributes["province"] == "Sejong"][0]
    assert korea.status.loc[(sejong, 2010), "household_population"] == "suspect"


def test_a_damaged_table_or_manifest_is_named(tmp_path):
    for path in [*FOLDER.glob("*.csv.gz"), FOLDER / "manifest.json"]:
        shutil.copy(path, tmp_path)
    (tmp_path / "korea.csv.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"korea\.csv\.gz"):
        loaders._stored("korea", tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match=r"manifest\.json: saw no usable manifest"):
        loaders._stored("europe", tmp_path)


def test_the_build_refuses_other_inputs(tmp_path, capsys):
    assert build.main(["--facts", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "saw no europe_nuts3.csv, korea_units.csv" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_national_totals_hold_in_the_embedded_tables():
    europe = load_europe().astype(str).to_dict("records")
    counts = load_korea()[["year", *build.KOREA_TOTALS]]
    korea = counts.fillna(0).astype(int).astype(str).to_dict("records")
    found = list(build.totals({"europe": europe, "korea": korea}))
    assert len(found) == 9
    assert [check for check, expected, got in found if expected != got] == []


def test_sources_name_every_table_with_its_rows():
    text = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for name in SCHEMAS:
        rows = len(loaders._stored(name))
        assert re.search(rf"^\| `{name}` \| {rows:,} \|", text, re.MULTILINE), name
    assert "Eurostat, CC BY 4.0" in text
    assert "Korea Open Government License type 1" in text
