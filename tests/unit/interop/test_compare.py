"""Models side by side, whatever package fitted them, in every format."""

import importlib

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from econshrink import CityPanel, Clustered, Spec, compare
from econshrink.core.errors import DataError, MissingExtra, SpecError
from econshrink.panel import fit_fe, fit_pooled


def frame():
    rng = np.random.default_rng(0)
    table = {"city": np.repeat([f"{i:06d}" for i in range(20)], 6)}
    x, z, u = rng.normal(size=(3, 120))
    return pd.DataFrame(
        table | {"year": [*range(2000, 2006)] * 20, "x": x, "z": z, "y": x - 0.3 * z + u}
    )


@pytest.fixture(scope="module")
def models():
    data = frame()
    panel = CityPanel.from_long(data)
    from linearmodels.panel import PanelOLS  # noqa: PLC0415

    indexed = data.set_index(["city", "year"])
    effects = PanelOLS(indexed["y"], indexed[["x"]], entity_effects=True)
    return (
        fit_fe(panel, Spec("y", ("x", "z"), ("city", "year")), Clustered("city")),
        effects.fit(cov_type="clustered", cluster_entity=True),
        smf.ols("y ~ x + z", data).fit(cov_type="HC1"),
    )


def test_three_packages_stand_in_one_table(models):
    table = compare(*models, names=["ours", "linearmodels", "statsmodels"])
    text = str(table)
    for word in (
        "ours",
        "linearmodels",
        "statsmodels",
        "City effects",
        "Within R²",
        "Observations",
    ):
        assert word in text
    for heading, estimate in table.estimates.items():
        assert heading in text
        for term in estimate.terms:
            printed = f"{estimate.coefficient(term):.3f}".replace("-", "−")
            assert printed in text
            assert f"({estimate.std_error(term):.3f})" in text
    notes = " ".join(table.table.notes)
    assert "column ours: clustered by city (small-sample rule: fixest)" in notes
    assert "column statsmodels: heteroskedasticity-robust (HC1)" in notes
    assert "***" not in text


def test_stars_are_by_choice_and_say_so(models):
    text = str(compare(models[0], stars=True))
    assert "***" in text
    assert "p < 0.01" in text


def test_statistics_labels_terms_and_notes_are_by_choice(models):
    table = compare(
        [models[0]],
        stats={"rmse": "Root MSE"},
        labels={"x": "Ageing"},
        terms=["x"],
        notes=("Own words",),
        digits=5,
        title="T",
    )
    text = str(table)
    assert text.startswith("T\n")
    for word in ("Ageing", "Root MSE", "Own words", f"{models[0].coefficient('x'):.5f}"):
        assert word in text
    assert "Within" not in text
    assert "Within" not in str(compare(models[0], stats=()))
    assert "(1)" in str(compare({"(1)": models[0]}))


@pytest.mark.parametrize(
    ("ending", "sign"),
    [
        ("html", "<table"),
        ("tex", r"\begin{tabular}"),
        ("typ", "#figure("),
        ("md", "|:--|"),
        ("csv", "Observations"),
        ("txt", "───"),
    ],
)
def test_every_format_writes_itself(models, tmp_path, ending, sign):
    path = compare(*models).save(tmp_path / f"t.{ending}")
    assert sign in path.read_text(encoding="utf-8")


def test_texts_of_all_formats_hold_the_same_numbers(models):
    table = compare(*models)
    value = f"{models[0].coefficient('x'):.3f}"
    written = (table.text(), table.html(), table.latex(), table.typst(), table.markdown())
    assert all(value.split(".")[1] in text for text in written)
    assert repr(models[0].coefficient("x")) in table.csv()
    assert "econshrink" in table._repr_html_()


def test_word_without_its_package_names_the_extra(models, tmp_path, monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingExtra, match=r"econshrink\[word\]"):
        compare(models[0]).word(tmp_path / "t.docx")


def test_notes_of_single_columns_name_the_column():
    data = frame()
    data.loc[3, "z"] = np.nan
    panel = CityPanel.from_long(data)
    one, two = (fit_pooled(panel, Spec("y", names)) for names in (("x",), ("x", "z")))
    assert "column (2): 1 of 120 rows left out" in " ".join(compare(one, two).table.notes)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda _: compare(), SpecError, r"compare\(model_1, model_2\)"),
        (lambda m: compare(m, names=["a", "b"]), SpecError, "for 1 models"),
        (lambda m: compare(m, m, names=["a", "a"]), SpecError, "all different"),
        (lambda m: compare(m, "y ~ x"), DataError, r"column \(2\): saw a str"),
        (lambda m: compare(m, stats=["nothing"]), SpecError, "no statistic nothing"),
        (lambda m: compare(m, terms=["w"]), DataError, "term 'w'"),
        (lambda m: compare(m).save("t.pdf"), DataError, "ending '.pdf'"),
    ],
)
def test_mistakes_are_said_in_one_sentence(models, call, error, message):
    with pytest.raises(error, match=message):
        call(models[0])
