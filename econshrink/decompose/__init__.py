"""Decompositions of change by driver and component."""
