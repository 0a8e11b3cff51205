"""Durations and rows at risk of any table: the user's columns stand beside their roles."""

import numpy as np
import pandas as pd
import pytest

from econshrink import DataError, SpecError, SpellTable
from econshrink.nouns.storage import from_json, to_json
from econshrink.survival import fit_cox
from econshrink.tables import spells, survival_formula
from econshrink.tables.spell_table import spells_of


def durations(seed=0, size=80):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 8, size), "group": rng.choice(["a", "b"], size)})
    frame["week"] = rng.exponential(np.exp(-0.04 * (frame["age"] - 40))) + 0.1
    frame["arrest"] = rng.random(size) < 0.7
    frame["before"] = frame["week"] * rng.random(size) * 0.5
    return frame


def cox(table, covariates=("age",)):
    return fit_cox(table, list(covariates))


def test_durations_equal_the_table_made_by_hand():
    frame = durations()
    hand = SpellTable(
        pd.DataFrame(
            {
                "city": [f"{i:03d}" for i in range(len(frame))],
                "start": 0.0,
                "stop": frame["week"],
                "event": frame["arrest"].astype(int),
                "age": frame["age"],
            }
        ),
        rule_id="example",
    )
    one = cox(SpellTable.from_durations(frame, duration="week", event="arrest"))
    np.testing.assert_allclose(one.coefficients, cox(hand).coefficients, rtol=1e-10)
    late = SpellTable.from_durations(frame, duration="week", event="arrest", entry="before")
    rows = SpellTable.from_rows(frame, start="before", stop="week", event="arrest")
    assert cox(late).coefficients[0] == cox(rows).coefficients[0]
    assert late.rule_id == ""


@pytest.mark.parametrize("other", ["city", "start", "stop", "event", "week"])
def test_a_covariate_of_any_name_keeps_its_values(other):
    frame = durations()
    plain = cox(SpellTable.from_durations(frame, duration="week", event="arrest"))
    renamed = frame.rename(columns={"week": "T", "age": other})
    table = SpellTable.from_durations(renamed, duration="T", event="arrest")
    place = table.place(other)
    np.testing.assert_allclose(cox(table, [place]).coefficients, plain.coefficients, rtol=1e-12)
    found, model = spells_of(renamed, f"Surv(T, arrest) ~ {other}")
    got = cox(found, model.covariates)
    np.testing.assert_allclose(got.coefficients, plain.coefficients, rtol=1e-12)


def test_the_table_is_left_alone_and_survives_the_file():
    frame = durations().rename(columns={"age": "stop"})
    before = frame.copy(deep=True)
    table = SpellTable.from_durations(frame, duration="week", event="arrest")
    pd.testing.assert_frame_equal(frame, before)
    again = from_json(to_json(table))
    assert again.names == table.names
    assert again.place("stop") == table.place("stop")


@pytest.mark.parametrize("kind", ["text", "integers", "category", "objects"])
def test_units_of_every_kind(kind):
    ids = pd.Series(np.repeat(range(20), 2))
    frame = pd.DataFrame({"t0": [0, 1] * 20, "t1": [1, 2] * 20, "died": [0, 1] * 20})
    frame["id"] = {
        "text": ids.map("county {}".format),
        "integers": ids,
        "category": ids.astype("category"),
        "objects": ids.astype(object),
    }[kind]
    table = SpellTable.from_rows(frame, start="t0", stop="t1", event="died", unit="id")
    assert (table.cities, table.events) == (20, 20)
    assert table.called("city") == "id"


BAD = {
    "dates": (lambda f: f.assign(week=pd.Timestamp("2010-01-01")), "dates in 'week'"),
    "durations": (lambda f: f.assign(week=pd.Timedelta(days=3)), "durations in 'week'"),
    "periods": (lambda f: f.assign(week=pd.Period("2010", "Y")), "periods in 'week'"),
    "complex": (lambda f: f.assign(week=1j), "complex"),
    "text": (lambda f: f.assign(arrest="yes"), "'yes' and 79 more"),
    "missing": (lambda f: f.assign(week=f["week"].where(f.index != 4)), "nan"),
    "negative": (lambda f: f.assign(week=-1.0), "entry 0 and exit -1 and 79 more rows"),
    "other events": (lambda f: f.assign(arrest=2), "event 2 and 79 more rows"),
    "empty": (lambda f: f[:0], "empty table"),
    "twice": (lambda f: pd.concat([f, f[["age"]]], axis=1), "two columns called"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_durations_are_told_once(kind):
    make, words = BAD[kind]
    with pytest.raises(DataError, match=words) as caught:
        spells(make(durations()), duration="week", event="arrest")
    assert len(caught.value.faults) == 1


def test_mixed_and_missing_units_are_told_once():
    for ids, words in ((["a", 1] * 40, "two types"), ([None] * 80, "no id and 79 more rows")):
        with pytest.raises(DataError, match=words) as caught:
            spells(durations().assign(id=ids), duration="week", event="arrest", unit="id")
        assert len(caught.value.faults) == 1


def test_roles_that_do_not_fit_are_told_with_a_call():
    frame = durations()
    calls = [
        (lambda: spells(frame, duration="week"), "no event="),
        (lambda: spells(frame, event="arrest"), "neither duration= nor stop="),
        (lambda: spells(frame, stop="week", event="arrest"), "without start="),
        (lambda: spells(frame, duration="weeks", event="arrest"), "no column 'weeks'"),
        (lambda: spells(frame, duration=frame["week"], event="arrest"), 'duration="..."'),
        (lambda: spells(frame, duration="week", event="week"), "one column in two roles"),
        (lambda: spells("week", duration="week", event="arrest"), "where the data belong"),
    ]
    for call, words in calls:
        with pytest.raises(DataError, match=words):
            call()
    table = spells(frame, duration="week", event="arrest")
    assert spells(table) is table
    with pytest.raises(DataError, match="beside a SpellTable"):
        spells(table, duration="week")


def test_survival_formulas():
    model = survival_formula(
        "Surv(t0, t1, died) ~ a*b + strata(g, h) + offset(o) + id(u) + cluster(p)"
    )
    assert (model.start, model.stop, model.event) == ("t0", "t1", "died")
    assert model.covariates == ("a", "b", "a:b")
    assert (model.strata, model.offset, model.unit, model.cluster) == (("g", "h"), "o", "u", "p")
    assert survival_formula("a + np.log(b)").covariates == ("a", "np.log(b)")
    for text in ("Surv(t) ~ a", "Surv(a, b, c, d) ~ x", "t ~ x", "Surv(t, d) ~ x | g",
                 "Surv(t, d) ~ x - 1", "Surv(t, d) ~ x**2", "Surv(t, d) ~", 5):  # fmt: skip
        with pytest.raises(SpecError):
            survival_formula(text)


def test_terms_of_a_survival_formula_are_computed():
    frame = durations()
    found, model = spells_of(frame, "Surv(week, arrest) ~ I(age**2) + C(group) + strata(group)")
    assert model.covariates == ("I(age**2)", "C(group)[T.b]")
    assert model.strata == ("group",)
    hand = frame.assign(square=frame["age"] ** 2, b=(frame["group"] == "b").astype(float))
    table = SpellTable.from_durations(hand, duration="week", event="arrest")
    one = cox(found, model.covariates)
    np.testing.assert_allclose(
        one.coefficients, cox(table, ["square", "b"]).coefficients, rtol=1e-8
    )
    for text, words in (
        ("Surv(week, arrest) ~ agee", "Did you mean 'age'"),
        ("Surv(week, arrest) ~ lag(age)", "panel of years"),
        ("Surv(week, arrest) ~ group", r"C\(group\)"),
        ("Surv(week, arrest) ~ age + strata(grup)", "no column grup"),
        ("age", r"without Surv\(...\)"),
    ):
        with pytest.raises(SpecError, match=words):
            spells_of(frame, text)
