"""Exhibits on which cities shrink: censuses, rules, places, expansion, claims."""
