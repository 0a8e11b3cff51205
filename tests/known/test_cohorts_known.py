"""Cohort arithmetic against figures worked out by hand."""

import numpy as np

from econshrink.core.cohorts import FEMALE, CohortRates, leslie_matrix, project, project_year

# Three ages (the last open), half of the births are boys.
RATES = CohortRates(
    survival=np.array([[0.9, 0.8, 0.5], [1.0, 0.9, 0.6]]),
    birth_survival=np.array([0.9, 0.95]),
    fertility=np.array([0.0, 0.4, 0.1]),
    boys=0.5,
)
START = np.array([[100.0, 100.0, 100.0], [100.0, 200.0, 50.0]])


def test_one_year_by_hand():
    end, births, deaths = project_year(START, RATES)
    # Women at the end: age 1: 100 x 1.0 = 100; age 2+: 200 x 0.9 + 50 x 0.6 = 210.
    # Births: 0.4 x (200 + 100) / 2 + 0.1 x (50 + 210) / 2 = 60 + 13 = 73; 36.5 of each sex.
    np.testing.assert_allclose(births, 73.0, rtol=1e-14)
    np.testing.assert_allclose(end[1], [36.5 * 0.95, 100.0, 210.0], rtol=1e-14)
    # Men: age 1: 90; age 2+: 80 + 50 = 130.
    np.testing.assert_allclose(end[0], [36.5 * 0.9, 90.0, 130.0], rtol=1e-14)
    # Deaths: men 10 + 20 + 50, women 0 + 20 + 20, infants 3.65 + 1.825.
    np.testing.assert_allclose(deaths, 125.475, rtol=1e-14)


def test_leslie_matrix_by_hand():
    # First row: 0.95 x 0.5 x (f[a] + f[a+1] S[a]) / 2 = 0.2375 x (0.4, 0.4 + 0.09, 0.1 + 0.06).
    expected = [[0.095, 0.116375, 0.038], [1.0, 0.0, 0.0], [0.0, 0.9, 0.6]]
    np.testing.assert_allclose(leslie_matrix(RATES), expected, rtol=1e-14)


def test_projection_of_women_is_the_power_of_the_leslie_matrix():
    path = project(START, [RATES] * 20)
    power = np.linalg.matrix_power(leslie_matrix(RATES), 20)
    np.testing.assert_allclose(path[-1][FEMALE], power @ START[FEMALE], rtol=1e-12)


def test_leslie_matrices_of_several_cities():
    many = CohortRates(
        np.stack([RATES.survival, RATES.survival * 0.9]),
        np.stack([RATES.birth_survival] * 2),
        np.stack([RATES.fertility] * 2),
        0.5,
    )
    np.testing.assert_allclose(leslie_matrix(many)[0], leslie_matrix(RATES))
    assert leslie_matrix(many).shape == (2, 3, 3)


def test_growth_tends_to_the_dominant_root():
    root = np.abs(np.linalg.eigvals(leslie_matrix(RATES))).max()
    women = project(START, [RATES] * 200)[:, FEMALE].sum(axis=1)
    np.testing.assert_allclose(women[-1] / women[-2], root, rtol=1e-10)
