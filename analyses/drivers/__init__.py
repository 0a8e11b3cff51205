"""Exhibits: drivers."""
