"""Models of population, one a file: what each expects of the years after an origin.

What comes in: what was known at an origin; what goes out: expected paths.
"""
