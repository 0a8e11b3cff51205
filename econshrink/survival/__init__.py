"""Survival and duration estimators, one a file."""
