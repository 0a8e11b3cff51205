"""Resampling and specification curves on prepared designs.

What comes in: a prepared design; what goes out: draws, tests and curves over choices.
"""
