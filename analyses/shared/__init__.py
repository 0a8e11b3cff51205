"""Samples and specifications that several exhibits use."""
