"""Likelihood, determinants and traces of spatial models."""
