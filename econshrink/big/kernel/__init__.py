"""Array work on a part of a table: moments within units, Grams by unit, units left out.

What comes in: columns of whole units; what goes out: small sums. No noun.
"""
