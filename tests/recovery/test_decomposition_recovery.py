"""Known truth: the decompositions are centred and their errors of the right size.

Coverage is judged on 2,000 replicates in the study ``decomposition``; here its draws are few.
"""

import numpy as np
import pandas as pd
import pytest

from analyses.studies.decomposition import Sides, draw, estimate, truth
from econshrink.core.seeds import generator
from econshrink.decompose.covariances import covariance_shares
from econshrink.inference.resampling import Resampling
from econshrink.nouns.panel import CityPanel

REPLICATES, FEW = 200, 40


def test_centred_and_errors_of_the_right_size():
    rng = generator("test.decomposition_recovery")
    found = [estimate(draw(Sides(60, 5), seed), rng) for seed in range(REPLICATES)]
    for term, true in truth(draw(Sides(60, 5), 0)).items():
        values, errors = np.array([(row[term].estimate, row[term].std_error) for row in found]).T
        spread = values.std(ddof=1)
        assert abs(values.mean() - true) < 4 * spread / np.sqrt(REPLICATES), term
        # the spread of 200 draws is known to 5 percent
        assert errors.mean() == pytest.approx(spread, rel=0.15), term


def test_shares_of_a_constructed_total():
    """Independent components of variances 4 and 1: four fifths."""
    rng = generator("test.covariance_shares")
    found = []
    for _ in range(FEW):
        a, b = 2 * rng.normal(size=300), rng.normal(size=300)
        codes = [f"{i:06d}" for i in range(300)]
        panel = CityPanel.from_long(
            pd.DataFrame({"city": codes, "year": 2020, "a": a, "b": b, "y": a + b})
        )
        result = covariance_shares(panel, "y", ("a", "b"), resampling=Resampling(2, cluster="city"))
        row = result.frame.query("part == 'a'").iloc[0]
        found.append((row["estimate"], row["std_error"]))
    values, errors = np.array(found).T
    spread = values.std(ddof=1)
    assert values.mean() == pytest.approx(0.8, abs=4 * spread / np.sqrt(FEW))
    # the spread of 40 draws is known to 11 percent
    assert errors.mean() == pytest.approx(spread, rel=0.35)
