"""Likelihood, determinants and traces of spatial models.

What comes in: arrays and weight matrices; what goes out: arrays. No noun.
"""
