"""Exhibits: hazards."""
