"""Exhibits: data."""
