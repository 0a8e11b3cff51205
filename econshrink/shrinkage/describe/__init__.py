"""Descriptions of shrinking cities: indices, paths, concentration, convergence.

What comes in: a `CityPanel`; what goes out: a frame or a small result, never a label.
"""
