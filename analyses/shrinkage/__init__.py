"""Exhibits: shrinkage."""
