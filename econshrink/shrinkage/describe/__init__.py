"""Descriptions of shrinking cities: indices, paths, concentration, convergence."""
