"""Measures: which cities shrink, when, where, and whether their built-up area grows meanwhile."""
