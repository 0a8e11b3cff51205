"""The paper's regression against linearmodels on the same rows."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from analyses.drivers.panel_growth import SPEC
from analyses.shared.samples import growth_panel
from analyses.shared.specs_annual import YEARS
from econshrink.inference.vcov import Clustered
from econshrink.panel.fixed_effects import fit_fe


@pytest.fixture(scope="module")
def panel():
    return growth_panel().select(years=YEARS)


@pytest.fixture(scope="module")
def theirs(panel):
    frame = panel.frame[[SPEC.depvar, *SPEC.covariates]].dropna()
    frame.index = pd.MultiIndex.from_arrays(
        [frame.index.get_level_values(0), frame.index.get_level_values(1)]
    )
    model = PanelOLS(
        frame[SPEC.depvar], frame[list(SPEC.covariates)], entity_effects=True, time_effects=True
    )
    return model.fit(cov_type="clustered", cluster_entity=True)


def test_coefficients_and_errors_under_its_rule(panel, theirs):
    ours = fit_fe(panel, SPEC, Clustered("city", small_sample="linearmodels"))
    assert ours.nobs == theirs.nobs
    assert np.abs(ours.coefficients - theirs.params.to_numpy()).max() < 1e-9
    assert ours.std_errors == pytest.approx(theirs.std_errors.to_numpy(), rel=1e-9)


def test_the_other_rule_differs_by_its_factor_only(panel, theirs):
    ours = fit_fe(panel, SPEC, Clustered("city", small_sample="fixest"))
    nobs, cities, years, k = theirs.nobs, 296, 9, 2
    # fixest: G/(G-1) (N-1)/(N-K) with K = k + years, city effects nested in the clusters;
    # linearmodels: N/(N-K) with K = k + cities + years - 1 and no G/(G-1)
    fixest = cities / (cities - 1) * (nobs - 1) / (nobs - (k + years))
    linear = nobs / (nobs - (k + cities + years - 1))
    ratio = ours.std_errors / theirs.std_errors.to_numpy()
    assert ratio == pytest.approx(np.sqrt(fixest / linear), rel=1e-9)
