"""Exhibits on when decline begins and ends: hazards, courses, checks."""
