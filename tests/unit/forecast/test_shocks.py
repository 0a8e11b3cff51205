"""Shares of shocks from products of scores."""

from __future__ import annotations

import numpy as np
import pytest

from econshrink.forecast.backtesting.shocks import Shares, Space, estimate_shares


def test_shares_are_mean_products_of_pairs():
    groups = np.array([0, 0, 0, 1, 1, 2])
    score = np.array([1.0, 2.0, np.nan, 3.0, -1.0, 5.0])
    found = estimate_shares([score], groups, Space(np.empty((0, 2), dtype=np.intp), 6))
    assert found == Shares(0.0, 0.0)  # the products are 2 and -3, their mean is negative
    found = estimate_shares([np.abs(score) / 4], groups, Space(np.empty((0, 2), dtype=np.intp), 6))
    assert found.province == pytest.approx((2 + 3) / 2 / 16)
