"""Exhibits: demography."""
