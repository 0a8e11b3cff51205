"""Curves without a model: survival, hazard, incidence, their bands and tests."""
