"""Exhibits: laboratory."""
