"""Scores of forecasts, on arrays alone: points, draws, events, comparisons."""
