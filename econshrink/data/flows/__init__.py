"""Readers of flow lists, matrices and share lists."""
