"""Exhibits: flows."""
