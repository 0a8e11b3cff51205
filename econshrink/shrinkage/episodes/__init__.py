"""From an identification rule to dated episodes of decline, and from those to rows at risk.

What comes in: a panel and a rule; what goes out: a `SpellTable` with its account.
"""
