"""Count panels and adapters against pyfixest itself; Word documents read back by python-docx."""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from econshrink import CityPanel, Clustered, Heteroskedastic, Iid, Spec, compare, reconcile
from econshrink.interop import from_pyfixest
from econshrink.panel import fit_fe, fit_poisson

pytestmark = pytest.mark.filterwarnings("ignore")
SPEC = Spec("y", ("x", "z"), ("city", "year"))
RULES = {
    "city": ({"CRV1": "city"}, Clustered("city")),
    "both": ({"CRV1": "city + year"}, Clustered(("city", "year"))),
    "hetero": ("hetero", Heteroskedastic("HC1")),
}


def table(seed=0, cities=40, years=8):
    rng = np.random.default_rng(seed)
    n = cities * years
    x, z = rng.normal(size=(2, n))
    unit = np.repeat(rng.normal(size=cities), years)
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "year": [*range(2000, 2000 + years)] * cities,
            "x": x,
            "z": z,
            "w": rng.uniform(1, 3, n),
        }
    )
    mean = np.exp(0.5 * x - 0.2 * z + unit - 1)
    return frame.assign(y=rng.poisson(mean).astype(float), v=x + unit + rng.normal(size=n))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("effects", ["city + year", "city"])
def test_poisson_slopes_and_errors_are_those_of_fepois(rule, effects):
    frame = table(1, 60, 14)  # enough years for a positive definite sum of two clusterings
    theirs, ours = RULES[rule]
    fit = pf.fepois(f"y ~ x + z | {effects}", frame, vcov=theirs, iwls_tol=1e-12, fixef_tol=1e-12)
    spec = Spec("y", ("x", "z"), tuple(effects.split(" + ")))
    estimate = fit_poisson(CityPanel.from_long(frame), spec, ours)
    np.testing.assert_allclose(estimate.coefficients, fit.coef(), rtol=1e-6)
    np.testing.assert_allclose(estimate.std_errors, fit.se(), rtol=1e-6)
    assert estimate.nobs == fit._N
    assert estimate.stats["loglik"] == pytest.approx(fit._loglik, rel=1e-8)
    assert estimate.stats["deviance"] == pytest.approx(float(fit.deviance), rel=1e-6)
    np.testing.assert_allclose(estimate.tidy()["p_value"], fit.pvalue(), rtol=1e-4, atol=1e-14)


def test_poisson_iid_differs_by_the_dispersion_only():
    frame = table()
    fit = pf.fepois("y ~ x + z | city + year", frame, vcov="iid", iwls_tol=1e-12, fixef_tol=1e-12)
    estimate = fit_poisson(CityPanel.from_long(frame), SPEC, Iid())
    free, n = estimate.stats["df_resid"], estimate.nobs
    factor = np.sqrt(estimate.stats["dispersion"] * free / (n - 1))
    np.testing.assert_allclose(estimate.std_errors, fit.se() * factor, rtol=1e-6)


@pytest.mark.parametrize("model", ["feols", "fepois"])
@pytest.mark.parametrize("rule", [*RULES, "iid"])
def test_results_of_pyfixest_keep_their_numbers(model, rule):
    frame = table()
    vcov = "iid" if rule == "iid" else RULES[rule][0]
    fit = getattr(pf, model)("y ~ x + z | city + year", frame, vcov=vcov)
    estimate = from_pyfixest(fit)
    np.testing.assert_array_equal(estimate.coefficients, fit.coef())
    np.testing.assert_allclose(estimate.std_errors, fit.se(), rtol=1e-12)
    np.testing.assert_allclose(estimate.tidy()["p_value"], fit.pvalue(), rtol=1e-8)
    assert estimate.spec.absorb == ("city", "year")
    assert estimate.small_sample == "fixest"
    if rule == "both":
        assert len(estimate.clusters) == 2
        assert estimate.clusters["city"] > estimate.clusters["year"] == 8


@pytest.mark.parametrize("vcov", [Clustered("city"), Clustered(("city", "year")), Iid()])
def test_pyfixest_joins_the_reconciliation(vcov):
    panel = CityPanel.from_long(table())
    for spec in (
        Spec("v", ("x", "z"), ("city", "year")),
        Spec("v", ("x",), ("city",), "w"),
    ):
        found = reconcile(fit_fe(panel, spec, vcov), panel)
        assert set(found.others) == {"linearmodels", "statsmodels", "pyfixest"}
        assert found.explained, found.table
    counts = reconcile(fit_poisson(panel, SPEC, vcov), panel)
    assert set(counts.others) == {"statsmodels", "pyfixest"}
    assert counts.explained, counts.table


def test_a_word_document_holds_the_table(tmp_path):
    docx = pytest.importorskip("docx")
    panel = CityPanel.from_long(table())
    other = pf.feols("v ~ x | city", table())
    both = compare(fit_fe(panel, Spec("v", ("x", "z"), ("city", "year"))), other, title="T & <t>")
    document = docx.Document(str(both.save(tmp_path / "t.docx")))
    assert document.paragraphs[0].text == "T & <t>"
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[0] == ["", "v", "v"]
    assert rows[1] == ["", "(1)", "(2)"]
    assert rows[2][0] == "x"
    for place, estimate in enumerate(both.estimates.values(), start=1):
        assert rows[2][place] == f"{estimate.coefficient('x'):.3f}".replace("-", "−")
    assert document.paragraphs[-1].text.startswith("Notes: Standard errors")


def test_maketables_prints_an_estimate():
    maketables = pytest.importorskip("maketables")
    panel = CityPanel.from_long(table())
    estimate = fit_fe(panel, Spec("v", ("x", "z"), ("city", "year")))
    written = maketables.ETable([estimate]).make(type="tex")
    assert f"{estimate.coefficient('x'):.3f}" in written
