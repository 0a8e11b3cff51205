"""Embedded public figures of Chinese prefecture-level units; origins in ``SOURCES.md``."""
