"""Scores of forecasts, on arrays alone: points, draws, events, comparisons.

What comes in: arrays of outcomes and draws; what goes out: scores. No noun.
"""
