"""Projections by age and sex: cohort components with probabilistic rates, and Hamilton-Perry."""
