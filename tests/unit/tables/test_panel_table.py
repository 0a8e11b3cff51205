"""Any table to a panel: identifiers and years as given, the user's columns untouched."""

import warnings

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, Clustered, DataError, DriscollKraay, Jackknife, Resampling, Spec
from econshrink.nouns.storage import from_json, to_json
from econshrink.panel import bootstrap_fe, fit_fe, leave_out_fe, specification_curve
from econshrink.tables import as_panel, open_table

UNITS, YEARS = 12, 6


def table(seed=0):
    rng = np.random.default_rng(seed)
    size = UNITS * YEARS
    frame = pd.DataFrame(
        {
            "firm": np.repeat([f"Youngstown {i}" for i in range(UNITS)], YEARS),
            "t": np.tile(range(2001, 2001 + YEARS), UNITS),
            "x": rng.normal(size=size),
            "z": rng.normal(size=size),
        }
    )
    frame["y"] = frame["x"] - frame["z"] + rng.normal(size=size)
    frame["region"] = np.repeat(["north", "south", "west"], size // 3)
    frame["party"] = rng.choice(["red", "blue"], size)
    return frame


def fitted(frame, formula="y ~ x + z | firm + t", vcov=None, unit="firm", time="t"):
    return fit_fe(frame, formula, vcov, unit=unit, time=time)


def same(one, two):
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-12)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-10)


def canonical(frame):
    """The same table under the names of a CityPanel."""
    renamed = frame.rename(columns={"firm": "city", "t": "year"})
    renamed["city"] = pd.factorize(renamed["city"], sort=True)[0]
    return CityPanel.from_long(renamed[["city", "year", "x", "z", "y"]])


def test_equals_the_panel_made_by_hand():
    panel = canonical(table())
    same(fitted(table()), fit_fe(panel, Spec("y", ("x", "z"), ("city", "year"))))


def test_users_names_are_printed_and_the_cluster_is_the_unit():
    estimate = fitted(table())
    assert estimate.clusters == {"firm": UNITS}
    assert "clustered by firm" in estimate.vcov_label
    assert estimate.spec.formula == "y ~ x + z | firm + t"


@pytest.mark.parametrize("other", ["city", "year", "unit", "time", "(unit)", "index", "start"])
def test_a_column_of_any_name_does_no_harm(other):
    frame = table()
    frame[other] = np.random.default_rng(1).normal(size=len(frame))
    same(fitted(frame), fitted(table()))
    one = fit_fe(frame, Spec("y", ("x", other), ("firm", "t")), unit="firm", time="t")
    two = fitted(frame.rename(columns={other: "w"}), "y ~ x + w | firm + t")
    same(one, two)
    same(
        fitted(frame, vcov=DriscollKraay(), formula="y ~ x | firm + t"),
        fitted(table(), vcov=DriscollKraay(), formula="y ~ x | firm + t"),
    )


def test_a_column_called_year_is_no_year_when_time_is_another():
    frame = table()
    frame["year"] = frame["party"]
    same(
        fitted(frame, "y ~ x | firm + year", Clustered(("firm", "year"))),
        fitted(table(), "y ~ x | firm + party", Clustered(("firm", "party"))),
    )
    estimate = fit_fe(
        frame, Spec("y", ("x",), ("firm", "year")), DriscollKraay(), unit="firm", time="t"
    )
    other = fitted(table(), "y ~ x | firm + party", DriscollKraay())
    same(estimate, other)


def test_the_table_is_left_alone():
    frame = table()
    before = frame.copy(deep=True)
    fitted(frame, "y ~ x + C(party) | firm + t")
    pd.testing.assert_frame_equal(frame, before)


IDS = {
    "integers": lambda ids: pd.factorize(ids)[0],
    "big integers": lambda ids: pd.factorize(ids)[0] + 10_000_001,
    "nullable integers": lambda ids: pd.Series(pd.factorize(ids)[0], dtype="Int64"),
    "whole floats": lambda ids: pd.factorize(ids)[0].astype(float),
    "category": lambda ids: ids.astype("category"),
    "unordered category": lambda ids: pd.Categorical(ids, categories=list(ids.unique())[::-1]),
    "objects": lambda ids: ids.astype(object),
    "digits": lambda ids: pd.Series(pd.factorize(ids)[0]).map("{:05d}".format),
    "other alphabets": lambda ids: ids.str.replace("Youngstown", "伊春市"),
}


@pytest.mark.parametrize("kind", IDS)
def test_identifiers_of_every_kind(kind):
    frame = table()
    frame["firm"] = IDS[kind](frame["firm"])
    same(fitted(frame), fitted(table()))


def test_identifiers_are_kept_as_given():
    frame = pd.DataFrame({"id": [101, 7, 7], "t": [1, 1, 2], "x": [1.0, 2.0, 3.0]})
    assert as_panel(frame, "id", "t").cities == (7, 101)
    frame["id"] = ["01001", "1001", "1001"]
    assert as_panel(frame, "id", "t").cities == ("01001", "1001")


BAD_IDS = {
    "two types": (lambda ids: ids.astype(object).where(ids.index > 8, 5), "two types"),
    "fractions": (lambda ids: np.arange(len(ids)) / 7, "fractions"),
    "missing": (lambda ids: ids.where(ids.index != 3), "1 rows without an identifier"),
    "empty text": (lambda ids: ids.where(ids.index > 8, ""), "empty text"),
    "dates": (lambda _: pd.Timestamp("2010-01-01"), "identifiers of type"),
    "truth values": (lambda ids: ids.index > 3, "identifiers of type"),
}


@pytest.mark.parametrize("kind", BAD_IDS)
def test_identifiers_that_are_refused_and_the_remedy(kind):
    make, words = BAD_IDS[kind]
    frame = table()
    frame["firm"] = make(frame["firm"])
    with pytest.raises(DataError, match=words) as caught:
        fitted(frame)
    assert len(caught.value.faults) == 1
    df = frame
    remedy = caught.value.faults[0].remedy
    scope = {"df": df}
    code = remedy.split(": ", 1)[1].rstrip(".")
    exec(code if code.startswith("df = ") or "] = " in code else f"df = {code}", scope)
    assert as_panel(scope["df"].drop_duplicates(["firm", "t"]), "firm", "t").cities


TIMES = {
    "nullable": lambda t: t.astype("Int64"),
    "small": lambda t: t.astype("int16"),
    "whole floats": lambda t: t.astype(float),
    "text": lambda t: t.astype(str),
    "categories": lambda t: t.astype(str).astype("category"),
    "periods": lambda t: pd.PeriodIndex(t.astype(str), freq="Y"),
    "first days": lambda t: pd.to_datetime(t.astype(str)),
    "last days": lambda t: pd.to_datetime(t.astype(str) + "-12-31"),
    "first days with a zone": lambda t: pd.to_datetime(t.astype(str)).dt.tz_localize("Asia/Seoul"),
}


@pytest.mark.parametrize("kind", TIMES)
def test_years_of_every_kind(kind):
    frame = table()
    frame["t"] = TIMES[kind](frame["t"])
    assert as_panel(frame, "firm", "t").years == tuple(range(2001, 2001 + YEARS))
    same(fitted(frame), fitted(table()))


BAD_TIMES = {
    "days": (lambda t: pd.to_datetime(t.astype(str) + "-05-17"), "dates within the year"),
    "months": (lambda t: pd.PeriodIndex(t.astype(str) + "-05", freq="M"), "shorter than a year"),
    "text of days": (lambda t: t.astype(str) + "-05-17", "text such as"),
    "fractions": (lambda t: t + 0.5, "fractions"),
    "missing": (lambda t: t.where(t.index != 3), "without a year"),
}


@pytest.mark.parametrize("kind", BAD_TIMES)
def test_times_that_are_finer_are_refused_and_the_remedy_works(kind):
    make, words = BAD_TIMES[kind]
    frame = table()
    frame["t"] = make(frame["t"])
    with pytest.raises(DataError, match=words) as caught:
        fitted(frame)
    (fault,) = caught.value.faults
    assert "astype(int)" not in fault.remedy
    scope = {"df": frame, "pd": pd, "np": np}
    code = fault.remedy.split(": ", 1)[1].split(";")[0].rstrip(".")
    exec(code, scope)
    assert as_panel(scope["df"], "firm", "t").years == tuple(range(2001, 2001 + YEARS))


def test_short_times_such_as_one_to_six_are_times_too():
    frame = table()
    frame["t"] -= 2000
    same(fitted(frame), fitted(table()))


def test_an_indexed_frame_needs_no_names():
    frame = table().set_index(["firm", "t"])
    same(fit_fe(frame, "y ~ x + z | firm + t"), fitted(table()))
    dated = table()
    dated["t"] = pd.to_datetime(dated["t"].astype(str))
    same(fit_fe(dated.set_index(["firm", "t"]), "y ~ x + z | firm + t"), fitted(table()))
    same(fit_fe(frame, "y ~ x + z | firm + t", unit="firm", time="t"), fitted(table()))


def test_an_index_in_the_wrong_order_is_told_and_the_remedy_works():
    df = table().set_index(["t", "firm"])
    with pytest.raises(DataError, match="whose first level holds the years") as caught:
        fit_fe(df, "y ~ x | firm + t")
    scope = {"df": df}
    exec(caught.value.faults[0].remedy.split(": ")[1].rstrip("."), scope)
    assert as_panel(scope["df"]).unit == "firm"


def test_what_does_not_change_is_an_attribute_and_what_changes_a_label():
    panel = as_panel(table(), "firm", "t")
    assert panel.attributes["region"].tolist()[:1] == ["north"]
    assert list(panel.labels) == ["party"]
    assert panel.attribute("party").iloc[0] in {"red", "blue"}


def test_a_text_column_can_be_effect_cluster_and_category_but_no_number():
    frame = table()
    one = fitted(frame, "y ~ x + C(party) | firm", Clustered("region"))
    dummy = frame.assign(red=(frame["party"] == "red").astype(float))
    two = fitted(dummy, "y ~ x + red | firm", Clustered("region"))
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-10)
    assert fitted(frame, "y ~ x | firm + party").spec.absorb == ("firm", "party")
    with pytest.raises(Exception, match=r"C\(party\)"):
        fitted(frame, "y ~ x + party | firm")


def test_a_gap_in_a_category_is_a_gap_and_no_reference_level():
    frame = table()
    frame.loc[frame.index[:2], "party"] = None
    estimate = fitted(frame, "y ~ x + C(party) | firm")
    assert estimate.nobs == len(frame) - 2


def test_a_numeric_column_can_be_effect_or_cluster():
    frame = table()
    frame["sector"] = pd.factorize(frame["party"])[0]
    same(fitted(frame, "y ~ x | firm + sector"), fitted(frame, "y ~ x | firm + party"))


def test_columns_the_model_does_not_name_do_not_matter():
    frame = table()
    frame["broken"] = np.inf
    frame["day"] = pd.Timestamp("2010-03-04")
    frame["mixed"] = [1, "a"] * (len(frame) // 2)
    same(fitted(frame), fitted(table()))


@pytest.mark.parametrize("bad", ["rows", "columns", "empty", "no names", "unknown", "series"])
def test_tables_that_are_refused_in_one_sentence(bad):
    frame = table()
    calls = {
        "rows": (lambda: fitted(pd.concat([frame, frame])), "more than once"),
        "columns": (lambda: fitted(pd.concat([frame, frame[["x"]]], axis=1)), "two columns called"),
        "empty": (lambda: fitted(frame[:0]), "empty table"),
        "no names": (lambda: fit_fe(frame, "y ~ x | firm"), "no unit= and no time="),
        "unknown": (lambda: fitted(frame, unit="frim"), "Did you mean 'firm'"),
        "series": (lambda: fitted(frame["x"]), "Pass the whole DataFrame"),
    }
    call, words = calls[bad]
    with pytest.raises(DataError, match=words) as caught:
        call()
    assert len(caught.value.faults) == 1


def test_row_order_and_index_do_not_matter():
    shuffled = table().sample(frac=1, random_state=3)
    same(fitted(shuffled), fitted(table()))
    named = shuffled.set_index("z", drop=False)
    same(fitted(named), fitted(table()))


def test_digests_of_six_character_panels_stay_and_others_are_typed():
    def digest(ids):
        frame = pd.DataFrame({"city": ids, "year": [2010, 2011], "population": [1.5, 2.5]})
        return CityPanel.from_long(frame).digest()

    # as version 0.1 wrote it, when only six-character codes were let in
    six = "0dd1d76384edfaf4c15dd2ec848ea3e3392c473d64b6b88e50a42d3bdcf10660"
    assert digest(["230400"] * 2) == six
    kinds = [["230400"] * 2, [230400] * 2, ["1"] * 2, [1] * 2, ["鹤岗"] * 2, ["1", "12"]]
    assert len({digest(ids) for ids in kinds}) == len(kinds)


def test_a_panel_survives_the_file():
    panel = as_panel(table(), "firm", "t")
    again = from_json(to_json(panel))
    assert again.digest() == panel.digest()
    assert (again.unit, again.time, list(again.labels)) == ("firm", "t", ["party"])
    ints = as_panel(table().assign(firm=lambda f: pd.factorize(f["firm"])[0]), "firm", "t")
    assert from_json(to_json(ints)).cities == ints.cities


def test_a_large_table_enters_fast():
    size = 60_000
    frame = pd.DataFrame(
        {"firm": np.repeat(np.arange(3000), 20), "t": np.tile(range(20), 3000), "x": np.ones(size)}
    )
    frame["firm"] = frame["firm"].map("F{:05d}".format)
    assert len(as_panel(frame, "firm", "t").frame) == size


class Interchanged:
    """A table of another package: nothing but the Arrow interchange of a DataFrame."""

    def __init__(self, frame):
        self.frame = frame

    def to_pandas(self):
        return self.frame


class Protocol:
    """A table with nothing but the DataFrame interchange protocol."""

    def __init__(self, frame):
        self.frame = frame

    def __dataframe__(self, nan_as_null=False, allow_copy=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.frame.__dataframe__(nan_as_null, allow_copy)


def test_foreign_tables_come_in_and_what_is_no_table_is_told():
    same(fitted(Interchanged(table())), fitted(table()))
    same(fitted(Protocol(table())), fitted(table()))
    for stranger in (5, "data.csv", [1, 2], {"a": [1]}, np.ones((2, 2)), None):
        with pytest.raises(DataError, match="where the data belong"):
            open_table(stranger)


def test_pyarrow_and_polars():
    pa = pytest.importorskip("pyarrow")
    same(fitted(pa.Table.from_pandas(table())), fitted(table()))
    same(fitted(table().convert_dtypes(dtype_backend="pyarrow")), fitted(table()))
    pl = pytest.importorskip("polars")
    same(fitted(pl.DataFrame(table().to_dict("list"))), fitted(table()))


def test_defaults_mean_the_unit_even_beside_a_column_called_city():
    frame = table()
    frame["city"] = np.random.default_rng(1).normal(size=len(frame))
    who = {"unit": "firm", "time": "t"}
    plain = fitted(frame, "y ~ x | firm")
    same(fitted(frame, "y ~ x | firm", Clustered()), plain)
    assert fitted(frame, "y ~ x | firm", Clustered()).clusters == {"firm": UNITS}
    assert fitted(frame, "y ~ x | firm", Jackknife()).clusters == {"firm": UNITS}
    assert (
        bootstrap_fe(frame, "y ~ x | firm", Resampling(19), **who).estimate.clusters
        == plain.clusters
    )
    assert leave_out_fe(frame, "y ~ x | firm", **who).estimate.clusters == plain.clusters
    curve = specification_curve(frame, ["y ~ x | firm"], "x", **who)
    assert curve.table["clusters"].tolist() == [UNITS]
