"""The synthetic country: settings and the equations of the year.

What comes in: settings and a generator; what goes out: the path of every city, as arrays.
"""
