"""Exhibits on the estimators: references, studies, speed, survival traps, small-sample rules."""
