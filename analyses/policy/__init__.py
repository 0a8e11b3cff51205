"""Exhibits: policy."""
