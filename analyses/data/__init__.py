"""Exhibits on the figures themselves: totals, quality, closure, detectors, a user's yearbook."""
