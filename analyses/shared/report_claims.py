"""Figures that the report of 2025 claims, beside which several exhibits set their own."""

CITIES = 139  # R1.3: shrinking cities
HEILONGJIANG = (12, 13)  # R1.4: shrinking cities of the province, of all
EXPANDING = 0.9303  # R1.5: share of shrinking cities whose built-up area still grows
ASSOCIATION = "association"  # as the table of verdicts words it
