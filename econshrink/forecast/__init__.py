"""Forecasts: joint draws of future population, and what follows from them."""
