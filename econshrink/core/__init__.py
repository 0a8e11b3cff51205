"""The ground: arrays, errors, files, seeds, parallel work and the dictionary of variables.

What comes in: nothing of the package; what goes out: small tools every room may use.
"""
