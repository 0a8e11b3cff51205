"""Exhibits on forecasts: scores, calibration, vintages, risk, monitoring."""
