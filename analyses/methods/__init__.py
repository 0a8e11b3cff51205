"""Exhibits: methods."""
