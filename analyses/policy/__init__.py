"""Exhibits on policies: event study, land, support of shrinking cities."""
