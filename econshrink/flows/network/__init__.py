"""Measures of flow networks, one topic a file."""
