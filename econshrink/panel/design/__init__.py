"""From a specification and a panel to arrays, every row left out accounted for.

What comes in: a `CityPanel` and a `Spec`; what goes out: arrays and the account of rows.
"""
