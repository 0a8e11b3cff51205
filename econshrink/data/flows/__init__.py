"""Readers of flow lists, matrices and share lists: files in, `FlowNetwork` out."""
