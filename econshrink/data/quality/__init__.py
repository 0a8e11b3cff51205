"""Detectors: stated rules that flag cells of a panel, with measured hit and false-alarm rates."""
