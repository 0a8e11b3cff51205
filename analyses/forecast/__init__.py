"""Exhibits: forecast."""
