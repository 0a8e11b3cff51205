"""Cohort-component projections: ages and sexes, with uncertain births, deaths and migration.

What comes in: an `AgeStructure` and processes of rates; what goes out: joint draws.
"""
