"""Samples, specifications and cells that several exhibits use; knows no exhibit."""
