"""Exhibits on ages: accounting between censuses, cohort projections, scenarios."""
