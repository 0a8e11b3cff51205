"""Spatial panels by maximum likelihood."""
