"""Resampling and specification curves on prepared designs."""
